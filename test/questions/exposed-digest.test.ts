import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EvidenceInput, markPosted } from '../../src/capabilities/evidence/index.ts';
import { buildDefaultPolicy, parsePolicy } from '../../src/capabilities/policy/index.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import { type Digest, sha256 } from '../../src/core/digest.ts';
import { Failure } from '../../src/core/failure.ts';
import type { Purl } from '../../src/core/purl.ts';
import { failed, orThrow } from '../../src/core/result.ts';
import { findExposures } from '../../src/gates/facts/index.ts';
import { DeskWorld, inNamespace, NEVER } from '../support/desk-world.ts';
import {
  attach,
  debianComponent,
  NO_GRAPH,
  pushIndex,
  REPOSITORY,
  sbomDocument,
  signImage,
  type WorldKeys,
  worldIndex,
  worldKeys,
} from '../support/evidence-world.ts';
import { freshGraph } from '../support/fresh-graph.ts';
import { makeDay, recordInput } from '../support/graph-history.ts';
import { advisoryBatch, encodeJson, graphPorts } from '../support/graph-ports.ts';

/**
 * A13: an image has a complete SBOM without findings in its registry. The graph has another SBOM of
 * the same digest, and an advisory that came after the release.
 */
const CVE = 'CVE-2026-4444';
const PURL = 'pkg:npm/left@1.0.0';
const graph = freshGraph(graphPorts);
let keys: WorldKeys;
let world: DeskWorld;
let image: Descriptor;
beforeAll(async () => {
  keys = await worldKeys();
});
beforeEach(async () => {
  world = new DeskWorld(keys);
  world.graph = async (asked, members) => ({
    ...NO_GRAPH,
    exposures: await findExposures(graph.reader, asked, members),
  });
  image = await world.image();
});

const append = async (...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append(inputs, makeDay(9)));

function sbom(of: Digest, mediaType = 'application/json', purl = PURL): EvidenceInput {
  const body = encodeJson({ complete: true, components: [{ purl }], of });
  return { kind: 'sbom', mediaType, body, subject: of };
}
const posted = (of: Digest): EvidenceInput => sbom(of, markPosted('application/json', 'ci'));

function advisory(severity: 'critical' | 'high' = 'critical', modified = 1): EvidenceInput {
  const record = { id: CVE, modified, severity, affected: { 'npm/left': ['1.0.0'] } };
  return { kind: 'advisories', mediaType: 'x', body: advisoryBatch([record]), subject: null };
}

function verified(document: EvidenceInput, statements: ('image' | 'sbom' | 'vex')[]) {
  return recordInput('verification', {
    ...{ signature: sha256('s'), subject: sha256('m'), covers: [sha256(document.body)] },
    ...{ outcome: 'trusted', reasons: [], verifiedAt: makeDay(2), statements },
    signer: { format: 'notary-jws', identity: 'CN=release', thumbprint: null },
    trust: { revision: 1, digest: sha256('trust') },
  });
}

function release(index: Digest, member: Digest, mediaType?: string): EvidenceInput {
  const version = mediaType === undefined ? '2' : '1';
  const platforms = [{ platform: { os: 'linux', architecture: 'amd64' }, digest: member }];
  const reference = 'registry.example.com/shop/trips:1';
  const input = recordInput('release', {
    ...{ name: 'trips', version, releasedAt: makeDay(1), owner: 'shop', artifacts: [] },
    images: [{ reference, digest: index, platforms }],
    source: { host: 'https://git.example.com', repository: 'shop/trips', commit: 'c1' },
    build: { id: '1', builder: 'ci' },
  });
  return mediaType === undefined ? input : { ...input, mediaType };
}

function vex(of: Digest): EvidenceInput {
  const product = { '@id': `pkg:oci/trips@${of.replace(':', '%3A')}` };
  const statement = { vulnerability: { name: CVE }, products: [product], status: 'not_affected' };
  const body = encodeJson({
    '@context': 'https://openvex.dev/ns/v0.2.0',
    ...{ '@id': 'https://shop.example.com/vex', author: 'shop', version: 1 },
    timestamp: '2026-01-01T00:00:00Z',
    statements: [{ ...statement, justification: 'vulnerable_code_not_present' }],
  });
  return { kind: 'statement', mediaType: 'application/vnd.openvex+json', body, subject: of };
}

async function ask(of: Descriptor = image, repository = REPOSITORY) {
  const name = `${repository}@${of.digest}`;
  const { verdict } = await world.desk.decide(name, 'admission', inNamespace('shop'), NEVER);
  return {
    decision: verdict.decision,
    open: verdict.results.filter(({ outcome }) => outcome !== 'holds'),
  };
}
const decide = async (of?: Descriptor): Promise<string> => (await ask(of)).decision;

