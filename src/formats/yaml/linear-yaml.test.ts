import { describe, expect, it } from 'vitest';
import { parseYaml } from './parse.ts';

/** Processor time of this thread: the load of the machine has no part in it. */
function measureMs(text: string): number {
  const before = process.threadCpuUsage();
  expect(parseYaml(text, { bytesMax: 1 << 20 }).ok).toBe(false);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

describe('truth B1: a document of many errors', () => {
  it.each([
    ['texts side by side', (count: number) => `${'"a" '.repeat(count)}\n`],
    ['anchors', (count: number) => `a: ${'&a '.repeat(count)}\n`],
    ['closed brackets', (count: number) => `a: ${'} '.repeat(count)}\n`],
    ['wrong escapes', (count: number) => `a: "${'\\q'.repeat(count)}"\n`],
  ])('takes time in proportion to them: %s', (_, make) => {
    measureMs(make(2_000));
    const least = Math.min(...[1, 2, 3].map(() => measureMs(make(5_000))));
    expect(measureMs(make(40_000))).toBeLessThan(30 * least + 100);
  });

  it('is refused with the place of the first', () => {
    expect(parseYaml('a: 1\nb: [ , ]\n', { bytesMax: 100 })).toMatchObject({
      failure: { message: 'Unexpected , in flow sequence at line 2, column 6' },
    });
  });
});
