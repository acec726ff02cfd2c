import { describe, expect, it } from 'vitest';
import { LIB, makeDigest, release, sbom } from '../../../test/support/edge-documents.ts';
import { FEEDS } from '../../../test/support/feeds.ts';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay as day, recordInput } from '../../../test/support/graph-history.ts';
import { advisoryBatch, graphPorts } from '../../../test/support/graph-ports.ts';
import { ASK } from '../../../test/support/question-options.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import type { QuestionOptions } from '../../capabilities/graph/index.ts';
import { view as radius } from '../../capabilities/graph/questions/blast-radius/view.ts';
import { findQuestion } from '../../capabilities/graph/questions/index.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';

const graph = freshGraph(graphPorts);
const CVE = 'CVE-2026-0001';
const IMAGE = makeDigest('sound');
const DAY_MS = 86_400_000;
const append = async (...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append(inputs, day(5)));

const QUESTIONS = {
  where: {},
  missing: { scannedWithin: 365 * DAY_MS },
  exposure: { vulnerability: CVE },
  'blast-radius': { component: { kind: 'name', name: 'lib', versions: { kind: 'any' } } },
  'patch-plan': { vulnerability: CVE },
  timeline: { subject: IMAGE },
} as const;
type QuestionKey = keyof typeof QUESTIONS;
/** What these find is said first. */
const FOUND: Partial<Record<QuestionKey, number>> = { missing: 1, 'blast-radius': 1 };
const ASKED = Object.keys(QUESTIONS) as readonly QuestionKey[];

interface PlaceRemarks {
  readonly observed: boolean;
  readonly silent: readonly { readonly cluster: string; readonly until: number }[];
  readonly silentMore: boolean;
}

/** What the answer says of its places, its exit code, and its texts. */
async function tell(name: QuestionKey, more: Partial<QuestionOptions> & object = {}) {
  const asked = { name, ...QUESTIONS[name], ...ASK, ...more };
  const answer: object = orThrow(await graph.reader.ask(asked as never));
  const view = await findQuestion(name)?.loadView();
  if (view === undefined) throw new Error(name);
  const context = { text: () => 'x', moment: day(9) };
  const { observed, silent, silentMore } = answer as PlaceRemarks;
  const none = view.tables.filter((one) => one.listRows(answer).length === 0);
  return {
    ...{ observed, silent: silent.map(({ cluster }) => cluster), silentMore },
    exit: view.pickExitCode?.(answer) ?? 0,
    notes: (view.listNotes?.(answer, context) ?? []).join('\n'),
    none: none.map((one) => one.describeNone(answer)).join(''),
  };
}

const seen = (cluster: string, at: number, names = ['sound'], leaseMs = DAY_MS): EvidenceInput =>
  recordInput('deployment', {
    ...{ cluster, region: null, observedAt: day(at), leaseMs },
    workloads: names.map((name) => ({
      ...{ namespace: 'shop', kind: 'Deployment', name },
      images: [{ container: 'main', reference: `${name}:1`, digest: makeDigest(name) }],
    })),
  });

async function begin(): Promise<void> {
  const flaw = { id: CVE, modified: 1, severity: 'critical', affected: { 'npm/a': ['1'] } };
  const body = advisoryBatch([flaw as never]);
  await append({ kind: 'advisories', mediaType: 'x', body, subject: null }, FEEDS);
  await append(release('trips', [IMAGE]), sbom(IMAGE, [LIB]));
}

