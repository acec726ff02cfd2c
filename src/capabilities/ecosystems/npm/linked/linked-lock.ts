import type { FailureCode } from '../../../../core/failure.ts';
import type { Skip } from '../../component.ts';
import { createSkip } from '../../extractor.ts';
import { quoteText } from '../declared/quote-text.ts';

/** A package manager whose locks say of each requirement which package meets it. */
export interface LockTool {
  /** As its users call it: `pnpm`. */
  readonly name: string;
  /** Whose settings it reads. */
  readonly settings: 'pnpm' | 'yarn' | 'berry' | 'bun' | 'deno';
  /** Writes the lock again. */
  readonly rewrite: string;
}

/**
 * What meets a requirement: a package of the lock, or a folder, by its path from the folder of the
 * lock. `unclear`: one of several packages of that name, and the lock does not say which.
 */
export type LinkTarget =
  | { readonly kind: 'package'; readonly key: string }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'unclear' }
  | { readonly kind: 'missing' };

export const MISSING: LinkTarget = { kind: 'missing' };

export interface LinkedNeed {
  readonly name: string;
  readonly target: LinkTarget;
  /** Whether the package works without it. */
  readonly optional: boolean;
}

export interface ReplacedNeed {
  /** Whose need it is. */
  readonly of: string;
  readonly name: string;
}

/** One package of a lock. The same package may be there with several sets of peers. */
export interface LinkedPackage {
  readonly key: string;
  /** Its real name, whatever an alias calls it. */
  readonly name: string;
  readonly version: string;
  /** `folder`: it is a part of the tree, or of another, and no component. `jsr`: it is of JSR. */
  readonly from: 'registry' | 'jsr' | 'archive' | 'git' | 'folder';
  /** The address as recorded, or the path of a folder; null where the lock names none. */
  readonly resolved: string | null;
  /** Of the archive, by algorithm, in hexadecimal digits. */
  readonly hashes: Readonly<Record<string, string>>;
  /** A checksum of something else, such as Yarn's own archive: it fixes the content too. */
  readonly checksum: boolean;
  readonly needs: readonly LinkedNeed[];
  /** Whether it is a tool of the package manager and no part of what is shipped. */
  readonly tool: boolean;
  readonly patched: boolean;
}

export interface LinkedRequest {
  readonly name: string;
  /** As the lock repeats it from the manifest; null where it does not. */
  readonly spec: string | null;
  readonly kind: 'required' | 'development' | 'optional' | 'peer';
  readonly target: LinkTarget;
}

/** A manifest as the lock knows it. */
export interface LinkedProject {
  /** From the folder of the lock; empty for that folder itself. */
  readonly folder: string;
  /** What the lock calls it; null where it does not. */
  readonly name: string | null;
  readonly requests: readonly LinkedRequest[];
}

export interface LinkedLock {
  readonly file: string;
  readonly tool: LockTool;
  readonly packages: ReadonlyMap<string, LinkedPackage>;
  /** By folder; null where the lock does not name the manifests that it is for. */
  readonly projects: ReadonlyMap<string, LinkedProject> | null;
  /** Whether the lock tells what is only for development. */
  readonly knowsDevelopment: boolean;
  /** Whether `projects` repeat all that the manifests require, and nothing else. */
  readonly repeatsManifests: boolean;
  /** Names whose versions the lock sets itself: a manifest may ask for another. */
  readonly overridden: ReadonlySet<string>;
  /** Needs that are met by another version than was asked for, which only an override explains. */
  readonly replaced: readonly ReplacedNeed[];
  readonly problems: readonly Skip[];
  /** Whether it can be for a manifest, by the name of its file alone. */
  readonly isFor: (fileName: string) => boolean;
  /** What meets a requirement of the manifest in a folder. */
  resolve(folder: string, name: string, spec: string): LinkTarget;
  /** The line of a package, from 1. */
  findLine(key: string): number;
}

/** Finds what a project requires, by its folder and a name: manifests ask for each of theirs. */
export function createRequestFinder(
  projects: ReadonlyMap<string, LinkedProject>,
): (folder: string, name: string) => LinkedRequest | undefined {
  const known = new Map<string, ReadonlyMap<string, LinkedRequest>>();
  return (folder, name) => {
    let byName = known.get(folder);
    if (byName === undefined) {
      const requests = projects.get(folder)?.requests ?? [];
      byName = new Map(requests.toReversed().map((request) => [request.name, request]));
      known.set(folder, byName);
    }
    return byName.get(name);
  };
}

/** What a reader gathers while it reads. */
export interface LinkedState {
  readonly file: string;
  readonly tool: LockTool;
  readonly packages: Map<string, LinkedPackage>;
  readonly problems: Skip[];
}

export function isPackageJson(fileName: string): boolean {
  return fileName === 'package.json';
}

export function startLinked(file: string, tool: LockTool): LinkedState {
  return { file, tool, packages: new Map(), problems: [] };
}

/** Nothing takes the place of the entry. */
export function refuseEntry(
  { file, tool, problems }: LinkedState,
  key: string,
  why: string,
  code: FailureCode = 'MALFORMED',
): void {
  // More of them say nothing new.
  if (problems.length < PROBLEMS_MAX)
    problems.push(createSkip(file, code, `${quoteText(key)}: ${why}`, writeAgain(tool)));
}

const PROBLEMS_MAX = 100;

export function writeAgain({ rewrite }: LockTool): string {
  return `Write the lock again: ${rewrite}.`;
}

/** Needs that the lock does not have: more is installed than it says. */
export function findMissing(lock: Pick<LinkedLock, 'file' | 'tool' | 'packages'>): readonly Skip[] {
  const skips: Skip[] = [];
  for (const { name, needs } of lock.packages.values()) {
    const lacking = needs.find(({ target, optional }) => !optional && !isThere(lock, target));
    // mutant linked-need-that-is-not-there by pnpm-lock: condition -> true
    if (lacking === undefined || skips.length >= PROBLEMS_MAX) continue;
    const why = `${quoteText(name)} needs ${quoteText(lacking.name)}, which is not in the lock`;
    skips.push(createSkip(lock.file, 'MALFORMED', why, writeAgain(lock.tool)));
  }
  return skips;
}

export function isThere({ packages }: Pick<LinkedLock, 'packages'>, target: LinkTarget): boolean {
  return target.kind === 'package' ? packages.has(target.key) : target.kind !== 'missing';
}

/**
 * Lines of the entries of a lock, found when the first is asked for: `readKey` gives the key that a
 * line begins, or null.
 */
export function createLineFinder(
  text: string,
  readKey: (line: string) => string | null,
): (key: string) => number {
  let lines: Map<string, number> | null = null;
  return (key) => {
    if (lines === null) {
      lines = new Map();
      for (const [at, line] of text.split('\n').entries()) {
        const found = readKey(line);
        if (found !== null && !lines.has(found)) lines.set(found, at + 1);
      }
    }
    return lines.get(key) ?? 1;
  };
}
