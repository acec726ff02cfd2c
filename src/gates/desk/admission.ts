import type { Failure } from '../../core/failure.ts';
import { toOneLine } from '../../core/one-line.ts';
import type { Decision, RuleResult, Verdict } from '../../core/verdict.ts';

/** The workload that asks to run, as the API server described it. */
export interface WorkloadRequest {
  readonly cluster: string;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly operation: string;
  readonly user: string;
  /** The address that asked, so that a flood from one address does not hide what others ask. */
  readonly source?: string;
  /** The request only asks what the answer would be: nothing may be written (G40). */
  readonly dryRun?: boolean;
}

/** What was decided about one image. */
export interface ImageVerdict {
  readonly image: string;
  /**
   * The reference with the digest that the verdict is about; the text of the request if it was not
   * resolved.
   */
  readonly resolved: string;
  readonly verdict: Verdict;
  /** Whether the gate refuses; in observe mode it does not. */
  readonly refuses: boolean;
  /** Why there is no verdict by rules; the decision is then `undetermined`. */
  readonly cause: Failure | null;
  /** SHA-256 of the canonical decision record; null if no rule was evaluated. */
  readonly record: string | null;
}

export interface WorkloadVerdict {
  readonly decision: Decision;
  readonly refuses: boolean;
  readonly images: readonly ImageVerdict[];
}

/**
 * The verdict about all images of a workload: a denied image denies the workload, an undetermined
 * one leaves it undetermined.
 */
export function combineImages(images: readonly ImageVerdict[]): WorkloadVerdict {
  // mutant every-image-decides by admit: callee -> $receiver.slice(0, 1).map
  const decisions = new Set(images.map((image) => image.verdict.decision));
  const decision = decisions.has('deny')
    ? 'deny'
    : decisions.has('undetermined')
      ? 'undetermined'
      : 'allow';
  return { decision, refuses: images.some((image) => image.refuses), images };
}

/** An image for which no rule could be evaluated. */
export function createUndeterminedVerdict(
  image: string,
  cause: Failure,
  refuses: boolean,
): ImageVerdict {
  const verdict: Verdict = { decision: 'undetermined', results: [], validUntil: null };
  // mutant log-line-forged-by-name by admit: call -> $argument
  return { image, resolved: toOneLine(image), verdict, refuses, cause, record: null };
}

/**
 * The text of a refusal: for each image, each rule that is broken or undetermined, with its
 * evidence and its fix (X10).
 */
export function explainRefusal(workload: WorkloadVerdict): string {
  const refused = workload.images.filter((image) => image.verdict.decision !== 'allow');
  return refused.map(explainImage).join('\n');
}

function explainImage(image: ImageVerdict): string {
  const head = `${image.resolved}: ${image.verdict.decision}`;
  if (image.cause !== null) return `${head}: ${explainFailure(image.cause)}`;
  const open = image.verdict.results.filter(
    (result) => result.action === 'deny' && result.outcome !== 'holds',
  );
  const sorted = open.toSorted(
    (one, other) => Number(one.outcome !== 'broken') - Number(other.outcome !== 'broken'),
  );
  return [head, ...sorted.map((result) => explainRule(result, image.resolved))].join('\n');
}

/** A failure may quote text from strangers: it stays on its line (A76). */
export function explainFailure({ message, code, remedy }: Failure): string {
  // mutant log-line-forged-by-cause by admit: span -> $argument
  return `${toOneLine(message, 1_000)} [${code}]. fix: ${toOneLine(remedy)}`;
}

/** The image is named once, above its rules: a digest in every line makes them hard to read. */
function explainRule(result: RuleResult, resolved: string): string {
  const what = (result.message ?? result.outcome)
    .replace(/\.$/, '')
    .replaceAll(`the image ${resolved}`, 'the image')
    .replaceAll(resolved, 'the image');
  return (
    `- ${result.rule} [${result.reason}]: ` +
    `${what}.${result.fix === null ? '' : ` fix: ${result.fix}`}`
  );
}

/** Rules that warn and are broken or undetermined: shown to the user, never decisive. */
export function listWarnings(workload: WorkloadVerdict): readonly string[] {
  return workload.images.flatMap((image) =>
    image.verdict.results
      .filter((result) => result.action === 'warn' && result.outcome !== 'holds')
      .map((result) => toOneLine(`${result.rule}: ${result.message ?? result.outcome}`)),
  );
}
