import { beforeEach, describe, expect, it } from 'vitest';
import { makeDigest } from '../../../test/support/edge-documents.ts';
import { FEEDS } from '../../../test/support/feeds.ts';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay, recordInput } from '../../../test/support/graph-history.ts';
import { advisoryBatch, encodeJson, graphPorts } from '../../../test/support/graph-ports.ts';
import { ASK } from '../../../test/support/question-options.ts';
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
const shown = ({ undigested }: Exposure) =>
  undigested.map(({ cluster, workload, reference }) => [cluster, workload.name, reference]);
const exit = (answer: Exposure) => view.pickExitCode?.(answer);

/** Containers by name; those in `open` have no digest. */
const running = (cluster: string, at: number, known: string[], open: string[]): EvidenceInput =>
  recordInput('deployment', {
    ...{ cluster, region: null, observedAt: makeDay(at), leaseMs: 86_400_000 },
    workloads: [...known, ...open].map((name) => ({
      ...{ namespace: 'shop', kind: 'Deployment', name },
      images: [
        {
          ...{ container: 'main', reference: `${name}:1` },
          digest: known.includes(name) ? makeDigest(name) : null,
        },
      ],
    })),
  });

beforeEach(async () => {
  const known = { id: CVE, modified: 1, severity: 'critical', affected: { 'npm/a': ['1'] } };
  const body = advisoryBatch([known as never]);
  await append({ kind: 'advisories', mediaType: 'x', body, subject: null }, FEEDS);
  await append({
    ...{ kind: 'sbom', mediaType: 'application/json', subject: makeDigest('sound') },
    body: encodeJson({ complete: true, components: [{ purl: 'pkg:npm/a@2' }] }),
  });
});

describe('truth A1, A13: a container that runs without a known digest', () => {
  it('is of unknown exposure, and is named with its place', async () => {
    await append(running('eu', 2, ['sound'], []));
    const clean = await ask();
    expect([shown(clean), exit(clean)]).toEqual([[], 0]);
    await append(running('eu', 3, ['sound'], ['blank']), running('us', 3, [], ['other']));
    const answer = await ask();
    expect(shown(answer)).toEqual([
      ['eu', 'blank', 'blank:1'],
      ['us', 'other', 'other:1'],
    ]);
    expect(answer.undigested[0]?.evidence).toMatchObject([{ kind: 'deployment', signers: [] }]);
    expect([answer.undigestedMore, exit(answer)]).toEqual([false, 3]);
  });

  it('is no longer one where it no longer runs, or where its lease ended', async () => {
    await append(running('eu', 2, [], ['blank']), running('eu', 4, ['sound'], []));
    expect(shown(await ask())).toEqual([]);
    expect(shown(await ask({ asOf: makeDay(2) })).length).toBe(1);
    expect(shown(await ask({ asOf: makeDay(3) })).length).toBe(0);
  });

  it('has no date, so it is in no answer about these', async () => {
    await append(running('eu', 2, [], ['blank']));
    expect(shown(await ask({ since: makeDay(1) }))).toEqual([]);
  });

  it('is counted on where there are too many to list', async () => {
    const many = Array.from({ length: LIMITS.unreleasedImagesMax + 1 }, (_, at) => `i${at}`);
    await append(running('eu', 2, [], many.slice(1)));
    const most = await ask();
    expect([most.undigested.length, most.undigestedMore]).toEqual([100, false]);
    await append(running('eu', 3, [], many));
    const answer = await ask();
    expect([answer.undigested.length, answer.undigestedMore, exit(answer)]).toEqual([100, true, 3]);
  });
});
