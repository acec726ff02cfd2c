import { beforeEach, describe, expect, it } from 'vitest';
import { makeDigest, sbom as writeSbom } from '../../../test/support/edge-documents.ts';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay, recordInput } from '../../../test/support/graph-history.ts';
import { advisoryBatch, graphPorts as ports } from '../../../test/support/graph-ports.ts';
import { ASK } from '../../../test/support/question-options.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import { parseSelector, type QuestionOptions } from '../../capabilities/graph/index.ts';
import { sha256 } from '../../core/digest.ts';
import { toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';

const ANY = { cluster: null, region: null, namespace: null };

const graph = freshGraph(ports);

const append = async (...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append(inputs, makeDay(9)));

const sbom = (of: string, ...purls: readonly string[]): EvidenceInput =>
  writeSbom(makeDigest(of), purls);

function release(name: string, version = '1', owner = 'team-a'): EvidenceInput {
  const images = [
    {
      reference: `registry.example.com/shop/${name}:${version}`,
      digest: makeDigest(name),
      platforms: [],
    },
  ];
  const rest = { owner, source: null, build: null, artifacts: [] };
  return recordInput('release', { name, version, releasedAt: makeDay(1), images, ...rest });
}

function running(cluster: string, region: string, namespace: string, of: string): EvidenceInput {
  const images = [
    { container: 'main', reference: 'registry.example.com/shop', digest: makeDigest(of) },
  ];
  return recordInput('deployment', {
    ...{ cluster, region, observedAt: makeDay(2), leaseMs: 86_400_000 },
    workloads: [{ namespace, kind: 'Deployment', name: of, images }],
  });
}

const unknownName = (remedy: string) => ({
  ok: false,
  failure: { code: 'UNKNOWN_NAME', remedy: expect.stringContaining(remedy) },
});
const releasesWith = (component: string, more: Partial<QuestionOptions> = {}) =>
  graph.reader.ask({
    name: 'releases',
    component: orThrow(parseSelector(component)),
    ...ASK,
    ...more,
  });
const matched = async (component: string) => orThrow(await releasesWith(component)).matched;

describe('G9: an unknown name is an error with similar names, never an empty answer', () => {
  beforeEach(async () => {
    const body = advisoryBatch([
      { id: 'GHSA-1', aliases: ['CVE-2021-44228'], modified: 1, affected: {} },
    ]);
    await append(
      ...[release('trips'), release('trips', '2'), sbom('trips', 'pkg:npm/left-pad@1')],
      running('eu-1', 'eu-west', 'shop', 'trips'),
      { kind: 'advisories', mediaType: 'x', body, subject: null },
    );
  });

  it('for every kind of name', async () => {
    expect(await releasesWith('left-pda')).toMatchObject(unknownName('left-pad'));
    expect(
      await graph.reader.ask({ name: 'exposure', vulnerability: 'CVE-2021-44229', ...ASK }),
    ).toMatchObject(unknownName('CVE-2021-44228'));
    expect(await releasesWith('left-pad', { owner: 'taem-a' })).toMatchObject(
      unknownName('team-a'),
    );
    expect(await releasesWith('left-pad', { signedBy: 'CN=ci' })).toMatchObject(
      unknownName('signer'),
    );
    expect(
      await graph.reader.ask({
        name: 'where',
        subject: null,
        ...ASK,
        place: { ...ANY, cluster: 'eu-2' },
      }),
    ).toMatchObject(unknownName('eu-1'));
    expect(
      await graph.reader.ask({
        name: 'where',
        subject: null,
        ...ASK,
        place: { ...ANY, region: 'eu-wset' },
      }),
    ).toMatchObject(unknownName('eu-west'));
    expect(
      await graph.reader.ask({
        name: 'where',
        subject: null,
        ...ASK,
        place: { ...ANY, namespace: 'shpo' },
      }),
    ).toMatchObject(unknownName('shop'));
    expect(
      await graph.reader.ask({ name: 'where', subject: { called: 'tirps' }, ...ASK }),
    ).toMatchObject(unknownName('trips'));
    expect(
      await graph.reader.ask({ name: 'where', subject: { called: 'trips@3' }, ...ASK }),
    ).toMatchObject(unknownName('trips@2'));
    expect(
      await graph.reader.ask({
        name: 'where',
        subject: { called: 'registry.example.com/shop/trips:3' },
        ...ASK,
      }),
    ).toMatchObject(unknownName('registry.example.com/shop/trips:2'));
    expect(
      await graph.reader.ask({ name: 'verdicts', subject: sha256('nothing'), ...ASK }),
    ).toMatchObject({
      failure: { code: 'UNKNOWN_NAME' },
    });
  });

  it('a release, a version of it, its reference and its digest all mean its image', async () => {
    const meant = [
      { called: 'trips' },
      { called: 'trips@1' },
      { called: 'registry.example.com/shop/trips:1' },
    ];
    for (const subject of [...meant, makeDigest('trips')]) {
      const answer = orThrow(await graph.reader.ask({ name: 'where', subject, ...ASK }));
      expect(answer.deployments.map(({ cluster, image }) => [cluster, image])).toEqual([
        ['eu-1', makeDigest('trips')],
      ]);
    }
  });

  it('quotes, wildcards and control characters in a name have no special meaning', async () => {
    for (const name of [
      "'; drop table release; --",
      '%',
      '_',
      '%pad%',
      'left_',
      '\u0000',
      '\u001b[31m',
      '"',
    ]) {
      expect(await releasesWith(name), name).toMatchObject({ ok: false });
      expect(
        await graph.reader.ask({ name: 'where', subject: { called: name }, ...ASK }),
      ).toMatchObject({
        failure: { code: 'UNKNOWN_NAME' },
      });
      expect(await releasesWith('left-pad', { owner: name })).toMatchObject({
        failure: { code: 'UNKNOWN_NAME' },
      });
      expect(
        await graph.reader.ask({ name: 'exposure', vulnerability: name, ...ASK }),
      ).toMatchObject({
        failure: { code: 'UNKNOWN_NAME' },
      });
    }
    expect(orThrow(await releasesWith('left-pad')).releases).toHaveLength(2);
  });

  it('every question refuses an invalid page marker', async () => {
    for (const after of [
      'x',
      '',
      'e30',
      Buffer.from('[1,2]').toString('base64url'),
      'A'.repeat(100_000),
    ]) {
      const ask = { ...ASK, page: { rowsMax: 10, after } };
      for (const answer of [
        await graph.reader.ask({
          name: 'releases',
          component: orThrow(parseSelector('left-pad')),
          ...ask,
        }),
        await graph.reader.ask({
          name: 'where',
          subject: null,
          ...ask,
          place: { ...ANY, cluster: 'eu-1' },
        }),
        await graph.reader.ask({ name: 'violations', subject: null, ...ask }),
        await graph.reader.ask({ name: 'judged', gate: 'admission', ...ask }),
        await graph.reader.ask({ name: 'judged', gate: 'release', ...ask }),
        await graph.reader.ask({ name: 'provenance', subject: { called: 'trips' }, ...ask }),
        await graph.reader.ask({ name: 'verdicts', subject: { called: 'trips' }, ...ask }),
      ])
        expect(answer).toMatchObject({ ok: false, failure: { code: 'USAGE' } });
    }
  });
});

describe('a name finds the expected packages', () => {
  const CORE = 'pkg:maven/org.apache.logging.log4j/log4j-core';

  it('G3: log4j in any case, with any separator, by group and by purl', async () => {
    await append(
      release('trips'),
      sbom('trips', `${CORE}@2.12.3`, 'pkg:maven/log4j/log4j@1.2.17', 'pkg:npm/log4js@6'),
    );
    expect(await matched('log4j')).toEqual(['pkg:maven/log4j/log4j', CORE]);
    for (const one of [
      'log4j-core',
      'LOG4J_Core',
      'log4j.core',
      'org.apache.logging.log4j:log4j-core',
      CORE,
    ])
      expect(await matched(one), one).toEqual([CORE]);
    for (const one of ['org.apache.logging.log4j', `${CORE}@2.12.3`, 'log4j-core@2.12.3'])
      expect(await matched(one), one).toEqual([CORE]);
    expect(orThrow(await releasesWith(`${CORE}@2.12.4`)).releases).toEqual([]);
  });

  it('another name does not match: log4j2 and log4js are not log4j', async () => {
    await append(release('trips'), sbom('trips', 'pkg:npm/log4js@6'));
    expect(await releasesWith('log4j')).toMatchObject(unknownName('log4js'));
  });
});

describe('who owns a release', () => {
  const owned = (owner: string, from: number): EvidenceInput =>
    recordInput('ownership', { release: 'trips', owner, from: toInstant(from) });
  const ownerNow = async (more: Partial<QuestionOptions> = {}) =>
    orThrow(await releasesWith('left-pad', more)).releases.map(({ owner }) => owner);

  it('G3: an ownership does not count before its date', async () => {
    const later = Date.UTC(2999, 0, 1);
    await append(release('trips'), sbom('trips', 'pkg:npm/left-pad@1'), owned('team-b', later));
    expect(await ownerNow()).toEqual(['team-a']);
    expect(await ownerNow({ owner: 'team-a' })).toEqual(['team-a']);
    expect(await ownerNow({ owner: 'team-b' })).toEqual([]);
    expect(await ownerNow({ owner: 'team-b', asOf: toInstant(later) })).toEqual(['team-b']);
    await append(owned('team-c', makeDay(3)));
    expect(await ownerNow({ owner: 'team-c' })).toEqual(['team-c']);
  });
});
