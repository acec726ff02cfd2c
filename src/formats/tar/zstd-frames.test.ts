import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../core/failure.ts';
import { unfoldZstd } from './zstd-frames.ts';

async function* inPieces(bytes: Uint8Array, step: number): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(0);
  for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
  yield new Uint8Array(0);
}

async function unfold(bytes: Uint8Array, step = 1_000, framesMax?: number): Promise<string> {
  const plain: Buffer[] = [];
  await unfoldZstd(
    inPieces(bytes, step),
    (piece) => void plain.push(Buffer.from(piece)),
    framesMax,
  );
  return Buffer.concat(plain).toString();
}

const skippable = Buffer.concat([
  Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 5, 0, 0, 0]),
  Buffer.from('table'),
]);

describe('zstd', () => {
  it('unfolds every frame and skips the skippable ones, in any pieces', async () => {
    const bytes = Buffer.concat([
      skippable,
      ...['one', 'two'].map((text) => zstdCompressSync(Buffer.from(text))),
      skippable,
    ]);
    for (const step of [1, 3, 1_000]) expect(await unfold(bytes, step)).toBe('onetwo');
  });

  it('unfolds frames of many blocks, with and without a checksum', async () => {
    const text = Array.from({ length: 60_000 }, (_, at) => at * at).join();
    const { ZSTD_c_checksumFlag } = (await import('node:zlib')).constants;
    for (const flag of [0, 1]) {
      const packed = zstdCompressSync(Buffer.from(text), {
        params: { [ZSTD_c_checksumFlag]: flag },
      });
      expect(await unfold(packed, 70_000)).toBe(text);
    }
  });

  it('stops at too many frames and reads as many as allowed', async () => {
    const frames = Buffer.concat(
      Array.from({ length: 5 }, () => zstdCompressSync(Buffer.from('x'))),
    );
    expect(await unfold(frames, 1_000, 5)).toBe('xxxxx');
    await expect(unfold(frames, 1_000, 4)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  it('throws only Failure or the error of node:zlib for damaged bytes', async () => {
    const seed = zstdCompressSync(
      Buffer.from('some text that is long enough to be worth compressing, some text'),
    );
    const change = fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(change, async (changes) => {
        const bytes = Buffer.from(seed);
        for (const [at, byte] of changes) bytes[at] = byte;
        const thrown: unknown = await unfold(bytes).catch((reason: unknown) => reason);
        if (typeof thrown === 'string' || thrown instanceof Failure) return;
        expect((thrown as NodeJS.ErrnoException).code).toMatch(/^(?:ZSTD_|Z_|ERR_)/);
      }),
      { numRuns: 200 },
    );
  });
});
