import { expect } from 'vitest';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** Texts of others, which are passed on as they are. */
const OF_OTHERS = new Set(['annotations', 'items']);

/** Every time in an answer is RFC 3339 in UTC, to the millisecond, and none is a number. */
export function requireOneTimeFormat(value: unknown, key = ''): void {
  if (typeof value === 'number') expect([key, value]).toEqual([key, Math.min(value, 1e11)]);
  const isTime =
    typeof value === 'string' &&
    (/^(?:at|from|until|newest|time|[a-z]+(?:At|Until|Before))$/.test(key)
      ? /^\d{4}/.test(value)
      : /^\d{4}-\d\d-\d\dT\S+$/.test(value));
  if (isTime) expect([key, value]).toEqual([key, expect.stringMatching(TIME)]);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value))
    if (!OF_OTHERS.has(name)) requireOneTimeFormat(member, Array.isArray(value) ? key : name);
}
