import { beforeEach, describe, expect, it } from 'vitest';
import { makeDigest } from '../../../test/support/edge-documents.ts';
import { FEEDS } from '../../../test/support/feeds.ts';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay, recordInput } from '../../../test/support/graph-history.ts';
import { advisoryBatch, encodeJson, graphPorts } from '../../../test/support/graph-ports.ts';
import { ASK, SEEN } from '../../../test/support/question-options.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import type { Exposure, QuestionOptions } from '../../capabilities/graph/index.ts';
import { view } from '../../capabilities/graph/questions/exposure/view.ts';
import { sha256 } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';

const graph = freshGraph(graphPorts);
const CVE = 'CVE-2026-0001';
const PURL = 'pkg:npm/a@1';
const append = async (...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append(inputs, makeDay(5)));
const ask = async (more: Partial<QuestionOptions> = {}): Promise<Exposure> =>
  orThrow(await graph.reader.ask({ name: 'exposure', vulnerability: CVE, ...ASK, ...more }));
const exit = (answer: Exposure) => view.pickExitCode?.({ ...answer, ...SEEN });

const sbom = (of: string, ...purls: readonly string[]): EvidenceInput => ({
  ...{ kind: 'sbom', mediaType: 'application/json', subject: makeDigest(of) },
  body: encodeJson({ complete: true, components: purls.map((purl) => ({ purl })) }),
});

function release(of: string, ...members: readonly string[]): EvidenceInput {
  const platforms = members.map((member) => ({ digest: makeDigest(member), platform: null }));
  const image = {
    reference: `registry.example.com/shop/${of}:1`,
    digest: makeDigest(of),
    platforms,
  };
  return recordInput('release', {
    ...{ name: of, version: '1', releasedAt: makeDay(1), owner: 'team', source: null, build: null },
    ...{ images: [image], artifacts: [] },
  });
}

beforeEach(async () => {
  const known = { id: CVE, modified: 1, severity: 'critical', affected: { 'npm/a': ['1'] } };
  const body = advisoryBatch([known as never]);
  await append({ kind: 'advisories', mediaType: 'x', body, subject: null }, FEEDS);
});

describe('truth A1, O7: an exposed image that belongs to no release', () => {
  it('is listed, and the answer does not end as a clean one', async () => {
    await append(sbom('alone', PURL), sbom('sound', 'pkg:npm/a@2'));
    const answer = await ask();
    expect(answer).toMatchObject({
      ...{ releases: [], unknown: [], unreleasedMore: false },
      unreleased: [{ image: makeDigest('alone'), purl: PURL }],
    });
    expect(exit(answer)).toBe(1);
  });

  it('is not one that a release has, by itself or as a member of its index', async () => {
    await append(release('one'), sbom('one', PURL));
    await append(release('index', 'amd64'), sbom('amd64', PURL));
    const answer = await ask();
    expect([answer.releases.length, answer.unreleased]).toEqual([2, []]);
  });

  it('has no owner and no date, so it is in no answer about these', async () => {
    await append(release('one'), sbom('alone', PURL));
    expect((await ask({ owner: 'team' })).unreleased).toEqual([]);
    expect((await ask({ since: makeDay(1) })).unreleased).toEqual([]);
  });

  it('is excused by trusted VEX about it alone', async () => {
    await append(sbom('alone', PURL), sbom('other', PURL));
    const statement = {
      ...{
        vulnerability: { name: CVE },
        status: 'not_affected',
        products: [{ '@id': 'pkg:npm/a' }],
      },
      impact_statement: 'The code is not called.',
    };
    const said: EvidenceInput = {
      ...{ kind: 'statement', mediaType: 'application/json', subject: makeDigest('alone') },
      body: encodeJson({
        ...{ '@context': 'https://openvex.dev/ns/v0.2.0', statements: [statement] },
        timestamp: new Date(makeDay(3)).toISOString(),
      }),
    };
    await append(said);
    expect((await ask()).unreleased).toHaveLength(2);
    const signer = { format: 'notary-jws', identity: 'CN=security', thumbprint: null } as const;
    await append(
      recordInput('verification', {
        ...{ signature: sha256('signature'), subject: sha256('manifest') },
        ...{ covers: [sha256(said.body)], outcome: 'trusted', signer, reasons: [] },
        ...{ trust: { revision: 1, digest: sha256('trust') }, verifiedAt: makeDay(2) },
      }),
    );
    expect((await ask()).unreleased.map(({ image }) => image)).toEqual([makeDigest('other')]);
  });

  it('of which nobody knows is named, and the answer does not end as a clean one', async () => {
    const partial = (of: string): EvidenceInput => ({
      ...sbom(of),
      body: encodeJson({ complete: false, components: [{ purl: 'pkg:npm/a@2' }] }),
    });
    const generic = 'pkg:generic/openssl@3';
    await append(sbom('sound', 'pkg:npm/a@2'));
    const clean = await ask();
    expect(clean).toMatchObject({ unreleasedUnknown: [], unreleasedUnknownMore: false });
    expect(exit(clean)).toBe(0);
    await append(partial('alone'), sbom('mixed', 'pkg:npm/a@2', generic));
    const answer = await ask();
    expect(answer).toMatchObject({ releases: [], unreleased: [], unreleasedUnknownMore: false });
    expect(
      answer.unreleasedUnknown.map(({ image, reason, notCovered }) => [image, reason, notCovered]),
    ).toEqual([
      [makeDigest('mixed'), 'components-not-covered', [generic]],
      [makeDigest('alone'), 'inventory-partial', []],
    ]);
    expect([answer.unknown, exit(answer)]).toEqual([[], 3]);
    // That of a release is one of the release.
    await append(release('one'), partial('one'));
    expect((await ask()).unreleasedUnknown).toEqual(answer.unreleasedUnknown);
    // They have no owner and no date.
    expect((await ask({ owner: 'team' })).unreleasedUnknown).toEqual([]);
    expect((await ask({ since: makeDay(1) })).unreleasedUnknown).toEqual([]);
  });

  it('is counted on where there are too many to list', async () => {
    const many = Array.from({ length: LIMITS.unreleasedImagesMax + 1 }, (_, at) => `i${at}`);
    await append(...many.map((one) => sbom(one, PURL)));
    const answer = await ask();
    expect([answer.unreleased.length, answer.unreleasedMore, exit(answer)]).toEqual([100, true, 1]);
  });
});
