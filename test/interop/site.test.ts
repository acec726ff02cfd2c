import { existsSync, globSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { root, run } from '../../tools/process.ts';

const SITE = join(root, 'docs/site');
const DIST = join(SITE, 'dist');
const GENERATOR = join(SITE, 'node_modules/vitepress/bin/vitepress.js');

/** Why the generator cannot be installed here; null when it is. */
const lack = await install();
if (lack !== null) console.warn(`skipped: the site's generator is not here (${lack})`);

async function install(): Promise<string | null> {
  const npm = await run('npm', ['ci', '--ignore-scripts'], { cwd: SITE, timeoutMs: 400_000 });
  return npm.code === 0 ? null : (npm.stderr.trim().split('\n').at(-1) ?? 'npm ended early');
}

function build(): ReturnType<typeof run> {
  return run(process.execPath, [GENERATOR, 'build'], { cwd: SITE, timeoutMs: 170_000 });
}

describe.skipIf(lack !== null)('the documentation as one site', () => {
  beforeAll(async () => {
    await run(process.execPath, [join(SITE, 'copy-pages.ts')], { cwd: SITE });
    const built = await build();
    expect(`${built.code} ${built.code === 0 ? '' : built.stderr}`).toBe('0 ');
  });

  it('has each page, with links that lead somewhere', () => {
    for (const page of globSync('docs/{guides,reference,adr}/*.md', { cwd: root }))
      expect([page, existsSync(join(DIST, page.replace(/md$/, 'html')))]).toEqual([page, true]);
    expect(readFileSync(join(DIST, 'index.html'), 'utf8')).toContain('Waybill');
    for (const name of ['schemas/scan.json', 'openapi.json', 'schema.graphql'])
      expect([name, existsSync(join(DIST, 'docs/reference', name))]).toEqual([name, true]);
  });

  it('can be searched without a service', () => {
    const assets = join(DIST, 'assets/chunks');
    const index = readdirSync(assets).find((name) => name.includes('localSearchIndex'));
    expect(index).toBeDefined();
    expect(readFileSync(join(assets, String(index)), 'utf8')).toContain('observing');
  });

  it('is refused when a link leads to a page that is not there', async () => {
    const planted = join(SITE, 'pages/planted.md');
    writeFileSync(planted, '# Planted\n\n[gone](docs/guides/gone.md)\n');
    try {
      const built = await build();
      expect(built.code).not.toBe(0);
      expect(`${built.stdout}${built.stderr}`).toContain('dead link');
    } finally {
      rmSync(planted);
    }
  });
});
