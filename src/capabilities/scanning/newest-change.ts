import type { Instant } from '../../core/instant.ts';
import type { Vulnerability } from '../advisories/index.ts';

/** When a record that reports the vulnerability was last changed; null where none has a date. */
export function findNewestChange(
  { records }: Vulnerability,
  reporting: readonly string[],
): Instant | null {
  return records
    .filter(({ id }) => reporting.includes(id))
    .reduce<Instant | null>(
      (newest, { modified }) =>
        modified !== null && (newest === null || modified > newest) ? modified : newest,
      null,
    );
}
