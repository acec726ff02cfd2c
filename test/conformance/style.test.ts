import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/**
 * The rules of STYLE.md that neither the compiler nor the linter checks: sizes, and tests that
 * cannot fail.
 */
const ROOT = join(import.meta.dirname, '../..');
const FUNCTION_LINES_MAX = 70;
const FILE_LINES_MAX = 400;
const TEST_LINES_MAX = 500;
const COLUMNS_MAX = 100;
/** Tables of declarations, one entry after the other. */
const DECLARED_TABLES = [
  'src/adapters/graph-sql/schema/schema.ts',
  'src/capabilities/ecosystems/unsupported/declared-kinds.ts',
  'src/core/limits.ts',
];
/** STYLE.md: the usual word. Anyone who, fix. */
const RARE_WORDS = /\b(?:who[e]ver|unm[e]nded|m[e]nd(?:s|ed|ing)?)\b/i;

const files = ['src', 'test', 'tools', 'bench', 'demo'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`),
);
const isTest = (file: string) => /[.](test|contract)[.]ts$/.test(file);

function walkNodes(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walkNodes(child, visit));
}

interface Breach {
  readonly rule:
    | 'long file'
    | 'long line'
    | 'long function'
    | 'pattern that matches anything'
    | 'wall clock in an expectation'
    | 'rare word'
    | 'test without an expectation';
  readonly line: number;
}

function findBreaches(file: string, text: string): readonly Breach[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const toLine = (position: number) => source.getLineAndCharacterOfPosition(position).line + 1;
  const found: Breach[] = [];
  const lines = toLine(source.end) - 1;
  const linesMax = isTest(file) ? TEST_LINES_MAX : FILE_LINES_MAX;
  if (lines > linesMax && !DECLARED_TABLES.includes(file))
    found.push({ rule: 'long file', line: lines });
  for (const [at, line] of text.split('\n').entries()) {
    if (line.length > COLUMNS_MAX && isSplittable(line))
      found.push({ rule: 'long line', line: at + 1 });
    if (RARE_WORDS.test(line)) found.push({ rule: 'rare word', line: at + 1 });
    // How long it takes depends on what else the machine does: bench/ measures it.
    if (isTest(file) && /\bexpect\((?:performance|Date)\.now\(\) - /.test(line))
      found.push({ rule: 'wall clock in an expectation', line: at + 1 });
  }
  walkNodes(source, (node) => {
    const report = (rule: Breach['rule']) =>
      void found.push({ rule, line: toLine(node.getStart()) });
    if (!isTest(file) && isLongFunction(node, toLine)) report('long function');
    if (isVacuousMatch(node)) report('pattern that matches anything');
    if (isTest(file) && expectsNothing(node)) report('test without an expectation');
  });
  return found;
}

/**
 * Comments, titles and sentences can be split; patterns, hashes and lines of code formats cannot.
 */
function isSplittable(line: string): boolean {
  const text = line.trim();
  if (/^(?:\/\/|\*|\/\*)/.test(text)) return !/@example|https?:|\(\[/.test(text);
  return /^(?:it|test|describe)[.(]/.test(text) || /^'[^{}\\]*(?: [a-z]+){8,}/.test(text);
}

function isLongFunction(node: ts.Node, lineOf: (position: number) => number): boolean {
  if (!ts.isFunctionLike(node)) return false;
  return lineOf(node.end) - lineOf(node.getStart()) + 1 > FUNCTION_LINES_MAX;
}

/**
 * `toMatchObject({ a: /b/ })` is true for every `a`, because a pattern has no own property that
 * could differ.
 */
function isVacuousMatch(node: ts.Node): boolean {
  if (!ts.isCallExpression(node) || !node.expression.getText().endsWith('.toMatchObject'))
    return false;
  const hasPattern = (part: ts.Node): boolean =>
    ts.isRegularExpressionLiteral(part) ||
    (!ts.isCallExpression(part) && ts.forEachChild(part, (one) => hasPattern(one)) === true);
  return node.arguments.some(hasPattern);
}

/**
 * A call of a function in the same file that uses `expect` counts. `{ timeout }` alone limits what
 * is measured.
 */
function expectsNothing(node: ts.Node): boolean {
  if (
    !ts.isCallExpression(node) ||
    !/^(it|test)([.](each|skipIf|runIf)\b|$)/.test(node.expression.getText())
  )
    return false;
  const body = node.arguments.find((argument) => ts.isArrowFunction(argument));
  if (body === undefined || /expect|assert/.test(body.getText())) return false;
  const isTimed = node.arguments.some((argument) => ts.isNumericLiteral(argument));
  const called: string[] = [];
  walkNodes(body, (part) => {
    if (ts.isCallExpression(part)) called.push(part.expression.getText());
  });
  const expecting = node
    .getSourceFile()
    .statements.filter((statement) => /expect|throw/.test(statement.getText()));
  return (
    !isTimed &&
    !called.some((name) =>
      expecting.some(
        (statement) =>
          statement.getText().includes(`${name} =`) ||
          statement.getText().includes(`function ${name}`),
      ),
    )
  );
}

describe('the house rules', () => {
  it('hold in every file: sizes, and tests that can fail', () => {
    expect(files.length).toBeGreaterThan(300);
    const breaches = files.flatMap((file) =>
      findBreaches(file, readFileSync(join(ROOT, file), 'utf8')).map(
        ({ rule, line }) => `${file}:${line} ${rule}`,
      ),
    );
    expect(breaches).toEqual([]);
  }, 60_000);

  it('a breach of each rule is found', () => {
    const rules = (file: string, text: string) => findBreaches(file, text).map(({ rule }) => rule);
    const long = `function f() {\n${'g();\n'.repeat(FUNCTION_LINES_MAX)}}\n`;
    expect(rules('src/a.ts', long)).toEqual(['long function']);
    expect(rules('src/a.test.ts', long)).toEqual([]);
    expect(rules('src/a.ts', 'x;\n'.repeat(FILE_LINES_MAX))).toEqual([]);
    expect(rules('src/a.ts', 'x;\n'.repeat(FILE_LINES_MAX + 1))).toEqual(['long file']);
    expect(rules('src/a.ts', `// ${'word '.repeat(18)}ends\n`)).toEqual([]);
    expect(rules('src/a.ts', `// ${'word '.repeat(20)}ends\n`)).toEqual(['long line']);
    const [vacuous, real] = ['{ a: /x/ }', '{ a: expect.stringMatching(/x/) }'];
    expect(rules('src/a.test.ts', `expect(b).toMatchObject(${vacuous})`)).toEqual([
      'pattern that matches anything',
    ]);
    expect(rules('src/a.test.ts', `expect(b).toMatchObject(${real})`)).toEqual([]);
    expect(rules('src/a.test.ts', `it('is', () => { f(); })`)).toEqual([
      'test without an expectation',
    ]);
    expect(rules('src/a.test.ts', `it('is', () => { expect(f()).toBe(1); })`)).toEqual([]);
    const timed = ['expect(', 'performance', '.now() - start).toBe(1)'].join('');
    expect(rules('src/a.test.ts', timed)).toEqual(['wall clock in an expectation']);
  });
});
