import { tests } from '@bufbuild/cel-spec/testdata/conformance.js';
import { describe, expect, it } from 'vitest';
import { compileExpression, evaluateExpression } from './compile.ts';
import { Run } from './run.ts';
import { BOOL, BYTES, type CelType, DOUBLE, DYN, INT, makeListType, STRING, UINT } from './type.ts';
import {
  CelError,
  CelMap,
  formatKey,
  List,
  Moment,
  nameKind,
  Span,
  TypeName,
  Uint,
  type Value,
} from './value.ts';

/** The suites of the CEL specification that need neither protocol buffers nor extensions. */
const SUITES = [
  'basic',
  'comparisons',
  'conversions',
  'fields',
  'fp_math',
  'integer_math',
  'lists',
  'logic',
  'macros',
  'parse',
  'plumbing',
  'string',
  'timestamps',
];

/** What policies do not have, on purpose: messages, has(), and facts with dots in their names. */
const LEFT_OUT = /TestAllTypes|google\.protobuf|\bhas\(|cel\.expr|optional/;

interface Wire {
  readonly [field: string]: unknown;
}

interface SpecTest {
  readonly name: string;
  readonly expr: string;
  readonly wire: Wire;
}

function suiteTests(
  suite: { name: string; tests?: unknown[]; suites?: unknown[] },
  path: string,
): SpecTest[] {
  const own = (suite.tests ?? []).map((test) => {
    const { original } = test as { original: Wire };
    return { name: `${path}/${original['name']}`, expr: String(original['expr']), wire: original };
  });
  const inner = (suite.suites ?? []) as (typeof suite)[];
  return [...own, ...inner.flatMap((one) => suiteTests(one, `${path}/${one.name}`))];
}

const SIMPLE: Readonly<Record<string, CelType>> = {
  INT64: INT,
  UINT64: UINT,
  BOOL,
  STRING,
  BYTES,
  DOUBLE,
};

function toCelType(type: Wire | undefined): CelType {
  if (typeof type?.['primitive'] === 'string') return SIMPLE[type['primitive']] ?? DYN;
  const list = type?.['listType'] as Wire | undefined;
  return list === undefined ? DYN : makeListType(toCelType(list['elemType'] as Wire | undefined));
}

function wireValue(wire: Wire): Value {
  const [kind = '', raw] = Object.entries(wire)[0] ?? [];
  switch (kind) {
    case 'nullValue':
      return null;
    case 'boolValue':
      return raw as boolean;
    case 'int64Value':
      return BigInt(raw as string);
    case 'uint64Value':
      return new Uint(BigInt(raw as string));
    case 'doubleValue':
      return Number(raw);
    case 'stringValue':
      return raw as string;
    case 'bytesValue':
      return Buffer.from(raw as string, 'base64');
    case 'typeValue':
      return new TypeName(raw as string);
    case 'listValue':
      return new List((((raw as Wire)['values'] as Wire[] | undefined) ?? []).map(wireValue));
    case 'mapValue':
      return toCelMap(((raw as Wire)['entries'] as { key: Wire; value: Wire }[] | undefined) ?? []);
    default:
      throw new Error(`the test has a value of kind ${kind}`);
  }
}

function toCelMap(entries: readonly { key: Wire; value: Wire }[]): CelMap {
  const pairs = entries.map(({ key, value }) => [wireValue(key), wireValue(value)] as const);
  return new CelMap(new Map(pairs.map((pair) => [formatKey(pair[0]) ?? '', pair])));
}

/** A form that distinguishes kinds. */
function plain(value: Value): unknown {
  if (value instanceof List) return value.items.map(plain);
  if (value instanceof CelMap)
    return new Map([...value.entries].map(([key, [, item]]) => [key, plain(item)]));
  if (value instanceof CelError) return 'error';
  if (value instanceof Moment || value instanceof Span) return [nameKind(value), value.ns];
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return [
    nameKind(value),
    value instanceof Uint ? value.value : value instanceof TypeName ? value.name : value,
  ];
}

function answer({ expr, wire }: SpecTest): Value | 'refused' {
  const bindings = (wire['bindings'] ?? {}) as Record<string, { value: Wire }>;
  const declared = ((wire['typeEnv'] ?? []) as Wire[]).map(
    (one) =>
      [
        String(one['name']),
        toCelType((one['ident'] as Wire | undefined)?.['type'] as Wire | undefined),
      ] as const,
  );
  const unchecked = wire['disableCheck'] === true;
  const types = Object.fromEntries(declared.map(([name, type]) => [name, unchecked ? DYN : type]));
  const names = [...new Set([...Object.keys(types), ...Object.keys(bindings)])];
  const variables = Object.fromEntries(names.map((name) => [name, types[name] ?? DYN]));
  const compiled = compileExpression(expr, { variables });
  if (!compiled.ok) return 'refused';
  const slots = names.map((name) =>
    bindings[name] === undefined ? null : wireValue(bindings[name].value),
  );
  while (slots.length < compiled.value.slots) slots.push(null);
  return evaluateExpression(compiled.value, new Run(slots, 0));
}

/** An expression without a value may be refused before it runs: that counts as its error. */
function passes(test: SpecTest): boolean {
  const got = answer(test);
  if (test.wire['evalError'] !== undefined) return got === 'refused' || got instanceof CelError;
  if (got === 'refused' || got instanceof CelError) return false;
  const wanted = test.wire['value'] === undefined ? true : wireValue(test.wire['value'] as Wire);
  try {
    expect(plain(got)).toEqual(plain(wanted));
    return true;
  } catch {
    return false;
  }
}

const chosen = SUITES.flatMap((name) => {
  const suite = tests.suites?.find((one) => one.name === name);
  return suite === undefined ? [] : suiteTests(suite, name);
}).filter(
  (test) =>
    !LEFT_OUT.test(test.expr) && !/TestAllTypes|objectValue/.test(JSON.stringify(test.wire)),
);

/** What a policy refuses when it is loaded, not when it is evaluated (ADR 9). */
const REFUSED_WHEN_LOADED: readonly RegExp[] = [
  // unknown names
  /^basic\/variables\/unbound_is_runtime_error|^basic\/functions\/unbound_is_runtime_error/,
  /^parse\/receiver_function_names\//, // unknown functions behind `|| true`
  /^logic\/(?:AND|OR)\/short_circuit_type_/, // operands of && and || that are no conditions
  /^comparisons\/eq_literal\/not_eq_list_length/, // lists of texts and of numbers are never equal
  /^comparisons\/bound\/null_eq_left_true/, // null is compared with what can be null
  /^fields\/qualified_identifier_resolution\//, // facts have no dots in their names
  /^fields\/quoted_map_fields\//, // no quoted field names
];

describe('CEL in policies', () => {
  it('agrees with the tests of the CEL specification, except for refused expressions', () => {
    const failures = chosen.filter((test) => !passes(test));
    console.info(`CEL conformance: ${chosen.length - failures.length} of ${chosen.length}`);
    const unexplained = failures.filter(
      ({ name }) => !REFUSED_WHEN_LOADED.some((pattern) => pattern.test(name)),
    );
    expect(unexplained.map(({ name, expr }) => `${name}: ${expr}`)).toEqual([]);
    expect((chosen.length - failures.length) / chosen.length).toBeGreaterThan(0.96);
  });
});
