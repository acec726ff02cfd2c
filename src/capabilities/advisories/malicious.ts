import type { SeverityVector } from './advisory.ts';

/**
 * Whether a record says that a package was made to do harm (github.com/ossf/malicious-packages).
 * Nobody scores such a package: it is not a flaw, and no version of it is good.
 */
export function isMalicious(id: string): boolean {
  return id.startsWith('MAL-');
}

/** Always critical, whatever else the record says: `malicious` is a word of its own. */
export const MALICIOUS: SeverityVector = { type: 'DATABASE', vector: 'malicious' };

export const MALICIOUS_TITLE = 'malicious package';
