import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { receiveBody } from './receive-body.ts';

async function* inPieces(...pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

const bytes = (length: number) => new Uint8Array(length).fill(7);

describe('A request body', () => {
  it('is the bytes that were sent, alone in their buffer, whether their length was stated or not', async () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(pieces, fc.boolean(), async (sent, stated) => {
        const whole = Buffer.concat(sent);
        const got = await receiveBody(inPieces(...sent), stated ? String(whole.length) : undefined, 400);
        expect(Buffer.from(got).equals(whole)).toBe(true);
        expect(got.buffer.byteLength).toBe(whole.length);
      }),
    );
  });

  it.each([
    ['stated', '11'],
    ['not stated', undefined],
  ])('is refused above the limit and taken at it, its length %s', async (_, stated) => {
    const sent = inPieces(bytes(10), bytes(1));
    await expect(receiveBody(sent, stated, 10)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    await expect(receiveBody(inPieces(bytes(10), bytes(1)), stated, 11)).resolves.toHaveLength(11);
  });

  it('is refused where it is shorter or longer than was stated, or the length is no number', async () => {
    for (const stated of ['3', '5', '-1', 'four', '4.5', ''])
      await expect(receiveBody(inPieces(bytes(4)), stated, 10)).rejects.toMatchObject({ code: 'MALFORMED' });
    await expect(receiveBody(inPieces(bytes(4)), '4', 10)).resolves.toHaveLength(4);
  });
});
