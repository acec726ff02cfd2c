import { describe, expect, it } from 'vitest';
import {
  cleanFacts,
  finding,
  LOST,
  NOON,
  policyText,
  ruleText,
} from '../../../test/support/policy-facts.ts';
import { toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import {
  type Decision,
  GATES,
  type Gate,
  type RuleAction,
  type RuleOutcome,
} from '../../core/verdict.ts';
import { evaluate } from './evaluate.ts';
import { type Facts, makePartialList, makeUnknownFact } from './facts.ts';
import { parsePolicy } from './policy.ts';

const GONE = makeUnknownFact(LOST);

/** The result of one rule for these facts. */
function outcome(require: string, facts: Facts): RuleOutcome | undefined {
  const policy = orThrow(parsePolicy(policyText(ruleText(require))));
  return evaluate(policy, { gate: 'admission', facts, now: NOON }).verdict.results[0]?.outcome;
}

/**
 * T is true, F is false, U is a fact that was not gathered; the three fields are read from one
 * record.
 */
const logic: Facts = {
  sbom: { complete: true, count: 1, createdAt: toInstant(0) },
  scan: { complete: false, createdAt: GONE },
  advisories: GONE,
};
const OPERANDS = {
  T: 'sbom.complete',
  F: 'scan.complete',
  U: "advisories.source == 'imported'",
} as const;
type Operand = keyof typeof OPERANDS;
const MEANS: Readonly<Record<Operand, RuleOutcome>> = {
  T: 'holds',
  F: 'broken',
  U: 'undetermined',
};

const BINARY: readonly (readonly [string, Operand, Operand, Operand])[] = [
  ...rows('&&', 'TTT TFF TUU FTF FFF FUF UTU UFF UUU'),
  ...rows('||', 'TTT TFT TUT FTT FFF FUU UTT UFU UUU'),
  ...rows('==', 'TTT TFF TUU FTF FFT FUU UTU UFU UUU'),
  ...rows('!=', 'TTF TFT TUU FTT FFF FUU UTU UFU UUU'),
];

function rows(operator: string, table: string): (readonly [string, Operand, Operand, Operand])[] {
  return table
    .split(' ')
    .map((row) => [operator, row[0] as Operand, row[1] as Operand, row[2] as Operand] as const);
}

describe('the truth table of known and unknown', () => {
  it.each(BINARY)('foundation 1: %s of %s and %s is %s', (operator, one, other, result) => {
    expect(outcome(`(${OPERANDS[one]}) ${operator} (${OPERANDS[other]})`, logic)).toBe(
      MEANS[result],
    );
  });

  it.each([
    ['!', 'T', 'broken'],
    ['!', 'F', 'holds'],
    ['!', 'U', 'undetermined'],
  ] as const)('foundation 1: %s of %s is %s', (operator, operand, result) => {
    expect(outcome(`${operator}(${OPERANDS[operand]})`, logic)).toBe(result);
  });

  it('foundation 1: a condition that is unknown is not taken as either branch', () => {
    expect(outcome(`(${OPERANDS.U}) ? true : true`, logic)).toBe('undetermined');
    expect(outcome(`(${OPERANDS.T}) ? true : (${OPERANDS.U})`, logic)).toBe('holds');
    expect(outcome(`(${OPERANDS.F}) ? (${OPERANDS.U}) : false`, logic)).toBe('broken');
  });

  it.each(['<', '<=', '>', '>='])(
    'foundation 1: an unknown time is neither %s than another',
    (operator) => {
      expect(outcome(`scan.createdAt ${operator} now`, logic)).toBe('undetermined');
      expect(outcome(`now ${operator} scan.createdAt`, logic)).toBe('undetermined');
      expect(outcome(`now - scan.createdAt ${operator} duration('24h')`, logic)).toBe(
        'undetermined',
      );
    },
  );
});

const harmless = finding({ id: 'CVE-1', severity: 'low' });
const critical = finding({ id: 'CVE-2', severity: 'critical' });
const unrated = finding({ id: 'CVE-3', severity: 'unknown' });
const lists: Readonly<Record<string, Facts['findings']>> = {
  'no findings': [],
  'a harmless one': [harmless],
  'a critical one': [harmless, critical],
  'an unrated one': [harmless, unrated],
  'an unrated and a critical one': [unrated, critical],
  'a truncated list': makePartialList([harmless], LOST),
  'a truncated list with a critical one': makePartialList([critical], LOST),
  'an empty truncated list': makePartialList([], LOST),
  'a list that was not gathered': GONE,
};

/** For each list, in the order above: H holds, B is broken, U is undetermined. */
const QUANTIFIED: readonly (readonly [string, string])[] = [
  ["findings.all(f, f.severity != 'critical')", 'HHBUBUBUU'],
  ["!findings.exists(f, f.severity == 'critical')", 'HHBUBUBUU'],
  ["findings.exists(f, f.severity == 'critical')", 'BBHUHUHUU'],
  ["findings.filter(f, f.severity == 'critical').size() == 0", 'HHBUUUUUU'],
  ['findings.map(f, f.severity) == []', 'HBBUUUUUU'],
  ["findings.exists_one(f, f.severity == 'critical')", 'BBHUUUUUU'],
  ['findings.size() == 0', 'HBBBBUUUU'],
  ["findings.map(f, f.id) == ['CVE-1']", 'BHBBBUUUU'],
  ["'CVE-2' in findings.map(f, f.id)", 'BBHBHUUUU'],
  ["findings[0].id == 'CVE-1'", 'UHHHBUUUU'],
  ['findings.all(f, true)', 'HHHHHUUUU'],
  ['findings.exists(f, true)', 'BHHHHHHUU'],
  ["(findings + []).all(f, f.severity != 'critical')", 'HHBUBUBUU'],
  ['known(findings)', 'HHHHHBBBB'],
  ['findings.all(f, known(f.severity))', 'HHHBBUUUU'],
];

describe('lists that may lack elements', () => {
  const names = Object.keys(lists);
  const cases = QUANTIFIED.flatMap(([require, wanted]) =>
    names.map(
      (name, at) =>
        [require, name, { H: 'holds', B: 'broken', U: 'undetermined' }[wanted[at] ?? '']] as const,
    ),
  );
  it.each(cases)('foundation 1: %s over %s: %s', (require, name, wanted) => {
    const advisories = { source: 'imported', updatedAt: NOON } as const;
    expect(
      outcome(require, { advisories, findings: lists[name] as NonNullable<Facts['findings']> }),
    ).toBe(wanted);
  });
});

describe('why a list lacks an element', () => {
  const advisories = { source: 'imported', updatedAt: NOON } as const;
  const require = "findings.all(f, f.severity != 'critical')";

  it('foundation 1: an element that is unknown as a whole', () => {
    const holed = [harmless, GONE] as unknown as readonly (typeof harmless)[];
    expect(outcome(require, { advisories, findings: holed })).toBe('undetermined');
    expect(outcome(require, { advisories, findings: [harmless] })).toBe('holds');
    expect(outcome(require, { advisories, findings: [critical, ...holed] })).toBe('broken');
  });

  it('foundation 1: `in` finds known elements in a partial list, and never denies the rest', () => {
    const licenses = makePartialList(['MIT'], LOST) as unknown as readonly string[];
    const components = [{ purl: 'pkg:npm/x@1', type: 'npm', name: 'x', version: '1', licenses }];
    expect(outcome("components.all(c, 'MIT' in c.licenses)", { components })).toBe('holds');
    expect(outcome("components.all(c, !('GPL-3.0-only' in c.licenses))", { components })).toBe(
      'undetermined',
    );
    expect(outcome("components.exists(c, 'GPL-3.0-only' in c.licenses)", { components })).toBe(
      'undetermined',
    );
  });

  it('foundation 1: an unknown severity is named as an unknown fact, not as a defect', () => {
    const policy = orThrow(parsePolicy(policyText(ruleText(require))));
    const facts = { advisories, findings: [unrated] };
    const [result] = evaluate(policy, { gate: 'admission', facts, now: NOON }).verdict.results;
    expect(result).toMatchObject({ outcome: 'undetermined', reason: 'FACT_UNKNOWN' });
    expect(result?.message).toContain('finding.severity is unknown');
  });
});

describe('the decision of a gate', () => {
  const outcomes: Readonly<Record<RuleOutcome, string>> = {
    holds: 'true',
    broken: 'false',
    undetermined: "advisories.source == 'imported'",
  };
  const actions: readonly RuleAction[] = ['deny', 'warn', 'record'];
  const wanted = (action: RuleAction, result: RuleOutcome): Decision => {
    if (action !== 'deny' || result === 'holds') return 'allow';
    return result === 'broken' ? 'deny' : 'undetermined';
  };
  const cases = GATES.flatMap((gate) =>
    actions.flatMap((action) =>
      (Object.keys(outcomes) as RuleOutcome[]).map((result) => [gate, action, result] as const),
    ),
  );
  it.each(cases)('at %s, with the action %s, a rule that is %s', (gate, action, result) => {
    const rules =
      `${ruleText(outcomes[result], `{ ${gate}: ${action} }`)}  - id: sure\n    description: ` +
      `d\n    gates: { ${gate}: deny }\n    require: "true"\n`;
    const policy = orThrow(parsePolicy(policyText(rules)));
    expect(evaluate(policy, { gate, facts: {}, now: NOON }).verdict.decision).toBe(
      wanted(action, result),
    );
  });

  it('denies before it is undetermined, and is undetermined before it allows', () => {
    const rule = (id: string, require: string): string =>
      `  - id: ${id}\n    description: d\n    gates: { release: deny }\n    require: ` +
      `${JSON.stringify(require)}\n`;
    const decision = (...requires: string[]): Decision => {
      const policy = orThrow(
        parsePolicy(policyText(requires.map((one, at) => rule(`r${at}`, one)).join(''))),
      );
      return evaluate(policy, { gate: 'release', facts: {}, now: NOON }).verdict.decision;
    };
    expect(decision('true', 'true')).toBe('allow');
    expect(decision('true', outcomes.undetermined)).toBe('undetermined');
    expect(decision('false', outcomes.undetermined, 'true')).toBe('deny');
  });

  it.each(GATES)('a policy without a rule that denies at %s proves nothing there', (gate: Gate) => {
    const other = gate === 'audit' ? 'build' : 'audit';
    const policy = orThrow(
      parsePolicy(policyText(ruleText('true', `{ ${gate}: warn, ${other}: deny }`))),
    );
    const evaluation = evaluate(policy, { gate, facts: cleanFacts(), now: NOON });
    expect(evaluation.verdict.decision).toBe('undetermined');
    expect(evaluation.verdict.results.at(-1)?.reason).toBe('NO_ENFORCING_RULE');
    expect(evaluate(policy, { gate: other, facts: cleanFacts(), now: NOON }).verdict.decision).toBe(
      'allow',
    );
  });
});
