import { type Evaluation, evaluate, type ReleaseFact, type Unknown } from '../../capabilities/policy/index.ts';
import type { ArtifactSource, CallOptions } from '../../capabilities/registry/index.ts';
import type { ImageReference } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import { ok, type Result } from '../../core/result.ts';
import type { Gate } from '../../core/verdict.ts';
import { imageFacts } from '../facts/facts.ts';
import { gatherImage } from '../image-evidence/gather.ts';
import { type InForce, validUntilOf } from './desk.ts';

export interface Judging {
  readonly source: ArtifactSource;
  readonly inForce: InForce;
  readonly release: ReleaseFact | Unknown;
  readonly gate: Gate;
  readonly now: Instant;
}

/** One gate asked once, with nothing remembered: as a release is about to be published. */
export async function judgeOnce(
  reference: ImageReference,
  judging: Judging,
  options: CallOptions = {},
): Promise<Result<Evaluation>> {
  const { source, inForce, release, gate, now } = judging;
  const { policy, trust, advisories } = inForce;
  const evidence = await gatherImage(reference, now, { source, trust }, options);
  if (!evidence.ok) return evidence;
  const facts = imageFacts(evidence.value, now, { trust, advisories, release });
  return ok(evaluate(policy, { gate, facts, now, factsValidUntil: validUntilOf(evidence.value) }));
}
