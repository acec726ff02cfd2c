import { LIMITS } from '../../core/limits.ts';
import { compareDigits, type VersionScheme } from './version-scheme.ts';

/**
 * Numbers compared one by one; of two lists that begin alike, the longer one is later.
 *
 * @example createNumberScheme('hackage', /^\d+(?:\.\d+)*$/)
 */
export function createNumberScheme(name: string, form: RegExp): VersionScheme {
  const read = (text: string): readonly string[] | null => {
    const trimmed = text.trim();
    if (trimmed.length > LIMITS.versionBytesMax || !form.test(trimmed)) return null;
    return trimmed.split(/[.-]/);
  };
  return {
    name,
    compare(one, other) {
      const [a, b] = [read(one), read(other)];
      if (a === null || b === null) return null;
      for (let at = 0; at < Math.min(a.length, b.length); at++) {
        const order = compareDigits(a[at] ?? '', b[at] ?? '');
        if (order !== 0) return order;
      }
      return a.length - b.length;
    },
  };
}
