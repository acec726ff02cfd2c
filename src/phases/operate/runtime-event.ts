import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import { isJsonObject, type JsonValue } from '../../core/json.ts';
import type { Severity } from '../../core/severity.ts';

/** One event of a sensor, with the fields that it has; null is a field without a value. */
export interface RuntimeEvent {
  /**
   * The digest of what was seen, where and when: the same event sent again has the same id, even
   * with another uuid.
   */
  readonly id: string;
  readonly digest: Digest;
  readonly rule: string;
  readonly severity: Severity;
  readonly at: Instant | null;
  readonly output: string;
  readonly namespace: string | null;
  readonly pod: string | null;
  readonly container: string | null;
  /** Where a sensor names the workload and no pod. */
  readonly workload?: { readonly kind: string; readonly name: string };
  readonly image: { readonly reference: string | null; readonly digest: Digest | null };
  readonly process: string | null;
  /** The node on which it was seen. */
  readonly host: string | null;
}

/**
 * A text with a value; Falco writes `<NA>` if it could not look a field up
 * (falcosecurity/falco#1029).
 */
export function readEventText(value: JsonValue | undefined): string | null {
  if (typeof value !== 'string') return null;
  const text = value.trim();
  return text === '' || text === '<NA>' || text === 'N/A' || text === 'null'
    ? null
    : text.slice(0, 1_000).toWellFormed();
}

/** Lone surrogates have no UTF-8 bytes, so a text with one cannot be recorded. */
export function makeWellFormed(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(makeWellFormed);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key.toWellFormed(), makeWellFormed(one ?? null)]),
  );
}
