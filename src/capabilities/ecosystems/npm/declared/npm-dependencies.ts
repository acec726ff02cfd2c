import parseVersion from 'semver/functions/valid.js';
import { formatPurl } from '../../../../core/purl.ts';
import type { Skip } from '../../component.ts';
import { parseRegistry } from '../../component-registry.ts';
import type { DeclaredDependency } from '../../dependency.ts';
import { createSkip } from '../../extractor.ts';
import { buildNpmParts } from '../installed/npm-draft.ts';
import { locateLink } from '../lock/manifest-place.ts';
import { type LockEntry, locateEntry, type NpmLock, REWRITE } from '../lock/read-lock.ts';
import { isFolder, isFolderHere } from './folders.ts';
import { findGaps, findReachable, findStrangers } from './lock-agreement.ts';
import type { NpmProject } from './npm-project.ts';
import { findConfiguredRegistry } from './npmrc.ts';
import { judgePin } from './pin.ts';
import type { NpmRequirement } from './read-manifest.ts';
import { addNote, findRegistry, findRegistrySource } from './registry-origin.ts';
import { isAddress, parseAlias } from './requirement.ts';

export interface NpmDependencies {
  readonly dependencies: readonly DeclaredDependency[];
  readonly problems: readonly Skip[];
}

/** The requirements of the manifests, as the lock resolves them, and all else in the lock. */
export function listNpmDependencies(project: NpmProject): NpmDependencies {
  const problems: Skip[] = project.manifests.flatMap(({ manifest }) => manifest.problems);
  const { lock } = project;
  const direct = project.manifests.flatMap(({ file, folder, manifest }) =>
    manifest.wanted.flatMap((wanted) => resolveDirect(project, { file, folder, wanted }) ?? []),
  );
  if (lock === null) {
    for (const { file, manifest } of project.manifests)
      if (
        // mutant unread-lock-is-no-lock by folders: remove operand
        project.otherLock === null &&
        manifest.wanted.some(
          ({ optionalPeer, group, spec }) =>
            !isFolderHere(file, spec) && (group !== PEERS || !optionalPeer),
        )
      )
        problems.push(
          createSkip(
            file,
            'FACT_UNKNOWN',
            'no lock records the dependencies of its dependencies',
            REWRITE,
          ),
        );
    return { dependencies: direct.map(({ dependency }) => dependency), problems };
  }
  problems.push(...lock.problems, ...findGaps(lock), ...findStrangers(project, lock));
  if (project.npmrc.ignoresLock)
    problems.push(
      createSkip(
        lock.file,
        'FACT_UNKNOWN',
        '.npmrc makes npm ignore it (package-lock=false)',
        'Remove that line from .npmrc.',
      ),
    );
  const taken = new Set(direct.map(({ key }) => key));
  const reached = findReachable(project, lock);
  const rest = [...lock.entries.values()].filter(
    ({ key, version, link }) => version !== null && !link && !taken.has(key),
  );
  const transitive = rest.map((entry) =>
    resolveTransitive(project, lock, entry, reached.has(entry.key)),
  );
  const away = [...lock.entries.values()].filter(
    (entry) => entry.link && !taken.has(entry.key) && locateLink(lock, entry) === null,
  );
  const linked = away.map((entry) => buildAwayDependency(lock, entry));
  return {
    dependencies: [...direct.map(({ dependency }) => dependency), ...transitive, ...linked],
    problems,
  };
}

/** npm installs them since version 7, but for those that may be absent. */
const PEERS = 'peerDependencies';

interface DirectRequest {
  readonly file: string;
  readonly folder: string;
  readonly wanted: NpmRequirement;
}

