import { dateOldest, listStanding } from '../../capabilities/advisories/index.ts';
import type { EvidenceInput, Receipt } from '../../capabilities/evidence/index.ts';
import type {
  Estate,
  EstateImage,
  GraphQuestions,
  RecordedAudit,
} from '../../capabilities/graph/index.ts';
import {
  type ArtifactSource,
  type KnownContent,
  withKnownContent,
  withPatience,
} from '../../capabilities/registry/index.ts';
import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { mapInParallel } from '../../core/map-in-parallel.ts';
import type { ReadingBudget } from '../../core/reading-budget.ts';
import { fail, ok, orThrow, type Result } from '../../core/result.ts';
import {
  type AuditedImage,
  type AuditPorts,
  auditImage,
  buildAuditEvidence,
  buildAuditFacts,
} from '../../gates/audit/index.ts';
import {
  type DeskPorts,
  type DocumentsInForce,
  examineImage,
  refuseByName,
} from '../../gates/desk/index.ts';
import {
  buildAdvisoriesFact,
  findExposures,
  findSourceFacts,
  toReleaseFact,
} from '../../gates/facts/index.ts';

/** What an audit works with; the same for a command and for a server. */
export interface AuditContext {
  readonly questions: GraphQuestions;
  readonly source: ArtifactSource;
  /** Answers that need not be requested from a registry again. */
  readonly known: KnownContent;
  readonly inForce: DocumentsInForce;
  /** Null: nothing is recorded. */
  readonly append:
    | ((inputs: readonly EvidenceInput[], at: Instant) => Promise<Result<readonly Receipt[]>>)
    | null;
  /** How many images are examined at the same time. */
  readonly width: number;
  readonly signal: AbortSignal;
  readonly reading: ReadingBudget;
  /** A signal that aborts after this number of milliseconds. */
  readonly deadline: (ms: number) => AbortSignal;
  /** A monotonic clock. */
  readonly elapsedMs: () => number;
  /** Called for each image that was judged; it may delay the next one. */
  readonly progress: (images: number) => Promise<void> | void;
}

/** All judged images: running ones first, and refused ones before allowed ones. */
export interface AuditReport {
  readonly at: Instant;
  readonly audited: readonly AuditedImage[];
  /** New decisions that were recorded. */
  readonly recorded: number;
  /** Running containers of which no digest says what they run: nothing judges them. Bounded. */
  readonly undigested: Estate['undigested'];
  readonly undigestedMore: boolean;
  /** False: no cluster was observed, so what runs was not judged. */
  readonly observed: boolean;
  /** Clusters whose last observation has ended: what runs there since was not judged. */
  readonly silent: Estate['silent'];
}

/**
 * Judges everything that was released and everything that runs, a page at a time, and records what
 * is new.
 */
export async function auditEstate(world: AuditContext, at: Instant): Promise<AuditReport> {
  const { questions, signal } = world;
  const audited: AuditedImage[] = [];
  const source = withKnownContent(withPatience(world.source, world.elapsedMs), world.known);
  let after: string | null = null;
  let unknown: Omit<Estate, 'images' | 'next'> | null = null;
  do {
    signal.throwIfAborted();
    const page: Estate = orThrow(
      await questions.ask({ name: 'estate', page: { rowsMax: PAGE_IMAGES, after } }),
    );
    audited.push(...(await auditPage(page.images, { ...world, source }, at, audited.length)));
    unknown ??= page;
    after = page.next;
  } while (after !== null);
  // At the end and not before: after an interruption, the next audit would not report as new what
  // this one had already recorded.
  const recorded = await recordNews(audited, world, at);
  const { undigested, undigestedMore, observed, silent } = unknown;
  const open = { undigested, undigestedMore, observed, silent };
  return { at, audited: audited.toSorted(compareUrgency), recorded, ...open };
}

const PAGE_IMAGES = 500;

async function auditPage(
  images: readonly EstateImage[],
  world: AuditContext,
  at: Instant,
  before: number,
): Promise<readonly AuditedImage[]> {
  const last = orThrow(
    await world.questions.ask({
      name: 'last-audits',
      subjects: images.map(({ digest }) => digest),
    }),
  );
  const bySubject = Map.groupBy(last, ({ subject }): Digest => subject);
  const ports = createAuditPorts(world, at);
  let done = before;
  const judged = await mapInParallel(images, world.width, async (image) => {
    world.signal.throwIfAborted();
    const none: readonly RecordedAudit[] = [];
    const found = await auditImage(image, bySubject.get(image.digest) ?? none, ports);
    world.signal.throwIfAborted();
    done += 1;
    await world.progress(done);
    return found;
  });
  return judged.flat();
}

