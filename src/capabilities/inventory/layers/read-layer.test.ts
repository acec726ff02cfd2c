import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  file,
  makeImage,
  makeImageFromLayers,
  makeLayer,
  toLayerContent,
} from '../../../../test/support/images.ts';
import { packHive } from '../../../../test/support/pack-hive.ts';
import { packTar } from '../../../../tools/image/tar.ts';
import { type Digest, sha256 } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { inventoryImage } from '../inventory-image.ts';
import type { ImageContent } from '../port.ts';
import { type ImageBudget, readLayer } from './read-layer.ts';

const tar = packTar([file('etc/hostname', 'trips'), file('x', 'y'.repeat(5_000))]);

async function tryInventory(image: ImageContent): Promise<string> {
  const result = await inventoryImage(image);
  return result.ok ? result.value.outcome : result.failure.code;
}

function withLayer(bytes: Uint8Array, diffId: Digest = sha256(tar)): ImageContent {
  return makeImageFromLayers([{ content: toLayerContent(bytes), diffId }]);
}

describe('a layer counts only after all of it was checked', () => {
  it('is read when it is whole and its digest, size and diff ID are right', async () => {
    expect(await tryInventory(withLayer(gzipSync(tar)))).toBe('complete');
  });

  it('is DIGEST_MISMATCH with another digest than in its manifest', async () => {
    const { content, diffId } = makeLayer(tar);
    const descriptor = { ...content.descriptor, digest: sha256('other') };
    expect(
      await tryInventory(makeImageFromLayers([{ content: { ...content, descriptor }, diffId }])),
    ).toBe('DIGEST_MISMATCH');
  });

  it('is DIGEST_MISMATCH when it is shorter or longer than in its manifest', async () => {
    for (const difference of [-1, 1]) {
      const { content, diffId } = makeLayer(tar);
      const descriptor = { ...content.descriptor, size: content.descriptor.size + difference };
      expect(
        await tryInventory(makeImageFromLayers([{ content: { ...content, descriptor }, diffId }])),
      ).toBe('DIGEST_MISMATCH');
    }
  });

  it('is DIGEST_MISMATCH when it unpacks to a wrong diff ID', async () => {
    expect(await tryInventory(withLayer(gzipSync(tar), sha256('other')))).toBe('DIGEST_MISMATCH');
  });

  it.each([
    ['gzip', gzipSync(tar)],
    ['zstd', zstdCompressSync(tar)],
  ] as const)('is MALFORMED or DIGEST_MISMATCH when it is cut anywhere: %s', async (_, packed) => {
    for (let length = 0; length < packed.length; length += 1 + Math.floor(packed.length / 60)) {
      expect(['MALFORMED', 'DIGEST_MISMATCH']).toContain(
        await tryInventory(withLayer(packed.subarray(0, length))),
      );
    }
  });

  it('is MALFORMED when it is cut and uncompressed', async () => {
    for (const length of [100, 512, 700, 1024, 1200, 6_000]) {
      const cut = tar.subarray(0, length);
      const outcome = await tryInventory(withLayer(cut, sha256(cut)));
      // 1024 ends between entries, and 700 in the padding after the content of one.
      const expected = [700, 1024].includes(length) ? 'complete' : 'MALFORMED';
      expect([length, outcome]).toEqual([length, expected]);
    }
  });

  it('is MALFORMED when it is neither tar nor compressed', async () => {
    const junk = Buffer.alloc(2_048, 'junk');
    expect(await tryInventory(withLayer(junk, sha256(junk)))).toBe('MALFORMED');
  });

  it('is read to its end over several gzip members or zstd frames', async () => {
    const halves = [tar.subarray(0, 700), tar.subarray(700)];
    expect(await tryInventory(withLayer(Buffer.concat(halves.map((half) => gzipSync(half)))))).toBe(
      'complete',
    );
    expect(
      await tryInventory(withLayer(Buffer.concat(halves.map((half) => zstdCompressSync(half))))),
    ).toBe('complete');
  });

  it('passes on the Failure of its source', async () => {
    const { content, diffId } = makeLayer(tar);
    const open = async function* open(): AsyncGenerator<Uint8Array> {
      yield gzipSync(tar).subarray(0, 20);
      throw new Failure('REGISTRY_UNREACHABLE', 'gone', 'Try again.');
    };
    expect(
      await tryInventory(makeImageFromLayers([{ content: { ...content, open }, diffId }])),
    ).toBe('REGISTRY_UNREACHABLE');
  });

  it('stops when the signal aborts', async () => {
    const result = await inventoryImage(makeImage([[file('x')]]), { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ ok: false, failure: { code: 'INTERRUPTED' } });
  });
});

