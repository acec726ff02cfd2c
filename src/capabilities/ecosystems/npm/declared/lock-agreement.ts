import type { Skip } from '../../component.ts';
import { createSkip } from '../../extractor.ts';
import { type LockEntry, locateEntry, type NpmLock, REWRITE } from '../lock/read-lock.ts';
import type { NpmProject } from './npm-project.ts';
import { quoteText } from './quote-text.ts';

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

/** What the lock's own root requires and the manifest beside it does not. */
export function findStrangers({ manifests }: NpmProject, lock: NpmLock): readonly Skip[] {
  const root = manifests.find(({ folder }) => folder === '');
  if (root === undefined) {
    return [
      createSkip(
        lock.file,
        'FACT_UNKNOWN',
        'there is no readable package.json beside it',
        'Restore package.json.',
      ),
    ];
  }
  const names = new Set(root.manifest.wanted.map(({ name }) => name));
  const strangers = [...(lock.rootWants ?? [])].filter((name) => !names.has(name));
  if (strangers.length === 0) return [];
  const why =
    `it requires ${quoteText(strangers[0] ?? '')}, but ${root.file} does not: ` +
    'the two disagree';
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
