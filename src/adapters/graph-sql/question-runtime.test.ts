import { beforeEach, describe, expect, it } from 'vitest';
import { makeDigest, violation } from '../../../test/support/edge-documents.ts';
import { FEEDS } from '../../../test/support/feeds.ts';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay, recordInput } from '../../../test/support/graph-history.ts';
import {
  advisoryBatch,
  encodeJson,
  graphPorts as ports,
} from '../../../test/support/graph-ports.ts';
import { ASK } from '../../../test/support/question-options.ts';
import { type EvidenceInput, parseRecord } from '../../capabilities/evidence/index.ts';
import {
  parseSelector,
  type QuestionOptions,
  type Violations,
} from '../../capabilities/graph/index.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { orThrow } from '../../core/result.ts';

const ANY = { cluster: null, region: null, namespace: null };

const graph = freshGraph(ports);

const append = async (...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append(inputs, makeDay(9)));
const makeSource = (name: string) => ({
  host: 'https://git.example.com',
  repository: `shop/${name}`,
  commit: `c0ffee${name}`,
});

function sbom(of: string, ...purls: readonly string[]): EvidenceInput {
  const components = purls.map((purl) => ({ purl, path: 'app/lib.jar', layer: sha256('layer') }));
  return {
    kind: 'sbom',
    mediaType: 'x',
    body: encodeJson({ complete: true, components, of }),
    subject: makeDigest(of),
  };
}

function release(name: string, owner = 'team-a'): EvidenceInput {
  const images = [
    { reference: `registry.example.com/shop/${name}:1`, digest: makeDigest(name), platforms: [] },
  ];
  const rest = {
    owner,
    source: makeSource(name),
    build: { id: '7', builder: 'ci' },
    artifacts: [],
  };
  return recordInput('release', { name, version: '1', releasedAt: makeDay(1), images, ...rest });
}

const commit = (name: string, author: string): EvidenceInput =>
  recordInput('commit', {
    ...{
      source: makeSource(name),
      author,
      committer: author,
      committedAt: makeDay(1),
      signed: true,
    },
    signer: { format: 'ssh', identity: author, thumbprint: null },
  });

/** The deployments of a cluster: `workload/container` -> image. */
function running(
  day: number,
  containers: Readonly<Record<string, string>>,
  cluster = 'eu-1',
): EvidenceInput {
  const workloads = new Map<string, { container: string; reference: string; digest: Digest }[]>();
  for (const [place, of] of Object.entries(containers)) {
    const [name = '', container = ''] = place.split('/');
    const image = {
      container,
      reference: `registry.example.com/shop/${of}:1`,
      digest: makeDigest(of),
    };
    workloads.set(name, [...(workloads.get(name) ?? []), image]);
  }
  return recordInput('deployment', {
    ...{ cluster, region: `${cluster}-region`, observedAt: makeDay(day), leaseMs: 2 * 86_400_000 },
    workloads: [...workloads].map(([name, images]) => ({
      namespace: 'shop',
      kind: 'Deployment',
      name,
      images,
    })),
  });
}

const signed = (
  document: EvidenceInput,
  identity: string,
  outcome: 'trusted' | 'untrusted' = 'trusted',
  statements?: ('sbom' | 'vex')[],
): EvidenceInput =>
  recordInput('verification', {
    ...{
      signature: sha256(`signature of ${identity}`),
      subject: sha256('manifest'),
      covers: [sha256(document.body)],
    },
    ...{ outcome, signer: { format: 'notary-jws', identity, thumbprint: null }, reasons: [] },
    ...{ trust: { revision: 1, digest: sha256('trust') }, verifiedAt: makeDay(2) },
    ...(statements === undefined ? {} : { statements }),
  });

const violations = async (of: string | null, more: Partial<QuestionOptions> = {}) =>
  orThrow(
    await graph.reader.ask({
      name: 'violations',
      subject: of === null ? null : { called: of },
      ...ASK,
      ...more,
    }),
  ).violations;

