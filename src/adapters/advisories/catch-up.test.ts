import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { listIndexRows } from '../../../test/support/index-rows.ts';
import type {
  AdvisoryDocument,
  AdvisoryDocuments,
  AdvisoryLog,
} from '../../capabilities/advisories/index.ts';
import { sha256 } from '../../core/digest.ts';
import { toInstant } from '../../core/instant.ts';
import { fail, ok, orThrow } from '../../core/result.ts';
import { catchUpIndex, isIndexBehind } from './catch-up.ts';
import { importAdvisories } from './import.ts';
import { openAdvisoryIndex } from './open-index.ts';
import { completeImport } from './pending-import.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-catch-up-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const DAY_MS = 86_400_000;
const NOW = toInstant(Date.UTC(2026, 0, 10));
let count = 0;
let path: string;
let log: MemoryLog;

beforeEach(() => {
  path = join(folder, `${++count}`, 'advisories.db');
  log = new MemoryLog();
});

/** A log in memory. Imports and others append to it, as to the real one. */
class MemoryLog implements AdvisoryLog, AdvisoryDocuments {
  readonly entries: (AdvisoryDocument & { readonly body: Uint8Array })[] = [];
  now = NOW;
  appendsMax = Infinity;
  /** Called before an import appends. */
  before: () => void = () => undefined;

  add(body: Uint8Array): number {
    const position = this.entries.length;
    this.entries.push({ position, digest: sha256(body), recordedAt: this.now, body });
    return position;
  }

  post(...records: readonly object[]): void {
    this.now = toInstant(this.now + 1_000);
    this.add(Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join('')));
  }

  async draft() {
    return ok(null);
  }
  remember(): void {}
  readonly readSize = async () => ok(this.entries.length);
  readonly listSince = async (position: number) =>
    ok(this.entries.filter((entry) => entry.position >= position));
  readonly findNewest = async () => ok(this.entries.at(-1) ?? null);
  readonly read = async (digest: string) => {
    const found = this.entries.find((entry) => entry.digest === digest);
    return found === undefined ? fail('NOT_FOUND', 'no document', 'None.') : ok(found.body);
  };
  readonly append = async (batches: readonly Uint8Array[]) => {
    if (this.appendsMax-- <= 0) return fail('DISK_FULL', 'it is full', 'Free some space.');
    this.before();
    return ok(batches.map((batch) => this.add(batch)));
  };
  readonly recordFeeds = async () => ok(null);
  readonly listFeedsSince = async () => ok([]);
  readonly close = async () => undefined;
}

interface Change {
  readonly modified?: string;
  readonly ecosystem?: string;
  readonly fixed?: string;
  readonly withdrawn?: string;
}

function advisory(id: string, change: Change = {}): object {
  const { ecosystem = 'npm', fixed = '2.0.0', modified = '2026-01-01T00:00:00Z' } = change;
  const ranges = [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed }] }];
  const affected = [{ package: { ecosystem, name: 'pad' }, ranges }];
  return { id, modified, aliases: [`CVE-2026-${id}`], affected, ...withdrawal(change) };
}

const withdrawal = ({ withdrawn }: Change) => (withdrawn === undefined ? {} : { withdrawn });

async function importRecords(...records: readonly object[]): Promise<void> {
  const feed = join(folder, `feed-${count}.ndjson`);
  writeFileSync(feed, records.map((record) => JSON.stringify(record)).join('\n'));
  log.now = toInstant(log.now + 60_000);
  orThrow(
    await importAdvisories({ path, sources: [feed], covers: ['npm', 'PyPI'], now: log.now, log }),
  );
}

const catchUp = () => catchUpIndex({ path, documents: log, now: toInstant(NOW + 5 * DAY_MS) });
const isBehind = async () => orThrow(await isIndexBehind(path, log));
const listFiles = () => readdirSync(dirname(path)).sort();
const WHOLE = ['advisories.db', 'advisories.db.lock'];

function readIndex() {
  const index = orThrow(openAdvisoryIndex(path));
  const state = { info: index.info(), covered: index.covered() };
  index.close();
  return state;
}

