import { LIMITS } from '../../../../core/limits.ts';
import { orThrow } from '../../../../core/result.ts';
import type { Skip } from '../../component.ts';
import {
  type CoverageCheck,
  createSkip,
  type Draft,
  type Extraction,
  type Extractor,
  type PackageRequest,
} from '../../extractor.ts';
import { isPackagesLock, selectLock } from '../lock/lock-name.ts';
import {
  findLocked,
  type LockedPackage,
  type LockTarget,
  type NugetLock,
  RELOCK,
  readPackagesLock,
} from '../lock/read-lock.ts';
import { createNugetDraft, foldNugetName, formatKey, quoteName } from '../nuget-draft.ts';
import { normaliseVersion } from '../version-order.ts';
import { allowsVersion, parseRange } from '../version-range.ts';

/** Every package that a lock of NuGet names, for all frameworks and platforms. */
export const packagesLock: Extractor = {
  name: 'nuget-lock',
  database: true,
  reads: ['source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: isPackagesLock,
  extract: ({ path, bytes }): Extraction => {
    const lock = orThrow(readPackagesLock(path, bytes));
    return {
      drafts: listDrafts(lock),
      skips: [...lock.problems, ...findMissing(lock)],
      direct: listDirect(lock),
      locks: checkCoverage(lock),
    };
  },
};

function listDrafts(lock: NugetLock): readonly Draft[] {
  const drafts = new Map<string, Draft>();
  for (const target of lock.targets)
    for (const locked of target.packages.values()) {
      if (locked.type === 'project') continue;
      const needs = resolveNeeds(lock, target, locked.needs);
      const { name, version } = locked;
      const draft = createNugetDraft({ name, version, location: lock.file, needs });
      const hashes: Draft['hashes'] = locked.hash === null ? {} : { sha512: locked.hash };
      const known = drafts.get(draft.key);
      drafts.set(draft.key, {
        ...(known ?? draft),
        hashes: { ...hashes, ...known?.hashes },
        needs: [...new Set([...(known?.needs ?? []), ...needs])],
      });
    }
  return [...drafts.values()];
}

/** Keys of packages; what a project of the repository needs stands for the project. */
function resolveNeeds(
  lock: NugetLock,
  target: LockTarget,
  names: readonly string[],
  seen = new Set<string>(),
): readonly string[] {
  return names.flatMap((name) => {
    const found = findLocked(lock, target, name);
    if (found === null) return [];
    if (found.type !== 'project') return [formatKey(found.name, normaliseVersion(found.version))];
    if (seen.has(foldNugetName(name))) return [];
    seen.add(foldNugetName(name));
    return resolveNeeds(lock, target, found.needs, seen);
  });
}

/** What the project asks for itself, and what the projects that it refers to ask for. */
function listDirect(lock: NugetLock): readonly string[] {
  const direct = new Set<string>();
  for (const target of lock.targets)
    for (const locked of target.packages.values()) {
      if (locked.type === 'direct')
        direct.add(formatKey(locked.name, normaliseVersion(locked.version)));
      if (locked.type === 'project')
        for (const key of resolveNeeds(lock, target, locked.needs)) direct.add(key);
    }
  return [...direct];
}

/** A lock that lacks what its packages need was cut or edited. */
function findMissing(lock: NugetLock): readonly Skip[] {
  for (const target of lock.targets)
    for (const { name, type, needs } of target.packages.values()) {
      const missing = needs.find((need) => findLocked(lock, target, need) === null);
      // Projects may refer to others that a lock does not list, and which have their own.
      // mutant nuget-need-that-is-not-locked: condition -> false
      if (missing === undefined || type === 'project') continue;
      const why = `${quoteName(name)} needs ${quoteName(missing)}, which is not in the lock`;
      return [createSkip(lock.file, 'FACT_UNKNOWN', why, RELOCK)];
    }
  return [];
}

/** A lock is for the project that NuGet would look for it from; its setting is the name of that. */
function checkCoverage(lock: NugetLock): CoverageCheck {
  return (manifest) => {
    // mutant nuget-lock-of-another-project: condition -> false
    if (selectLock(manifest.path, manifest.name, [lock]) === null) return null;
    const lacking = manifest.requests.find((request) => !isLocked(lock, request));
    if (lacking === undefined) return [];
    const why = `it requires ${quoteName(lacking.name)}, which ${lock.file} does not lock so`;
    return [createSkip(manifest.path, 'FACT_UNKNOWN', why, RELOCK)];
  };
}

/** NuGet throws a lock away where a project asks for another range than the lock says. */
export function isLocked(lock: NugetLock, { name, spec, kind }: PackageRequest): boolean {
  const found = lock.targets.flatMap(({ packages }) => packages.get(foldNugetName(name)) ?? []);
  const direct = found.filter(({ type }) => type === 'direct');
  if (direct.length === 0) return kind !== 'required';
  // mutant nuget-lock-of-another-range: value -> true
  return kind !== 'required' || direct.some((locked) => isRequestLocked(locked, spec));
}

function isRequestLocked({ requested, version }: LockedPackage, spec: string): boolean {
  // mutant nuget-lock-of-another-version: condition -> false
  if (allowsVersion(spec, version) === false) return false;
  const range = parseRange(spec);
  const locked = requested === null ? null : parseRange(requested);
  // What is no literal range is not compared here.
  if (range === null || locked === null || range.kind === 'floating') return true;
  if (range.kind !== locked.kind) return false;
  return normaliseVersion(range.lowest ?? '') === normaliseVersion(locked.lowest ?? '');
}