describe('O10, X6: a runtime violation is joined to workload, release, commit and author', () => {
  beforeEach(async () => {
    await append(release('trips'), commit('trips', 'ada@example.com'), release('poi', 'team-b'));
    await append(running(2, { 'trips/main': 'trips', 'trips/proxy': 'poi', 'poi/main': 'poi' }));
  });

  it('by the digest in the event', async () => {
    const event = violation('1', 2, { image: makeDigest('trips') });
    await append(event, signed(event, 'CN=sensor'));
    const [found] = await violations('trips');
    expect(found).toMatchObject({
      ...{
        joined: 'digest',
        images: [makeDigest('trips')],
        releases: [{ name: 'trips', version: '1', owner: 'team-a' }],
      },
      commits: [{ commit: 'c0ffeetrips', author: 'ada@example.com', signed: true }],
      evidence: [{ document: sha256(event.body), kind: 'violation', signers: ['CN=sensor'] }],
    });
  });

  it('by the image of its container at that moment, if the event has no digest', async () => {
    await append(
      violation('1', 2, { container: 'main' }),
      violation('2', 2, { container: 'proxy' }),
    );
    expect((await violations('trips')).map(({ id, joined }) => [id, joined])).toEqual([
      ['1', 'deployment'],
    ]);
    expect((await violations('poi')).map(({ id, joined }) => [id, joined])).toEqual([
      ['2', 'deployment'],
    ]);
  });

  it('no image is guessed if several are possible or none is known', async () => {
    await append(
      violation('1', 2),
      violation('2', 1, { container: 'main' }),
      violation('3', 2, { container: 'other' }),
    );
    // Day 8: the lease ended on day 4, and the cluster was not observed since.
    await append(violation('4', 8, { container: 'main' }));
    const found = new Map(
      (await violations(null)).map(({ id, joined, images }) => [id, [joined, images.length]]),
    );
    expect(Object.fromEntries(found)).toEqual({
      ...{ 1: ['ambiguous', 2], 2: ['unknown', 0], 3: ['unknown', 0], 4: ['unknown', 0] },
    });
    expect((await violations('trips')).map(({ id }) => id)).toEqual(['1']);
  });

  it('can be filtered by place, owner, moment, date and signer, and paged', async () => {
    const events = Array.from({ length: 7 }, (_, at) =>
      violation(`${at}`, 2 + at, { image: makeDigest('trips') }),
    );
    const elsewhere = {
      cluster: 'us-1',
      region: null,
      namespace: 'shop',
      kind: 'Deployment',
      name: 'poi',
    };
    await append(...events, violation('us', 2, { image: makeDigest('poi'), workload: elsewhere }));
    const there = orThrow(
      await graph.reader.ask({
        name: 'violations',
        subject: null,
        ...ASK,
        place: { ...ANY, cluster: 'us-1' },
      }),
    ).violations;
    expect(there.map(({ id }) => id)).toEqual(['us']);
    expect((await violations(null, { owner: 'team-b' })).map(({ id }) => id)).toEqual(['us']);
    expect((await violations('trips', { asOf: makeDay(3) })).map(({ id }) => id)).toEqual([
      '1',
      '0',
    ]);
    expect((await violations('trips', { since: makeDay(7) })).map(({ id }) => id)).toEqual([
      '6',
      '5',
    ]);
    expect(await violations('trips', { knownAt: makeDay(8) })).toEqual([]);
    const paged: string[] = [];
    for (let after: string | null = null, first = true; first || after !== null; first = false) {
      const page: Violations = orThrow(
        await graph.reader.ask({
          name: 'violations',
          subject: { called: 'trips' },
          ...ASK,
          page: { rowsMax: 2, after },
        }),
      );
      paged.push(...page.violations.map(({ id }) => id));
      after = page.next;
    }
    expect(paged).toEqual(['6', '5', '4', '3', '2', '1', '0']);
  });
});

describe('P12, G1: what runs in a cluster, region or namespace', () => {
  it('is listed with its releases, by owner and place, at a moment', async () => {
    await append(release('trips'), release('poi', 'team-b'), running(2, { 'trips/main': 'trips' }));
    await append(running(2, { 'poi/main': 'poi', 'stray/main': 'stray' }, 'us-1'), running(3, {}));
    const shown = async (place: object, more: Partial<QuestionOptions> = {}) =>
      orThrow(
        await graph.reader.ask({
          name: 'where',
          subject: null,
          ...ASK,
          ...more,
          place: { ...ANY, ...place },
        }),
      ).deployments.map(
        ({ workload, releases }) => `${workload.name}: ${releases.map(({ name }) => name)}`,
      );
    expect(await shown({ cluster: 'us-1' })).toEqual(['poi: poi', 'stray: ']);
    expect(await shown({ region: 'us-1-region', namespace: 'shop' })).toEqual([
      'poi: poi',
      'stray: ',
    ]);
    expect(await shown({ namespace: 'shop' }, { owner: 'team-b' })).toEqual(['poi: poi']);
    expect(await shown({ cluster: 'eu-1' })).toEqual([]);
    expect(await shown({ cluster: 'eu-1' }, { asOf: makeDay(2) })).toEqual(['trips: trips']);
    // Without a subject and a place it is everything that runs.
    expect(await shown({})).toEqual(['poi: poi', 'stray: ']);
  });
});

