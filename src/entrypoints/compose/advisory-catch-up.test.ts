import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { listIndexRows } from '../../../test/support/index-rows.ts';
import { openLogDocuments } from '../../adapters/graph-sql/log/index.ts';
import { encodeRecord } from '../../capabilities/evidence/index.ts';
import { sha256 } from '../../core/digest.ts';
import { toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { type Config, loadConfig } from '../config/config.ts';
import { importFeeds, openAdvisories } from './advisories.ts';
import { areAdvisoriesBehind } from './advisory-catch-up.ts';
import { openLedger } from './graph.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-behind-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const OLD = '2026-01-01T00:00:00Z';
const NEW = '2026-02-01T00:00:00Z';
let config: Config;
let count = 0;

beforeEach(async () => {
  config = await loadConfig({ home: join(folder, `${++count}`) }, {}, folder);
});

function advisory(id: string, modified = OLD, more: object = {}): object {
  const ranges = [{ type: 'SEMVER', events: [{ introduced: '0' }] }];
  return {
    id,
    modified,
    affected: [{ package: { ecosystem: 'npm', name: 'pad' }, ranges }],
    ...more,
  };
}

async function importRecords(...records: readonly object[]): Promise<void> {
  const feed = join(folder, 'feed.ndjson');
  writeFileSync(feed, records.map((record) => JSON.stringify(record)).join('\n'));
  orThrow(
    await importFeeds(config, { sources: [feed], covers: ['npm'], now: toInstant(Date.now()) }),
  );
}

/** As the server and `graph import` append it. */
async function post(...records: readonly object[]): Promise<void> {
  const { log, close } = await openLedger(config);
  const body = Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const input = { kind: 'advisories', mediaType: 'application/json', subject: null, body } as const;
  orThrow(await log.append([input], toInstant(Date.now())));
  await close();
}

async function isBehind(): Promise<boolean> {
  const documents = orThrow(await openLogDocuments({ path: config.database }));
  if (documents === null) return false;
  const behind = await areAdvisoriesBehind(config, documents);
  await documents.close();
  return behind;
}

async function findNames(): Promise<readonly string[]> {
  const { index, close } = await openAdvisories(config);
  const found = orThrow(await index.find('npm', 'pad'));
  close();
  return found.map(({ id, withdrawn }) => (withdrawn === null ? id : `${id} withdrawn`));
}

it('B3: an advisory that reached the log without an import is found', async () => {
  await importRecords(advisory('GHSA-a'), advisory('GHSA-b'));
  await post(advisory('GHSA-c'), advisory('GHSA-a', NEW, { withdrawn: NEW }));
  expect(await isBehind()).toBe(true);
  expect(await findNames()).toEqual(['GHSA-a withdrawn', 'GHSA-b', 'GHSA-c']);
  expect(await isBehind()).toBe(false);
});

it('B3: a lost index is made again from the log, with the rows of the imports', async () => {
  const severity = { cve: 'CVE-2026-1', cna: { '3.1': 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U' } };
  // So long that the log takes it in several transactions.
  const details = 'x'.repeat(3_000);
  const feed = Array.from({ length: 2_500 }, (_, at) => advisory(`GHSA-${at}`, OLD, { details }));
  const twins = ['GHSA-8', 'GHSA-9'].map((id) => advisory('GHSA-0', OLD, { related: [id] }));
  await importRecords(...twins.slice(1), ...feed, severity, ...twins.slice(0, 1));
  await importRecords(advisory('GHSA-1', NEW), advisory('GHSA-2', OLD, { related: ['GHSA-3'] }));
  const rows = listIndexRows(config.advisories);
  rmSync(config.advisories);
  expect((await findNames()).length).toBe(2_500);
  expect(listIndexRows(config.advisories)).toEqual(rows);
});

it('truth A21: an index that is made again from the log covers what it did', async () => {
  const readInfo = async () => {
    const { index, close } = await openAdvisories(config);
    close();
    return index.info();
  };
  await importRecords(advisory('GHSA-a'), { broken: true });
  await importRecords(advisory('GHSA-b', NEW), advisory('MAL-1'));
  const { version: _, ...before } = await readInfo();
  expect(before.coverage).toMatchObject([{ ecosystem: 'npm', databases: ['GHSA', 'MAL'] }]);
  rmSync(config.advisories);
  // A single advisory that somebody posted is no feed.
  await post({ id: 'GHSA-c', affected: [{ package: { ecosystem: 'Maven', name: 'a:b' } }] });
  expect(await readInfo()).toMatchObject({ ...before, count: before.count + 1 });
});

it('an import covers what it recorded, and other evidence leaves the index level', async () => {
  await importRecords(advisory('GHSA-a'));
  const { log, close } = await openLedger(config);
  const record = encodeRecord('tag', {
    repository: 'registry.example.com/shop/app',
    tag: '1.0',
    digest: sha256('image'),
    observedAt: toInstant(0),
  });
  const mediaType = 'application/json';
  const tag = { kind: 'tag', mediaType, subject: null, body: record } as const;
  orThrow(await log.append([tag], toInstant(Date.now())));
  await close();
  expect(await isBehind()).toBe(false);
  await importRecords(advisory('GHSA-b'));
  expect(await isBehind()).toBe(false);
});

it('an index without a log, and a log without advisories, are used as they are', async () => {
  expect(await isBehind()).toBe(false);
  await importRecords(advisory('GHSA-a'));
  rmSync(config.database);
  expect([await isBehind(), await findNames()]).toEqual([false, ['GHSA-a']]);
  await (await openLedger(config)).close();
  expect([await isBehind(), await findNames()]).toEqual([false, ['GHSA-a']]);
});

it('a log that cannot be read is a failure, and never a log without advisories', async () => {
  await importRecords(advisory('GHSA-a'));
  writeFileSync(config.database, 'no database, but longer than the header of one'.repeat(9));
  for (const suffix of ['-wal', '-shm']) rmSync(`${config.database}${suffix}`, { force: true });
  await expect(openAdvisories(config)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
});
