import type { RuleResult } from '../../core/verdict.ts';
import type { ImageVerdict } from '../../gates/desk/index.ts';
import { type Io, makePrintable, paint } from './io.ts';

const COLOURS = { allow: 'green', deny: 'red', undetermined: 'yellow' } as const;

/** One verdict as text: the decision, what is broken or open, and with `explain` every rule. */
export function formatVerdict(io: Io, image: ImageVerdict, explain: boolean): string {
  const { decision, results } = image.verdict;
  const lines = [`${paint(io, COLOURS[decision], decision)}  ${makePrintable(image.resolved)}`];
  if (image.cause !== null) {
    lines.push(
      `  ${makePrintable(image.cause.message)} [${image.cause.code}]`,
      `    fix: ${makePrintable(image.cause.remedy)}`,
    );
  }
  for (const result of results)
    if (explain || result.outcome !== 'holds') lines.push(...formatRule(io, result));
  if (decision !== 'allow' && !image.refuses)
    lines.push('  observed only: the policy does not enforce at this gate yet');
  if (explain && image.record !== null) lines.push(`  decision record ${image.record}`);
  return `${lines.join('\n')}\n`;
}

function formatRule(
  io: Io,
  { rule, action, outcome, reason, message, fix }: RuleResult,
): readonly string[] {
  const colour =
    outcome === 'holds'
      ? 'green'
      : action === 'deny'
        ? COLOURS[outcome === 'broken' ? 'deny' : 'undetermined']
        : 'dim';
  const head = `  ${paint(io, colour, outcome.padEnd(12))} ${rule} (${action}) [${reason}]`;
  return [
    head,
    ...(message === null ? [] : [`    ${makePrintable(message)}`]),
    ...(fix === null ? [] : [`    fix: ${makePrintable(fix)}`]),
  ];
}

/** The same for programs. */
export function toVerdictJson(image: ImageVerdict): object {
  const { cause, verdict } = image;
  return {
    image: image.image,
    resolved: image.resolved,
    decision: verdict.decision,
    refuses: image.refuses,
    results: verdict.results,
    validUntil: verdict.validUntil === null ? null : new Date(verdict.validUntil).toISOString(),
    record: image.record,
    cause:
      cause === null ? null : { code: cause.code, message: cause.message, remedy: cause.remedy },
  };
}

/**
 * 0 allowed, 1 denied, 3 undetermined; of several, what refuses most. Observe mode refuses nothing.
 */
export function toVerdictExitCode(images: readonly ImageVerdict[]): 0 | 1 | 3 {
  const refused = images.filter((image) => image.refuses).map((image) => image.verdict.decision);
  if (refused.includes('deny')) return 1;
  return refused.includes('undetermined') ? 3 : 0;
}
