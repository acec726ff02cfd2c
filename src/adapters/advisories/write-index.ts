import { DatabaseSync, type StatementSync } from 'node:sqlite';
import {
  type Advisory,
  type AdvisoryDataInfo,
  type AdvisoryRecord,
  type AffectedPackage,
  type FeedCoverage,
  type LooseRecords,
  uniteCoverage,
} from '../../capabilities/advisories/index.ts';
import { sha256 } from '../../core/digest.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { listBodies, type PackageBody, parseEntries } from './entry-form.ts';
import { readInfo } from './open-index.ts';
import { renewSchema } from './renew-schema.ts';
import { ENTRIES_MAX, PACKAGE_INDEX, SCHEMA, SEVERITY_ONLY } from './schema.ts';

export type WriteOutcome = 'added' | 'updated' | 'unchanged' | 'older';

export interface SourceSummary {
  /** The path of the file. */
  readonly name: string;
  /** What it is called as a feed. */
  readonly feed: string;
  readonly digest: string;
  readonly records: number;
  readonly rejected: number;
  readonly coverage: readonly FeedCoverage[];
  readonly loose: readonly LooseRecords[];
}

interface Row {
  readonly number: number;
  readonly modified: number | null;
  readonly run: number;
  readonly head: string;
}

/**
 * Writes records into a private copy of an index, which nobody reads until it is whole: no journal,
 * no waiting for the disk, one transaction. A record replaces the one of its id and ecosystem
 * unless that is newer.
 */
export class IndexWriter {
  readonly #database: DatabaseSync;
  #run: number;
  #now: Instant;
  readonly #before: AdvisoryDataInfo | null;
  /** The rows of a new index by id and ecosystem; null when the index itself is asked. */
  #known: Set<string> | null;
  #last = 0;
  readonly #advisories: RowBuffer;
  readonly #affected: RowBuffer;
  readonly #aliases: RowBuffer;
  readonly #sql: Readonly<Record<keyof typeof STATEMENTS, StatementSync>>;

  private constructor(database: DatabaseSync, before: AdvisoryDataInfo | null, now: Instant) {
    this.#now = now;
    this.#database = database;
    this.#before = before;
    const last = database.prepare('SELECT max(run) AS run FROM advisory').get();
    this.#run = Number(last?.['run'] ?? 0) + 1;
    const prepared = Object.entries(STATEMENTS).map(([name, sql]) => [name, database.prepare(sql)]);
    this.#known = before === null ? new Set() : null;
    this.#advisories = new RowBuffer(database, STATEMENTS.add);
    this.#affected = new RowBuffer(database, STATEMENTS.affect);
    this.#aliases = new RowBuffer(database, STATEMENTS.alias);
    this.#sql = Object.fromEntries(prepared) as Record<keyof typeof STATEMENTS, StatementSync>;
  }

  /** `path` holds a copy of the index before, or nothing. */
  static open(path: string, exists: boolean, now: Instant): IndexWriter {
    const database = new DatabaseSync(path);
    database.exec(
      `PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; ` +
        'PRAGMA cache_size = -8192; BEGIN',
    );
    // Of a new file the index over random keys is built once, when all rows are there.
    if (exists) renewSchema(database);
    else database.exec(`${SCHEMA}; DROP INDEX affected_by_package;`);
    return new IndexWriter(database, exists ? readInfo(database, path) : null, now);
  }

  /** The records from here on were recorded together, at `now` and after those before. */
  beginRun(now: Instant): void {
    this.#run++;
    this.#now = now;
  }

