import { CONVERSIONS } from './convert.ts';
import type { Run } from './run.ts';
import { ageText } from './times.ts';
import { CelError, List, Span, type Value } from './value.ts';

const CHARACTERS_MAX = 300;

/** A value in a message: one line, no control characters, because facts are written by strangers (A76). */
export function displayed(value: Value, run: Run): string {
  if (value === null || value instanceof CelError) return 'unknown';
  if (value instanceof Span) return ageText(value);
  if (value instanceof List) return oneLine(value.items.map((item) => displayed(item, run)).join(', '));
  const text = CONVERSIONS['string']?.(value, run);
  return typeof text === 'string' ? oneLine(text) : 'unknown';
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;

export function oneLine(text: string): string {
  const clean = text.replace(UNPRINTABLE, ' ').toWellFormed();
  return clean.length > CHARACTERS_MAX ? `${clean.slice(0, CHARACTERS_MAX)}…`.toWellFormed() : clean;
}
