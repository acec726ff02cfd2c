import type { Skip } from '../../component.ts';
import { createSkip, type PackageRequest, type ProjectManifest } from '../../extractor.ts';
import { locateLink } from '../lock/manifest-place.ts';
import { type LockEntry, locateEntry, type NpmLock, REWRITE } from '../lock/read-lock.ts';
import type { NpmProject } from './npm-project.ts';
import { findOtherArchive } from './pin.ts';
import { quoteText } from './quote-text.ts';
import { allowsVersion } from './requirement.ts';

/** Packages with a need that the lock lacks: more is installed than the lock says. */
export function findGaps(lock: NpmLock): readonly Skip[] {
  return [...lock.entries.values()].flatMap((entry) => {
    if (entry.link || entry.version === null) return [];
    const lacking = entry.needs.filter((name) => locateEntry(lock, entry.key, name) === null);
    if (lacking.length === 0) return [];
    const need = quoteText(lacking[0] ?? '');
    const why = `${quoteText(entry.name)} needs ${need}, which is not in the lock`;
    return [createSkip(lock.file, 'MALFORMED', why, REWRITE)];
  });
}

/** What the lock's own root needs and the lock lacks: with no manifest, nothing else says so. */
export function findRootGap(lock: NpmLock): readonly Skip[] {
  const [lacking] = [...lock.rootNeeds].filter((name) => locateEntry(lock, '', name) === null);
  if (lacking === undefined) return [];
  const why = `its root needs ${quoteText(lacking)}, which is not in the lock`;
  return [createSkip(lock.file, 'MALFORMED', why, REWRITE)];
}

/** Folders of this tree that the lock links to, and that have no manifest here. */
export function findLostLinks(lock: NpmLock, wasRead: (path: string) => boolean): readonly Skip[] {
  return [...lock.entries.values()].flatMap((entry) => {
    const folder = entry.link ? locateLink(lock, entry) : null;
    // mutant link-to-a-folder-that-is-not-here by lock-coverage: condition -> true
    if (folder === null || wasRead(folder === '' ? 'package.json' : `${folder}/package.json`))
      return [];
    const why = `${quoteText(entry.name)} is a link to ${quoteText(folder)}, which has no package.json`;
    return [createSkip(lock.file, 'FACT_UNKNOWN', why, 'Restore the folder, or remove the link.')];
  });
}

/** Links to folders outside of the tree: what they are and need is not known here. */
export function findAwayLinks(lock: NpmLock): readonly Skip[] {
  return [...lock.entries.values()].flatMap((entry) => {
    // mutant link-out-of-the-tree by lock-coverage: condition -> true
    if (!entry.link || locateLink(lock, entry) !== null) return [];
    const place = quoteText(entry.resolved ?? '');
    const why =
      `${quoteText(entry.name)} is a link to ${place}, a folder outside this tree: its content ` +
      'and what it needs are not known here';
    return [createSkip(lock.file, 'FACT_UNKNOWN', why, 'Name the folder that holds both.')];
  });
}

/** Entries that are taken from the archive of another package or version than they are called. */
export function findOtherArchives(lock: NpmLock): readonly Skip[] {
  return [...lock.entries.values()].flatMap((entry) => {
    const other = entry.link ? null : findOtherArchive(entry);
    if (other === null) return [];
    const why = `it calls ${quoteText(entry.name)} ${entry.version} but takes ${quoteText(other)}`;
    return [createSkip(lock.file, 'MALFORMED', why, REWRITE)];
  });
}

/**
 * Where a lock is out of step with a manifest that it is for: what the manifest requires and the
 * lock lacks, or has in a version that is not allowed. One problem for each manifest.
 */
export function findDisagreements(
  lock: NpmLock,
  place: string,
  { path, requests }: ProjectManifest,
): readonly Skip[] {
  const lacking = requests.filter((request) => !isLocked(lock, place, request));
  const [first] = lacking;
  if (first === undefined) return [];
  const more = lacking.length > 1 ? ` (and ${lacking.length - 1} more)` : '';
  const why = `it requires ${quoteText(first.name)}${more}, which ${lock.file} does not have so`;
  return [createSkip(path, 'MALFORMED', `${why}: the two disagree`, REWRITE)];
}

function isLocked(lock: NpmLock, place: string, { name, spec, kind }: PackageRequest): boolean {
  const entry = locateEntry(lock, place, name);
  if (entry === null)
    return kind === 'optional-peer' || (kind === 'peer' && lock.lockfileVersion === 1);
  return entry.link || entry.version === null || allowsVersion(spec, entry, entry.version);
}

/** npm installs nothing from a lock alone: what the project requires is not known. */
export function skipMissingManifest(lock: string): Skip {
  const why = 'there is no readable package.json beside it';
  return createSkip(lock, 'FACT_UNKNOWN', why, 'Restore package.json.');
}

/** What the lock's own root requires and the manifest beside it does not. */
export function findStrangers({ manifests }: NpmProject, lock: NpmLock): readonly Skip[] {
  const root = manifests.find(({ folder }) => folder === '');
  if (root === undefined) return [skipMissingManifest(lock.file)];
  const names = root.manifest.wanted.map(({ name }) => name);
  return findUnwanted(lock, root.file, names);
}

/** The same, where the manifest beside the lock is known. */
export function findUnwanted(
  lock: NpmLock,
  manifest: string,
  names: readonly string[],
): readonly Skip[] {
  const wanted = new Set(names);
  const [stranger] = [...(lock.rootWants ?? [])].filter((name) => !wanted.has(name));
  if (stranger === undefined) return [];
  const why = `it requires ${quoteText(stranger)}, but ${manifest} does not: the two disagree`;
  return [createSkip(lock.file, 'MALFORMED', why, REWRITE)];
}

/** The keys of every package that the manifests require, directly or indirectly. */
export function findReachable({ manifests }: NpmProject, lock: NpmLock): ReadonlySet<string> {
  const reached = new Set<string>();
  const open: string[] = [];
  const follow = (from: string, names: Iterable<string>): void => {
    for (const name of names) {
      const entry = locateEntry(lock, from, name);
      if (entry === null || reached.has(entry.key)) continue;
      reached.add(entry.key);
      open.push(entry.key);
      if (entry.link && entry.resolved !== null)
        follow(entry.resolved, listNeeds(lock.entries.get(entry.resolved)));
    }
  };
  for (const { folder, manifest } of manifests)
    follow(
      folder,
      manifest.wanted.map(({ name }) => name),
    );
  for (let key = open.pop(); key !== undefined; key = open.pop())
    follow(key, listNeeds(lock.entries.get(key)));
  return reached;
}

function listNeeds(entry: LockEntry | undefined): readonly string[] {
  return entry === undefined ? [] : [...entry.needs, ...entry.mayNeed];
}