describe('G5, G7: provenance leads from the release to its author and to where it runs', () => {
  it('X1: commit, author, build, signed documents and intervals have evidence', async () => {
    const shipped = release('trips');
    const build = recordInput('build', {
      ...{ id: '7', builder: 'ci', source: makeSource('trips'), startedAt: null, finishedAt: null },
      products: [makeDigest('trips')],
    });
    await append(
      shipped,
      commit('trips', 'ada@example.com'),
      build,
      running(2, { 'trips/main': 'trips' }),
    );
    await append(
      signed(build, 'CN=ci'),
      signed(shipped, 'CN=ci', 'untrusted'),
      sbom('trips', 'pkg:npm/a@1'),
    );
    const answer = orThrow(
      await graph.reader.ask({ name: 'provenance', subject: { called: 'trips@1' }, ...ASK }),
    );
    expect(answer.commits).toMatchObject([
      { author: 'ada@example.com', signer: { identity: 'ada@example.com' } },
    ]);
    expect(answer.builds).toMatchObject([
      {
        id: '7',
        source: { commit: 'c0ffeetrips' },
        evidence: [{ document: sha256(build.body), signers: ['CN=ci'] }],
      },
    ]);
    expect(answer.releases).toMatchObject([
      { evidence: [{ document: sha256(shipped.body), signers: [] }] },
    ]);
    expect(answer.deployments).toMatchObject([
      { cluster: 'eu-1', from: makeDay(2), evidence: [{ kind: 'deployment' }] },
    ]);
    expect(answer.documents.map(({ kind }) => kind)).toContain('sbom');
    await append(running(3, {}));
    const then = orThrow(
      await graph.reader.ask({
        name: 'provenance',
        subject: { called: 'trips@1' },
        ...ASK,
        asOf: makeDay(2),
      }),
    );
    expect(then.deployments).toMatchObject([{ from: makeDay(2), until: makeDay(3), open: false }]);
    expect(
      orThrow(
        await graph.reader.ask({ name: 'provenance', subject: { called: 'trips@1' }, ...ASK }),
      ).deployments,
    ).toEqual([]);
  });
});

describe('G9: why a component is there', () => {
  it('names layer, file and SBOM, and says whether absence can be concluded', async () => {
    const document = sbom('trips', 'pkg:npm/a@1');
    await append(release('trips'), document, signed(document, 'CN=ci'), sbom('poi', 'pkg:npm/b@1'));
    const why = async (component: string, more: Partial<QuestionOptions> = {}) =>
      orThrow(
        await graph.reader.ask({
          name: 'why',
          subject: { called: 'trips' },
          component: orThrow(parseSelector(component)),
          ...ASK,
          ...more,
        }),
      );
    expect((await why('a')).components).toMatchObject([
      {
        ...{
          purl: 'pkg:npm/a@1',
          image: makeDigest('trips'),
          layer: sha256('layer'),
          path: 'app/lib.jar',
        },
        ...{
          evidence: [{ document: sha256(document.body), signers: ['CN=ci'] }],
          chains: [{ chain: { kind: 'unknown' } }],
        },
      },
    ]);
    expect(await why('b')).toMatchObject({ components: [], inventory: 'complete' });
    expect((await why('a', { signedBy: 'CN=ci' })).components).toHaveLength(1);
    expect(await why('a', { knownAt: makeDay(8) })).toMatchObject({
      components: [],
      inventory: null,
    });
  });
});

