import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { formatAnswerInstant, type Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { classifyErrno, toFileFailure } from '../../../system/files/errno.ts';
import { makeFolders } from '../../../system/files/make-folders.ts';
import { keepFile, writeDurably } from '../../../system/files/write-file.ts';
import { type InboxEntry, parseInboxEntry } from './inbox-entry.ts';
import { createBodyFailure } from './ingest.ts';

/** What a document is called by who posts it. */
export type InboxAbout = Pick<InboxEntry, 'kind' | 'mediaType' | 'poster' | 'subject'>;

/** A document that arrived whole and was acknowledged by nobody yet. */
export interface SpooledDocument {
  readonly path: string;
  readonly bytes: number;
  readonly digest: Digest;
}

interface InboxLimits {
  readonly bytesMax: number;
  readonly documentsMax: number;
}

/**
 * Documents that are on the disk and not in the log: those that wait for the database, and those
 * that could not be read, each with its reason. Each has two files, its body and what is known of
 * it; the second is written last, and only then is the document acknowledged.
 */
export class Inbox {
  readonly #folder: string;
  readonly #bytesMax: number;
  readonly #entries = new Map<string, InboxEntry>();
  /** Bytes on the disk, those of documents that are still arriving included. */
  #bytes = 0;
  readonly #documentsMax: number;

  private constructor(folder: string, { bytesMax, documentsMax }: InboxLimits) {
    this.#folder = folder;
    this.#bytesMax = bytesMax;
    this.#documentsMax = documentsMax;
  }

  /** What a process left that was killed before it acknowledged is removed. */
  static async open(folder: string, limits: Partial<InboxLimits> = {}): Promise<Inbox> {
    const { inboxBytesMax: bytesMax, inboxDocumentsMax: documentsMax } = LIMITS;
    const inbox = new Inbox(folder, { bytesMax, documentsMax, ...limits });
    makeFolders(folder, 0o700);
    const names = readdirSync(folder);
    for (const name of names.sort()) {
      const [, id, suffix] = FILE.exec(name) ?? [];
      if (id === undefined || suffix !== 'json') continue;
      const entry = parseInboxEntry(readFileSync(join(folder, name)));
      if (entry === null || !names.includes(`${id}.body`)) continue;
      inbox.#entries.set(id, entry);
      inbox.#bytes += statSync(join(folder, `${id}.body`)).size;
    }
    for (const name of names) {
      const [, id = '', suffix] = FILE.exec(name) ?? [];
      const isBare = suffix === 'body' && !inbox.#entries.has(id);
      if (suffix === 'part' ? !isWriting(id) : isBare && isOld(join(folder, name)))
        await rm(join(folder, name), { force: true });
    }
    return inbox;
  }

  /** Takes the pieces of a document to the disk. Throws LIMIT_EXCEEDED, or what the disk says. */
  async spool(pieces: AsyncIterable<Uint8Array>): Promise<SpooledDocument> {
    const path = join(this.#folder, `${randomBytes(12).toString('hex')}-${process.pid}.part`);
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      const file = await open(path, 'wx', 0o600);
      try {
        for await (const piece of pieces) {
          bytes += piece.length;
          this.#bytes += piece.length;
          if (bytes > LIMITS.documentBytesMax) throw createBodyFailure();
          // mutant inbox-of-any-size by durable-ingest: condition -> false
          if (this.#bytes > this.#bytesMax) throw createFullFailure();
          hash.update(piece);
          await file.appendFile(piece).catch((thrown: unknown) => {
            throw toFileFailure(path, thrown, 'write');
          });
        }
      } finally {
        await file.close();
      }
    } catch (thrown) {
      this.#bytes -= bytes;
      await rm(path, { force: true });
      throw thrown;
    }
    return { path, bytes, digest: `sha256:${hash.digest('hex')}` as Digest };
  }

  /** What was spooled is in the log, or was refused: it goes. */
  async discard({ path, bytes }: SpooledDocument): Promise<void> {
    this.#bytes -= bytes;
    await rm(path, { force: true });
  }

  /**
   * Keeps what was spooled; on the disk when this returns. Throws DISK_FULL where there is no room.
   * What could not be read has half of it: who sends such documents keeps no others out.
   */
  async keep(
    { path, bytes, digest }: SpooledDocument,
    about: InboxAbout,
    reason: Failure | null,
    now: Instant,
  ): Promise<InboxEntry> {
    if (this.#entries.size >= this.#documentsMax) throw createFullFailure();
    // mutant unreadable-documents-fill-the-inbox by durable-ingest: condition -> false
    if (reason !== null && !isPassing(reason) && !this.#hasRoomForRefused(bytes))
      throw createFullFailure();
    const id = `${formatAnswerInstant(now).replace(/\D/g, '')}-${randomBytes(6).toString('hex')}`;
    await keepFile(path, join(this.#folder, `${id}.body`));
    const { kind, mediaType, poster, subject } = about;
    const entry: InboxEntry = {
      ...{ id, kind, mediaType, poster, subject, bytes, digest },
      receivedAt: formatAnswerInstant(now),
      attempts: reason === null ? 0 : 1,
      ...explain(reason),
    };
    await this.#write(entry);
    return entry;
  }

  #hasRoomForRefused(bytes: number): boolean {
    const refused = [...this.#entries.values()].filter(({ state }) => state === 'refused');
    const kept = refused.reduce((sum, entry) => sum + entry.bytes, bytes);
    return kept <= this.#bytesMax / 2 && refused.length < this.#documentsMax / 2;
  }

  /** In the order in which they arrived. */
  list(after: string | null, rowsMax: number): readonly InboxEntry[] {
    const ids = [...this.#entries.keys()].sort().filter((id) => after === null || id > after);
    return ids.slice(0, rowsMax).flatMap((id) => this.#entries.get(id) ?? []);
  }

  /** Throws NOT_FOUND. */
  find(id: string): InboxEntry {
    const entry = this.#entries.get(id);
    if (entry !== undefined) return entry;
    const shown = JSON.stringify(id.slice(0, 100));
    throw new Failure('NOT_FOUND', `the inbox has no document ${shown}`, 'See: GET /v1/inbox.');
  }

  has({ id }: InboxEntry): boolean {
    return this.#entries.has(id);
  }

  read({ id }: InboxEntry): AsyncIterable<Uint8Array> {
    return createReadStream(join(this.#folder, `${id}.body`));
  }

  /** Another attempt did not take it into the log either. */
  async refuse(entry: InboxEntry, reason: Failure): Promise<void> {
    // mutant dropped-document-comes-back by durable-ingest: condition -> false
    if (!this.#entries.has(entry.id)) return;
    await this.#write({ ...entry, attempts: entry.attempts + 1, ...explain(reason) });
  }

  /** It is in the log, or nobody wants it. */
  async remove({ id, bytes }: InboxEntry): Promise<void> {
    await rm(join(this.#folder, `${id}.json`), { force: true });
    await rm(join(this.#folder, `${id}.body`), { force: true });
    if (this.#entries.delete(id)) this.#bytes -= bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  async #write(entry: InboxEntry): Promise<void> {
    const text = Buffer.from(JSON.stringify(entry));
    await writeDurably(join(this.#folder, `${entry.id}.json`), [text], { mode: 0o600 });
    this.#entries.set(entry.id, entry);
  }
}

const FILE = /^([0-9a-f-]{1,64})\.(json|body|part)$/;

/** Whether the process that writes this part is still there: another command, or a server. */
function isWriting(id: string): boolean {
  const pid = Number(id.slice(id.lastIndexOf('-') + 1));
  if (pid === process.pid || !Number.isSafeInteger(pid) || pid < 1) return false;
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return classifyErrno(thrown) === 'denied';
  }
}

/** Between its two files a document of another process may stand for a moment. */
function isOld(path: string): boolean {
  return Date.now() - statSync(path).mtimeMs > 3_600_000;
}

/** The database was away: nothing is wrong with the document. */
const PASSING: ReadonlySet<string> = new Set([
  ...['STORE_LOCKED', 'STORE_UNREACHABLE', 'STORE_REFUSED', 'DISK_FULL', 'INTERRUPTED'],
]);

export function isPassing({ code }: Failure): boolean {
  return PASSING.has(code);
}

function explain(reason: Failure | null): Pick<InboxEntry, 'state' | 'reason'> {
  if (reason === null) return { state: 'waiting', reason: null };
  const { code, message, remedy } = reason;
  return { state: isPassing(reason) ? 'waiting' : 'refused', reason: { code, message, remedy } };
}

function createFullFailure(): Failure {
  return new Failure(
    'DISK_FULL',
    'the inbox is full, so the document was not kept',
    'Retry or drop what it keeps: GET /v1/inbox.',
  );
}
