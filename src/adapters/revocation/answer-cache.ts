import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { makeFolders } from '../../system/files/make-folders.ts';

/**
 * Answers of revocation services, shared by all processes of one user. Every reader judges them
 * again, so this is no evidence and may be deleted at any time. A fault of it costs a request and
 * has no other effect (A41).
 */
export interface AnswerCache {
  find(id: string): Promise<KeptAnswer | null>;
  keep(id: string, bytes: Uint8Array, askedAt: Instant): Promise<void>;
  /**
   * Waits while another process asks for the same, for as long as that may take; the caller calls
   * `end` when it has asked itself. Without a folder nobody waits.
   */
  takeTurn(id: string): Promise<Turn>;
}

export interface Turn {
  /** Whether somebody else had the turn: its answer may be there now. */
  readonly hasWaited: boolean;
  end(): Promise<void>;
}

export interface KeptAnswer {
  readonly bytes: Uint8Array;
  readonly askedAt: Instant;
}

export interface AnswerCacheOptions {
  readonly folder: string;
  readonly bytesMax?: number;
  readonly filesMax?: number;
}

/**
 * One file for each answer, put under its name at once: who reads sees an old answer or a new one.
 * Its first eight bytes are the time of the question.
 */
export function openRevocationCache({
  folder,
  bytesMax = LIMITS.revocationCacheBytesMax,
  filesMax = LIMITS.revocationCacheFilesMax,
}: AnswerCacheOptions): AnswerCache {
  const name = (id: string): string =>
    join(folder, `${createHash('sha256').update(id).digest('hex')}${SUFFIX}`);
  let count = 0;
  return {
    find: async (id) => {
      try {
        const path = name(id);
        if ((await stat(path)).size > LIMITS.crlBytesMax + TIME_BYTES) return null;
        const bytes = await readFile(path);
        if (bytes.length <= TIME_BYTES) return null;
        const askedAt = Number(bytes.readBigUInt64BE(0)) as Instant;
        return { bytes: bytes.subarray(TIME_BYTES), askedAt };
      } catch {
        return null;
      }
    },
    keep: async (id, bytes, askedAt) => {
      const path = name(id);
      const partial = `${path}.${process.pid}.${count++}`;
      try {
        makeFolders(folder, 0o700);
        const time = Buffer.alloc(TIME_BYTES);
        time.writeBigUInt64BE(BigInt(Math.max(0, Math.floor(askedAt))));
        await writeFile(partial, Buffer.concat([time, bytes]), { mode: 0o600, flag: 'wx' });
        await rename(partial, path);
        await dropOldest(folder, bytesMax, filesMax);
      } catch {
        await rm(partial, { force: true }).catch(() => undefined);
      }
    },
    takeTurn: async (id) => {
      const path = `${name(id)}.turn`;
      const isOurs = (): Promise<boolean> => claimTurn(folder, path);
      const end = performance.now() + LIMITS.crlMs;
      let hasWaited = false;
      while (!(await isOurs()) && performance.now() < end) {
        hasWaited = true;
        await new Promise((resolve) => setTimeout(resolve, TURN_MS));
      }
      return { hasWaited, end: () => rm(path, { force: true }).catch(() => undefined) };
    },
  };
}

/** How often it is looked whether the turn of another process has ended. */
const TURN_MS = 20;

/** False while a process that lives has the turn; a folder that cannot be used has no turns. */
async function claimTurn(folder: string, path: string): Promise<boolean> {
  try {
    makeFolders(folder, 0o700);
  } catch {
    return true;
  }
  try {
    await writeFile(path, `${process.pid}`, { mode: 0o600, flag: 'wx' });
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') return true;
  }
  const found = await stat(path).catch(() => null);
  const owner = Number(await readFile(path, 'utf8').catch(() => ''));
  // mutant turn-of-a-process-that-ended by revocation: condition -> false
  if (found !== null && (isGone(owner) || Date.now() - found.mtimeMs > LIMITS.crlMs))
    await rm(path, { force: true }).catch(() => undefined);
  return false;
}

/** Whether no process has this number; one that has not written its number yet is there. */
function isGone(owner: number): boolean {
  try {
    if (owner > 0) process.kill(owner, 0);
    return false;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

const TIME_BYTES = 8;
const SUFFIX = '.answer';

interface KeptFile {
  readonly path: string;
  readonly size: number;
  readonly at: number;
}

async function dropOldest(folder: string, bytesMax: number, filesMax: number): Promise<void> {
  const files: KeptFile[] = [];
  for (const entry of await readdir(folder)) {
    const path = join(folder, entry);
    const found = await stat(path).catch(() => null);
    if (found?.isFile() !== true) continue;
    // What a killed process left.
    const isStale = !entry.endsWith(SUFFIX) && Date.now() - found.mtimeMs > LIMITS.crlMs * 10;
    if (isStale) await rm(path, { force: true });
    else files.push({ path, size: found.size, at: found.mtimeMs });
  }
  files.sort((one, other) => other.at - one.at);
  let left = bytesMax;
  for (const [index, { path, size }] of files.entries()) {
    left -= size;
    // mutant revocation-cache-is-bounded by revocation: condition -> false
    if (left < 0 || index >= filesMax) await rm(path, { force: true });
  }
}
