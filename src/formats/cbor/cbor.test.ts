import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../core/failure.ts';
import { orThrow } from '../../core/result.ts';
import { encodeCbor, isCborTag, parseCbor, tagCbor } from './cbor.ts';

const bounds = { bytesMax: 100_000, tags: [1] };
const read = (hex: string) => parseCbor(Buffer.from(hex, 'hex'), bounds);

describe('N22: a CBOR item', () => {
  it('is read back as it was written', () => {
    const value = new Map<never, never>([
      [1, -38],
      ['a', [Buffer.from([1, 2]), true, null]],
    ] as never);
    expect(orThrow(parseCbor(encodeCbor(value), bounds))).toEqual(
      new Map<unknown, unknown>([
        [1, -38],
        ['a', [new Uint8Array([1, 2]), true, null]],
      ]),
    );
    const tagged = orThrow(parseCbor(encodeCbor(tagCbor(1, 7)), bounds));
    expect(isCborTag(tagged, 1) && tagged.value).toBe(7);
  });

  it.each([
    ['an indefinite array', '9f01ff'],
    ['an indefinite text', '7f6161ff'],
    ['a length that is not the shortest', '1801'],
    ['A25: a key twice', 'a201010102'],
    ['another tag', 'c201'],
    ['something after it', '0101'],
    ['nothing', ''],
    ['an end too early', '4401'],
    ['a length beyond all memory', '5b7fffffffffffffff'],
    ['100,000 arrays', '81'.repeat(99_999)],
  ])('that is not strict is refused: %s', (_, hex) => {
    expect(read(hex)).toMatchObject({ ok: false, failure: { code: 'MALFORMED' } });
  });

  it('of any bytes is read or refused with a Failure', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const result = parseCbor(bytes, bounds);
        expect(result.ok || result.failure instanceof Failure).toBe(true);
      }),
    );
  });
});