describe('O7, D21: an exposure respects trusted VEX and reports what is unknown', () => {
  const advisory = advisoryBatch([
    { id: 'CVE-2026-0001', modified: 1, severity: 'critical', affected: { 'npm/a': ['1'] } },
  ]);
  const vex = (
    of: string,
    status: string,
    day: number,
    products: readonly unknown[],
  ): EvidenceInput => ({
    ...{ kind: 'statement', mediaType: 'application/json', subject: makeDigest(of) },
    body: encodeJson({
      ...{
        '@context': 'https://openvex.dev/ns/v0.2.0',
        timestamp: new Date(makeDay(day)).toISOString(),
      },
      statements: [
        {
          ...{ vulnerability: { name: 'CVE-2026-0001' }, status, products },
          impact_statement: 'The code is not called.',
        },
      ],
    }),
  });
  const part = [{ '@id': 'pkg:npm/a' }];
  const exposed = async (more: Partial<QuestionOptions> = {}) =>
    orThrow(
      await graph.reader.ask({ name: 'exposure', vulnerability: 'CVE-2026-0001', ...ASK, ...more }),
    );

  beforeEach(async () => {
    await append(
      release('trips'),
      sbom('trips', 'pkg:npm/a@1'),
      running(2, { 'trips/main': 'trips' }),
    );
    await append({ kind: 'advisories', mediaType: 'x', body: advisory, subject: null });
  });

  it('the last trusted statement excludes a release, from its date on', async () => {
    const said = vex('trips', 'not_affected', 3, part);
    await append(said);
    expect((await exposed()).releases).toHaveLength(1);
    await append(signed(said, 'CN=nobody', 'untrusted'));
    expect((await exposed()).releases).toHaveLength(1);
    await append(signed(said, 'CN=security'));
    expect(await exposed()).toMatchObject({
      releases: [],
      excused: [
        {
          release: { name: 'trips' },
          purl: 'pkg:npm/a@1',
          evidence: [{ signers: ['CN=security'] }],
        },
      ],
    });
    expect((await exposed({ asOf: makeDay(2) })).releases).toHaveLength(1);
    const again = vex('trips', 'affected', 4, part);
    await append(again, signed(again, 'CN=security'));
    expect((await exposed()).releases).toHaveLength(1);
  });

  it('a statement about another subject excludes nothing', async () => {
    const others = [
      vex('trips', 'not_affected', 3, [{ '@id': 'pkg:npm/a@2' }]),
      vex('trips', 'not_affected', 3, [{ '@id': 'pkg:npm/b' }]),
      vex('trips', 'not_affected', 3, [
        { '@id': 'x', hashes: { 'sha-256': makeDigest('poi').slice(7) } },
      ]),
      vex('trips', 'under_investigation', 3, part),
      vex('trips', 'not_affected', 3, []),
      vex('poi', 'not_affected', 3, part),
    ];
    await append(...others, ...others.map((one) => signed(one, 'CN=security')));
    expect((await exposed()).releases).toHaveLength(1);
    const own = vex('trips', 'not_affected', 4, [
      { '@id': 'x', hashes: { 'sha-256': makeDigest('trips').slice(7) } },
    ]);
    await append(own, signed(own, 'CN=security'));
    expect((await exposed()).releases).toEqual([]);
  });

  it('truth A12: a signer who may not state VEX excludes nothing', async () => {
    const said = vex('trips', 'not_affected', 3, part);
    await append(said, signed(said, 'CN=ci', 'trusted', ['sbom']));
    expect((await exposed()).releases).toHaveLength(1);
    await append(signed(said, 'CN=ci', 'trusted', ['sbom', 'vex']));
    expect((await exposed()).releases).toEqual([]);
  });

  it('truth A12: what excludes one platform leaves the index and the others exposed', async () => {
    const [index, amd, arm] = ['index', 'amd64', 'arm64'].map(makeDigest);
    const platforms = [amd, arm].map((digest) => ({ digest, platform: null }));
    const images = [{ reference: 'registry.example.com/shop/poi:1', digest: index, platforms }];
    const more = { owner: null, source: null, build: null, artifacts: [] };
    const poi = { name: 'poi', version: '1', releasedAt: makeDay(1), images, ...more };
    await append(
      recordInput('release', poi as never),
      sbom('index', 'pkg:npm/a@1'),
      running(2, { 'poi/main': 'arm64' }, 'us-1'),
    );
    const about = (digest: string | undefined) => [
      { '@id': `pkg:oci/poi@${digest?.replace(':', '%3A')}` },
    ];
    const names = async () => (await exposed()).releases.map(({ name }) => name);
    expect(await names()).toEqual(['poi', 'trips']);
    for (const place of ['amd64', 'index']) {
      const said = vex(place, 'not_affected', 3, about(amd));
      await append(said, signed(said, 'CN=security'));
      expect(await names(), place).toEqual(['poi', 'trips']);
    }
    const whole = vex('index', 'not_affected', 4, about(index));
    await append(whole, signed(whole, 'CN=security'));
    expect(await names()).toEqual(['trips']);
  });

  it('each row names SBOM and advisories; no inventory is unknown, not clean', async () => {
    await append(release('dark'), FEEDS);
    const answer = await exposed();
    expect(answer.releases[0]?.components[0]?.evidence.map(({ kind }) => kind).sort()).toEqual([
      'advisories',
      'sbom',
    ]);
    expect(answer.unknown).toMatchObject([{ name: 'dark', reason: 'inventory-missing' }]);
    expect(
      orThrow(
        parseRecord(
          'release',
          orThrow(await graph.reader.body(answer.unknown[0]?.document as Digest)),
        ),
      ).name,
    ).toBe('dark');
  });
});