function createAuditPorts(world: AuditContext, now: Instant): AuditPorts {
  const { source, inForce, questions, reading } = world;
  const { policy, trust, advisories, advisoriesRevision, rego } = inForce;
  const covered = listStanding(advisories.info().coverage);
  return {
    policy,
    rego,
    trust: { revision: trust.document.revision, digest: trust.digest },
    advisories: { version: advisoriesRevision, updatedAt: dateOldest(covered) },
    advisoriesFact: buildAdvisoriesFact(advisories),
    now,
    refuseByName: (reference, place) => {
      const workload = place === null ? null : { ...place, operation: 'AUDIT', user: '' };
      return refuseByName({ policy, gate: 'audit', reference, workload, now });
    },
    examine: (reference, release) => {
      const graph: DeskPorts['graph'] = async (image, members, origin) => ({
        release: toReleaseFact(release),
        exposures: await findExposures(questions, image, members),
        ...(origin === null ? {} : { source: await findSourceFacts(questions, origin) }),
      });
      return raceDeadline(world, (within) =>
        examineImage(reference, { source, inForce, graph, now, reading }, { signal: within }),
      );
    },
    resolveTag: (reference) =>
      raceDeadline(world, async (within) => {
        const resolved = await source.resolve(reference, { signal: within });
        return resolved.ok ? ok(resolved.value.digest) : resolved;
      }),
  };
}

/**
 * An image whose registry does not answer delays no other: it is undetermined when its time is
 * over.
 */
async function raceDeadline<T>(
  { signal, deadline }: AuditContext,
  work: (signal: AbortSignal) => Promise<Result<T>>,
): Promise<Result<T>> {
  const within = AbortSignal.any([signal, deadline(LIMITS.auditImageMs)]);
  const late = new Promise<Result<T>>((resolve) => {
    within.addEventListener(
      'abort',
      () =>
        resolve(
          fail('DEADLINE_EXCEEDED', 'the evidence could not be gathered in time', 'Audit again.'),
        ),
      { once: true },
    );
  });
  const done = await Promise.race([work(within), late]);
  if (signal.aborted) throw signal.reason;
  return done;
}

const APPENDED_AT_ONCE = 500;
const APPENDED_BYTES_AT_ONCE = 16 * 1024 * 1024;

async function recordNews(
  judged: readonly AuditedImage[],
  { append, signal }: AuditContext,
  at: Instant,
): Promise<number> {
  const news = judged.filter(({ isNews, lacksFacts }) => isNews || lacksFacts);
  if (append === null) return 0;
  signal.throwIfAborted();
  const budget = { bytes: LIMITS.factsOfUnsignedPerHourBytesMax };
  let recorded = 0;
  let waiting: EvidenceInput[] = [];
  let bytes = 0;
  for (const one of news) {
    const facts = buildAuditFacts(one, budget);
    if (facts === null && !one.isNews) continue;
    // mutant audit-forgets-vex by audit-vex: remove element
    const inputs = [...one.vex, ...(facts ?? []), buildAuditEvidence(one, at)];
    waiting.push(...inputs);
    bytes += inputs.reduce((sum, { body }) => sum + body.length, 0);
    recorded += 1;
    if (waiting.length < APPENDED_AT_ONCE && bytes < APPENDED_BYTES_AT_ONCE) continue;
    orThrow(await append(waiting, at));
    [waiting, bytes] = [[], 0];
  }
  if (waiting.length > 0) orThrow(await append(waiting, at));
  return recorded;
}

const URGENCY = { deny: 0, undetermined: 1, allow: 2 } as const;

/**
 * Running images before the others; in each group refused ones first, then undetermined ones, then
 * allowed ones.
 */
function compareUrgency(one: AuditedImage, other: AuditedImage): number {
  return (
    Number(one.place === null) - Number(other.place === null) ||
    URGENCY[one.decision] - URGENCY[other.decision] ||
    compareText(formatKey(one), formatKey(other))
  );
}

function formatKey({ place, reference }: AuditedImage): string {
  return place === null
    ? reference
    : [place.cluster, place.namespace, place.kind, place.name, reference].join(' ');
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
