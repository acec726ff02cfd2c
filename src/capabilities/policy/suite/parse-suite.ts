import { z } from 'zod';
import { refuseOtherVersion } from '../../../core/api-version.ts';
import { Failure } from '../../../core/failure.ts';
import { type Instant, parseInstant } from '../../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn, setOwn } from '../../../core/own.ts';
import { failed, ok, type Result } from '../../../core/result.ts';
import {
  DECISIONS,
  type Decision,
  GATES,
  type Gate,
  type RuleOutcome,
} from '../../../core/verdict.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { parseYaml } from '../../../formats/yaml/parse.ts';
import { findFactFlaw } from './fact-flaws.ts';

const label = z.string().min(1).max(500);
const path = z.string().min(1).max(500);
const moment = z.string().max(40);
const json = z.custom<JsonValue>();
const facts = z.record(z.string(), json);
const rules = z.record(z.string(), z.enum(['holds', 'broken', 'undetermined', 'excepted']));
const expectation = { expect: z.enum(DECISIONS), rules: rules.optional() };

const row = z.strictObject({
  name: label.optional(),
  values: z.array(json).min(1).max(100),
  ...expectation,
});
const table = z.strictObject({
  set: z.array(path).min(1).max(100),
  rows: z.array(row).min(1).max(LIMITS.policyTestsMax),
});
const common = {
  name: label,
  gate: z.enum(GATES),
  now: moment.optional(),
  facts: z.union([label, facts]),
  /** Places in the facts that differ. */
  with: facts.optional(),
};
const single = z.strictObject({ ...common, ...expectation });
const tabled = z.strictObject({ ...common, table });

const document = z.strictObject({
  apiVersion: z.literal('waybill.dev/v1'),
  kind: z.literal('PolicyTests'),
  policy: path.optional(),
  now: moment.optional(),
  facts: z.record(label, facts).optional(),
  tests: z
    .array(z.union([single, tabled]))
    .min(1)
    .max(LIMITS.policyTestsMax),
});

/** Tests of a policy, each with the facts that it is about. */
export interface PolicySuite {
  /** The policy as the file names it; null: the one in force. */
  readonly policy: string | null;
  readonly tests: readonly PolicyTest[];
}

export interface PolicyTest {
  readonly name: string;
  readonly gate: Gate;
  readonly now: Instant;
  /** In the form in which decisions record them. */
  readonly facts: JsonObject;
  readonly expect: Decision;
  /** Outcomes that rules must have, by the id of the rule. */
  readonly rules: ReadonlyMap<string, ExpectedOutcome>;
}

/** `excepted`: it holds because of an exception. */
export type ExpectedOutcome = RuleOutcome | 'excepted';

/**
 * Reads tests of a policy: YAML or JSON of a closed form. A table has one test for each of its
 * rows. Facts that no gate can have, and values of a wrong kind, are errors here.
 */
export function parseSuite(text: string): Result<PolicySuite> {
  const yaml = readText(text);
  if (!yaml.ok) return refuse(yaml.failure.message);
  if (!isJsonObject(yaml.value)) return refuse('the document is not a mapping');
  const other = refuseOtherVersion(yaml.value, 'MALFORMED', 'the document');
  if (other !== null) return other;
  const parsed = document.safeParse(yaml.value);
  if (!parsed.success) return refuse(describeIssue(parsed.error.issues[0]));
  const tests: PolicyTest[] = [];
  for (const written of parsed.data.tests) {
    const read = readTests(parsed.data, written);
    if (!read.ok) return read;
    tests.push(...read.value);
    // mutant policy-tests-without-end: condition -> false
    if (tests.length > LIMITS.policyTestsMax)
      return failed(
        new Failure(
          'LIMIT_EXCEEDED',
          `there are more than ${LIMITS.policyTestsMax} tests`,
          'Divide them into several files.',
        ),
      );
  }
  return ok({ policy: parsed.data.policy ?? null, tests });
}

/** A program writes many tests as JSON, which is read without the bounds of nested YAML. */
function readText(text: string): Result<JsonValue> {
  const bounds = { bytesMax: LIMITS.policyTestsBytesMax };
  return text.startsWith('{') ? parseJson(Buffer.from(text), bounds) : parseYaml(text, bounds);
}

type SuiteDocument = z.infer<typeof document>;
type WrittenTest = SuiteDocument['tests'][number];

