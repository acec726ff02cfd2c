import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../tools/process.ts';
import { CommandHere } from '../support/command-line.ts';

/** The project's own repository, as its developers would check it. */
let folder: string;
let line: CommandHere;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-own-'));
  line = new CommandHere(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      { version?: string; dev?: boolean; devOptional?: boolean; link?: boolean; name?: string }
    >
  >;
}

const LOCKS = [
  'package-lock.json',
  'docs/site/package-lock.json',
  'integrations/azure-pipelines/package-lock.json',
  'integrations/vscode/package-lock.json',
];

/**
 * Reads the lock files, of the documentation's site and of integrations too: name and version of
 * every package from a registry, and whether only development needs it.
 */
function locked(): Map<string, boolean> {
  const found = new Map<string, boolean>();
  const entries = LOCKS.flatMap((file) =>
    Object.entries((JSON.parse(readFileSync(join(root, file), 'utf8')) as Lock).packages),
  );
  for (const [path, entry] of entries) {
    const at = path.lastIndexOf('node_modules/');
    if (at < 0 || entry.link === true || entry.version === undefined) continue;
    const key = `${entry.name ?? path.slice(at + 'node_modules/'.length)}@${entry.version}`;
    const development = entry.dev === true || entry.devOptional === true;
    found.set(key, (found.get(key) ?? true) && development);
  }
  return found;
}

describe('waybill on its own repository', () => {
  it('B1: names exactly the packages of the lock, and marks those for development', async () => {
    const { targets } = JSON.parse(await line.output('sbom', root, '--format', 'json')) as {
      targets: {
        components: { name: string; version: string; purl: string; development: boolean }[];
      }[];
    };
    const npm = (targets[0]?.components ?? []).filter(({ purl }) => purl.startsWith('pkg:npm/'));
    const shown = new Map(
      npm.map(({ name, version, development }) => [`${name}@${version}`, development]),
    );
    expect([...shown].sort()).toEqual([...locked()].sort());
    const names = [...shown]
      .filter(([, development]) => !development)
      .map(([name]) => name.replace(/@[^@]+$/, ''));
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: object;
    };
    expect(names).toEqual(expect.arrayContaining(Object.keys(manifest.dependencies)));
  });

  it('B3: scans offline, and says that the sample of advisories proves nothing clean', async () => {
    const { code, stderr } = await line.run('scan', root);
    expect([1, 3]).toContain(code);
    expect(stderr).toContain(
      'the bundled sample, which proves nothing about what it does not contain',
    );
  });
});
