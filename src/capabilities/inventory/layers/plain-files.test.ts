import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlainFiles } from './plain-files.ts';

const name = fc.constantFrom('a', 'b', 'longer-than-thirteen-bytes', '\u{1f600}', '\ud800', 'ü');
const step = fc.oneof(
  fc.record({
    kind: fc.constant('set' as const),
    name,
    size: fc.nat(2 ** 40),
    layer: fc.nat(1_023),
  }),
  fc.record({ kind: fc.constantFrom('delete' as const, 'get' as const, 'pack' as const), name }),
);

describe('truth A24: the plain files of a folder', () => {
  it('are what was put there, however often it is packed in between', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const files = new PlainFiles();
        const expected = new Map<string, object>();
        for (const one of steps) {
          if (one.kind === 'set') {
            const { size, layer } = one;
            files.set(one.name, { size, layer });
            expected.set(one.name, { size, layer });
          } else if (one.kind === 'pack') files.pack();
          else if (one.kind === 'get') expect(files.get(one.name)).toEqual(expected.get(one.name));
          else expect(files.delete(one.name)).toBe(expected.delete(one.name));
          expect(files.size).toBe(expected.size);
        }
        const listed = [...files.entries()].map(({ name, ...file }) => [name, file]);
        expect(listed).toEqual([...expected]);
      }),
    );
  });
});
