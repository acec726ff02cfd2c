import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Inventory, Skip } from '../ecosystems/index.ts';
import { directoryOf, isNpmLock, mayBeProgram, skip, type TargetKind, watchProgram } from '../ecosystems/index.ts';
import { conclude, type Gathered } from './conclude.ts';
import { followLinks, PASSES_MAX, unfollowed } from './follow-links.ts';
import { Snapshot } from './layers/snapshot.ts';
import type { FileTree, TreeEntry } from './port.ts';
import { extractFor, type Held, type Reading, skipFor, Wishes } from './wishes.ts';

export interface TreeOptions {
  /** `source-tree` unless told: lock files count there, and installed packages where nothing locks them. */
  readonly target?: TargetKind;
  readonly signal?: AbortSignal;
}

/**
 * The inventory of a source tree or an unpacked root file system. What cannot be read makes it partial; a root that
 * cannot be read at all throws the Failure of the tree.
 *
 * @example const inventory = await inventoryTree(tree, '.', { target: 'source-tree' });
 */
export async function inventoryTree(tree: FileTree, name: string, options: TreeOptions = {}): Promise<Inventory> {
  const target = options.target ?? 'source-tree';
  const wishes = new Wishes(target);
  let gathered = await walk(tree, wishes, options.signal);
  let leadsOn = followLinks(gathered.snapshot, wishes);
  for (let passes = 1; passes < PASSES_MAX && leadsOn; passes++) {
    gathered = await walk(tree, wishes, options.signal);
    leadsOn = followLinks(gathered.snapshot, wishes);
  }
  if (leadsOn) gathered.skips.push(unfollowed());
  await readAll(tree, gathered, options.signal);
  return conclude({ name, digest: null }, gathered);
}

interface Walk extends Gathered {
  readonly skips: Skip[];
  readonly programs: string[];
}

/** Remembers links and what is wanted; content is read when it is known that it counts. */
async function walk(tree: FileTree, wishes: Wishes, signal: AbortSignal | undefined): Promise<Walk> {
  const snapshot = new Snapshot<Held>({ clamp: wishes.target === 'root-file-system' });
  const result: Walk = { snapshot, wishes, skips: [], programs: [] };
  const locked = new Set<string>();
  const descend = (path: string): boolean => !(/(?:^|\/)node_modules$/.test(path) && locked.has(directoryOf(path)));
  let entries = 0;
  for await (const entry of tree.entries(wishes.target === 'source-tree' ? { descend } : {})) {
    stopIfAborted(signal);
    if (++entries > LIMITS.imageEntriesMax) {
      throw new Failure('LIMIT_EXCEEDED', `over ${LIMITS.imageEntriesMax} files`, 'Take the inventory of its parts.');
    }
    if (isNpmLock(entry.path) && entry.kind === 'file') locked.add(directoryOf(entry.path));
    see(result, entry);
  }
  return result;
}

function see(result: Walk, entry: TreeEntry): void {
  const { snapshot, wishes, skips, programs } = result;
  const { path, kind } = entry;
  if (kind === 'symlink') snapshot.put(path, 0, { symlink: entry.target ?? '' });
  const cause = entry.failure ?? new Failure('FILE_UNREADABLE', `${path} cannot be read`, 'Check its permissions.');
  if (kind === 'unreadable') skips.push({ location: path, cause });
  if (kind !== 'file') return;
  const unsupported = wishes.unsupported(path);
  const readings = wishes
    .for(path)
    .map((wish): Reading => ({ wish, extracted: { drafts: [], skips: [] }, since: null }));
  if (readings.length > 0 || unsupported.length > 0) snapshot.put(path, 0, { value: { readings, unsupported } });
  if (mayBeProgram(entry.size, entry.executable !== false)) programs.push(path);
}

async function readAll(tree: FileTree, gathered: Gathered, signal: AbortSignal | undefined): Promise<void> {
  const { snapshot, skips, programs } = gathered as Walk;
  for (const { path, value } of snapshot.entries()) {
    if (value === null || value.readings.length === 0) continue;
    stopIfAborted(signal);
    snapshot.put(path, 0, { value: { ...value, readings: await readFile(tree, path, value.readings) } });
  }
  for (const path of programs) {
    stopIfAborted(signal);
    await inspectProgram(tree, path, snapshot, skips);
  }
}

async function readFile(tree: FileTree, path: string, readings: readonly Reading[]): Promise<readonly Reading[]> {
  const bytesMax = Math.max(...readings.map(({ wish }) => wish.extractor.bytesMax));
  const content = await tree.read(path, bytesMax);
  return readings.map(({ wish }): Reading => {
    if (!content.ok) return { wish, extracted: { drafts: [], skips: [skipFor(wish, content.failure)] }, since: null };
    const tooLarge = content.value.length > wish.extractor.bytesMax;
    if (!tooLarge) return { wish, extracted: extractFor(wish, content.value), since: null };
    const cause = new Failure('LIMIT_EXCEEDED', `it is over ${wish.extractor.bytesMax} bytes`, 'Shorten the file.');
    return { wish, extracted: { drafts: [], skips: [skipFor(wish, cause)] }, since: null };
  });
}

async function inspectProgram(tree: FileTree, path: string, snapshot: Snapshot<Held>, skips: Skip[]): Promise<void> {
  const watch = watchProgram();
  try {
    for await (const piece of tree.open(path)) {
      watch.write(piece);
      if (!watch.interested()) break;
    }
  } catch (thrown) {
    const { code, message, remedy } =
      thrown instanceof Failure
        ? thrown
        : new Failure('FILE_UNREADABLE', 'it cannot be read', 'Check its permissions.');
    skips.push(skip(path, code, message, remedy, thrown));
  }
  const kinds = watch.kinds();
  if (kinds.length === 0) return;
  const held = snapshot.get(path) ?? { readings: [], unsupported: [] };
  snapshot.put(path, 0, { value: { ...held, unsupported: [...held.unsupported, ...kinds] } });
}

export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new Failure('INTERRUPTED', 'the inventory was stopped', 'Run it again.');
}
