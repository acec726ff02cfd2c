import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere } from '../../../../test/support/run-here.ts';
import { spdx3, TAG_VALUE, XML } from '../../../../test/support/sbom-forms.ts';

interface Json {
  readonly [key: string]: unknown;
}

let folder = '';
const write = (name: string, document: string | object): void =>
  writeFileSync(
    join(folder, name),
    typeof document === 'string' ? document : JSON.stringify(document),
  );
const waybill = (...args: readonly string[]) =>
  runHere(args, { cwd: folder, env: { WAYBILL_HOME: join(folder, 'home') } });
const readJson = (text: string): Json => JSON.parse(text) as Json;

const LOCK = {
  ...{ name: 'app', version: '1.0.0', lockfileVersion: 3 },
  packages: {
    '': { name: 'app', version: '1.0.0', dependencies: { b: '1.0.0' } },
    'node_modules/b': {
      version: '1.0.0',
      resolved: 'https://registry.example.com/b/-/b-1.0.0.tgz',
      integrity: `sha512-${Buffer.alloc(64).toString('base64')}`,
      license: 'MIT',
    },
  },
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-sbom-commands-'));
  mkdirSync(join(folder, 'check'));
  write('check/package-lock.json', LOCK);
  write('app.spdx', TAG_VALUE);
  write('app.cdx.xml', XML);
  write('app.spdx3.json', spdx3());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('Deliver 5: waybill sbom and the commands below it', () => {
  it('A target is a target, and a folder with the name of a command is ./check', async () => {
    const tree = await waybill('sbom', './check', '--format', 'json');
    expect([tree.code, tree.stdout]).toEqual([0, expect.stringContaining('pkg:npm/b@1.0.0')]);
    const named = await waybill('sbom', 'check');
    expect([named.code, named.stderr]).toEqual([2, expect.stringContaining('file')]);
    const help = await waybill('sbom', '--help');
    for (const word of ['check', 'validate', 'diff', 'merge', 'redact'])
      expect(help.stdout).toContain(`${word} `);
  });

  it('--manifest writes the layout of sbom-tool, which is read again', async () => {
    const made = await waybill('sbom', './check', '--manifest', 'out');
    expect([made.code, made.stderr]).toEqual([0, expect.stringContaining('checksum beside it')]);
    const read = await waybill('sbom', 'sbom:out', '--format', 'json');
    expect([read.code, read.stdout]).toEqual([0, expect.stringContaining('pkg:npm/b@1.0.0')]);
    const again = await waybill('sbom', './check', '--manifest', 'out');
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('there already')]);
    const newer = ['--format', 'spdx-3-json', '--manifest', 'out', '-o', 'listed.json'];
    expect(await waybill('sbom', './check', ...newer)).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, 'out/_manifest/spdx_3.0/manifest.spdx.json'))).toEqual(
      readFileSync(join(folder, 'listed.json')),
    );
    const other = ['--format', 'cyclonedx-json', '--manifest', 'other'];
    expect(await waybill('sbom', './check', ...other)).toMatchObject({ code: 2 });
  });

  it('check: what is missing ends with 1, and what is said to be unknown does not', async () => {
    const foreign = await waybill('sbom', 'check', 'app.spdx', '--format', 'json');
    expect(foreign.code).toBe(1);
    const [target] = readJson(foreign.stdout)['targets'] as readonly Json[];
    const profiles = target?.['profiles'] as readonly Json[];
    expect(profiles.map(({ profile, isMet }) => [profile, isMet])).toEqual([
      ['ntia', false],
      ['cisa-2025', false],
      ['bsi', false],
    ]);
    const elements = profiles[0]?.['elements'] as readonly Json[];
    expect(elements.map(({ element, state }) => [element, state])).toEqual([
      ['author or tool', 'stated'],
      ['time', 'stated'],
      ['supplier', 'missing'],
      ['name', 'stated'],
      ['version', 'missing'],
      ['identifier', 'stated'],
      ['relationship', 'stated'],
    ]);
    expect(elements[4]?.['examples']).toEqual(['t']);
    for (const format of ['spdx-json', 'spdx-3-json', 'spdx-tag-value', 'cyclonedx-xml']) {
      await waybill('sbom', './check', '--format', format, '-o', `own.${format}`);
      const own = await waybill('sbom', 'check', `own.${format}`, '--profile', 'ntia');
      expect([format, own.code, own.stdout.includes('unknown')]).toEqual([format, 0, true]);
    }
    const author = ['--author', 'Shop <sbom@shop.example>'];
    for (const format of ['spdx-json', 'spdx-3-json', 'spdx-tag-value', 'cyclonedx-1.7-xml']) {
      await waybill('sbom', './check', '--format', format, '-o', `by.${format}`, ...author);
      const own = await waybill('sbom', 'check', `by.${format}`, '--profile', 'cisa-2025');
      expect([format, own.code, own.stdout.includes('missing')]).toEqual([format, 0, false]);
    }
    const nameless = await waybill('sbom', './check', '--author', '<a@shop.example>');
    expect(nameless.code).toBe(2);
    const wrong = await waybill('sbom', 'check', 'app.spdx', '--profile', 'nobody');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('cisa-2025')]);
    expect((await waybill('sbom', 'check', './check')).code).toBe(2);
  });

  it('validate: documents of every form are valid, and a broken one is not', async () => {
    for (const file of ['app.spdx', 'app.cdx.xml', 'app.spdx3.json'])
      expect([file, (await waybill('sbom', 'validate', file)).stdout]).toEqual([
        file,
        `${file}: valid\n`,
      ]);
    write('broken.spdx', TAG_VALUE.replace('DEPENDS_ON SPDXRef-c', 'DEPENDS_ON SPDXRef-nowhere'));
    write('broken.xml', XML.replace(/alg="SHA-256">ab/, 'alg="SHA-256">'));
    write('licence.spdx', TAG_VALUE.replace('MIT OR', 'MIT OR OR'));
    for (const [file, what] of [
      ['broken.spdx', 'DEPENDS_ON leads nowhere'],
      ['broken.xml', 'a hash is no SHA-256'],
      ['licence.spdx', 'licenseDeclared is no SPDX expression'],
    ] as const) {
      const { code, stdout } = await waybill('sbom', 'validate', file);
      expect([code, stdout]).toEqual([1, expect.stringContaining(what)]);
    }
  });

  it('diff: a version is a change, and what is equal is none', async () => {
    const same = await waybill('sbom', 'diff', 'app.spdx', 'app.spdx3.json', '--exit-code');
    expect([same.code, same.stdout]).toEqual([0, 'no difference\n']);
    write(
      'newer.spdx',
      TAG_VALUE.replaceAll('npm/c@2.0.0', 'npm/c@2.1.0').replace(
        'PackageVersion: 2.0.0',
        'PackageVersion: 2.1.0',
      ),
    );
    const newer = await waybill('sbom', 'diff', 'app.spdx', 'newer.spdx', '--format', 'json');
    expect(readJson(newer.stdout)).toMatchObject({
      ...{ added: [], removed: [], outcome: 'partial' },
      changed: [{ from: 'pkg:npm/c@2.0.0', to: 'pkg:npm/c@2.1.0' }],
    });
    expect((await waybill('sbom', 'diff', 'app.spdx', 'newer.spdx', '--exit-code')).code).toBe(1);
  });

  it('merge: each component once, and two that disagree about a hash have none', async () => {
    write('other.spdx', TAG_VALUE.replace(/SHA256: ab/, 'SHA256: cd'));
    const merged = await waybill(
      ...['sbom', 'merge', 'app.spdx', 'check', 'other.spdx'],
      '--name',
      'shop',
      '-o',
      'shop.spdx.json',
    );
    expect(merged.code).toBe(0);
    const read = await waybill('sbom', 'shop.spdx.json', '--format', 'json');
    const [target] = readJson(read.stdout)['targets'] as readonly Json[];
    const components = target?.['components'] as readonly Json[];
    expect(components.map(({ purl }) => purl)).toEqual([
      'pkg:npm/b@1.0.0',
      'pkg:npm/c@2.0.0',
      'pkg:npm/t@3.0.0',
    ]);
    expect(Object.keys(components[0]?.['hashes'] as object)).toEqual(['sha512']);
    expect([target?.['subject'], target?.['outcome']]).toEqual([
      { name: 'shop', digest: null },
      'partial',
    ]);
    expect(JSON.stringify(target?.['skips'])).toContain('disagree about the sha256');
    expect((await waybill('sbom', 'merge', 'app.spdx', 'absent.spdx')).code).toBe(2);
  });

  it('redact: places and addresses go, and every component stays', async () => {
    await waybill('sbom', './check', '--format', 'cyclonedx-json', '-o', 'own.cdx.json');
    const before = readFileSync(join(folder, 'own.cdx.json'), 'utf8');
    expect(before).toContain('registry.example.com');
    const { stdout } = await waybill('sbom', 'redact', 'own.cdx.json', '--format', 'cyclonedx-xml');
    expect(stdout).toContain('pkg:npm/b@1.0.0');
    expect(stdout).not.toContain('registry.example.com');
    expect(stdout).not.toContain('occurrence');
    const kept = await waybill('sbom', 'redact', 'own.cdx.json', '--remove', 'suppliers');
    expect(kept.stdout).toContain('registry.example.com');
  });
});
