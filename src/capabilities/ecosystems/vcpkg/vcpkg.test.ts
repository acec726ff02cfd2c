import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packElf } from '../../../../test/support/elf.ts';
import { makeTree } from '../../../../test/support/images.ts';
import { readInstalled, readLockedTree } from '../../../../test/support/locked-tree.ts';
import { Failure } from '../../../core/failure.ts';
import { inventoryTree } from '../../inventory/inventory-tree.ts';
import type { Inventory } from '../component.ts';
import { vcpkg } from './index.ts';

const COMMIT = '0123456789abcdef'.repeat(3).slice(0, 40);
const json = (value: unknown): string => JSON.stringify(value, null, 2);

/** As vcpkg writes it: `Port-Version` only where it is not 0. */
const paragraph = (name: string, fields: Readonly<Record<string, string>>): string =>
  Object.entries({
    Package: name,
    Version: '1.0',
    Architecture: 'x64-linux',
    'Multi-Arch': 'same',
    Abi: 'ab'.repeat(32),
    ...fields,
    Status: 'install ok installed',
  })
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');

const FMT = paragraph('fmt', { Version: '11.0.2', 'Port-Version': '1', Depends: 'vcpkg-cmake' });
const CMAKE = paragraph('vcpkg-cmake', { Version: '2024-04-23' });
const CURL = paragraph('curl', { Version: '8.9.0' });
const CURL_SSL = `Package: curl\nFeature: ssl\nDepends: fmt, zlib:arm64-osx\nArchitecture: x64-linux\nMulti-Arch: same\nStatus: install ok installed\n`;
const STATUS = [FMT, CMAKE, CURL, CURL_SSL].join('\n');
const HOME = 'opt/vcpkg/installed/vcpkg';

const read = (files: Parameters<typeof makeTree>[0]): Promise<Inventory> =>
  inventoryTree(makeTree(files), '.', { target: 'root-file-system' });

const document = (port: object, files: readonly object[] = []): string =>
  json({
    spdxVersion: 'SPDX-2.2',
    packages: [
      { name: 'fmt', SPDXID: 'SPDXRef-port', versionInfo: '11.0.2#1', ...port },
      { name: 'fmt:x64-linux', SPDXID: 'SPDXRef-binary', versionInfo: 'ab'.repeat(32) },
    ],
    files,
  });