async function find(id: string) {
  const index = orThrow(openAdvisoryIndex(path));
  const [found] = orThrow(await index.findById(id));
  index.close();
  return found;
}

describe('an index that lacks what the log holds', () => {
  it('has nothing to catch up after an import', async () => {
    log.post(advisory('EARLIER'));
    orThrow(await catchUp());
    await importRecords(advisory('A'), advisory('B'));
    expect([await isBehind(), readIndex().covered?.position]).toEqual([false, 1]);
  });

  it('when lost, is made again with the same rows as the imports made', async () => {
    await importRecords(advisory('A'), advisory('B', { ecosystem: 'PyPI' }));
    await importRecords(advisory('A', { fixed: '3.0.0', modified: '2026-01-05T00:00:00Z' }));
    const rows = listIndexRows(path);
    const { info } = readIndex();
    rmSync(path);
    orThrow(await catchUp());
    expect(listIndexRows(path)).toEqual(rows);
    expect(readIndex().info.count).toBe(info.count);
    expect(listFiles()).toEqual(WHOLE);
  });

  it('keeps two entries of one import apart from a correction by the next one', async () => {
    // One feed that gives an id twice says two things; the next import of it corrects it.
    await importRecords(advisory('A', { fixed: '2.0.0' }), advisory('A', { fixed: '4.0.0' }));
    expect((await find('A'))?.affected).toHaveLength(2);
    await importRecords(advisory('A', { fixed: '5.0.0' }));
    const rows = listIndexRows(path);
    rmSync(path);
    orThrow(await catchUp());
    expect(listIndexRows(path)).toEqual(rows);
    expect((await find('A'))?.affected).toHaveLength(1);
  });

  it('when restored from a backup, gets only what came after it', async () => {
    await importRecords(advisory('A'));
    copyFileSync(path, join(folder, 'backup'));
    await importRecords(advisory('B'));
    const rows = listIndexRows(path);
    copyFileSync(join(folder, 'backup'), path);
    // Documents before the covered one are not read again.
    log.entries[0] = { ...log.entries[0], body: Buffer.from('no advisory') } as never;
    orThrow(await catchUp());
    expect(listIndexRows(path)).toEqual(rows);
  });

  it('gets a posted advisory, and one that withdraws', async () => {
    await importRecords(advisory('A'), advisory('B'));
    log.post(advisory('C'));
    const withdrawn = '2026-01-08T00:00:00Z';
    log.post(advisory('A', { modified: withdrawn, withdrawn }));
    log.post({ id: 'B', modified: withdrawn, withdrawn });
    expect(await isBehind()).toBe(true);
    orThrow(await catchUp());
    expect(await isBehind()).toBe(false);
    const withdrawals = [await find('A'), await find('B'), await find('C')];
    expect(withdrawals.map((found) => found?.withdrawn)).toEqual([
      Date.parse(withdrawn),
      Date.parse(withdrawn),
      null,
    ]);
  });

  it('keeps the newer record when an older one is posted', async () => {
    await importRecords(advisory('A', { modified: '2026-01-05T00:00:00Z' }));
    const rows = listIndexRows(path);
    const { version } = readIndex().info;
    log.post(advisory('A', { modified: '2026-01-04T00:00:00Z', fixed: '1.0.0' }));
    orThrow(await catchUp());
    expect(listIndexRows(path)).toEqual(rows);
    expect([await isBehind(), readIndex().info.version]).toEqual([false, version]);
  });

  it('looks no fresher and covers no more ecosystems after a posted advisory', async () => {
    await importRecords(advisory('A'));
    const { info } = readIndex();
    log.post(advisory('B', { ecosystem: 'crates.io', modified: '2026-01-09T00:00:00Z' }));
    orThrow(await catchUp());
    const after = readIndex().info;
    const { version } = after;
    expect(after).toEqual({ ...info, version, count: 2 });
    expect(version).not.toBe(info.version);
    await importRecords(advisory('C', { ecosystem: 'PyPI' }));
    expect(readIndex().info.coverage.map(({ ecosystem }) => ecosystem)).toEqual(['PyPI', 'npm']);
  });

  it('knows neither age nor ecosystems where no import is known', async () => {
    log.post(advisory('A'));
    orThrow(await catchUp());
    expect(readIndex().info).toMatchObject({
      source: 'imported',
      count: 1,
      newest: null,
      importedAt: null,
      coverage: [],
    });
  });
});

