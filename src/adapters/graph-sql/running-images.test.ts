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
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';

const graph = freshGraph(graphPorts);
const CVE = 'CVE-2026-0001';
const append = async (...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append(inputs, makeDay(5)));
const ask = async (more: Partial<QuestionOptions> = {}): Promise<Exposure> =>
  orThrow(await graph.reader.ask({ name: 'exposure', vulnerability: CVE, ...ASK, ...more }));
const shown = ({ unreleasedUnknown }: Exposure) =>
  unreleasedUnknown.map(({ image, reason, deployments }) => [
    ...[image, reason],
    deployments.map(({ cluster, workload }) => `${cluster} ${workload.name}`),
  ]);
const exit = (answer: Exposure) => view.pickExitCode?.({ ...answer, ...SEEN });

const sbom = (of: string, ...purls: readonly string[]): EvidenceInput => ({
  ...{ kind: 'sbom', mediaType: 'application/json', subject: makeDigest(of) },
  body: encodeJson({ complete: true, components: purls.map((purl) => ({ purl })) }),
});

function release(of: string, ...members: readonly string[]): EvidenceInput {
  const platforms = members.map((member) => ({ digest: makeDigest(member), platform: null }));
  const reference = `registry.example.com/shop/${of}:1`;
  return recordInput('release', {
    ...{ name: of, version: '1', releasedAt: makeDay(1), owner: 'team', source: null, build: null },
    ...{ images: [{ reference, digest: makeDigest(of), platforms }], artifacts: [] },
  });
}

/** Each image runs in a workload that is named like it. */
function running(at: number, ...images: readonly string[]): EvidenceInput {
  return recordInput('deployment', {
    ...{ cluster: 'eu', region: null, observedAt: makeDay(at), leaseMs: 60_000 },
    workloads: images.map((name) => ({
      ...{ namespace: 'shop', kind: 'Deployment', name },
      images: [{ container: 'main', reference: `${name}:1`, digest: makeDigest(name) }],
    })),
  });
}

beforeEach(async () => {
  const known = { id: CVE, modified: 1, severity: 'critical', affected: { 'npm/a': ['1'] } };
  const body = advisoryBatch([known as never]);
  await append({ kind: 'advisories', mediaType: 'x', body, subject: null }, FEEDS);
});

describe('truth A1: a running image that nobody knows', () => {
  it('is of unknown exposure, and is named with the place where it runs', async () => {
    await append(running(2, 'sound'), sbom('sound', 'pkg:npm/a@2'));
    const clean = await ask();
    expect([shown(clean), exit(clean)]).toEqual([[], 0]);
    await append(running(3, 'sound', 'blank'));
    const answer = await ask();
    expect(shown(answer)).toEqual([[makeDigest('blank'), 'inventory-missing', ['eu blank']]]);
    expect([answer.unreleasedUnknownMore, exit(answer)]).toEqual([false, 3]);
    // Behind what runs without an inventory come those whose inventory does not tell.
    await append(running(4, 'blank', 'mixed'), sbom('mixed', 'pkg:generic/openssl@3'));
    expect(shown(await ask()).map(([, reason]) => reason)).toEqual([
      'inventory-missing',
      'components-not-covered',
    ]);
  });

  it('is judged by its release, its inventory or that of its index or members', async () => {
    await append(release('one'), release('list', 'amd64'), running(2, 'one', 'amd64'));
    const { unknown, unreleasedUnknown } = await ask();
    expect([unknown.length, unreleasedUnknown]).toEqual([2, []]);
  });

  it('is no longer one where it no longer runs, and one as of then', async () => {
    await append(running(2, 'blank'), running(3));
    expect(shown(await ask())).toEqual([]);
    expect(shown(await ask({ asOf: makeDay(2) })).length).toBe(1);
    expect(shown(await ask({ asOf: makeDay(4) }))).toEqual([]);
  });

  it('has no owner and no date, so it is in no answer about these', async () => {
    await append(running(2, 'blank'), release('one'));
    expect(shown(await ask({ owner: 'team' }))).toEqual([]);
    expect(shown(await ask({ since: makeDay(1) }))).toEqual([]);
  });

  it('is counted on where there are too many to list', async () => {
    const many = Array.from({ length: LIMITS.unreleasedImagesMax + 1 }, (_, at) => `i${at}`);
    await append(running(2, ...many));
    const answer = await ask();
    expect([answer.unreleasedUnknown.length, answer.unreleasedUnknownMore]).toEqual([100, true]);
  });
});

it('O7: an exposed image without a release is named with the place where it runs', async () => {
  await append(running(2, 'alone'), sbom('alone', 'pkg:npm/a@1'));
  const { unreleased } = await ask();
  expect(unreleased.map(({ image, deployments }) => [image, deployments.length])).toEqual([
    [makeDigest('alone'), 1],
  ]);
});
