import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { advisoryBatch, bytesOf, type TestInventory, testPorts } from '../../../test/support/graph-ports.ts';
import {
  type EvidenceInput,
  encodeRecord,
  RECORD_MEDIA_TYPE,
  type RecordFields,
  type RecordKind,
} from '../../capabilities/evidence/index.ts';
import { type Ask, parseSelector } from '../../capabilities/graph/index.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { type Instant, instantOf } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { openReader, type Reader } from './reader.ts';
import { openWriter, type Writer } from './writer.ts';

const day = (count: number): Instant => instantOf(Date.UTC(2026, 0, 1) + count * 86_400_000);
const image = (name: string): Digest => sha256(`image ${name}`);
const ask: Ask = {
  asOf: null,
  knownAt: null,
  signedBy: null,
  owner: null,
  since: null,
  page: { rowsMax: 100, after: null },
};

let folder: string;
let writer: Writer;
let reader: Reader;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-graph-'));
  const path = join(folder, 'graph.db');
  writer = orThrow(await openWriter({ path, ports: testPorts }));
  reader = orThrow(await openReader({ path, ports: testPorts }));
});

afterEach(async () => {
  await reader.close();
  await writer.close();
  rmSync(folder, { recursive: true });
});

function record<K extends RecordKind>(kind: K, fields: RecordFields<K>, subject: Digest | null = null): EvidenceInput {
  return { kind, mediaType: RECORD_MEDIA_TYPE, body: encodeRecord(kind, fields), subject };
}

function release(name: string, version: string, at: Instant, owner = 'team-a'): EvidenceInput {
  const source = { host: 'https://git.example.com', repository: `shop/${name}`, commit: 'c0ffee' };
  const images = [
    { reference: `registry.example.com/shop/${name}:${version}`, digest: image(`${name}@${version}`), platforms: [] },
  ];
  const fields = {
    name,
    version,
    releasedAt: at,
    owner,
    source,
    build: { id: '7', builder: 'ci' },
    images,
    artifacts: [],
  };
  return record('release', fields);
}

function sbom(of: string, ...purls: readonly string[]): EvidenceInput {
  const body: TestInventory = { complete: true, components: purls.map((purl) => ({ purl, path: 'app/lib' })) };
  return { kind: 'sbom', mediaType: 'application/json', body: bytesOf({ ...body, for: of }), subject: image(of) };
}

function advisories(...batch: Parameters<typeof advisoryBatch>[0]): EvidenceInput {
  return { kind: 'advisories', mediaType: 'application/x-ndjson', body: advisoryBatch(batch), subject: null };
}

function running(at: Instant, ...workloads: readonly (readonly [string, string])[]): EvidenceInput {
  return record('deployment', {
    cluster: 'prod-1',
    region: 'eu-west',
    observedAt: at,
    leaseMs: 86_400_000,
    workloads: workloads.map(([name, of]) => ({
      namespace: 'shop',
      kind: 'Deployment',
      name,
      images: [{ container: 'main', reference: `registry.example.com/shop/${name}`, digest: image(of) }],
    })),
  });
}

const append = async (...inputs: readonly EvidenceInput[]) => orThrow(await writer.append(inputs, day(100)));
async function exported(): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of reader.export()) lines.push(line);
  return lines;
}

const LOG4SHELL = {
  id: 'GHSA-jfh8-c2jp-5v3q',
  modified: 1,
  aliases: ['CVE-2021-44228'],
  severity: 'critical',
  affected: { 'maven/log4j-core': ['2.14.1'] },
} as const;
const core = (version: string) => `pkg:maven/org.apache.logging.log4j/log4j-core@${version}`;

