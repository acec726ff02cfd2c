import type { FileTree, TreeEntry, WalkOptions } from '../../capabilities/inventory/index.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { attempt, failed, ok, type Result } from '../../core/result.ts';
import type { ObjectReader } from './cat-file.ts';
import type { GitEntry } from './tree-object.ts';

/** The entries of one folder (the path is empty for the root), or why they are unknown. */
export type Lister = (
  folder: string,
  entry: GitEntry | null,
) => Promise<Result<readonly GitEntry[]>>;

const DEPTH_MAX = 512;

/** Files as git keeps them, never as they are in the work tree: the committed content is read. */
export function openObjectTree(list: Lister, objects: ObjectReader): FileTree {
  return {
    entries: (options) => walk(list, objects, options ?? {}),
    read: async (path, bytesMax) => {
      const found = await findEntry(list, path);
      return found.ok ? objects.read(found.value.id, 'blob', bytesMax) : found;
    },
    readPart: (path, part) =>
      attempt(() => takePart(readPieces(list, objects, path), part.offset, part.length)),
    open: (path) => readPieces(list, objects, path),
  };
}

/** git gives an object from its start only. */
async function takePart(
  pieces: AsyncIterable<Uint8Array>,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const taken: Buffer[] = [];
  let at = 0;
  for await (const piece of pieces) {
    const end = at + piece.length;
    const part = piece.subarray(Math.max(offset - at, 0), Math.max(offset + length - at, 0));
    if (part.length > 0) taken.push(Buffer.from(part));
    at = end;
    if (at >= offset + length) break;
  }
  return Buffer.concat(taken);
}

async function* readPieces(
  list: Lister,
  objects: ObjectReader,
  path: string,
): AsyncGenerator<Uint8Array> {
  const found = await findEntry(list, path);
  if (!found.ok) throw found.failure;
  yield* objects.open(found.value.id, 'blob');
}

interface Folder {
  readonly path: string;
  readonly entry: GitEntry | null;
}

async function* walk(
  list: Lister,
  objects: ObjectReader,
  { descend }: WalkOptions,
): AsyncGenerator<TreeEntry> {
  const folders: Folder[] = [{ path: '', entry: null }];
  // A few trees that contain each other many times can hold an endless number of files.
  let left = LIMITS.treeEntriesMax;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const { path: parent, entry } = folder;
    const listed = await listEntries(list, objects, parent, entry);
    if (!listed.ok) {
      yield toUnreadable(parent === '' ? '.' : parent, listed.failure);
      continue;
    }
    left -= listed.value.length;
    if (left < 0) {
      yield toUnreadable(
        '.',
        new Failure(
          'LIMIT_EXCEEDED',
          `the tree has over ${LIMITS.treeEntriesMax} entries`,
          'Split the repository.',
        ),
      );
      return;
    }
    for (const { seen } of listed.value) yield seen;
    const within = listed.value.filter(({ seen }) => seen.kind === 'directory');
    const wanted = within.filter(({ seen }) => descend === undefined || descend(seen.path));
    for (const { seen, from } of wanted.reverse()) {
      if (seen.path.split('/').length <= DEPTH_MAX) folders.push({ path: seen.path, entry: from });
      else
        yield toUnreadable(
          seen.path,
          new Failure(
            'LIMIT_EXCEEDED',
            `${seen.path} is nested over ${DEPTH_MAX} deep`,
            'Use fewer nested folders.',
          ),
        );
    }
  }
}

interface ListedEntry {
  readonly seen: TreeEntry;
  readonly from: GitEntry;
}

async function listEntries(
  list: Lister,
  objects: ObjectReader,
  parent: string,
  entry: GitEntry | null,
): Promise<Result<ListedEntry[]>> {
  const listed = await list(parent, entry);
  if (!listed.ok) return listed;
  // Of folders and links too: the next reader need not ask. In an index a folder has none.
  const asked = listed.value.filter(({ kind, id }) => kind !== 'submodule' && id !== '');
  const infos = await objects.info(asked.map(({ id }) => id));
  if (!infos.ok) return infos;
  const sizes = new Map(asked.map(({ name }, at) => [name, infos.value[at]?.size]));
  const all: ListedEntry[] = [];
  for (const from of listed.value) {
    const path = parent === '' ? from.name : `${parent}/${from.name}`;
    all.push({ from, seen: await toTreeEntry(from, path, sizes.get(from.name), objects) });
  }
  return ok(all);
}

async function toTreeEntry(
  from: GitEntry,
  path: string,
  size: number | undefined,
  objects: ObjectReader,
): Promise<TreeEntry> {
  if (from.kind === 'directory') return { path, kind: 'directory', size: 0 };
  if (from.kind === 'symlink') return readLink(from, path, objects);
  if (from.kind === 'submodule') return toUnreadable(path, submoduleFailure(path));
  if (size === undefined)
    return toUnreadable(
      path,
      new Failure(
        'NOT_FOUND',
        `the content of ${path} is not in this repository`,
        'Fetch the content.',
      ),
    );
  return { path, kind: 'file', size, executable: from.executable };
}

async function readLink(from: GitEntry, path: string, objects: ObjectReader): Promise<TreeEntry> {
  const target = await objects.read(from.id, 'blob', LIMITS.pathBytesMax);
  if (!target.ok) return toUnreadable(path, target.failure);
  return { path, kind: 'symlink', size: 0, target: target.value.toString('utf8') };
}

function submoduleFailure(path: string): Failure {
  return new Failure(
    'UNSUPPORTED',
    `${path} is a submodule; its content is in another repository`,
    'Check that repository.',
  );
}

function toUnreadable(path: string, failure: Failure): TreeEntry {
  return { path, kind: 'unreadable', size: 0, failure };
}

async function findEntry(list: Lister, path: string): Promise<Result<GitEntry>> {
  const segments = path.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..'))
    return failed(unsafe(path));
  let entry: GitEntry | null = null;
  for (const [at, segment] of segments.entries()) {
    if (entry !== null && entry.kind !== 'directory')
      return failed(entry.kind === 'symlink' ? unsafe(path) : absent(path));
    const listed: Result<readonly GitEntry[]> = await list(segments.slice(0, at).join('/'), entry);
    if (!listed.ok) return listed;
    const found: GitEntry | undefined = listed.value.find(({ name }) => name === segment);
    if (found === undefined) return failed(absent(path));
    entry = found;
  }
  if (entry === null) return failed(absent(path));
  return entry.kind === 'file' ? ok(entry) : failed(unsafe(path));
}

function absent(path: string): Failure {
  return new Failure('FILE_NOT_FOUND', `${path} is not in the tree`, 'Check its name.');
}

function unsafe(path: string): Failure {
  return new Failure(
    'UNSAFE_PATH',
    `${path} is not a regular file of the tree`,
    'Replace the link with the file that it points to.',
  );
}
