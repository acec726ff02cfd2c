import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import type {
  AdvisoryLog,
  AdvisoryLogDraft,
  FeedImport,
} from '../../capabilities/advisories/index.ts';
import { sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { failed, ok, orThrow, type Result } from '../../core/result.ts';
import { importAdvisories } from './import.ts';
import { openAdvisoryIndex } from './open-index.ts';
import { completeImport } from './pending-import.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-recorder-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
let path: string;
/** The published log. */
let recorded: Uint8Array[];
/** What drafts and the published log were told about feeds. */
let drafted: FeedImport[];
let feeds: FeedImport[];

beforeEach(() => {
  path = join(folder, `${++count}`, 'advisories.db');
  recorded = [];
  drafted = [];
  feeds = [];
});

type Publish = (batches: readonly Uint8Array[]) => Result<boolean>;
const killed = failed(new Failure('INTERRUPTED', 'killed', 'Start again.'));
const publishAll: Publish = (batches) => {
  recorded.push(...batches);
  return ok(true);
};

/** A log in memory; `publish` says what becomes of its draft. */
function openLog(publish: Publish = publishAll): AdvisoryLog {
  const list = (from: readonly Uint8Array[], first: number) =>
    from
      .map((body, position) => ({ position, digest: sha256(body), recordedAt: toInstant(0) }))
      .slice(first);
  const draft = (): AdvisoryLogDraft => {
    const batches: Uint8Array[] = [];
    return {
      remember: () => undefined,
      append: async (batch) => {
        const body = Uint8Array.from(batch);
        batches.push(body);
        return ok({ position: batches.length - 1, digest: sha256(body) });
      },
      recordFeeds: async (imported) => {
        drafted.push(imported);
        return ok(null);
      },
      publish: async () => publish(batches),
      openDocuments: () =>
        ok({
          findNewest: async () => ok(null),
          listSince: async (first) => ok(list(batches, first)),
          listFeedsSince: async () => ok([]),
          read: async (digest) =>
            ok(batches.find((body) => sha256(body) === digest) ?? new Uint8Array()),
          close: async () => undefined,
        }),
      discard: async () => undefined,
    };
  };
  return {
    draft: async () => ok(recorded.length > 0 ? null : draft()),
    remember: () => undefined,
    readSize: async () => ok(recorded.length),
    listSince: async (first) => ok(list(recorded, first)),
    append: async (batches) => {
      recorded.push(...batches);
      return ok(batches.map((_, at) => recorded.length - batches.length + at));
    },
    recordFeeds: async (imported) => {
      feeds.push(imported);
      return ok(null);
    },
    close: async () => undefined,
  };
}

function runImport(log: AdvisoryLog) {
  const feed = join(folder, 'feed.ndjson');
  const lines = Array.from({ length: 1_200 }, (_, at) => `{"id":"GHSA-${at}","affected":[]}`);
  writeFileSync(feed, lines.join('\n'));
  return importAdvisories({ path, sources: [feed], now: toInstant(0), log });
}

const listFiles = () => readdirSync(join(folder, `${count}`)).sort();

function countIndexed(): number {
  if (!existsSync(path)) return 0;
  const index = orThrow(openAdvisoryIndex(path));
  const { count: indexed } = index.info();
  index.close();
  return indexed;
}

it('a draft gets its name after the index, and both hold the import', async () => {
  let before: readonly string[] = [];
  const log = openLog((batches) => {
    before = listFiles().filter((name) => name.includes('pending'));
    return publishAll(batches);
  });
  orThrow(await runImport(log));
  expect(before).toEqual(['advisories.db.pending', 'advisories.db.pending-log']);
  expect([drafted.length, feeds]).toEqual([1, []]);
  expect([countIndexed(), recorded.length]).toEqual([1_200, 2]);
  expect(listFiles()).toEqual(['advisories.db', 'advisories.db.lock']);
});

it('an import that is killed before its draft has its name leaves nothing', async () => {
  expect((await runImport(openLog(() => killed))).ok).toBe(false);
  expect(listFiles()).toContain('advisories.db.pending');
  orThrow(await completeImport(path, () => openLog()));
  expect([countIndexed(), recorded.length, listFiles()]).toEqual([0, 0, ['advisories.db.lock']]);
});

it('an import that is killed after its draft has its name is completed', async () => {
  const log = openLog((batches) => {
    recorded.push(...batches);
    return killed;
  });
  expect((await runImport(log)).ok).toBe(false);
  expect(countIndexed()).toBe(0);
  orThrow(await completeImport(path, () => openLog()));
  expect([countIndexed(), recorded.length]).toEqual([1_200, 2]);
  expect(listFiles()).toEqual(['advisories.db', 'advisories.db.lock']);
});

it('a draft that is refused its name is appended to the log that has the name', async () => {
  const log = openLog(() => {
    recorded.push(Buffer.from('of somebody else\n'));
    return ok(false);
  });
  orThrow(await runImport(log));
  expect([countIndexed(), recorded.length]).toEqual([1_200, 3]);
  expect(feeds).toEqual(drafted);
  expect(listFiles()).toEqual(['advisories.db', 'advisories.db.lock']);
});

it('a log of somebody else makes no index true whose draft was never published', async () => {
  expect((await runImport(openLog(() => killed))).ok).toBe(false);
  recorded.push(Buffer.from('one\n'), Buffer.from('two\n'));
  orThrow(await completeImport(path, () => openLog()));
  expect([countIndexed(), recorded.length]).toEqual([0, 2]);
});
