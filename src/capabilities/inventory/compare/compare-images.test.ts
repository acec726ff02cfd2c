import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toLayerContent } from '../../../../test/support/images.ts';
import { type LayerFile, packLayer } from '../../../../tools/image/layer.ts';
import { buildImage, type ImageRecipe } from '../../../../tools/image/layout.ts';
import { packTar, type TarItem } from '../../../../tools/image/tar.ts';
import { sha256 } from '../../../core/digest.ts';
import type { FailureCode } from '../../../core/failure.ts';
import type { ImageContent, LayerContent } from '../port.ts';
import { compareImages } from './compare-images.ts';
import type { ImageDifference } from './difference.ts';

const FILES: readonly LayerFile[] = [
  { path: 'app/main.js', content: 'one\ntwo\nthree\n', mode: 0o755 },
  { path: 'app/package.json', content: '{"name":"app"}' },
  { path: 'bin', link: 'usr/bin' },
  { path: 'var/lib/app', directory: true, uid: 65532, gid: 65532 },
];

function opened(recipe: ImageRecipe): ImageContent {
  const { manifest, config, layers } = buildImage(recipe);
  return {
    digest: manifest.descriptor.digest,
    platform: recipe.platform ?? { os: 'linux', architecture: 'amd64' },
    config: config.bytes,
    layers: layers.map(({ bytes, descriptor }) => ({ ...toLayerContent(bytes), descriptor })),
  };
}

function makeImage(
  files: readonly LayerFile[],
  epoch = 0,
  more: Partial<ImageRecipe> = {},
): ImageContent {
  return opened({ layers: [packLayer(files, { epoch })], ...more });
}

/** A layer as another program would pack it. */
function packed(
  items: readonly TarItem[],
  pack: (tar: Uint8Array) => Uint8Array = gzipSync,
): ImageContent {
  const tar = packTar(items);
  const bytes = pack(tar);
  const layer = { descriptor: toLayerContent(bytes).descriptor, bytes, diffId: sha256(tar) };
  return opened({ layers: [layer] });
}

async function findDifference(
  one: ImageContent,
  other: ImageContent,
): Promise<ImageDifference | null> {
  const result = await compareImages(one, other);
  if (!result.ok) throw result.failure;
  return result.value.equal ? null : result.value.difference;
}

async function findFailure(one: ImageContent, other: ImageContent): Promise<FailureCode | null> {
  const result = await compareImages(one, other);
  return result.ok ? null : result.failure.code;
}

function changed(change: object, at = 0): readonly LayerFile[] {
  return FILES.map((file, index) => (index === at ? ({ ...file, ...change } as LayerFile) : file));
}

