import ts from 'typescript';
import { findAddressed, isAddressKind, isAssignment, listTexts } from './mutant-address.ts';

/** A part of a source, and its replacement. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const REMOVE = /^remove(?: (?<kind>[a-z]+)(?: (?<count>\d+))?)?$/;
const REPLACE = /^(?<kind>[a-z]+)(?: (?<count>\d+))? -> (?<text>.+)$/;
const TEXT = /^text (?:after (?<after>\S+): )?(?<find>.+?) ->(?: (?<text>.*))?$/;

/**
 * Resolves what an operation changes in the node below its comment.
 *
 * @throws an Error that says why the operation cannot be resolved
 */
export function resolveOperation(operation: string, anchor: ts.Node): Splice {
  const removal = REMOVE.exec(operation)?.groups;
  if (removal !== undefined) return remove(locate(anchor, removal['kind'], removal['count']));
  const text = TEXT.exec(operation)?.groups;
  if (text !== undefined)
    return replaceText(anchor, text['find'] ?? '', text['text'] ?? '', text['after']);
  const replacement = REPLACE.exec(operation)?.groups;
  if (replacement === undefined) throw new Error(`no operation: ${operation}`);
  const target = locate(anchor, replacement['kind'], replacement['count']);
  return { ...findRange(target), text: fillIn(replacement['text'] ?? '', target) };
}

function locate(anchor: ts.Node, kind: string | undefined, count: string | undefined): ts.Node {
  if (kind === undefined || kind === 'it') return anchor;
  if (!isAddressKind(kind)) throw new Error(`not a kind of address: ${kind}`);
  const found = findAddressed(anchor, kind, Number(count ?? 1));
  if (found === null) throw new Error(`there is no ${kind} ${count ?? 1} in the code below`);
  return found;
}

function findRange(node: ts.Node): { start: number; end: number } {
  return { start: node.getStart(), end: node.getEnd() };
}

/** `$` is the replaced text, `$operand2` its second operand; `${` is not replaced. */
function fillIn(text: string, target: ts.Node): string {
  return text.replace(
    /\$(?!\{)(?<kind>[a-z]+)?(?<count>\d+)?/g,
    (_all, kind?: string, count?: string) => locate(target, kind, count).getText(),
  );
}

function remove(node: ts.Node): Splice {
  const { parent } = node;
  if (ts.isBinaryExpression(parent) && !isAssignment(parent))
    return { ...removalOfOperand(node, parent), text: '' };
  const list = listAround(node);
  if (list !== null) return { ...removalOfElement(node, list), text: '' };
  if (ts.isIfStatement(parent) || ts.isIterationStatement(parent, false))
    return { ...findRange(node), text: '{}' };
  if (ts.isStatement(node) || ts.isClassElement(node) || ts.isCaseOrDefaultClause(node))
    return { ...findRange(node), text: '' };
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression))
    return { start: node.expression.expression.getEnd(), end: node.getEnd(), text: '' };
  throw new Error(
    'only an operand, a statement, a chained call or a part of a list can be removed',
  );
}

function removalOfOperand(
  node: ts.Node,
  parent: ts.BinaryExpression,
): { start: number; end: number } {
  if (parent.right === node) return { start: parent.left.getEnd(), end: node.getEnd() };
  return { start: node.getStart(), end: parent.right.getStart() };
}

function listAround(node: ts.Node): ts.NodeArray<ts.Node> | null {
  const { parent } = node;
  if (ts.isArrayLiteralExpression(parent)) return parent.elements;
  if (ts.isObjectLiteralExpression(parent)) return parent.properties;
  if (
    (ts.isCallExpression(parent) || ts.isNewExpression(parent)) &&
    parent.arguments?.some((one) => one === node)
  )
    return parent.arguments;
  return null;
}

function removalOfElement(
  node: ts.Node,
  list: ts.NodeArray<ts.Node>,
): { start: number; end: number } {
  const at = list.indexOf(node);
  const next = list[at + 1];
  if (next !== undefined) return { start: node.getStart(), end: next.getStart() };
  return { start: list[at - 1]?.getEnd() ?? node.getStart(), end: node.getEnd() };
}

/**
 * Searches the literals of `anchor`. Any white space matches any other, because line breaks may
 * change.
 */
function replaceText(
  anchor: ts.Node,
  find: string,
  text: string,
  after: string | undefined,
): Splice {
  const wanted = new RegExp(
    find
      .split(/\s+/)
      .map((word) => word.replace(/[^\w\s]/g, '\\$&'))
      .join('\\s+'),
    'g',
  );
  const found: Splice[] = [];
  for (const literal of listTexts(anchor)) {
    const source = literal.getText();
    const from = after === undefined ? 0 : source.indexOf(after);
    if (from < 0) continue;
    for (const { index, 0: whole } of source.slice(from).matchAll(wanted)) {
      const start = literal.getStart() + from + index;
      found.push({ start, end: start + whole.length, text });
    }
  }
  const [first] = found;
  if (first === undefined) throw new Error(`no literal in the code below has: ${find}`);
  if (found.length > 1 && after === undefined)
    throw new Error(`more than one literal has: ${find}`);
  return first;
}
