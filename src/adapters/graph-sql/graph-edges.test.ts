import { beforeEach, describe, expect, it } from 'vitest';
import {
  advisories,
  FLAW,
  index,
  LIB,
  makeDigest,
  release,
  running,
  sbom,
  signed,
} from '../../../test/support/edge-documents.ts';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay, recordInput } from '../../../test/support/graph-history.ts';
import {
  encodeJson,
  type TestAdvisory,
  graphPorts as testPorts,
} from '../../../test/support/graph-ports.ts';
import { ASK } from '../../../test/support/question-options.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import { parseSelector, type QuestionOptions } from '../../capabilities/graph/index.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';

const graph = freshGraph(testPorts);
let recorded: Instant;
beforeEach(() => {
  recorded = makeDay(50);
});

const append = async (...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append(inputs, recorded));
const exposure = async (name = 'CVE-2026-1', ask: Partial<QuestionOptions> = {}) =>
  orThrow(await graph.reader.ask({ name: 'exposure', vulnerability: name, ...ASK, ...ask }));

describe('an index, its members and what runs', () => {
  const [amd, arm] = [makeDigest('amd64'), makeDigest('arm64')];

  it('G4: a release of an index is exposed where an affected member runs', async () => {
    const { input, digest } = index(amd, arm);
    await append(
      input,
      release('shop', [digest]),
      sbom(amd, [LIB]),
      running('eu-1', makeDay(3), amd),
      advisories(FLAW),
    );
    const [found] = (await exposure()).releases;
    expect(found?.components).toMatchObject([{ purl: LIB, image: amd }]);
    expect(found?.deployments).toMatchObject([{ cluster: 'eu-1', image: amd, affected: [amd] }]);
  });

  it('an SBOM of an index exposes its members, and one of a member its index', async () => {
    const { input, digest } = index(amd, arm);
    await append(
      running('eu-1', makeDay(3), arm),
      advisories(FLAW),
      sbom(digest, [LIB]),
      release('shop', [digest]),
    );
    expect((await exposure()).releases).toMatchObject([{ name: 'shop', deployments: [] }]);
    await append(input);
    expect((await exposure()).releases[0]?.deployments).toMatchObject([
      { image: arm, affected: [digest] },
    ]);
    await append(sbom(amd, [LIB]), running('us-1', makeDay(3), digest));
    const byCluster = (await exposure()).releases[0]?.deployments.map(({ cluster, affected }) => [
      cluster,
      ...affected,
    ]);
    expect(byCluster).toEqual([
      ['eu-1', digest],
      ['us-1', ...[amd, digest].sort()],
    ]);
  });

  it('an unaffected member does not expose, even if another member is affected', async () => {
    const { input, digest } = index(amd, arm);
    await append(
      input,
      release('shop', [digest]),
      sbom(amd, [LIB]),
      sbom(arm, ['pkg:npm/other@1']),
      advisories(FLAW),
    );
    await append(running('eu-1', makeDay(3), arm));
    expect((await exposure()).releases).toMatchObject([{ name: 'shop', deployments: [] }]);
  });

  it('a release of several images is exposed only where the affected one runs', async () => {
    const [web, job] = [makeDigest('web'), makeDigest('job')];
    await append(
      release('shop', [web, job]),
      sbom(web, [LIB]),
      sbom(job, ['pkg:npm/other@1']),
      advisories(FLAW),
    );
    await append(running('eu-1', makeDay(3), job), running('us-1', makeDay(3), web));
    expect((await exposure()).releases[0]?.deployments.map(({ cluster }) => cluster)).toEqual([
      'us-1',
    ]);
  });

  it('the members of a nested index are images of the release in any order', async () => {
    const inner = index(amd);
    const outer = index(inner.digest, arm);
    await append(
      inner.input,
      outer.input,
      release('one', [outer.digest]),
      sbom(amd, [LIB]),
      advisories(FLAW),
    );
    expect((await exposure()).releases.map(({ name }) => name)).toEqual(['one']);
    const late = index(makeDigest('late'));
    const around = index(late.digest);
    await append(
      release('two', [around.digest]),
      around.input,
      sbom(makeDigest('late'), [LIB]),
      late.input,
    );
    expect((await exposure()).releases.map(({ name }) => name)).toEqual(['two', 'one']);
  });

  it('an index has the findings of its members, and is complete if they all are', async () => {
    const { input, digest } = index(amd, arm);
    await append(input, sbom(amd, [LIB]), advisories(FLAW));
    const found = async (image: Digest) =>
      orThrow(await graph.reader.ask({ name: 'findings', subject: image, ...ASK }));
    expect(await found(digest)).toMatchObject({ inventory: 'partial', findings: [{ purl: LIB }] });
    expect(await found(arm)).toMatchObject({ inventory: null });
    await append(sbom(arm, [], true));
    expect(await found(digest)).toMatchObject({ inventory: 'complete' });
  });

  it('an SBOM of an index adds findings to a member, but never completes it', async () => {
    const { input, digest } = index(amd);
    await append(input, sbom(digest, [LIB]), advisories(FLAW));
    expect(
      orThrow(await graph.reader.ask({ name: 'findings', subject: amd, ...ASK })),
    ).toMatchObject({
      inventory: 'partial',
      findings: [{ purl: LIB }],
    });
  });

  it('where, provenance and violations of a member also include its index', async () => {
    const { input, digest } = index(amd);
    const workload = {
      cluster: 'eu-1',
      region: null,
      namespace: 'shop',
      kind: 'Deployment',
      name: 'web-0',
    };
    const facts = {
      id: '1',
      at: makeDay(4),
      workload,
      image: digest,
      rule: 'r',
      severity: 'high' as const,
      detail: '',
    };
    await append(
      input,
      release('shop', [digest]),
      sbom(digest, [LIB]),
      running('eu-1', makeDay(3), digest),
    );
    await append(recordInput('violation', facts));
    expect(orThrow(await graph.reader.ask({ name: 'where', subject: amd, ...ASK }))).toMatchObject({
      releases: [{ name: 'shop' }],
      deployments: [{}],
    });
    const documents = orThrow(
      await graph.reader.ask({ name: 'provenance', subject: amd, ...ASK }),
    ).documents.map(({ kind, subject }) => [kind, subject]);
    expect(documents).toEqual([
      ['image', digest],
      ['sbom', digest],
    ]);
    expect(
      orThrow(await graph.reader.ask({ name: 'violations', subject: amd, ...ASK })).violations,
    ).toMatchObject([{ id: '1' }]);
  });
});

