import ts from 'typescript';

/** What each kind of address finds directly in a node. Outer nodes come before inner ones. */
const PARTS: Readonly<Record<string, (node: ts.Node) => readonly ts.Node[]>> = {
  statement: (node) => (ts.isBlock(node) || ts.isCaseOrDefaultClause(node) ? node.statements : []),
  condition: conditions,
  branch: branches,
  value: values,
  operand: operands,
  call: (node) => (ts.isCallExpression(node) ? [node] : []),
  callee: (node) => (ts.isCallExpression(node) ? [node.expression] : []),
  argument: (node) =>
    ts.isCallExpression(node) || ts.isNewExpression(node) ? (node.arguments ?? []) : [],
  receiver: (node) =>
    ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)
      ? [node.expression]
      : [],
  element: (node) => (ts.isArrayLiteralExpression(node) ? node.elements : []),
  member: (node) => (ts.isObjectLiteralExpression(node) ? node.properties : []),
  span: (node) => (ts.isTemplateSpan(node) ? [node.expression] : []),
  literal: (node) => (isText(node) || ts.isNumericLiteral(node) || isTruth(node) ? [node] : []),
};

/** True when a word names a kind of address: see CONTRIBUTING.md. */
export function isAddressKind(word: string): boolean {
  return Object.hasOwn(PARTS, word);
}

/** The `count`-th node of a kind in `anchor`, or null. */
export function findAddressed(anchor: ts.Node, kind: string, count: number): ts.Node | null {
  return listAddressed(anchor, kind)[count - 1] ?? null;
}

/** Every node of a kind in `anchor`, in the order in which they are counted. */
function listAddressed(anchor: ts.Node, kind: string): ts.Node[] {
  const found = [...(PARTS[kind]?.(anchor) ?? [])];
  ts.forEachChild(anchor, (child) => void found.push(...listAddressed(child, kind)));
  return found;
}

/** The string and template literals of a node, with everything in them. */
export function listTexts(node: ts.Node): ts.Node[] {
  if (isText(node)) return [node];
  const found: ts.Node[] = [];
  ts.forEachChild(node, (child) => void found.push(...listTexts(child)));
  return found;
}

/** The operands of `a && b && c`, at the outermost node of such a chain. */
function operands(node: ts.Node): readonly ts.Node[] {
  if (!ts.isBinaryExpression(node) || isAssignment(node)) return [];
  const { parent } = node;
  const inner =
    ts.isBinaryExpression(parent) && parent.left === node && isSameOperator(parent, node);
  return inner ? [] : flatten(node);
}

function flatten(node: ts.BinaryExpression): ts.Node[] {
  const { left } = node;
  const first = ts.isBinaryExpression(left) && isSameOperator(left, node) ? flatten(left) : [left];
  return [...first, node.right];
}

function isSameOperator(one: ts.BinaryExpression, other: ts.BinaryExpression): boolean {
  return one.operatorToken.kind === other.operatorToken.kind;
}

function conditions(node: ts.Node): readonly ts.Node[] {
  if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node))
    return [node.expression];
  if (ts.isConditionalExpression(node)) return [node.condition];
  return ts.isForStatement(node) && node.condition ? [node.condition] : [];
}

function branches(node: ts.Node): readonly ts.Node[] {
  if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse];
  if (!ts.isIfStatement(node)) return [];
  return node.elseStatement ? [node.thenStatement, node.elseStatement] : [node.thenStatement];
}

/** What is returned, held or assigned. */
function values(node: ts.Node): readonly ts.Node[] {
  if (ts.isReturnStatement(node) && node.expression) return [node.expression];
  if (ts.isVariableDeclaration(node) && node.initializer) return [node.initializer];
  if (ts.isPropertyAssignment(node)) return [node.initializer];
  if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) return [node.body];
  return ts.isBinaryExpression(node) && isAssignment(node) ? [node.right] : [];
}

/** `=`, `??=` and similar operators. */
export function isAssignment({ operatorToken: { kind } }: ts.BinaryExpression): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

function isText(node: ts.Node): boolean {
  return (
    ts.isStringLiteral(node) ||
    ts.isNoSubstitutionTemplateLiteral(node) ||
    ts.isTemplateExpression(node)
  );
}

function isTruth(node: ts.Node): boolean {
  return node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword;
}
