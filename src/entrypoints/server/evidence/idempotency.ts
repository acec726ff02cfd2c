import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Receipt } from '../../../capabilities/evidence/index.ts';
import { Failure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { isAbsent } from '../../../system/files/errno.ts';
import { makeFolders } from '../../../system/files/make-folders.ts';
import { writeDurably } from '../../../system/files/write-file.ts';

/** How long a key is remembered. */
const KEPT_MS = 86_400_000;

interface Memory {
  /** Of everything that was sent under the key. */
  readonly fingerprint: string;
  readonly receipt: Receipt;
  readonly at: number;
}

/**
 * Keys by which a client says that a request is the same as before (the header `Idempotency-Key`):
 * it then gets the first answer, also after a restart. A key belongs to the token that sent it.
 */
export class IdempotencyKeys {
  readonly #file: FileHandle;
  readonly #kept: Map<string, Memory>;
  /** Requests under way, by key: a second one waits for the first. */
  readonly #open = new Map<string, Promise<unknown>>();

  private constructor(file: FileHandle, kept: Map<string, Memory>) {
    this.#file = file;
    this.#kept = kept;
  }

  /** Lines that a killed process wrote in part are ignored: nothing was answered for them. */
  static async open(path: string, now: Instant): Promise<IdempotencyKeys> {
    makeFolders(dirname(path), 0o700);
    const kept = new Map<string, Memory>();
    for (const line of readLines(path)) {
      const [name, one] = parseLine(line) ?? [];
      if (name !== undefined && one !== undefined && one.at > now - KEPT_MS) kept.set(name, one);
    }
    const lines = [...kept].map(([name, one]) => Buffer.from(`${JSON.stringify([name, one])}\n`));
    await writeDurably(path, lines, { mode: 0o600 });
    return new IdempotencyKeys(await open(path, 'a', 0o600), kept);
  }

  /**
   * The receipt of the first request with this key, or of `work`. Throws USAGE where
   * the key was used for something else.
   */
  async run(
    key: string,
    fingerprint: string,
    now: Instant,
    work: () => Promise<Receipt>,
  ): Promise<{ readonly receipt: Receipt; readonly replayed: boolean }> {
    while (this.#open.has(key)) await this.#open.get(key)?.catch(() => undefined);
    const known = this.#kept.get(key);
    if (known !== undefined && known.at > now - KEPT_MS) {
      // mutant idempotency-key-of-another by durable-ingest: condition -> false
      if (known.fingerprint !== fingerprint) throw createReuseFailure();
      return { receipt: known.receipt, replayed: true };
    }
    const working = work().then(async (receipt) => {
      await this.#keep(key, { fingerprint, receipt, at: now });
      return receipt;
    });
    // Who waits goes on only when the key is kept, or free again.
    const settled = working.finally(() => this.#open.delete(key));
    this.#open.set(key, settled);
    return { receipt: await settled, replayed: false };
  }

  async #keep(key: string, one: Memory): Promise<void> {
    this.#kept.delete(key);
    this.#kept.set(key, one);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > LIMITS.idempotencyKeysMax && oldest !== undefined)
      this.#kept.delete(oldest);
    await this.#file.appendFile(`${JSON.stringify([key, one])}\n`);
    await this.#file.datasync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** The key as it is kept: no header of a client is written to the disk as it is. */
export function nameKey(poster: string, key: string): string {
  return createHash('sha256')
    .update(JSON.stringify([poster, key]))
    .digest('hex');
}

/** What was sent, in one text. */
export function computeFingerprint(...parts: readonly (string | null)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (thrown) {
    if (isAbsent(thrown)) return [];
    throw thrown;
  }
}

function parseLine(line: string): readonly [string, Memory] | null {
  try {
    const [name, one] = JSON.parse(line) as readonly [string, Memory];
    return typeof name === 'string' && typeof one.at === 'number' ? [name, one] : null;
  } catch {
    return null;
  }
}

function createReuseFailure(): Failure {
  return new Failure(
    'USAGE',
    'this idempotency key was used for another document',
    'Send a new key with each document.',
  );
}
