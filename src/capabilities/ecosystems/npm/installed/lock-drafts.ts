import type { Skip } from '../../component.ts';
import { createSkip, type Draft } from '../../extractor.ts';
import { type LockEntry, locateEntry, type NpmLock } from '../lock/read-lock.ts';
import { createNpmDraft, listNeededNames } from './npm-draft.ts';

const NEEDS = {
  packages: ['dependencies', 'optionalDependencies', 'peerDependencies'],
  dependencies: ['requires'],
} as const;

/**
 * The packages of a lock. The root, workspaces and other folders outside node_modules are what is
 * built, not its dependencies; a link only points to one of them.
 */
export function buildLockDrafts(lock: NpmLock): {
  readonly drafts: readonly Draft[];
  readonly skips: readonly Skip[];
} {
  const drafts: Draft[] = [];
  const skips: Skip[] = [];
  for (const entry of lock.entries.values()) {
    if (entry.link || entry.version === null) continue;
    const draft = buildDraft(lock, entry, entry.version);
    if (draft === null) skips.push(skipPlace(lock, entry));
    else drafts.push(draft);
  }
  return { drafts, skips };
}

/** The packages that the root and the folders of its workspaces require; null in version 1. */
export function listDirect(lock: NpmLock): readonly string[] | null {
  if (lock.rootWants === null) return null;
  const folders = [...lock.entries.values()].filter(
    ({ link, version, key }) => !link && version === null && !/(?:^|\/)node_modules\//.test(key),
  );
  const wanted = [
    ...[...lock.rootWants].map((name) => locateEntry(lock, '', name)),
    ...folders.flatMap(({ key, fields }) =>
      listNeededNames(fields, [...NEEDS.packages, 'devDependencies']).map((name) =>
        locateEntry(lock, key, name),
      ),
    ),
  ];
  return wanted.flatMap((entry) => (entry === null || entry.link ? [] : [entry.key]));
}

/** Null where the lock names a place and no version. */
function buildDraft(lock: NpmLock, entry: LockEntry, version: string): Draft | null {
  const { key, name, fields, resolved } = entry;
  const needs = listNeededNames(fields, NEEDS[lock.part]).flatMap((needed) => {
    const found = locateEntry(lock, key, needed);
    return found === null || found.link ? [] : [found.key];
  });
  const draft = createNpmDraft({
    key,
    name,
    version,
    location: lock.file,
    needs,
    fields: { ...fields, resolved: resolved ?? undefined },
  });
  if (lock.part === 'packages') return draft;
  if (/^[a-z+]+:/i.test(version)) return null;
  return resolved?.endsWith(`#${version}`) === true && fields['version'] === resolved
    ? applyCommit(draft)
    : draft;
}

/** A git dependency of version 1: the commit is all that the lock says about its version. */
function applyCommit(draft: Draft): Draft | null {
  if (draft.origin === null) return null;
  const qualifiers = { vcs_url: draft.origin.replace('#', '@') };
  return { ...draft, parts: { ...draft.parts, qualifiers } };
}

function skipPlace({ file }: NpmLock, { key }: LockEntry): Skip {
  return createSkip(
    file,
    'MALFORMED',
    `${JSON.stringify(key.slice(0, 120))}: the lock names a place, not a version`,
    'Write the lock again with npm 7 or later.',
  );
}
