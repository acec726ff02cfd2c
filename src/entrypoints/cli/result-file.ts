import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { Call } from './command.ts';

/** The result on standard output, or whole in the file that --output names. */
export function deliver(call: Call, result: string | Uint8Array): void {
  const bytes = typeof result === 'string' ? new TextEncoder().encode(result) : result;
  const file = call.options.text('output');
  if (file === undefined) call.io.outBytes(bytes);
  else writeWhole(resolve(call.io.cwd, file), bytes);
}

/** Written under another name and renamed: no partial file ever has the final name. */
export function writeWhole(path: string, bytes: Uint8Array, mode = 0o644): void {
  const partial = join(dirname(path), `.${process.pid}.${Date.now()}.partial`);
  try {
    const handle = openSync(partial, 'wx', mode);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(partial, path);
  } catch (cause) {
    rmSync(partial, { force: true });
    const isFull = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
    const remedy = isFull ? 'Free some space and run it again.' : 'Check that the folder exists and may be written to.';
    throw new Failure(isFull ? 'DISK_FULL' : 'FILE_UNWRITABLE', `${path} could not be written`, remedy, { cause });
  }
}
