import type { AdvisoryIndex } from '../../capabilities/advisories/index.ts';
import {
  type Evaluation,
  evaluate,
  type Facts,
  type Policy,
  type ReleaseFact,
  type UnknownFact,
} from '../../capabilities/policy/index.ts';
import type { ArtifactSource } from '../../capabilities/registry/index.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { Failure, toFailure } from '../../core/failure.ts';
import {
  formatImageReference,
  formatRepository,
  type ImageReference,
  parseImageReference,
} from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, failed, ok, type Result } from '../../core/result.ts';
import type { Gate, Verdict } from '../../core/verdict.ts';
import { buildAdmissionFacts, buildImageFacts, toImageFact } from '../facts/facts.ts';
import { gatherImage } from '../image-evidence/gather.ts';
import type { TrustMaterial } from '../image-evidence/gather-context.ts';
import type { ImageEvidence } from '../image-evidence/image-evidence.ts';
import { createUndeterminedVerdict, type ImageVerdict, type WorkloadRequest } from './admission.ts';
import { refuseByName } from './refuse-by-name.ts';
import { SingleFlight } from './single-flight.ts';
import { VerdictCache, type VerdictKey } from './verdict-cache.ts';

/** What is in force at this moment; each part changes as a whole. */
export interface DocumentsInForce {
  readonly policy: Policy;
  readonly trust: TrustMaterial;
  readonly advisories: AdvisoryIndex;
  /** Changes whenever the advisory data does. */
  readonly advisoriesRevision: string;
}

export interface DeskPorts {
  readonly source: ArtifactSource;
  readonly inForce: () => Promise<Result<DocumentsInForce>>;
  readonly release: (digest: Digest) => Promise<ReleaseFact | UnknownFact>;
  readonly now: () => Instant;
  /** A signal that ends after so many milliseconds, whoever waits. */
  readonly deadline: (ms: number) => AbortSignal;
  /** Told of each decision that was reached anew; must not make the answer wait. */
  readonly decided: (decided: DecisionEvent) => void;
  readonly counted: { readonly verified: () => void; readonly cached: (hit: boolean) => void };
}

interface WeighedEvidence {
  readonly evidence: ImageEvidence;
  readonly facts: Facts;
  readonly evidenceRevision: Digest;
  readonly findingsRevision: Digest;
  readonly advisoriesRevision: string;
  readonly gatheredAt: Instant;
  readonly life: number;
  /** When the first of the signatures that count lapses. */
  readonly validUntil: Instant | null;
  /** Bytes of the documents behind it. */
  readonly weight: number;
}

/** One gathering under way, and what it missed: evidence that came while it looked. */
interface Flight {
  readonly result: Result<WeighedEvidence>;
  readonly isStale: boolean;
}

/** What is asked, and what it is measured against. */
interface DecisionRequest {
  readonly image: string;
  readonly gate: Gate;
  readonly workload: WorkloadRequest | null;
  readonly inForce: DocumentsInForce;
}

export interface DecisionEvent {
  readonly subject: Digest;
  readonly workload: WorkloadRequest | null;
  readonly evaluation: Evaluation;
  readonly now: Instant;
}

interface CachedVerdict {
  readonly decision: Verdict['decision'];
  readonly validUntil: Instant | null;
  readonly verdict: Verdict;
  readonly refuses: boolean;
  readonly record: string;
}

/**
 * Decides about images by digest: evidence is gathered once for all who ask at the same time, and
 * verdicts are kept by everything that they depend on (foundation 5).
 */
export class VerdictDesk {
  readonly #ports: DeskPorts;
  readonly #flights = new SingleFlight<Flight>();
  readonly #matchings = new SingleFlight<WeighedEvidence>();
  readonly #weighed = new Map<string, WeighedEvidence>();
  /** Per gathering under way, the digests about which evidence came since it began. */
  readonly #news = new Set<Set<Digest>>();
  #weight = 0;
  readonly #verdicts = new VerdictCache<CachedVerdict>();

  constructor(ports: DeskPorts) {
    this.#ports = ports;
  }

  /** Never throws: what goes wrong leaves the image undetermined, with the cause. */
  async decide(
    image: string,
    gate: Gate,
    workload: WorkloadRequest | null,
    signal: AbortSignal,
  ): Promise<ImageVerdict> {
    try {
      const inForce = await this.#ports.inForce();
      if (!inForce.ok) return createUndeterminedVerdict(image, inForce.failure, true);
      const decided = await this.#decide({ image, gate, workload, inForce: inForce.value }, signal);
      const refuses = inForce.value.policy.modes[gate] === 'enforce';
      return decided.ok
        ? decided.value
        : createUndeterminedVerdict(image, decided.failure, refuses);
    } catch (thrown) {
      return createUndeterminedVerdict(image, toFailure(thrown), true);
    }
  }

