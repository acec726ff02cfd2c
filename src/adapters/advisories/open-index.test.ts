import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { importAdvisories } from './import.ts';
import { type OpenAdvisoryIndex, openAdvisoryIndex } from './open-index.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-crowded-'));
const now = toInstant(Date.UTC(2026, 0, 1));
const RECORDS = 1_000;
let index: OpenAdvisoryIndex;

beforeAll(async () => {
  const range = { type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.0.0' }] };
  const lines = Array.from({ length: RECORDS }, (_, at) => {
    // Some spellings of a name mean one package.
    const names = [['npm', 'crowded'], ...['Crowd.Ed', 'crowd.ed'].map((one) => ['NuGet', one])];
    const affected = names.map(([ecosystem, name]) => ({
      package: { ecosystem, name },
      ranges: [range],
    }));
    return JSON.stringify({ id: `EX-${RECORDS - at}`, modified: '2025-01-01T00:00:00Z', affected });
  });
  const feed = join(folder, 'feed.ndjson');
  writeFileSync(feed, lines.join('\n'));
  const path = join(folder, 'index.db');
  orThrow(await importAdvisories({ path, sources: [feed], now }));
  index = orThrow(openAdvisoryIndex(path));
});
afterAll(() => {
  index.close();
  rmSync(folder, { recursive: true, force: true });
});

/** How often other work of the process had its turn. */
async function countTurns(work: () => Promise<unknown>): Promise<number> {
  const state = { going: true, turns: 0 };
  const done = work().finally(() => {
    state.going = false;
  });
  while (state.going) {
    await setImmediate();
    state.turns += 1;
  }
  await done;
  return state.turns;
}

it('truth B1: the advisories of a crowded package are read in pieces', async () => {
  for (const [ecosystem, name] of [
    ['npm', 'crowded'],
    ['NuGet', 'CROWD.ED'],
  ] as const) {
    const turns = await countTurns(async () => {
      const found = orThrow(await index.find(ecosystem, name));
      expect(found.map(({ id }) => id)).toEqual(
        Array.from({ length: RECORDS }, (_, at) => `EX-${at + 1}`).sort(),
      );
    });
    expect(turns).toBeGreaterThan(1);
    const some = orThrow(await index.find(ecosystem, name, 300));
    expect(some.length).toBe(300);
  }
});

it('truth B1: what matches many records lets other work go on', async () => {
  const turns = await countTurns(async () => {
    for (let at = 0; at < 5; at++) {
      // Any work: the index looks how long it took.
      const until = performance.now() + 12;
      while (performance.now() < until);
      await index.breathe?.();
    }
  });
  expect(turns).toBeGreaterThan(2);
});

it('a package of which nothing was wanted, or that nothing names, hides no other', async () => {
  expect(orThrow(await index.find('npm', 'crowded', 0))).toEqual([]);
  for (const name of ['nobody', 'nobody'])
    expect(orThrow(await index.find('npm', name))).toEqual([]);
  expect(orThrow(await index.find('npm', 'crowded'))).toHaveLength(RECORDS);
});
