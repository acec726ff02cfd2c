import { LIMITS } from '../../../core/limits.ts';

/** The value of build arguments before the first stage: null for one without a default. */
export type ArgumentDefaults = ReadonlyMap<string, string | null>;

export interface Expansion {
  readonly text: string;
  /** Arguments whose default was used: a build may set another value. */
  readonly defaults: readonly string[];
  /** Arguments without a usable value, and unsupported forms: the text is then unknown. */
  readonly open: readonly string[];
}

/**
 * Replaces variables with their defaults (Dockerfile reference, "Environment replacement"); a
 * variable without one stays open.
 */
export function expandArguments(text: string, known: ArgumentDefaults): Expansion {
  const defaults: string[] = [];
  const open: string[] = [];
  let added = 0;
  const takeDefault = (name: string): string | null => {
    const value = known.get(name) ?? null;
    if (value !== null) defaults.push(name);
    return value;
  };
  const expanded = text.replace(
    /\\\$|\$\{(\w+)(?:(:?[-+])([^{}]*))?\}|\$(\w+)|\$/g,
    (whole, name?: string, mark?: string, word?: string, bare?: string) => {
      if (whole === '\\$') return '$';
      const key = name ?? bare;
      if (key === undefined) {
        open.push(whole);
        return whole;
      }
      const value = takeDefault(key);
      const isSet =
        mark?.startsWith(':') === true ? value !== null && value !== '' : value !== null;
      if (mark?.endsWith('+') === true) {
        defaults.push(key);
        return isSet ? (word ?? '') : '';
      }
      if (isSet && value !== null) {
        added += value.length;
        // An argument made of others, each twice, would double with each line.
        // mutant argument-that-doubles: condition -> true
        if (added <= LIMITS.expandedTextMax) return value;
        open.push(key);
        return whole;
      }
      if (mark?.endsWith('-') === true) {
        defaults.push(key);
        return word ?? '';
      }
      open.push(key);
      return whole;
    },
  );
  return { text: expanded, defaults: [...new Set(defaults)], open };
}

/**
 * `ARG A=1 B="two" C`: adds what an instruction defines to `all`. Defaults may use arguments before
 * them; one without a default has that of `inherited`.
 */
export function readArgumentsInto(
  all: Map<string, string | null>,
  text: string,
  inherited: ArgumentDefaults = NONE,
): void {
  for (const [word] of text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)) {
    const equals = word.indexOf('=');
    const name = equals === -1 ? word : word.slice(0, equals);
    if (!/^\w+$/.test(name)) continue;
    const raw = equals === -1 ? null : word.slice(equals + 1).replace(/^(["'])(.*)\1$/s, '$2');
    const value = raw === null ? null : expandArguments(raw, all);
    const own = value === null || value.open.length > 0 ? null : value.text;
    all.set(name, own ?? inherited.get(name) ?? null);
  }
}

const NONE: ArgumentDefaults = new Map();