describe('B2: what vcpkg installed', () => {
  it('is every port with the revision of its recipe, and what its features need', async () => {
    const { components, outcome, found } = await read({ [`${HOME}/status`]: STATUS });
    expect([outcome, found]).toEqual(['complete', ['vcpkg']]);
    expect(components.map(({ purl, version, dependsOn }) => [purl, version, dependsOn])).toEqual([
      ['pkg:vcpkg/curl@8.9.0', '8.9.0', ['pkg:vcpkg/fmt@11.0.2?port_version=1']],
      ['pkg:vcpkg/fmt@11.0.2?port_version=1', '11.0.2#1', ['pkg:vcpkg/vcpkg-cmake@2024-04-23']],
      ['pkg:vcpkg/vcpkg-cmake@2024-04-23', '2024-04-23', []],
    ]);
  });

  it('is what the last run left in files of their own, too', async () => {
    const updates = { [`${HOME}/updates/0000000000`]: FMT, [`${HOME}/updates/0000000001`]: CMAKE };
    expect((await readInstalled(updates)).components).toEqual([
      'pkg:vcpkg/fmt@11.0.2?port_version=1',
      'pkg:vcpkg/vcpkg-cmake@2024-04-23',
    ]);
    const gone = CURL.replace('install ok installed', 'purge ok not-installed');
    const newer = FMT.replace('11.0.2', '12.0.0').replace('Port-Version: 1\n', '');
    const later = {
      [`${HOME}/status`]: STATUS,
      [`${HOME}/updates/0000000002`]: gone,
      [`${HOME}/updates/0000000010`]: newer,
    };
    expect((await readInstalled(later)).components).toEqual([
      'pkg:vcpkg/fmt@12.0.0',
      'pkg:vcpkg/vcpkg-cmake@2024-04-23',
    ]);
  });

  it('is read from an older file only where the newer one is missing', async () => {
    const old = { [`${HOME}/status-old`]: CMAKE };
    expect((await readInstalled(old)).components).toHaveLength(1);
    expect((await readInstalled({ ...old, [`${HOME}/status`]: CURL })).components).toEqual([
      'pkg:vcpkg/curl@8.9.0',
    ]);
  });

  it.each([
    ['no version', FMT.replace('Version: 11.0.2\n', '')],
    ['no triplet', FMT.replace('Architecture: x64-linux\n', '')],
    ['a state that is none', FMT.replace('ok installed', 'ok instal')],
    ['no status', FMT.replace('Status: install ok installed\n', '')],
    ['a revision that is no number', FMT.replace('Port-Version: 1', 'Port-Version: x')],
    ['a name that is none', FMT.replace('Package: fmt', 'Package: ../fmt')],
    ['a line that is no field', `${FMT}stray\n`],
  ])('makes the inventory partial with %s', async (_, text) => {
    const found = await readInstalled({ [`${HOME}/status`]: `${text}\n${CMAKE}` });
    expect([found.outcome, found.components]).toEqual([
      'partial',
      ['pkg:vcpkg/vcpkg-cmake@2024-04-23'],
    ]);
  });

  it('is the document of a port where nothing else is left, with its licence', async () => {
    const path = 'usr/local/x64-linux/share/fmt/vcpkg.spdx.json';
    expect(await readInstalled({ [path]: document({ licenseConcluded: 'MIT' }) })).toMatchObject({
      outcome: 'complete',
      components: ['pkg:vcpkg/fmt@11.0.2?port_version=1'],
      licenses: ['MIT'],
    });
    for (const port of [{ versionInfo: '' }, { name: 'x/y' }, { SPDXID: 'SPDXRef-x' }])
      expect((await readInstalled({ [path]: document(port) })).outcome).toBe('partial');
  });

  it('explains the files that its lists name, and no others', async () => {
    const library = packElf({ sections: [{ name: '.text', content: 'x' }], writable: 'data' });
    const files = {
      [`${HOME}/status`]: STATUS,
      'opt/vcpkg/installed/x64-linux/lib/libfmt.so': library,
    };
    const list = `${HOME}/info/fmt_11.0.2_x64-linux.list`;
    const name = 'x64-linux/\nx64-linux/lib/\nx64-linux/lib/libfmt.so\n';
    expect((await read({ ...files, [list]: name })).outcome).toBe('complete');
    const other = list.replace('11.0.2', '11.0.3');
    expect((await read({ ...files, [other]: name })).outcome).toBe('partial');
    const stranger = { ...files, 'opt/vcpkg/bin/x': library, [list]: `${name}../bin/x\n` };
    expect((await read(stranger)).outcome).toBe('partial');
  });

  it('explains the files that a newer document names, inside of its folder', async () => {
    const library = packElf({ sections: [{ name: '.text', content: 'x' }], writable: 'data' });
    const files = (fileName: string, SPDXID = 'SPDXRef-binary-file-0') => ({
      'opt/t/share/fmt/vcpkg.spdx.json': document({}, [{ SPDXID, fileName }]),
      'opt/t/lib/libfmt.so': library,
    });
    expect((await read(files('./lib/libfmt.so'))).outcome).toBe('complete');
    expect((await read(files('./lib/libfmt.so', 'SPDXRef-port-file-0'))).outcome).toBe('partial');
    expect((await read(files('./../t/lib/libfmt.so'))).outcome).toBe('partial');
  });
});

const MANIFEST = {
  name: 'shop',
  version: '1.0.0',
  'builtin-baseline': COMMIT,
  dependencies: [
    'zlib',
    { name: 'fmt', 'version>=': '10.1.1#1' },
    { name: 'vcpkg-cmake', host: true },
    { name: 'winsock', platform: 'windows' },
  ],
  features: { tests: { description: 'x', dependencies: ['gtest'] } },
  overrides: [{ name: 'fmt', version: '11.0.2', 'port-version': 1 }],
};