describe('bombs', () => {
  const budget = (): ImageBudget => ({ bytesLeft: LIMITS.imageBytesMax, entriesLeft: 10 });
  const zeros = Buffer.alloc(1024 * 1024);

  async function catchCode(work: Promise<void>): Promise<string> {
    return work.then(
      () => 'read',
      (thrown: unknown) => (thrown instanceof Failure ? thrown.code : 'other'),
    );
  }

  it('of a thousandfold ratio are stopped soon after 64 MiB; smaller ones are read', async () => {
    const member = gzipSync(zeros); // about 1,000:1
    const small = Buffer.concat(Array.from({ length: 60 }, () => member));
    const smallId = sha256(Buffer.alloc(60 * zeros.length));
    expect(await catchCode(readLayer(toLayerContent(small), smallId, budget(), () => null))).toBe(
      'read',
    );
    const zstd = zstdCompressSync(Buffer.alloc(80 * 1024 * 1024)); // over 10,000:1
    const left = budget();
    expect(await catchCode(readLayer(toLayerContent(zstd), smallId, left, () => null))).toBe(
      'LIMIT_EXCEEDED',
    );
    expect(LIMITS.imageBytesMax - left.bytesLeft).toBeLessThan(66 * 1024 * 1024);
  });

  it('with an image over its unpacked size are stopped; one byte less is read', async () => {
    for (const [bytesLeft, outcome] of [
      [tar.length, 'read'],
      [tar.length - 1, 'LIMIT_EXCEEDED'],
    ] as const) {
      const { content, diffId } = makeLayer(tar);
      expect(
        await catchCode(readLayer(content, diffId, { bytesLeft, entriesLeft: 10 }, () => null)),
      ).toBe(outcome);
    }
  });

  it('with too many layers are stopped; layers at the limit are read', async () => {
    const layer = makeLayer(packTar([]));
    const image = (count: number): ImageContent =>
      makeImageFromLayers(Array.from({ length: count }, () => layer));
    expect(await tryInventory(image(LIMITS.layersMax))).toBe('complete');
    expect(await tryInventory(image(LIMITS.layersMax + 1))).toBe('LIMIT_EXCEEDED');
  });
});

describe('the configuration of an image', () => {
  const image = makeImage([[file('x')]]);
  it.each([
    ['not JSON', '{'],
    ['an array', '[]'],
    ['without diff IDs', '{"rootfs":{}}'],
    [
      'with one diff ID too many',
      JSON.stringify({ rootfs: { diff_ids: [sha256('a'), sha256('b')] } }),
    ],
    ['with an invalid diff ID', '{"rootfs":{"diff_ids":["sha256:xyz"]}}'],
    ['with a diff ID that is a number', '{"rootfs":{"diff_ids":[1]}}'],
  ])('%s is MALFORMED', async (_, text) => {
    expect(await tryInventory({ ...image, config: Buffer.from(text) })).toBe('MALFORMED');
  });

  it('with a key twice is refused, so that no two readers see different diff IDs', async () => {
    const [id] = (
      JSON.parse(Buffer.from(image.config).toString()) as { rootfs: { diff_ids: string[] } }
    ).rootfs.diff_ids;
    const text = `{"rootfs":{"diff_ids":["${id}"],"diff_ids":[]}}`;
    expect(await tryInventory({ ...image, config: Buffer.from(text) })).toBe('DUPLICATE_KEY');
  });

  it('I4: of Windows names its build, where no registry in its layers does', async () => {
    const text = Buffer.from(image.config).toString();
    const take = async (given: ImageContent, version: string) => {
      const named = text.replace('"linux"', `"windows","os.version":${JSON.stringify(version)}`);
      const config = Buffer.from(named);
      const { os, components } = orThrow(await inventoryImage({ ...given, config }));
      return [os?.id, os?.versionId, ...components.map(({ purl }) => purl)];
    };
    const build = '10.0.20348.2113';
    const found = await take(image, build);
    expect(found).toContain(`pkg:generic/microsoft/windows@${build}`);
    expect(found.slice(0, 2)).toEqual(['windows', build]);
    expect(await take(image, 'server 2022')).not.toContain('windows');
    const values = { CurrentBuild: '20348', CurrentMajorVersionNumber: 10, UBR: 1 };
    const version = { CurrentVersion: { values } };
    const hive = packHive({
      keys: { Microsoft: { keys: { 'Windows NT': { keys: version } } } },
    });
    const own = makeImage([[file('Files/Windows/System32/config/SOFTWARE', hive)]]);
    const { config } = own;
    const rest = JSON.parse(Buffer.from(config).toString());
    const named = { ...rest, os: 'windows', 'os.version': build };
    const read = await inventoryImage({ ...own, config: Buffer.from(JSON.stringify(named)) });
    expect(orThrow(read).os?.versionId).toBe('10.0.20348.1');
  });

  it('truth A16: of a Windows image is partial, as its updates are not read', async () => {
    const config = Buffer.from(
      Buffer.from(image.config).toString().replace('"linux"', '"windows"'),
    );
    expect(await tryInventory({ ...image, config })).toBe('partial');
  });
});
