import { toOneLine } from '../../../core/one-line.ts';
import { CONVERSIONS } from './convert.ts';
import type { Run } from './run.ts';
import { formatAge } from './times.ts';
import { CelError, List, Span, type Value } from './value.ts';

/**
 * A value in a message: one line without control characters, because facts may contain text of
 * strangers (A76).
 */
export function displayValue(value: Value, run: Run): string {
  if (value === null || value instanceof CelError) return 'unknown';
  if (value instanceof Span) return formatAge(value);
  if (value instanceof List)
    return toOneLine(value.items.map((item) => displayValue(item, run)).join(', '));
  const text = CONVERSIONS['string']?.(value, run);
  return typeof text === 'string' ? toOneLine(text) : 'unknown';
}