describe('several documents together', () => {
  it('shared images, two versions of one name and equal sets are all found', async () => {
    const [one, two] = [makeDigest('one'), makeDigest('two')];
    await append(sbom(one, [LIB]), sbom(two, [LIB]), advisories(FLAW));
    await append(
      release('shop', [one], '1'),
      release('shop', [two], '2', makeDay(2)),
      release('map', [one], '1', makeDay(3)),
    );
    const found = (await exposure()).releases.map(({ name, version }) => `${name} ${version}`);
    expect(found).toEqual(['map 1', 'shop 2', 'shop 1']);
    expect(orThrow(await graph.reader.ask({ name: 'status' })).rows['component_set']).toBe(1);
  });

  it('SBOMs of one image that disagree are united, also if one is partial', async () => {
    const image = makeDigest('one');
    await append(
      sbom(image, ['pkg:npm/other@1'], false),
      release('shop', [image]),
      advisories(FLAW),
    );
    expect(
      orThrow(await graph.reader.ask({ name: 'findings', subject: image, ...ASK })),
    ).toMatchObject({
      inventory: 'partial',
      findings: [],
    });
    await append(sbom(image, [LIB]));
    expect(
      orThrow(await graph.reader.ask({ name: 'findings', subject: image, ...ASK })),
    ).toMatchObject({
      inventory: 'complete',
      findings: [{}],
    });
    const selector = orThrow(parseSelector('other@1'));
    expect(
      orThrow(await graph.reader.ask({ name: 'releases', component: selector, ...ASK })).releases,
    ).toHaveLength(1);
  });

  it('a withdrawn advisory exposes nothing until it is published again', async () => {
    const image = makeDigest('one');
    await append(
      release('shop', [image]),
      advisories(FLAW),
      sbom(image, [LIB]),
      running('eu-1', makeDay(3), image),
    );
    recorded = makeDay(60);
    await append(advisories({ ...FLAW, modified: 2, withdrawn: 2 }));
    expect(await exposure()).toMatchObject({ advisories: [], releases: [] });
    expect((await exposure('CVE-2026-1', { knownAt: makeDay(55) })).releases).toHaveLength(1);
    recorded = makeDay(70);
    await append(advisories({ ...FLAW, modified: 3 }));
    expect((await exposure()).releases).toHaveLength(1);
    expect((await exposure('GHSA-1', { knownAt: makeDay(65) })).releases).toEqual([]);
  });

  it('an advisory for two CVEs exposes under each, and after withdrawal under none', async () => {
    const image = makeDigest('one');
    const covering: TestAdvisory = {
      id: 'DSA-1',
      modified: 1,
      upstream: ['CVE-2026-7', 'CVE-2026-8'],
      affected: { 'npm/lib': ['1'] },
    };
    await append(sbom(image, [LIB]), release('shop', [image]), advisories(covering));
    for (const name of ['CVE-2026-7', 'cve-2026-8', 'DSA-1'])
      expect((await exposure(name)).releases).toHaveLength(1);
    expect((await exposure('CVE-2026-7')).names).toEqual(['CVE-2026-7']);
    await append(advisories({ ...covering, modified: 2, withdrawn: 2 }));
    for (const name of ['CVE-2026-7', 'CVE-2026-8'])
      expect((await exposure(name)).releases).toEqual([]);
  });

  it('a group with two CVE ids is reported until its link ends, and exposes both', async () => {
    const both: TestAdvisory = { ...FLAW, id: 'GHSA-2', aliases: ['CVE-2026-1', 'CVE-2026-2'] };
    const image = makeDigest('one');
    await append(sbom(image, [LIB]), release('shop', [image]), advisories(FLAW, both));
    expect(orThrow(await graph.reader.ask({ name: 'status' })).problems).toMatchObject([
      { kind: 'alias-conflict' },
    ]);
    expect((await exposure('CVE-2026-2')).names).toContain('CVE-2026-1');
    await append(advisories({ ...both, modified: 2, withdrawn: 2 }));
    expect(orThrow(await graph.reader.ask({ name: 'status' })).problems).toEqual([]);
    expect((await exposure('CVE-2026-2')).releases).toEqual([]);
    expect((await exposure('CVE-2026-1')).releases).toHaveLength(1);
  });

  it('log4j 2.12.3 is not exposed, and a bare log4j names its packages', async () => {
    const core = (version: string) => `pkg:maven/org.apache.logging.log4j/log4j-core@${version}`;
    const affected = { 'maven/log4j-core': ['2.12.1', '2.14.1'] };
    await append(
      advisories({ id: 'GHSA-jfh8', modified: 1, aliases: ['CVE-2021-44228'], affected }),
    );
    for (const version of ['2.12.1', '2.12.3', '2.14.1', '2.17.1'])
      await append(
        sbom(makeDigest(version), [core(version)]),
        release('shop', [makeDigest(version)], version),
      );
    const found = (await exposure('CVE-2021-44228')).releases.map(({ version }) => version);
    expect(found.sort()).toEqual(['2.12.1', '2.14.1']);
    const answer = orThrow(
      await graph.reader.ask({
        name: 'releases',
        component: orThrow(parseSelector('log4j@2.12.3')),
        ...ASK,
      }),
    );
    expect(answer.matched).toEqual(['pkg:maven/org.apache.logging.log4j/log4j-core']);
    expect(answer.releases.map(({ version }) => version)).toEqual(['2.12.3']);
  });
});

