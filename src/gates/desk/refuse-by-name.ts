import {
  type Evaluation,
  evaluate,
  type Facts,
  makeUnknownFact,
  type Policy,
} from '../../capabilities/policy/index.ts';
import { Failure } from '../../core/failure.ts';
import { formatImageReference, type ImageReference } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import type { Gate } from '../../core/verdict.ts';
import { buildAdmissionFacts } from '../facts/facts.ts';
import type { WorkloadRequest } from './admission.ts';

/** What is known about an image before any registry was asked. */
const KNOWN_BY_NAME = new Set(['image', 'workload', 'params', 'now']);

export interface NamedImage {
  readonly policy: Policy;
  readonly gate: Gate;
  readonly reference: ImageReference;
  readonly workload: WorkloadRequest | null;
  readonly now: Instant;
}

/**
 * The evaluation if the name alone refuses the image (I19), else null. A registry that the policy
 * does not allow is never asked, so a user cannot make the server call a host of their choice. Only
 * rules that read nothing else take part. Facts that only a registry knows must not change their
 * result: the rules are asked once without these facts and once with some.
 */
export function refuseByName(named: NamedImage): Evaluation | null {
  // mutant refusal-by-name-needs-no-evidence: value 2 -> true
  const rules = named.policy.rules.filter(({ require }) =>
    [...require.reads].every((name) => KNOWN_BY_NAME.has(name)),
  );
  const policy = { ...named.policy, rules };
  const unasked = makeUnknownFact(
    new Failure('FACT_UNKNOWN', 'the registry was not asked', 'Ask the registry.'),
  );
  const without = evaluateName(policy, named, unasked, unasked);
  if (without.verdict.decision !== 'deny') return null;
  const withSome = evaluateName(policy, named, `sha256:${'0'.repeat(64)}`, 'linux/amd64');
  return withSome.verdict.decision === 'deny' ? without : null;
}

type NameFact = string | ReturnType<typeof makeUnknownFact>;

function evaluateName(
  policy: Policy,
  { gate, reference, workload, now }: NamedImage,
  digest: NameFact,
  platform: NameFact,
): Evaluation {
  const { registry, repository, tag } = reference;
  const image = {
    reference: formatImageReference(reference),
    registry,
    repository,
    tag,
    digest: reference.digest ?? digest,
    platform,
  };
  const facts: Facts = { image };
  return evaluate(policy, {
    gate,
    now,
    facts: workload === null ? facts : buildAdmissionFacts(facts, workload),
  });
}
