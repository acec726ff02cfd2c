import { rm } from 'node:fs/promises';
import type {
  AdvisoryLog,
  AdvisoryLogDraft,
  AdvisoryRecord,
  FeedImport,
} from '../../capabilities/advisories/index.ts';
import { orThrow } from '../../core/result.ts';
import { BatchFile } from './batches.ts';
import { type LogPlace, writeCovered } from './coverage.ts';
import { nameBatches, publishPending, replaceBatches } from './pending-import.ts';

/** Takes the records of an import to the log while the feeds are read. */
export interface Recorder {
  /** What the next line of the next batch means; null for a line that is no advisory. */
  remember(line: Uint8Array, record: AdvisoryRecord | null): void;
  put(batch: Uint8Array): void | Promise<void>;
  /** What everything that was put covers. */
  putFeeds(imported: FeedImport): void | Promise<void>;
  /** Publishes what was put, and the index at `fresh`. From here on the import is completed. */
  publish(fresh: string, path: string): Promise<void>;
  /** Removes what was not published. */
  close(): Promise<void>;
}

/** The first import of a home makes the log; a later one has its batches appended. */
export async function openRecorder(fresh: string, log: AdvisoryLog): Promise<Recorder> {
  const draft = orThrow(await log.draft());
  return draft === null ? recordInFile(fresh, log) : recordInDraft(draft);
}

function recordInFile(fresh: string, log: AdvisoryLog): Recorder {
  const name = nameBatches(fresh);
  const batches = new BatchFile(name);
  let feeds: FeedImport | null = null;
  return {
    remember: (line, record) => log.remember(line, record),
    put: (batch) => batches.put(batch),
    putFeeds: (imported) => {
      feeds = imported;
    },
    publish: async (_, path) => {
      batches.finish(orThrow(await log.readSize()), feeds);
      await publishPending(fresh, path);
    },
    close: async () => {
      batches.close();
      await rm(name, { force: true });
    },
  };
}

/**
 * The log that was drafted has its name last. So it is named what an import that is completed
 * without batches must find there: the document that its index covers.
 */
function recordInDraft(draft: AdvisoryLogDraft): Recorder {
  let last: LogPlace | null = null;
  let feeds: FeedImport | null = null;
  return {
    remember: (line, record) => draft.remember(line, record),
    put: async (batch) => {
      last = orThrow(await draft.append(batch));
    },
    putFeeds: async (imported) => {
      feeds = imported;
      orThrow(await draft.recordFeeds(imported));
    },
    publish: async (fresh, path) => {
      if (last !== null) writeCovered(fresh, last);
      writeBatches(nameBatches(fresh), [], null);
      await publishPending(fresh, path);
      if (!orThrow(await draft.publish())) await appendAfterAll(draft, feeds, fresh, path);
    },
    close: () => draft.discard(),
  };
}

/** Somebody made a log meanwhile. It is to have the batches of the draft like those of a file. */
async function appendAfterAll(
  draft: AdvisoryLogDraft,
  feeds: FeedImport | null,
  fresh: string,
  path: string,
): Promise<void> {
  const documents = orThrow(draft.openDocuments());
  if (documents === null) throw new RangeError('a draft without a log');
  try {
    const batches: Uint8Array[] = [];
    for (const { digest } of orThrow(await documents.listSince(0)))
      batches.push(orThrow(await documents.read(digest)));
    writeBatches(nameBatches(fresh), batches, feeds);
    await replaceBatches(fresh, path);
  } finally {
    await documents.close();
  }
}

function writeBatches(
  name: string,
  batches: readonly Uint8Array[],
  feeds: FeedImport | null,
): void {
  const file = new BatchFile(name);
  try {
    for (const batch of batches) file.put(batch);
    file.finish(0, feeds);
  } finally {
    file.close();
  }
}
