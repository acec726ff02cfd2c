import type { GraphDraft } from '../../adapters/graph-sql/draft/index.ts';
import type { Reader, Writer } from '../../adapters/graph-sql/index.ts';
import {
  type AdvisoryDocument,
  type AdvisoryDocuments,
  type AdvisoryLog,
  type AdvisoryLogDraft,
  type AdvisoryRecord,
  BatchMatcher,
  type FeedImport,
  RememberingMatcher,
} from '../../capabilities/advisories/index.ts';
import {
  type EvidenceInput,
  encodeRecord,
  RECORD_MEDIA_TYPE,
} from '../../capabilities/evidence/index.ts';
import type { AffectedMatcher } from '../../capabilities/graph/index.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { attempt, ok, orThrow, type Result } from '../../core/result.ts';

const DOCUMENT = {
  kind: 'advisories',
  mediaType: 'application/vnd.osv+ndjson',
  subject: null,
} as const;

function toFeedsDocument({ importedAt, files, coverage }: FeedImport): EvidenceInput {
  const covered = coverage.map(({ importedAt: _, ...feed }) => ({
    ...feed,
    databases: [...feed.databases],
  }));
  const body = encodeRecord('feeds', {
    importedAt,
    files: files.map((file) => ({ ...file })),
    coverage: covered,
  });
  return { kind: 'feeds', mediaType: RECORD_MEDIA_TYPE, body, subject: null };
}

/** How the database of the log is opened. */
export interface LogOpeners {
  readonly openDraft: (matcher: AffectedMatcher) => Promise<GraphDraft | null>;
  readonly openWriter: (matcher: AffectedMatcher) => Promise<Writer>;
  readonly openReader: () => Promise<Reader>;
  readonly openDocuments: () => Promise<AdvisoryDocuments | null>;
}

/**
 * The evidence log as an import sees it. It is opened at its first use, after the feeds were read.
 */
export class ImportLog implements AdvisoryLog {
  readonly #openers: LogOpeners;
  readonly #matcher = new RememberingMatcher();
  #opened: Promise<Writer> | null = null;
  #recordedAt: Instant | null = null;

  constructor(openers: LogOpeners) {
    this.#openers = openers;
  }

  draft(): Promise<Result<AdvisoryLogDraft | null>> {
    return attempt(async () => {
      const matcher = new BatchMatcher();
      const draft = await this.#openers.openDraft(matcher);
      return draft === null ? null : new ImportDraft(draft, matcher);
    });
  }

  remember(line: Uint8Array, record: AdvisoryRecord | null): void {
    this.#matcher.remember(line, record);
  }

  readSize(): Promise<Result<number>> {
    return attempt(async () => {
      await this.#open();
      const reader = await this.#openers.openReader();
      try {
        return orThrow(await reader.head()).size;
      } finally {
        await reader.close();
      }
    });
  }

  listSince(position: number): Promise<Result<readonly AdvisoryDocument[]>> {
    return attempt(async () => {
      const documents = await this.#openers.openDocuments();
      try {
        return documents === null ? [] : orThrow(await documents.listSince(position));
      } finally {
        await documents?.close();
      }
    });
  }

  async append(batches: readonly Uint8Array[]): Promise<Result<readonly number[]>> {
    const appended = await this.#append(batches.map((body) => ({ ...DOCUMENT, body })));
    return appended.ok ? ok(appended.value.map(({ position }) => position)) : appended;
  }

  async recordFeeds(imported: FeedImport): Promise<Result<null>> {
    const appended = await this.#append([toFeedsDocument(imported)]);
    return appended.ok ? ok(null) : appended;
  }

  async #append(inputs: readonly EvidenceInput[]) {
    const log = await this.#open();
    // One moment for all of an import: a catch-up knows by it what was recorded together.
    // mutant moments-of-one-import by advisory-catch-up: condition -> true
    if (this.#recordedAt === null) this.#recordedAt = toInstant(Date.now());
    return log.append(inputs, this.#recordedAt);
  }

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => null);
    await opened?.close();
  }

  #open(): Promise<Writer> {
    this.#opened ??= this.#openers.openWriter(this.#matcher);
    return this.#opened;
  }
}

/** The first log of a home, which an import makes. */
class ImportDraft implements AdvisoryLogDraft {
  readonly #draft: GraphDraft;
  readonly #matcher: BatchMatcher;
  readonly #recordedAt = toInstant(Date.now());

  constructor(draft: GraphDraft, matcher: BatchMatcher) {
    this.#draft = draft;
    this.#matcher = matcher;
  }

  remember(line: Uint8Array, record: AdvisoryRecord | null): void {
    this.#matcher.remember(line, record);
  }

  append(body: Uint8Array): Promise<Result<Pick<AdvisoryDocument, 'position' | 'digest'>>> {
    return attempt(async () => {
      const input = { ...DOCUMENT, body };
      const [receipt] = orThrow(await this.#draft.writer.append([input], this.#recordedAt));
      this.#matcher.forget();
      if (receipt === undefined) throw new RangeError('a document without a receipt');
      return receipt;
    });
  }

  recordFeeds(imported: FeedImport): Promise<Result<null>> {
    return attempt(async () => {
      orThrow(await this.#draft.writer.append([toFeedsDocument(imported)], this.#recordedAt));
      return null;
    });
  }

  publish(): Promise<Result<boolean>> {
    return attempt(() => this.#draft.publish());
  }

  openDocuments(): Result<AdvisoryDocuments | null> {
    return this.#draft.openDocuments();
  }

  discard(): Promise<void> {
    return this.#draft.discard();
  }
}
