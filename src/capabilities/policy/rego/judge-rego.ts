import { Failure } from '../../../core/failure.ts';
import { formatInstant, toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { toOneLine } from '../../../core/one-line.ts';
import { failed, type Result } from '../../../core/result.ts';
import type { RuleAction, RuleResult } from '../../../core/verdict.ts';
import { selectWhole } from '../exceptions.ts';
import type { Exception, Policy } from '../policy.ts';
import type { Question, RuleJudgement } from '../question.ts';
import type { RegoAnswer } from './read-answers.ts';
import type { RegoRule } from './rego-part.ts';

/**
 * The results of the rules in Rego, in the form and by the words of all rules. Nothing that was not
 * asked, and no rule without an answer, holds.
 */
export function judgeRegoRules(policy: Policy, question: Question): readonly RuleJudgement[] {
  const rules = policy.rego?.rules.filter((rule) => rule.gates[question.gate] !== undefined) ?? [];
  return rules.map((rule) => judgeRule(rule, policy, question));
}

function judgeRule(rule: RegoRule, policy: Policy, question: Question): RuleJudgement {
  const { gate, now, facts } = question;
  const written = rule.gates[gate] ?? 'record';
  const early = rule.effectiveOn !== null && rule.effectiveOn > now;
  const action: RuleAction = early && written === 'deny' ? 'warn' : written;
  const answer = findAnswer(rule, question);
  const own = policy.exceptions.filter((one) => one.rule === rule.id && one.expires > now);
  const applied = answer.ok && answer.value.outcome === 'holds' ? [] : selectWhole(facts, own);
  const outcome = applied.length === 0 ? toOutcome(rule, answer) : describeExceptions(applied);
  return {
    result: { rule: rule.id, action, ...outcome },
    // What a rule reads is not known, and it may be the time.
    // mutant rego-verdict-without-end by rego: value -> null
    flipsAt: toInstant(
      Math.min(
        now + LIMITS.regoVerdictMs,
        ...(early && rule.effectiveOn !== null ? [rule.effectiveOn] : []),
        ...applied.map(({ expires }) => expires),
      ),
    ),
    applied,
  };
}

function findAnswer(rule: RegoRule, { rego }: Question): Result<RegoAnswer> {
  if (rego === undefined) return failed(createEngineFailure());
  if (!rego.ok) return rego;
  const answer = rego.value.get(rule.id);
  return answer === undefined
    ? failed(new Failure('FACT_UNKNOWN', 'OPA gave no answer about it', 'Ask the gate again.'))
    : { ok: true, value: answer };
}

type Outcome = Pick<RuleResult, 'outcome' | 'reason' | 'message' | 'fix'>;

function toOutcome(rule: RegoRule, answer: Result<RegoAnswer>): Outcome {
  if (!answer.ok)
    return describeOpen(rule, answer.failure.code, answer.failure.message, answer.failure.remedy);
  const { outcome, messages } = answer.value;
  if (outcome === 'holds') return { outcome, reason: 'RULE_HOLDS', message: null, fix: null };
  if (outcome === 'undetermined')
    return describeOpen(
      rule,
      'FACT_UNKNOWN',
      'it depends on facts that are unknown',
      'See which facts are unknown: waybill verify.',
    );
  const said = [...messages].sort().filter((text) => text.trim() !== '');
  return {
    outcome,
    reason: 'RULE_BROKEN',
    message: cut(said.length === 0 ? rule.description : said.join('; ')),
    fix: rule.fix ?? `Fix what the rule names, or change rule ${rule.id}.`,
  };
}

function describeOpen(rule: RegoRule, reason: string, why: string, remedy: string): Outcome {
  return {
    ...{ outcome: 'undetermined', reason },
    message: cut(`cannot be decided: ${why}. Required: ${rule.description}`),
    fix: toOneLine(remedy),
  };
}

function describeExceptions(applied: readonly Exception[]): Outcome {
  const said = applied.map(
    ({ owner, reason, expires }) => `${reason} (${owner}, until ${formatInstant(expires)})`,
  );
  const message = cut(`excepted: ${said.join('; ')}`);
  return { outcome: 'holds', reason: 'EXCEPTED', message, fix: null };
}

function cut(text: string): string {
  return toOneLine(text, LIMITS.ruleMessageCharactersMax);
}

/** Why a rule in Rego is undetermined where nobody has asked OPA. */
export function createEngineFailure(): Failure {
  return new Failure(
    'UNSUPPORTED',
    'rules in Rego are not asked here',
    'Ask a gate: waybill gate admission, or waybill policy eval.',
  );
}
