import { createWriteStream, mkdirSync, symlinkSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FileTree, TreeEntry } from '../../capabilities/inventory/index.ts';
import { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';

/**
 * Writes the files of a commit into an empty folder, byte for byte as git keeps them: no filter and
 * no hook runs. Links are made last, so that nothing is written through one. Throws for what cannot
 * be written whole, such as a submodule.
 */
export async function checkOut(tree: FileTree, folder: string, at: Instant): Promise<void> {
  const links: TreeEntry[] = [];
  let left = LIMITS.rebuildSourceBytesMax;
  for await (const entry of tree.entries()) {
    const path = join(folder, checkPath(entry.path));
    left -= entry.size;
    // mutant rebuild-source-without-end by check-out: condition -> false
    if (left < 0) throw tooLarge();
    if (entry.kind === 'directory') mkdirSync(path, { recursive: true });
    else if (entry.kind === 'symlink') links.push(entry);
    else if (entry.kind !== 'file') throw entry.failure ?? notWritable(entry.path);
    else await writeFile(tree, entry, path, at);
  }
  for (const { path, target = '' } of links) symlinkSync(target, join(folder, path));
}

/** A `.git` of the tree would be a repository, whose settings can name programs of its author. */
function checkPath(path: string): string {
  // mutant rebuild-of-a-tree-with-a-repository by check-out: condition -> false
  if (path.split('/').some((segment) => segment.toLowerCase() === '.git'))
    throw new Failure('UNSAFE_PATH', `${path} is inside a repository of its own`, 'Remove it.');
  return path;
}

async function writeFile(
  tree: FileTree,
  { path: name, executable }: TreeEntry,
  path: string,
  at: Instant,
): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const mode = executable === true ? 0o755 : 0o644;
  await pipeline(tree.open(name), createWriteStream(path, { flags: 'wx', mode }));
  // As old as the commit: builds pack times.
  utimesSync(path, at / 1_000, at / 1_000);
}

function tooLarge(): Failure {
  const why = `the tree of the commit has over ${LIMITS.rebuildSourceBytesMax} bytes`;
  return new Failure('LIMIT_EXCEEDED', why, 'Rebuild it in a smaller repository.');
}

function notWritable(path: string): Failure {
  return new Failure('UNSUPPORTED', `${path} cannot be written from the commit`, 'Remove it.');
}
