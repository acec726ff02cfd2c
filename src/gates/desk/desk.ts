import { evaluateAll, type Policy } from '../../capabilities/policy/index.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { Failure, toFailure } from '../../core/failure.ts';
import {
  formatImageReference,
  type ImageReference,
  parseImageReference,
} from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import { attempt, failed, ok, type Result } from '../../core/result.ts';
import type { Gate, Verdict } from '../../core/verdict.ts';
import { buildAdmissionFacts, toImageFact } from '../facts/facts.ts';
import { createUndeterminedVerdict, type ImageVerdict, type WorkloadRequest } from './admission.ts';
import type { DeskPorts, DocumentsInForce } from './desk-ports.ts';
import { verifyVex } from './evidence.ts';
import { EvidenceCache } from './evidence-cache.ts';
import { examineInTurn } from './examine-in-turn.ts';
import { refuseByName } from './refuse-by-name.ts';
import { VerdictCache, type VerdictKey } from './verdict-cache.ts';
import { isLapsed, type WeighedEvidence } from './weighed-evidence.ts';

/** The question, and the documents that decide it. */
interface DecisionRequest {
  readonly image: string;
  readonly gate: Gate;
  readonly workload: WorkloadRequest | null;
  readonly inForce: DocumentsInForce;
}

interface CachedVerdict {
  readonly decision: Verdict['decision'];
  readonly validUntil: Instant | null;
  readonly verdict: Verdict;
  readonly refuses: boolean;
  readonly record: string;
}

/**
 * Decides about images by digest. Evidence is gathered once for all requests at the same time, and
 * verdicts are cached by everything that they depend on (foundation 5).
 */
export class VerdictDesk {
  readonly #ports: DeskPorts;
  readonly #evidence: EvidenceCache;
  readonly #verdicts = new VerdictCache<CachedVerdict>();

  constructor(ports: DeskPorts) {
    this.#ports = ports;
    this.#evidence = new EvidenceCache(ports);
  }

  /** Never throws: an error leaves the image undetermined, with the cause. */
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
    this.#evidence.forget(digest);
  }

  async #decide(asked: DecisionRequest, signal: AbortSignal): Promise<Result<ImageVerdict>> {
    const reference = parseImageReference(asked.image);
    if (!reference.ok) return reference;
    const refused = await this.#refuseByName(asked, reference.value);
    // mutant refused-name-asks-no-registry by hostile-evidence: remove
    if (refused !== null) return ok(refused);
    const pinned = await this.#pin(reference.value, signal);
    if (!pinned.ok) return pinned;
    const weighed = await this.#evidence.weigh(pinned.value, asked.inForce);
    if (!weighed.ok) return weighed;
    const now = this.#ports.now();
    if (isLapsed(weighed.value, now)) return failed(createLapsedFailure());
    return this.#reachVerdict(asked, pinned.value, weighed.value, { now, signal });
  }

  async #refuseByName(
    asked: DecisionRequest,
    reference: ImageReference,
  ): Promise<ImageVerdict | null> {
    const { image, gate, workload, inForce } = asked;
    const now = this.#ports.now();
    const evaluation = refuseByName({ policy: inForce.policy, gate, reference, workload, now });
    if (evaluation === null) return null;
    const { verdict, refuses } = evaluation;
    // Without a digest there is no subject for a record.
    if (reference.digest !== null && workload?.dryRun !== true) {
      await this.#ports.decided({ subject: reference.digest, workload, evaluation, now });
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

  /** A tag is resolved once, at the entry; from here on only the digest counts. */
  async #pin(reference: ImageReference, signal: AbortSignal): Promise<Result<ImageReference>> {
    if (reference.digest !== null) return ok(reference);
    const resolved = await examineInTurn(this.#ports, signal, () =>
      this.#ports.source.resolve(reference, { signal }),
    );
    return resolved.ok ? ok({ ...reference, digest: resolved.value.digest }) : resolved;
  }

  /**
   * The evidence may have been gathered for another tag of the same digest: the facts use the name
   * of this request.
   */
  async #reachVerdict(
    asked: DecisionRequest,
    reference: ImageReference,
    weighed: WeighedEvidence,
    { now, signal }: { readonly now: Instant; readonly signal: AbortSignal },
  ): Promise<Result<ImageVerdict>> {
    const { image, gate, workload, inForce } = asked;
    const subject = weighed.evidence.subject.digest;
    const resolved = formatImageReference({ ...reference, digest: subject });
    const key = buildVerdictKey(asked, reference, weighed);
    const known = this.#verdicts.get(key, now);
    this.#ports.counted.cached(known !== null);
    if (known !== null) {
      const { verdict, refuses, record } = known;
      return ok({ image, resolved, verdict, refuses, cause: null, record });
    }
    // mutant tenancy-tag by 5-the-desk: argument -> { $member }
    const named = { ...weighed.facts, image: toImageFact({ ...weighed.evidence, reference }) };
    const facts = workload === null ? named : buildAdmissionFacts(named, workload);
    const question = { gate, facts, now, factsValidUntil: weighed.validUntil };
    const rego = inForce.rego ?? null;
    const evaluation = await evaluateAll(inForce.policy, question, rego, signal);
    const { verdict, refuses } = evaluation;
    const record = sha256(evaluation.recordBytes);
    const { decision, validUntil } = verdict;
    // mutant dry-run-records-nothing by 5-the-desk: condition -> false
    if (workload?.dryRun === true)
      return ok({ image, resolved, verdict, refuses, cause: null, record });
    const vex = verifyVex(weighed.evidence, inForce.trust, now);
    const decided = { subject, workload, evaluation, vex, now };
    const recorded = await attempt(async () => this.#ports.decided(decided));
    // mutant decision-that-is-not-kept by 5-the-desk: remove
    if (!recorded.ok) return recorded;
    this.#verdicts.put(key, { decision, validUntil, verdict, refuses, record }, now);
    return ok({ image, resolved, verdict, refuses, cause: null, record });
  }
}

/** A rule that is undetermined because the registry was not asked says nothing to the user. */
function dropUndetermined(verdict: Verdict): Verdict {
  return {
    ...verdict,
    results: verdict.results.filter(({ outcome }) => outcome !== 'undetermined'),
  };
}

/**
 * Kind and name matter only to a policy that reads them. Cluster and namespace always matter,
 * because scopes name them.
 */
function readsWorkload({ rules, rego }: Policy): boolean {
  // What rules in Rego read is not known.
  // mutant tenancy-workload-in-rego by 5-the-desk: condition -> false
  if (rego !== null) return true;
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

function createLapsedFailure(): Failure {
  return new Failure(
    'SIGNATURE_INVALID',
    'a signature lapsed while the evidence was gathered',
    'Try again.',
  );
}
