import { type Instant, parseInstant } from '../../../core/instant.ts';
import type { JsonValue } from '../../../core/json.ts';

/** A time of a publisher that writes UTC without saying so; null for everything else. */
export function toUtcInstant(value: JsonValue | undefined): Instant | null {
  const text = typeof value === 'string' ? value : '';
  const at = parseInstant(/(?:Z|[+-][0-9]{2}:[0-9]{2})$/.test(text) ? text : `${text}Z`);
  return at.ok ? at.value : null;
}