  /** New evidence about a digest is seen by the next request. */
  forget(digest: Digest): void {
    this.#verdicts.forget(digest);
    for (const news of this.#news) news.add(digest);
    // mutant new-evidence-ends-verdict by 5-the-desk: condition -> false
    for (const [key, { evidence }] of this.#weighed)
      if (mentionsAny(evidence, new Set([digest]))) this.#drop(key);
  }

  async #decide(asked: DecisionRequest, signal: AbortSignal): Promise<Result<ImageVerdict>> {
    const reference = parseImageReference(asked.image);
    if (!reference.ok) return reference;
    const refused = this.#refuseByName(asked, reference.value);
    // mutant refused-name-asks-no-registry by hostile-evidence: remove
    if (refused !== null) return ok(refused);
    const pinned = await this.#pin(reference.value, signal);
    if (!pinned.ok) return pinned;
    const weighed = await this.#weigh(pinned.value, asked.inForce);
    if (!weighed.ok) return weighed;
    const now = this.#ports.now();
    if (isLapsed(weighed.value, now)) return failed(createLapsedFailure());
    return ok(this.#reachVerdict(asked, pinned.value, weighed.value, now));
  }

  #refuseByName(asked: DecisionRequest, reference: ImageReference): ImageVerdict | null {
    const { image, gate, workload, inForce } = asked;
    const now = this.#ports.now();
    const evaluation = refuseByName({ policy: inForce.policy, gate, reference, workload, now });
    if (evaluation === null) return null;
    const { verdict, refuses } = evaluation;
    // Without a digest there is nothing that a record could be about.
    if (reference.digest !== null && workload?.dryRun !== true) {
      this.#ports.decided({ subject: reference.digest, workload, evaluation, now });
    }
    const resolved = formatImageReference(reference);
    return {
      image,
      resolved,
      verdict: dropUndetermined(verdict),
      refuses,
      cause: null,
      record: sha256(evaluation.recordBytes),
    };
  }

  /** A tag is resolved once, at the door; from here on only the digest counts. */
  async #pin(reference: ImageReference, signal: AbortSignal): Promise<Result<ImageReference>> {
    if (reference.digest !== null) return ok(reference);
    const resolved = await this.#ports.source.resolve(reference, { signal });
    return resolved.ok ? ok({ ...reference, digest: resolved.value.digest }) : resolved;
  }

