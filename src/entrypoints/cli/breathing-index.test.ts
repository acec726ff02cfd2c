import { expect, it } from 'vitest';
import {
  type AdvisoryIndex,
  createMemoryIndex,
  parseOsv,
} from '../../capabilities/advisories/index.ts';
import { matchPackage } from '../../capabilities/scanning/index.ts';
import { toInstant } from '../../core/instant.ts';
import { toCanonicalPurl } from '../../core/purl.ts';
import { ok, orThrow } from '../../core/result.ts';
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

it('truth B1: a signal is heard while one package is matched with many advisories', async () => {
  const affected = [{ package: { ecosystem: 'npm', name: 'left' }, versions: ['1.0.0'] }];
  const records = Array.from({ length: 2_000 }, (_, at) =>
    orThrow(parseOsv(JSON.stringify({ id: `EX-${at}`, affected }))),
  );
  const stopped = new AbortController();
  const why = new Error('stopped');
  let asked = 0;
  const memory = createMemoryIndex(records, {
    ...{ source: 'imported', version: '1', importedAt: toInstant(0), rejected: 0 },
  });
  const found = {
    ...memory,
    findHeads: async (id: string) => {
      asked += 1;
      const until = performance.now() + 1;
      while (performance.now() < until);
      return ok(records.filter((record) => record.id === id));
    },
  };
  const index = letSignalsThrough(found, stopped.signal);
  setImmediate(() => stopped.abort(why));
  const component = {
    ...{ purl: orThrow(toCanonicalPurl('pkg:npm/left@1.0.0')), name: 'left', version: '1.0.0' },
    source: null,
  };
  await expect(matchPackage(component, index)).rejects.toBe(why);
  expect(asked).toBeLessThan(500);
});
