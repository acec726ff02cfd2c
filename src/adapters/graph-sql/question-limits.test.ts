import { describe, expect, it } from 'vitest';
import { makeDigest, sbom as writeSbom } from '../../../test/support/edge-documents.ts';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay, recordInput } from '../../../test/support/graph-history.ts';
import {
  advisoryBatch,
  encodeJson,
  graphPorts as ports,
} from '../../../test/support/graph-ports.ts';
import { ASK as ANY } from '../../../test/support/question-options.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import {
  type GraphPorts,
  parseSelector,
  type QuestionOptions,
  readFact,
} from '../../capabilities/graph/index.ts';
import { sha256 } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import { ok, orThrow } from '../../core/result.ts';

/**
 * Each limit of a question and of a document, on both sides: an answer within the limit is
 * complete, and an answer over the limit says so.
 */
const ASK: QuestionOptions = { ...ANY, page: { rowsMax: 1_000, after: null } };

const graph = freshGraph(ports);

const append = async (...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append(inputs, makeDay(9)));
const many = (count: number, purlOf: (number: number) => string) =>
  Array.from({ length: count }, (_, at) => purlOf(at));

const sbom = (of: string, purls: readonly string[]): EvidenceInput =>
  writeSbom(makeDigest(of), purls);

function release(name: string): EvidenceInput {
  const images = [
    { reference: `registry.example.com/${name}`, digest: makeDigest(name), platforms: [] },
  ];
  const rest = { owner: null, source: null, build: null, artifacts: [] };
  return recordInput('release', { name, version: '1', releasedAt: makeDay(1), images, ...rest });
}

const releasesWith = (component: string) =>
  graph.reader.ask({ name: 'releases', component: orThrow(parseSelector(component)), ...ASK });
const refused = { ok: false, failure: { code: 'LIMIT_EXCEEDED' } };

describe('a question', () => {
  it(`means at most ${LIMITS.questionPackagesMax} packages and says if it means more`, async () => {
    await append(
      sbom(
        'shop',
        many(LIMITS.questionPackagesMax, (at) => `pkg:npm/part-${at}@1`),
      ),
    );
    expect(orThrow(await releasesWith('part'))).toMatchObject({ matchedMore: false });
    await append(sbom('shop', ['pkg:npm/part-more@1']));
    const answer = orThrow(await releasesWith('part'));
    expect([answer.matched.length, answer.matchedMore]).toEqual([LIMITS.questionPackagesMax, true]);
  });

  it(`is about at most ${LIMITS.questionVersionsMax} versions and is refused beyond`, async () => {
    const purls = many(LIMITS.questionVersionsMax, (at) => `pkg:npm/lib@${at}`);
    const versions = [...purls.keys(), purls.length].map(String);
    const body = advisoryBatch([{ id: 'GHSA-1', modified: 1, affected: { 'npm/lib': versions } }]);
    await append(sbom('shop', purls), { kind: 'advisories', mediaType: 'x', body, subject: null });
    expect([
      (await releasesWith('lib')).ok,
      (await graph.reader.ask({ name: 'exposure', vulnerability: 'GHSA-1', ...ASK })).ok,
    ]).toEqual([true, true]);
    await append(sbom('map', [`pkg:npm/lib@${purls.length}`]));
    expect(await releasesWith('lib')).toMatchObject(refused);
    expect(
      await graph.reader.ask({ name: 'exposure', vulnerability: 'GHSA-1', ...ASK }),
    ).toMatchObject(refused);
  });

  it(`names at most ${LIMITS.notComparedMax} versions that could not be compared`, async () => {
    await append(
      sbom(
        'shop',
        many(LIMITS.notComparedMax - 1, (at) => `pkg:npm/lib@${at}`),
      ),
    );
    expect(orThrow(await releasesWith('lib@>1')).notCompared).toHaveLength(
      LIMITS.notComparedMax - 1,
    );
    await append(
      sbom(
        'shop',
        many(LIMITS.notComparedMax + 1, (at) => `pkg:npm/lib@${at}`),
      ),
    );
    expect(orThrow(await releasesWith('lib@>1')).notCompared).toHaveLength(LIMITS.notComparedMax);
  });

  it(`shows ${LIMITS.releaseComponentsMax} components of each release`, async () => {
    await append(
      sbom(
        'full',
        many(LIMITS.releaseComponentsMax, (at) => `pkg:npm/lib-${at}@1`),
      ),
      release('full'),
    );
    await append(
      sbom(
        'over',
        many(LIMITS.releaseComponentsMax * 9, (at) => `pkg:npm/lib-${at}@1`),
      ),
      release('over'),
    );
    await append(sbom('few', ['pkg:npm/lib-0@1']), release('few'));
    const shown = orThrow(await releasesWith('lib')).releases.map(
      ({ name, components, componentsMore }) => ({
        [name]: `${components.length} ${componentsMore}`,
      }),
    );
    const most = LIMITS.releaseComponentsMax;
    expect(Object.assign({}, ...shown)).toEqual({
      full: `${most} false`,
      over: `${most} true`,
      few: '1 false',
    });
  });

  it(`shows ${LIMITS.exposureDeploymentsMax} deployments, and says if there are more`, async () => {
    const running = (count: number, day: number) =>
      recordInput('deployment', {
        ...{ cluster: 'eu', region: null, observedAt: makeDay(day), leaseMs: 60_000 },
        workloads: many(count, String).map((name) => ({
          ...{ namespace: 'shop', kind: 'Pod', name },
          images: [
            {
              container: 'main',
              reference: 'registry.example.com/shop',
              digest: makeDigest('shop'),
            },
          ],
        })),
      });
    const body = advisoryBatch([{ id: 'GHSA-1', modified: 1, affected: { 'npm/lib': ['1'] } }]);
    await append(release('shop'), sbom('shop', ['pkg:npm/lib@1']), {
      ...{ kind: 'advisories', mediaType: 'x', body, subject: null },
    });
    const shown = async () => {
      const [found] = orThrow(
        await graph.reader.ask({ name: 'exposure', vulnerability: 'GHSA-1', ...ASK }),
      ).releases;
      return [found?.deployments.length, found?.deploymentsMore];
    };
    await append(running(LIMITS.exposureDeploymentsMax, 2));
    expect(await shown()).toEqual([LIMITS.exposureDeploymentsMax, false]);
    await append(running(LIMITS.exposureDeploymentsMax + 1, 3));
    expect(await shown()).toEqual([LIMITS.exposureDeploymentsMax, true]);
  });

  it(`finds at most ${LIMITS.relatedImagesMax} indexes and is refused beyond`, async () => {
    const { connected } = graph.writer;
    const member = makeDigest('member');
    const insert = (from: number, to: number) =>
      connected.takeTurn((turn) =>
        turn.transaction(async () => {
          const ids = many(to - from, (at) => String(from + at)).map(Number);
          await connected.insertRows(
            'image',
            ['shard', 'id', 'digest'],
            ids.map((id) => [1, 1_000_000 + id, `sha256:${id}`]),
          );
          const edges = ids.map((id) => [1, 1_000_000 + id, 1_000_000 + id, own, '', 0]);
          await connected.insertRows(
            'image_member',
            ['shard', 'id', 'image_index', 'member', 'platform', 'known_from'],
            edges,
          );
        }),
      );
    await append(sbom('member', ['pkg:npm/lib@1']));
    const own = (await connected.findIds('image', 'digest', 1, [member])).get(member) ?? 0;
    await insert(0, LIMITS.relatedImagesMax - 1);
    expect((await graph.reader.ask({ name: 'where', subject: member, ...ASK })).ok).toBe(true);
    await insert(LIMITS.relatedImagesMax - 1, LIMITS.relatedImagesMax);
    expect(await graph.reader.ask({ name: 'where', subject: member, ...ASK })).toMatchObject(
      refused,
    );
  });
});

