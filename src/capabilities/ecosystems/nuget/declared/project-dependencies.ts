import { formatPurl } from '../../../../core/purl.ts';
import type { Skip } from '../../component.ts';
import type { DeclaredDependency } from '../../dependency.ts';
import { createSkip } from '../../extractor.ts';
import { type LockedPackage, type NugetLock, RELOCK } from '../lock/read-lock.ts';
import { FIND_IT, findLostFile } from '../msbuild/lost-files.ts';
import type { ProjectScope, ResolvedReference } from '../msbuild/project-scope.ts';
import type { ProjectFile } from '../msbuild/read-project.ts';
import { buildNugetParts, foldNugetName, isNugetName, quoteName } from '../nuget-draft.ts';
import { normaliseVersion } from '../version-order.ts';
import { allowsVersion, parseRange } from '../version-range.ts';
import type { PackageSources } from './nuget-config.ts';

export interface ProjectContext {
  /** The project. */
  readonly file: string;
  readonly lock: NugetLock | null;
  readonly sources: PackageSources;
  /** All files of MSBuild. */
  readonly tree: ReadonlyMap<string, ProjectFile>;
}

interface ProjectDependencies {
  readonly dependencies: readonly DeclaredDependency[];
  readonly problems: readonly Skip[];
}

const RESTORE = 'Set RestorePackagesWithLockFile, restore, and commit packages.lock.json.';

/** What a project asks for, as its lock has it, and all else in the lock. */
export function listProject(scope: ProjectScope, context: ProjectContext): ProjectDependencies {
  const references = scope.listReferences().filter(({ name }) => isNugetName(name));
  const lister = new DependencyLister(context, overridesSources(scope));
  const direct = references.flatMap((reference) => lister.listDirect(reference));
  const { lock } = context;
  const problems: Skip[] = [...(lock?.problems ?? [])];
  // mutant nuget-project-without-lock by nuget-declarations: remove
  if (lock === null && references.length > 0) {
    const why = 'no lock records the dependencies of its dependencies';
    problems.push(createSkip(context.file, 'FACT_UNKNOWN', why, RESTORE));
  }
  const lost = lock === null ? findLostFile(scope, context.tree) : null;
  // mutant declared-with-a-lost-file-of-msbuild by outside-the-tree: condition -> false
  if (lost !== null) problems.push(createSkip(context.file, 'FACT_UNKNOWN', lost, FIND_IT));
  const unread = scope.listReferences().find(({ name }) => !isNugetName(name));
  if (unread !== undefined) {
    const why = `${quoteName(unread.name)} is no name that is known without a build`;
    problems.push(createSkip(unread.file, 'FACT_UNKNOWN', why, 'Write the name of the package.'));
  }
  return { dependencies: [...direct, ...lister.listRest()], problems };
}

/** A project may name sources of its own, which count beside or instead of NuGet.config. */
function overridesSources({ files }: ProjectScope): boolean {
  const names = new Set(['restoresources', 'restoreadditionalprojectsources', 'restoreconfigfile']);
  return files.some(({ properties }) =>
    properties.some(({ name }) => names.has(name.toLowerCase())),
  );
}

class DependencyLister {
  readonly #lock: NugetLock | null;
  readonly #sources: PackageSources | null;
  readonly #taken = new Set<LockedPackage>();

  constructor({ lock, sources }: ProjectContext, overrides: boolean) {
    this.#lock = lock;
    this.#sources = overrides ? null : sources;
  }

