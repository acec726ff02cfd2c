import { describe, expect, it } from 'vitest';
import { meets } from './benchmark.ts';
import { compare, quantile, timing } from './compare.ts';

const node = (script: string) => ({ program: process.execPath, args: ['-e', script] });

describe('a comparison of whole processes', () => {
  it('finds the slower one slower', async () => {
    const { ours, peer, ratio } = await compare(node('setTimeout(() => {}, 300)'), node('0'), 2);
    expect(ours.minMs).toBeGreaterThanOrEqual(300);
    expect(peer.minMs).toBeLessThanOrEqual(peer.medianMs);
    expect(ratio).toBeGreaterThan(1);
  });

  it('refuses to time a process that fails', async () => {
    await expect(compare(node('process.exit(3)'), node('0'), 1)).rejects.toThrow('ended with 3');
    await expect(
      compare({ ...node('process.exit(3)'), exitCode: 3 }, node('0'), 1),
    ).resolves.toBeDefined();
  });
});

it('min, median and quantiles are those of the sorted times', () => {
  expect(timing([9, 1, 5])).toEqual({ minMs: 1, medianMs: 5 });
  expect(timing([4, 1, 3, 2])).toEqual({ minMs: 1, medianMs: 2.5 });
  expect(quantile([0, 10, 20, 30, 40], 0.99)).toBeCloseTo(39.6);
  expect(quantile([], 0.5)).toBeNaN();
});

it('a target is a maximum or a minimum, and an unmeasured value meets none', () => {
  const figure = { what: 'x', value: 5, unit: 'ms' };
  expect(meets({ ...figure, target: null })).toBe(true);
  expect([
    meets({ ...figure, target: { max: 5 } }),
    meets({ ...figure, target: { max: 4 } }),
  ]).toEqual([true, false]);
  expect([
    meets({ ...figure, target: { min: 5 } }),
    meets({ ...figure, target: { min: 6 } }),
  ]).toEqual([true, false]);
  expect(meets({ ...figure, value: Number.NaN, target: { max: 5 } })).toBe(false);
});
