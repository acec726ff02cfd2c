import { type Digest, parseDigest } from '../../../core/digest.ts';
import { parseInstant } from '../../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { toOneLine } from '../../../core/one-line.ts';
import { parsePurl } from '../../../core/purl.ts';

/** A text; empty for everything else. */
export function takeText(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function takeTexts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

export function takeObjects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

export function takeObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** Milliseconds of the first of these that is a time; zero where none is. */
export function pickMoment(...values: readonly (JsonValue | undefined)[]): number {
  for (const value of values) {
    const at = parseInstant(takeText(value));
    if (at.ok) return at.value;
  }
  return 0;
}

/** A name for people, on one line and short; null where it is none. */
export function takeName(value: JsonValue | undefined): string | null {
  const name = toOneLine(
    takeText(value)
      .slice(0, 2 * NAME_MAX)
      .trim(),
    NAME_MAX,
  );
  return name === '' ? null : name;
}

const NAME_MAX = 200;

/** The digest of the image that an OCI purl names; null for every other purl. */
export function findImageDigest(purl: string): Digest | null {
  const parts = parsePurl(purl);
  if (!parts.ok || parts.value.type !== 'oci') return null;
  const digest = parseDigest(parts.value.version ?? '');
  return digest.ok ? digest.value : null;
}

/** Percent-encoded text; the text itself where it is none. */
export function unescapeText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
