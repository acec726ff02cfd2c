import type { PurlParts } from '../../../core/purl.ts';
import type { Skip } from '../component.ts';
import { createSkip, type PackageRequest, takeDirectory } from '../extractor.ts';
import {
  buildPlainParts,
  type LockContent,
  type LockedPackage,
  quoteName,
  UNNAMED_REGISTRY,
} from './locked-package.ts';

/** What a plain lock says of one package; the rest is not known. */
export type PlainPackage = Pick<LockedPackage, 'name' | 'version' | 'line' | 'pinned' | 'why'> &
  Partial<LockedPackage>;

/** A package of a plain lock, by its name alone. */
export function createLocked(type: string, given: PlainPackage): LockedPackage {
  const parts: PurlParts = given.parts ?? buildPlainParts(type, given.name, given.version);
  return {
    key: given.name,
    licenses: [],
    hashes: {},
    origin: null,
    registry: UNNAMED_REGISTRY,
    needs: [],
    development: false,
    ...given,
    parts,
  };
}

export interface PlainLock {
  readonly file: string;
  readonly packages: readonly LockedPackage[];
  /** Names of parts of the project, of what it provides or of what comes with the language. */
  readonly own?: ReadonlySet<string>;
  readonly direct?: readonly string[] | null;
  readonly problems?: readonly Skip[];
  /** Whether the lock is for manifests in folders below it too. */
  readonly covers: 'beside' | 'below';
  readonly remedy: string;
}

/** A lock for the manifest beside it that has what the manifest names. */
export function createPlainContent({
  file,
  packages,
  own = new Set(),
  direct = null,
  problems = [],
  covers,
  remedy,
}: PlainLock): LockContent {
  const byName = Map.groupBy(packages, ({ name }) => name.toLowerCase());
  const home = takeDirectory(file);
  const find = ({ name }: PackageRequest): LockedPackage | 'tree' | null =>
    byName.get(name.toLowerCase())?.[0] ?? (own.has(name) ? 'tree' : null);
  return {
    packages,
    direct,
    isClosed: false,
    problems,
    find,
    check: (manifest) => {
      const folder = takeDirectory(manifest.path);
      const isBelow = home === '' || folder.startsWith(`${home}/`);
      if (folder !== home && !(covers === 'below' && isBelow)) return null;
      const gaps = manifest.requests.flatMap((request) => {
        // mutant plain-lock-without-what-is-asked: operand 2 -> true
        if (request.kind !== 'required' || find(request) !== null) return [];
        const why = `it requires ${quoteName(request.name)}, which the lock lacks: the two disagree`;
        return [createSkip(manifest.path, 'FACT_UNKNOWN', why, remedy)];
      });
      const isEmpty = packages.length === 0 && problems.length === 0 && gaps.length === 0;
      // mutant empty-lock-beside-a-manifest by empty-locks: condition -> true
      if (!isEmpty || manifest.uncovered === null) return gaps;
      const why = 'it requires packages, and the lock has none: the two disagree';
      return [createSkip(manifest.path, 'FACT_UNKNOWN', why, remedy)];
    },
  };
}
