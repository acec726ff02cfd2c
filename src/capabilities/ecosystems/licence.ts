import parseExpression from 'spdx-expression-parse';
import { isJsonObject, type JsonValue } from '../../core/json.ts';

/**
 * A declared expression is short; a longer text is prose, and the parser's time must stay bounded.
 */
const EXPRESSION_CHARACTERS_MAX = 500;

/**
 * The text where it is an SPDX licence expression, else null: prose is *unknown*, never a guess.
 */
export function parseSpdxExpression(text: string): string | null {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > EXPRESSION_CHARACTERS_MAX) return null;
  try {
    parseExpression(trimmed);
    return trimmed;
  } catch {
    return null;
  }
}

/**
 * The `license` member of a package.json: an expression, or one of the legacy forms `{ type }` and
 * `[{ type }]` (docs.npmjs.com, package.json "license"). One invalid expression makes the whole
 * declaration unknown.
 */
export function parseNpmLicences(
  license: JsonValue | undefined,
  licenses?: JsonValue | undefined,
): readonly string[] {
  const declared = [license, licenses]
    .flat()
    .filter((value) => value !== undefined && value !== null);
  const expressions = declared.map((value) =>
    parseSpdxExpression(readLicenceText(value as JsonValue)),
  );
  return expressions.every((expression) => expression !== null)
    ? [...new Set(expressions)].sort()
    : [];
}

function readLicenceText(value: JsonValue): string {
  const type = isJsonObject(value) ? value['type'] : value;
  return typeof type === 'string' ? type : '';
}
