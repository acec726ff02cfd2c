import {
  type EvidenceInput,
  encodeRecord,
  RECORD_MEDIA_TYPE,
} from '../src/capabilities/evidence/index.ts';
import { type Digest, sha256 } from '../src/core/digest.ts';
import { type Instant, toInstant } from '../src/core/instant.ts';

/**
 * What the benchmarks of the graph import. It is seeded, so that every run imports the same bytes.
 */
export interface History {
  readonly releases: number;
  readonly membersOfEach: number;
  readonly versions: number;
}

export const MILLION: History = { releases: 2_000, membersOfEach: 500, versions: 50_000 };

const FIRST_RELEASE_MS = Date.UTC(2026, 0, 1);

/** A small generator of random numbers in [0, 1) with a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Package `index`: a few packages are in nearly every release, most are in few (contract: 200
 * k·u⁴).
 */
export function makePurl(index: number): {
  readonly purl: string;
  readonly name: string;
  readonly version: string;
} {
  const version = `${1 + (index % 7)}.${index % 13}.${index % 29}`;
  if (index === 44_228)
    return {
      purl: 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1',
      name: 'log4j-core',
      version: '2.14.1',
    };
  const name = `part-${index % 12_500}`;
  if (index % 3 === 0) return { purl: `pkg:npm/${name}@${version}`, name, version };
  if (index % 3 === 1) return { purl: `pkg:maven/com.example/${name}@${version}`, name, version };
  return {
    purl: `pkg:deb/debian/${name}@${version}-1?arch=amd64&distro=debian-12`,
    name,
    version: `${version}-1`,
  };
}

export function makeImageDigest(release: number): Digest {
  return sha256(`image ${release}`);
}

/** One release: its record and the SBOM of its image, as they are imported. */
export function releaseInputs(
  { membersOfEach, versions }: History,
  release: number,
): readonly EvidenceInput[] {
  const random = seeded(release + 7);
  const picked = new Set<number>();
  while (picked.size < membersOfEach) picked.add(Math.floor(versions * random() ** 4));
  if (release % 20 === 0) picked.add(44_228);
  const components = [...picked]
    .map(makePurl)
    .map(({ purl, name, version }) => ({ type: 'library', 'bom-ref': purl, name, version, purl }));
  const digest = makeImageDigest(release);
  const sbom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    serialNumber: `urn:uuid:00000000-0000-4000-8000-${String(release).padStart(12, '0')}`,
    components,
  };
  const name = `service-${release % 100}`;
  const version = `1.${Math.floor(release / 100)}`;
  const record = encodeRecord('release', {
    name,
    version,
    releasedAt: makeReleaseTime(release),
    owner: `team-${release % 7}`,
    source: {
      host: 'https://git.example.com',
      repository: `shop/${name}`,
      commit: sha256(`${release}`).slice(7, 47),
    },
    build: { id: String(release), builder: 'ci' },
    images: [{ reference: `registry.example.com/shop/${name}:${version}`, digest, platforms: [] }],
    artifacts: [],
  });
  return [
    {
      kind: 'sbom',
      mediaType: 'application/vnd.cyclonedx+json',
      body: Buffer.from(JSON.stringify(sbom)),
      subject: digest,
    },
    { kind: 'release', mediaType: RECORD_MEDIA_TYPE, body: record, subject: null },
  ];
}

export function makeReleaseTime(release: number): Instant {
  return toInstant(FIRST_RELEASE_MS + release * 3_600_000);
}

const ECOSYSTEMS = [
  { id: 'GHSA', ecosystem: 'npm', prefix: '' },
  { id: 'MAVEN', ecosystem: 'Maven', prefix: 'com.example:' },
  { id: 'DEBIAN', ecosystem: 'Debian:12', prefix: '' },
] as const;

/**
 * Log4Shell, and for each of the thousand commonest parts one flaw that three ecosystems report.
 */
export function advisoriesInput(): EvidenceInput {
  const records = Array.from({ length: 1_000 }, (_, at) =>
    ECOSYSTEMS.map(({ id, ecosystem, prefix }) =>
      advisory(`${id}-${at}`, `CVE-2026-${10_000 + at}`, ecosystem, `${prefix}part-${at}`, '1.5.0'),
    ),
  ).flat();
  records.push(
    advisory(
      'GHSA-jfh8-c2jp-5v3q',
      'CVE-2021-44228',
      'Maven',
      'org.apache.logging.log4j:log4j-core',
      '2.15.0',
    ),
  );
  const body = Buffer.from(records.map((record) => JSON.stringify(record)).join('\n'));
  return { kind: 'advisories', mediaType: 'application/x-ndjson', body, subject: null };
}

/** The same flaws of the commonest parts of npm: each round, another version fixes them. */
export function changedAdvisoriesInput(count: number, round: number): EvidenceInput {
  const records = Array.from({ length: count }, (_, at) => ({
    ...advisory(`GHSA-${at}`, `CVE-2026-${10_000 + at}`, 'npm', `part-${at}`, `${1 + round}.6.0`),
    modified: `2026-02-01T00:00:${String(round).padStart(2, '0')}Z`,
  }));
  const body = Buffer.from(records.map((record) => JSON.stringify(record)).join('\n'));
  return { kind: 'advisories', mediaType: 'application/x-ndjson', body, subject: null };
}

/** That these advisories are feeds. */
export function feedsInput(): EvidenceInput {
  const coverage = ECOSYSTEMS.map(({ id, ecosystem }) => ({
    ecosystem,
    feed: `${ecosystem}.zip`,
    records: 1_000,
    databases: [id],
    newest: toInstant(FIRST_RELEASE_MS),
    exportedAt: null,
  }));
  const record = { importedAt: toInstant(FIRST_RELEASE_MS), files: [], coverage };
  const body = encodeRecord('feeds', record);
  return { kind: 'feeds', mediaType: RECORD_MEDIA_TYPE, body, subject: null };
}

function advisory(id: string, alias: string, ecosystem: string, name: string, fixed: string) {
  const type = ecosystem === 'npm' ? 'SEMVER' : 'ECOSYSTEM';
  return {
    schema_version: '1.6.0',
    id,
    aliases: [alias],
    modified: '2026-01-01T00:00:00Z',
    published: '2026-01-01T00:00:00Z',
    severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H' }],
    affected: [
      {
        package: { ecosystem, name },
        ranges: [{ type, events: [{ introduced: '0' }, { fixed }] }],
      },
    ],
  };
}

/** Where a tenth of the releases runs: three clusters, each observed once. */
export function deploymentInputs({ releases }: History): readonly EvidenceInput[] {
  return ['eu-1', 'eu-2', 'us-1'].map((cluster, at) => {
    const workloads = Array.from({ length: Math.floor(releases / 30) }, (_, index) => {
      const release = index * 30 + at * 10;
      const image = {
        container: 'main',
        reference: `registry.example.com/shop/service-${release % 100}`,
        digest: makeImageDigest(release),
      };
      return { namespace: 'shop', kind: 'Deployment', name: `service-${release}`, images: [image] };
    });
    const record = {
      cluster,
      region: cluster.slice(0, 2),
      observedAt: makeReleaseTime(releases),
      leaseMs: 3_600_000,
      workloads,
    };
    return {
      kind: 'deployment',
      mediaType: RECORD_MEDIA_TYPE,
      body: encodeRecord('deployment', record),
      subject: null,
    };
  });
}
