import { sha256 } from '../../../core/digest.ts';
import type { JsonValue } from '../../../core/json.ts';
import { canonicalJson } from '../../../formats/json/canonical.ts';
import type { Connected } from '../dialects/sqlite/connect-sqlite.ts';
import { EXPORTED } from './exported.ts';

/**
 * The graph as text that two databases can be compared by: a line a fact, canonical JSON, external identifiers only,
 * sorted within each kind of fact. Equal logs give equal exports (foundation 4).
 */
export async function* exportGraph({ rawRows }: Connected, shard: number): AsyncIterable<string> {
  for (const { fact, sql } of EXPORTED) {
    const lines: string[] = [];
    for (const row of rawRows(sql, shard)) lines.push(canonicalJson({ fact, ...shortened(row) }));
    yield* lines.sort();
  }
}

/** An advisory's record stands in the export by its digest: equal digests are equal records. */
function shortened(row: Record<string, unknown>): Record<string, JsonValue> {
  const { record, ...others } = row as Record<string, JsonValue>;
  return typeof record === 'string' ? { ...others, record: sha256(record) } : others;
}