function readTests(suite: SuiteDocument, written: WrittenTest): Result<readonly PolicyTest[]> {
  const base = chooseFacts(suite, written);
  if (!base.ok) return base;
  const time = written.now ?? suite.now;
  if (time === undefined)
    return refuse(`${written.name}: no time is given: write now, here or for all tests`);
  const now = parseInstant(time);
  if (!now.ok) return refuse(`${written.name}: now: ${now.failure.message}`);
  const tests: PolicyTest[] = [];
  for (const { name, changes, expect, rules: outcomes } of listRows(written)) {
    const changed = applyChanges(base.value, changes);
    if (typeof changed === 'string') return refuse(`${name}: ${changed}`);
    const flaw = findFactFlaw(changed, written.gate);
    // mutant policy-tests-of-no-fact: condition -> false
    if (flaw !== null) return refuse(`${name}: ${flaw}`);
    const rulesByName = new Map(Object.entries(outcomes ?? {}));
    tests.push({
      ...{ name, gate: written.gate, now: now.value, facts: changed, expect },
      rules: rulesByName,
    });
  }
  return ok(tests);
}

function chooseFacts(
  suite: SuiteDocument,
  { name, facts: written }: WrittenTest,
): Result<JsonObject> {
  if (typeof written !== 'string') return ok(written);
  const named = getOwn(suite.facts ?? {}, written);
  return named === undefined ? refuse(`${name}: no facts are called ${written}`) : ok(named);
}

interface Row {
  readonly name: string;
  readonly changes: readonly (readonly [string, JsonValue])[];
  readonly expect: Decision;
  readonly rules: Readonly<Record<string, ExpectedOutcome>> | undefined;
}

function* listRows(written: WrittenTest): Generator<Row> {
  const { name } = written;
  const common = Object.entries(written.with ?? {});
  if (!('table' in written)) {
    yield { name, changes: common, expect: written.expect, rules: written.rules };
    return;
  }
  const { set, rows } = written.table;
  for (const [at, { values, expect, rules: outcomes, name: own }] of rows.entries()) {
    const cells = set.map((place, column) => [place, values[column] ?? null] as const);
    const isWhole = values.length === set.length;
    const changes = isWhole ? [...common, ...cells] : [[TOO_FEW, null] as const];
    yield { name: `${name}: ${own ?? `row ${at + 1}`}`, changes, expect, rules: outcomes };
  }
}

/** Stands for a row that has not one value for each column. */
const TOO_FEW = '';

/** The facts with other values at some places, or why that is not possible. */
function applyChanges(
  base: JsonObject,
  changes: readonly (readonly [string, JsonValue])[],
): JsonObject | string {
  let facts: JsonObject = base;
  for (const [place, value] of changes) {
    if (place === TOO_FEW) return 'it has not one value for each place of `set`';
    const changed = setPlace(facts, place.split('.'), value);
    if (changed === null || !isJsonObject(changed))
      return `there is no place ${place} in the facts`;
    facts = changed;
  }
  return facts;
}

/** `findings.0.severity`; null if the way to it does not exist. The last name may be new. */
function setPlace(
  holder: JsonValue | undefined,
  [name = '', ...rest]: readonly string[],
  value: JsonValue,
): JsonValue | null {
  if (Array.isArray(holder)) {
    const list = holder as readonly JsonValue[];
    const at = /^\d{1,6}$/.test(name) ? Number(name) : Number.NaN;
    if (!(at < list.length)) return null;
    const changed = rest.length === 0 ? value : setPlace(list[at], rest, value);
    return rest.length > 0 && changed === null ? null : list.with(at, changed);
  }
  if (!isJsonObject(holder)) return null;
  const inner = rest.length === 0 ? value : setPlace(getOwn(holder, name), rest, value);
  if (rest.length > 0 && inner === null) return null;
  const copy: { [key: string]: JsonValue | undefined } = { ...holder };
  setOwn(copy, name, inner);
  return copy;
}

function describeIssue(issue: z.core.$ZodIssue | undefined): string {
  const where = (issue?.path ?? []).map(String).join('.');
  return `${where === '' ? 'the document' : where}: ${issue?.message ?? 'malformed'}`;
}

function refuse(why: string): Result<never> {
  return failed(new Failure('MALFORMED', why.slice(0, 500), 'Correct the tests of the policy.'));
}
