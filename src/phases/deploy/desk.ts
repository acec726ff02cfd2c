import {
  type Evaluation,
  evaluate,
  type Facts,
  type Policy,
  type ReleaseFact,
  type Unknown,
} from '../../capabilities/policy/index.ts';
import type { ArtifactSource } from '../../capabilities/registry/index.ts';
import type { AdvisoryIndex } from '../../capabilities/scanning/index.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { asFailure, type Failure } from '../../core/failure.ts';
import {
  formatImageReference,
  type ImageReference,
  parseImageReference,
  repositoryOf,
} from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { Gate, Verdict } from '../../core/verdict.ts';
import { type ImageVerdict, undeterminedImage, type WorkloadAsked } from './admission.ts';
import { admissionFacts, imageFacts } from './facts.ts';
import type { ImageEvidence } from './found.ts';
import { gatherImage } from './gather.ts';
import type { TrustMaterial } from './gathering.ts';
import { SingleFlight } from './single-flight.ts';
import { VerdictCache, type VerdictKey } from './verdict-cache.ts';

/** What is in force at this moment; each part changes as a whole. */
export interface InForce {
  readonly policy: Policy;
  readonly trust: TrustMaterial;
  readonly advisories: AdvisoryIndex;
  /** Changes whenever the advisory data does. */
  readonly advisoriesRevision: string;
}

export interface DeskPorts {
  readonly source: ArtifactSource;
  readonly inForce: () => Promise<Result<InForce>>;
  readonly release: (digest: Digest) => Promise<ReleaseFact | Unknown>;
  readonly now: () => Instant;
  /** A signal that ends after so many milliseconds, whoever waits. */
  readonly deadline: (ms: number) => AbortSignal;
  /** Told of each decision that was reached anew; must not make the answer wait. */
  readonly decided: (decided: Decided) => void;
  readonly counted: { readonly verified: () => void; readonly cached: (hit: boolean) => void };
}

interface Weighed {
  readonly evidence: ImageEvidence;
  readonly facts: Facts;
  readonly evidenceRevision: Digest;
  readonly findingsRevision: Digest;
  readonly advisoriesRevision: string;
  readonly gatheredAt: Instant;
  readonly life: number;
  /** When the first of the signatures that count lapses. */
  readonly validUntil: Instant | null;
}

/** What is asked, and what it is measured against. */
interface Asked {
  readonly image: string;
  readonly gate: Gate;
  readonly workload: WorkloadAsked | null;
  readonly inForce: InForce;
}

export interface Decided {
  readonly subject: Digest;
  readonly workload: WorkloadAsked | null;
  readonly evaluation: Evaluation;
  readonly now: Instant;
}

interface Remembered {
  readonly decision: Verdict['decision'];
  readonly validUntil: Instant | null;
  readonly verdict: Verdict;
  readonly refuses: boolean;
  readonly record: string;
}

/**
 * Decides about images by digest: evidence is gathered once for all who ask at the same time, and verdicts are kept by
 * everything that they depend on (foundation 5).
 */
export class VerdictDesk {
  readonly #ports: DeskPorts;
  readonly #flights = new SingleFlight<Result<Weighed>>();
  readonly #weighed = new Map<string, Weighed>();
  readonly #verdicts = new VerdictCache<Remembered>();

  constructor(ports: DeskPorts) {
    this.#ports = ports;
  }

  /** Never throws: what goes wrong leaves the image undetermined, with the cause. */
  async decide(image: string, gate: Gate, workload: WorkloadAsked | null, signal: AbortSignal): Promise<ImageVerdict> {
    try {
      const inForce = await this.#ports.inForce();
      if (!inForce.ok) return undeterminedImage(image, inForce.failure, true);
      const decided = await this.#decide({ image, gate, workload, inForce: inForce.value }, signal);
      const refuses = inForce.value.policy.mode === 'enforce';
      return decided.ok ? decided.value : undeterminedImage(image, decided.failure, refuses);
    } catch (thrown) {
      return undeterminedImage(image, asFailure(thrown), true);
    }
  }

  /** New evidence about a digest is seen by the next request. */
  forget(digest: Digest): void {
    this.#verdicts.forget(digest);
    for (const [key, weighed] of this.#weighed)
      if (weighed.evidence.subject.digest === digest) this.#weighed.delete(key);
  }

  async #decide(asked: Asked, signal: AbortSignal): Promise<Result<ImageVerdict>> {
    const reference = parseImageReference(asked.image);
    if (!reference.ok) return reference;
    const pinned = await this.#pin(reference.value, signal);
    if (!pinned.ok) return pinned;
    const weighed = await this.#weigh(pinned.value, asked.inForce);
    return weighed.ok ? ok(this.#verdictOf(asked, weighed.value)) : weighed;
  }

  /** A tag is resolved once, at the door; from here on only the digest counts. */
  async #pin(reference: ImageReference, signal: AbortSignal): Promise<Result<ImageReference>> {
    if (reference.digest !== null) return ok(reference);
    const resolved = await this.#ports.source.resolve(reference, { signal });
    return resolved.ok ? ok({ ...reference, digest: resolved.value.digest }) : resolved;
  }

