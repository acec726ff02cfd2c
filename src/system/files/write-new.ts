import { randomBytes } from 'node:crypto';
import { link, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isAbsent, toFileFailure } from './errno.ts';
import { flushFolder } from './write-file.ts';

export interface NewFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

/**
 * Writes files that must not exist yet, all or none. Each is written under another name and
 * flushed. Then it gets its name by a hard link, in the given order; the link fails when the name
 * already exists.
 */
export async function writeNewFiles(files: readonly NewFile[]): Promise<void> {
  const written: { readonly from: string; readonly to: string }[] = [];
  const named: string[] = [];
  try {
    for (const file of files) {
      const from = `${file.path}.${randomBytes(6).toString('hex')}.tmp`;
      written.push({ from, to: file.path });
      await writeFlushed(from, file);
    }
    for (const { from, to } of written) {
      await link(from, to);
      named.push(to);
    }
    await flushFolder(dirname(files[0]?.path ?? '.'));
  } catch (cause) {
    for (const path of named) await remove(path);
    throw toFileFailure(files[named.length]?.path ?? files[0]?.path ?? '', cause, 'create');
  } finally {
    for (const { from } of written) await remove(from);
  }
}

async function writeFlushed(path: string, { text, mode }: NewFile): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function remove(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (cause) {
    if (!isAbsent(cause)) throw toFileFailure(path, cause, 'write');
  }
}
