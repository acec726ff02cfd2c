import type { Digest } from '../../core/digest.ts';
import { type ReadingBudget, readWithin } from '../../core/reading-budget.ts';
import { orThrow } from '../../core/result.ts';
import type { DocumentFinder, Inventory, InventorySubject, Skip } from '../ecosystems/index.ts';
import {
  createSkip,
  findByExtractor,
  NESTED_ROOT,
  NOTHING,
  RUNTIMES,
  SYSTEM_DATABASES,
  SYSTEM_LIBRARY,
} from '../ecosystems/index.ts';
import { assembleInventory } from './assemble.ts';
import type { FileRecord, FileRequests, FileResult } from './file-requests.ts';
import { listLinkSkips } from './follow-links.ts';
import type { Snapshot } from './layers/snapshot.ts';
import { dropInstalled, listUncovered } from './manifest-coverage.ts';
import { listNamedFolders } from './named-folders.ts';
import { type Ownership, settleOwnership } from './ownership.ts';
import { countUnexplained, type EffectiveResult } from './unexplained.ts';

/** The result of one pass over a target, with its links followed. */
export interface PassResult {
  readonly snapshot: Snapshot<FileRecord>;
  readonly requests: FileRequests;
  readonly skips: readonly Skip[];
  readonly notes?: readonly string[];
  /** The layers of an image, lowest first; absent for a tree. */
  readonly layers?: readonly Digest[];
}

/**
 * The same within a budget: what many files say together can take longer than each alone. Throws a
 * Failure where it does.
 */
export function concludeWithin(
  subject: InventorySubject,
  gathered: PassResult,
  reading: ReadingBudget,
): Inventory {
  let bytes = 0;
  for (const { value } of gathered.snapshot.entries()) bytes += value?.size ?? 0;
  // mutant inventory-without-a-deadline by hostile-source: argument 2 ->
  //   (_, read) => read()
  return orThrow(readWithin(reading, bytes, () => concludeInventory(subject, gathered)));
}

/** The effective inventory: only what is still there after every layer. */
function concludeInventory(subject: InventorySubject, gathered: PassResult): Inventory {
  const { snapshot, requests, skips } = gathered;
  completeAll(snapshot);
  const effective = [...selectEffectiveResults(snapshot), ...listNamedFolders(gathered)];
  const systems = effective.flatMap(({ reading }) => reading.extracted.os ?? []);
  const ownership = settleOwnership(
    snapshot,
    effective.map(({ reading }) => reading),
    { os: systems[0] ?? null, matters: (path) => requests.unsupported(path).length > 0 },
  );
  const combined = combineReadings(
    dropShadowed(effective.map((found) => yieldToOwner(found, ownership))),
    (path) => snapshot.readLink(path),
  );
  const readings = requests.target === 'source-tree' ? dropInstalled(combined) : combined;
  const isSystem = requests.target === 'root-file-system';
  const remains = isSystem ? countUnexplained(gathered, effective, ownership) : null;
  return assembleInventory({
    subject,
    os: systems[0] ?? null,
    readings,
    findLicences: (path) => findLicences(snapshot, path),
    unexplained: remains?.unexplained ?? null,
    notes: gathered.notes ?? [],
    skips: [
      ...skips,
      ...listLinkSkips(snapshot, requests),
      ...listUnsupportedSkips(gathered, ownership),
      ...(remains?.skips ?? []),
      ...(isSystem ? findMissingDatabase(gathered, readings) : []),
      ...(requests.target === 'source-tree'
        ? listUncovered(readings, (path) => isThere(snapshot, path))
        : []),
    ],
  });
}

/** A reading by an alias counts only where links still lead there. */
function selectEffectiveResults(snapshot: Snapshot<FileRecord>): readonly EffectiveResult[] {
  const readings: EffectiveResult[] = [];
  for (const { path, value } of snapshot.entries()) {
    for (const reading of value?.readings ?? []) {
      const alias = reading.request.path;
      const end = alias === path ? null : snapshot.resolve(alias);
      if (end === null || (end.kind === 'path' && end.path === path))
        readings.push({ path, reading });
    }
  }
  return readings;
}

/** The advisories of a distribution cover the files of its packages. */
function yieldToOwner({ path, reading }: EffectiveResult, ownership: Ownership): FileResult {
  const yields = reading.request.extractor.yieldsToOwner === true;
  // mutant owned-archive-is-not-upstream by ownership: remove
  if (yields && ownership.get(path) === 'covers') return { ...reading, extracted: NOTHING };
  return reading;
}

/** Files that do not count beside another file: a lock that its package manager ignores. */
function dropShadowed(readings: readonly FileResult[]): readonly FileResult[] {
  const paths = new Set(readings.map(({ request }) => request.path));
  return readings.filter(
    ({ request }) => request.extractor.isShadowed?.(request.path, paths) !== true,
  );
}