  async #weigh(reference: ImageReference, inForce: InForce): Promise<Result<Weighed>> {
    const { trust } = inForce;
    const key = `${repositoryOf(reference)}@${reference.digest} ${trust.digest}`;
    const known = this.#weighed.get(key);
    const now = this.#ports.now();
    if (known !== undefined && now < known.gatheredAt + known.life)
      return ok(await this.#rematched(key, known, inForce, now));
    return this.#flights.run(key, async () => {
      const fresh = await this.#gather(reference, inForce);
      if (fresh.ok) this.#keep(key, fresh.value);
      return fresh;
    });
  }

  /** The run belongs to nobody who asks: it has a deadline of its own. */
  async #gather(reference: ImageReference, inForce: InForce): Promise<Result<Weighed>> {
    const { source, now, deadline, counted } = this.#ports;
    const gatheredAt = now();
    counted.verified();
    const signal = deadline(LIMITS.admissionDeadlineMs);
    const evidence = await gatherImage(reference, gatheredAt, { source, trust: inForce.trust }, { signal });
    if (!evidence.ok) return failed(evidence.failure);
    return ok(await this.#weighing(evidence.value, inForce, gatheredAt));
  }

  async #weighing(evidence: ImageEvidence, inForce: InForce, gatheredAt: Instant): Promise<Weighed> {
    const { trust, advisories, advisoriesRevision } = inForce;
    const release = await this.#ports.release(evidence.subject.digest);
    const facts = imageFacts(evidence, gatheredAt, { trust, advisories, release });
    const { findings, advisories: data, ...rest } = facts;
    return {
      evidence,
      facts,
      evidenceRevision: revisionOf(rest),
      findingsRevision: revisionOf({ findings, data }),
      advisoriesRevision,
      gatheredAt,
      life: lifeOf(evidence),
      validUntil: validUntilOf(evidence),
    };
  }

  /** Other advisories, same evidence: matched again, fetched and verified not again. */
  async #rematched(key: string, known: Weighed, inForce: InForce, now: Instant): Promise<Weighed> {
    if (known.advisoriesRevision === inForce.advisoriesRevision) return known;
    const again = await this.#weighing(known.evidence, inForce, now);
    const kept = { ...again, gatheredAt: known.gatheredAt };
    this.#keep(key, kept);
    return kept;
  }

  #keep(key: string, weighed: Weighed): void {
    this.#weighed.delete(key);
    this.#weighed.set(key, weighed);
    const oldest = this.#weighed.keys().next();
    if (this.#weighed.size > LIMITS.evidenceCacheEntriesMax && oldest.done !== true) this.#weighed.delete(oldest.value);
  }

  #verdictOf(asked: Asked, weighed: Weighed): ImageVerdict {
    const { image, gate, workload, inForce } = asked;
    const { reference, subject } = weighed.evidence;
    const now = this.#ports.now();
    const key = verdictKey(asked, weighed);
    const resolved = formatImageReference({ ...reference, digest: subject.digest });
    const known = this.#verdicts.get(key, now);
    this.#ports.counted.cached(known !== null);
    if (known !== null)
      return { image, resolved, verdict: known.verdict, refuses: known.refuses, cause: null, record: known.record };
    const facts = workload === null ? weighed.facts : admissionFacts(weighed.facts, workload);
    const evaluation = evaluate(inForce.policy, { gate, facts, now, factsValidUntil: weighed.validUntil });
    const { verdict, refuses } = evaluation;
    const record = sha256(evaluation.recordBytes);
    this.#ports.decided({ subject: subject.digest, workload, evaluation, now });
    const { decision, validUntil } = verdict;
    this.#verdicts.put(key, { decision, validUntil, verdict, refuses, record }, now);
    return { image, resolved, verdict, refuses, cause: null, record };
  }
}

/** Kind and name matter only to a policy that asks for them; cluster and namespace, which scopes name, always do. */
function readsWorkload({ rules }: Policy): boolean {
  return rules.some(({ require, message }) => require.reads.has('workload') || message?.reads.has('workload') === true);
}

function verdictKey({ gate, workload, inForce }: Asked, weighed: Weighed): VerdictKey {
  const { reference, subject } = weighed.evidence;
  return {
    tenant: 'default',
    cluster: workload?.cluster ?? '',
    namespace: workload?.namespace ?? '',
    credentialScope: 'server',
    repository: formatImageReference({ ...reference, digest: null }),
    digest: subject.digest,
    workload: readsWorkload(inForce.policy) ? `${gate} ${workload?.kind ?? ''} ${workload?.name ?? ''}` : gate,
    policy: inForce.policy.digest,
    trust: inForce.trust.digest,
    evidence: weighed.evidenceRevision,
    findings: weighed.findingsRevision,
  };
}

/** Evidence with a gap is looked at again soon: the gap may have been an outage. */
function lifeOf(evidence: ImageEvidence): number {
  const gaps: (Failure | null)[] = [evidence.signatures.missing, evidence.documents.missing];
  const open = evidence.documents.items.some((found) => found.standing.kind === 'undetermined');
  const unsure = evidence.signatures.items.some((found) => found.result.kind === 'undetermined');
  return open || unsure || gaps.some((gap) => gap !== null) ? LIMITS.undeterminedCacheMs : LIMITS.verdictCacheMs;
}

/** The earliest moment at which a trusted signature stops being one. */
export function validUntilOf(evidence: ImageEvidence): Instant | null {
  const all = [...evidence.signatures.items, ...evidence.documents.items.flatMap((found) => found.signatures)];
  const ends = all.flatMap(({ result }) =>
    result.kind === 'trusted' && result.validUntil !== null ? [result.validUntil] : [],
  );
  return ends.length === 0 ? null : (Math.min(...ends) as Instant);
}

/** Facts may carry failures, so what is hashed is their text; equal facts give equal text. */
function revisionOf(facts: object): Digest {
  return sha256(JSON.stringify(facts));
}