describe('X9: every answer can be limited to what an identity verifiably signed', () => {
  it('releases, deployments, documents, builds, violations and verdicts', async () => {
    const image = makeDigest('one');
    const workload = {
      cluster: 'eu-1',
      region: null,
      namespace: 'shop',
      kind: 'Deployment',
      name: 'web-0',
    };
    const about = {
      subject: image,
      gate: 'admission' as const,
      workload: null,
      policy: sha256('p'),
      facts: null,
    };
    const documents = [
      release('shop', [image]),
      sbom(image, [LIB]),
      running('eu-1', makeDay(3), image),
      recordInput('violation', {
        ...{
          id: '1',
          at: makeDay(4),
          workload,
          image,
          rule: 'r',
          severity: 'high' as const,
          detail: '',
        },
      }),
      recordInput('decision', { ...about, decision: 'allow', decidedAt: makeDay(4), record: {} }),
      recordInput('build', {
        ...{
          id: '7',
          builder: 'ci',
          source: null,
          startedAt: null,
          finishedAt: null,
          products: [image],
        },
      }),
    ];
    await append(...documents);
    const counts = async (signedBy: string | null) => {
      const ask = { ...ASK, signedBy };
      const [place, origin] = [
        orThrow(await graph.reader.ask({ name: 'where', subject: image, ...ask })),
        orThrow(await graph.reader.ask({ name: 'provenance', subject: image, ...ask })),
      ];
      return [
        ...[
          place.releases.length,
          place.deployments.length,
          origin.releases.length,
          origin.builds.length,
        ],
        origin.documents.length,
        orThrow(await graph.reader.ask({ name: 'violations', subject: image, ...ask })).violations
          .length,
        orThrow(await graph.reader.ask({ name: 'verdicts', subject: image, ...ask })).verdicts
          .length,
        orThrow(await graph.reader.ask({ name: 'findings', subject: image, ...ask })).inventory ===
        null
          ? 0
          : 1,
      ];
    };
    expect(await counts(null)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    const elsewhere: EvidenceInput = {
      kind: 'scan',
      mediaType: 'x',
      body: encodeJson('elsewhere'),
      subject: null,
    };
    await append(signed(elsewhere, 'CN=ci'), signed(elsewhere, 'CN=other'));
    expect(await counts('CN=ci')).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    await append(...documents.map((document) => signed(document, 'CN=ci')));
    expect(await counts('CN=ci')).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    expect(await counts('CN=other')).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });
});
