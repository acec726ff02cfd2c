import { toFailure } from '../../core/failure.ts';
import { formatInstant, type Instant, toInstant } from '../../core/instant.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { toOneLine } from '../../core/one-line.ts';
import {
  decide,
  type Gate,
  type RuleAction,
  type RuleResult,
  type Verdict,
} from '../../core/verdict.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import { FACT_NAMES, gateKnows, VARIABLE_NAMES, VARIABLES } from './catalogue.ts';
import { toValue } from './cel/bind.ts';
import { type Expression, evaluateExpression } from './cel/compile.ts';
import { unknownError } from './cel/errors.ts';
import { Meter, Run } from './cel/run.ts';
import { CelError, Moment, type Value } from './cel/value.ts';
import { type ExceptionResult, excuse, selectWhole } from './exceptions.ts';
import type { Facts } from './facts.ts';
import { encodeFacts } from './facts-json.ts';
import { buildParametersType } from './parameters.ts';
import type { Exception, Policy, Rule } from './policy.ts';
import type { PolicyOutcome, Question, RuleJudgement } from './question.ts';
import { buildRecord, type DecisionRecord } from './record.ts';
import { judgeRegoRules } from './rego/judge-rego.ts';
import { describeBroken, describeUndetermined } from './rule-messages.ts';
import { removeSample } from './sample.ts';
import { checkScopes } from './scope.ts';

export interface Evaluation {
  readonly verdict: Verdict;
  /**
   * Whether the gate refuses: never in observe mode, unless the policy does not apply to the target
   * at all.
   */
  readonly refuses: boolean;
  /** Made on demand: the digest of the facts costs more than the decision. */
  readonly record: DecisionRecord;
  /** Canonical JSON (RFC 8785): equal bytes for equal facts, policy and moment. */
  readonly recordBytes: Uint8Array;
  /**
   * The facts of the question, as they are recorded: the record names the digest of their canonical
   * JSON.
   */
  readonly facts: JsonObject;
}

/**
 * Evaluates every rule of the gate. Pure: equal arguments give equal bytes.
 *
 * @example const { verdict } = evaluate(policy, { gate: 'admission', facts, now });
 */
export function evaluate(policy: Policy, question: Question): Evaluation {
  const asked = judgeAll(policy, question);
  const { results, decision, validUntil } = asked;
  const verdict: Verdict = { decision, results, validUntil };
  const outOfScope = results.some(({ rule }) => rule === 'policy-scope');
  let encoded: JsonObject | null = null;
  const encode = (): JsonObject => {
    encoded ??= encodeFacts(question.facts, question.gate);
    return encoded;
  };
  let record: DecisionRecord | null = null;
  const makeRecord = (): DecisionRecord => {
    record ??= buildRecord(policy, question, { verdict, asked, facts: encode() });
    return record;
  };
  return {
    verdict,
    // mutant mode-is-per-gate by modes: operand 5 -> Object.values($receiver).every((mode) => mode
    //   === 'enforce')
    // mutant mode-out-of-scope-refuses: remove operand 6
    // mutant refusal-of-undetermined by build/release: operand -> $operand === 'deny'
    // mutant refusal-of-denied by build/release: operand -> $operand === 'undetermined'
    refuses: decision !== 'allow' && (policy.modes[question.gate] === 'enforce' || outOfScope),
    get record() {
      return makeRecord();
    },
    get recordBytes() {
      return Buffer.from(canonicalizeJson(makeRecord() as unknown as JsonValue));
    },
    get facts() {
      return encode();
    },
  };
}

function judgeAll(policy: Policy, question: Question): PolicyOutcome {
  const { gate, facts, now } = question;
  const scope = checkScopes(policy.scopes, facts);
  if (scope !== null)
    return {
      results: [scope],
      decision: 'undetermined',
      validUntil: null,
      applied: [],
      expired: [],
    };
  const rules = policy.rules.filter((rule) => rule.gates[gate] !== undefined);
  const seen = removeSample(facts, question.sampleCounts === true);
  const meter = new Meter();
  const slots = bind(policy, { ...question, facts: seen });
  const asked = { ...question, facts: seen };
  const judged = [
    ...rules.map((rule) => judgeSafely({ policy, rule, question: asked, slots, meter })),
    // mutant rego-rules-are-not-asked by rego: remove
    ...judgeRegoRules(policy, asked),
  ];
  const results = judged.map(({ result }) => result);
  // mutant gate-without-enforcing-rule: remove
  if (!results.some(({ action }) => action === 'deny')) results.push(reportNoEnforcingRule(gate));
  const ids = new Set(results.map(({ rule }) => rule));
  return {
    results,
    decision: decide(results),
    validUntil: selectEarliest(
      [question.factsValidUntil ?? null, ...judged.map(({ flipsAt }) => flipsAt)],
      now,
    ),
    applied: [...new Set(judged.flatMap(({ applied }) => applied))],
    expired: policy.exceptions.filter(
      (exception) => ids.has(exception.rule) && exception.expires <= now,
    ),
  };
}

