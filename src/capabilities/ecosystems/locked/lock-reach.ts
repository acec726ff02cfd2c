import type { DocumentFinder } from '../extractor.ts';
import { takeBaseName, takeDirectory } from '../extractor.ts';
import { joinFolder, joinPath, type LockContent, type ManifestContent } from './locked-package.ts';

/** Null where the lock does not say what needs what. */
export function findReachable(
  { packages, isClosed }: LockContent,
  from: readonly string[] | null,
): ReadonlySet<string> | null {
  if (!isClosed || from === null) return null;
  const byKey = new Map(packages.map((locked) => [locked.key, locked]));
  const reached = new Set<string>(from);
  // A set grows while it is read.
  for (const key of reached) for (const need of byKey.get(key)?.needs ?? []) reached.add(need);
  return reached;
}

/** What manifests ask for, by the name of the package that is locked. */
export interface AskedPackage {
  readonly name: string;
  readonly development: boolean;
}

/** What is needed by more than development; null where that is not known. */
export function findShipped(
  content: LockContent,
  asked: Iterable<AskedPackage>,
): ReadonlySet<string> | null {
  // A package may be locked once for each platform: what is asked for is its name.
  const names = new Map(content.packages.map(({ key, name }) => [key, name]));
  const shipped = new Map<string, boolean>();
  for (const { name, development } of asked)
    shipped.set(name, !development || shipped.get(name) === true);
  const roots = content.direct ?? [];
  if (roots.some((key) => !shipped.has(names.get(key) ?? ''))) return null;
  const keys = roots.filter((key) => shipped.get(names.get(key) ?? '') === true);
  return findReachable(content, keys);
}

/** A manifest of a tree, for the lock of its project. */
export class ManifestDocument {
  readonly content: ManifestContent;

  constructor(content: ManifestContent) {
    this.content = content;
  }
}

/**
 * The manifests of the project of a lock: that beside it, and those of the folders that these name.
 * Null where one of them is not at hand, so that nothing is concluded from the others.
 */
export function gatherManifests(
  manifest: string,
  { projects = [] }: LockContent,
  find: DocumentFinder,
): readonly ManifestContent[] | null {
  const found = new Map<string, ManifestContent>();
  const wanted = new Set([takeDirectory(manifest)]);
  const read = (folder: string): ManifestContent | null =>
    find(joinPath(folder, takeBaseName(manifest)), ManifestDocument)?.content ?? null;
  for (const folder of wanted) {
    const content = read(folder);
    // mutant manifest-of-a-project-that-is-missing by cargo: condition -> false
    if (content === null) return null;
    found.set(folder, content);
    if (projects.length === 0) continue;
    for (const one of listFolders(content)) {
      const path = joinFolder(folder, one);
      if (path !== null) wanted.add(path);
    }
    for (const path of guessFolders(folder, content, projects))
      if (read(path) !== null) wanted.add(path);
  }
  const names = new Set([...found.values()].map(({ name }) => name));
  return projects.every((name) => names.has(name)) ? [...found.values()] : null;
}

function listFolders({ requests, members = [] }: ManifestContent): readonly string[] {
  const plain = members.filter((member) => !/[*?[]/.test(member));
  return [...plain, ...requests.flatMap(({ folder }) => folder ?? [])];
}

/** Of `crates/*` is known that most crates are called as their folders. */
function guessFolders(
  folder: string,
  { members = [] }: ManifestContent,
  projects: readonly string[],
): readonly string[] {
  return members
    .filter((member) => member.endsWith('/*'))
    .flatMap((member) =>
      projects.flatMap((name) => joinFolder(folder, member.slice(0, -1) + name) ?? []),
    );
}
