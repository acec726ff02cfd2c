import { LIMITS } from '../../../core/limits.ts';
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
  if (value instanceof List) return joinShown(value, ', ', run);
  const text = CONVERSIONS['string']?.(value, run);
  return typeof text === 'string' ? toOneLine(text) : 'unknown';
}

/**
 * The first elements of a list as a text, and how many others there are. What reads the same, such
 * as one package in forty places of a tree, is shown once.
 */
export function joinShown({ items, hidden }: List, by: string, run: Run): string {
  const shown = new Set<string>();
  for (const item of items) {
    if (shown.size === LIMITS.ruleNamesMax) break;
    shown.add(toOneLine(formatItem(item, run), LIMITS.ruleNameCharactersMax));
  }
  const more = items.length - shown.size + hidden;
  if (more > 0) run.isCut = true;
  const text = [...shown, ...(more > 0 ? [formatMore(more)] : [])].join(by);
  run.grow(2 * text.length);
  return text;
}

function formatItem(item: Value, run: Run): string {
  return typeof item === 'string' ? item : displayValue(item, run);
}

function formatMore(count: number): string {
  return Number.isFinite(count) ? `and ${count} more` : 'and more';
}
