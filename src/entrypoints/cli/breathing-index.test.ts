import { expect, it } from 'vitest';
import type { AdvisoryIndex } from '../../capabilities/advisories/index.ts';
import { ok } from '../../core/result.ts';
import { letSignalsThrough } from './breathing-index.ts';

const INDEX = {
  find: async () => ok([]),
  findById: async () => ok([]),
  findHeads: async () => ok([]),
  info: () => ({ version: '1' }),
} as unknown as AdvisoryIndex;

it('truth B1: a signal is heard while a long inventory is matched', async () => {
  const stopped = new AbortController();
  const why = new Error('stopped');
  const timer = setTimeout(() => stopped.abort(why), 20);
  const index = letSignalsThrough(INDEX, stopped.signal);
  const started = performance.now();
  const match = async (): Promise<void> => {
    while (performance.now() - started < 5_000) await index.find('npm', 'a');
  };
  await expect(match()).rejects.toBe(why);
  clearTimeout(timer);
  expect(index.info()).toEqual({ version: '1' });
});
