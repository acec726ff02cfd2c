import type { ExpressionBuilder } from 'kysely';
import {
  EMPTY_FRONTIER,
  EVIDENCE_KINDS,
  type EvidenceInput,
  type EvidenceKind,
  type Frontier,
  hashLogLeaf,
  type LogEntry,
  POSTED_MARK,
  readPosted,
} from '../../../capabilities/evidence/index.ts';
import { type Digest, hasDigest, sha256 } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { type Instant, toInstant } from '../../../core/instant.ts';
import type { Cell, SqlConnection } from '../dialects/dialect.ts';
import type { Database } from '../schema/schema.ts';
import { prepareQuery } from './prepared-query.ts';

export interface Head {
  readonly frontier: Frontier;
  readonly recordedAt: Instant | null;
  /** Counts rebuilds: ids that were remembered before a rebuild mean nothing. */
  readonly generation: number;
}

const NEW_HEAD: Head = { frontier: EMPTY_FRONTIER, recordedAt: null, generation: 0 };

export async function readHead({ db }: SqlConnection, shard: number): Promise<Head> {
  const row = await db
    .selectFrom('log_head')
    .selectAll()
    .where('shard', '=', shard)
    .executeTakeFirst();
  if (row === undefined) return NEW_HEAD;
  const recordedAt = row.recorded_at === null ? null : toInstant(row.recorded_at);
  return {
    frontier: { size: row.size, peaks: splitPeaks(row.frontier) },
    recordedAt,
    generation: row.generation,
  };
}

/**
 * The row of the head is the shard's sequencer (GS11): the one who writes it gets the next
 * positions.
 */
export async function writeHead({ db }: SqlConnection, shard: number, head: Head): Promise<void> {
  const { frontier, recordedAt, generation } = head;
  const values = {
    size: frontier.size,
    frontier: Buffer.concat(frontier.peaks),
    recorded_at: recordedAt,
    generation,
  };
  await db
    .insertInto('log_head')
    .values({ shard, ...values })
    .onConflict((conflict) => conflict.columns(['shard']).doUpdateSet(values))
    .execute();
}

function splitPeaks(bytes: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: bytes.length / 32 }, (_, at) => bytes.slice(at * 32, at * 32 + 32));
}

/**
 * Documents that anybody can write, such as the inventory of a public image or the record of a
 * commit. A stranger who posts one first must not decide how much it counts.
 */
const RESTATED: ReadonlySet<EvidenceKind> = new Set([
  ...(['image', 'sbom', 'scan', 'statement'] as const),
  // mutant posted-commit-hides-own by gated-source: remove
  'commit',
]);

/**
 * The position at which the log already has this document, so a repetition adds nothing. Null if
 * the document is new. For kinds whose last document counts, it is new unless it is the last one
 * (EVIDENCE_KINDS), and what somebody posted is no repetition of what this installation records.
 */
export async function findPosition(
  connected: SqlConnection,
  shard: number,
  input: EvidenceInput,
  digest: Digest,
): Promise<number | null> {
  const stands = EVIDENCE_KINDS[input.kind] === 'stands';
  // mutant posted-first-hides-own by exposed-digest: value -> false
  const isOwn = RESTATED.has(input.kind) && readPosted(input.mediaType).poster === null;
  const { kind, subject } = input;
  const values = { shard, kind, subject: subject ?? '', digest };
  const [row] = await prepareSearch(stands, isOwn, subject !== null)(connected, values);
  if (row?.digest !== digest) return null;
  return isOwn && readPosted(row.media_type).poster !== null ? null : row.position;
}

const searches = new Map<string, ReturnType<typeof buildSearch>>();

/** One for each form of the question. */
function prepareSearch(stands: boolean, isOwn: boolean, hasSubject: boolean) {
  const form = `${stands} ${isOwn} ${hasSubject}`;
  const search = searches.get(form) ?? buildSearch(stands, isOwn, hasSubject);
  searches.set(form, search);
  return search;
}

/** Whether retention left the document of an entry there. */
function isKept(eb: ExpressionBuilder<Database, 'log_entry'>) {
  const removed = eb
    .selectFrom('removed_entry as removed')
    .select('removed.position')
    .whereRef('removed.shard', '=', 'log_entry.shard')
    .whereRef('removed.position', '=', 'log_entry.position');
  // mutant removed-document-counts-as-stored by retention:
  //   value -> eb.not(eb.exists(removed.where('removed.position', '<', 0)))
  return eb.not(eb.exists(removed));
}

interface SearchValues extends Readonly<Record<string, Cell>> {
  readonly shard: number;
  readonly kind: EvidenceKind;
  readonly subject: string;
  readonly digest: Digest;
}

