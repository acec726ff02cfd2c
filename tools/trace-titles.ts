import ts from 'typescript';
import { idsIn } from './trace-ids.ts';

const CALLS = new Set(['it', 'test', 'describe']);

/**
 * The titles of the tests in a source, each with those of the `describe` blocks around it: `outer >
 * inner`.
 */
export function listTitles(source: string): string[] {
  const file = ts.createSourceFile('test.ts', source, ts.ScriptTarget.Latest, true);
  const titles: string[] = [];
  collect(file, [], titles);
  return titles;
}

function collect(node: ts.Node, around: readonly string[], titles: string[]): void {
  const call = ts.isCallExpression(node) ? testCall(node) : null;
  const path = call === null ? around : [...around, call.title];
  if (call !== null && call.name !== 'describe') titles.push(path.join(' > '));
  ts.forEachChild(node, (child) => collect(child, path, titles));
}

function testCall(node: ts.CallExpression): { name: string; title: string } | null {
  const name = calledName(node.expression);
  const [title] = node.arguments;
  if (name === null || title === undefined || !CALLS.has(name)) return null;
  const text = titleText(title);
  // `it.each(rows)('title', …)` is two calls. Rows are not a title, but their first text is part of
  // one.
  return text === null ? null : { name, title: `${text}${rowTexts(node.expression)}` };
}

/** `it`, also behind `it.each(rows)`, `it.skipIf(x)` and `it.concurrent`. */
function calledName(expression: ts.Expression): string | null {
  if (ts.isIdentifier(expression)) return expression.text;
  if (ts.isPropertyAccessExpression(expression) || ts.isCallExpression(expression))
    return calledName(expression.expression);
  return null;
}

/** Only the fixed parts of a template count. */
function titleText(node: ts.Expression): string | null {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return null;
  return node.head.text + node.templateSpans.map((span) => `…${span.literal.text}`).join('');
}

/**
 * The first text of each row written out in `each([...])` or in a constant of the same file, where
 * it names an ID: it is part of a printed title.
 */
function rowTexts(expression: ts.Expression): string {
  if (!ts.isCallExpression(expression)) return '';
  const rows = writtenOut(unwrapped(expression.arguments[0]));
  if (rows === undefined || !ts.isArrayLiteralExpression(rows)) return '';
  const texts = rows.elements
    .map((row) => firstText(unwrapped(row)))
    .filter((text) => idsIn(text).length > 0);
  return texts.length === 0 ? '' : ` [${texts.join('; ')}]`;
}

/** The value of a name that is a constant of the file. */
function writtenOut(rows: ts.Node | undefined): ts.Node | undefined {
  if (rows === undefined || !ts.isIdentifier(rows)) return rows;
  const declared = rows
    .getSourceFile()
    .statements.flatMap((statement) =>
      ts.isVariableStatement(statement) ? statement.declarationList.declarations : [],
    )
    .find(({ name }) => ts.isIdentifier(name) && name.text === rows.text);
  return unwrapped(declared?.initializer);
}

function firstText(row: ts.Node | undefined): string {
  if (row === undefined) return '';
  if (ts.isStringLiteralLike(row)) return row.text;
  if (ts.isArrayLiteralExpression(row)) return firstText(unwrapped(row.elements[0]));
  return '';
}

function unwrapped(node: ts.Node | undefined): ts.Node | undefined {
  const wrapped = node !== undefined && (ts.isAsExpression(node) || ts.isSatisfiesExpression(node));
  return wrapped ? unwrapped(node.expression) : node;
}
