import { type Evaluation, evaluateAll } from '../../capabilities/policy/index.ts';
import type { ArtifactSource, CallOptions } from '../../capabilities/registry/index.ts';
import type { ImageReference } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import type { ReadingBudget } from '../../core/reading-budget.ts';
import { ok, type Result } from '../../core/result.ts';
import type { Gate } from '../../core/verdict.ts';
import type { DeskPorts, DocumentsInForce } from './desk-ports.ts';
import { examineImage } from './examine.ts';

export interface JudgementInput {
  readonly source: ArtifactSource;
  readonly inForce: DocumentsInForce;
  readonly graph: DeskPorts['graph'];
  readonly gate: Gate;
  readonly now: Instant;
  /** For each attached document. */
  readonly reading: ReadingBudget;
}

/** Asks one gate once and caches nothing: for a release that is about to be published. */
export async function judgeOnce(
  reference: ImageReference,
  judging: JudgementInput,
  options: CallOptions = {},
): Promise<Result<Evaluation>> {
  const examined = await examineImage(reference, judging, options);
  if (!examined.ok) return examined;
  const { facts, validUntil } = examined.value;
  const { inForce, gate, now } = judging;
  const question = { gate, facts, now, factsValidUntil: validUntil };
  const rego = inForce.rego ?? null;
  return ok(await evaluateAll(inForce.policy, question, rego, options.signal));
}
