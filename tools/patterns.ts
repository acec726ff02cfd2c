import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyse } from 'scslre';
import ts from 'typescript';
import { findSlowText } from './pattern-probe.ts';

/**
 * One policy for every regular expression of the sources: it takes time in proportion to the text,
 * whatever the text is. `x+$`, `a*,` and two neighbours that match the same characters do not:
 * each start, or each division, is tried again. Cut and trim with `src/formats/text/cut.ts`.
 *
 * The structure is analysed, and then the pattern is tried on the texts that could hurt it. What
 * this cannot see is a search that code starts again and again.
 */

/** Patterns that are made from parts, and why they are no risk. */
const MADE: Readonly<Record<string, string>> = {
  'src/adapters/graph-sql/schema/shard-guard.ts': 'names of our own tables',
  'src/capabilities/inventory/sbom/package-identity.ts': 'the text has at most 512 characters',
  'src/capabilities/signing/trust/trust-policy.ts': 'a host name, with bounded repetitions',
  'src/entrypoints/cli/set-up/documents.ts': 'names of our own members, in our own document',
};

/** One line for each pattern that may take quadratic time or worse, or that is made from parts. */
export function flawsOfPatterns(root: string): readonly string[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((name) => `src/${name.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.ts') && !/[.](?:test|contract)[.]ts$/.test(file))
    .flatMap((file) => findPatternFlaws(file, readFileSync(join(root, file), 'utf8')));
}

/** The same for one file. */
export function findPatternFlaws(file: string, text: string): readonly string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const flaws: string[] = [];
  const visit = (node: ts.Node): void => {
    const why = findFlaw(node, file);
    if (why !== null) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      flaws.push(`${file}:${line + 1}: ${node.getText().slice(0, 100)}: ${why}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return flaws;
}

function findFlaw(node: ts.Node, file: string): string | null {
  if (ts.isRegularExpressionLiteral(node)) return findSlowPart(node.text);
  const isMade =
    (ts.isNewExpression(node) || ts.isCallExpression(node)) &&
    node.expression.getText() === 'RegExp' &&
    !Object.hasOwn(MADE, file);
  return isMade ? 'write it as a literal, so that it is looked at' : null;
}

function findSlowPart(literal: string): string | null {
  const end = literal.lastIndexOf('/');
  const pattern = { source: literal.slice(1, end), flags: literal.slice(end + 1) };
  const { reports } = analyse(pattern, { reportTypes: { Move: true } });
  const [first] = reports;
  if (first === undefined) {
    const text = findSlowText(literal);
    return text === null ? null : `slow on ${text}`;
  }
  return `${first.exponential ? 'exponential' : 'quadratic'} on ${describeCharacters(first)}`;
}

/** A character that the text can repeat. */
function describeCharacters({ character }: ReturnType<typeof analyse>['reports'][number]): string {
  const { source, flags } = character.literal;
  return `a text of many /${source}/${flags}`;
}
