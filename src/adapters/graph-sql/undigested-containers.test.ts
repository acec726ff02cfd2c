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
import { view as trialView } from '../../capabilities/graph/questions/what-if/view.ts';
import { view as whereView } from '../../capabilities/graph/questions/where/view.ts';
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
const exit = (answer: Exposure) => view.pickExitCode?.({ ...answer, ...SEEN });

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

const OPEN = { container: 'main', reference: 'p:1', digest: null };

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

  it('may run whatever is asked about, in the place that is asked about', async () => {
    const where = async (more: object = {}) =>
      orThrow(
        await graph.reader.ask({ name: 'where', subject: makeDigest('sound'), ...ASK, ...more }),
      );
    await append(running('eu', 2, ['sound'], []));
    const whole = { ...(await where()), ...SEEN };
    expect([whole.undigested, whereView.pickExitCode?.(whole)]).toEqual([[], 0]);
    await append(running('eu', 3, ['sound'], ['blank']), running('us', 3, ['sound'], ['other']));
    const names = async (place: object, subject: string | null = makeDigest('sound')) => {
      const all = { cluster: null, region: null, namespace: null };
      const answer = { ...(await where({ subject, place: { ...all, ...place } })), ...SEEN };
      expect(whereView.pickExitCode?.(answer)).toBe(answer.undigested.length === 0 ? 0 : 3);
      return answer.undigested.map(({ workload }) => workload.name);
    };
    expect(await names({})).toEqual(['blank', 'other']);
    expect(await names({ cluster: 'us' })).toEqual(['other']);
    expect(await names({ cluster: 'us' }, null)).toEqual(['other']);
    expect(await names({ namespace: 'shop' }, null)).toEqual(['blank', 'other']);
    await append(running('eu', 4, ['sound'], ['blank']));
    const elsewhere = recordInput('deployment', {
      ...{ cluster: 'us', region: null, observedAt: makeDay(4), leaseMs: 86_400_000 },
      workloads: [{ namespace: 'pay', kind: 'Pod', name: 'p', images: [OPEN] }],
    });
    await append(elsewhere);
    expect(await names({ namespace: 'shop' }, null)).toEqual(['blank']);
  });

  it('cannot be examined by a policy that is tried on what runs', async () => {
    await append(running('eu', 2, ['sound'], ['blank']));
    const judged = async (gate: 'admission' | 'release') =>
      orThrow(await graph.reader.ask({ name: 'judged', gate, ...ASK }));
    const { undigested, undigestedMore } = await judged('admission');
    expect(undigested.map(({ reference }) => reference)).toEqual(['blank:1']);
    expect((await judged('release')).undigested).toEqual([]);
    const count = { allow: 0, deny: 0, undetermined: 0 };
    const lists = { newlyDenied: [], newlyAllowed: [], newlyUndetermined: [], unchanged: count };
    const about = { gate: 'admission', comparedWith: 'policy-in-force' } as const;
    const seen = { observed: true, silent: [], silentMore: false };
    const trial = { ...lists, ...about, ...seen, examined: 1, more: false };
    expect(trialView.pickExitCode?.({ ...trial, undigested, undigestedMore })).toBe(3);
    expect(trialView.pickExitCode?.({ ...trial, undigested: [], undigestedMore: true })).toBe(3);
    expect(trialView.pickExitCode?.({ ...trial, undigested: [], undigestedMore: false })).toBe(0);
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
