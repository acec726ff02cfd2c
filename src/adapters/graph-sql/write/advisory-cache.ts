import type { AffectedMatcher, ParsedAdvisory } from '../../../capabilities/graph/index.ts';
import { orThrow } from '../../../core/result.ts';
import type { SqlConnection } from '../dialects/dialect.ts';
import { splitIntoChunks } from './chunks.ts';

const READINGS_MAX = 50_000;

/**
 * Advisory records by their shared row, read once. A row never changes, so neither does its
 * reading.
 */
export class AdvisoryCache {
  readonly #connected: SqlConnection;
  readonly #matcher: AffectedMatcher;
  readonly #readings = new Map<number, ParsedAdvisory>();

  constructor(connected: SqlConnection, matcher: AffectedMatcher) {
    this.#connected = connected;
    this.#matcher = matcher;
  }

  async load(advisories: readonly number[]): Promise<ReadonlyMap<number, ParsedAdvisory>> {
    if (this.#readings.size > READINGS_MAX) this.#readings.clear();
    const missing = advisories.filter((id) => !this.#readings.has(id));
    for (const ids of splitIntoChunks(missing)) {
      const rows = await this.#connected.db
        .selectFrom('advisory')
        .select(['id', 'record'])
        .where('id', 'in', ids)
        .execute();
      for (const { id, record } of rows)
        this.#readings.set(id, orThrow(this.#matcher.readAdvisory(record)));
    }
    const found = new Map<number, ParsedAdvisory>();
    for (const id of advisories) {
      const reading = this.#readings.get(id);
      if (reading !== undefined) found.set(id, reading);
    }
    return found;
  }

  /** After a rebuild: rows that had been changed behind our back were made anew. */
  forget(): void {
    this.#readings.clear();
  }
}
