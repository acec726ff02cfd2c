import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { decodeBase64 } from '../envelopes/base64.ts';

/** Members of the JSON form of protocol buffers, where what is zero or empty may be left out. */

/** The object; an absent one is null. */
export function readObject(value: JsonValue | undefined): JsonObject | null | 'malformed' {
  if (value === undefined || value === null) return null;
  return isJsonObject(value) ? value : 'malformed';
}

/** The list, empty where it is absent; null where it is none, or has over `max` entries. */
export function readList(value: JsonValue | undefined, max: number): readonly JsonValue[] | null {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > max) return null;
  return value as readonly JsonValue[];
}

/** Bytes in base64; null for anything else, also for none. */
export function readBytes(value: JsonValue | undefined): Buffer | null {
  return decodeBase64(value);
}

/** A count, as a number or as a text (int64); an absent one is zero, and null is no count. */
export function readCount(value: JsonValue | undefined): number | null {
  if (value === undefined || value === null) return 0;
  const count = typeof value === 'string' && /^[0-9]{1,16}$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : null;
}
