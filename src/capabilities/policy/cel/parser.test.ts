import { parse } from '@bufbuild/cel';
import { tests } from '@bufbuild/cel-spec/testdata/conformance.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildDefaultPolicy } from '../default-policy.ts';
import { parseExpression } from './parse.ts';
import type { Node } from './syntax.ts';

type Theirs = NonNullable<ReturnType<typeof parse>['expr']>;
type Comprehension = (Theirs['exprKind'] & { case: 'comprehensionExpr' })['value'];

/** A tree as text, in which only what an evaluation needs is named. */
function showOurs(node: Node): string {
  const { content } = node;
  switch (content.kind) {
    case 'constant':
      return 'value' in content.constant
        ? `${content.constant.kind} ${showConstant(content.constant.value)}`
        : 'null';
    case 'name':
      return content.name;
    case 'field':
      return `${showOurs(content.holder)}.${content.field}`;
    case 'presence':
      return `has ${showOurs(content.holder)}.${content.field}`;
    case 'call': {
      const parts = [content.target === null ? '' : showOurs(content.target), content.name];
      return `${parts.join('~')}(${content.args.map(showOurs).join(', ')})`;
    }
    case 'list':
      return `[${content.elements.map(showOurs).join(', ')}]`;
    case 'map':
      return `{${content.entries.map(([key, value]) => `${showOurs(key)}: ${showOurs(value)}`).join(', ')}}`;
    case 'loop': {
      const { macro, range, variable, predicate, transform } = content;
      const parts = [predicate, transform].map((one) => (one === null ? '-' : showOurs(one)));
      return `loop ${macro}(${showOurs(range)}, ${variable}, ${parts.join(', ')})`;
    }
  }
}

function showConstant(value: unknown): string {
  return value instanceof Uint8Array
    ? Buffer.from(value).toString('hex')
    : JSON.stringify(String(value));
}

const KINDS = new Map([
  ['boolValue', 'bool'],
  ['int64Value', 'int'],
  ['uint64Value', 'uint'],
  ['doubleValue', 'double'],
  ['stringValue', 'string'],
  ['bytesValue', 'bytes'],
]);

function showTheirs(node: Theirs | undefined): string {
  const kind = node?.exprKind;
  switch (kind?.case) {
    case 'constExpr': {
      const { constantKind } = kind.value;
      const name = KINDS.get(constantKind.case ?? '');
      return name === undefined ? 'null' : `${name} ${showConstant(constantKind.value)}`;
    }
    case 'identExpr':
      return kind.value.name;
    case 'selectExpr':
      return `${kind.value.testOnly ? 'has ' : ''}${showTheirs(kind.value.operand)}.${kind.value.field}`;
    case 'callExpr': {
      const { target, args } = kind.value;
      const parts = [target === undefined ? '' : showTheirs(target), kind.value.function];
      return `${parts.join('~')}(${args.map(showTheirs).join(', ')})`;
    }
    case 'listExpr':
      return `[${kind.value.elements.map(showTheirs).join(', ')}]`;
    case 'structExpr': {
      if (kind.value.messageName !== '') throw new Error('a message');
      const entries = kind.value.entries.map(
        ({ keyKind, value }) => `${showTheirs(keyKind.value as Theirs)}: ${showTheirs(value)}`,
      );
      return `{${entries.join(', ')}}`;
    }
    case 'comprehensionExpr':
      return showLoop(kind.value);
    default:
      throw new Error('an empty expression');
  }
}

/** The library expands a macro; what it was can be read from how it begins and goes on. */
function showLoop({ iterRange, iterVar, accuInit, loopStep }: Comprehension): string {
  const call = (node: Theirs | undefined) =>
    node?.exprKind.case === 'callExpr' ? node.exprKind.value : { function: '', args: [] };
  const [start, step] = [accuInit?.exprKind, call(loopStep)];
  const show = (macro: string, predicate: string, transform: string): string =>
    `loop ${macro}(${showTheirs(iterRange)}, ${iterVar}, ${predicate}, ${transform})`;
  if (start?.case === 'listExpr') {
    const isTested = step.function === '_?_:_';
    const [, added] = (isTested ? call(step.args[1]) : step).args;
    const list = added?.exprKind.case === 'listExpr' ? added.exprKind.value.elements[0] : undefined;
    return show('list', isTested ? showTheirs(step.args[0]) : '-', showTheirs(list));
  }
  const constant = start?.case === 'constExpr' ? start.value.constantKind : undefined;
  if (constant?.case === 'boolValue')
    return show(constant.value ? 'all' : 'exists', showTheirs(step.args[1]), '-');
  return show('exists_one', showTheirs(step.args[0]), '-');
}

