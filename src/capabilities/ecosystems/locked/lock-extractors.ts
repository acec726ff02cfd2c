import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import {
  createSkip,
  type DocumentFinder,
  type Extraction,
  type Extractor,
  type ProjectManifest,
} from '../extractor.ts';
import { findShipped, gatherManifests, ManifestDocument } from './lock-reach.ts';
import {
  type LockContent,
  type LockFormat,
  type ManifestContent,
  toDraft,
} from './locked-package.ts';

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
    wants: format.isLock,
    extract: ({ path, bytes }) => {
      const content = orThrow(format.readLock(path, bytes));
      const plain = buildExtraction(path, content);
      return { ...plain, complete: (find) => completeLock(format, path, content, find) ?? plain };
    },
    ...isShadowed,
  };
  const manifest: Extractor = {
    name: `${format.name}-manifest`,
    database: false,
    reads: ['source-tree'],
    bytesMax: LIMITS.dependencyFileBytesMax,
    wants: format.isManifest,
    extract: ({ path, bytes }) => {
      const content = orThrow(format.readManifest(path, bytes));
      const declares = describeManifest(format, path, content);
      const document = new ManifestDocument(content);
      return { drafts: [], skips: content.problems, declares, document };
    },
    ...isShadowed,
  };
  return [lock, manifest];
}

/** What locks are asked about. */
export function describeManifest(
  { relock }: LockFormat,
  path: string,
  content: ManifestContent,
): ProjectManifest {
  const { name, requests } = content;
  const why = 'it declares dependencies that no lock that is read here has';
  const skip = createSkip(path, 'FACT_UNKNOWN', why, `Lock them: ${relock}`);
  return { path, name, requests, uncovered: requiresPackages(content) ? skip : null };
}

function buildExtraction(
  path: string,
  { packages, direct, problems, check }: LockContent,
): Extraction {
  return {
    drafts: packages.map((locked) => toDraft(locked, path)),
    skips: problems,
    locks: check,
    ...(direct === null ? {} : { direct }),
  };
}

/** With what the manifests say: what is asked for, and what only for development. */
function completeLock(
  format: LockFormat,
  path: string,
  content: LockContent,
  find: DocumentFinder,
): Extraction | null {
  const manifests = gatherManifests(format.findManifest(path), content, find);
  if (manifests === null) return null;
  const asked = manifests.flatMap((manifest) =>
    manifest.requests.flatMap((request) => {
      const locked = content.find(request, manifest);
      if (locked === null || locked === 'tree') return [];
      return [{ key: locked.key, name: locked.name, development: request.development }];
    }),
  );
  const isWhole = manifests.every(({ isOpen }) => isOpen !== true);
  const keys = isWhole ? [...new Set(asked.map(({ key }) => key))] : null;
  const direct = content.direct ?? keys;
  const shipped = findShipped(content, asked);
  const packages =
    shipped === null
      ? content.packages
      : content.packages.map((one) => ({
          ...one,
          // mutant package-that-is-only-developed-with: operand 2 -> false
          development: one.development || !shipped.has(one.key),
        }));
  return buildExtraction(path, { ...content, packages, direct });
}

/** Whether there is something that only a lock can fix. */
export function requiresPackages({ requests, isOpen }: ManifestContent): boolean {
  return isOpen === true || requests.some(({ folder }) => folder === null);
}
