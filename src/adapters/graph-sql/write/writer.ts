import {
  computeRoot,
  type EvidenceInput,
  growFrontier,
  type LogEntry,
  type Receipt,
  readPosted,
  type VerifiedLog,
} from '../../../capabilities/evidence/index.ts';
import { type Fact, type GraphPorts, readFact } from '../../../capabilities/graph/index.ts';
import type { Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { attempt, orThrow, type Result } from '../../../core/result.ts';
import type { SqlConnection, SqlTurn } from '../dialects/dialect.ts';
import { GRAPH_TABLES, isOwned, type TableName } from '../schema/schema.ts';
import { AdvisoryCache } from './advisory-cache.ts';
import { Ids } from './ids.ts';
import {
  createEntry,
  damaged,
  findPosition,
  type Head,
  readHead,
  readStored,
  requireIntact,
  type StoredEntry,
  writeEntry,
  writeHead,
} from './log.ts';
import { LookupCache } from './lookup-cache.ts';
import { projectFact } from './project.ts';
import { type RemovedDocuments, type RetentionRule, removeDocuments } from './retention.ts';
import { renewAdvisories, shareAdvisories } from './share-advisories.ts';

/** How many entries were replayed, of how many. */
export type ReplayProgress = (done: number, total: number) => void;

export interface ReplayedLog {
  readonly documents: number;
}

/**
 * Appends evidence and projects it, in one transaction for each call: what was acknowledged is on
 * the disk and in the graph, and a kill at any moment leaves all of a call or nothing of it.
 */
export class Writer {
  readonly connected: SqlConnection;
  readonly shard: number;
  readonly #ports: GraphPorts;
  readonly #ids: Ids;
  readonly #readings: AdvisoryCache;
  readonly #lookups: LookupCache;
  #generation = 0;
  #isNamed = false;

  /** `isNew`: the database is empty, and nobody else writes into it. */
  constructor(connected: SqlConnection, ports: GraphPorts, shard: number, { isNew = false } = {}) {
    this.connected = connected;
    this.shard = shard;
    this.#ports = ports;
    this.#ids = new Ids(connected, shard, isNew);
    this.#readings = new AdvisoryCache(connected, ports.matcher, isNew);
    this.#lookups = new LookupCache(ports.matcher);
  }

  append(
    inputs: readonly EvidenceInput[],
    recordedAt: Instant,
  ): Promise<Result<readonly Receipt[]>> {
    return attempt(async () => {
      const facts = inputs.map((input) => orThrow(readFact(input, this.#ports)));
      return this.connected.takeTurn((turn) => this.#write(turn, inputs, facts, recordedAt));
    });
  }

  /**
   * Appends entries of another log as they are there, with their times. The first must be the next
   * one of this log.
   */
  adopt(stored: readonly StoredEntry[]): Promise<Result<null>> {
    return attempt(async () => {
      const facts = stored.map(({ entry, body }) =>
        body === null ? null : orThrow(readFact({ ...entry, body }, this.#ports)),
      );
      return this.connected.takeTurn(async (turn) => {
        await this.#prepare(
          turn,
          facts.flatMap((fact) => (fact === null ? [] : [fact])),
        );
        return this.#transaction(turn, async () => {
          await turn.claimShard(this.shard);
          let head = await this.#readHead();
          for (const [at, one] of stored.entries()) {
            const { entry } = one;
            const fact = facts[at];
            if (entry.position !== head.frontier.size || fact === undefined)
              throw damaged(`${entry.position} is not the next position`);
            requireIntact(one);
            await writeEntry(this.connected, this.shard, one);
            if (fact !== null) await this.#project(entry, fact);
            const frontier = growFrontier(head.frontier, entry.leafHash);
            head = { ...head, frontier, recordedAt: entry.recordedAt };
          }
          await writeHead(this.connected, this.shard, head);
          return null;
        });
      });
    });
  }

  /**
   * Replays the log: nothing is verified again, and readers see the old graph until the new one
   * stands.
   */
  rebuild(progress: ReplayProgress = () => undefined): Promise<Result<ReplayedLog>> {
    return attempt(() =>
      this.connected.takeTurn((turn) =>
        this.#transaction(turn, async () => {
          await turn.claimShard(this.shard);
          return this.#replay(progress);
        }),
      ),
    );
  }

  /**
   * Removes documents that are older than a rule wants them, and makes the graph again without
   * them, in one transaction: readers see the graph with all of them, or with none. The entries
   * stay, so the log verifies as before.
   */
  retain(
    rule: RetentionRule,
    progress: ReplayProgress = () => undefined,
  ): Promise<Result<RemovedDocuments>> {
    return attempt(() =>
      this.connected.takeTurn((turn) =>
        this.#transaction(turn, async () => {
          await turn.claimShard(this.shard);
          const removed = await removeDocuments(this, rule);
          if (removed.entries > 0 && !rule.isTrial) await this.#replay(progress);
          return removed;
        }),
      ),
    );
  }

  /** Recomputes every document's digest, every leaf and the root. */
  verify(): Promise<Result<VerifiedLog>> {
    return attempt(() =>
      this.connected.takeTurn((turn) => turn.snapshot(() => verifyLog(this.connected, this.shard))),
    );
  }

  close(): Promise<void> {
    return this.connected.close();
  }

  async #write(
    turn: SqlTurn,
    inputs: readonly EvidenceInput[],
    facts: readonly Fact[],
    recordedAt: Instant,
  ): Promise<readonly Receipt[]> {
    await this.#prepare(turn, facts);
    return this.#transaction(turn, async () => {
      await turn.claimShard(this.shard);
      let head = await this.#readHead();
      const moment = chooseMoment(recordedAt, head.recordedAt);
      const receipts: Receipt[] = [];
      for (const [at, input] of inputs.entries()) {
        const entry = createEntry(input, head.frontier.size, moment);
        const there = await findPosition(this.connected, this.shard, input, entry.digest);
        receipts.push({
          position: there ?? entry.position,
          digest: entry.digest,
          fresh: there === null,
        });
        const fact = facts[at];
        if (there !== null || fact === undefined) continue;
        await writeEntry(this.connected, this.shard, { entry, body: input.body, removed: null });
        await this.#project(entry, fact);
        head = {
          ...head,
          frontier: growFrontier(head.frontier, entry.leafHash),
          recordedAt: moment,
        };
      }
      if (receipts.some(({ fresh }) => fresh)) await writeHead(this.connected, this.shard, head);
      return receipts;
    });
  }

  /** What is shared is written before, in transactions of its own (GS7). */
  async #prepare(turn: SqlTurn, facts: readonly Fact[]): Promise<void> {
    const advisories = facts.flatMap((fact) => (fact.kind === 'advisories' ? fact.advisories : []));
    await this.#nameShard(turn);
    if (advisories.length === 0) return;
    await this.#transaction(turn, () =>
      shareAdvisories(this.connected, this.#readings, advisories),
    );
  }

  /** What was remembered of a transaction that did not commit may not be so. */
  #transaction<T>(turn: SqlTurn, work: () => Promise<T>): Promise<T> {
    return turn.transaction(work, () => this.#forget());
  }

  #forget(): void {
    this.#ids.forget();
    this.#readings.forget();
  }

  /** The list of shards is shared: it is read first, and written in a transaction alone (GS7). */
  async #nameShard(turn: SqlTurn): Promise<void> {
    if (this.#isNamed) return;
    const { connected, shard } = this;
    const there = await connected.db
      .selectFrom('shard')
      .select('shard')
      .where('shard', '=', shard)
      .executeTakeFirst();
    const row = [shard, `shard ${shard}`];
    if (there === undefined)
      await turn.transaction(() => connected.insertRows('shard', ['shard', 'name'], [row], true));
    this.#isNamed = true;
  }

  /** The head, under the write lock; another process may have rebuilt the graph since. */
  async #readHead(): Promise<Head> {
    const head = await readHead(this.connected, this.shard);
    if (head.generation !== this.#generation) this.#forget();
    this.#generation = head.generation;
    return head;
  }

  #project(entry: LogEntry, fact: Fact): Promise<void> {
    const { connected, shard } = this;
    const { position, digest, subject, recordedAt, mediaType } = entry;
    const context = {
      connected,
      shard,
      ids: this.#ids,
      matcher: this.#ports.matcher,
      readings: this.#readings,
      lookups: this.#lookups,
    };
    const { poster } = readPosted(mediaType);
    return projectFact({ ...context, position, digest, subject, recordedAt, poster }, fact);
  }

  async #replay(progress: ReplayProgress): Promise<ReplayedLog> {
    const head = await this.#readHead();
    await writeHead(this.connected, this.shard, { ...head, generation: head.generation + 1 });
    this.#generation = head.generation + 1;
    this.#forget();
    await clearGraph(this.connected, this.shard);
    const { size } = head.frontier;
    let documents = 0;
    for (let position = 0; position < size; position++) {
      progress(position, size);
      const { entry, body } = await readStored(this.connected, this.shard, position);
      if (body === null) continue;
      documents++;
      const fact = orThrow(readFact({ ...entry, body }, this.#ports));
      if (fact.kind === 'advisories')
        await renewAdvisories(this.connected, this.#readings, fact.advisories);
      await this.#project(entry, fact);
    }
    return { documents };
  }
}

/**
 * A clock that was set back a little does not reorder the log. A clock that was far ahead once
 * stamped its own entries: what comes after them has the time of its own clock, and `verify` names
 * the entries that are ahead.
 */
function chooseMoment(now: Instant, last: Instant | null): Instant {
  if (last === null) return now;
  // mutant clock-ahead-stamps-what-follows by store-safety: operand 2 -> true
  const isSetBack = last > now && last - now <= LIMITS.clockSkewMs;
  return isSetBack ? last : now;
}

/** A writer on this connection; a projection that a migration made stale is made anew first. */
export async function startWriter(
  connected: SqlConnection,
  ports: GraphPorts,
  shard: number,
): Promise<Result<Writer>> {
  return attempt(async () => {
    const writer = new Writer(connected, ports, shard);
    if (!(await connected.isStale())) return writer;
    try {
      // The tables of all tenants are new, and one of them comes first.
      for (const other of await listShards(connected, shard)) {
        await connected.confine(other);
        // mutant graph-of-another-tenant-stays-empty by postgres/tenants: remove
        orThrow(await new Writer(connected, ports, other).rebuild());
      }
      await connected.confine(shard);
      orThrow(await writer.rebuild());
      await connected.markReplayed();
      return writer;
    } catch (thrown) {
      await connected.close();
      throw thrown;
    }
  });
}

async function listShards({ db }: SqlConnection, own: number): Promise<readonly number[]> {
  const rows = await db.selectFrom('shard').select('shard').where('shard', '<>', own).execute();
  return rows.map(({ shard }) => shard);
}

/** Children before parents. */
async function clearGraph({ db }: SqlConnection, shard: number): Promise<void> {
  for (const table of orderChildrenFirst()) {
    await db
      .deleteFrom(table as 'layer')
      .where('shard', '=', shard)
      .execute();
  }
}

function orderChildrenFirst(): readonly TableName[] {
  const ordered: TableName[] = [];
  const visit = (table: TableName) => {
    if (ordered.includes(table)) return;
    for (const [child, { foreign }] of Object.entries(
      GRAPH_TABLES as Record<string, { foreign?: Record<string, string> }>,
    )) {
      if (child !== table && Object.values(foreign ?? {}).includes(table))
        visit(child as TableName);
    }
    if (isOwned(table)) ordered.push(table);
  };
  for (const table of Object.keys(GRAPH_TABLES)) visit(table as TableName);
  return ordered;
}

async function verifyLog(connected: SqlConnection, shard: number): Promise<VerifiedLog> {
  const { frontier } = await readHead(connected, shard);
  const ahead: LogEntry[] = [];
  let last: LogEntry | null = null;
  let computed = { size: 0, peaks: [] as readonly Uint8Array[] };
  for (let position = 0; position < frontier.size; position++) {
    const stored = await readStored(connected, shard, position);
    const { entry } = stored;
    requireIntact(stored);
    computed = growFrontier(computed, entry.leafHash);
    if (last !== null && last.recordedAt > entry.recordedAt && ahead.length < LIMITS.pageRowsMax)
      ahead.push(last);
    last = entry;
  }
  if (!Buffer.from(computeRoot(computed)).equals(computeRoot(frontier)))
    throw damaged('the root is not that of the entries');
  if (await hasEntryFrom(connected, shard, frontier.size))
    throw damaged(`it has entries behind its head at ${frontier.size}`);
  const stamped = ahead.map(({ position, recordedAt }) => ({ position, recordedAt }));
  return { size: frontier.size, root: computeRoot(frontier), ahead: stamped };
}

/** A head that was set back, or lost, must not pass for the end of the log. */
async function hasEntryFrom(
  { db }: SqlConnection,
  shard: number,
  position: number,
): Promise<boolean> {
  const row = await db
    .selectFrom('log_entry')
    .select('position')
    .where('shard', '=', shard)
    .where('position', '>=', position)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
