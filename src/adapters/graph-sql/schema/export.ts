import { sha256 } from '../../../core/digest.ts';
import type { JsonValue } from '../../../core/json.ts';
import { canonicalizeJson } from '../../../formats/json/canonical.ts';
import type { SqlConnection } from '../dialects/dialect.ts';
import { EXPORT_QUERIES } from './export-queries.ts';

/**
 * The graph as text by which two databases can be compared: one line for each fact, canonical JSON,
 * only external identifiers, sorted within each kind of fact. Equal logs give equal exports
 * (foundation 4).
 */
export async function* exportGraph(
  { queryRows }: SqlConnection,
  shard: number,
): AsyncIterable<string> {
  for (const { fact, sql } of EXPORT_QUERIES) {
    const lines: string[] = [];
    for await (const rows of queryRows(sql, shard))
      for (const row of rows) lines.push(canonicalizeJson({ fact, ...shortenRecord(row) }));
    yield* lines.sort();
  }
}

/** An advisory's record is in the export by its digest: equal digests are equal records. */
function shortenRecord(row: Record<string, unknown>): Record<string, JsonValue> {
  const { record, ...others } = row as Record<string, JsonValue>;
  return typeof record === 'string' ? { ...others, record: sha256(record) } : others;
}
