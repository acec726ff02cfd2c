import type { Inventory, InventorySubject, Skip } from '../ecosystems/index.ts';
import { createSkip, SYSTEM_DATABASES, SYSTEM_LIBRARY } from '../ecosystems/index.ts';
import { assembleInventory } from './assemble.ts';
import type { FileRecord, FileRequests, FileResult } from './file-requests.ts';
import { listLinkSkips } from './follow-links.ts';
import type { Snapshot } from './layers/snapshot.ts';
import { listUncovered } from './manifest-coverage.ts';

/** The result of one pass over a target, with its links followed. */
export interface PassResult {
  readonly snapshot: Snapshot<FileRecord>;
  readonly wishes: FileRequests;
  readonly skips: readonly Skip[];
}

/** The effective inventory: only what is still there after every layer. */
export function concludeInventory(subject: InventorySubject, gathered: PassResult): Inventory {
  const { snapshot, wishes, skips } = gathered;
  const readings = dropShadowed(reduceOwned(snapshot, selectEffectiveResults(snapshot)));
  const systems = readings.map(({ extracted }) => extracted.os).filter((os) => os !== undefined);
  return assembleInventory({
    subject,
    os: systems[0] ?? null,
    readings,
    findLicences: (path) => findLicences(snapshot, path),
    skips: [
      ...skips,
      ...listLinkSkips(snapshot, wishes),
      ...listUnsupportedSkips(gathered, readings),
      ...(wishes.target === 'root-file-system' ? findMissingDatabase(gathered, readings) : []),
      ...(wishes.target === 'source-tree' ? listUncovered(readings) : []),
    ],
  });
}

/** A reading by an alias counts only where links still lead there. */
function selectEffectiveResults(snapshot: Snapshot<FileRecord>): readonly FileResult[] {
  const readings: FileResult[] = [];
  for (const { path, value } of snapshot.entries()) {
    for (const reading of value?.readings ?? []) {
      const alias = reading.wish.path;
      const end = alias === path ? null : snapshot.resolve(alias);
      if (end === null || (end.kind === 'path' && end.path === path)) readings.push(reading);
    }
  }
  return readings;
}

/** The advisories of a distribution cover the files of its packages. */
function reduceOwned(
  snapshot: Snapshot<FileRecord>,
  readings: readonly FileResult[],
): readonly FileResult[] {
  const reduced = readings.map((reading) => {
    const { extractor, path } = reading.wish;
    return extractor.reduceOwned?.(reading.extracted, path) ?? reading.extracted;
  });
  if (readings.every(({ extracted }, at) => extracted === reduced[at])) return readings;
  const owned = listOwnedPaths(snapshot, readings);
  return readings.map((reading, at) =>
    owned.has(reading.wish.path)
      ? { ...reading, extracted: reduced[at] ?? reading.extracted }
      : reading,
  );
}

/** Files that do not count beside another file: a lock that its package manager ignores. */
function dropShadowed(readings: readonly FileResult[]): readonly FileResult[] {
  const paths = new Set(readings.map(({ wish }) => wish.path));
  return readings.filter(({ wish }) => wish.extractor.isShadowed?.(wish.path, paths) !== true);
}

function findLicences(snapshot: Snapshot<FileRecord>, path: string): readonly string[] | null {
  const end = snapshot.resolve(path);
  const readings = end.kind === 'path' ? (end.value?.readings ?? []) : [];
  return (
    readings.find(({ extracted }) => extracted.licenses !== undefined)?.extracted.licenses
      ?.expressions ?? null
  );
}

/**
 * One Skip for each kind of database that is present but not read, unless a package of the
 * distribution brought it.
 */
function listUnsupportedSkips(
  { snapshot, wishes }: PassResult,
  readings: readonly FileResult[],
): readonly Skip[] {
  const places = new Map<string, string[]>();
  for (const { path, kinds } of listUnreadKinds(snapshot, wishes)) {
    for (const kind of kinds.filter((each) => each !== SYSTEM_LIBRARY))
      places
        .set(kind, places.get(kind) ?? [])
        .get(kind)
        ?.push(path);
  }
  if (places.size === 0) return [];
  const owned = listOwnedPaths(snapshot, readings);
  return [...places].flatMap(([kind, paths]) => {
    const strangers = paths.filter((path) => !owned.has(path));
    const [first] = strangers;
    return first === undefined ? [] : [skipUnread(kind, first, strangers.length)];
  });
}

function* listUnreadKinds(
  snapshot: Snapshot<FileRecord>,
  requests: FileRequests,
): Generator<{ path: string; kinds: readonly string[] }> {
  for (const { path, value, symlink } of snapshot.entries())
    yield {
      path,
      kinds: symlink === null ? (value?.unsupported ?? []) : requests.unsupported(path),
    };
}

function skipUnread(kind: string, path: string, count: number): Skip {
  const more = count > 1 ? ` (and ${count - 1} more)` : '';
  return createSkip(
    path,
    'UNSUPPORTED',
    `packages of kind ${kind} are here${more}, which this version does not read`,
    'Take their inventory with another tool and attach it too.',
  );
}

/**
 * Paths that dpkg owns, at their real place: dpkg still writes /bin/x where /bin is a link to
 * /usr/bin.
 */
function listOwnedPaths(
  snapshot: Snapshot<FileRecord>,
  readings: readonly FileResult[],
): ReadonlySet<string> {
  const owned = new Set<string>();
  for (const { extracted } of readings) {
    if (extracted.owned === undefined) continue;
    for (const line of Buffer.from(extracted.owned).toString('utf8').split('\n')) {
      const path = line.replace(/^\/+/, '').trim();
      const real = path === '' ? null : snapshot.tryLocateEntry(path);
      if (real !== null) owned.add(real);
    }
  }
  return owned;
}

/** A distribution whose package database was deleted still consists of packages. */
function findMissingDatabase(
  { snapshot, wishes }: PassResult,
  readings: readonly FileResult[],
): readonly Skip[] {
  const databases = readings.filter(({ wish }) => wish.extractor.system === true);
  if (databases.some(({ extracted }) => extracted.drafts.length > 0 || extracted.skips.length > 0))
    return [];
  let library: string | null = null;
  for (const { path, kinds } of listUnreadKinds(snapshot, wishes)) {
    if (kinds.some((kind) => SYSTEM_DATABASES.has(kind))) return [];
    if (kinds.includes(SYSTEM_LIBRARY)) library ??= path;
  }
  const system = readings.find(({ extracted }) => extracted.os !== undefined);
  const place = system?.wish.path ?? library;
  if (place === null) return [];
  const sign =
    system === undefined ? 'it is part of a distribution' : `it names ${system.extracted.os?.id}`;
  const why = `${sign}, but no package database with packages is here`;
  return [createSkip(place, 'FACT_UNKNOWN', why, 'Keep the package database in the image.')];
}