  listDirect(reference: ResolvedReference): readonly DeclaredDependency[] {
    const folded = foldNugetName(reference.name);
    const locked = (this.#lock?.targets ?? []).flatMap(
      ({ packages }) => packages.get(folded) ?? [],
    );
    const byVersion = new Map(locked.map((one) => [normaliseVersion(one.version), one]));
    for (const one of locked) this.#taken.add(one);
    if (byVersion.size === 0) return [this.#describe(reference, null)];
    return [...byVersion.values()].map((one) => this.#describe(reference, one));
  }

  #describe(reference: ResolvedReference, locked: LockedPackage | null): DeclaredDependency {
    const { name, version: range, item, file } = reference;
    const lowest = range === null ? null : (parseRange(range)?.lowest ?? null);
    const chosen = locked === null && this.#lock === null ? lowest : (locked?.version ?? null);
    const version = chosen === null ? null : normaliseVersion(chosen);
    return {
      ecosystem: 'nuget',
      name: locked?.name ?? name,
      version,
      requested: range ?? item.override ?? item.version,
      purl: formatPurl(buildNugetParts(locked?.name ?? name, version)),
      ...this.#judge(reference, locked),
      ...this.#findRegistry(name),
      place: { file, line: item.line },
      kind: 'direct',
      development: item.isPrivate,
    };
  }

  #judge(
    { version, doubt, item }: ResolvedReference,
    locked: LockedPackage | null,
  ): Pick<DeclaredDependency, 'pinned' | 'why' | 'recorded'> {
    const lock = this.#lock;
    if (lock === null)
      return { pinned: 'no', why: explainUnlocked(version, doubt), recorded: false };
    if (locked === null) {
      // A condition may leave it out of what was restored.
      const why = `${lock.file} lacks it: the two disagree`;
      if (!item.conditional) return { pinned: 'no', why, recorded: false };
      return { pinned: 'unknown', why: `${lock.file} lacks it`, recorded: false };
    }
    const isSame = version === null || agrees(version, locked);
    // mutant nuget-lock-of-another-request by nuget-declarations: condition -> false
    if (!isSame && !item.conditional) {
      const why = `${lock.file} was written for ${locked.requested ?? 'another request'}`;
      return { pinned: 'no', why: `${why}: the two disagree`, recorded: false };
    }
    return judgeLocked(lock, locked);
  }

  /** What no project file asks for: the packages that others need, and those of the SDK. */
  listRest(): readonly DeclaredDependency[] {
    const lock = this.#lock;
    const rest = (lock?.targets ?? []).flatMap(({ packages }) =>
      [...packages.values()].filter((one) => one.type !== 'project' && !this.#taken.has(one)),
    );
    const byKey = new Map(
      rest.map((one) => [`${foldNugetName(one.name)}/${normaliseVersion(one.version)}`, one]),
    );
    if (lock === null) return [];
    return [...byKey.values()].map((one) => ({
      ecosystem: 'nuget',
      name: one.name,
      version: normaliseVersion(one.version),
      requested: one.type === 'direct' ? one.requested : null,
      purl: formatPurl(buildNugetParts(one.name, normaliseVersion(one.version))),
      ...judgeLocked(lock, one),
      ...this.#findRegistry(one.name),
      place: { file: lock.file, line: one.line },
      kind: one.type === 'direct' ? 'direct' : 'transitive',
      development: false,
    }));
  }

  #findRegistry(name: string): Pick<DeclaredDependency, 'registry' | 'registryFrom'> {
    return this.#sources?.find(name) ?? { registry: null, registryFrom: 'configured' };
  }
}

function explainUnlocked(range: string | null, doubt: string | null): string {
  if (range === null) return `no lock, and ${doubt ?? 'its version is unknown'}`;
  if (parseRange(range)?.kind === 'floating')
    return 'no lock: a newly published version is installed instead';
  return 'no lock records its content and its own dependencies';
}

function agrees(range: string, { requested, version }: LockedPackage): boolean {
  // mutant nuget-locked-version-that-is-not-allowed by nuget-declarations: condition -> false
  if (allowsVersion(range, version) === false) return false;
  const [asked, had] = [parseRange(range), parseRange(requested ?? '')];
  if (asked === null || had === null || asked.kind === 'floating') return true;
  const isLowest = normaliseVersion(asked.lowest ?? '') === normaliseVersion(had.lowest ?? '');
  return asked.kind === had.kind && isLowest;
}

function judgeLocked(
  { file }: NugetLock,
  { hash }: LockedPackage,
): Pick<DeclaredDependency, 'pinned' | 'why' | 'recorded'> {
  // mutant nuget-lock-entry-without-hash by nuget-declarations: condition -> true
  if (hash !== null)
    return { pinned: 'yes', why: `locked with its hash in ${file}`, recorded: true };
  const why = `${file} has no hash for it, so its content may change. ${RELOCK}`;
  return { pinned: 'unknown', why, recorded: false };
}