describe('B2 D8 D12 D20: what vcpkg.json requires', () => {
  it('is pinned by the commit of its registry; the rest is not in the tree', async () => {
    const found = await readLockedTree({ 'vcpkg.json': json(MANIFEST) });
    expect(found.outcomes).toEqual(['partial', 'partial']);
    expect(found.components).toEqual(['pkg:vcpkg/fmt@11.0.2?port_version=1']);
    expect(found.reasons).toEqual([expect.stringContaining(`commit ${COMMIT} of a registry`)]);
    expect(found.declared).toEqual([
      'vcpkg.json:6 zlib - direct yes - default',
      'vcpkg.json:8 fmt 11.0.2#1 direct yes - default',
      'vcpkg.json:12 vcpkg-cmake - direct yes - default dev',
      'vcpkg.json:16 winsock - direct yes - default',
      'vcpkg.json:24 gtest - direct yes - default',
    ]);
  });

  it('is not pinned without a whole commit', async () => {
    for (const baseline of [undefined, 'main', COMMIT.slice(1)]) {
      const manifest = { ...MANIFEST, 'builtin-baseline': baseline };
      const { dependencies } = await readLockedTree({ 'vcpkg.json': json(manifest) });
      expect(new Set(dependencies.map(({ pinned }) => pinned))).toEqual(new Set(['no']));
    }
  });

  it('comes from the registry whose longest pattern fits', async () => {
    const git = (host: string, packages: readonly string[]) => ({
      kind: 'git',
      repository: `https://user:secret@${host}/ports.git`,
      baseline: COMMIT,
      packages,
    });
    const configuration = {
      'default-registry': { kind: 'builtin', baseline: COMMIT },
      registries: [
        git('a.example.com', ['z*', 'fmt']),
        git('b.example.com', ['zl*', 'f*']),
        { kind: 'filesystem', path: './ports', baseline: '2024-01-01', packages: ['gtest'] },
        { ...git('c.example.com', ['winsock']), baseline: 'main' },
      ],
    };
    const manifest = { ...MANIFEST, 'builtin-baseline': undefined };
    const listed = ['vcpkg-configuration.json', 'inside'].map(async (place) => {
      const files =
        place === 'inside'
          ? { 'vcpkg.json': json({ ...manifest, 'vcpkg-configuration': configuration }) }
          : { 'vcpkg.json': json(manifest), [place]: json(configuration) };
      return (await readLockedTree(files)).declared.map((line) => line.replace(/^\S+ /, ''));
    });
    for (const declared of await Promise.all(listed))
      expect(declared).toEqual([
        'zlib - direct yes b.example.com/ports configured',
        'fmt 11.0.2#1 direct yes a.example.com/ports configured',
        'vcpkg-cmake - direct yes - default dev',
        'winsock - direct no c.example.com/ports configured',
        'gtest - direct unknown - tree',
      ]);
  });

  it('may be replaced by an overlay, so its pin is unknown', async () => {
    const files = {
      'vcpkg.json': json(MANIFEST),
      'vcpkg-configuration.json': json({ 'overlay-ports': ['./overlays'] }),
    };
    const { dependencies } = await readLockedTree(files);
    expect(dependencies.map(({ pinned }) => pinned)).not.toContain('yes');
  });

  it('is complete where what it requires is installed beside it, or below', async () => {
    const zlib = paragraph('zlib', {});
    const status = [STATUS, zlib].join('\n');
    for (const folder of ['', 'build/', 'out/build/x64/']) {
      const place = `${folder}vcpkg_installed/vcpkg`;
      const files = { 'vcpkg.json': json(MANIFEST), [`${place}/status`]: status };
      const found = await readLockedTree(files);
      expect([found.outcomes[0], found.reasons]).toEqual(['complete', []]);
      expect(found.components).toContain('pkg:vcpkg/zlib@1.0');
      const lacking = { ...files, [`${place}/status`]: STATUS };
      const { reasons } = await readLockedTree(lacking);
      expect(reasons).toEqual([expect.stringContaining('"zlib"')]);
    }
    const elsewhere = { 'a/vcpkg.json': json(MANIFEST), 'b/vcpkg_installed/vcpkg/status': status };
    expect((await readLockedTree(elsewhere)).outcomes[0]).toBe('partial');
  });

  it('is complete where it requires nothing', async () => {
    const manifest = { name: 'shop', version: '1', dependencies: [] };
    const files = {
      'vcpkg.json': json(manifest),
      'vcpkg-lock.json': json({ 'https://git.example.com/ports': { HEAD: COMMIT } }),
      'vcpkg-configuration.json': json({ 'default-registry': null, registries: [] }),
    };
    expect((await readLockedTree(files)).outcomes).toEqual(['complete', 'complete']);
  });

  it.each([
    ['vcpkg.json', json({ dependencies: {} })],
    ['vcpkg.json', json({ dependencies: [7] })],
    ['vcpkg.json', json({ dependencies: [{ name: 'a b' }] })],
    ['vcpkg.json', json({ overrides: [{ name: 'fmt' }] })],
    ['vcpkg.json', '[]'],
    ['vcpkg.json', '{'],
    ['vcpkg-configuration.json', json({ registries: [{ kind: 'ftp' }] })],
    ['vcpkg-configuration.json', json({ 'default-registry': 'x' })],
    ['vcpkg-configuration.json', json({ requires: { 'a:b/cmake': '3' } })],
    ['vcpkg-lock.json', json({ x: { HEAD: 'main' } })],
    ['vcpkg-lock.json', '[]'],
  ])('is partial, by name, where %s is %s', async (path, text) => {
    const found = await readLockedTree({ [path]: text });
    expect(found.outcomes[0]).toBe('partial');
    expect(found.reasons[0]).toContain(path);
  });
});

