/** The value of build arguments before the first stage: null for one without a default. */
export type ArgumentDefaults = ReadonlyMap<string, string | null>;

export interface Expansion {
  readonly text: string;
  /** Arguments whose default was used: a build may set another value. */
  readonly defaults: readonly string[];
  /** Arguments without a value, and unsupported forms: the text is then unknown. */
  readonly open: readonly string[];
}

/**
 * Replaces variables with their defaults (Dockerfile reference, "Environment replacement"); a
 * variable without one stays open.
 */
export function expandArguments(text: string, known: ArgumentDefaults): Expansion {
  const defaults: string[] = [];
  const open: string[] = [];
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
      if (isSet) return value ?? '';
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

/** `ARG A=1 B="two" C`: what an instruction adds; defaults may use arguments before them. */
export function readArguments(text: string, known: ArgumentDefaults): ArgumentDefaults {
  const all = new Map(known);
  for (const [word] of text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)) {
    const equals = word.indexOf('=');
    const name = equals === -1 ? word : word.slice(0, equals);
    if (!/^\w+$/.test(name)) continue;
    const raw = equals === -1 ? null : word.slice(equals + 1).replace(/^(["'])(.*)\1$/s, '$2');
    const value = raw === null ? null : expandArguments(raw, all);
    all.set(name, value === null || value.open.length > 0 ? null : value.text);
  }
  return all;
}
