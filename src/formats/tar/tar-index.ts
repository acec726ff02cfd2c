import { posix } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { readTar, type TarEntry } from './tar.ts';
import { BLOCK_BYTES, malformedTar } from './tar-header.ts';

/** Where a member of a tar archive is, so that it can be read without unpacking anything. */
export type TarMember =
  | { readonly kind: 'file'; readonly offset: number; readonly size: number }
  | { readonly kind: 'link'; readonly target: string }
  /** The name occurs twice: readers could disagree about which member counts. */
  | { readonly kind: 'ambiguous' };

export type TarIndex = ReadonlyMap<string, TarMember>;

/** Reads `length` bytes at `offset`. */
export type ByteReader = (offset: number, length: number) => Promise<Uint8Array>;

/**
 * One pass over the headers of an archive; contents are skipped, not read. Throws a Failure for an
 * archive that is damaged, cut short or has too many entries.
 */
export async function indexTar(readAt: ByteReader, archiveBytes: number): Promise<TarIndex> {
  const index = new Map<string, TarMember>();
  let at = 0;
  let entries = 0;
  const tar = readTar((entry) => {
    // mutant tar-index-entries-limit: condition -> ++entries < 0
    if (++entries > LIMITS.layoutEntriesMax) throw tooMany();
    // One block is pushed at a time, so the content begins behind it.
    addMember(index, entry, at + BLOCK_BYTES);
    return null;
  });
  for (let passed = tar.passOver(); passed !== null; passed = tar.passOver()) {
    at += passed;
    // mutant tar-index-cut-short: remove
    if (at > archiveBytes) throw malformedTar('it ends within a member');
    at = Math.min(at + (tar.passOver() ?? 0), archiveBytes);
    const block = await readAt(at, Math.min(BLOCK_BYTES, archiveBytes - at));
    if (block.length === 0) break;
    tar.push(block);
    at += block.length;
  }
  tar.finish();
  if (entries === 0) throw malformedTar('it is empty or not a tar archive');
  return index;
}

function addMember(index: Map<string, TarMember>, entry: TarEntry, offset: number): void {
  const name = normalisePath(entry.name);
  const member = toMember(entry, name, offset);
  if (member === null || name === null) return;
  // mutant tar-name-twice: condition -> false
  index.set(name, index.has(name) ? { kind: 'ambiguous' } : member);
}

function toMember(
  { kind, size, linkName }: TarEntry,
  name: string | null,
  offset: number,
): TarMember | null {
  if (kind === 'file') return { kind, offset, size };
  if (kind !== 'hardlink' && kind !== 'symlink') return null;
  // mutant tar-link-out-of-the-archive: remove
  if (posix.isAbsolute(linkName)) return { kind: 'link', target: '..' };
  const folder = kind === 'symlink' ? posix.dirname(name ?? '.') : '.';
  return { kind: 'link', target: posix.join(folder, linkName) };
}

/** A path inside the archive in one spelling; null when it leads out of the archive. */
export function normalisePath(path: string): string | null {
  if (path.includes('\0') || posix.isAbsolute(path) || path.length > LIMITS.pathBytesMax)
    return null;
  const plain = posix.normalize(path).replace(/\/$/, '');
  return plain === '..' || plain.startsWith('../') || plain === '.' || plain === '' ? null : plain;
}

function tooMany(): Failure {
  return new Failure(
    'LIMIT_EXCEEDED',
    `an archive of over ${LIMITS.layoutEntriesMax} entries`,
    'Check where it came from.',
  );
}