describe('C22, G2: what runs is not known where nobody looked', () => {
  it.each(ASKED)('%s says that no cluster was observed, and is not clean', async (name) => {
    await begin();
    const open = await tell(name);
    expect([open.observed, open.silent]).toEqual([false, []]);
    expect(open.notes).toMatch(/^no cluster was observed, so it is not known what runs/m);
    expect(open.none).not.toMatch(/^not deployed|nothing that is known to run|nothing that runs/m);
    expect(open.exit).toBe(name === 'blast-radius' ? 1 : 3);
    await append(seen('eu', 2));
    const clean = await tell(name, { asOf: day(2) });
    expect([clean.observed, clean.silent, clean.silentMore]).toEqual([true, [], false]);
    expect(clean.notes).not.toContain('observed');
    expect(clean.exit).toBe(FOUND[name] ?? 0);
  });

  it.each(ASKED)('%s names a cluster whose observation has ended', async (name) => {
    await begin();
    await append(seen('eu', 2), seen('us', 2, ['sound'], 3 * DAY_MS));
    const told = async (at: number) => (await tell(name, { asOf: toInstant(at) })).silent;
    expect(await told(day(3) - 1)).toEqual([]);
    expect(await told(day(3))).toEqual(['eu']);
    expect(await told(day(5))).toEqual(['eu', 'us']);
    const silent = await tell(name, { asOf: day(3) });
    expect(silent.notes).toContain('not known what runs: eu since 2026-01-04T00:00:00Z');
    expect(silent.exit).toBe(FOUND[name] ?? 3);
    // A moment before the first observation is one of which nobody said anything.
    expect((await tell(name, { asOf: day(1) })).observed).toBe(false);
  });

  it('a question without a moment is about now: an old observation has ended', async () => {
    await append(release('trips', [IMAGE]), seen('eu', 2));
    expect((await tell('where')).silent).toEqual(['eu']);
    expect((await tell('where', { knownAt: day(5) })).silent).toEqual(['eu']);
    await append(seen('eu', 4, ['sound'], 7 * DAY_MS));
    expect((await tell('where')).silent).toEqual(['eu']);
    expect((await tell('where', { asOf: day(10) })).silent).toEqual([]);
  });

  it('is about the place that is asked about', async () => {
    await append(release('trips', [IMAGE]), seen('eu', 2), seen('us', 4));
    const place = { cluster: null, region: null, namespace: null };
    const at = async (cluster: string) =>
      tell('where', { asOf: day(4), place: { ...place, cluster } } as object);
    expect(await at('eu')).toMatchObject({ silent: ['eu'], exit: 3 });
    expect(await at('us')).toMatchObject({ silent: [], exit: 0 });
  });

  it('a cluster that was seen empty has ended, and is not silent', async () => {
    await append(release('trips', [IMAGE]), seen('eu', 2), seen('us', 4), seen('eu', 3, []));
    expect((await tell('where', { asOf: day(4) })).silent).toEqual([]);
  });

  it('there are more of them than are listed', async () => {
    const many = Array.from({ length: LIMITS.unreleasedImagesMax + 1 }, (_, at) => `c${at}`);
    await append(...many.slice(1).map((cluster) => seen(cluster, 2)));
    expect((await tell('where')).silentMore).toBe(false);
    await append(seen('c0', 2));
    const told = await tell('where');
    expect([told.silent.length, told.silentMore]).toEqual([LIMITS.unreleasedImagesMax, true]);
  });

  it('a radius that is empty is not clean where nobody observed', () => {
    const known = { matched: ['a'], matchedMore: false, releases: [], unreleased: [] };
    const all = { unreleasedMore: false, unknown: [], unknownMore: false, next: null };
    const open = { undigested: [], undigestedMore: false, silent: [], silentMore: false };
    const exit = (observed: boolean) =>
      radius.pickExitCode?.({ ...known, ...all, ...open, observed });
    expect([exit(true), exit(false)]).toEqual([0, 3]);
  });

  it('what a policy is tried on says so too, and nothing of it before anything runs', async () => {
    const judged = async (gate: 'admission' | 'release') =>
      orThrow(await graph.reader.ask({ name: 'judged', gate, ...ASK }));
    expect((await judged('admission')).observed).toBe(false);
    await append(seen('eu', 2));
    expect(await judged('admission')).toMatchObject({
      observed: true,
      silent: [{ cluster: 'eu' }],
    });
    expect(await judged('release')).toMatchObject({ observed: null, silent: [] });
  });

  it('the estate says so too', async () => {
    const estate = async () => orThrow(await graph.reader.ask({ name: 'estate', ...ASK }));
    await append(release('trips', [IMAGE]));
    expect((await estate()).observed).toBe(false);
    await append(seen('eu', 2));
    expect(await estate()).toMatchObject({ observed: true, silent: [{ cluster: 'eu' }] });
  });
});
