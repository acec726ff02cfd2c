import { createReadStream } from 'node:fs';
import type { Receipt } from '../../../capabilities/evidence/index.ts';
import { Failure, toFailure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import { attempt } from '../../../core/result.ts';
import { computeFingerprint, type IdempotencyKeys, nameKey } from './idempotency.ts';
import { type Inbox, isPassing, type SpooledDocument } from './inbox.ts';
import type { InboxEntry } from './inbox-entry.ts';
import type { IncomingDocument, IngestHandler } from './ingest.ts';
import { requirePostedKind } from './posted-kinds.ts';

/** A document, and how its sender wants it to be taken. */
export interface PostedDocument extends IncomingDocument {
  /** `Idempotency-Key`; null: the sender gave none. */
  readonly key: string | null;
  /** `Prefer: respond-async`: it is acknowledged when it is on the disk (RFC 7240 §4.1). */
  readonly later: boolean;
}

export type PostOutcome =
  | { readonly kind: 'recorded'; readonly receipt: Receipt; readonly replayed: boolean }
  /** It is on the disk, and goes into the log as soon as that can be written. */
  | { readonly kind: 'kept'; readonly entry: InboxEntry };

export interface DurableIngest {
  post(document: PostedDocument): Promise<PostOutcome>;
  /** Tries a document of the inbox again. Throws what still prevents it. */
  retry(id: string): Promise<Receipt>;
  drop(id: string): Promise<InboxEntry>;
  list(after: string | null, rowsMax: number): readonly InboxEntry[];
  close(): Promise<void>;
}

export interface DurableIngestPorts {
  readonly ingest: IngestHandler;
  readonly inbox: Inbox;
  readonly keys: IdempotencyKeys;
  readonly now: () => Instant;
  /** How long after a try the waiting documents are tried again; doubled up to a minute. */
  readonly retryMs?: number;
}

const RETRY_MS = 1_000;
const RETRY_MS_MAX = 60_000;

/**
 * Takes documents so that what was acknowledged is stored: in the log, or, while that cannot be
 * written, in the inbox. What cannot be read is refused and kept, with its reason.
 */
export function createDurableIngest(ports: DurableIngestPorts): DurableIngest {
  const { inbox, keys, ingest } = ports;
  const rounds = new RetryRounds(ports);
  const record = async (entry: InboxEntry): Promise<Receipt> => {
    const { kind, mediaType, poster, subject, bytes } = entry;
    const about = { kind, mediaType, poster, subject, bytesStated: bytes };
    const receipt = await ingest({ ...about, pieces: inbox.read(entry) });
    await inbox.remove(entry);
    return receipt;
  };
  rounds.start(record);
  return {
    post: async (document) => {
      // Before anything is written.
      requirePostedKind(document.kind);
      const spooled = await inbox.spool(document.pieces);
      const outcome = await takeSpooled(ports, document, spooled);
      if (outcome.kind === 'kept') rounds.look();
      return outcome;
    },
    retry: async (id) => {
      const entry = inbox.find(id);
      try {
        return await record(entry);
      } catch (thrown) {
        await inbox.refuse(entry, toFailure(thrown));
        throw thrown;
      }
    },
    drop: async (id) => {
      const entry = inbox.find(id);
      await inbox.remove(entry);
      return entry;
    },
    list: (after, rowsMax) => inbox.list(after, rowsMax),
    close: async () => {
      await rounds.close();
      await keys.close();
    },
  };
}

async function takeSpooled(
  { ingest, inbox, keys, now }: DurableIngestPorts,
  document: PostedDocument,
  spooled: SpooledDocument,
): Promise<PostOutcome> {
  const { kind, mediaType, poster, subject, key, later } = document;
  const keep = async (reason: Failure | null): Promise<PostOutcome> => {
    try {
      return { kind: 'kept', entry: await inbox.keep(spooled, document, reason, now()) };
    } catch (thrown) {
      await inbox.discard(spooled);
      throw thrown;
    }
  };
  if (later) return keep(null);
  const about = { kind, mediaType, poster, subject, bytesStated: spooled.bytes };
  const work = () => ingest({ ...about, pieces: createReadStream(spooled.path) });
  try {
    const recorded =
      key === null
        ? { receipt: await work(), replayed: false }
        : await keys.run(
            nameKey(poster, key),
            computeFingerprint(kind, mediaType, subject, spooled.digest),
            now(),
            work,
          );
    await inbox.discard(spooled);
    return { kind: 'recorded', ...recorded };
  } catch (thrown) {
    const failure = toFailure(thrown);
    // mutant away-database-loses-documents by durable-ingest: condition -> false
    if (isPassing(failure)) return keep(failure);
    if (!UNREADABLE.has(failure.code) || spooled.bytes === 0) {
      await inbox.discard(spooled);
      throw failure;
    }
    const kept = await attempt(() => keep(failure));
    const { code, message, remedy } = failure;
    const where =
      kept.ok && kept.value.kind === 'kept'
        ? `it is kept in the inbox as ${kept.value.entry.id}`
        : 'it is not kept, because the inbox is full';
    throw new Failure(code, `${message}; ${where}`, remedy);
  }
}

/** What a document itself is at fault for. A used key is not: it is in the log already. */
const UNREADABLE: ReadonlySet<string> = new Set(['EVIDENCE_REJECTED', 'MALFORMED', 'UNSUPPORTED']);

/** Tries what waits again, one after the other, until the database takes it. */
class RetryRounds {
  readonly #ports: DurableIngestPorts;
  #record: (entry: InboxEntry) => Promise<Receipt> = () => Promise.reject(new Error('not open'));
  #timer: NodeJS.Timeout | null = null;
  #round: Promise<void> = Promise.resolve();
  #waitMs: number;
  #isClosed = false;

  constructor(ports: DurableIngestPorts) {
    this.#ports = ports;
    this.#waitMs = ports.retryMs ?? RETRY_MS;
  }

  start(record: (entry: InboxEntry) => Promise<Receipt>): void {
    this.#record = record;
    // mutant inbox-left-alone-after-a-restart by durable-ingest: remove
    this.look();
  }

  look(): void {
    if (this.#isClosed || this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#round = this.#try();
    }, this.#waitMs);
    this.#timer.unref();
  }

  async #try(): Promise<void> {
    const { inbox } = this.#ports;
    const waiting = inbox.list(null, Number.POSITIVE_INFINITY);
    for (const entry of waiting.filter(({ state }) => state === 'waiting')) {
      if (this.#isClosed) return;
      if (!inbox.has(entry)) continue;
      try {
        await this.#record(entry);
        this.#waitMs = this.#ports.retryMs ?? RETRY_MS;
      } catch (thrown) {
        const failure = toFailure(thrown);
        await inbox.refuse(entry, failure).catch(() => undefined);
        if (!isPassing(failure)) continue;
        this.#waitMs = Math.min(2 * this.#waitMs, RETRY_MS_MAX);
        return this.look();
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#round;
  }
}
