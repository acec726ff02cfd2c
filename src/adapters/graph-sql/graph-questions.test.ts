import { describe, expect, it } from 'vitest';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay as day, recordInput } from '../../../test/support/graph-history.ts';
import {
  advisoryBatch,
  encodeJson,
  type TestInventory,
  graphPorts as testPorts,
} from '../../../test/support/graph-ports.ts';
import { ASK as ask } from '../../../test/support/question-options.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import { parseSelector, type QuestionOptions } from '../../capabilities/graph/index.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';

const image = (name: string): Digest => sha256(`image ${name}`);

const graph = freshGraph(testPorts);

function release(name: string, version: string, at: Instant, owner = 'team-a'): EvidenceInput {
  const source = { host: 'https://git.example.com', repository: `shop/${name}`, commit: 'c0ffee' };
  const images = [
    {
      reference: `registry.example.com/shop/${name}:${version}`,
      digest: image(`${name}@${version}`),
      platforms: [],
    },
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
  return recordInput('release', fields);
}

function sbom(of: string, ...purls: readonly string[]): EvidenceInput {
  const body: TestInventory = {
    complete: true,
    components: purls.map((purl) => ({ purl, path: 'app/lib' })),
  };
  return {
    kind: 'sbom',
    mediaType: 'application/json',
    body: encodeJson({ ...body, for: of }),
    subject: image(of),
  };
}

function advisories(...batch: Parameters<typeof advisoryBatch>[0]): EvidenceInput {
  return {
    kind: 'advisories',
    mediaType: 'application/x-ndjson',
    body: advisoryBatch(batch),
    subject: null,
  };
}

function running(at: Instant, ...workloads: readonly (readonly [string, string])[]): EvidenceInput {
  return recordInput('deployment', {
    cluster: 'prod-1',
    region: 'eu-west',
    observedAt: at,
    leaseMs: 86_400_000,
    workloads: workloads.map(([name, of]) => ({
      namespace: 'shop',
      kind: 'Deployment',
      name,
      images: [
        { container: 'main', reference: `registry.example.com/shop/${name}`, digest: image(of) },
      ],
    })),
  });
}

const append = async (...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append(inputs, day(100)));
async function exported(): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of graph.reader.export()) lines.push(line);
  return lines;
}

