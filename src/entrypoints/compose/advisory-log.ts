import type { Reader, Writer } from '../../adapters/graph-sql/index.ts';
import {
  type AdvisoryDocument,
  type AdvisoryDocuments,
  type AdvisoryLog,
  type AdvisoryRecord,
  RememberingMatcher,
} from '../../capabilities/advisories/index.ts';
import type { GraphPorts } from '../../capabilities/graph/index.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { attempt, ok, orThrow, type Result } from '../../core/result.ts';
import { graphPorts } from './graph-ports.ts';

const ADVISORIES_TYPE = 'application/vnd.osv+ndjson';

/** How the database of the log is opened. */
export interface LogOpeners {
  readonly openWriter: (ports: GraphPorts) => Promise<Writer>;
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

  remember(line: string, record: AdvisoryRecord): void {
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
      await this.#open();
      const documents = await this.#openers.openDocuments();
      try {
        return documents === null ? [] : orThrow(await documents.listSince(position));
      } finally {
        await documents?.close();
      }
    });
  }

  async append(batches: readonly Uint8Array[]): Promise<Result<readonly number[]>> {
    const log = await this.#open();
    // One moment for all of an import: a catch-up knows by it what was recorded together.
    // mutant moments-of-one-import by advisory-catch-up: condition -> true
    if (this.#recordedAt === null) this.#recordedAt = toInstant(Date.now());
    const what = { kind: 'advisories', mediaType: ADVISORIES_TYPE, subject: null } as const;
    const inputs = batches.map((body) => ({ ...what, body }));
    const appended = await log.append(inputs, this.#recordedAt);
    return appended.ok ? ok(appended.value.map(({ position }) => position)) : appended;
  }

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => null);
    await opened?.close();
  }

  #open(): Promise<Writer> {
    this.#opened ??= this.#openers.openWriter({ ...graphPorts, matcher: this.#matcher });
    return this.#opened;
  }
}
