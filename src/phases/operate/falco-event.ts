import { parseDigest, sha256 } from '../../core/digest.ts';
import { type Instant, parseInstant, toInstant } from '../../core/instant.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { getOwn } from '../../core/own.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { Severity } from '../../core/severity.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import { type RuntimeEvent, readEventText } from './runtime-event.ts';

/**
 * Reads one line of Falco's `json_output`. Falco always writes rule, priority and time: a line
 * without a rule is not one of its events. All other fields may be missing, or `<NA>`, and then
 * they are unknown (G48).
 */
export function readFalcoEvent(event: JsonObject): Result<RuntimeEvent> {
  const rule = readEventText(event['rule']);
  if (rule === null) return refuseLine('the line names no rule');
  const fields = isJsonObject(event['output_fields']) ? event['output_fields'] : {};
  const { uuid: _, ...own } = event;
  const digest = sha256(canonicalizeJson(own));
  return ok({
    id: `falco:${digest}`,
    digest,
    rule,
    severity: parseSeverity(readEventText(event['priority'])),
    at: readTime(event, fields),
    output:
      typeof event['output'] === 'string' ? event['output'].slice(0, 16_000).toWellFormed() : '',
    namespace: readEventText(fields['k8s.ns.name']),
    pod: readEventText(fields['k8s.pod.name']),
    container:
      readEventText(fields['k8s.container.name']) ?? readEventText(fields['container.name']),
    image: readImage(fields),
    process: readEventText(fields['proc.cmdline']) ?? readEventText(fields['proc.name']),
    host: readEventText(event['hostname']) ?? readEventText(fields['evt.hostname']),
  });
}

function refuseLine(why: string): Result<never> {
  return fail(
    'MALFORMED',
    `this is not an event of Falco: ${why}`,
    'Set json_output: true in falco.yaml, and send one event on each line.',
  );
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
  const text = readEventText(event['time']);
  const reported = text === null ? null : parseInstant(text);
  if (reported?.ok === true) return reported.value;
  const nanoseconds = fields['evt.time'];
  const ms = typeof nanoseconds === 'number' ? Math.floor(nanoseconds / 1e6) : Number.NaN;
  return ms > 0 && ms < 253_402_300_799_999 ? toInstant(ms) : null;
}

function readImage(fields: JsonObject): RuntimeEvent['image'] {
  const [repository, tag] = [
    readEventText(fields['container.image.repository']),
    readEventText(fields['container.image.tag']),
  ];
  const digest = parseDigest(readEventText(fields['container.image.digest']) ?? '');
  const reference = repository === null ? null : `${repository}${tag === null ? '' : `:${tag}`}`;
  return { reference, digest: digest.ok ? digest.value : null };
}
