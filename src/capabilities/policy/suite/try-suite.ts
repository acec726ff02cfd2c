import { LIMITS } from '../../../core/limits.ts';
import { ok, type Result } from '../../../core/result.ts';
import type { RuleResult } from '../../../core/verdict.ts';
import { VARIABLES } from '../catalogue.ts';
import { compileTree, type Expression } from '../cel/compile.ts';
import { mutateTree } from '../cel/mutate.ts';
import { parseExpression } from '../cel/parse.ts';
import type { Node } from '../cel/syntax.ts';
import type { FieldTypes } from '../cel/type.ts';
import { readDocument } from '../document.ts';
import { evaluate } from '../evaluate.ts';
import { decodeFacts } from '../facts-read.ts';
import { buildParametersType } from '../parameters.ts';
import { type Policy, parsePolicy, type Rule } from '../policy.ts';
import type { PolicyTest } from './parse-suite.ts';
import { replaceResult, runTest, type TestOutcome } from './run-test.ts';
import { ConditionWatch, type WatchedCondition } from './watch-conditions.ts';

/** How much of one rule its tests have shown. */
export interface RuleCoverage {
  readonly rule: string;
  readonly holds: number;
  readonly broken: number;
  readonly undetermined: number;
  /** Two for each condition: that it was true, and that it was false. */
  readonly branches: number;
  readonly missing: readonly MissingBranch[];
}

export interface MissingBranch extends RulePlace {
  readonly never: boolean;
}

/** A place in the condition of a rule. */
export interface RulePlace {
  readonly line: number;
  readonly column: number;
  /** What is written there, up to the end of the line. */
  readonly text: string;
}

/** A changed rule that no test noticed. */
export interface SurvivingMutant extends RulePlace {
  readonly rule: string;
  readonly change: string;
}

export interface MutantReport {
  readonly tried: number;
  readonly killed: number;
  readonly survived: readonly SurvivingMutant[];
  /** There are more than were tried. */
  readonly more: boolean;
}

export interface SuiteReport {
  readonly policy: Policy;
  readonly outcomes: readonly TestOutcome[];
  readonly coverage: readonly RuleCoverage[];
  /** Null where it was not asked for, or a test fails already. */
  readonly mutants: MutantReport | null;
}

/** Runs tests on the text of a policy; with `mutate`, also on every rule with one change. */
export function trySuite(
  text: string,
  tests: readonly PolicyTest[],
  { mutate }: { readonly mutate: boolean },
): Result<SuiteReport> {
  const opened = openRules(text);
  if (!opened.ok) return opened;
  const { policy, rules } = opened.value;
  const outcomes = tests.map((test) => runTest(policy, test));
  const fails = outcomes.some(({ wrong }) => wrong.length > 0);
  const mutants = mutate && !fails ? tryMutants(opened.value, outcomes) : null;
  if (mutants !== null && !mutants.ok) return mutants;
  return ok({
    policy,
    outcomes,
    coverage: rules.map((rule) => coverRule(rule, outcomes)),
    mutants: mutants?.value ?? null,
  });
}

/** A rule whose conditions are watched, and what it is made from. */
interface WatchedRule {
  readonly rule: Rule;
  readonly text: string;
  readonly tree: Node;
  readonly conditions: readonly WatchedCondition[];
}

interface OpenedRules {
  readonly policy: Policy;
  readonly rules: readonly WatchedRule[];
  readonly variables: FieldTypes;
}

function openRules(text: string): Result<OpenedRules> {
  const policy = parsePolicy(text);
  if (!policy.ok) return policy;
  const document = readDocument(text);
  if (!document.ok) return document;
  const variables = { ...VARIABLES, params: buildParametersType(policy.value.parameters) };
  const rules: WatchedRule[] = [];
  for (const [at, rule] of policy.value.rules.entries()) {
    const source = document.value.rules[at]?.require ?? '';
    const tree = parseExpression(source);
    if (!tree.ok) return tree;
    const { watch, conditions } = new ConditionWatch();
    const require = compileTree(source, tree.value, { variables, watch });
    if (!require.ok) return require;
    const watched = { ...rule, require: require.value };
    rules.push({ rule: watched, text: source, tree: tree.value, conditions });
  }
  return ok({
    policy: { ...policy.value, rules: rules.map(({ rule }) => rule) },
    rules,
    variables,
  });
}