const LOG4SHELL = {
  id: 'GHSA-jfh8-c2jp-5v3q',
  modified: 1,
  aliases: ['CVE-2021-44228'],
  summary: 'Remote code\ninjection',
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
    const answer = orThrow(
      await graph.reader.ask({
        name: 'releases',
        component: selector,
        ...ask,
        since: day(5),
        owner: 'team-a',
      }),
    );
    expect(answer.matched).toEqual(['pkg:maven/org.apache.logging.log4j/log4j-core']);
    expect(answer.releases.map(({ name, version }) => `${name} ${version}`)).toEqual(['trips 1.1']);
    expect(answer.releases[0]?.components[0]).toMatchObject({
      purl: core('2.12.3'),
      path: 'app/lib',
    });
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
    await append(
      advisories(LOG4SHELL),
      running(day(4), ['trips', 'trips@1.0'], ['poi', 'poi@1.0']),
    );
    const answer = orThrow(
      await graph.reader.ask({ name: 'exposure', vulnerability: 'CVE-2021-44228', ...ask }),
    );
    expect(answer).toMatchObject({
      names: ['CVE-2021-44228', LOG4SHELL.id],
      title: 'Remote code injection',
      link: 'https://osv.dev/vulnerability/CVE-2021-44228',
      severity: 'critical',
    });
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

  it('a version that cannot be compared is named, never taken as out of range', async () => {
    await append(
      release('trips', '1.0', day(1)),
      sbom('trips@1.0', 'pkg:npm/part@1', 'pkg:npm/part@3'),
    );
    const asked = async (text: string) =>
      orThrow(
        await graph.reader.ask({
          name: 'releases',
          component: orThrow(parseSelector(text)),
          ...ask,
        }),
      );
    expect((await asked('part@<2')).releases[0]?.components.map(({ purl }) => purl)).toEqual([
      'pkg:npm/part@1',
    ]);
    expect(await asked('part@>2')).toMatchObject({
      releases: [],
      notCompared: ['pkg:npm/part@1', 'pkg:npm/part@3'],
    });
  });

  it('answers the same whether the advisory or the inventory came first', async () => {
    await append(advisories(LOG4SHELL));
    await append(sbom('poi@1.0', core('2.14.1')), release('poi', '1.0', day(2)));
    expect(
      orThrow(await graph.reader.ask({ name: 'exposure', vulnerability: LOG4SHELL.id, ...ask }))
        .releases,
    ).toHaveLength(1);
    expect(
      orThrow(await graph.reader.ask({ name: 'findings', subject: image('poi@1.0'), ...ask }))
        .findings,
    ).toMatchObject([
      {
        severity: 'critical',
        title: 'Remote code injection',
        link: 'https://osv.dev/vulnerability/CVE-2021-44228',
        purl: core('2.14.1'),
      },
    ]);
  });

  it('an unknown name is an error with similar names, never an empty answer', async () => {
    await append(sbom('poi@1.0', core('2.14.1')), advisories(LOG4SHELL));
    const component = await graph.reader.ask({
      name: 'releases',
      component: orThrow(parseSelector('log4j-cre')),
      ...ask,
    });
    expect(component).toMatchObject({
      ok: false,
      failure: { code: 'UNKNOWN_NAME', remedy: 'Did you mean log4j-core?' },
    });
    const vulnerability = await graph.reader.ask({
      name: 'exposure',
      vulnerability: 'CVE-2021-44229',
      ...ask,
    });
    expect(vulnerability).toMatchObject({
      ok: false,
      failure: { code: 'UNKNOWN_NAME', remedy: 'Did you mean CVE-2021-44228?' },
    });
  });
});

