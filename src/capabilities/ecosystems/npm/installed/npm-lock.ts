import { LIMITS } from '../../../../core/limits.ts';
import { orThrow } from '../../../../core/result.ts';
import {
  type CoverageCheck,
  type Extraction,
  type Extractor,
  type FoundFile,
  type ProjectManifest,
  takeBaseName,
  takeDirectory,
} from '../../extractor.ts';
import { wantFiles } from '../../wanted-files.ts';
import {
  findAwayLinks,
  findDisagreements,
  findGaps,
  findLostLinks,
  findOtherArchives,
  findRootGap,
  findUnwanted,
  skipMissingManifest,
} from '../declared/lock-agreement.ts';
import { LockPart } from '../linked/lock-part.ts';
import { isShadowedLock } from '../lock/lock-files.ts';
import { findManifestPlace } from '../lock/manifest-place.ts';
import { locateEntry, type NpmLock, readLock } from '../lock/read-lock.ts';
import { buildLockDrafts, listDirect } from './lock-drafts.ts';

/** Every package that a lock names; a lock with problems gives a partial inventory. */
export const npmLock: Extractor = {
  name: 'npm-lock',
  database: true,
  reads: ['source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles({
    names: ['package-lock.json', 'npm-shrinkwrap.json'],
    where: (path) => !/(?:^|\/)node_modules\//.test(path),
  }),
  extract,
  isShadowed: isShadowedLock,
};

function extract({ path, bytes }: FoundFile): Extraction {
  const lock = orThrow(readLock(path, bytes));
  const { drafts, skips } = buildLockDrafts(lock);
  const contradiction = lock.contradiction === null ? [] : [lock.contradiction];
  const direct = listDirect(lock);
  // mutant lock-contradiction-is-a-gap by deceptive-lock: remove element
  // mutant lock-gap-is-a-gap by lock-coverage: remove element 4
  // mutant lock-link-away-is-a-gap by lock-coverage: remove element 5
  // mutant lock-of-another-archive-is-a-gap by lock-coverage: remove element 6
  // mutant lock-root-without-its-needs by lock-coverage: remove element 7
  const extraction: Extraction = {
    drafts,
    skips: [
      ...contradiction,
      ...lock.problems,
      ...skips,
      ...findGaps(lock),
      ...findAwayLinks(lock),
      ...findOtherArchives(lock),
      ...findRootGap(lock),
    ],
    locks: createCheck(lock, new Set()),
    lacksManifest: skipMissingManifest(path),
    ...(direct === null ? {} : { direct }),
  };
  const complete = (manifests: readonly ProjectManifest[]): Extraction => {
    const home = takeDirectory(path);
    const root = manifests.find((one) => takeDirectory(one.path) === home);
    return { ...extraction, locks: createCheck(lock, new Set(root?.overridden ?? [])) };
  };
  return { ...extraction, document: new LockPart(complete) };
}

/** npm takes the version that the root sets, whatever a workspace asks for. */
function createCheck(lock: NpmLock, overridden: ReadonlySet<string>): CoverageCheck {
  return (manifest, wasRead) => {
    if (takeBaseName(manifest.path) !== 'package.json') return null;
    const place = findManifestPlace(lock, takeDirectory(manifest.path));
    if (place === null) return null;
    // It was reported already, and no manifest can agree with both parts.
    if (lock.contradiction !== null) return [];
    const judged = manifest.requests.filter(
      ({ name }) => !overridden.has(name) || locateEntry(lock, place, name) === null,
    );
    const own = findDisagreements(lock, place, { ...manifest, requests: judged });
    if (place !== '') return own;
    const names = manifest.requests.map(({ name }) => name);
    return [...own, ...findUnwanted(lock, manifest.path, names), ...findLostLinks(lock, wasRead)];
  };
}
