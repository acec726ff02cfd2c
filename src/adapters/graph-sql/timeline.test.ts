import { describe, expect, it } from 'vitest';
import {
  advisories,
  FLAW,
  LIB,
  makeDigest,
  running,
  sbom,
  violation,
} from '../../../test/support/edge-documents.ts';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay as day, recordInput } from '../../../test/support/graph-history.ts';
import { graphPorts } from '../../../test/support/graph-ports.ts';
import { ASK, SEEN } from '../../../test/support/question-options.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import type { QuestionOptions, Timeline } from '../../capabilities/graph/index.ts';
import { view } from '../../capabilities/graph/questions/timeline/view.ts';
import { sha256 } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';

const graph = freshGraph(graphPorts);
const image = makeDigest('trips');
const source = { host: 'https://git.example.com', repository: 'shop/trips', commit: 'c0ffee' };
const trust = { revision: 1, digest: sha256('trust') };
const signer = { format: 'x509', identity: 'CN=ci', thumbprint: null };

const RELEASE = recordInput('release', {
  ...{ name: 'trips', version: '1', releasedAt: day(2), owner: 'team-a', source },
  ...{ build: { id: '7', builder: 'ci' }, artifacts: [] },
  images: [{ reference: 'registry.example.com/trips:1', digest: image, platforms: [] }],
});

const append = async (at: number, ...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append(inputs, day(at)));
const ask = async (more: Partial<QuestionOptions> = {}): Promise<Timeline> =>
  orThrow(
    await graph.reader.ask({ name: 'timeline', subject: { called: 'trips' }, ...ASK, ...more }),
  );
const list = ({ events }: Timeline) => events.map(({ event }) => event);

async function writeHistory(): Promise<void> {
  await append(
    3,
    recordInput('commit', {
      ...{ source, author: 'ada', committer: 'ada', committedAt: day(0), signed: false },
      signer: null,
    }),
    recordInput('build', {
      ...{ id: '7', builder: 'ci', source, startedAt: null, finishedAt: day(1) },
      products: [image],
    }),
    RELEASE,
    sbom(image, [LIB]),
    recordInput('verification', {
      ...{ subject: image, covers: [], signature: sha256('s'), trust, signer, reasons: [] },
      ...{ outcome: 'trusted', verifiedAt: day(2) },
    }),
    recordInput('decision', {
      ...{ subject: image, gate: 'admission', decision: 'allow', workload: null, record: {} },
      ...{ policy: sha256('policy'), facts: null, decidedAt: day(4) },
    }),
    recordInput('ownership', { release: 'trips', owner: 'team-b', from: day(5) }),
  );
  await append(6, running('eu', day(5), image));
  await append(7, advisories(FLAW));
  await append(8, violation('1', 8, { image }), running('eu', day(6)));
  await append(10, advisories({ ...FLAW, modified: 2, withdrawn: 2 }));
}

describe('the timeline of a release', () => {
  it('has every event from commit to pod in order, with what states it', async () => {
    await writeHistory();
    const answer = await ask();
    expect(answer.events.map(({ event, at }) => [event, at])).toEqual([
      ['committed', day(0)],
      ['built', day(1)],
      ['verified', day(2)],
      ['released', day(2)],
      ['recorded', day(3)],
      ['decided', day(4)],
      ['owned', day(5)],
      ['started', day(5)],
      ['ended', day(6)],
      ['affected', day(7)],
      ['violated', day(8)],
      ['cleared', day(10)],
    ]);
    expect(answer.events.every(({ evidence }) => evidence.length > 0)).toBe(true);
    expect(answer.events.find(({ event }) => event === 'started')?.what).toBe(
      'eu shop/Deployment/web-0/main',
    );
    expect(answer).toMatchObject({ more: false, next: null });
    expect(view.pickExitCode?.({ ...answer, ...SEEN })).toBe(0);
  });

  it('G7: has what was known and what had happened at the moments of the question', async () => {
    await writeHistory();
    expect(list(await ask({ since: day(5), asOf: day(8) }))).toEqual([
      ...['owned', 'started', 'ended', 'affected', 'violated'],
    ]);
    expect(list(await ask({ knownAt: day(7) }))).not.toContain('cleared');
    expect(list(await ask({ knownAt: day(7) }))).toContain('affected');
    expect(list(await ask({ knownAt: day(7) }))).not.toContain('ended');
  });

  it('goes on from page to page, each event once', async () => {
    await writeHistory();
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const answer: Timeline = await ask({ page: { rowsMax: 5, after } });
      seen.push(...list(answer));
      after = answer.next;
    } while (after !== null);
    expect(seen).toEqual(list(await ask()));
  });

  it('says that it left out events, instead of ending quietly', async () => {
    const versions = Array.from({ length: 101 }, (_, at) => `${at}`);
    const flaws = versions.map((at) => ({
      ...{ id: `FLAW-${at}`, modified: 1, affected: { 'npm/lib': versions } },
    }));
    const inventory = sbom(
      image,
      versions.map((at) => `pkg:npm/lib@${at}`),
    );
    expect(versions.length * flaws.length).toBeGreaterThan(LIMITS.timelineEventsMax);
    await append(1, RELEASE, inventory, advisories(...flaws));
    const answer = await ask();
    expect(answer.more).toBe(true);
    expect(view.pickExitCode?.({ ...answer, ...SEEN })).toBe(3);
  });
});
