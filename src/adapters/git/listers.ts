import type { ObjectFormat } from '../../capabilities/signing/index.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, failed, ok, type Result } from '../../core/result.ts';
import type { ObjectReader } from './cat-file.ts';
import type { Lister } from './object-tree.ts';
import { type GitPlace, gitFailure, runGit } from './run-git.ts';
import { type GitEntry, parseGitEntry, parseTreeObject } from './tree-object.ts';

const TREE_BYTES_MAX = 64 * 1024 * 1024;
const CACHED_MAX = 1_000;

/** Folders of a tree that belongs to one commit. */
export function createTreeLister(
  root: () => Promise<Result<string>>,
  objects: ObjectReader,
  format: ObjectFormat,
): Lister {
  const cache = new Map<string, Promise<Result<readonly GitEntry[]>>>();
  const load = async (
    folder: string,
    entry: GitEntry | null,
  ): Promise<Result<readonly GitEntry[]>> => {
    const id = folder === '' ? await root() : ok(entry?.id ?? '');
    if (!id.ok) return id;
    const bytes = await objects.read(id.value, 'tree', TREE_BYTES_MAX);
    return bytes.ok ? parseTreeObject(bytes.value, format) : bytes;
  };
  return (folder, entry) => {
    const cached = cache.get(folder);
    if (cached !== undefined) return cached;
    const listed = load(folder, entry);
    if (cache.size < CACHED_MAX) cache.set(folder, listed);
    return listed;
  };
}

/**
 * Folders of the index, which is the content of the next commit. The index is read once, at the
 * first request.
 */
export function createIndexLister(place: GitPlace): Lister {
  let folders: Promise<Result<ReadonlyMap<string, readonly GitEntry[]>>> | null = null;
  return async (folder) => {
    folders ??= readIndex(place);
    const all = await folders;
    return all.ok ? ok(all.value.get(folder) ?? []) : all;
  };
}

/** Whether an entry was only announced (`git add -N`). Such a file is not part of the commit. */
const INTENT_TO_ADD = 0x2000_0000;

async function readIndex(
  place: GitPlace,
): Promise<Result<ReadonlyMap<string, readonly GitEntry[]>>> {
  const answer = await runGit(place, [
    'ls-files',
    '--stage',
    '--full-name',
    '--debug',
    '-z',
    '--',
    ':/',
  ]);
  if (!answer.ok) return failed(gitFailure(place, answer, 'Check the index with git status.'));
  const folders = new Map<string, Map<string, GitEntry>>([['', new Map()]]);
  const records = answer.out.split('\0');
  if (records.length > LIMITS.treeEntriesMax) {
    return fail(
      'LIMIT_EXCEEDED',
      `the index has over ${LIMITS.treeEntriesMax} entries`,
      'Split the repository.',
    );
  }
  for (const [at, record] of records.entries()) {
    // What git reports about an entry follows the NUL that ends it, before the next entry.
    const found = /(?:^|\n)(\d{6}) ([0-9a-f]+) (\d)\t(.*)$/s.exec(record);
    if (found === null && at === records.length - 1) continue;
    if (found === null)
      return fail('MALFORMED', 'git showed an index that cannot be read', 'Run git status.');
    const [, mode = '', id = '', stage, path = ''] = found;
    const flags = /^ {2}ctime:.*\n.*\n.*\n.*\n {2}size: \d+\tflags: ([0-9a-f]+)\n/.exec(
      records[at + 1] ?? '',
    )?.[1];
    if (stage !== '0')
      return fail(
        'USAGE',
        `${path} is in conflict`,
        'Resolve the conflict, and add the file again.',
      );
    if (flags === undefined)
      return fail('MALFORMED', 'git showed an index that cannot be read', 'Run git status.');
    if ((Number.parseInt(flags, 16) & INTENT_TO_ADD) !== 0) continue;
    if (!putInto(folders, path, mode, id)) {
      return fail(
        'UNSAFE_PATH',
        `the index contains ${JSON.stringify(path.slice(0, 100))}`,
        'Remove it from the index.',
      );
    }
  }
  return ok(new Map([...folders].map(([folder, entries]) => [folder, [...entries.values()]])));
}

/** Adds an entry to its folder, and adds each folder to its parent. */
function putInto(
  folders: Map<string, Map<string, GitEntry>>,
  path: string,
  mode: string,
  id: string,
): boolean {
  const segments = path.split('/');
  for (let depth = segments.length; depth > 0; depth--) {
    const isFile = depth === segments.length;
    const [parent, name] = [segments.slice(0, depth - 1).join('/'), segments[depth - 1] ?? ''];
    const entry = parseGitEntry(isFile ? mode : '40000', name, isFile ? id : '');
    if (entry === null) return false;
    const folder = folders.get(parent) ?? new Map<string, GitEntry>();
    folders.set(parent, folder);
    const there = folder.get(name);
    if (there !== undefined) return !isFile && there.kind === 'directory';
    folder.set(name, entry);
  }
  return true;
}
