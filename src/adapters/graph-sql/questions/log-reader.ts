import {
  computeRoot,
  type DocumentProofs,
  type EvidenceKind,
  type LogEntry,
  type LogHead,
  proveConsistency,
  proveInclusion,
  proveInclusions,
  type TreeHash,
} from '../../../capabilities/evidence/index.ts';
import { formatCount } from '../../../core/count.ts';
import type { Digest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { SqlConnection } from '../dialects/dialect.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { parseEntryRow, readHead } from '../write/log.ts';

interface LogProof {
  readonly head: LogHead;
  readonly proof: readonly TreeHash[];
}

/**
 * Reads the log of one shard. A missing document throws a Failure, which the doors turn into a
 * Result.
 */
export class LogReader {
  readonly #connected: SqlConnection;
  readonly #shard: number;

  constructor(connected: SqlConnection, shard: number) {
    this.#connected = connected;
    this.#shard = shard;
  }

  async head(): Promise<LogHead> {
    const { frontier } = await readHead(this.#connected, this.#shard);
    return { size: frontier.size, root: computeRoot(frontier) };
  }

  async entries(position: number, rowsMax: number): Promise<readonly LogEntry[]> {
    const rows = await this.#connected.db
      .selectFrom('log_entry')
      .selectAll()
      .where('shard', '=', this.#shard)
      .where('position', '>=', position)
      .orderBy('position')
      .limit(Math.min(rowsMax, LIMITS.pageRowsMax))
      .execute();
    return rows.map(parseEntryRow);
  }

  /** The last entry of a kind. */
  async newest(kind: EvidenceKind): Promise<LogEntry | null> {
    const row = await this.#connected.db
      .selectFrom('log_entry')
      .selectAll()
      .where('shard', '=', this.#shard)
      .where('kind', '=', kind)
      .orderBy('position', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row === undefined ? null : parseEntryRow(row);
  }

  /** The entry with the latest time: not the last one where a clock was ahead. */
  async latest(): Promise<LogEntry | null> {
    const row = await this.#connected.db
      .selectFrom('log_entry')
      .selectAll()
      .where('shard', '=', this.#shard)
      .orderBy('recorded_at', 'desc')
      .orderBy('position', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row === undefined ? null : parseEntryRow(row);
  }

  async body(digest: Digest): Promise<Uint8Array> {
    const row = await this.#connected.db
      .selectFrom('document')
      .select('body')
      .where('shard', '=', this.#shard)
      .where('digest', '=', digest)
      .executeTakeFirst();
    if (row === undefined)
      throw new Failure('NOT_FOUND', `the log has no document ${digest}`, 'Check the digest.');
    return row.body;
  }

  async about(subject: Digest, kind: EvidenceKind | null): Promise<readonly LogEntry[]> {
    const rows = await this.#connected.db
      .selectFrom('log_entry')
      .selectAll()
      .where('shard', '=', this.#shard)
      .where('subject', '=', subject)
      .$if(kind !== null, (query) => query.where('kind', '=', kind ?? ''))
      .orderBy('position')
      .limit(LIMITS.pageRowsMax)
      .execute();
    return rows.map(parseEntryRow);
  }

  async inclusion(position: number): Promise<LogProof> {
    const { head, leaves } = await this.#readLeaves();
    if (position < 0 || position >= head.size) throw outside(position, head.size);
    return { head, proof: proveInclusion(leaves, position) };
  }

  /** Proofs for the first entry of each document, under the head of now. */
  async prove(documents: readonly Digest[]): Promise<DocumentProofs> {
    const found: LogEntry[] = [];
    const missing = new Set(documents);
    for (const some of splitIntoChunks([...missing])) {
      const rows = await this.#connected.db
        .selectFrom('log_entry')
        .selectAll()
        .where('shard', '=', this.#shard)
        .where('digest', 'in', some)
        .orderBy('position')
        .execute();
      for (const entry of rows.map(parseEntryRow))
        if (missing.delete(entry.digest)) found.push(entry);
    }
    const [lost] = missing;
    if (lost !== undefined)
      throw new Failure(
        'NOT_FOUND',
        `the log has no document ${lost}, which the answer names`,
        'Verify the log: waybill graph verify.',
      );
    const { head, leaves } = await this.#readLeaves();
    const proofs = proveInclusions(
      leaves,
      found.map(({ position }) => position),
    );
    return { head, proven: found.map((entry, at) => ({ entry, proof: proofs[at] ?? [] })) };
  }

  async consistency(sizeBefore: number): Promise<LogProof> {
    const { head, leaves } = await this.#readLeaves();
    if (sizeBefore < 1 || sizeBefore > head.size) throw outside(sizeBefore, head.size);
    return { head, proof: proveConsistency(leaves, sizeBefore) };
  }

  async #readLeaves(): Promise<{ readonly head: LogHead; readonly leaves: readonly TreeHash[] }> {
    const head = await this.head();
    const rows = await this.#connected.db
      .selectFrom('log_entry')
      .select('leaf_hash')
      .where('shard', '=', this.#shard)
      .where('position', '<', head.size)
      .orderBy('position')
      .execute();
    return { head, leaves: rows.map((row) => row.leaf_hash) };
  }
}

function outside(position: number, size: number): Failure {
  return new Failure(
    'NOT_FOUND',
    `the log has ${formatCount(size, 'entry', 'entries')}, not ${position}`,
    'Give a position within the log.',
  );
}
