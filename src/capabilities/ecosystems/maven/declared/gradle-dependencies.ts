import type { DeclaredDependency } from '../../dependency.ts';
import { isSettings } from '../gradle/build-script.ts';
import { isIvyFile, isIvySettings } from '../ivy/ivy-file.ts';
import type { JavaLock } from '../lock/java-lock.ts';
import type { JavaTree, ScriptNeed } from '../source-tree/java-tree.ts';
import { buildMavenPurl, describeLocked, judgeVersionPin, LockedSet } from './pin.ts';
import { findGradleRegistry, type RegistryOrigin } from './registries.ts';

/** What scripts and catalogues require, as locks resolve it, and all else in the locks. */
export function listGradleDependencies(tree: JavaTree): readonly DeclaredDependency[] {
  const shared = tree.scripts.filter(({ path }) => isSettings(path) || isIvySettings(path));
  const sets = new Map<JavaLock, LockedSet>();
  for (const lock of tree.locks)
    if (lock.tool !== 'maven')
      sets.set(
        lock,
        new LockedSet(lock.artifacts.map((one) => ({ ...one, hashes: tree.findHashes(one) }))),
      );
  const origins = new Map<JavaLock, RegistryOrigin[]>();
  const direct = tree.scripts.flatMap((script) => {
    const isOfIvy = isIvyFile(script.path);
    const settings = shared.filter(({ path }) => isIvyFile(path) === isOfIvy);
    const origin = findGradleRegistry([...settings, script]);
    const locks = tree.findScriptLocks(script);
    for (const lock of locks) {
      const said = origins.get(lock);
      if (said === undefined) origins.set(lock, [origin]);
      else said.push(origin);
    }
    return tree
      .resolveScript(script)
      .map((need) => describeNeed(tree, need, { origin, locks, sets }));
  });
  const rest = [...sets].flatMap(([lock, set]) => {
    const origin = findShared(origins.get(lock) ?? []);
    return set.listRest().map(
      (found): DeclaredDependency => ({
        ...describeLocked(lock.path, found, null),
        ...origin,
        requested: null,
        place: { file: lock.path, line: found.line },
        kind: 'transitive',
        development: found.development,
      }),
    );
  });
  return [...direct, ...rest];
}

/** What all scripts of one lock say; nothing where they say it in several ways. */
function findShared(origins: readonly RegistryOrigin[]): RegistryOrigin {
  const [first = { registry: null, registryFrom: 'default' as const }] = origins;
  const isShared = origins.every(({ registry }) => registry === first.registry);
  const isSet = origins.some(({ registryFrom }) => registryFrom === 'configured');
  return isShared ? first : { registry: null, registryFrom: isSet ? 'configured' : 'default' };
}

interface Scene {
  readonly origin: RegistryOrigin;
  readonly locks: readonly JavaLock[];
  readonly sets: ReadonlyMap<JavaLock, LockedSet>;
}

function describeNeed(
  tree: JavaTree,
  need: ScriptNeed,
  { origin, locks, sets }: Scene,
): DeclaredDependency {
  const { group, artifact, version, requested, development, place } = need;
  const shared = { requested, place, kind: 'direct' as const, development };
  for (const lock of locks) {
    const found = sets.get(lock)?.take(group, artifact, version) ?? null;
    if (found !== null) return { ...describeLocked(lock.path, found, null), ...origin, ...shared };
  }
  const hashes = version === null ? undefined : tree.hashes.get(`${group}:${artifact}:${version}`);
  const judged =
    version !== null
      ? judgeVersionPin(version)
      : requested === null || requested.includes('$')
        ? { pinned: 'unknown' as const, why: 'its version is not written in the script' }
        : {
            pinned: 'no' as const,
            why: `"${requested.slice(0, 60)}" allows more than one version`,
          };
  return {
    ecosystem: 'maven',
    name: `${group}:${artifact}`,
    version,
    purl: buildMavenPurl({ group, artifact, version }),
    ...judged,
    ...(hashes === undefined ? {} : { why: 'gradle/verification-metadata.xml has its hash' }),
    ...origin,
    recorded: hashes !== undefined,
    ...shared,
  };
}
