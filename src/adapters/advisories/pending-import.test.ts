import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, expect, it } from 'vitest';
import type { AdvisoryLog, FeedImport } from '../../capabilities/advisories/index.ts';
import { sha256 } from '../../core/digest.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, orThrow } from '../../core/result.ts';
import { importAdvisories } from './import.ts';
import { openAdvisoryIndex } from './open-index.ts';
import { completeImport, removeLeftovers } from './pending-import.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-pending-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
/** Three appends to the log. */
const RECORDS = 17_000;
let count = 0;
let path: string;
let recorded: Uint8Array[];
let feeds: FeedImport[];

beforeEach(() => {
  path = join(folder, `${++count}`, 'advisories.db');
  recorded = [Buffer.from('an earlier document')];
  feeds = [];
});

/** A log in memory that fails after `appendsMax` calls. */
function openLog(appendsMax = Infinity): AdvisoryLog {
  let appends = 0;
  return {
    draft: async () => ok(null),
    remember: () => undefined,
    readSize: async () => ok(recorded.length),
    listSince: async (position) =>
      ok(recorded.map(toDocument).filter((document) => document.position >= position)),
    append: async (batches) => {
      if (appends++ >= appendsMax) return fail('DISK_FULL', 'it is full', 'Free some space.');
      const before = recorded.length;
      recorded.push(...batches);
      return ok(batches.map((_, at) => before + at));
    },
    recordFeeds: async (imported) => {
      if (appends++ >= appendsMax) return fail('DISK_FULL', 'it is full', 'Free some space.');
      feeds.push(imported);
      return ok(null);
    },
    close: async () => undefined,
  };
}

const toDocument = (body: Uint8Array, position: number) => ({
  position,
  digest: sha256(body),
  recordedAt: toInstant(0),
});

function writeFeed(): string {
  const lines = Array.from({ length: RECORDS }, (_, at) =>
    JSON.stringify({ id: `GHSA-${at}`, affected: [{ package: { ecosystem: 'npm', name: 'a' } }] }),
  );
  const feed = join(folder, `feed-${count}.ndjson`);
  writeFileSync(feed, lines.join('\n'));
  return feed;
}

const runImport = (sources: readonly string[], log: AdvisoryLog) =>
  importAdvisories({ path, sources, now: toInstant(0), log });

function countIndexed(): number {
  if (!existsSync(path)) return 0;
  const index = orThrow(openAdvisoryIndex(path));
  const { count: indexed } = index.info();
  index.close();
  return indexed;
}

function countRecorded(): number {
  const lines = recorded
    .slice(1)
    .map((body) => Buffer.from(body).toString().split('\n').length - 1);
  return lines.reduce((sum, length) => sum + length, 0);
}

const listFiles = () => readdirSync(join(folder, `${count}`)).sort();

it('an import appends every record to the log once, before the index has its name', async () => {
  let indexedAtAppend = -1;
  const log = openLog();
  const watched: AdvisoryLog = {
    ...log,
    append: (batches) => {
      indexedAtAppend = countIndexed();
      return log.append(batches);
    },
  };
  orThrow(await runImport([writeFeed()], watched));
  expect([indexedAtAppend, countIndexed(), countRecorded()]).toEqual([0, RECORDS, RECORDS]);
  expect(listFiles()).toEqual(['advisories.db', 'advisories.db.lock']);
});

it.each([0, 1, 2])(
  'the next start completes an import that broke after %i appends, each batch once',
  async (appends) => {
    const feed = writeFeed();
    const broken = await runImport([feed], openLog(appends));
    expect(!broken.ok && broken.failure.code).toBe('DISK_FULL');
    expect([countIndexed(), countRecorded() < RECORDS]).toEqual([0, true]);
    expect(feeds).toEqual([]);
    // A document of another program is not a batch of this import.
    recorded.push(Buffer.from('of somebody else\n'));
    expect((await completeImport(path, openLog)).ok).toBe(true);
    expect([countIndexed(), countRecorded()]).toEqual([RECORDS, RECORDS + 1]);
    expect(feeds.map(({ coverage }) => coverage.map(({ records }) => records))).toEqual([
      [RECORDS],
    ]);
    expect(listFiles()).toEqual(['advisories.db', 'advisories.db.lock']);
  },
);

it('truth A21: an import without the record of what it covers is not in the index', async () => {
  const feed = writeFeed();
  const appends = await countAppends(feed);
  const broken = await runImport([feed], openLog(appends - 1));
  expect(!broken.ok && broken.failure.code).toBe('DISK_FULL');
  expect([feeds, countIndexed(), countRecorded()]).toEqual([[], 0, RECORDS]);
  orThrow(await completeImport(path, openLog));
  expect(feeds).toMatchObject([{ files: [{ rejected: 0 }], coverage: [{ ecosystem: 'npm' }] }]);
  expect([countIndexed(), countRecorded()]).toEqual([RECORDS, RECORDS]);
});

