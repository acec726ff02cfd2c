import { resolve } from 'node:path';
import ts from 'typescript';

/**
 * A name from outside may be `constructor`: no object is asked for a member whose name the types do
 * not limit to a few, except in `src/core/own.ts`, which asks for own members only. A map, a list
 * and a name that is one of a few literals are safe.
 */
const ALLOWED = 'src/core/own.ts';
/** The same for the page, which knows no code of `src`. */
const ALLOWED_ON_PAGE = 'web/src/own.ts';

export interface Lookup {
  /** Path below the root, with `/`. */
  readonly file: string;
  readonly line: number;
  readonly code: string;
}

/** The program of a checkout, as `tsc -p` makes it, and what is wrong with its configuration. */
function createCheckedProgram(
  root: string,
  config: string,
): {
  readonly program: ts.Program;
  readonly flaws: readonly ts.Diagnostic[];
} {
  const broken: ts.Diagnostic[] = [];
  const host = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (flaw: ts.Diagnostic) => void broken.push(flaw),
  };
  const parsed = ts.getParsedCommandLineOfConfigFile(resolve(root, config), {}, host);
  const program = ts.createProgram(parsed?.fileNames ?? [], parsed?.options ?? {});
  return { program, flaws: [...broken, ...(parsed?.errors ?? [])] };
}

/** One line for each error of types, and for each lookup by a name from outside. */
export function flawsOfTypes(root: string): readonly string[] {
  return CONFIGS.flatMap((config) => findFlaws(root, config));
}

/** The code for Node.js, and that for browsers. */
const CONFIGS = ['tsconfig.json', 'web/tsconfig.json'];

function findFlaws(root: string, config: string): readonly string[] {
  const { program, flaws } = createCheckedProgram(root, config);
  const host = {
    getCanonicalFileName: (name: string) => name,
    getCurrentDirectory: () => root,
    getNewLine: () => '\n',
  };
  const errors = [...flaws, ...ts.getPreEmitDiagnostics(program)];
  return [
    ...errors.map((error) => ts.formatDiagnostic(error, host).trim()),
    ...findLookups(program, root).map(
      ({ file, line, code }) =>
        `${file}:${line}: ${code}: the name is not limited by its type, and a plain object has ` +
        `\`constructor\`: use getOwn or setOwn of ${ALLOWED}, or a Map`,
    ),
  ];
}

/** Every such lookup of the sources; tests are not looked at. */
export function findLookups(program: ts.Program, root: string): readonly Lookup[] {
  const checker = program.getTypeChecker();
  const prefix = `${resolve(root).replaceAll('\\', '/')}/`;
  return program.getSourceFiles().flatMap((source) => {
    const file = source.fileName.replace(prefix, '');
    if (!/^(?:web\/)?src\//.test(file) || /[.](?:test|contract)[.]ts$/.test(file)) return [];
    if (file === ALLOWED || file === ALLOWED_ON_PAGE) return [];
    return listNodes(source)
      .filter((node) => isLookup(node, checker))
      .map((node) => {
        const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
        const code = node.getText(source).replaceAll(/\s+/g, ' ').slice(0, 80);
        return { file, line: line + 1, code };
      });
  });
}

function listNodes(source: ts.SourceFile): readonly ts.Node[] {
  const nodes: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    nodes.push(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return nodes;
}

function isLookup(node: ts.Node, checker: ts.TypeChecker): boolean {
  const isAnyName = (name: ts.Expression): boolean =>
    !ts.isStringLiteralLike(name) && mayBeAnyText(checker.getTypeAtLocation(name), checker);
  if (ts.isElementAccessExpression(node)) return isAnyName(node.argumentExpression);
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.InKeyword)
    return !ts.isPrivateIdentifier(node.left) && isAnyName(node.left);
  if (ts.isBindingElement(node) && node.propertyName !== undefined)
    return ts.isComputedPropertyName(node.propertyName) && isAnyName(node.propertyName.expression);
  // It writes members one by one, so that `__proto__` becomes a prototype; a spread does not.
  return ts.isCallExpression(node) && node.expression.getText() === 'Object.assign';
}

const TEXT =
  ts.TypeFlags.String |
  ts.TypeFlags.TemplateLiteral |
  ts.TypeFlags.StringMapping |
  ts.TypeFlags.Any |
  ts.TypeFlags.Unknown;

function mayBeAnyText(type: ts.Type, checker: ts.TypeChecker): boolean {
  if (type.isUnionOrIntersection()) return type.types.some((one) => mayBeAnyText(one, checker));
  if ((type.flags & TEXT) !== 0) return true;
  if ((type.flags & ts.TypeFlags.Instantiable) === 0) return false;
  const limit = checker.getBaseConstraintOfType(type);
  return limit === undefined || (limit !== type && mayBeAnyText(limit, checker));
}