describe('what an index covers', () => {
  it('is not taken for another log, which is projected whole', async () => {
    await importRecords(advisory('A'));
    await importRecords(advisory('B'));
    log = new MemoryLog();
    log.post(advisory('C'));
    log.post(advisory('D'));
    log.post(advisory('E'));
    expect(await isBehind()).toBe(true);
    orThrow(await catchUp());
    const found = await Promise.all(['A', 'B', 'C', 'D', 'E'].map(find));
    expect(found.filter((one) => one === undefined)).toEqual([]);
  });

  it('ends before what somebody else appended during the import', async () => {
    await importRecords(advisory('A'));
    log.before = () => log.post(advisory('B'));
    await importRecords(advisory('C'));
    log.before = () => undefined;
    expect([await isBehind(), await find('B')]).toEqual([true, undefined]);
    orThrow(await catchUp());
    expect([await isBehind(), (await find('B'))?.id]).toEqual([false, 'B']);
  });

  it('of an index from an earlier Waybill is nothing: the log is projected again', async () => {
    await importRecords(advisory('A'));
    log.post(advisory('B'));
    const database = new DatabaseSync(path);
    database.exec("DELETE FROM meta WHERE key = 'covered'");
    database.close();
    const rows = listIndexRows(path);
    orThrow(await catchUp());
    expect(listIndexRows(path)).toEqual(expect.arrayContaining([...rows]));
    expect([await isBehind(), (await find('B'))?.id]).toEqual([false, 'B']);
  });

  it('is right after a kill at any append, and the completion that follows', async () => {
    await importRecords(advisory('A'));
    log.appendsMax = 0;
    await expect(importRecords(advisory('B'))).rejects.toMatchObject({ code: 'DISK_FULL' });
    log.post(advisory('C'));
    // What was published comes first: the index of the import lacks C.
    orThrow(await catchUp());
    expect([existsSync(`${path}.pending-log`), await find('C')]).toEqual([true, undefined]);
    log.appendsMax = Infinity;
    orThrow(await completeImport(path, () => log));
    orThrow(await catchUp());
    const found = await Promise.all(['A', 'B', 'C'].map(find));
    expect(found.map((one) => one?.id)).toEqual(['A', 'B', 'C']);
    expect([await isBehind(), listFiles()]).toEqual([false, WHOLE]);
  });
});

describe('a catch-up', () => {
  it('leaves the index as it is while an import has the lock', async () => {
    await importRecords(advisory('A'));
    log.post(advisory('B'));
    const holder = new DatabaseSync(`${path}.lock`);
    holder.exec('BEGIN EXCLUSIVE');
    expect((await catchUp()).ok).toBe(true);
    holder.close();
    expect([await isBehind(), await find('B')]).toEqual([true, undefined]);
  });

  it('that breaks off changes nothing, and the next one does it all', async () => {
    await importRecords(advisory('A'));
    const rows = listIndexRows(path);
    log.post(advisory('B'));
    log.post(advisory('C'));
    const lost = log.entries.at(-1);
    log.entries[2] = { ...lost, digest: sha256('lost') } as never;
    const documents = { ...log, read: async () => fail('FILE_UNREADABLE', 'gone', 'None.') };
    const broken = await catchUpIndex({ path, documents: documents as never, now: NOW });
    expect(broken.ok).toBe(false);
    expect([listIndexRows(path), listFiles()]).toEqual([rows, WHOLE]);
    log.entries[2] = lost as never;
    orThrow(await catchUp());
    expect([(await find('B'))?.id, (await find('C'))?.id]).toEqual(['B', 'C']);
  });

  it('reads a document as the graph does: lines that are no records are passed over', async () => {
    log.add(Buffer.from(`\n  ${JSON.stringify(advisory('A'))} \r\n{"id":\n[]\nnull`));
    orThrow(await catchUp());
    expect([(await find('A'))?.id, readIndex().info.rejected]).toEqual(['A', 3]);
  });
});
