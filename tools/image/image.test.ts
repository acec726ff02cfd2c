import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openLayout, parseLayoutName } from '../../src/adapters/oci-layout/index.ts';
import { inventoryImage } from '../../src/capabilities/inventory/index.ts';
import { openImage } from '../../src/capabilities/registry/index.ts';
import { sha256 } from '../../src/core/digest.ts';
import { orThrow } from '../../src/core/result.ts';
import { deterministicGzip, type LayerFile, packLayer } from './layer.ts';
import { writeLayout } from './layout.ts';

const FILES: readonly LayerFile[] = [
  { path: 'usr/bin/app', content: '#!/bin/sh\n', mode: 0o755 },
  { path: 'usr/bin', directory: true, mode: 0o711 },
  { path: 'usr/lib/app/package.json', content: '{"name":"app","version":"1.0.0"}' },
  { path: 'home/app', directory: true, mode: 0o700, uid: 65532, gid: 65532 },
  { path: 'bin', link: 'usr/bin' },
  { path: `deep/${'folder/'.repeat(20)}é.txt`, content: 'long' },
];

/** The names in an archive, in their order. */
function readNames(tar: Buffer): readonly string[] {
  const names: string[] = [];
  for (let at = 0; tar[at] !== 0; ) {
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8);
    names.push(tar.toString('utf8', at, tar.indexOf(0, at)));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return names;
}

const scratch = mkdtempSync(join(tmpdir(), 'waybill-image-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('the layers that we build', () => {
  it('D9, B11: equal files give equal bytes, in any order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...FILES], { minLength: FILES.length }), (files) => {
        expect(packLayer(files).descriptor).toEqual(packLayer(FILES).descriptor);
      }),
      { numRuns: 30 },
    );
  });

  it('D9: a different byte, mode, owner or time gives another digest', () => {
    const changed = (change: object): readonly LayerFile[] => [
      { ...FILES[0], ...change } as LayerFile,
      ...FILES.slice(1),
    ];
    const digests = [
      packLayer(FILES),
      packLayer(FILES, { epoch: 1 }),
      ...[{ content: '#!/bin/sh ' }, { mode: 0o750 }, { uid: 1 }, { gid: 1 }].map((change) =>
        packLayer(changed(change)),
      ),
    ].map(({ diffId }) => diffId);
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('names every folder before its content', () => {
    const names = readNames(gunzipSync(packLayer(FILES.slice(0, 3)).bytes));
    expect(names).toEqual([
      'usr/',
      'usr/bin/',
      'usr/bin/app',
      'usr/lib/',
      'usr/lib/app/',
      'usr/lib/app/package.json',
    ]);
  });

  it('D9: the digest of an archive is this one on every machine', () => {
    expect(packLayer(FILES, { epoch: 1_700_000_000 }).diffId).toBe(
      'sha256:58a760462b847560eab547ac982d674cb80514fea7d951824196b8c091652503',
    );
  });

  it('writes a gzip header without time and system, and content that unpacks', () => {
    const packed = deterministicGzip(Buffer.from('content'));
    expect(Buffer.from(packed.subarray(0, 10)).toString('hex')).toBe('1f8b08000000000000ff');
    expect(gunzipSync(packed).toString()).toBe('content');
  });

  it.each([['/etc/passwd'], ['../x'], ['a/../b'], ['a//b'], ['./a'], [''], ['a\0b'], ['a/']])(
    'refuses the path %j',
    (path) => {
      expect(() => packLayer([{ path, content: '' }])).toThrow('not a path');
      expect(packLayer([{ path: 'a/b..c', content: '' }]).bytes.length).toBeGreaterThan(0);
    },
  );

  it('refuses a repeated path, and a file below something that is not a folder', () => {
    const one = { path: 'a', content: '' };
    expect(() => packLayer([one, one])).toThrow('a occurs twice');
    expect(() =>
      packLayer([
        { path: 'lib', link: 'usr/lib' },
        { path: 'lib/x', content: '' },
      ]),
    ).toThrow('lib is not a folder');
  });
});

describe('the layout that we build', () => {
  const recipe = (tag: string) => ({
    tag,
    epoch: 1_700_000_000,
    layers: [{ ...packLayer(FILES), createdBy: 'test' }],
    config: { User: '65532:65532', Entrypoint: ['/usr/bin/app'] },
    annotations: { 'org.opencontainers.image.title': 'app' },
  });

  function readContent(folder: string): readonly string[] {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    return files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return `${path.slice(folder.length)} ${sha256(readFileSync(path))}`;
    });
  }

  it('D9: equal recipes give equal folders', async () => {
    await writeLayout(join(scratch, 'one'), recipe('1.0'));
    await writeLayout(join(scratch, 'other'), recipe('1.0'));
    expect(readContent(join(scratch, 'one')).toSorted()).toEqual(
      readContent(join(scratch, 'other')).toSorted(),
    );
    expect(readContent(join(scratch, 'one'))).toHaveLength(5);
  });

  it('B11: is read by our own inventory, each tag as its own image', async () => {
    const folder = join(scratch, 'two');
    const first = await writeLayout(folder, recipe('1.0'));
    await writeLayout(folder, {
      ...recipe('2.0'),
      layers: [packLayer([{ path: 'x', content: 'x' }])],
    });
    expect(first.reference).toBe(`oci:${folder}:1.0`);
    const { source, root } = orThrow(await openLayout(orThrow(parseLayoutName(first.reference))));
    const image = orThrow(await openImage(source, 'layout.invalid/image', root, {}));
    expect(image).toMatchObject({
      digest: first.manifest.descriptor.digest,
      platform: { os: 'linux' },
    });
    expect(orThrow(await inventoryImage(image)).subject).toBeDefined();
    await source.close();
  });
});
