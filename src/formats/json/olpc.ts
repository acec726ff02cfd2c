import { isJsonObject, type JsonValue } from '../../core/json.ts';
import { getOwn } from '../../core/own.ts';

/**
 * The canonical JSON of OLPC, over which TUF signs: keys sorted by code points, whole numbers only,
 * and of a text only quotes and backslashes are escaped. Null where a number is none of these.
 */
export function encodeOlpcJson(value: JsonValue): string | null {
  if (typeof value === 'string') return encodeText(value);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : null;
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value))
    return join('[', (value as readonly JsonValue[]).map(encodeOlpcJson), ']');
  if (!isJsonObject(value)) return null;
  const members = Object.keys(value)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map((key) => {
      const member = encodeOlpcJson(getOwn(value, key) ?? null);
      return member === null ? null : `${encodeText(key)}:${member}`;
    });
  return join('{', members, '}');
}

function encodeText(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}

function join(start: string, parts: readonly (string | null)[], end: string): string | null {
  return parts.includes(null) ? null : `${start}${parts.join(',')}${end}`;
}
