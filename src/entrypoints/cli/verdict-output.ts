import { formatAnswerInstant } from '../../core/instant.ts';
import type { RuleResult } from '../../core/verdict.ts';
import type { ImageVerdict } from '../../gates/desk/index.ts';
import { type Block, paint, showLine, showProse } from './report/block.ts';
import type { SchemaValue } from './report/schemas.ts';

const COLOURS = { allow: 'green', deny: 'red', undetermined: 'yellow' } as const;

/** One verdict: the decision, what is broken or open, and with `explain` every rule. */
export function showVerdict(image: ImageVerdict, explain: boolean): readonly Block[] {
  const { decision, results } = image.verdict;
  const { cause } = image;
  return [
    showLine(paint(COLOURS[decision], decision), `  ${image.resolved}`),
    ...(cause === null
      ? []
      : [
          showProse(['  '], `${cause.message} [${cause.code}]`),
          showProse(['    fix: '], cause.remedy),
        ]),
    ...results.filter(({ outcome }) => explain || outcome !== 'holds').flatMap(showRule),
    ...(decision !== 'allow' && !image.refuses
      ? [showLine('  only observed: the policy does not enforce at this gate yet')]
      : []),
    ...(explain && image.record !== null ? [showLine(`  decision record ${image.record}`)] : []),
  ];
}

function showRule({ rule, action, outcome, reason, message, fix }: RuleResult): readonly Block[] {
  const colour =
    outcome === 'holds'
      ? 'green'
      : action === 'deny'
        ? COLOURS[outcome === 'broken' ? 'deny' : 'undetermined']
        : 'dim';
  return [
    showLine('  ', paint(colour, outcome.padEnd(12)), ` ${rule} (${action}) [${reason}]`),
    ...(message === null ? [] : [showProse(['    '], message)]),
    ...(fix === null ? [] : [showProse(['    fix: '], fix)]),
  ];
}

/** The same as JSON. */
export function toVerdictJson(
  image: ImageVerdict,
): SchemaValue<'gate-admission'>['verdicts'][number] {
  const { cause, verdict } = image;
  return {
    image: image.image,
    resolved: image.resolved,
    decision: verdict.decision,
    refuses: image.refuses,
    results: verdict.results,
    validUntil: verdict.validUntil === null ? null : formatAnswerInstant(verdict.validUntil),
    record: image.record,
    cause:
      cause === null ? null : { code: cause.code, message: cause.message, remedy: cause.remedy },
  };
}

/**
 * 0 allowed, 1 denied, 3 undetermined; for several images, the most severe. Observe mode refuses
 * nothing.
 */
export function toVerdictExitCode(images: readonly ImageVerdict[]): 0 | 1 | 3 {
  const refused = images.filter((image) => image.refuses).map((image) => image.verdict.decision);
  if (refused.includes('deny')) return 1;
  return refused.includes('undetermined') ? 3 : 0;
}
