import type {
  AdvisoryFact,
  AffectedMatcher,
  ParsedAdvisory,
} from '../../../capabilities/graph/index.ts';
import { orThrow } from '../../../core/result.ts';
import type { SqlConnection } from '../dialects/dialect.ts';
import { splitIntoChunks } from './chunks.ts';

const READINGS_MAX = 50_000;
const SHARED_MAX = 200_000;

/**
 * Advisory records by their shared row, read once. A row never changes, so neither does its
 * reading.
 */
export class AdvisoryCache {
  readonly #connected: SqlConnection;
  readonly #matcher: AffectedMatcher;
  readonly #readings = new Map<number, ParsedAdvisory>();
  readonly #shared = new Map<string, number>();
  /** The last id while every shared row is remembered: then no other row is looked up. */
  #lastId: number | null;

  constructor(connected: SqlConnection, matcher: AffectedMatcher, isNew: boolean) {
    this.#connected = connected;
    this.#matcher = matcher;
    this.#lastId = isNew ? 0 : null;
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

  /** The shared rows of these records, as far as they are there; each is looked up once. */
  async findShared(facts: readonly AdvisoryFact[]): Promise<ReadonlyMap<string, number>> {
    if (this.#shared.size > SHARED_MAX) this.forget();
    const found = new Map<string, number>();
    const missing: string[] = [];
    for (const { recordDigest } of facts) {
      const id = this.#shared.get(recordDigest);
      if (id === undefined) missing.push(recordDigest);
      else found.set(recordDigest, id);
    }
    if (this.#lastId !== null) return found;
    for (const [digest, id] of await this.#connected.findIds(
      'advisory',
      'record_digest',
      null,
      missing,
    )) {
      found.set(digest, id);
      this.#shared.set(digest, id);
    }
    return found;
  }

  /**
   * The first of the ids that new rows for these records get, in their order. Null if the database
   * assigns them.
   */
  assignIds(facts: readonly AdvisoryFact[]): number | null {
    if (this.#lastId === null) return null;
    const first = this.#lastId + 1;
    for (const { recordDigest } of facts) this.#shared.set(recordDigest, ++this.#lastId);
    return first;
  }

  /** Looks at the rows that were added since there was no id above `before`. */
  async noteAdded(before: number): Promise<void> {
    const rows = await this.#connected.db
      .selectFrom('advisory')
      .select(['id', 'record_digest'])
      .where('id', '>', before)
      .execute();
    for (const { id, record_digest: digest } of rows) this.#shared.set(digest, id);
  }

  /**
   * After a rebuild, because rows that had been changed behind our back were made anew, and after a
   * rollback, because rows that it had added are gone.
   */
  forget(): void {
    this.#lastId = null;
    this.#readings.clear();
    this.#shared.clear();
  }
}