describe("the seed's two questions", () => {
  it('G3: which of my recent releases have log4j 2.12.3 as a dependency', async () => {
    await append(release('trips', '1.0', day(1)), sbom('trips@1.0', core('2.12.3')));
    await append(release('trips', '1.1', day(9)), sbom('trips@1.1', core('2.12.3')));
    await append(release('poi', '1.0', day(9)), sbom('poi@1.0', core('2.14.1')));
    const selector = orThrow(parseSelector('log4j@2.12.3'));
    const answer = orThrow(await reader.releasesWith(selector, { ...ask, since: day(5), owner: 'team-a' }));
    expect(answer.matched).toEqual(['pkg:maven/org.apache.logging.log4j/log4j-core']);
    expect(answer.releases.map(({ name, version }) => `${name} ${version}`)).toEqual(['trips 1.1']);
    expect(answer.releases[0]?.components[0]).toMatchObject({ purl: core('2.12.3'), path: 'app/lib' });
    expect(answer.releases[0]?.source).toEqual({
      host: 'https://git.example.com',
      repository: 'shop/trips',
      commit: 'c0ffee',
    });
  });

  it('G4: which releases deployed to which clusters have exposure to CVE-2021-44228', async () => {
    await append(release('trips', '1.0', day(1)), sbom('trips@1.0', core('2.12.3')));
    await append(release('poi', '1.0', day(2)), sbom('poi@1.0', core('2.14.1')));
    await append(release('idle', '1.0', day(3)), sbom('idle@1.0', core('2.14.1')));
    await append(advisories(LOG4SHELL), running(day(4), ['trips', 'trips@1.0'], ['poi', 'poi@1.0']));
    const answer = orThrow(await reader.exposure('CVE-2021-44228', ask));
    expect(answer).toMatchObject({ names: ['CVE-2021-44228', LOG4SHELL.id], severity: 'critical' });
    expect(
      answer.releases.map(({ name, deployments }) => [
        name,
        deployments.map(({ cluster, region }) => [cluster, region]),
      ]),
    ).toEqual([
      ['idle', []],
      ['poi', [['prod-1', 'eu-west']]],
    ]);
  });

  it('answers the same whether the advisory or the inventory came first', async () => {
    await append(advisories(LOG4SHELL));
    await append(sbom('poi@1.0', core('2.14.1')), release('poi', '1.0', day(2)));
    expect(orThrow(await reader.exposure(LOG4SHELL.id, ask)).releases).toHaveLength(1);
    expect(orThrow(await reader.findingsOf(image('poi@1.0'), ask)).findings).toMatchObject([
      { severity: 'critical', purl: core('2.14.1') },
    ]);
  });

  it('an unknown name is an error with the nearest names, never an empty answer', async () => {
    await append(sbom('poi@1.0', core('2.14.1')), advisories(LOG4SHELL));
    const component = await reader.releasesWith(orThrow(parseSelector('log4j-cre')), ask);
    expect(component).toMatchObject({
      ok: false,
      failure: { code: 'UNKNOWN_NAME', remedy: 'Did you mean log4j-core?' },
    });
    const vulnerability = await reader.exposure('CVE-2021-44229', ask);
    expect(vulnerability).toMatchObject({
      ok: false,
      failure: { code: 'UNKNOWN_NAME', remedy: 'Did you mean CVE-2021-44228?' },
    });
  });
});

describe('a rebuild', () => {
  it('X13: gives the graph that was live', async () => {
    await append(
      release('trips', '1.0', day(1)),
      sbom('trips@1.0', core('2.12.3')),
      running(day(4), ['trips', 'trips@1.0']),
    );
    await append(advisories(LOG4SHELL), sbom('poi@1.0', core('2.14.1')), running(day(5)));
    const live = await exported();
    expect(live.length).toBeGreaterThan(10);
    expect(orThrow(await writer.rebuild())).toEqual({ documents: 6 });
    expect(await exported()).toEqual(live);
    expect(orThrow(await writer.verify()).size).toBe(6);
  });
});

it('the database can be read by its owner alone', async () => {
  await append(running(day(1)));
  for (const suffix of ['', '-wal', '-shm'])
    expect(statSync(join(folder, `graph.db${suffix}`)).mode & 0o777).toBe(0o600);
});