  async #weigh(
    reference: ImageReference,
    inForce: DocumentsInForce,
  ): Promise<Result<WeighedEvidence>> {
    const key = `${formatRepository(reference)}@${reference.digest} ${inForce.trust.digest}`;
    const known = this.#weighed.get(key);
    if (known !== undefined && isFresh(known, this.#ports.now()))
      return ok(await this.#rematch(key, known, inForce));
    const found = await this.#gatherCurrent(key, reference, inForce);
    return found.ok ? ok(await this.#rematch(key, found.value, inForce)) : found;
  }

  /** What missed evidence that came meanwhile is looked at once more, and not kept. */
  async #gatherCurrent(
    key: string,
    reference: ImageReference,
    inForce: DocumentsInForce,
  ): Promise<Result<WeighedEvidence>> {
    const first = await this.#flights.run(key, () => this.#runGathering(key, reference, inForce));
    if (!first.isStale) return first.result;
    return (await this.#flights.run(key, () => this.#runGathering(key, reference, inForce))).result;
  }

  async #runGathering(
    key: string,
    reference: ImageReference,
    inForce: DocumentsInForce,
  ): Promise<Flight> {
    const news = new Set<Digest>();
    this.#news.add(news);
    try {
      const result = await this.#gather(reference, inForce);
      if (!result.ok)
        return { result, isStale: reference.digest !== null && news.has(reference.digest) };
      // mutant gathering-is-stale by 5-the-desk: value -> false
      const isStale = mentionsAny(result.value.evidence, news);
      if (!isStale) this.#keep(key, result.value);
      return { result, isStale };
    } finally {
      this.#news.delete(news);
    }
  }

  /**
   * The run belongs to nobody who asks: it has a deadline of its own, which ends it even where a
   * port ignores it.
   */
  #gather(reference: ImageReference, inForce: DocumentsInForce): Promise<Result<WeighedEvidence>> {
    const { source, now, deadline, counted } = this.#ports;
    const gatheredAt = now();
    counted.verified();
    const signal = deadline(LIMITS.admissionDeadlineMs);
    const work = async (): Promise<Result<WeighedEvidence>> => {
      const evidence = await gatherImage(
        reference,
        gatheredAt,
        { source, trust: inForce.trust },
        { signal },
      );
      if (!evidence.ok) return failed(evidence.failure);
      return ok(await this.#weighEvidence(evidence.value, inForce, gatheredAt));
    };
    return raceDeadline(signal, work());
  }

  async #weighEvidence(
    evidence: ImageEvidence,
    inForce: DocumentsInForce,
    gatheredAt: Instant,
  ): Promise<WeighedEvidence> {
    const { trust, advisories, advisoriesRevision } = inForce;
    const release = await this.#ports.release(evidence.subject.digest);
    const facts = buildImageFacts(evidence, gatheredAt, { trust, advisories, release });
    const { findings, advisories: data, ...rest } = facts;
    const validUntil = findValidUntil(evidence);
    return {
      evidence,
      facts,
      evidenceRevision: hashFacts({ ...rest, validUntil }),
      findingsRevision: hashFacts({ findings, data }),
      advisoriesRevision,
      gatheredAt,
      life: chooseLifetime(evidence),
      validUntil,
      weight: measureWeight(evidence),
    };
  }

  /** Other advisories, same evidence: matched again, fetched and verified not again. */
  async #rematch(
    key: string,
    known: WeighedEvidence,
    inForce: DocumentsInForce,
  ): Promise<WeighedEvidence> {
    const { advisoriesRevision } = inForce;
    // mutant new-advisories-change-verdict by 5-the-desk also by demo: condition -> true
    if (known.advisoriesRevision === advisoriesRevision) return known;
    return this.#matchings.run(`${key} ${known.gatheredAt} ${advisoriesRevision}`, async () => {
      const again = await this.#weighEvidence(known.evidence, inForce, this.#ports.now());
      const kept = { ...again, gatheredAt: known.gatheredAt };
      if (this.#weighed.get(key) === known) this.#keep(key, kept);
      return kept;
    });
  }

  /** Bounded by number and by bytes: a large SBOM takes the place of many small ones. */
  #keep(key: string, weighed: WeighedEvidence): void {
    this.#drop(key);
    if (weighed.weight > LIMITS.evidenceCacheBytesMax) return;
    this.#weighed.set(key, weighed);
    this.#weight += weighed.weight;
    for (const oldest of this.#weighed.keys()) {
      if (
        this.#weighed.size <= LIMITS.evidenceCacheEntriesMax &&
        this.#weight <= LIMITS.evidenceCacheBytesMax
      )
        return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#weight -= this.#weighed.get(key)?.weight ?? 0;
    this.#weighed.delete(key);
  }

  /**
   * The evidence may have been gathered for another tag of the same digest: the facts are told
   * under the name asked for.
   */
  #reachVerdict(
    asked: DecisionRequest,
    reference: ImageReference,
    weighed: WeighedEvidence,
    now: Instant,
  ): ImageVerdict {
    const { image, gate, workload, inForce } = asked;
    const subject = weighed.evidence.subject.digest;
    const resolved = formatImageReference({ ...reference, digest: subject });
    const key = buildVerdictKey(asked, reference, weighed);
    const known = this.#verdicts.get(key, now);
    this.#ports.counted.cached(known !== null);
    if (known !== null)
      return {
        image,
        resolved,
        verdict: known.verdict,
        refuses: known.refuses,
        cause: null,
        record: known.record,
      };
    // mutant tenancy-tag by 5-the-desk: argument -> { $member }
    const named = { ...weighed.facts, image: toImageFact({ ...weighed.evidence, reference }) };
    const facts = workload === null ? named : buildAdmissionFacts(named, workload);
    const evaluation = evaluate(inForce.policy, {
      gate,
      facts,
      now,
      factsValidUntil: weighed.validUntil,
    });
    const { verdict, refuses } = evaluation;
    const record = sha256(evaluation.recordBytes);
    const { decision, validUntil } = verdict;
    // mutant dry-run-records-nothing by 5-the-desk: condition -> false
    if (workload?.dryRun === true)
      return { image, resolved, verdict, refuses, cause: null, record };
    this.#ports.decided({ subject, workload, evaluation, now });
    this.#verdicts.put(key, { decision, validUntil, verdict, refuses, record }, now);
    return { image, resolved, verdict, refuses, cause: null, record };
  }
}

/** What was left open because nobody asked the registry says nothing to the user. */
function dropUndetermined(verdict: Verdict): Verdict {
  return {
    ...verdict,
    results: verdict.results.filter(({ outcome }) => outcome !== 'undetermined'),
  };
}

/**
 * Kind and name matter only to a policy that asks for them; cluster and namespace, which scopes
 * name, always do.
 */
function readsWorkload({ rules }: Policy): boolean {
  return rules.some(
    ({ require, message }) =>
      require.reads.has('workload') || message?.reads.has('workload') === true,
  );
}

