import type { EvidenceInput } from '../../src/capabilities/evidence/index.ts';
import { type Digest, sha256 } from '../../src/core/digest.ts';
import { type Instant, toInstant } from '../../src/core/instant.ts';
import { recordInput } from './graph-history.ts';
import { encodeJson } from './graph-ports.ts';

/**
 * A world of 1,000 releases, made from a seed, with the naive answers. These come from plain lists,
 * without a graph, an index or a version comparison.
 */
export const DAY_MS = 86_400_000;
export const dayAt = (day: number): Instant => toInstant(Date.UTC(2025, 0, 1) + day * DAY_MS);
export const ADVISORY_DAY = 120;
export const LAST_DAY = 200;
const LEASE_DAYS = 6;

/**
 * True when CVE-2021-44228 affects log4j-core in this version, written by hand from the vendor's
 * list. 2.3.1, 2.12.2 and the versions after them are backports of the fix between affected
 * versions.
 */
export const CORE_VERSIONS: Readonly<Record<string, boolean>> = {
  '2.0-beta8': false,
  '2.0-beta9': true,
  '2.3': true,
  '2.3.1': false,
  '2.3.2': false,
  '2.4': true,
  '2.8.1': true,
  '2.12.1': true,
  '2.12.2': false,
  '2.12.3': false,
  '2.12.4': false,
  '2.13.0': true,
  '2.14.1': true,
  '2.15.0': false,
  '2.17.1': false,
};

export interface MadeRelease {
  readonly name: string;
  readonly version: string;
  readonly day: number;
  readonly owner: string;
  readonly image: Digest;
  readonly core: string | null;
  readonly api: string | null;
  readonly inventory: 'complete' | 'partial' | 'missing';
  /** The SBOM comes later than the release. */
  readonly sbomDay: number;
}

export interface MadeObservation {
  readonly cluster: string;
  readonly region: string;
  readonly day: number;
  readonly running: readonly MadeRelease[];
}

export interface MadeOwnership {
  readonly name: string;
  readonly owner: string;
  readonly from: number;
  readonly day: number;
}

export interface MadeWorld {
  readonly releases: readonly MadeRelease[];
  readonly observations: readonly MadeObservation[];
  readonly ownerships: readonly MadeOwnership[];
}

const TEAMS = ['team-a', 'team-b', 'team-c', 'team-d'];
const CLUSTERS = ['eu-1', 'eu-2', 'us-1', 'us-2', 'ap-1'];

/** mulberry32: equal seeds give equal worlds everywhere. */
export function seedChance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function madeWorld(count: number, seed: number): MadeWorld {
  const chance = seedChance(seed);
  const among = <T>(items: readonly T[]): T => items[Math.floor(chance() * items.length)] as T;
  const versions = Object.keys(CORE_VERSIONS);
  const releases = Array.from({ length: count }, (_, at): MadeRelease => {
    const name = `service-${at % 40}`;
    const version = `1.${Math.floor(at / 40)}`;
    const day = Math.floor((at / count) * (LAST_DAY - 10));
    const known = chance();
    return {
      ...{ name, version, day, image: sha256(`${name} ${version}`) },
      owner: TEAMS[(at % 40) % TEAMS.length] as string,
      core: chance() < 0.6 ? among(versions) : null,
      api: chance() < 0.3 ? among(versions) : null,
      inventory: known < 0.03 ? 'missing' : known < 0.06 ? 'partial' : 'complete',
      sbomDay: day + (chance() < 0.1 ? 5 : 0),
    };
  });
  const observations = CLUSTERS.flatMap((cluster, at) =>
    Array.from({ length: 25 }, (_, turn): MadeObservation => {
      // One cluster falls silent for longer than its lease.
      const day = 20 + turn * (at === 4 ? 15 : 6) + at;
      const there = releases.filter((release) => release.day <= day);
      const running = [...new Set(Array.from({ length: 12 }, () => among(there)))];
      return { cluster, region: cluster.slice(0, 2), day, running };
    }),
  );
  const ownerships = Array.from({ length: 10 }, (_, at): MadeOwnership => {
    const from = 30 + at * 15;
    return {
      name: `service-${at * 3}`,
      owner: among(TEAMS),
      from,
      day: from - 5 + Math.floor(chance() * 10),
    };
  });
  return { releases, observations: observations.filter(({ day }) => day <= LAST_DAY), ownerships };
}

/** The documents of each day. */
export function listDocuments(world: MadeWorld): ReadonlyMap<number, readonly EvidenceInput[]> {
  const days = new Map<number, EvidenceInput[]>();
  const add = (day: number, ...inputs: readonly EvidenceInput[]) =>
    days.set(day, [...(days.get(day) ?? []), ...inputs]);
  for (const release of world.releases) {
    add(release.day, releaseDocument(release));
    if (release.inventory !== 'missing') add(release.sbomDay, sbomDocument(release));
  }
  for (const observation of world.observations)
    add(observation.day, observationDocument(observation));
  for (const { name: release, owner, from, day } of world.ownerships) {
    add(day, recordInput('ownership', { release, owner, from: dayAt(from) }));
  }
  return new Map([...days].sort(([one], [other]) => one - other));
}

export const toReference = ({ name, version }: MadeRelease): string =>
  `registry.example.com/shop/${name}:${version}`;

