import { type Digest, parseDigest, sha256 } from '../../core/digest.ts';
import { type Instant, instantOf, parseInstant } from '../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { Severity } from '../../core/severity.ts';
import { canonicalJson } from '../../formats/json/canonical.ts';
import { parseJson } from '../../formats/json/parse.ts';

/** One event of Falco, as far as it says something; null is what it does not say. */
export interface RuntimeEvent {
  /** Of what was seen, where and when: the same event sent again has the same id, whoever gave it which uuid. */
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
  /** The node that it was seen on. */
  readonly host: string | null;
}

/**
 * Reads one line of Falco's `json_output`. Rule, priority and time are what Falco always writes: without a rule it is none of
 * its events. All else may be missing, or `<NA>`, and then nobody knows it (G48).
 */
export function readFalcoEvent(line: Uint8Array | string): Result<RuntimeEvent> {
  const json = parseJson(line, { bytesMax: LIMITS.runtimeEventBytesMax, depthMax: 32 });
  if (!json.ok) return json;
  if (!isJsonObject(json.value)) return noEvent('it is no JSON object');
  const event = wellFormed(json.value) as JsonObject;
  const rule = said(event['rule']);
  if (rule === null) return noEvent('it names no rule');
  const fields = isJsonObject(event['output_fields']) ? event['output_fields'] : {};
  const { uuid: _, ...own } = event;
  const digest = sha256(canonicalJson(own));
  return ok({
    id: `falco:${digest}`,
    digest,
    rule,
    severity: severityOf(said(event['priority'])),
    at: timeOf(event, fields),
    output: typeof event['output'] === 'string' ? event['output'].slice(0, 16_000).toWellFormed() : '',
    namespace: said(fields['k8s.ns.name']),
    pod: said(fields['k8s.pod.name']),
    container: said(fields['k8s.container.name']) ?? said(fields['container.name']),
    image: imageOf(fields),
    process: said(fields['proc.cmdline']) ?? said(fields['proc.name']),
    host: said(event['hostname']) ?? said(fields['evt.hostname']),
  });
}

function noEvent(why: string): Result<never> {
  return fail(
    'MALFORMED',
    `no event of Falco: ${why}`,
    'Set json_output: true in falco.yaml, and send an event a line.',
  );
}

/** A text that says something; Falco writes `<NA>` for what it could not look up (falcosecurity/falco#1029). */
function said(value: JsonValue | undefined): string | null {
  if (typeof value !== 'string') return null;
  const text = value.trim();
  return text === '' || text === '<NA>' || text === 'N/A' || text === 'null'
    ? null
    : text.slice(0, 1_000).toWellFormed();
}

const SEVERITY_OF: Readonly<Record<string, Severity>> = {
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

function severityOf(priority: string | null): Severity {
  const word = priority?.toLowerCase() ?? '';
  return Object.hasOwn(SEVERITY_OF, word) ? (SEVERITY_OF[word] ?? 'unknown') : 'unknown';
}

/** As the event says; else by the nanoseconds of `evt.time`. */
function timeOf(event: JsonObject, fields: JsonObject): Instant | null {
  const text = said(event['time']);
  const told = text === null ? null : parseInstant(text);
  if (told?.ok === true) return told.value;
  const nanoseconds = fields['evt.time'];
  const ms = typeof nanoseconds === 'number' ? Math.floor(nanoseconds / 1e6) : Number.NaN;
  return ms > 0 && ms < 253_402_300_799_999 ? instantOf(ms) : null;
}

function imageOf(fields: JsonObject): RuntimeEvent['image'] {
  const [repository, tag] = [said(fields['container.image.repository']), said(fields['container.image.tag'])];
  const digest = parseDigest(said(fields['container.image.digest']) ?? '');
  const reference = repository === null ? null : `${repository}${tag === null ? '' : `:${tag}`}`;
  return { reference, digest: digest.ok ? digest.value : null };
}

/** Lone surrogates have no bytes, so nothing that holds one could be kept. */
function wellFormed(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(wellFormed);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key.toWellFormed(), wellFormed(one ?? null)]));
}
