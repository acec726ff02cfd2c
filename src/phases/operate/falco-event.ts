import { type Digest, parseDigest, sha256 } from '../../core/digest.ts';
import { type Instant, parseInstant, toInstant } from '../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { getOwn } from '../../core/own.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { Severity } from '../../core/severity.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import { parseJson } from '../../formats/json/parse.ts';

/** One event of Falco, with the fields that it has; null is a field without a value. */
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
  readonly image: { readonly reference: string | null; readonly digest: Digest | null };
  readonly process: string | null;
  /** The node on which it was seen. */
  readonly host: string | null;
}

/**
 * Reads one line of Falco's `json_output`. Falco always writes rule, priority and time: a line
 * without a rule is not one of its events. All other fields may be missing, or `<NA>`, and then
 * they are unknown (G48).
 */
export function readFalcoEvent(line: Uint8Array | string): Result<RuntimeEvent> {
  const json = parseJson(line, { bytesMax: LIMITS.runtimeEventBytesMax, depthMax: 32 });
  if (!json.ok) return json;
  if (!isJsonObject(json.value)) return refuseLine('the line is no JSON object');
  const event = makeWellFormed(json.value) as JsonObject;
  const rule = readText(event['rule']);
  if (rule === null) return refuseLine('the line names no rule');
  const fields = isJsonObject(event['output_fields']) ? event['output_fields'] : {};
  const { uuid: _, ...own } = event;
  const digest = sha256(canonicalizeJson(own));
  return ok({
    id: `falco:${digest}`,
    digest,
    rule,
    severity: parseSeverity(readText(event['priority'])),
    at: readTime(event, fields),
    output:
      typeof event['output'] === 'string' ? event['output'].slice(0, 16_000).toWellFormed() : '',
    namespace: readText(fields['k8s.ns.name']),
    pod: readText(fields['k8s.pod.name']),
    container: readText(fields['k8s.container.name']) ?? readText(fields['container.name']),
    image: readImage(fields),
    process: readText(fields['proc.cmdline']) ?? readText(fields['proc.name']),
    host: readText(event['hostname']) ?? readText(fields['evt.hostname']),
  });
}

function refuseLine(why: string): Result<never> {
  return fail(
    'MALFORMED',
    `this is not an event of Falco: ${why}`,
    'Set json_output: true in falco.yaml, and send one event on each line.',
  );
}

/**
 * A text with a value; Falco writes `<NA>` if it could not look a field up
 * (falcosecurity/falco#1029).
 */
function readText(value: JsonValue | undefined): string | null {
  if (typeof value !== 'string') return null;
  const text = value.trim();
  return text === '' || text === '<NA>' || text === 'N/A' || text === 'null'
    ? null
    : text.slice(0, 1_000).toWellFormed();
}

const SEVERITY_BY_PRIORITY: Readonly<Record<string, Severity>> = {
  emergency: 'critical',
  alert: 'critical',
  critical: 'critical',
  error: 'high',
  warning: 'medium',
  notice: 'low',
  informational: 'none',
  info: 'none',
  debug: 'none',
};

function parseSeverity(priority: string | null): Severity {
  const word = priority?.toLowerCase() ?? '';
  return getOwn(SEVERITY_BY_PRIORITY, word) ?? 'unknown';
}

/** The time of the event; else the nanoseconds of `evt.time`. */
function readTime(event: JsonObject, fields: JsonObject): Instant | null {
  const text = readText(event['time']);
  const reported = text === null ? null : parseInstant(text);
  if (reported?.ok === true) return reported.value;
  const nanoseconds = fields['evt.time'];
  const ms = typeof nanoseconds === 'number' ? Math.floor(nanoseconds / 1e6) : Number.NaN;
  return ms > 0 && ms < 253_402_300_799_999 ? toInstant(ms) : null;
}

function readImage(fields: JsonObject): RuntimeEvent['image'] {
  const [repository, tag] = [
    readText(fields['container.image.repository']),
    readText(fields['container.image.tag']),
  ];
  const digest = parseDigest(readText(fields['container.image.digest']) ?? '');
  const reference = repository === null ? null : `${repository}${tag === null ? '' : `:${tag}`}`;
  return { reference, digest: digest.ok ? digest.value : null };
}

/** Lone surrogates have no UTF-8 bytes, so a text with one cannot be recorded. */
function makeWellFormed(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(makeWellFormed);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key.toWellFormed(), makeWellFormed(one ?? null)]),
  );
}
