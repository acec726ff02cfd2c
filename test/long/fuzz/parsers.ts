import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from '../../../tools/process.ts';

/** An exported function that reads text, bytes or values from outside: `core/purl.ts parsePurl`. */
export type ParserName = `${string}.ts ${string}`;

/** Words that the names of such functions begin with. */
const READS =
  /^(?:parse|read|decode|recognise|verify|stream|split|unfold|expand|inventory|open(?:Note)|validate|plan[A-Z]\w*Verification|is(?:OpenVex|SpdxExpression)|to(?:SpdxExpression|CanonicalPurl)|findInstalls|findDependencyChain|translate|listMembers|findMember|answerReview|addRevokedKeys|decrypt(?:Sigstore)Key)/;
const OUTSIDE =
  /\b(?:string|Uint8Array|Buffer|unknown|JsonValue|JsonObject|AsyncIterable|AsyncGenerator|ZipSource|ImageContent|FileTree)\b/;

/** Every reader that the sources export. */
export function listParsers(folder = join(root, 'src')): readonly ParserName[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts') && !/[.](?:test|contract)[.]ts$/.test(name))
    .flatMap((name) => listParsersInFile(name, readFileSync(join(folder, name), 'utf8')))
    .sort();
}

/** The same for one file. */
export function listParsersInFile(file: string, text: string): readonly ParserName[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const names = source.statements.flatMap((statement) => {
    const isExported =
      ts.canHaveModifiers(statement) &&
      statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
    if (!isExported) return [];
    if (ts.isFunctionDeclaration(statement) && statement.name !== undefined)
      return [[statement.name.text, statement.parameters] as const];
    if (!ts.isVariableStatement(statement)) return [];
    return statement.declarationList.declarations.flatMap(({ name, initializer }) =>
      ts.isIdentifier(name) && initializer !== undefined && ts.isArrowFunction(initializer)
        ? [[name.text, initializer.parameters] as const]
        : [],
    );
  });
  return names.flatMap(([name, parameters]): ParserName[] =>
    READS.test(name) && parameters.some(({ type }) => OUTSIDE.test(type?.getText(source) ?? ''))
      ? [`${file} ${name}` as ParserName]
      : [],
  );
}
