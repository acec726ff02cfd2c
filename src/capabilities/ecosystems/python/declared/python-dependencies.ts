import { formatPurl, type Purl } from '../../../../core/purl.ts';
import type { Skip } from '../../component.ts';
import type { DeclaredDependency } from '../../dependency.ts';
import { createSkip } from '../../extractor.ts';
import { buildLockDrafts } from '../lock/lock-drafts.ts';
import { isOwnPart, type LockedPackage, type PythonLock } from '../lock/python-lock.ts';
import {
  isOwn,
  meetsSpec,
  type PythonManifest,
  type PythonNeed,
} from '../manifest/python-manifest.ts';
import { buildPythonParts } from '../python-draft.ts';
import { parseAddress } from '../requirements/address.ts';
import { findPinned } from '../specifier.ts';
import {
  type ConfiguredIndex,
  configureProject,
  findLockedOrigin,
  findWrittenOrigin,
} from './python-origin.ts';

export interface PythonDependencies {
  readonly dependencies: readonly DeclaredDependency[];
  readonly problems: readonly Skip[];
}

/** One lock with the manifests that it is for, or a manifest without one. */
export interface PythonProject {
  readonly lock: PythonLock | null;
  readonly manifests: readonly PythonManifest[];
  /** What pip.conf sets. */
  readonly around: ConfiguredIndex;
}

/** What the manifests require, as the lock resolves it, and all else in the lock. */
export function listProject(project: PythonProject): PythonDependencies {
  const { lock, manifests } = project;
  const indexes = manifests.flatMap((manifest) => manifest.indexes);
  const around = configureProject(indexes, project.around);
  const byName = Map.groupBy(lock?.packages ?? [], ({ name }) => name);
  const taken = new Set<string>();
  const direct = manifests.flatMap((manifest) =>
    manifest.wanted.flatMap((wanted) => {
      const found = byName.get(wanted.name) ?? [];
      for (const { key } of found) taken.add(key);
      return resolveWanted({ manifest, wanted, around }, lock, found);
    }),
  );
  const problems = manifests.flatMap((manifest) => [
    ...manifest.problems,
    ...(lock === null ? listUnlocked(manifest) : []),
  ]);
  const rest = (lock?.packages ?? []).filter((one) => !taken.has(one.key) && !isOwnPart(one));
  const transitive = rest.map((one) => describeLocked(lock?.file ?? '', one, around));
  // mutant declared-python-folder-outside by outside-the-tree: value -> []
  const unknown = lock === null ? [] : buildLockDrafts(lock).skips;
  return {
    dependencies: [...direct, ...transitive],
    problems: [...problems, ...(lock?.problems ?? []), ...unknown],
  };
}

interface WantedContext {
  readonly manifest: PythonManifest;
  readonly wanted: PythonNeed;
  readonly around: ConfiguredIndex;
}

function resolveWanted(
  { manifest, wanted, around }: WantedContext,
  lock: PythonLock | null,
  found: readonly LockedPackage[],
): readonly DeclaredDependency[] {
  const { file } = manifest;
  const base = {
    ecosystem: 'pypi',
    requested: wanted.text,
    place: { file, line: wanted.line },
    kind: 'direct' as const,
    development: wanted.part === 'group',
  };
  if (isOwn(manifest, wanted)) return [];
  const fitting = found.filter(({ version }) => meetsSpec(version, wanted.specifier));
  const others = (fitting.length > 0 ? fitting : found).filter((one) => !isOwnPart(one));
  if (found.length > 0 && others.length === 0) return [];
  if (others.length > 0)
    return others.map((one) => {
      const disagrees = fitting.length === 0;
      const why = `${lock?.file ?? ''} has ${one.version ?? ''}, which ${JSON.stringify(wanted.text.slice(0, 80))} does not allow: the two disagree`;
      const pin = disagrees ? { pinned: 'no' as const, why } : judgePin(lock?.file ?? '', one);
      return {
        ...base,
        ...identify(one),
        ...pin,
        ...findLockedOrigin(one.source, around),
        recorded: pin.pinned === 'yes',
      };
    });
  // Neither does a lock have what no machine of the project needs.
  if (lock !== null && wanted.hasMarker) return [];
  // A manifest alone fixes a version too, which advisories are looked up for.
  const isOne = wanted.url === null && !wanted.specifier.includes('||');
  const version = lock === null && isOne ? findPinned(wanted.specifier) : null;
  const why = lock === null ? explainUnlocked(version) : `${lock.file} lacks it: the two disagree`;
  const address = wanted.url === null ? null : parseAddress(file, wanted.url);
  const origin =
    address === null
      ? { registry: around.registry, registryFrom: around.from }
      : findWrittenOrigin(address);
  const purl = buildPurl(wanted.name, version);
  return [
    {
      ...base,
      name: wanted.name,
      version,
      purl,
      pinned: 'no',
      why,
      ...origin,
      recorded: false,
    },
  ];
}

function explainUnlocked(version: string | null): string {
  return version === null
    ? 'no lock: a newly published version is installed instead'
    : 'no lock records its content and its own dependencies';
}

function listUnlocked(manifest: PythonManifest): readonly Skip[] {
  const { file, wanted, unknown } = manifest;
  if (unknown === null && wanted.every((one) => isOwn(manifest, one))) return [];
  const why = unknown ?? 'no lock records the dependencies of its dependencies';
  const remedy = 'Lock them, for example: uv lock, poetry lock or pdm lock.';
  return [createSkip(file, 'FACT_UNKNOWN', why, remedy)];
}

function describeLocked(
  file: string,
  one: LockedPackage,
  around: ConfiguredIndex,
): DeclaredDependency {
  const pin = judgePin(file, one);
  return {
    ecosystem: 'pypi',
    requested: null,
    ...identify(one),
    ...pin,
    ...findLockedOrigin(one.source, around),
    recorded: pin.pinned === 'yes',
    place: { file, line: one.line },
    kind: 'transitive',
    development: one.development,
  };
}

function identify({
  name,
  version,
}: LockedPackage): Pick<DeclaredDependency, 'name' | 'version' | 'purl'> {
  return { name, version, purl: buildPurl(name, version) };
}

export function buildPurl(name: string, version: string | null): Purl {
  return formatPurl(buildPythonParts(name, version));
}

/** Whether a lock fixes the content of a package. */
export function judgePin(
  file: string,
  { source, hashes }: Pick<LockedPackage, 'source' | 'hashes'>,
): Pick<DeclaredDependency, 'pinned' | 'why'> {
  if (source.kind === 'git') {
    if (source.commit !== null) return { pinned: 'yes', why: `fixed to a commit in ${file}` };
    return { pinned: 'unknown', why: `${file} names no commit for it, so its content may change` };
  }
  if ('path' in source) {
    if (source.path !== null) return { pinned: 'yes', why: 'it is a part of this tree' };
    return { pinned: 'unknown', why: 'it is on the disk outside this tree' };
  }
  // mutant python-lock-entry-without-hash by python-declared: condition -> true
  if (hashes.length > 0) return { pinned: 'yes', why: `fixed with its hash in ${file}` };
  return { pinned: 'unknown', why: `${file} has no hash for it, so its content may change` };
}
