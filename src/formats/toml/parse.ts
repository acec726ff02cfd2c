import { parse, TomlDate, TomlError } from 'smol-toml';
import type { JsonValue } from '../../core/json.ts';
import { setOwn } from '../../core/own.ts';
import { fail, ok, type Result } from '../../core/result.ts';

export interface TomlOptions {
  readonly bytesMax: number;
}

const DEPTH_MAX = 64;

/**
 * TOML 1.0 as JSON values: tables are objects without a prototype, dates and times are texts as
 * RFC 3339 writes them, integers beyond 2^53 are texts of digits. A failure is MALFORMED, and its
 * message is the bare reason: the caller names the document.
 *
 * @example parseToml('name = "shop"', { bytesMax: LIMITS.dependencyFileBytesMax })
 */
export function parseToml(text: string, { bytesMax }: TomlOptions): Result<JsonValue> {
  // mutant toml-limit-is-in-bytes: operand -> text.length
  if (Buffer.byteLength(text) > bytesMax) return refuse('the document is too large');
  try {
    const tables = parse(text, { maxDepth: DEPTH_MAX, integersAsBigInt: 'asNeeded' });
    return ok(takeJson(tables));
  } catch (thrown) {
    const isDeep = thrown instanceof RangeError;
    return refuse(isDeep ? 'the document is nested too deeply' : describeFlaw(thrown), thrown);
  }
}

function takeJson(value: unknown): JsonValue {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof TomlDate) return value.toISOString();
  // TOML has inf and nan, JSON has neither.
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value !== 'object' || value === null) return value as JsonValue;
  if (Array.isArray(value)) return value.map(takeJson);
  const taken: Record<string, JsonValue> = Object.create(null);
  for (const [key, member] of Object.entries(value)) setOwn(taken, key, takeJson(member));
  return taken;
}

function describeFlaw(thrown: unknown): string {
  if (!(thrown instanceof TomlError)) return 'not TOML';
  const reason = (thrown.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '');
  return `${reason} at line ${thrown.line}, column ${thrown.column}`;
}

function refuse(why: string, cause?: unknown): Result<never> {
  return fail('MALFORMED', why, 'Correct the document.', cause);
}
