import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FilePart } from '../../formats/program/part-reading.ts';
import { createWindowReader } from './window-reader.ts';

const BYTES = Buffer.from(Array.from({ length: 150_000 }, (_, at) => (at * 7 + (at >> 8)) & 0xff));

it('truth A24: parts of a file are what each alone would give, in fewer reads', async () => {
  const part = fc.record({
    offset: fc.oneof(fc.nat(160_000), fc.constantFrom(0, 32_767, 32_768, 65_535, 149_999, 2 ** 50)),
    length: fc.oneof(fc.nat(200), fc.nat(70_000), fc.constantFrom(0, 32_768, 32_769)),
  });
  const cut = ({ offset, length }: FilePart): Uint8Array => BYTES.subarray(offset, offset + length);
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 30 }), async (parts) => {
      const read = createWindowReader(async (one) => cut(one));
      for (const one of parts) expect(Buffer.compare(await read(one), cut(one))).toBe(0);
    }),
  );
  let reads = 0;
  const read = createWindowReader(async (one) => {
    reads++;
    return cut(one);
  });
  for (let at = 0; at < 60_000; at += 100) await read({ offset: at, length: 64 });
  expect(reads).toBe(2);
});

it('a window that cannot be read fails for each who asks for it', async () => {
  const read = createWindowReader(async () => {
    throw new Error('gone');
  });
  for (const _ of [1, 2]) await expect(read({ offset: 0, length: 8 })).rejects.toThrow('gone');
});
