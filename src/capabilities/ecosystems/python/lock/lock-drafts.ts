import type { Skip } from '../../component.ts';
import { createSkip, type Draft } from '../../extractor.ts';
import { createPythonDraft, describeSource, isVersionText } from '../python-draft.ts';
import { isOwnPart, type LockedPackage, type PythonLock, quoteName } from './python-lock.ts';

/** The packages of a lock; its own folders in the tree are what is built. */
export function buildLockDrafts(lock: PythonLock): {
  readonly drafts: readonly Draft[];
  readonly skips: readonly Skip[];
} {
  const drafts: Draft[] = [];
  const skips: Skip[] = [];
  for (const one of lock.packages) {
    if (isOwnPart(one)) continue;
    const version = one.version ?? readCommit(one);
    // mutant python-lock-without-a-version by python-locks: remove
    if (version === null || !isVersionText(version)) skips.push(skipVersion(lock, one));
    else {
      // mutant python-folder-outside-the-tree by python-locks: remove
      if (one.source.kind === 'folder') skips.push(skipFolder(lock, one));
      drafts.push(buildDraft(lock, one, version));
    }
  }
  return { drafts, skips };
}

function buildDraft(lock: PythonLock, one: LockedPackage, version: string): Draft {
  const isCommit = one.version === null;
  return createPythonDraft({
    key: one.key,
    name: one.name,
    version,
    location: lock.file,
    hashes: one.hashes,
    origin: describeSource(one.source),
    needs: one.needs,
    development: one.development,
    repository: isCommit && one.source.kind === 'git' ? one.source.url : null,
  });
}

function readCommit({ source }: LockedPackage): string | null {
  return source.kind === 'git' ? source.commit : null;
}

/** The lock has what it needs, but nobody looked into it. */
function skipFolder({ file }: PythonLock, { name }: LockedPackage): Skip {
  const why = `${quoteName(name)} is in a folder outside this tree: its content is not known here`;
  return createSkip(file, 'FACT_UNKNOWN', why, 'Name the folder that holds both.');
}

function skipVersion({ file }: PythonLock, { name }: LockedPackage): Skip {
  const why = `${quoteName(name)}: the lock names a place, not a version`;
  return createSkip(file, 'FACT_UNKNOWN', why, 'Lock a version, or a commit.');
}
