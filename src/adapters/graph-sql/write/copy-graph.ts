import { createHash } from 'node:crypto';
import { computeRoot, type Frontier, growFrontier } from '../../../capabilities/evidence/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import type { SqlConnection } from '../dialects/dialect.ts';
import { exportGraph } from '../schema/export.ts';
import { readHead, readStored, type StoredEntry } from './log.ts';
import type { Writer } from './writer.ts';

/** Documents of one transaction, and about how many bytes they have together. */
const DOCUMENTS_AT_A_TIME = 64;
const BYTES_AT_A_TIME = 8 * 1024 * 1024;

export interface CopiedGraph {
  /** Documents in both logs. */
  readonly documents: number;
  /** Documents that were copied now; the others were there. */
  readonly copied: number;
  readonly root: Uint8Array;
  /** Of both canonical exports, which are equal. */
  readonly export: Digest;
  readonly facts: number;
}

/** The log of one shard; the target may be another one of another database. */
export interface CopySource {
  readonly connected: SqlConnection;
  readonly shard: number;
}

export interface CopyOptions {
  readonly signal: AbortSignal;
  readonly progress: (done: number, total: number) => void;
}

/**
 * Copies a log to the end of a beginning of it, and projects it there. Each transaction is whole,
 * so a copy that was stopped goes on where it ended. At the end, the roots of both logs and the
 * canonical exports of both graphs are compared. Documents that are appended meanwhile are not
 * copied.
 */
export async function copyGraph(
  source: CopySource,
  target: Writer,
  options: CopyOptions,
): Promise<CopiedGraph> {
  const { connected, shard } = source;
  return connected.takeTurn((turn) =>
    turn.snapshot(async () => {
      const { frontier } = await readHead(connected, shard);
      const copied = await copyEntries(source, target, frontier, options);
      const own = await hashExport(connected, shard);
      const other = await target.connected.takeTurn((there) =>
        there.snapshot(async () => {
          const head = await readHead(target.connected, target.shard);
          return { head, ...(await hashExport(target.connected, target.shard)) };
        }),
      );
      const root = computeRoot(frontier);
      // mutant copy-that-differs by copy-graph: operand 2 -> false
      if (!isSame(computeRoot(other.head.frontier), root) || other.digest !== own.digest)
        throw new Failure(
          'STORE_CORRUPT',
          'the copy is not equal to the graph that it was made from',
          'Run waybill graph rebuild on both, and copy again into an empty database.',
        );
      return { documents: frontier.size, copied, root, export: own.digest, facts: own.facts };
    }),
  );
}

async function copyEntries(
  source: CopySource,
  target: Writer,
  whole: Frontier,
  { signal, progress }: CopyOptions,
): Promise<number> {
  const first = await findEnd(source, target, whole);
  let batch: StoredEntry[] = [];
  let bytes = 0;
  for (let position = first; position < whole.size; position++) {
    signal.throwIfAborted();
    const stored = await readStored(source.connected, source.shard, position);
    batch.push(stored);
    bytes += stored.body?.length ?? 0;
    const isFull = batch.length >= DOCUMENTS_AT_A_TIME || bytes >= BYTES_AT_A_TIME;
    if (!isFull && position + 1 < whole.size) continue;
    orThrow(await target.adopt(batch));
    progress(position + 1, whole.size);
    [batch, bytes] = [[], 0];
  }
  return whole.size - first;
}

/** Where the target ends. Its log must be a beginning of the source's. */
async function findEnd(source: CopySource, target: Writer, whole: Frontier): Promise<number> {
  const { frontier } = await target.connected.takeTurn(() =>
    readHead(target.connected, target.shard),
  );
  let begun: Frontier = { size: 0, peaks: [] };
  for (let position = 0; position < Math.min(frontier.size, whole.size); ) {
    const leaves = await source.connected.db
      .selectFrom('log_entry')
      .select('leaf_hash')
      .where('shard', '=', source.shard)
      .where('position', '>=', position)
      .where('position', '<', Math.min(frontier.size, whole.size))
      .orderBy('position')
      .limit(LIMITS.pageRowsMax)
      .execute();
    for (const leaf of leaves) begun = growFrontier(begun, leaf.leaf_hash);
    if (leaves.length === 0) break;
    position += leaves.length;
  }
  // mutant copy-behind-another-log by copy-graph: operand 2 -> true
  if (begun.size === frontier.size && isSame(computeRoot(begun), computeRoot(frontier)))
    return frontier.size;
  throw new Failure(
    'EVIDENCE_REJECTED',
    'the target has a log that is no beginning of this one',
    'Name an empty database.',
  );
}

async function hashExport(connected: SqlConnection, shard: number) {
  const hash = createHash('sha256');
  let facts = 0;
  for await (const line of exportGraph(connected, shard)) {
    hash.update(line).update('\n');
    facts++;
  }
  return { digest: `sha256:${hash.digest('hex')}` as Digest, facts };
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.from(one).equals(other);
}