function reportNoEnforcingRule(gate: Gate): RuleResult {
  return {
    rule: 'enforcing-rule',
    action: 'deny',
    outcome: 'undetermined',
    reason: 'NO_ENFORCING_RULE',
    message: `no rule of this policy denies at the ${gate} gate, so nothing is proven`,
    fix: `Give the ${gate} gate at least one rule with the action deny.`,
  };
}

/**
 * The variables of an evaluation, by slot. A fact that the gate cannot have is an error, even if
 * the caller gives it.
 */
function bind(policy: Policy, { gate, facts, now }: Question): Value[] {
  const slots: Value[] = FACT_NAMES.map((name) =>
    gateKnows(gate, name)
      ? toValue(facts[name], VARIABLES[name] ?? { kind: 'dyn' }, name)
      : unknownError(name),
  );
  slots[VARIABLE_NAMES.indexOf('params')] = toValue(
    policy.parameters.values,
    buildParametersType(policy.parameters),
    'params',
  );
  slots[VARIABLE_NAMES.indexOf('now')] = new Moment(BigInt(now) * 1_000_000n, 1n);
  while (slots.length < policy.slots) slots.push(null);
  return slots;
}

interface Case {
  readonly policy: Policy;
  readonly rule: Rule;
  readonly question: Question;
  readonly slots: Value[];
  readonly meter: Meter;
}

/** A defect in Waybill leaves the rule undetermined; it never admits anything (G47). */
function judgeSafely(asked: Case): RuleJudgement {
  try {
    return judge(asked);
  } catch (thrown) {
    const action = asked.rule.gates[asked.question.gate] ?? 'deny';
    const error = new CelError(toFailure(thrown));
    const result = { rule: asked.rule.id, action, ...undetermined(asked.rule, error) };
    return { result, flipsAt: asked.question.now, applied: [] };
  }
}

function judge(asked: Case): RuleJudgement {
  const { rule, question } = asked;
  const { gate, now } = question;
  const written = rule.gates[gate] ?? 'record';
  const early = rule.effectiveOn !== null && rule.effectiveOn > now;
  const action: RuleAction = early && written === 'deny' ? 'warn' : written;
  const first = ask(rule.require, asked.slots, asked);
  const second =
    first.value === false
      ? askWithExceptions(asked)
      : first.value instanceof CelError
        ? answerUndetermined(asked, first.value)
        : null;
  const flips = [first.flipsAt, second?.flipsAt ?? null, early ? rule.effectiveOn : null];
  const applied = second?.applied ?? [];
  return {
    result: { rule: rule.id, action, ...toOutcome(asked, first.value, second) },
    flipsAt: selectEarliest([...flips, ...applied.map(({ expires }) => expires)], now),
    applied,
  };
}

interface Answer {
  readonly value: Value;
  readonly flipsAt: Instant | null;
}

function ask(expression: Expression, slots: Value[], { question, meter }: Case): Answer {
  const run = new Run(slots, question.now, { meter });
  const value = evaluateExpression(expression, run);
  return {
    value,
    flipsAt: Number.isSafeInteger(run.flipsAtMs) ? toBoundedInstant(run.flipsAtMs) : null,
  };
}

const LAST_MS = 253_402_300_799_999;

function toBoundedInstant(ms: number): Instant | null {
  return ms > LAST_MS ? null : toInstant(ms);
}

interface ExcusedAnswer extends Answer {
  readonly applied: readonly Exception[];
  readonly excused: ExceptionResult | null;
}

