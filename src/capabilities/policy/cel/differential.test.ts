import { celEnv, isCelError, isCelList, isCelUint, parse, plan } from '@bufbuild/cel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileExpression, evaluateExpression } from './compile.ts';
import { Run } from './run.ts';
import { CelError, List, Uint, type Value } from './value.ts';

/**
 * Well-typed expressions over literals: both evaluators accept them, so every difference is an
 * error of one of them.
 */
const grammar = fc.letrec<{
  bool: string;
  int: string;
  text: string;
  double: string;
  ints: string;
}>((tie) => {
  const binary = (
    operators: readonly string[],
    part: 'bool' | 'int' | 'text' | 'double' | 'ints',
  ): fc.Arbitrary<string> =>
    fc
      .tuple(tie(part), fc.constantFrom(...operators), tie(part))
      .map(([one, operator, two]) => `(${one} ${operator} ${two})`);
  const loop = (macro: string): fc.Arbitrary<string> =>
    fc
      .tuple(tie('ints'), fc.constantFrom('x > 1', 'x == 2', 'x % 2 == 0', '10 / x > 3', 'true'))
      .map(([list, p]) => `${list}.${macro}(x, ${p})`);
  return {
    bool: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('true', 'false'),
      binary(['&&', '||', '==', '!='], 'bool'),
      binary(['<', '<=', '>', '>=', '==', '!='], 'int'),
      binary(['<', '<=', '>', '>=', '==', '!='], 'text'),
      binary(['<', '<=', '>', '>=', '==', '!='], 'double'),
      binary(['==', '!='], 'ints'),
      ...['all', 'exists', 'exists_one'].map(loop),
      fc.tuple(tie('int'), tie('ints')).map(([one, list]) => `(${one} in ${list})`),
      fc
        .tuple(tie('text'), fc.constantFrom('contains', 'startsWith', 'endsWith'), tie('text'))
        .map(([a, f, b]) => `${a}.${f}(${b})`),
      fc
        .tuple(tie('text'), fc.constantFrom('a+', '^b', 'a|b$', '[ab]{2}', '(?i)A'))
        .map(([a, p]) => `${a}.matches('${p}')`),
      tie('bool').map((one) => `!${one}`),
    ),
    int: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('0', '1', '2', '-7', '9223372036854775807', '-9223372036854775808'),
      binary(['+', '-', '*', '/', '%'], 'int'),
      tie('text').map((text) => `size(${text})`),
      tie('ints').map((list) => `${list}.size()`),
      fc.tuple(tie('ints'), tie('int')).map(([list, at]) => `${list}[${at}]`),
      fc
        .tuple(tie('bool'), tie('int'), tie('int'))
        .map(([test, a, b]) => `(${test} ? ${a} : ${b})`),
      tie('double').map((one) => `int(${one})`),
      // The library reads int("") as 0, which cel-go refuses.
      fc.constantFrom('int("12")', 'int("ab")'),
    ),
    double: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('0.0', '1.5', '-2.25', '1e300'),
      binary(['+', '-', '*', '/'], 'double'),
      tie('int').map((one) => `double(${one})`),
    ),
    text: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('""', '"a"', '"ab"', '"ä€😀"', '"12"'),
      binary(['+'], 'text'),
      tie('int').map((one) => `string(${one})`),
      tie('bool').map((one) => `string(${one})`),
    ),
    ints: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.array(tie('int'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
      binary(['+'], 'ints'),
      loop('filter'),
      tie('ints').map((list) => `${list}.map(x, x + 1)`),
      tie('ints').map((list) => `${list}.map(x, x > 0, x * 2)`),
    ),
  };
});

const ERROR = 'error';

function plainOurs(value: Value): unknown {
  if (value instanceof CelError) return ERROR;
  if (value instanceof List) return value.items.map(plainOurs);
  return value instanceof Uint ? value.value : value;
}

function plainTheirs(value: unknown): unknown {
  if (isCelError(value)) return ERROR;
  if (isCelList(value)) return [...value].map(plainTheirs);
  return isCelUint(value) ? value.value : value;
}

const environment = celEnv();

function theirs(text: string): unknown {
  try {
    return plainTheirs(plan(environment, parse(text))({}));
  } catch {
    return ERROR;
  }
}

describe('our evaluator compared with @bufbuild/cel', () => {
  it('gives the same values and the same errors for expressions that both accept', () => {
    const any = fc.oneof(grammar.bool, grammar.int, grammar.text, grammar.double, grammar.ints);
    fc.assert(
      fc.property(any, (text) => {
        const compiled = compileExpression(text, { variables: {} });
        expect(compiled.ok ? '' : compiled.failure.message).toBe('');
        if (!compiled.ok) return;
        const run = new Run(new Array<Value>(compiled.value.slots).fill(null), 0);
        expect(plainOurs(evaluateExpression(compiled.value, run))).toEqual(theirs(text));
      }),
      { numRuns: 2_000 },
    );
  });
});