/** Of an import into another home. */
async function countAppends(feed: string): Promise<number> {
  let appends = 0;
  const log = openLog();
  const counted: AdvisoryLog = {
    ...log,
    append: (batches) => {
      appends++;
      return log.append(batches);
    },
    recordFeeds: (imported) => {
      appends++;
      return log.recordFeeds(imported);
    },
  };
  const other = join(folder, `${count}-other`, 'advisories.db');
  orThrow(
    await importAdvisories({ path: other, sources: [feed], now: toInstant(0), log: counted }),
  );
  recorded = recorded.slice(0, 1);
  feeds = [];
  return appends;
}

it('the next import completes the one before it first', async () => {
  await runImport([writeFeed()], openLog(1));
  const feed = join(folder, 'one.json');
  writeFileSync(feed, JSON.stringify({ id: 'GHSA-new', affected: [] }));
  orThrow(await runImport([feed], openLog()));
  expect([countIndexed(), countRecorded()]).toEqual([RECORDS + 1, RECORDS + 1]);
});

it('a kill after the index has its name repeats no batch', async () => {
  await runImport([writeFeed()], openLog(1));
  const batches = `${path}.pending-log`;
  copyFileSync(batches, join(folder, 'kept'));
  orThrow(await completeImport(path, openLog));
  copyFileSync(join(folder, 'kept'), batches);
  orThrow(await completeImport(path, openLog));
  expect([countIndexed(), countRecorded(), existsSync(batches)]).toEqual([RECORDS, RECORDS, false]);
});

it('an import that is still running is not touched', async () => {
  await runImport([writeFeed()], openLog(1));
  const holder = new DatabaseSync(`${path}.lock`);
  holder.exec('BEGIN EXCLUSIVE');
  expect((await completeImport(path, openLog)).ok).toBe(true);
  expect([countIndexed(), existsSync(`${path}.pending-log`)]).toEqual([0, true]);
  holder.close();
});

it('incomplete batches are refused: they were never published', async () => {
  await runImport([writeFeed()], openLog(0));
  writeFileSync(`${path}.pending-log`, Buffer.from([9, 0, 0, 0, 1]));
  const completed = await completeImport(path, openLog);
  expect(!completed.ok && completed.failure.code).toBe('STORE_CORRUPT');
  expect(countIndexed()).toBe(0);
});

it.each([1, 12, 13, 4_000])(
  'published batches whose last %i bytes are missing change neither log nor index',
  async (missing) => {
    await runImport([writeFeed()], openLog(0));
    const batches = `${path}.pending-log`;
    truncateSync(batches, statSync(batches).size - missing);
    const completed = await completeImport(path, openLog);
    expect(!completed.ok && completed.failure.code).toBe('STORE_CORRUPT');
    expect([countIndexed(), recorded.length]).toEqual([0, 1]);
  },
);

it('what a killed import left is removed, but not what it had published', async () => {
  await runImport([writeFeed()], openLog(0));
  const files = listFiles();
  const killed = 'advisories.db.import-1-abc';
  for (const name of [killed, `${killed}-log`]) writeFileSync(join(folder, `${count}`, name), 'x');
  await removeLeftovers(path);
  expect(listFiles()).toEqual(files);
  // Without its batches an index was never published.
  rmSync(`${path}.pending-log`);
  await removeLeftovers(path);
  expect(listFiles()).toEqual(['advisories.db.lock']);
});

it('an import removes what a killed one left', async () => {
  await runImport([writeFeed()], openLog());
  writeFileSync(`${path}.import-1-abc`, 'x');
  await runImport([writeFeed()], openLog());
  expect(listFiles()).toEqual(['advisories.db', 'advisories.db.lock']);
});

it('a feed that cannot be read to its end changes neither log nor index', async () => {
  const feed = writeFeed();
  const packed = gzipSync(Buffer.from('{"id":"GHSA-1"}\n'.repeat(1_000)));
  const cut = join(folder, 'cut.gz');
  writeFileSync(cut, packed.subarray(0, packed.length - 9));
  expect((await runImport([feed, cut], openLog())).ok).toBe(false);
  expect([countIndexed(), recorded.length]).toEqual([0, 1]);
  expect(listFiles()).toEqual(['advisories.db.lock']);
});

it('records of every size are read back unchanged', async () => {
  const lengths = [0, 100, 300_000, 1_000, LIMITS.advisoryBytesMax - 200, 5];
  const lines = lengths.map((length, at) =>
    JSON.stringify({ id: `GHSA-${at}`, details: 'ä€x'.repeat(length / 6) }),
  );
  const feed = join(folder, 'sizes.ndjson');
  writeFileSync(feed, lines.join('\n'));
  orThrow(await runImport([feed], openLog()));
  expect(Buffer.concat(recorded.slice(1)).toString() === `${lines.join('\n')}\n`).toBe(true);
});