  put({ kind, advisory }: AdvisoryRecord): WriteOutcome {
    if (kind === 'severity') return this.#putRow(advisory, SEVERITY_ONLY, []);
    if (advisory.withdrawn !== null && advisory.affected.length === 0) this.#withdraw(advisory);
    const first = advisory.affected[0];
    if (first === undefined) return this.#putRow(advisory, '', []);
    if (advisory.affected.every(({ ecosystem }) => ecosystem === first.ecosystem))
      return this.#putRow(advisory, first.ecosystem, advisory.affected);
    const byEcosystem = Map.groupBy(advisory.affected, (entry) => entry.ecosystem);
    const written = [...byEcosystem].map(([ecosystem, entries]) =>
      this.#putRow(advisory, ecosystem, entries),
    );
    return (
      (['updated', 'added', 'unchanged'] as const).find((outcome) => written.includes(outcome)) ??
      'older'
    );
  }

  /** A withdrawal that names no package withdraws the id wherever it stands. */
  #withdraw(advisory: Advisory): void {
    this.#flush();
    this.#sql.withdraw.run(
      advisory.withdrawn,
      advisory.modified,
      advisory.id,
      advisory.modified,
      advisory.modified,
    );
  }

  #putRow(
    advisory: Advisory,
    ecosystem: string,
    entries: readonly AffectedPackage[],
  ): WriteOutcome {
    const head = formatHead(advisory);
    if (this.#insert(advisory, ecosystem, entries, head)) return 'added';
    this.#flush();
    const found = this.#sql.row.get(advisory.id, ecosystem) as unknown as Row;
    // A date in the future orders nothing: it would keep every correction out for ever.
    const ordered =
      found.modified !== null && found.modified <= this.#now && advisory.modified !== null;
    const older = ordered && advisory.modified < (found.modified ?? 0);
    if (older) return 'older';
    // A feed that gives one id twice for one ecosystem says two things: neither may be lost.
    const twice = found.run === this.#run && found.modified === advisory.modified;
    const entriesNow = twice ? [...this.#readEntries(found.number), ...entries] : entries;
    const number = found.number;
    const same = found.head === head && this.#hasSameBody(number, advisory, entries);
    if (same) {
      this.#sql.touch.run(this.#run, number);
      return 'unchanged';
    }
    this.#remove(number, found.head);
    const united = twice ? uniteHeads(advisory, found.head) : advisory;
    this.#insert(united, ecosystem, entriesNow, formatHead(united), number);
    return 'updated';
  }

  /** False where the index has a row of this id and ecosystem: nothing is written then. */
  #insert(
    advisory: Advisory,
    ecosystem: string,
    entries: readonly AffectedPackage[],
    head: string,
    number: number | null = null,
  ): boolean {
    const { id, modified, withdrawn, aliases } = advisory;
    const cells = [id, ecosystem, modified, withdrawn, this.#run, head] as const;
    const at = number === null ? this.#add(cells) : number;
    if (at === null) return false;
    if (number !== null) this.#sql.insert.run(number, ...cells);
    const bodies = listBodies(entries);
    for (let part = 0; part < bodies.length; part++) {
      const { name, body } = bodies[part] as PackageBody;
      this.#affected.add([at * ENTRIES_MAX + part, ecosystem, name, at, body]);
    }
    for (let part = 0; part < aliases.length; part++)
      this.#aliases.add([aliases[part] as string, at]);
    return true;
  }

  /** The number of a new row, or null where there is one of this id and ecosystem. */
  #add(cells: AdvisoryCells): number | null {
    if (this.#known === null) {
      const { changes, lastInsertRowid } = this.#sql.insert.run(null, ...cells);
      return changes === 0 ? null : Number(lastInsertRowid);
    }
    const key = `${cells[0]}\n${cells[1]}`;
    if (this.#known.has(key)) return null;
    this.#known.add(key);
    this.#last++;
    this.#advisories.add([this.#last, ...cells]);
    if (this.#known.size >= KNOWN_MAX) this.#askIndex();
    return this.#last;
  }

  #askIndex(): void {
    this.#flush();
    this.#known = null;
  }

  /** Before rows are read or removed. */
  #flush(): void {
    this.#advisories.flush();
    this.#affected.flush();
    this.#aliases.flush();
  }

  #remove(number: number, head: string): void {
    this.#sql.unaffect.run(...rangeEntries(number));
    const { aliases } = JSON.parse(head) as Pick<Advisory, 'aliases'>;
    for (const name of aliases) this.#sql.unalias.run(name, number);
    this.#sql.remove.run(number);
  }

  #readEntries(number: number): readonly AffectedPackage[] {
    return this.#sql.bodies
      .all(...rangeEntries(number))
      .flatMap(({ ecosystem, name, body }) =>
        parseEntries(String(body), String(ecosystem), String(name)),
      );
  }

  #hasSameBody(number: number, advisory: Advisory, entries: readonly AffectedPackage[]): boolean {
    const row = this.#sql.dates.get(number);
    if (
      (row?.['modified'] ?? null) !== advisory.modified ||
      (row?.['withdrawn'] ?? null) !== advisory.withdrawn
    )
      return false;
    const before = this.#sql.bodies
      .all(...rangeEntries(number))
      .map((body) => [String(body['name']), String(body['body'])]);
    const now = listBodies(entries).map(({ name, body }) => [name, body]);
    return JSON.stringify(before) === JSON.stringify(now);
  }

  /**
   * Remembers what was read, counts what is there, and closes. `changed` false keeps the version of
   * the data. `amend` changes what is remembered about it.
   */
  finish(
    sources: readonly SourceSummary[],
    changed: boolean,
    amend = (info: AdvisoryDataInfo): AdvisoryDataInfo => info,
  ): AdvisoryDataInfo {
    this.#flush();
    if (this.#before === null) this.#database.exec(PACKAGE_INDEX);
    const now = this.#now;
    for (const { name, digest, records, rejected } of sources)
      this.#sql.source.run(name, digest, records, rejected, now);
    const info = amend(this.#buildInfo(sources, now, changed));
    this.#sql.meta.run('info', JSON.stringify(info));
    this.#database.exec('COMMIT');
    this.#database.close();
    return info;
  }

  #buildInfo(sources: readonly SourceSummary[], now: Instant, changed: boolean): AdvisoryDataInfo {
    const one = (sql: string, ...values: readonly number[]): number | null => {
      const value = Object.values(this.#database.prepare(sql).get(...values) ?? {})[0];
      return typeof value === 'number' ? value : null;
    };
    const before = this.#before?.version ?? '';
    const version =
      changed || this.#before === null
        ? sha256([before, ...sources.map((read) => read.digest)].join('\n'))
        : before;
    const newest = one(NEWEST, now);
    return {
      source: 'imported',
      version,
      count: one('SELECT count(DISTINCT id) FROM advisory') ?? 0,
      newest: newest === null ? null : toInstant(newest),
      importedAt: now,
      // Not that of other advisories in the log: one of them is no feed of its ecosystem.
      coverage: uniteCoverage(
        this.#before?.coverage ?? [],
        sources.flatMap(({ coverage }) => coverage),
      ),
      rejected: one('SELECT sum(rejected) FROM source') ?? 0,
    };
  }

  /** Gives up; what was written is the caller's to remove. */
  abandon(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

// OR ROLLBACK: to undo a statement of many rows alone, SQLite would copy each page that it changes.
const STATEMENTS = {
  row: 'SELECT number, modified, run, head FROM advisory WHERE id = ? AND ecosystem = ?',
  dates: 'SELECT modified, withdrawn FROM advisory WHERE number = ?',
  insert:
    'INSERT INTO advisory (number, id, ecosystem, modified, withdrawn, run, head) ' +
    'VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  add:
    'INSERT OR ROLLBACK INTO advisory (number, id, ecosystem, modified, withdrawn, run, head) ' +
    'VALUES (?, ?, ?, ?, ?, ?, ?)',
  remove: 'DELETE FROM advisory WHERE number = ?',
  touch: 'UPDATE advisory SET run = ? WHERE number = ?',
  affect:
    'INSERT OR ROLLBACK INTO affected (number, ecosystem, name, advisory, body) ' +
    'VALUES (?, ?, ?, ?, ?)',
  unaffect: 'DELETE FROM affected WHERE number BETWEEN ? AND ?',
  bodies: 'SELECT ecosystem, name, body FROM affected WHERE number BETWEEN ? AND ? ORDER BY number',
  alias: 'INSERT OR IGNORE INTO alias (id, advisory) VALUES (?, ?)',
  unalias: 'DELETE FROM alias WHERE id = ? AND advisory = ?',
  withdraw:
    'UPDATE advisory SET withdrawn = ?, modified = coalesce(?, modified) WHERE id = ? AND (? ' +
    'IS NULL OR modified IS NULL OR modified <= ?)',
  source:
    'INSERT OR REPLACE INTO source (name, digest, records, rejected, imported_at) VALUES (?, ' +
    '?, ?, ?, ?)',
  meta: 'INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)',
} as const;

function rangeEntries(advisory: number): readonly [first: number, last: number] {
  return [advisory * ENTRIES_MAX, (advisory + 1) * ENTRIES_MAX - 1];
}

type Cell = string | number | null;
type AdvisoryCells = readonly [
  id: string,
  ecosystem: string,
  modified: number | null,
  withdrawn: number | null,
  run: number,
  head: string,
];

/** Memory is bounded: beyond this many rows, the index is asked for each. */
const KNOWN_MAX = 500_000;

/** Rows for one statement, some at a time: a statement costs as much as a few rows do. */
class RowBuffer {
  readonly #one: StatementSync;
  readonly #many: StatementSync;
  readonly #length: number;
  #cells: Cell[] = [];

  /** `sql` ends with the marks of one row. */
  constructor(database: DatabaseSync, sql: string) {
    const marks = sql.slice(sql.lastIndexOf('('));
    this.#length = marks.split('?').length - 1;
    this.#one = database.prepare(sql);
    this.#many = database.prepare(`${sql}${`, ${marks}`.repeat(ROWS_IN_A_STATEMENT - 1)}`);
  }

  add(cells: readonly Cell[]): void {
    const all = this.#cells;
    for (let at = 0; at < cells.length; at++) all.push(cells[at] ?? null);
    if (all.length < ROWS_IN_A_STATEMENT * this.#length) return;
    this.#many.run(...all);
    this.#cells = [];
  }

  flush(): void {
    for (let at = 0; at < this.#cells.length; at += this.#length)
      this.#one.run(...this.#cells.slice(at, at + this.#length));
    this.#cells = [];
  }
}

const ROWS_IN_A_STATEMENT = 64;

/** Of a new index: it is written once, and large pages are fewer. */
const PAGE_BYTES = 16_384;

/** A date in the future would make old data look fresh. */
const NEWEST = `SELECT max(coalesce(modified, json_extract(head, '$.published'))) FROM advisory
  WHERE coalesce(modified, json_extract(head, '$.published')) <= ?`;

function formatHead({
  aliases,
  related,
  upstream,
  published,
  severities,
  title,
}: Omit<Advisory, 'affected'>): string {
  // Where there is no title, the text is the one that an earlier Waybill wrote.
  return JSON.stringify({ aliases, related, upstream, published, severities, title });
}

function uniteHeads(advisory: Advisory, known: string): Advisory {
  const head = JSON.parse(known) as Advisory;
  const uniteLists = <T>(one: readonly T[], other: readonly T[]): readonly T[] => [
    ...new Map([...one, ...other].map((value) => [JSON.stringify(value), value])).values(),
  ];
  return {
    ...advisory,
    aliases: uniteLists(head.aliases, advisory.aliases),
    related: uniteLists(head.related, advisory.related),
    upstream: uniteLists(head.upstream, advisory.upstream),
    severities: uniteLists(head.severities, advisory.severities),
    title: advisory.title ?? head.title,
  };
}