describe('a document of evidence', () => {
  it('has at most documentBytesMax bytes; a larger one does not change the log', async () => {
    const statement = (size: number): EvidenceInput => ({
      kind: 'statement',
      mediaType: 'x',
      body: new Uint8Array(size),
      subject: null,
    });
    expect(readFact(statement(LIMITS.documentBytesMax), ports)).toEqual({
      ok: true,
      value: { kind: 'document' },
    });
    expect(
      await graph.writer.append([statement(LIMITS.documentBytesMax + 1)], makeDay(9)),
    ).toMatchObject({
      ok: false,
      failure: { code: 'EVIDENCE_REJECTED' },
    });
    expect(orThrow(await graph.reader.head()).size).toBe(0);
  });

  it('has at most componentsMax components; a larger one is kept as unreadable', () => {
    const [one] = orThrow(
      ports.reader.read(encodeJson({ complete: true, components: [{ purl: 'pkg:npm/lib@1' }] })),
    ).components;
    const withMany = (length: number): GraphPorts => {
      const components = Array.from({ length }, () => one).flatMap((component) => component ?? []);
      return {
        ...ports,
        reader: { read: () => ok({ format: 'test', outcome: 'complete', components }) },
      };
    };
    const input: EvidenceInput = {
      kind: 'sbom',
      mediaType: 'x',
      body: encodeJson({}),
      subject: null,
    };
    expect(orThrow(readFact(input, withMany(LIMITS.componentsMax))).kind).toBe('set');
    const over = orThrow(readFact(input, withMany(LIMITS.componentsMax + 1)));
    expect(over).toMatchObject({
      kind: 'unreadable',
      detail: expect.stringMatching(/^LIMIT_EXCEEDED/),
    });
  });

  it('has at most indexManifestsMax members; a larger index is reported', async () => {
    const index = (count: number): EvidenceInput => {
      const manifests = many(count, String).map((name) => ({
        mediaType: 'x/y',
        digest: makeDigest(name),
        size: 1,
      }));
      const body = encodeJson({ schemaVersion: 2, manifests });
      return { kind: 'image', mediaType: 'x', body, subject: sha256(body) };
    };
    expect(orThrow(readFact(index(LIMITS.indexManifestsMax), ports)).kind).toBe('image');
    await append(index(LIMITS.indexManifestsMax + 1));
    expect(orThrow(await graph.reader.ask({ name: 'status' })).problems).toMatchObject([
      { kind: 'unreadable' },
    ]);
  });
});
