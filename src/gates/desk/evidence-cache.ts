import type { Digest } from '../../core/digest.ts';
import { formatRepository, type ImageReference } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { findOrigin } from '../facts/provenance-fact.ts';
import { gatherImage } from '../image-evidence/gather.ts';
import type { ImageEvidence } from '../image-evidence/image-evidence.ts';
import { KnownStrangers } from '../image-evidence/known-strangers.ts';
import { TooHeavy } from '../image-evidence/read-limits.ts';
import type { DeskPorts, DocumentsInForce } from './desk-ports.ts';
import { examineInTurn } from './examine-in-turn.ts';
import { SingleFlight } from './single-flight.ts';
import { isFresh, mentionsAny, type WeighedEvidence, weighEvidence } from './weighed-evidence.ts';

type EvidencePorts = Pick<
  DeskPorts,
  | ('source' | 'limits' | 'keptBytesMax' | 'reading' | 'graph')
  | ('now' | 'deadline' | 'counted' | 'turns')
>;

/** One gathering that is running, and the evidence that arrived while it ran. */
interface Flight {
  readonly result: Result<WeighedEvidence>;
  readonly isStale: boolean;
}

/**
 * Evidence of images, gathered once for all requests at the same time, and kept until there is new
 * evidence.
 */
export class EvidenceCache {
  readonly #ports: EvidencePorts;
  readonly #flights = new SingleFlight<Flight>();
  readonly #matchings = new SingleFlight<Result<WeighedEvidence>>();
  readonly #strangers = new KnownStrangers();
  readonly #weighed = new Map<string, WeighedEvidence>();
  /** For each running gathering, the digests with new evidence since it began. */
  readonly #news = new Set<Set<Digest>>();
  #weight = 0;

  constructor(ports: EvidencePorts) {
    this.#ports = ports;
  }

  /** New evidence about a digest is seen by the next request. */
  forget(digest: Digest): void {
    for (const news of this.#news) news.add(digest);
    // mutant new-evidence-ends-verdict by 5-the-desk: condition -> false
    for (const [key, { evidence }] of this.#weighed)
      if (mentionsAny(evidence, new Set([digest]))) this.#drop(key);
  }

  /** The evidence of an image that is named by its digest. */
  async weigh(
    reference: ImageReference,
    inForce: DocumentsInForce,
  ): Promise<Result<WeighedEvidence>> {
    const key = `${formatRepository(reference)}@${reference.digest} ${inForce.trust.digest}`;
    const known = this.#weighed.get(key);
    if (known !== undefined && isFresh(known, this.#ports.now()))
      return this.#rematch(key, known, inForce);
    this.#dropStale();
    const found = await this.#gatherCurrent(key, reference, inForce);
    return found.ok ? this.#rematch(key, found.value, inForce) : found;
  }

  /** A gathering that missed new evidence is repeated once, and its result is not cached. */
  async #gatherCurrent(
    key: string,
    reference: ImageReference,
    inForce: DocumentsInForce,
  ): Promise<Result<WeighedEvidence>> {
    const run = () => this.#runGathering(key, reference, inForce);
    // mutant flight-in-the-lane-of-another by source-lanes: value -> key
    const flight = `${key} ${this.#ports.turns?.lane() ?? ''}`;
    const first = await this.#flights.run(flight, run);
    if (!first.isStale) return first.result;
    return (await this.#flights.run(flight, run)).result;
  }

  async #runGathering(
    key: string,
    reference: ImageReference,
    inForce: DocumentsInForce,
  ): Promise<Flight> {
    const news = new Set<Digest>();
    this.#news.add(news);
    try {
      const result = await this.#gather(key, reference, inForce);
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
   * The run belongs to no single request: it has its own deadline, which ends it even if a port
   * ignores the signal.
   */
  #gather(
    key: string,
    reference: ImageReference,
    inForce: DocumentsInForce,
  ): Promise<Result<WeighedEvidence>> {
    const { source, limits, reading, now, deadline, counted } = this.#ports;
    const gatheredAt = now();
    const signal = deadline(LIMITS.admissionDeadlineMs);
    const patience = deadline(LIMITS.documentsSearchedMs);
    const work = async (): Promise<Result<WeighedEvidence>> => {
      const known = this.#weighed.get(key);
      // Another lane gathered it while this one waited.
      if (known !== undefined && isFresh(known, now())) return ok(known);
      const evidence = await gatherImage(
        reference,
        gatheredAt,
        {
          source,
          trust: inForce.trust,
          patience,
          strangers: this.#strangers,
          ...(limits === undefined ? {} : { limits }),
          ...(reading === undefined ? {} : { reading }),
        },
        { signal },
      );
      if (!(evidence.ok === false && evidence.failure instanceof TooHeavy)) counted.verified();
      if (!evidence.ok) return evidence;
      return this.#weighEvidence(evidence.value, inForce, gatheredAt);
    };
    return raceDeadline(signal, examineInTurn(this.#ports, signal, work));
  }

  async #weighEvidence(
    evidence: ImageEvidence,
    inForce: DocumentsInForce,
    gatheredAt: Instant,
  ): Promise<Result<WeighedEvidence>> {
    const { subject, members } = evidence;
    const listed = members.map(({ descriptor }) => descriptor.digest);
    const graph = await this.#ports.graph(subject.digest, listed, findOrigin(evidence));
    const { matchStepsMax } = this.#ports.limits ?? {};
    return weighEvidence(evidence, { inForce, graph, gatheredAt, matchStepsMax });
  }

  /**
   * New advisories, same evidence: the findings are matched again; nothing is fetched or verified
   * again.
   */
  async #rematch(
    key: string,
    known: WeighedEvidence,
    inForce: DocumentsInForce,
  ): Promise<Result<WeighedEvidence>> {
    const { advisoriesRevision } = inForce;
    // mutant new-advisories-change-verdict by 5-the-desk also by demo: condition -> true
    if (known.advisoriesRevision === advisoriesRevision) return ok(known);
    return this.#matchings.run(`${key} ${known.gatheredAt} ${advisoriesRevision}`, async () => {
      const again = await this.#weighEvidence(known.evidence, inForce, this.#ports.now());
      if (!again.ok) return again;
      const kept = { ...again.value, gatheredAt: known.gatheredAt };
      if (this.#weighed.get(key) === known) this.#keep(key, kept);
      return ok(kept);
    });
  }

  /** Bounded by number and by bytes: one large SBOM takes the space of many small ones. */
  #keep(key: string, weighed: WeighedEvidence): void {
    this.#drop(key);
    const { keptBytesMax = LIMITS.evidenceCacheBytesMax } = this.#ports;
    if (weighed.weight > keptBytesMax) return;
    this.#weighed.set(key, weighed);
    this.#weight += weighed.weight;
    for (const oldest of this.#weighed.keys()) {
      if (this.#weighed.size <= LIMITS.evidenceCacheEntriesMax && this.#weight <= keptBytesMax)
        return;
      this.#drop(oldest);
    }
  }

  /** Before more is read: what nobody will use would be held beside what replaces it. */
  #dropStale(): void {
    const now = this.#ports.now();
    // mutant stale-evidence-is-held by 5-the-desk: condition -> false
    for (const [key, weighed] of this.#weighed) if (!isFresh(weighed, now)) this.#drop(key);
  }

  #drop(key: string): void {
    this.#weight -= this.#weighed.get(key)?.weight ?? 0;
    this.#weighed.delete(key);
  }
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
