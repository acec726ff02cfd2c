import type { DeclaredDependency } from '../../dependency.ts';
import type { MavenCoordinates } from '../pom/coordinates.ts';
import type { EffectivePom, ResolvedDependency } from '../pom/effective-pom.ts';
import type { JavaTree, MavenProject } from '../source-tree/java-tree.ts';
import {
  buildMavenPurl,
  describeLocked,
  judgeVersionPin,
  LockedSet,
  type PinJudgement,
} from './pin.ts';
import {
  findLockedRegistry,
  findMavenRegistry,
  type MavenSettings,
  type RegistryOrigin,
} from './registries.ts';

/** What the poms of a tree require, as their locks resolve it, and all else in those locks. */
export function listMavenDependencies(
  tree: JavaTree,
  settings: readonly MavenSettings[],
): readonly DeclaredDependency[] {
  return tree.listProjects().flatMap((project) => {
    const { effective, lock } = project;
    if (effective === null) return [];
    const origin = findMavenRegistry(effective, settings);
    const needs = effective.dependencies.filter((one) => !tree.poms.isOwn(one));
    const outer = listOuterPoms(effective, origin);
    if (lock === null) return [...outer, ...needs.map((need) => describeNeed(need, origin))];
    return [...outer, ...listLocked(tree, project, needs, origin)];
  });
}

function listLocked(
  tree: JavaTree,
  { lock }: MavenProject,
  needs: readonly ResolvedDependency[],
  origin: RegistryOrigin,
): readonly DeclaredDependency[] {
  if (lock === null) return [];
  const set = new LockedSet(lock.artifacts.filter((one) => !tree.poms.isOwn(one)));
  const direct = needs.map((need): DeclaredDependency => {
    const found = set.take(need.group, need.artifact, need.version);
    if (found === null) return describeNeed(need, origin);
    return {
      ...describeLocked(lock.path, found, findLockedRegistry(found)),
      requested: need.requested,
      place: need.place,
      kind: 'direct',
      development: need.scope === 'test',
    };
  });
  const transitive = set.listRest().map(
    (found): DeclaredDependency => ({
      ...describeLocked(lock.path, found, findLockedRegistry(found)),
      requested: null,
      place: { file: lock.path, line: found.line },
      kind: 'transitive',
      development: found.development,
    }),
  );
  return [...direct, ...transitive];
}

function describeNeed(need: ResolvedDependency, origin: RegistryOrigin): DeclaredDependency {
  const { group, artifact, version, requested, why, place, scope, profile } = need;
  const isOpen = version === null;
  // A range is not pinned; what is managed elsewhere is not known here.
  const open = {
    pinned: requested !== null && why.includes('more than one version') ? 'no' : 'unknown',
    why,
  } as const;
  const judged = isOpen ? open : describeManaged(need, judgeVersionPin(version));
  return {
    ecosystem: 'maven',
    name: `${group}:${artifact}`,
    version,
    requested,
    purl: /^[\w.-]+$/.test(group) && /^[\w.-]+$/.test(artifact) ? buildMavenPurl(need) : null,
    ...judged,
    why: profile === null ? judged.why : `${judged.why}; only where profile ${profile} is active`,
    ...origin,
    recorded: false,
    place,
    kind: 'direct',
    development: scope === 'test',
  };
}

/** Where the version is set that another file of the tree manages. */
function describeManaged(
  { requested, versionPlace }: ResolvedDependency,
  judged: PinJudgement,
): PinJudgement {
  if (requested !== null || versionPlace === null) return judged;
  const { file, line } = versionPlace;
  return { ...judged, why: `${judged.why}; ${file}:${line} manages it` };
}

/** The parent and the BOMs that are fetched: they say versions, and may say more. */
function listOuterPoms(
  { pom, outerParent, outerBoms }: EffectivePom,
  origin: RegistryOrigin,
): readonly DeclaredDependency[] {
  const boms = outerBoms.flatMap((text): readonly MavenCoordinates[] => {
    const [group, artifact, version] = text.split(':');
    return group === undefined || artifact === undefined || version === undefined
      ? []
      : [{ group, artifact, version }];
  });
  const isOwn =
    ({ group, artifact }: MavenCoordinates) =>
    (one: { group: string; artifact: string }) =>
      one.group === group && one.artifact === artifact;
  const places = [
    ...(outerParent === null ? [] : [{ of: outerParent, line: pom.parent?.line ?? 1 }]),
    ...boms.map((of) => ({ of, line: pom.managed.find(isOwn(of))?.line ?? 1 })),
  ];
  return places.map(({ of, line }): DeclaredDependency => {
    const isKnown = !of.version.includes('${') && !of.version.startsWith('(');
    const judged = isKnown
      ? judgeVersionPin(of.version)
      : { pinned: 'unknown' as const, why: 'nothing in this tree sets its version' };
    return {
      ecosystem: 'maven',
      name: `${of.group}:${of.artifact}`,
      version: isKnown ? of.version : null,
      requested: of.version,
      purl: buildMavenPurl({ ...of, version: isKnown ? of.version : null, type: 'pom' }),
      ...judged,
      ...origin,
      recorded: false,
      place: { file: pom.path, line },
      kind: 'direct',
      development: false,
    };
  });
}
