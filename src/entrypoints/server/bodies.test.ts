import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../core/limits.ts';
import { BodyReader } from './bodies.ts';

const MIB = 2 ** 20;

/** A body that states a length and sends only a part of it. */
function makeBody(bytesStated: number | null, sent: number, address = 'a') {
  const stream = new PassThrough({ highWaterMark: 64 * MIB });
  stream.write(Buffer.alloc(sent));
  return { stream, address, bytesStated };
}

const finish = (body: ReturnType<typeof makeBody>) => {
  body.stream.end();
  return body;
};
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('The bodies of requests', () => {
  it('are read at the limit, and refused one byte over it, stated or not', async () => {
    const max = LIMITS.admissionRequestBytesMax;
    const reader = new BodyReader();
    for (const stated of [max, null])
      expect(await reader.read(finish(makeBody(stated, max)))).toHaveLength(max);
    for (const [stated, sent] of [
      [max + 1, 0],
      [Number.NaN, 0],
      [null, max + 1],
      [10, 11],
    ] as const)
      await expect(reader.read(makeBody(stated, sent))).rejects.toMatchObject({
        code: 'LIMIT_EXCEEDED',
      });
  });

  it('truth B5: 100 unfinished bodies hold their share, and a small one passes them', async () => {
    const reader = new BodyReader(200);
    const unfinished = Array.from({ length: 100 }, () => makeBody(7 * MIB, 6 * MIB));
    const ended = unfinished.map((body) =>
      reader.read(body).catch(({ code }: { code: string }) => code),
    );
    await settle();
    const taken = unfinished.filter(({ stream }) => stream.readableLength === 0).length;
    expect(taken).toBe(Math.floor(LIMITS.bodiesPerAddressBytesMax / (7 * MIB)));
    expect(await reader.read(finish(makeBody(2_000, 2_000)))).toHaveLength(2_000);
    // Another address has its own share.
    expect(await reader.read(finish(makeBody(7 * MIB, MIB, 'b')))).toHaveLength(MIB);
    expect(new Set(await Promise.all(ended))).toEqual(new Set(['DEADLINE_EXCEEDED']));
    expect(await reader.read(finish(makeBody(7 * MIB, MIB)))).toHaveLength(MIB);
  });

  it('that end too early are an error', async () => {
    const body = makeBody(10, 5);
    const read = new BodyReader().read(body);
    await settle();
    body.stream.destroy();
    await expect(read).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });
});
