import type {
  DecisionEvidence,
  EvidenceInput,
  Receipt,
} from '../../capabilities/evidence/index.ts';
import type {
  Estate,
  EstateImage,
  GraphQuestions,
  ReleaseAnswer,
} from '../../capabilities/graph/index.ts';
import type { ReleaseFact, UnknownFact } from '../../capabilities/policy/index.ts';
import type { ArtifactSource } from '../../capabilities/registry/index.ts';
import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, orThrow, type Result } from '../../core/result.ts';
import { type DocumentsInForce, examineImage, refuseByName } from '../../gates/desk/index.ts';
import {
  type AuditedImage,
  type AuditPorts,
  auditImage,
  buildAuditEvidence,
  type KnownContent,
  mapInParallel,
  withKnownContent,
  withPatience,
} from '../../phases/operate/index.ts';
import { createUnknownRelease } from './release-facts.ts';

/** What an audit works with; the same for a command and for a server. */
export interface AuditContext {
  readonly questions: GraphQuestions;
  readonly source: ArtifactSource;
  /** What need not be asked of a registry again. */
  readonly known: KnownContent;
  readonly inForce: DocumentsInForce;
  /** Null: nothing is recorded. */
  readonly append:
    | ((inputs: readonly EvidenceInput[], at: Instant) => Promise<Result<readonly Receipt[]>>)
    | null;
  /** How many images are looked at at the same time. */
  readonly width: number;
  readonly signal: AbortSignal;
  /** Told of each image that was judged; may make the next one wait. */
  readonly progress: (images: number) => Promise<void> | void;
}

/** Everything judged, what runs first, and what refuses before what allows. */
export interface AuditReport {
  readonly at: Instant;
  readonly audited: readonly AuditedImage[];
  /** Decisions that were news and were recorded. */
  readonly recorded: number;
}

/** Judges all that was released and all that runs, a page at a time, and records what is news. */
export async function auditEstate(world: AuditContext, at: Instant): Promise<AuditReport> {
  const { questions, signal } = world;
  const audited: AuditedImage[] = [];
  const source = withKnownContent(
    withPatience(world.source, () => performance.now()),
    world.known,
  );
  let after: string | null = null;
  do {
    signal.throwIfAborted();
    const page: Estate = orThrow(
      await questions.ask({ name: 'estate', page: { rowsMax: PAGE_IMAGES, after } }),
    );
    audited.push(...(await auditPage(page.images, { ...world, source }, at, audited.length)));
    after = page.next;
  } while (after !== null);
  // At the end and not before: what an interrupted audit had recorded would be news to nobody at
  // the next one.
  const recorded = await recordNews(audited, world, at);
  return { at, audited: audited.toSorted(compareUrgency), recorded };
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
    const none: readonly DecisionEvidence[] = [];
    const found = await auditImage(image, bySubject.get(image.digest) ?? none, ports);
    done += 1;
    await world.progress(done);
    return found;
  });
  return judged.flat();
}

function createAuditPorts({ source, inForce, signal }: AuditContext, now: Instant): AuditPorts {
  const { policy, trust, advisories, advisoriesRevision } = inForce;
  const { importedAt } = advisories.info();
  return {
    policy,
    trust: { revision: trust.document.revision, digest: trust.digest },
    advisories: { version: advisoriesRevision, updatedAt: importedAt },
    now,
    refuseByName: (reference, place) => {
      const workload = place === null ? null : { ...place, operation: 'AUDIT', user: '' };
      return refuseByName({ policy, gate: 'audit', reference, workload, now });
    },
    examine: (reference, release) =>
      raceDeadline(signal, (within) =>
        examineImage(
          reference,
          { source, inForce, release: toReleaseFact(release), now },
          { signal: within },
        ),
      ),
    resolveTag: (reference) =>
      raceDeadline(signal, async (within) => {
        const resolved = await source.resolve(reference, { signal: within });
        return resolved.ok ? ok(resolved.value.digest) : resolved;
      }),
  };
}

/** An image whose registry hangs holds up no other: it is undetermined when its time is over. */
async function raceDeadline<T>(
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result<T>>,
): Promise<Result<T>> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(LIMITS.auditImageMs)]);
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

function toReleaseFact(release: ReleaseAnswer | null): ReleaseFact | UnknownFact {
  if (release === null) return createUnknownRelease();
  const { name, version, owner, source } = release;
  const unsaid = createUnknownRelease();
  return {
    name,
    version,
    owner,
    repository: source?.repository ?? unsaid,
    commit: source?.commit ?? unsaid,
  };
}

const APPENDED_AT_ONCE = 500;

async function recordNews(
  judged: readonly AuditedImage[],
  { append, signal }: AuditContext,
  at: Instant,
): Promise<number> {
  const news = judged.filter(({ isNews }) => isNews);
  if (append === null) return 0;
  signal.throwIfAborted();
  for (let from = 0; from < news.length; from += APPENDED_AT_ONCE) {
    const inputs = news
      .slice(from, from + APPENDED_AT_ONCE)
      .map((one) => buildAuditEvidence(one, at));
    orThrow(await append(inputs, at));
  }
  return news.length;
}

const URGENCY = { deny: 0, undetermined: 1, allow: 2 } as const;

/**
 * What runs before what does not; of each, what is refused before what is open, and that before
 * what is in order.
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