describe('the readers of vcpkg', () => {
  const samples: Readonly<Record<string, string>> = {
    [`${HOME}/status`]: STATUS,
    [`${HOME}/updates/0000000000`]: FMT,
    [`${HOME}/info/fmt_11.0.2_x64-linux.list`]: 'x64-linux/lib/libfmt.so\n',
    'x/share/fmt/vcpkg.spdx.json': document({ licenseConcluded: 'MIT' }, [{ fileName: './x' }]),
    'vcpkg.json': json(MANIFEST),
    'vcpkg-configuration.json': json({ registries: [{ kind: 'git', packages: ['*'] }] }),
    'vcpkg-lock.json': json({ a: { HEAD: COMMIT } }),
  };
  const parse = (path: string, bytes: Uint8Array): void => {
    const reader = vcpkg.extractors?.find(({ wants }) => wants(path));
    try {
      const extraction = reader?.extract({ path, bytes });
      if (extraction !== undefined) vcpkg.combine?.([{ path, extraction }], () => null);
      extraction?.complete?.(() => null);
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(Failure);
    }
  };

  it('throw nothing but Failure at every cut, and name no port that is not whole', async () => {
    for (const [path, text] of Object.entries(samples))
      for (let end = 0; end < text.length; end++) {
        const bytes = Buffer.from(text.slice(0, end));
        parse(path, bytes);
      }
    const whole = new Set((await readInstalled({ [`${HOME}/status`]: STATUS })).components);
    for (let end = 0; end < STATUS.length; end += 3) {
      const found = await readInstalled({ [`${HOME}/status`]: STATUS.slice(0, end) });
      const strange = found.components.filter((purl) => !whole.has(purl));
      expect([strange.length === 0 || found.outcome === 'partial', end]).toEqual([true, end]);
    }
  });

  it('throw nothing but Failure, whatever the bytes', () => {
    const paths = fc.constantFrom(...Object.keys(samples));
    fc.assert(fc.property(paths, fc.uint8Array(), parse), { numRuns: 100 });
    const damaged = fc
      .tuple(paths, fc.nat(), fc.constantFrom('', '"', '{', '\n', ':', '#', '[', '\0'))
      .map(([path, at, sign]): [string, Buffer] => {
        const text = samples[path] ?? '';
        const place = at % text.length;
        return [path, Buffer.from(text.slice(0, place) + sign + text.slice(place + 1))];
      });
    fc.assert(
      fc.property(damaged, ([path, bytes]) => parse(path, bytes)),
      { numRuns: 300 },
    );
  });
});