describe('two builds of one source', () => {
  it('D9: are equal when their digests are equal, and nothing of them is read', async () => {
    const unreadable = { ...makeImage(FILES), config: new Uint8Array(0), layers: [] };
    expect(await findDifference(makeImage(FILES), makeImage(FILES.toReversed()))).toBe(null);
    expect(await findDifference(unreadable, makeImage(FILES))).toBe(null);
  });

  it('D9: run alike when built at two times; the first time is reported with its fix', async () => {
    const found = await findDifference(
      makeImage(FILES, 1_700_000_000),
      makeImage(FILES, 1_700_000_001),
    );
    expect(found).toMatchObject({
      kind: 'metadata',
      changesWhatRuns: false,
      layer: 1,
      path: 'app',
      field: 'mtime',
    });
    expect(found?.first).toBe('1700000000 (2023-11-14T22:13:20Z)');
    expect(found?.remedy).toContain('SOURCE_DATE_EPOCH');
  });

  it('D9: a time in the configuration alone is reported as that field', async () => {
    const found = await findDifference(
      makeImage(FILES, 0, { epoch: 1 }),
      makeImage(FILES, 0, { epoch: 2 }),
    );
    expect(found).toMatchObject({ kind: 'config', path: 'created', changesWhatRuns: false });
    expect(found?.text).toBe(
      'the configuration: created is "1970-01-01T00:00:01Z" in the first and ' +
        '"1970-01-01T00:00:02Z" in the second',
    );
  });

  it('B11: one different byte is found behind a hundred different times', async () => {
    const files = (last: string): readonly LayerFile[] => [
      ...Array.from({ length: 100 }, (_, at) => ({ path: `a/${at}`, content: String(at) })),
      { path: 'z/release', content: `first\n${last}\n` },
    ];
    const found = await findDifference(
      makeImage(files('v1'), 1, { epoch: 1 }),
      makeImage(files('v2'), 2, { epoch: 2 }),
    );
    expect(found).toMatchObject({
      kind: 'content',
      changesWhatRuns: true,
      layer: 1,
      path: 'z/release',
    });
    expect(found?.text).toBe(
      'layer 1: z/release differs in content: line 2 is "v1" in the first and "v2" in the second',
    );
    expect(found?.first).toBe(`${sha256('first\nv1\n')}, 9 bytes`);
  });

  it.each([
    ['its mode', { mode: 0o4755 }, 0, 'mode', '0755', '4755'],
    ['its owner', { uid: 0 }, 3, 'uid', '65532', '0'],
    ['its group', { gid: 0 }, 3, 'gid', '65532', '0'],
    ['its link', { link: 'sbin' }, 2, 'link', 'usr/bin', 'sbin'],
  ])('B11: %s is reported by its field', async (_, change, at, field, first, second) => {
    const found = await findDifference(makeImage(FILES), makeImage(changed(change, at)));
    expect(found).toMatchObject({ kind: 'metadata', changesWhatRuns: true, field, first, second });
  });

  it('B11: a file that became a link is reported as such', async () => {
    const files = [{ path: 'app/main.js', link: '/tmp/x' }, ...FILES.slice(1)];
    expect(await findDifference(makeImage(FILES), makeImage(files))).toMatchObject({
      field: 'type',
      first: 'file',
      second: 'symlink',
    });
  });

  it.each([
    ['in the middle', { path: 'app/middle', content: '' }],
    ['at the end', { path: 'zzz', content: '' }],
  ])('B11: an entry that only one image has is named: %s', async (_, extra) => {
    const [without, withExtra] = [makeImage(FILES), makeImage([...FILES, extra])];
    const text = (side: string) => `layer 1: ${extra.path} is in the ${side} only`;
    expect(await findDifference(without, withExtra)).toMatchObject({
      kind: 'entry-missing',
      text: text('second'),
    });
    expect(await findDifference(withExtra, without)).toMatchObject({
      kind: 'entry-missing',
      text: text('first'),
    });
  });

  it('D9: the same entries in another order run alike; with another byte they differ', async () => {
    const items = [
      { path: 'a', content: '1' },
      { path: 'b', content: '2' },
      { path: 'c', content: '3' },
    ];
    const [a, b, c] = items as [TarItem, TarItem, TarItem];
    const found = await findDifference(packed([a, b, c]), packed([c, b, a]));
    expect(found).toMatchObject({ kind: 'entry-order', changesWhatRuns: false, path: 'a' });
    const worse = await findDifference(packed([a, b, c]), packed([c, { ...b, content: 'X' }, a]));
    expect(worse).toMatchObject({ kind: 'entry-order', changesWhatRuns: true });
  });

  it('D9: layers that another program compressed differ, with equal content', async () => {
    const items = [{ path: 'a', content: 'x'.repeat(10_000) }];
    const found = await findDifference(packed(items), packed(items, zstdCompressSync));
    expect(found).toMatchObject({ kind: 'compression', changesWhatRuns: false });
    expect(found?.text).toBe('layer 1: the compressed bytes differ, but the content is equal');
  });

  it('D9: an archive in another form with equal entries is reported as that', async () => {
    const found = await findDifference(
      packed([{ path: './a', content: 'x' }]),
      packed([{ path: 'a', content: 'x' }]),
    );
    expect(found).toMatchObject({ kind: 'archive-form', changesWhatRuns: false });
  });

  it('B11: platform, layer count, settings and annotations are compared first', async () => {
    const arm = { platform: { os: 'linux', architecture: 'arm64' } };
    expect(await findDifference(makeImage(FILES), makeImage(FILES, 0, arm))).toMatchObject({
      kind: 'platform',
    });
    const two = opened({ layers: [packLayer(FILES), packLayer([{ path: 'x', content: 'x' }])] });
    expect(await findDifference(makeImage(FILES), two)).toMatchObject({
      kind: 'layer-count',
      first: '1',
      second: '2',
    });
    const root = makeImage(FILES, 0, { config: { User: '0', Env: ['A=1', 'B=2'] } });
    const user = makeImage(FILES, 0, { config: { User: '0', Env: ['A=1', 'B=3'] } });
    expect(await findDifference(root, user)).toMatchObject({
      kind: 'config',
      path: 'config.Env[1]',
      first: '"B=2"',
    });
    const labelled = (Labels: Record<string, string>, User: string) =>
      makeImage(FILES, 0, { config: { Labels, User } });
    const [old, named] = [labelled({ created: '1' }, '0'), labelled({ created: '2' }, '0')];
    expect(await findDifference(old, named)).toMatchObject({
      path: 'config.Labels.created',
      changesWhatRuns: false,
    });
    expect(await findDifference(old, labelled({ created: '2' }, '1'))).toMatchObject({
      path: 'config.User',
    });
    const marked = makeImage(FILES, 0, { annotations: { a: 'b' } });
    expect(await findDifference(makeImage(FILES), marked)).toMatchObject({
      kind: 'manifest',
      changesWhatRuns: false,
    });
  });

  it('D9: a binary extended attribute is not lost in decoding', async () => {
    const withAttribute = (byte: number): ImageContent => {
      const value = Buffer.from([0xfe, byte]);
      const record = Buffer.concat([
        Buffer.from('30 SCHILY.xattr.security.x='),
        value,
        Buffer.from('\n'),
      ]);
      return packed([
        { path: 'pax', flag: 'x', content: record },
        { path: 'ping', content: 'x' },
      ]);
    };
    expect(await findDifference(withAttribute(0x80), withAttribute(0x81))).toMatchObject({
      kind: 'metadata',
      changesWhatRuns: true,
    });
  });
});