function ours(text: string): string {
  const parsed = parseExpression(text);
  return parsed.ok ? showOurs(parsed.value) : 'refused';
}

function theirs(text: string): string {
  try {
    return showTheirs(parse(text).expr);
  } catch {
    return 'refused';
  }
}

/** Where the library differs from the specification: it needs no end of a word, and reads less. */
const QUIRKS = [
  /\b(?:true|false)[_a-zA-Z0-9]/, // `trueish` is a name
  /\bin[_a-zA-Z0-9]/, // `x inlist` has no operator
  /[[{]\s*,/, // a comma without an element
  /\/\//, // a comment may be the last line, and comments may follow each other
  /[bB][rR]?["'][\s\S]*\\[uU]/, // bytes have no code points
  /[a-zA-Z0-9_]r'\\d'/, // no raw text, and no escape; the library takes the backslash for one
];

function expectSame(text: string): void {
  if (!QUIRKS.some((quirk) => quirk.test(text)))
    expect([text, ours(text)]).toEqual([text, theirs(text)]);
}

interface Suite {
  readonly tests?: readonly unknown[];
  readonly suites?: readonly Suite[];
}

function listExpressions(suite: Suite): readonly string[] {
  const own = (suite.tests ?? []).map((test) =>
    String((test as { readonly original: { readonly expr: unknown } }).original.expr),
  );
  return [...own, ...(suite.suites ?? []).flatMap(listExpressions)];
}

const WORDS = [
  ...['a', 'b.c', 'x', 'true', 'null', '1', '-2', '0x1F', '3u', '1.5', '-.5', '2e3', "'t'", '"q"'],
  ...["r'\\d'", "b'\\x41\\101'", "'''l'''", "'\\n\\u00e4\\\\'", '[', ']', '(', ')', '{', '}', ','],
  ...[':', '?', '.', '+', '-', '*', '/', '%', '!', '&&', '||', '==', '!=', '<', '<=', '>', '>='],
  ...[' in ', ' ', '\n', '.all(x, ', '.map(x, ', '.filter(x, ', '.exists(x, ', 'size(', 'has('],
  ...['while', '.while', '.in', '.x', '[0]', '.f(1, 2)', '.existsOne(x, '],
];

describe('the parser of policy expressions', () => {
  it('reads every expression of the CEL specification as @bufbuild/cel does', () => {
    const all = listExpressions(tests as unknown as Suite);
    expect(all.length).toBeGreaterThan(1_000);
    for (const text of all) expectSame(text);
  });

  it('reads the rules of the default policy as @bufbuild/cel does', () => {
    const rules = [
      ...buildDefaultPolicy().matchAll(/(?:require|message): (?:>-\n((?: {6,}.*\n)+)|(.*))/g),
    ];
    expect(rules.length).toBeGreaterThan(20);
    for (const [, block, line] of rules) expectSame((block ?? line ?? '').trim());
  });

  it('G45: reads or refuses any sequence of words as @bufbuild/cel does', () => {
    const text = fc
      .array(fc.constantFrom(...WORDS), { maxLength: 14 })
      .map((words) => words.join(''));
    fc.assert(fc.property(text, expectSame), { numRuns: 5_000 });
  });

  it.each([
    ['a + ', 'column 5: found the end, expecting a value'],
    ['a b', 'column 3: found "b", expecting an operator'],
    ['f(a', 'column 4: found the end, expecting ,'],
    ["'open", 'column 1: the text has no end'],
    ['while', 'column 1: while is a reserved word'],
    ['', 'column 1: the expression is empty'],
    ["'\\ud800'", 'column 1: surrogate code points are not allowed'],
    ['a.in', 'column 3: in is a reserved word'],
    ['a.while', 'ok'],
    ['trueish', 'ok'],
    ['a // why', 'ok'],
  ])('says where and why it refuses: %s', (text, why) => {
    const parsed = parseExpression(text);
    expect(parsed.ok ? 'ok' : parsed.failure.message).toBe(why);
  });
});