function buildVerdictKey(
  { gate, workload, inForce }: DecisionRequest,
  reference: ImageReference,
  weighed: WeighedEvidence,
): VerdictKey {
  return {
    tenant: 'default',
    // mutant tenancy-cluster by 5-the-desk: remove operand
    cluster: workload?.cluster ?? '',
    // mutant tenancy-namespace by 5-the-desk: remove operand
    namespace: workload?.namespace ?? '',
    credentialScope: 'server',
    repository: formatImageReference({ ...reference, digest: null }),
    digest: weighed.evidence.subject.digest,
    // mutant tenancy-workload by 5-the-desk: condition -> false
    workload: readsWorkload(inForce.policy)
      ? `${gate} ${workload?.kind ?? ''} ${workload?.name ?? ''}`
      : gate,
    policy: inForce.policy.digest,
    trust: inForce.trust.digest,
    evidence: weighed.evidenceRevision,
    findings: weighed.findingsRevision,
  };
}

/** Evidence with a gap is looked at again soon: the gap may have been an outage. */
function chooseLifetime(evidence: ImageEvidence): number {
  const gaps: (Failure | null)[] = [evidence.signatures.missing, evidence.documents.missing];
  const open = evidence.documents.items.some(
    // mutant document-outage-cached-shortly by 5-the-desk: remove operand 2
    ({ standing, content }) => standing.kind === 'undetermined' || content.kind === 'unreadable',
  );
  const unsure = evidence.signatures.items.some((found) => found.result.kind === 'undetermined');
  // mutant evidence-outage-cached-shortly by 5-the-desk: condition -> $operand2
  return open || unsure || gaps.some((gap) => gap !== null)
    ? LIMITS.undeterminedCacheMs
    : LIMITS.verdictCacheMs;
}

/** The earliest moment at which a trusted signature stops being one. */
export function findValidUntil(evidence: ImageEvidence): Instant | null {
  const all = [
    ...evidence.signatures.items,
    ...evidence.documents.items.flatMap((found) => found.signatures),
  ];
  const ends = all.flatMap(({ result }) =>
    result.kind === 'trusted' && result.validUntil !== null ? [result.validUntil] : [],
  );
  return ends.length === 0 ? null : (Math.min(...ends) as Instant);
}

/** Facts may carry failures, so what is hashed is their text; equal facts give equal text. */
function hashFacts(facts: object): Digest {
  return sha256(
    JSON.stringify(facts, (_key, value: unknown) =>
      value instanceof Error
        ? [value.name, value.message, 'code' in value ? value.code : null]
        : value,
    ),
  );
}

/** A clock that was put back proves nothing about what was seen later than now. */
function isFresh(weighed: WeighedEvidence, now: Instant): boolean {
  const { gatheredAt, life } = weighed;
  // mutant evidence-life by 5-the-desk: remove operand 2
  // mutant evidence-from-the-future by 5-the-desk: remove operand
  // mutant evidence-certificate-lapses by 5-the-desk: remove operand 3
  return now >= gatheredAt && now < gatheredAt + life && !isLapsed(weighed, now);
}

function isLapsed({ validUntil }: WeighedEvidence, now: Instant): boolean {
  return validUntil !== null && now >= validUntil;
}

function createLapsedFailure(): Failure {
  return new Failure(
    'SIGNATURE_INVALID',
    'a signature lapsed while the evidence was gathered',
    'Try again.',
  );
}

/** Whether any of `digests` is the image, one of its members or a document about them. */
function mentionsAny(
  { subject, members, documents }: ImageEvidence,
  digests: ReadonlySet<Digest>,
): boolean {
  return (
    digests.has(subject.digest) ||
    members.some(({ descriptor }) => digests.has(descriptor.digest)) ||
    documents.items.some(({ manifest }) => digests.has(manifest.digest))
  );
}

const WEIGHT_OF_NOTHING = 16 * 1024;

function measureWeight({ documents }: ImageEvidence): number {
  const sizes = documents.items.map(({ content, document }) =>
    content.kind === 'unread' || content.kind === 'unreadable' ? 0 : (document?.size ?? 0),
  );
  return sizes.reduce((sum, size) => sum + size, WEIGHT_OF_NOTHING);
}

function raceDeadline<T>(signal: AbortSignal, work: Promise<Result<T>>): Promise<Result<T>> {
  const late = new Promise<Result<T>>((resolve) => {
    const end = (): void =>
      resolve(
        fail('DEADLINE_EXCEEDED', 'the evidence could not be gathered in time', 'Try again.'),
      );
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
  // mutant port-that-never-answers by 5-the-desk: value -> $element
  return Promise.race([work, late]);
}