function coverRule(
  { rule, text, conditions }: WatchedRule,
  outcomes: readonly TestOutcome[],
): RuleCoverage {
  const results = outcomes.flatMap(({ results: all }) => all.filter((one) => one.rule === rule.id));
  const count = (outcome: RuleResult['outcome']): number =>
    results.filter((one) => one.outcome === outcome).length;
  const missing = conditions.flatMap(({ offset, seen }) =>
    [true, false]
      .filter((answer) => !seen.has(answer))
      .map((never) => ({ ...findPlace(text, offset), never })),
  );
  return {
    rule: rule.id,
    holds: count('holds'),
    broken: count('broken'),
    undetermined: count('undetermined'),
    branches: 2 * conditions.length,
    missing,
  };
}

function tryMutants(
  { policy, rules, variables }: OpenedRules,
  outcomes: readonly TestOutcome[],
): Result<MutantReport> {
  const survived: SurvivingMutant[] = [];
  let tried = 0;
  for (const watched of rules) {
    for (const { offset, change, rule } of listMutants(watched, variables)) {
      // mutant policy-mutants-without-end: condition -> false
      if (tried >= LIMITS.policyMutantsMax)
        return ok({ tried, killed: tried - survived.length, survived, more: true });
      tried += 1;
      const mutant: Policy = {
        ...policy,
        rules: [rule],
        slots: Math.max(policy.slots, rule.require.slots),
      };
      if (outcomes.some((outcome) => notices(mutant, outcome))) continue;
      survived.push({ rule: rule.id, ...findPlace(watched.text, offset), change });
    }
  }
  return ok({ tried, killed: tried - survived.length, survived, more: false });
}

interface RuleMutant {
  readonly offset: number;
  readonly change: string;
  readonly rule: Rule;
}

function* listMutants(
  { rule, text, tree }: WatchedRule,
  variables: FieldTypes,
): Generator<RuleMutant> {
  for (const answer of [true, false]) {
    const content = { kind: 'constant', constant: { kind: 'bool', value: answer } } as const;
    const fixed = compileTree(text, { offset: 0, content }, { variables });
    if (fixed.ok)
      yield {
        offset: 0,
        change: `it always ${answer ? 'holds' : 'breaks'}`,
        rule: put(fixed.value),
      };
  }
  for (const gate of Object.keys(rule.gates) as (keyof Rule['gates'])[])
    if (rule.gates[gate] === 'deny')
      yield {
        offset: 0,
        change: `it only warns at the ${gate} gate`,
        rule: { ...rule, gates: { ...rule.gates, [gate]: 'warn' } },
      };
  for (const { offset, change, root } of mutateTree(tree)) {
    // A change that is no expression of the right types is not a rule that somebody could write.
    const require = compileTree(text, root, { variables });
    if (require.ok && require.value.type.kind === 'bool')
      yield { offset, change, rule: put(require.value) };
  }
  function put(require: Expression): Rule {
    return { ...rule, require };
  }
}

/** Whether a test that passes with the rule as it is fails with the changed one. */
function notices(mutant: Policy, outcome: TestOutcome): boolean {
  const [rule] = mutant.rules;
  const { gate, now, facts } = outcome.test;
  if (rule === undefined || rule.gates[gate] === undefined) return false;
  if (!outcome.results.some((one) => one.rule === rule.id)) return false;
  const { verdict } = evaluate(mutant, { gate, now, facts: decodeFacts(facts, gate) });
  const changed = verdict.results.find((one) => one.rule === rule.id);
  // mutant policy-mutants-are-all-noticed: value -> true
  return changed !== undefined && replaceResult(outcome, changed).length > 0;
}

const PLACE_CHARACTERS_MAX = 80;

function findPlace(text: string, offset: number): RulePlace {
  const before = text.slice(0, offset).split('\n');
  const [rest = ''] = text.slice(offset).split('\n', 1);
  return {
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
    text: rest.slice(0, PLACE_CHARACTERS_MAX),
  };
}
