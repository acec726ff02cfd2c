import { isJsonObject, type JsonValue } from '../../core/json.ts';
import { toSpdxExpression } from '../../formats/spdx/licence.ts';

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
    toSpdxExpression(readLicenceText(value as JsonValue)),
  );
  return expressions.every((expression) => expression !== null)
    ? [...new Set(expressions)].sort()
    : [];
}

function readLicenceText(value: JsonValue): string {
  const type = isJsonObject(value) ? value['type'] : value;
  return typeof type === 'string' ? type : '';
}
