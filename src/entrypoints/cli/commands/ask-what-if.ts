import { formatInstant, toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import type { Gate } from '../../../core/verdict.ts';
import type { WhatIf, WhatIfRow } from '../../../gates/audit/index.ts';
import { loadPolicy } from '../../compose/policy.ts';
import { loadPolicyInForce, tryPolicy } from '../../compose/try-policy.ts';
import type { AskCall } from '../ask-options.ts';
import { readPlace } from '../ask-subject.ts';
import { loadCallConfig } from '../call-config.ts';
import { formatTable } from '../io.ts';
import { formatNames, formatWorkload } from './ask-answers.ts';
import { defineQuestion } from './ask-question.ts';

/** 1 when the policy would newly refuse something, denied or left open. */
export const askWhatIf = defineQuestion(async (reader, call, ask) => {
  const { options } = call;
  const candidate = orThrow(await loadPolicy(loadCallConfig(call)));
  const inForce = await loadPolicyInForce(loadCallConfig(dropPolicyOption(call)));
  const gate = (options.gate ?? 'admission') as Gate;
  const now = ask.asOf ?? toInstant(Date.now());
  const answer = orThrow(
    await tryPolicy(reader, { gate, candidate, inForce, now }, ask, readPlace(call)),
  );
  const with_ =
    answer.comparedWith === 'policy-in-force'
      ? 'the policy in force'
      : 'the decisions that were recorded';
  return {
    answer,
    text: () => formatWhatIf(answer),
    next: null,
    exit: answer.newlyDenied.length + answer.newlyUndetermined.length > 0 ? 1 : 0,
    notes: [
      `${answer.examined} examined at the ${gate} gate as of ${formatInstant(now)}, compared ` +
        `with ${with_}`,
      ...(answer.more ? ['there is more than could be examined: the lists are not whole'] : []),
    ],
  };
});

/** `--policy` names the candidate here, not what is in force. */
function dropPolicyOption(call: AskCall): AskCall {
  const { policy: _, ...options } = call.options;
  return { ...call, options };
}

const HEADER = 'RELEASE|CLUSTER|NAMESPACE|WORKLOAD|IMAGE|BEFORE|RULE|WHY|FIX|FACTS OF|RECORD'.split(
  '|',
);

function formatWhatIf(answer: WhatIf): string {
  const { deny, allow, undetermined } = answer.unchanged;
  return [
    formatList('newly denied', answer.newlyDenied),
    formatList('newly allowed', answer.newlyAllowed),
    formatList('newly undetermined', answer.newlyUndetermined),
    `unchanged: ${allow} allowed, ${deny} denied, ${undetermined} undetermined\n`,
  ].join('\n');
}

function formatList(title: string, rows: readonly WhatIfRow[]): string {
  if (rows.length === 0) return `${title}: none\n`;
  return `${title}: ${rows.length}\n${formatTable(HEADER, rows.flatMap(toRows))}`;
}

/** A line a rule: each has its own reason and fix. */
function toRows(row: WhatIfRow): readonly (readonly string[])[] {
  const { running } = row;
  const left = [
    formatNames(row.releases),
    running?.cluster ?? '-',
    running?.namespace ?? '-',
    running === null ? '-' : formatWorkload(running),
    row.image,
    row.before,
  ];
  const right = [row.decidedAt === null ? '-' : formatInstant(row.decidedAt), row.record ?? '-'];
  if (row.rules.length === 0) return [[...left, '-', '-', '-', ...right]];
  return row.rules.map(({ rule, message, fix }) => [
    ...left,
    rule,
    message ?? '-',
    fix ?? '-',
    ...right,
  ]);
}