describe('the signer and the time of a statement', () => {
  const verified = (
    document: EvidenceInput,
    identity: string,
    outcome: 'trusted' | 'untrusted',
    revision = 1,
  ) =>
    recordInput('verification', {
      signature: sha256(`signature of ${identity}`),
      subject: sha256('the manifest that carries it'),
      covers: [sha256(document.body)],
      outcome,
      signer: { format: 'notary-jws', identity, thumbprint: null },
      reasons: outcome === 'trusted' ? [] : ['not named by the trust document'],
      trust: { revision, digest: sha256(`trust ${revision}`) },
      verifiedAt: day(revision),
    });
  const names = async (narrowed: Partial<QuestionOptions>) => {
    const selector = orThrow(parseSelector('log4j-core'));
    return orThrow(
      await graph.reader.ask({ name: 'releases', component: selector, ...ask, ...narrowed }),
    ).releases.map(({ name }) => name);
  };

  it('X9: an answer can be limited to what an identity verifiably signed', async () => {
    const [trips, poi] = [sbom('trips@1', core('2.14.1')), sbom('poi@1', core('2.14.1'))];
    await append(release('trips', '1', day(1)), release('poi', '1', day(2)), trips, poi);
    await append(
      verified(trips, 'CN=release', 'trusted'),
      verified(poi, 'CN=release', 'untrusted'),
    );
    expect(await names({})).toEqual(['poi', 'trips']);
    expect(await names({ signedBy: 'CN=release' })).toEqual(['trips']);
    await expect(names({ signedBy: 'CN=releas' })).rejects.toMatchObject({
      code: 'UNKNOWN_NAME',
      remedy: 'Did you mean CN=release?',
    });
    const inventory = async (of: string) =>
      orThrow(
        await graph.reader.ask({
          name: 'findings',
          subject: image(of),
          ...ask,
          signedBy: 'CN=release',
        }),
      ).inventory;
    expect([await inventory('trips@1'), await inventory('poi@1')]).toEqual(['complete', null]);
  });

  it('a changed trust document appends a result that counts only from then on', async () => {
    const trips = sbom('trips@1', core('2.14.1'));
    orThrow(
      await graph.writer.append(
        [release('trips', '1', day(1)), trips, verified(trips, 'CN=release', 'trusted')],
        day(10),
      ),
    );
    orThrow(await graph.writer.append([verified(trips, 'CN=release', 'untrusted', 2)], day(20)));
    expect(await names({ signedBy: 'CN=release' })).toEqual([]);
    expect(await names({ signedBy: 'CN=release', knownAt: day(15) })).toEqual(['trips']);
    expect(await names({ signedBy: 'CN=release', knownAt: day(5) })).toEqual([]);
    const documents = orThrow(
      await graph.reader.ask({ name: 'provenance', subject: image('trips@1'), ...ask }),
    ).documents;
    expect(documents[0]?.verifications).toMatchObject([
      { outcome: 'untrusted', trustRevision: 2, reason: 'not named by the trust document' },
    ]);
  });

  it('the owner is the one at the moment asked about, else the one in the record', async () => {
    await append(release('trips', '1', day(1), 'team-a'), sbom('trips@1', core('2.14.1')));
    expect(await names({ owner: 'team-a' })).toEqual(['trips']);
    await append(recordInput('ownership', { release: 'trips', owner: 'team-b', from: day(5) }));
    expect(await names({ owner: 'team-a' })).toEqual([]);
    expect(await names({ owner: 'team-b' })).toEqual(['trips']);
    expect(await names({ owner: 'team-a', asOf: day(4) })).toEqual(['trips']);
  });

  it('X7: an advisory counts from its import, for any moment asked about', async () => {
    orThrow(
      await graph.writer.append(
        [release('poi', '1', day(1)), sbom('poi@1', core('2.14.1'))],
        day(2),
      ),
    );
    orThrow(
      await graph.writer.append([running(day(3), ['poi', 'poi@1']), running(day(4))], day(5)),
    );
    orThrow(await graph.writer.append([advisories(LOG4SHELL)], day(9)));
    const deployedCounts = async (narrowed: Partial<QuestionOptions>) => {
      const answer = await graph.reader.ask({
        name: 'exposure',
        vulnerability: 'CVE-2021-44228',
        ...ask,
        ...narrowed,
      });
      return orThrow(answer).releases.map(({ deployments }) => deployments.length);
    };
    expect(await deployedCounts({})).toEqual([0]);
    expect(await deployedCounts({ asOf: day(3) })).toEqual([1]);
    expect(await deployedCounts({ asOf: day(3), knownAt: day(8) })).toEqual([]);
    expect(await deployedCounts({ asOf: day(0) })).toEqual([]);
  });

  it('a silent cluster ends with its last lease, at any time of the question', async () => {
    await append(running(day(3), ['poi', 'poi@1']));
    const at = async (asOf: Instant | null) =>
      orThrow(await graph.reader.ask({ name: 'where', subject: image('poi@1'), ...ask, asOf }))
        .deployments;
    expect(await at(null)).toMatchObject([
      { from: day(3), until: day(4), open: true, region: 'eu-west' },
    ]);
    expect(await at(toInstant(day(4) - 1))).toHaveLength(1);
    expect(await at(day(4))).toHaveLength(0);
    expect(await at(toInstant(day(3) - 1))).toHaveLength(0);
  });
});