/** Files of one project complete one another. */
function completeAll(snapshot: Snapshot<FileRecord>): void {
  const isOpen = ({ extracted }: FileResult): boolean => extracted.complete !== undefined;
  const open = [...snapshot.entries()].flatMap(({ path, layer, value }) =>
    value?.readings.some(isOpen) === true ? [{ path, layer, value }] : [],
  );
  if (open.length === 0) return;
  const documents = new Map<string, object[]>();
  for (const { reading } of selectEffectiveResults(snapshot)) {
    const { document } = reading.extracted;
    if (document === undefined) continue;
    const { path } = reading.request;
    documents.set(path, [...(documents.get(path) ?? []), document]);
  }
  const find: DocumentFinder = (path, kind) => {
    for (const document of documents.get(path) ?? []) if (document instanceof kind) return document;
    return null;
  };
  const complete = (reading: FileResult): FileResult => {
    const extracted = reading.extracted.complete?.(find);
    return extracted === undefined ? reading : { ...reading, extracted };
  };
  for (const { path, layer, value } of open)
    snapshot.put(path, layer, { value: { ...value, readings: value.readings.map(complete) } });
}

/** What the files of one ecosystem say together takes the place of what each says alone. */
function combineReadings(
  readings: readonly FileResult[],
  readLink: (path: string) => string | null,
): readonly FileResult[] {
  const combined = new Map<FileResult, FileResult>();
  for (const [ecosystem, group] of Map.groupBy(readings, ({ request }) =>
    findByExtractor(request.extractor),
  )) {
    const files = group.map(({ request, extracted }) => ({
      path: request.path,
      extraction: extracted,
    }));
    for (const [at, extracted] of (ecosystem?.combine?.(files, readLink) ?? []).entries()) {
      const reading = group[at];
      if (reading !== undefined) combined.set(reading, { ...reading, extracted });
    }
  }
  return readings.map((reading) => combined.get(reading) ?? reading);
}

/** Whether a file was read there; where a link leads out of the tree, that is said elsewhere. */
function isThere(snapshot: Snapshot<FileRecord>, path: string): boolean {
  const end = snapshot.resolve(path);
  return end.kind !== 'path' || end.value !== null;
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
  { snapshot, requests }: PassResult,
  ownership: Ownership,
): readonly Skip[] {
  const places = new Map<string, string[]>();
  for (const { path, kinds } of listUnreadKinds(snapshot, requests)) {
    // mutant owner-covers-unread-kinds by ownership: operand 2 -> 'installed'
    if (ownership.get(path) === 'covers') continue;
    for (const kind of kinds.filter((each) => each !== SYSTEM_LIBRARY && !RUNTIMES.has(each)))
      places
        .set(kind, places.get(kind) ?? [])
        .get(kind)
        ?.push(path);
  }
  return [...places].flatMap(([kind, paths]) => {
    const [first] = paths;
    return first === undefined ? [] : [skipUnread(kind, first, paths.length)];
  });
}

export function* listUnreadKinds(
  snapshot: Snapshot<FileRecord>,
  requests: FileRequests,
): Generator<{ path: string; kinds: readonly string[] }> {
  for (const { path, value, symlink } of snapshot.entries())
    yield {
      path,
      kinds: symlink === null ? listOwnKinds(value) : requests.unsupported(path),
    };
}

/** What links make the database of this root is not that of another one. */
function listOwnKinds(value: FileRecord | null): readonly string[] {
  const isRead = value?.readings.some(({ request }) => request.extractor.system === true) === true;
  return (value?.unsupported ?? []).filter((kind) => kind !== NESTED_ROOT || !isRead);
}

function skipUnread(kind: string, path: string, count: number): Skip {
  const more = count > 1 ? ` (and ${count - 1} more)` : '';
  return createSkip(
    path,
    'UNSUPPORTED',
    kind === NESTED_ROOT
      ? `a root file system below this one is here${more}, whose packages are not read`
      : `packages of kind ${kind} are here${more}, which this version does not read`,
    'Take their inventory with another tool and attach it too.',
  );
}

/** A distribution whose package database was deleted still consists of packages. */
function findMissingDatabase(
  { snapshot, requests }: PassResult,
  readings: readonly FileResult[],
): readonly Skip[] {
  const databases = readings.filter(({ request }) => request.extractor.system === true);
  if (databases.some(({ extracted }) => extracted.drafts.length > 0 || extracted.skips.length > 0))
    return [];
  let library: string | null = null;
  for (const { path, kinds } of listUnreadKinds(snapshot, requests)) {
    if (kinds.some((kind) => SYSTEM_DATABASES.has(kind))) return [];
    if (kinds.includes(SYSTEM_LIBRARY)) library ??= path;
  }
  const system = readings.find(({ extracted }) => extracted.os !== undefined);
  const place = system?.request.path ?? library;
  if (place === null) return [];
  const sign =
    system === undefined ? 'it is part of a distribution' : `it names ${system.extracted.os?.id}`;
  const why = `${sign}, but no package database with packages is here`;
  return [createSkip(place, 'FACT_UNKNOWN', why, 'Keep the package database in the image.')];
}