/** Null for a part of this tree, and for an optional peer that is absent. */
function resolveDirect(
  project: NpmProject,
  { file, folder, wanted }: DirectRequest,
): { readonly key: string | null; readonly dependency: DeclaredDependency } | null {
  const { lock } = project;
  const entry = lock === null ? null : locateEntry(lock, folder, wanted.name);
  const base = {
    ecosystem: 'npm' as const,
    requested: wanted.spec,
    place: { file, line: wanted.line },
    kind: 'direct' as const,
    development: wanted.group === 'devDependencies',
  };
  if (entry === null) {
    if (wanted.group === PEERS && (wanted.optionalPeer || lock?.lockfileVersion === 1)) return null;
    if (lock === null && isFolder(wanted.spec))
      return isFolderHere(file, wanted.spec)
        ? null
        : { key: null, dependency: { ...base, ...buildAwayFields(wanted.name) } };
    const { otherLock } = project;
    const alias = parseAlias(wanted.spec);
    // A manifest alone names an exact version too, which advisories are looked up for.
    const version = lock === null ? parseVersion(alias?.range ?? wanted.spec) : null;
    const why =
      lock !== null
        ? `${lock.file} lacks it: the two disagree`
        : otherLock === null
          ? explainUnlocked(version)
          : `${otherLock} may pin it, and is not read here`;
    const name = alias?.name ?? wanted.name;
    const purl = formatPurl({ ...buildNpmParts(name, ''), version });
    const registry = isAddress(wanted.spec)
      ? { registry: parseRegistry(wanted.spec), registryFrom: 'written' as const }
      : {
          registry: findConfiguredRegistry(project.npmrc, name) ?? null,
          registryFrom: findRegistrySource(project.npmrc, name),
        };
    const dependency = {
      ...base,
      name,
      version,
      purl,
      pinned: otherLock === null ? ('no' as const) : ('unknown' as const),
      why,
      ...registry,
      recorded: false,
    };
    return { key: null, dependency };
  }
  if (entry.link) return lock === null ? null : resolveLink(lock, base, wanted, entry);
  const root = project.manifests.find((one) => one.folder === '')?.manifest;
  const isSet = folder !== '' && root?.overridden.includes(wanted.name) === true;
  const { pinned, why } = judgePin(entry, lock, isSet ? null : wanted.spec);
  const dependency = {
    ...base,
    ...resolveIdentity(project, entry),
    pinned,
    why: addNote(why, project, entry),
    recorded: pinned === 'yes',
  };
  return { key: entry.key, dependency };
}

function explainUnlocked(version: string | null): string {
  if (version !== null) return 'no lock records its content and its own dependencies';
  return 'no lock: a newly published version is installed instead';
}

/** A link into this tree is a part of it; where a link leads out of it, the content is unknown. */
function resolveLink(
  lock: NpmLock,
  base: Pick<DeclaredDependency, 'ecosystem' | 'requested' | 'place' | 'kind' | 'development'>,
  wanted: NpmRequirement,
  entry: LockEntry,
): ReturnType<typeof resolveDirect> {
  if (locateLink(lock, entry) !== null) return null;
  return { key: entry.key, dependency: { ...base, ...buildAwayFields(wanted.name) } };
}

function buildAwayFields(name: string) {
  const purl = formatPurl({ ...buildNpmParts(name, ''), version: null });
  const open = {
    version: null,
    purl,
    pinned: 'unknown' as const,
    registry: null,
    registryFrom: 'default' as const,
  };
  return { name, ...open, why: 'it is a link to a folder outside this tree', recorded: false };
}

function buildAwayDependency(
  lock: NpmLock,
  { key, line, development }: LockEntry,
): DeclaredDependency {
  const name = key.slice(key.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const place = { file: lock.file, line };
  return {
    ecosystem: 'npm',
    requested: null,
    ...buildAwayFields(name),
    place,
    kind: 'transitive',
    development,
  };
}

function resolveTransitive(
  project: NpmProject,
  lock: NpmLock,
  entry: LockEntry,
  asked: boolean,
): DeclaredDependency {
  // mutant lock-stray-package by npm: remove operand
  const stray = !asked || entry.extraneous;
  const { pinned, why } = stray
    ? {
        pinned: 'no' as const,
        why: `nothing requires it: ${lock.file} disagrees with its manifest`,
      }
    : judgePin(entry, lock, null);
  return {
    ecosystem: 'npm',
    requested: null,
    ...resolveIdentity(project, entry),
    pinned,
    why: addNote(why, project, entry),
    recorded: pinned === 'yes',
    place: { file: lock.file, line: entry.line },
    kind: 'transitive',
    development: entry.development,
  };
}

function resolveIdentity(
  project: NpmProject,
  entry: LockEntry,
): Pick<DeclaredDependency, 'name' | 'version' | 'purl' | 'registry' | 'registryFrom'> {
  const { name, version } = entry;
  const purl = version === null ? null : formatPurl(buildNpmParts(name, version));
  return { name, version, purl, ...findRegistry(project, entry) };
}
