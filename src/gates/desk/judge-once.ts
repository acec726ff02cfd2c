import {
  type Evaluation,
  evaluate,
  type ReleaseFact,
  type UnknownFact,
} from '../../capabilities/policy/index.ts';
import type { ArtifactSource, CallOptions } from '../../capabilities/registry/index.ts';
import type { ImageReference } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import { ok, type Result } from '../../core/result.ts';
import type { Gate } from '../../core/verdict.ts';
import { buildImageFacts } from '../facts/facts.ts';
import { gatherImage } from '../image-evidence/gather.ts';
import { type DocumentsInForce, findValidUntil } from './desk.ts';

export interface JudgementInput {
  readonly source: ArtifactSource;
  readonly inForce: DocumentsInForce;
  readonly release: ReleaseFact | UnknownFact;
  readonly gate: Gate;
  readonly now: Instant;
}

/** One gate asked once, with nothing remembered: as a release is about to be published. */
export async function judgeOnce(
  reference: ImageReference,
  judging: JudgementInput,
  options: CallOptions = {},
): Promise<Result<Evaluation>> {
  const { source, inForce, release, gate, now } = judging;
  const { policy, trust, advisories } = inForce;
  const evidence = await gatherImage(reference, now, { source, trust }, options);
  if (!evidence.ok) return evidence;
  const facts = await buildImageFacts(evidence.value, now, { trust, advisories, release });
  if (!facts.ok) return facts;
  return ok(
    evaluate(policy, {
      gate,
      facts: facts.value,
      now,
      factsValidUntil: findValidUntil(evidence.value),
    }),
  );
}