describe('what happened to an image', () => {
  const decided = (decision: 'allow' | 'deny', at: Instant) =>
    recordInput('decision', {
      subject: image('poi@1'),
      gate: 'admission',
      decision,
      workload: null,
      policy: sha256('policy'),
      facts: null,
      decidedAt: at,
      record: { decision, at },
    });

  it('a changed verdict is kept, and a repeated one is counted', async () => {
    await append(
      decided('allow', day(1)),
      decided('allow', day(2)),
      decided('deny', day(3)),
      decided('allow', day(4)),
    );
    const { verdicts } = orThrow(
      await graph.reader.ask({ name: 'verdicts', subject: image('poi@1'), ...ask }),
    );
    expect(
      verdicts.map(({ decision, repeats, firstAt, lastAt }) => [
        decision,
        repeats,
        firstAt,
        lastAt,
      ]),
    ).toEqual([
      ['allow', 0, day(4), day(4)],
      ['deny', 0, day(3), day(3)],
      ['allow', 1, day(1), day(2)],
    ]);
  });

  it('O10: a runtime violation is found by image, with cluster and workload', async () => {
    const workload = {
      cluster: 'prod-1',
      region: null,
      namespace: 'shop',
      kind: 'Deployment',
      name: 'poi',
    };
    const facts = {
      id: '1',
      at: day(1),
      workload,
      image: image('poi@1'),
      rule: 'escalation',
      severity: 'high' as const,
      detail: 'setuid',
    };
    await append(recordInput('violation', facts));
    const { violations } = orThrow(
      await graph.reader.ask({ name: 'violations', subject: image('poi@1'), ...ask }),
    );
    expect(violations).toMatchObject([
      { cluster: 'prod-1', workload: { name: 'poi' }, rule: 'escalation' },
    ]);
  });

  it('G2, G5, G7, B12, B26: an image comes from a build of a commit', async () => {
    await append(release('poi', '1', day(1)), sbom('poi@1', core('2.14.1')));
    const { releases, documents } = orThrow(
      await graph.reader.ask({ name: 'provenance', subject: image('poi@1'), ...ask }),
    );
    const source = { host: 'https://git.example.com', repository: 'shop/poi', commit: 'c0ffee' };
    expect(releases).toMatchObject([{ source, build: { id: '7', builder: 'ci' } }]);
    expect(documents).toMatchObject([{ kind: 'sbom', verifications: [] }]);
  });

  it('findings of an image without an inventory are not "none"', async () => {
    await append(release('poi', '1', day(1)));
    expect(
      orThrow(await graph.reader.ask({ name: 'findings', subject: image('poi@1'), ...ask })),
    ).toMatchObject({ image: image('poi@1'), inventory: null, findings: [], next: null });
    expect(
      await graph.reader.ask({ name: 'findings', subject: image('never seen'), ...ask }),
    ).toMatchObject({
      ok: false,
      failure: { code: 'UNKNOWN_NAME' },
    });
  });

  it('an advisory that covers a CVE exposes under it, but is not its alias', async () => {
    await append(release('poi', '1', day(1)), sbom('poi@1', core('2.14.1')));
    await append(
      advisories({
        id: 'DSA-1',
        modified: 1,
        upstream: ['CVE-2021-44228'],
        affected: { 'maven/log4j-core': ['2.14.1'] },
      }),
    );
    const answer = orThrow(
      await graph.reader.ask({ name: 'exposure', vulnerability: 'CVE-2021-44228', ...ask }),
    );
    expect(answer).toMatchObject({
      names: ['CVE-2021-44228'],
      advisories: ['DSA-1'],
      releases: [{ name: 'poi' }],
    });
  });
});

describe('a rebuild', () => {
  it('X13: gives the same graph as the live one', async () => {
    await append(
      release('trips', '1.0', day(1)),
      sbom('trips@1.0', core('2.12.3')),
      running(day(4), ['trips', 'trips@1.0']),
    );
    await append(advisories(LOG4SHELL), sbom('poi@1.0', core('2.14.1')), running(day(5)));
    const live = await exported();
    expect(live.length).toBeGreaterThan(10);
    expect(orThrow(await graph.writer.rebuild())).toEqual({ documents: 6 });
    expect(await exported()).toEqual(live);
    expect(orThrow(await graph.writer.verify()).size).toBe(6);
  });
});
