import { formatPurl, type Purl } from '../../../../core/purl.ts';
import type { DeclaredDependency } from '../../dependency.ts';
import { formatArtifact, type LockedArtifact } from '../lock/java-lock.ts';

export type PinJudgement = Pick<DeclaredDependency, 'pinned' | 'why'>;

/** A release in a Maven repository does not change under its version; a snapshot does. */
export function judgeVersionPin(version: string): PinJudgement {
  if (/-SNAPSHOT$/i.test(version))
    return { pinned: 'no', why: 'a snapshot is built anew under the same version' };
  return { pinned: 'yes', why: 'it names one released version, and no hash of it' };
}

function judgeLockPin(lock: string, { version, hashes }: LockedArtifact): PinJudgement {
  // mutant locked-snapshot-is-not-pinned by maven-declarations: condition -> false
  if (Object.keys(hashes).length === 0 && /-SNAPSHOT$/i.test(version))
    return judgeVersionPin(version);
  const what = Object.keys(hashes).length > 0 ? 'with its hash' : 'to one released version';
  return { pinned: 'yes', why: `locked ${what} in ${lock}` };
}

interface Identity {
  readonly group: string;
  readonly artifact: string;
  readonly version: string | null;
  readonly classifier?: string | null;
  readonly type?: string;
}

export function buildMavenPurl(given: Identity): Purl {
  const { group, artifact, version, classifier = null, type = 'jar' } = given;
  return formatPurl({
    type: 'maven',
    namespace: group,
    name: artifact,
    version,
    qualifiers: {
      ...(classifier === null ? {} : { classifier }),
      ...(type === 'jar' ? {} : { type }),
    },
    subpath: null,
  });
}

/** What is common to every dependency that a lock names. */
export function describeLocked(
  lock: string,
  locked: LockedArtifact,
  registry: string | null,
): Pick<
  DeclaredDependency,
  | 'ecosystem'
  | 'name'
  | 'version'
  | 'purl'
  | 'pinned'
  | 'why'
  | 'recorded'
  | 'registry'
  | 'registryFrom'
> {
  const { group, artifact, version, hashes } = locked;
  return {
    ecosystem: 'maven',
    name: `${group}:${artifact}`,
    version,
    purl: buildMavenPurl(locked),
    ...judgeLockPin(lock, locked),
    recorded: Object.keys(hashes).length > 0,
    registry,
    registryFrom: registry === null ? 'default' : 'lock',
  };
}

/** Locked artifacts by name, and those that no manifest was found for. */
export class LockedSet {
  readonly #byName: ReadonlyMap<string, readonly LockedArtifact[]>;
  readonly #all: readonly LockedArtifact[];
  readonly #taken = new Set<string>();

  constructor(artifacts: readonly LockedArtifact[]) {
    this.#all = artifacts;
    this.#byName = Map.groupBy(artifacts, ({ group, artifact }) => `${group}:${artifact}`);
  }

  /** The one of that name, in the version where there are several; null without one. */
  take(group: string, artifact: string, version: string | null): LockedArtifact | null {
    const named = this.#byName.get(`${group}:${artifact}`) ?? [];
    const found = named.find((one) => one.version === version) ?? named[0] ?? null;
    if (found !== null) this.#taken.add(formatArtifact(found));
    return found;
  }

  listRest(): readonly LockedArtifact[] {
    return this.#all.filter((one) => !this.#taken.has(formatArtifact(one)));
  }
}