describe('truth A13: a gate refuses a digest that the graph lists as exposed', () => {
  it('whatever repository it is in, by the rule about critical findings', async () => {
    expect(await decide()).toBe('allow');
    await append(sbom(image.digest), advisory());
    world = Object.assign(world, { desk: world.fresh() });
    for (const repository of [REPOSITORY, 'registry.example.com/shop/copied']) {
      const { decision, open } = await ask(image, repository);
      expect([decision, open.map(({ rule }) => rule)]).toEqual([
        'deny',
        ['B23-no-critical-finding'],
      ]);
      expect(open[0]?.message).toContain(`${CVE} in left 1.0.0`);
    }
  });

  it('below the threshold of the policy, it is a finding and no refusal', async () => {
    await append(sbom(image.digest), advisory('high'));
    expect(await decide()).toBe('allow');
  });

  it('an exception of the policy excuses it until it expires', async () => {
    await append(sbom(image.digest), advisory());
    const until = (day: string) => {
      const text = buildDefaultPolicy({
        allowedRegistries: ['registry.example.com'],
        unknownLicense: 'accept',
      });
      const match = `{ finding: ${CVE} }`;
      const rest = `owner: shop, reason: not reachable, expires: "${day}"`;
      world.policy = orThrow(
        parsePolicy(
          `${text}\nexceptions:\n  - { rule: B23-no-critical-finding, match: ${match}, ${rest} }\n`,
        ),
      );
      world.trust = { ...world.trust, digest: sha256(day) };
    };
    until('2100-01-01');
    expect(await decide()).toBe('allow');
    until('2020-01-01');
    expect(await decide()).toBe('deny');
  });

  it('VEX of a trusted signer that the graph knows excuses it, another does not', async () => {
    const statement = vex(image.digest);
    await append(sbom(image.digest), advisory(), statement);
    expect(await decide()).toBe('deny');
    await append(verified(statement, ['image']));
    world.desk.forget(image.digest);
    expect(await decide()).toBe('deny');
    await append(verified(statement, ['vex']));
    world.desk.forget(image.digest);
    expect(await decide()).toBe('allow');
  });

  it('an inventory that somebody posted counts if its signer may state it', async () => {
    const claim = posted(image.digest);
    await append(claim, advisory());
    expect(await decide()).toBe('allow');
    await append(verified(claim, ['image']));
    world.desk.forget(image.digest);
    expect(await decide()).toBe('allow');
    await append(verified(claim, ['sbom']));
    world.desk.forget(image.digest);
    expect(await decide()).toBe('deny');
  });

  it('an inventory counts that was recorded here, also after somebody posted it', async () => {
    await append(posted(image.digest), advisory());
    expect(await decide()).toBe('allow');
    await append(sbom(image.digest));
    world.desk.forget(image.digest);
    expect(await decide()).toBe('deny');
    expect(
      (await append(posted(image.digest), sbom(image.digest))).map(({ fresh }) => fresh),
    ).toEqual([false, false]);
  });

  it('an index of which somebody only claims that it lists the image says nothing', async () => {
    const index = sha256('an exposed index');
    await append(sbom(index), advisory(), release(index, image.digest, markPosted('a/b', 'ci')));
    expect(await decide()).toBe('allow');
    await append(release(index, image.digest));
    world.desk.forget(image.digest);
    expect(await decide()).toBe('deny');
  });

  it('an exposed member refuses the index that lists it', async () => {
    const index = pushIndex(world.registry, [[image, { os: 'linux', architecture: 'amd64' }]]);
    await signImage(world.registry, index, keys.release);
    expect(await decide(index)).toBe('allow');
    await append(sbom(image.digest), advisory());
    world.desk.forget(index.digest);
    expect(await decide(index)).toBe('deny');
  });

  it('a graph that cannot be asked leaves it undetermined', async () => {
    const lost = new Failure('STORE_CORRUPT', 'the graph is damaged', 'Restore it.');
    const broken = { ask: async () => failed(lost) } as never;
    world.graph = async (asked, members) => ({
      ...NO_GRAPH,
      exposures: await findExposures(broken, asked, members),
    });
    const { decision, open } = await ask();
    expect([decision, open[0]?.message]).toEqual([
      'undetermined',
      expect.stringContaining('the graph is damaged'),
    ]);
  });

  it('what the gate finds itself is one finding with what the graph lists', async () => {
    const left = { purl: PURL as Purl, version: '1.0.0', source: null };
    const document = sbomDocument([debianComponent('left', left)]);
    await attach(world.registry, image, document, keys.release);
    world.advisories = worldIndex([
      {
        ...{ schema_version: '1.6.0', id: CVE, modified: '2026-01-02T00:00:00Z' },
        severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H' }],
        affected: [{ package: { ecosystem: 'npm', name: 'left' }, versions: ['1.0.0'] }],
      },
    ]);
    const alone = (await ask()).open[0]?.message;
    expect(alone).toContain(CVE);
    await append(sbom(image.digest), advisory());
    world.desk.forget(image.digest);
    expect((await ask()).open[0]?.message).toBe(alone);
  });
});
