import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../../core/failure.ts';

/** Written under another name and renamed: no partial file ever has the final name. */
export function writeWhole(path: string, bytes: Uint8Array, mode = 0o644): void {
  try {
    const target = resolveTarget(path);
    if (target.special) writeFileSync(target.path, bytes);
    else {
      const partial = openPartial(target.path, mode);
      try {
        partial.write(bytes);
        partial.keep();
      } finally {
        partial.close();
      }
    }
  } catch (thrown) {
    throw toWriteFailure(path, thrown);
  }
}

/** The same for content that comes in pieces. */
export async function writePieces(path: string, pieces: AsyncIterable<string>): Promise<void> {
  const partial = openOutput(path);
  try {
    for await (const piece of pieces) partial.write(Buffer.from(piece));
    partial.keep();
  } catch (thrown) {
    throw toWriteFailure(path, thrown);
  } finally {
    partial.close();
  }
}

interface PartialFile {
  write(bytes: Uint8Array): void;
  /** Flushes it and gives it its name. */
  keep(): void;
  /** Removes what was not kept. */
  close(): void;
}

function openOutput(path: string): PartialFile {
  try {
    const target = resolveTarget(path);
    return target.special ? openSpecial(target.path) : openPartial(target.path, 0o644);
  } catch (thrown) {
    throw toWriteFailure(path, thrown);
  }
}

/**
 * A device or a pipe (`-o /dev/null`) is written to; renaming a file over it would destroy it. A
 * link keeps its place.
 */
function resolveTarget(path: string): { readonly path: string; readonly special: boolean } {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return { path, special: false };
  return stats.isFile() ? { path: realpathSync(path), special: false } : { path, special: true };
}

function openSpecial(path: string): PartialFile {
  const handle = openSync(path, 'w');
  return {
    write: (bytes) => writeAll(handle, bytes),
    keep: () => undefined,
    close: () => closeSync(handle),
  };
}

function openPartial(path: string, mode: number): PartialFile {
  removeLeftovers(path);
  const name = join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
  const handle = openSync(name, 'wx', mode);
  let isOpen = true;
  const close = (): void => {
    if (isOpen) closeSync(handle);
    isOpen = false;
  };
  return {
    write: (bytes) => writeAll(handle, bytes),
    keep: () => {
      fsyncSync(handle);
      close();
      renameSync(name, path);
    },
    close: () => {
      close();
      rmSync(name, { force: true });
    },
  };
}

/** A write may take less than it was given. */
export function writeAll(handle: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
}

/** What a killed run left of the same file; that of a run that lives is left alone. */
function removeLeftovers(path: string): void {
  const prefix = `.${basename(path)}.`;
  for (const name of readdirSync(dirname(path))) {
    const pid = name.startsWith(prefix)
      ? /^(\d+)\.partial$/.exec(name.slice(prefix.length))?.[1]
      : undefined;
    if (pid !== undefined && !isAlive(Number(pid)))
      rmSync(join(dirname(path), name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function toWriteFailure(path: string, thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const { code } = thrown as NodeJS.ErrnoException;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
  const remedy = isFull
    ? 'Free some space and run it again.'
    : 'Check that the folder exists and may be written to.';
  const cause = { cause: thrown };
  return new Failure(
    isFull ? 'DISK_FULL' : 'FILE_UNWRITABLE',
    `${path} could not be written`,
    remedy,
    cause,
  );
}