describe('deceptive images', () => {
  const [layer] = makeImage(FILES).layers as [LayerContent];
  const liar = (open: () => AsyncIterable<Uint8Array>): ImageContent => {
    const image = makeImage(FILES, 1);
    return { ...image, layers: image.layers.map(({ descriptor }) => ({ descriptor, open })) };
  };

  it('a layer whose digest differs from its manifest is a failure, no difference', async () => {
    expect(
      await findFailure(
        liar(() => layer.open()),
        makeImage(FILES),
      ),
    ).toBe('DIGEST_MISMATCH');
    expect(await findFailure(makeImage(FILES), makeImage(FILES, 1))).toBe(null);
  });

  it('a diff ID that is not that of its layer is a failure, even with equal entries', async () => {
    const { content, ...rest } = { content: packLayer(FILES), epoch: 1 };
    const lying = opened({ layers: [{ ...content, diffId: sha256('other') }], ...rest });
    const other = makeImage(FILES, 5, { epoch: 1 });
    expect(await findFailure(lying, other)).toBe('DIGEST_MISMATCH');
  });

  it('a source that fails ends both walks, and its failure is reported', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array([0x1f, 0x8b, 8, 0]);
      throw new Error('connection reset');
    }
    expect(await findFailure(liar(broken), makeImage(FILES))).toBe('MALFORMED');
  });

  it('text from an image stays on one line and short', async () => {
    const evil = `app/\u202e${'x'.repeat(500)}\nlayer 9: all is equal`;
    const found = await findDifference(
      makeImage(FILES),
      makeImage([...FILES, { path: evil, content: '' }]),
    );
    expect(found?.text).not.toMatch(/[\n\u202e]/);
    expect(found?.text.length).toBeLessThan(700);
  });

  it('arbitrary and mutated layers give a difference or a typed failure', async () => {
    const tar = packTar([
      { path: 'a', content: 'x'.repeat(600), mtime: 1 },
      { path: `${'long/'.repeat(40)}b`, content: '' },
    ]);
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 2_000 }),
      fc.tuple(fc.nat(tar.length - 1), fc.nat(255)).map(([at, byte]) => {
        const copy = Uint8Array.from(tar);
        copy[at] = byte;
        return copy;
      }),
    );
    const whole = opened({ layers: [{ ...packLayer([]), ...raw(tar) }] });
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        const result = await compareImages(
          whole,
          opened({ layers: [{ ...packLayer([]), ...raw(content) }] }),
        );
        if (!result.ok) expect(['MALFORMED', 'LIMIT_EXCEEDED']).toContain(result.failure.code);
        else expect(result.value.equal).toBe(sha256(content) === sha256(tar));
      }),
      { numRuns: 300 },
    );
  });

  it('holds little of a layer of 60,000 files', async () => {
    const items = Array.from({ length: 60_000 }, (_, at) => ({
      path: `f/${at}`,
      content: `${at}`,
    }));
    const [one, other] = [packed(items), packed([...items, { path: 'last', content: '' }])];
    const before = process.memoryUsage().heapUsed;
    expect(await findDifference(one, other)).toMatchObject({ kind: 'entry-missing', path: 'last' });
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(300 * 1024 * 1024);
  });
});

function raw(bytes: Uint8Array) {
  return { bytes, descriptor: toLayerContent(bytes).descriptor, diffId: sha256(bytes) };
}
