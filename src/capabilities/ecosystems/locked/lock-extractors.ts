import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { createSkip, type Extractor } from '../extractor.ts';
import { type LockFormat, type ManifestContent, toDraft } from './locked-package.ts';

/**
 * The extractors of a lock and of the manifests that it is for: what a lock lacks of a manifest,
 * and a manifest without a lock, make the inventory partial.
 */
export function createLockExtractors(format: LockFormat): readonly Extractor[] {
  const shadow = format.isShadowed;
  const isShadowed = shadow === undefined ? {} : { isShadowed: shadow.bind(format) };
  const lock: Extractor = {
    name: `${format.name}-lock`,
    database: true,
    reads: ['source-tree'],
    bytesMax: LIMITS.fileBytesMax,
    wants: (path) => format.isLock(path),
    extract: ({ path, bytes }) => {
      const { packages, direct, problems, check } = orThrow(format.readLock(path, bytes));
      return {
        drafts: packages.map((locked) => toDraft(locked, path)),
        skips: problems,
        locks: check,
        ...(direct === null ? {} : { direct }),
      };
    },
    ...isShadowed,
  };
  const manifest: Extractor = {
    name: `${format.name}-manifest`,
    database: false,
    reads: ['source-tree'],
    bytesMax: LIMITS.dependencyFileBytesMax,
    wants: (path) => format.isManifest(path),
    extract: ({ path, bytes }) => {
      const content = orThrow(format.readManifest(path, bytes));
      const { name, requests, problems } = content;
      const uncovered = requiresPackages(content)
        ? createSkip(
            path,
            'FACT_UNKNOWN',
            'it declares dependencies that no lock that is read here has',
            `Lock them: ${format.relock}`,
          )
        : null;
      return { drafts: [], skips: problems, declares: { path, name, requests, uncovered } };
    },
    ...isShadowed,
  };
  return [lock, manifest];
}

/** Whether there is something that only a lock can fix. */
export function requiresPackages({ requests, isOpen }: ManifestContent): boolean {
  return isOpen === true || requests.some(({ folder }) => folder === null);
}
