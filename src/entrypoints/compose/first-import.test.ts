import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { listIndexRows } from '../../../test/support/index-rows.ts';
import { openAdvisoryIndex } from '../../adapters/advisories/index.ts';
import { toInstant } from '../../core/instant.ts';
import type { JsonObject } from '../../core/json.ts';
import { orThrow } from '../../core/result.ts';
import { type Config, loadConfig } from '../config/config.ts';
import { importFeeds } from './advisories.ts';
import { openLedger, openQuestions } from './graph.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-first-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let config: Config;
let count = 0;

async function loadHome(): Promise<Config> {
  return loadConfig({ home: join(folder, `${++count}`) }, {}, folder);
}

beforeEach(async () => {
  config = await loadHome();
});

/** Several documents; ids that are given twice, aliases over feeds, records without a package. */
function writeFeeds(): readonly string[] {
  const write = (name: string, records: readonly object[]): string => {
    const path = join(folder, name);
    writeFileSync(path, records.map((record) => JSON.stringify(record)).join('\n'));
    return path;
  };
  const affect = (name: string) => [{ package: { ecosystem: 'npm', name }, versions: ['1'] }];
  const some = Array.from({ length: 1_500 }, (_, at) => ({
    id: `GHSA-${at}`,
    modified: '2026-01-01T00:00:00Z',
    aliases: at % 3 === 0 ? [`CVE-2026-${10_000 + (at % 400)}`] : [],
    upstream: at % 5 === 0 ? [`CVE-2025-${10_000 + at}`] : [],
    details: 'schön €'.repeat(at % 7),
    affected: affect(`p${at % 50}`),
  }));
  const others = Array.from({ length: 300 }, (_, at) => ({
    id: at % 2 === 0 ? `PYSEC-${at}` : `GHSA-${at}`,
    modified: '2026-01-02T00:00:00Z',
    ...(at % 10 === 0 ? { withdrawn: '2026-01-03T00:00:00Z' } : {}),
    aliases: [`CVE-2026-${10_000 + at}`],
    affected: at % 4 === 0 ? [] : affect(`q${at}`),
  }));
  const odd = [
    { id: 'X-1', affected: affect('x') },
    { id: 'X-1', affected: affect('y') },
    { no: 1 },
  ];
  return [write('some', some), write('others', others), write('odd', odd)];
}

async function importInto(home: Config, onProgress?: () => void): Promise<void> {
  const sources = writeFeeds();
  const options = onProgress === undefined ? {} : { onProgress };
  orThrow(
    await importFeeds(home, {
      sources,
      covers: ['npm'],
      now: toInstant(1_800_000_000_000),
      ...options,
    }),
  );
}

async function exportGraph(home: Config): Promise<readonly string[]> {
  const reader = await openQuestions(home);
  const lines: string[] = [];
  for await (const line of reader.export()) lines.push(line);
  await reader.close();
  return lines;
}

it('a first import makes the log, graph and index that an import into a log makes', async () => {
  await importInto(config);
  const other = await loadHome();
  await (await openLedger(other)).close();
  await importInto(other);
  expect(await exportGraph(config)).toEqual(await exportGraph(other));
  expect(listIndexRows(config.advisories)).toEqual(listIndexRows(other.advisories));
  expect(readdirSync(config.home).sort()).toEqual(readdirSync(other.home).sort());
});

it('a first import holds what the database checks for every other one', async () => {
  await importInto(config);
  const database = new DatabaseSync(config.database);
  expect(database.prepare('pragma foreign_key_check').all()).toEqual([]);
  expect(database.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' });
  database.close();
  const before = await exportGraph(config);
  const { log, close } = await openLedger(config);
  orThrow(await log.verify());
  orThrow(await log.rebuild());
  await close();
  expect(await exportGraph(config)).toEqual(before);
});

it('truth A21: what the feeds cover is in the graph as the index has it', async () => {
  await importInto(config);
  await importInto(config);
  const facts = (await exportGraph(config)).map((line) => JSON.parse(line) as JsonObject);
  const feeds = facts.filter(({ fact, known_to: end }) => fact === 'feed' && end === null);
  const index = orThrow(openAdvisoryIndex(config.advisories));
  const { coverage, rejected } = index.info();
  index.close();
  expect(feeds.map(({ feed, records, newest }) => [feed, records, newest]).sort()).toEqual(
    coverage.map(({ feed, records, newest }) => [feed, records, newest]).sort(),
  );
  expect(feeds).toHaveLength(3);
  const refused = facts.filter(({ fact, known_to: end }) => fact === 'feed_rejection' && !end);
  expect(refused.map(({ records }) => records)).toEqual([rejected]);
});

it('a second import goes on from the first one', async () => {
  await importInto(config);
  const readFacts = async () =>
    (await exportGraph(config)).filter((line) => !line.includes('"kind":"advisory-unreadable"'));
  const before = await readFacts();
  await importInto(config);
  expect(await readFacts()).toEqual(before);
});

it('a log that somebody else makes during a first import gets all of it', async () => {
  const made: Promise<{ readonly close: () => Promise<void> }>[] = [];
  await importInto(config, () => {
    if (made.length > 0) return;
    const opening = openLedger(config).then(async (opened) => {
      const body = Buffer.from('{"id":"GHSA-own","affected":[]}\n');
      const what = { kind: 'advisories', mediaType: 'application/json', subject: null } as const;
      orThrow(await opened.log.append([{ ...what, body }], toInstant(Date.now())));
      return opened;
    });
    made.push(opening);
  });
  await (await made[0])?.close();
  const named = (await exportGraph(config)).filter((line) =>
    line.includes('"fact":"vulnerability"'),
  );
  expect(named.filter((line) => /GHSA-own|GHSA-1499|PYSEC-298|"X-1"/.test(line))).toHaveLength(4);
  const rows = JSON.stringify(listIndexRows(config.advisories));
  expect(['GHSA-own', 'GHSA-1499', 'PYSEC-298'].map((id) => rows.includes(id))).toEqual(
    Array(3).fill(true),
  );
  expect(readdirSync(config.home).filter((name) => /partial|pending|import-/.test(name))).toEqual(
    [],
  );
});

it('a first import whose feed is cut short makes neither log nor index', async () => {
  const feed = join(folder, 'cut.gz');
  writeFileSync(feed, Buffer.from([0x1f, 0x8b, 8, 0]));
  const options = { sources: [...writeFeeds(), feed], now: toInstant(0) };
  expect((await importFeeds(config, options)).ok).toBe(false);
  expect([existsSync(config.database), existsSync(config.advisories)]).toEqual([false, false]);
  expect(readdirSync(config.home)).toEqual(['advisories.db.lock']);
});