/** Evaluates the broken rule again, without what unexpired exceptions name. */
function askWithExceptions(asked: Case): ExcusedAnswer {
  const { policy, rule, question, slots, meter } = asked;
  const { now, facts } = question;
  const own = policy.exceptions.filter(
    (exception) => exception.rule === rule.id && exception.expires > now,
  );
  if (own.length === 0) return { value: false, flipsAt: null, applied: [], excused: null };
  const flips: (Instant | null)[] = [];
  const answer = (changed: Facts): Value => {
    const again = ask(rule.require, bindLists(slots, facts, changed), asked);
    flips.push(again.flipsAt);
    return again.value;
  };
  const spend = (steps: number): boolean => {
    meter.steps += steps;
    return meter.steps <= LIMITS.policyTotalStepsMax;
  };
  const result = excuse(facts, own, (alone) => answer(alone) === false, spend);
  const value = result.applied.length === 0 ? false : result.whole ? true : answer(result.facts);
  return { value, flipsAt: selectEarliest(flips, now), applied: result.applied, excused: result };
}

/**
 * The rule that cannot be decided, where an unexpired exception of the whole rule answers it. A
 * defect in Waybill is never excepted (G47).
 */
function answerUndetermined(
  { policy, rule, question }: Case,
  { failure }: CelError,
): ExcusedAnswer | null {
  const { now, facts } = question;
  // mutant exception-of-a-defect by exceptions: condition -> false
  if (failure.code === 'INTERNAL') return null;
  const own = policy.exceptions.filter(
    // mutant exception-answers-until-it-expires by exceptions: remove operand 2
    (exception) => exception.rule === rule.id && exception.expires > now,
  );
  const applied = selectWhole(facts, own);
  return applied.length === 0 ? null : { value: true, flipsAt: null, applied, excused: null };
}

/** Exceptions change only findings and components. */
function bindLists(slots: readonly Value[], before: Facts, facts: Facts): Value[] {
  const changed = [...slots];
  for (const name of ['findings', 'components'] as const) {
    if (facts[name] !== before[name])
      changed[VARIABLE_NAMES.indexOf(name)] = toValue(
        facts[name],
        VARIABLES[name] ?? { kind: 'dyn' },
        name,
      );
  }
  return changed;
}

type Outcome = Pick<RuleResult, 'outcome' | 'reason' | 'message' | 'fix'>;

function toOutcome(asked: Case, first: Value, second: ExcusedAnswer | null): Outcome {
  const value = second === null ? first : second.value;
  if (value === true) {
    const reason = second === null ? 'RULE_HOLDS' : 'EXCEPTED';
    return {
      outcome: 'holds',
      reason,
      message: second === null ? null : describeExceptions(second.applied, first),
      fix: null,
    };
  }
  if (value instanceof CelError) return undetermined(asked.rule, value);
  const slots = second?.excused
    ? bindLists(asked.slots, asked.question.facts, second.excused.facts)
    : asked.slots;
  return {
    outcome: 'broken',
    reason: 'RULE_BROKEN',
    message: formatMessage(asked, slots),
    fix: asked.rule.fix ?? `Fix what the rule names, or change rule ${asked.rule.id}.`,
  };
}

/** Who excepted it, why, where and until when; and what could not be decided. */
function describeExceptions(applied: readonly Exception[], first: Value): string {
  const said = applied.map(({ owner, reason, expires, repository }) => {
    const where = repository === null ? '' : `, for ${repository}`;
    return `${reason} (${owner}${where}, until ${formatInstant(expires)})`;
  });
  const open =
    first instanceof CelError ? `; it cannot be decided, because ${first.failure.message}` : '';
  return toOneLine(`excepted: ${said.join('; ')}${open}`, LIMITS.ruleMessageCharactersMax);
}

function undetermined(rule: Rule, error: CelError): Outcome {
  const { code, remedy } = error.failure;
  return {
    outcome: 'undetermined',
    reason: code,
    message: describeUndetermined(rule, error),
    fix: toOneLine(remedy),
  };
}

function formatMessage({ policy, rule, question }: Case, slots: Value[]): string {
  const { now } = question;
  const expired = policy.exceptions.filter(
    (exception) => exception.rule === rule.id && exception.expires <= now,
  );
  const note = expired.length === 0 ? '' : ` (${expired.length} of its exceptions expired)`;
  return describeBroken(rule, slots, now, note);
}

function selectEarliest(moments: readonly (Instant | null)[], now: Instant): Instant | null {
  const later = moments.filter((moment) => moment !== null);
  return later.length === 0 ? null : toInstant(Math.max(Math.min(...later), now));
}