function releaseDocument(release: MadeRelease): EvidenceInput {
  const { name, version, day, owner, image } = release;
  const source = {
    host: 'https://git.example.com',
    repository: `shop/${name}`,
    commit: sha256(version).slice(7, 47),
  };
  const images = [{ reference: toReference(release), digest: image, platforms: [] }];
  const rest = { source, build: { id: version, builder: 'ci' }, images, artifacts: [] };
  return recordInput('release', { name, version, releasedAt: dayAt(day), owner, ...rest });
}

function sbomDocument({ name, version, core, api, image, inventory }: MadeRelease): EvidenceInput {
  const part = (group: string, artifact: string, of: string) => {
    const purl = `pkg:maven/${group}/${artifact}@${of}`;
    return { type: 'library', 'bom-ref': purl, group, name: artifact, version: of, purl };
  };
  const components = [
    ...(core === null ? [] : [part('org.apache.logging.log4j', 'log4j-core', core)]),
    ...(api === null ? [] : [part('org.apache.logging.log4j', 'log4j-api', api)]),
    part('log4j', 'log4j', '1.2.17'),
    part('com.example', `${name}-library`, version),
  ];
  const compositions = inventory === 'partial' ? [{ aggregate: 'incomplete' }] : [];
  const metadata = { component: { type: 'container', name, version, 'bom-ref': 'root' } };
  const dependencies = [
    { ref: 'root', dependsOn: components.map((component) => component['bom-ref']) },
  ];
  const body = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata,
    components,
    dependencies,
    compositions: [{ aggregate: 'complete' }],
  };
  return {
    kind: 'sbom',
    mediaType: 'application/vnd.cyclonedx+json',
    body: encodeJson({ ...body, ...(compositions.length > 0 ? { compositions } : {}) }),
    subject: image,
  };
}

function observationDocument({ cluster, region, day, running }: MadeObservation): EvidenceInput {
  return recordInput('deployment', {
    ...{ cluster, region, observedAt: dayAt(day), leaseMs: LEASE_DAYS * DAY_MS },
    workloads: running.map((release) => ({
      ...{ namespace: 'shop', kind: 'Deployment', name: `${release.name}-${release.version}` },
      images: [{ container: 'main', reference: toReference(release), digest: release.image }],
    })),
  });
}

/** A question in days; null means no filter. */
export interface QuestionFilter {
  readonly asOf: number | null;
  readonly knownAt: number | null;
  readonly since: number | null;
  readonly owner: string | null;
}

const toLabel = ({ name, version }: MadeRelease): string => `${name}@${version}`;

/** Documents of one day are recorded at its end, so that the end of a day knows all of them. */
const isKnown = (day: number, { knownAt }: QuestionFilter) => knownAt === null || day <= knownAt;

function findOwner({ ownerships }: MadeWorld, release: MadeRelease, asked: QuestionFilter): string {
  const said = ownerships.filter(
    ({ name, from, day }) =>
      name === release.name && isKnown(day, asked) && (asked.asOf === null || from <= asked.asOf),
  );
  return said.sort((one, other) => one.from - other.from).at(-1)?.owner ?? release.owner;
}

export function askedReleases(world: MadeWorld, asked: QuestionFilter): readonly MadeRelease[] {
  return world.releases.filter(
    (release) =>
      isKnown(release.day, asked) &&
      (asked.since === null || release.day >= asked.since) &&
      (asked.asOf === null || release.day <= asked.asOf) &&
      (asked.owner === null || findOwner(world, release, asked) === asked.owner),
  );
}

const isListed = (release: MadeRelease, asked: QuestionFilter) =>
  release.inventory !== 'missing' && isKnown(release.sbomDay, asked);

/** Question 1: `log4j-core` in this version, or `log4j` and every component of that name. */
export function holding(
  world: MadeWorld,
  version: string,
  wide: boolean,
  asked: QuestionFilter,
): readonly string[] {
  const holds = (release: MadeRelease) =>
    release.core === version || (wide && release.api === version);
  return askedReleases(world, asked)
    .filter((release) => isListed(release, asked) && holds(release))
    .map(toLabel)
    .sort();
}

/** Question 2, without the places. */
export function exposed(world: MadeWorld, asked: QuestionFilter): readonly MadeRelease[] {
  if (!isKnown(ADVISORY_DAY, asked)) return [];
  return askedReleases(world, asked).filter(
    (release) =>
      isListed(release, asked) && release.core !== null && CORE_VERSIONS[release.core] === true,
  );
}

export function unknowable(world: MadeWorld, asked: QuestionFilter): readonly string[] {
  return askedReleases(world, asked)
    .filter((release) => release.inventory !== 'complete' || !isKnown(release.sbomDay, asked))
    .map(toLabel)
    .sort();
}

/** The clusters in which a release runs: as the last known observation saw it, during its lease. */
export function listClusters(
  world: MadeWorld,
  release: MadeRelease,
  asked: QuestionFilter,
): readonly string[] {
  return CLUSTERS.filter((cluster) => {
    const seen = world.observations.filter(
      (one) =>
        one.cluster === cluster &&
        isKnown(one.day, asked) &&
        (asked.asOf === null || one.day <= asked.asOf),
    );
    const last = seen.sort((one, other) => one.day - other.day).at(-1);
    if (last === undefined || !last.running.includes(release)) return false;
    return asked.asOf === null || asked.asOf < last.day + LEASE_DAYS;
  }).sort();
}

export const listNames = (releases: readonly MadeRelease[]): readonly string[] =>
  releases.map(toLabel).sort();