function buildSearch(stands: boolean, isOwn: boolean, hasSubject: boolean) {
  return prepareQuery(['shard', 'kind', 'subject', 'digest'], (db, values: SearchValues) =>
    db
      .selectFrom('log_entry')
      .select(['position', 'digest', 'media_type'])
      .where('shard', '=', values.shard)
      .where('kind', '=', values.kind)
      // What was removed is not there any more: it is stored again.
      .where(isKept)
      .where('subject', hasSubject ? '=' : 'is', hasSubject ? values.subject : null)
      .$if(!stands, (query) => query.where('digest', '=', values.digest))
      .$if(!stands && isOwn, (query) => query.where('media_type', 'not like', `%${POSTED_MARK}%`))
      .orderBy('position', stands ? 'desc' : 'asc')
      .limit(1),
  );
}

/** Stores a document and its entry. The caller has the write lock and writes the head. */
export async function writeEntry(
  { insertRows }: SqlConnection,
  shard: number,
  { entry, body, removed }: StoredEntry,
): Promise<void> {
  if (body !== null)
    await insertRows('document', ['shard', 'digest', 'body'], [[shard, entry.digest, body]], true);
  if (removed !== null)
    await insertRows(
      'removed_entry',
      ['shard', 'position', 'removed_at', 'why'],
      [[shard, entry.position, removed.at, removed.why]],
    );
  await insertRows(
    'log_entry',
    [
      'shard',
      'position',
      'kind',
      'media_type',
      'digest',
      'size',
      'subject',
      'recorded_at',
      'leaf_hash',
    ],
    [
      [
        shard,
        entry.position,
        entry.kind,
        entry.mediaType,
        entry.digest,
        entry.size,
        entry.subject,
        entry.recordedAt,
        entry.leafHash,
      ],
    ],
  );
}

export function createEntry(input: EvidenceInput, position: number, recordedAt: Instant): LogEntry {
  const { kind, mediaType, body, subject } = input;
  const leaf = { kind, mediaType, digest: sha256(body), size: body.length, subject, recordedAt };
  return { ...leaf, position, leafHash: hashLogLeaf(leaf) };
}

interface EntryRow {
  readonly position: number;
  readonly kind: string;
  readonly media_type: string;
  readonly digest: string;
  readonly size: number;
  readonly subject: string | null;
  readonly recorded_at: number;
  readonly leaf_hash: Uint8Array;
}

export function parseEntryRow(row: EntryRow): LogEntry {
  return {
    position: row.position,
    kind: row.kind as EvidenceKind,
    mediaType: row.media_type,
    digest: row.digest as Digest,
    size: row.size,
    subject: row.subject as Digest | null,
    recordedAt: toInstant(row.recorded_at),
    leafHash: row.leaf_hash,
  };
}

/** An entry with its document, or when and why that was removed. */
export interface StoredEntry {
  readonly entry: LogEntry;
  readonly body: Uint8Array | null;
  readonly removed: { readonly at: Instant; readonly why: string } | null;
}

export async function readStored(
  { db }: SqlConnection,
  shard: number,
  position: number,
): Promise<StoredEntry> {
  const row = await db
    .selectFrom('log_entry as entry')
    .leftJoin('document', (on) =>
      on.onRef('document.shard', '=', 'entry.shard').onRef('document.digest', '=', 'entry.digest'),
    )
    .leftJoin('removed_entry as removed', (on) =>
      on
        .onRef('removed.shard', '=', 'entry.shard')
        .onRef('removed.position', '=', 'entry.position'),
    )
    .selectAll('entry')
    .select(['document.body', 'removed.removed_at', 'removed.why'])
    .where('entry.shard', '=', shard)
    .where('entry.position', '=', position)
    .executeTakeFirst();
  if (row === undefined) throw damaged(`there is no entry at position ${position}`);
  const entry = parseEntryRow(row);
  if (row.removed_at !== null)
    return { entry, body: null, removed: { at: toInstant(row.removed_at), why: row.why ?? '' } };
  // mutant lost-document-counts-as-removed by store-safety: remove
  if (row.body === null) throw damaged(`there is no document at position ${position}`);
  return { entry, body: row.body, removed: null };
}

/** Computes the digest of the document and the leaf of the entry again. */
export function requireIntact({ entry, body }: StoredEntry): void {
  const { position, size, digest, leafHash } = entry;
  if (body !== null && (body.length !== size || !hasDigest(body, digest)))
    throw damaged(`the document at ${position} was changed`);
  if (!Buffer.from(hashLogLeaf(entry)).equals(leafHash))
    throw damaged(`the entry at ${position} was changed`);
}

export function damaged(why: string): Failure {
  return new Failure(
    'STORE_CORRUPT',
    `the log does not verify: ${why}`,
    'Restore it from a backup.',
  );
}
