import type { Reader, Writer } from '../../adapters/graph-sql/index.ts';
import {
  type AdvisoryLog,
  type AdvisoryRecord,
  RememberingMatcher,
} from '../../capabilities/advisories/index.ts';
import type { GraphPorts } from '../../capabilities/graph/index.ts';
import type { Digest } from '../../core/digest.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { attempt, ok, orThrow, type Result } from '../../core/result.ts';
import { graphPorts } from './graph-ports.ts';

const ADVISORIES_TYPE = 'application/vnd.osv+ndjson';

/** How the database of the log is opened. */
export interface LogOpeners {
  readonly openWriter: (ports: GraphPorts) => Promise<Writer>;
  readonly openReader: () => Promise<Reader>;
}

/**
 * The evidence log as an import sees it. It is opened at its first use, after the feeds were read.
 */
export class ImportLog implements AdvisoryLog {
  readonly #openers: LogOpeners;
  readonly #matcher = new RememberingMatcher();
  #opened: Promise<Writer> | null = null;

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

  listSince(position: number): Promise<Result<ReadonlySet<Digest>>> {
    return attempt(async () => {
      await this.#open();
      const reader = await this.#openers.openReader();
      try {
        const found = new Set<Digest>();
        for (let at = position; ; ) {
          const entries = orThrow(await reader.entries(at, LIMITS.pageRowsMax));
          for (const { kind, digest } of entries) if (kind === 'advisories') found.add(digest);
          const last = entries.at(-1);
          if (last === undefined) return found;
          at = last.position + 1;
        }
      } finally {
        await reader.close();
      }
    });
  }

  async append(batches: readonly Uint8Array[]): Promise<Result<null>> {
    const log = await this.#open();
    const what = { kind: 'advisories', mediaType: ADVISORIES_TYPE, subject: null } as const;
    const inputs = batches.map((body) => ({ ...what, body }));
    const appended = await log.append(inputs, toInstant(Date.now()));
    return appended.ok ? ok(null) : appended;
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
