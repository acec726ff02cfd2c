import { parseRecord } from '../../../capabilities/evidence/index.ts';
import type { Expiries, ExpiryAnswer, Question } from '../../../capabilities/graph/index.ts';
import { findEnd } from '../../../capabilities/signing/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { checkRowsMax, formatCursor, isBelieved, parseCursor, type Scope } from './scope.ts';
import { readReleaseNames, toReleaseName } from './subject-releases.ts';
import { mayState, selectTrustedRecords } from './trusted-signatures.ts';

/** Signatures that are examined together; their documents fit the parameters of one statement. */
const PIECE = 500;

/**
 * What ends within a time: the last signature of each document of a release that counts. Another
 * signature counts only where its signer may state that document.
 */
export async function answerExpiries(
  scope: Scope,
  { within }: Question<'expiries'>,
): Promise<Expiries> {
  const until = findEndOfDay(scope.moment + within);
  const limit = checkRowsMax(scope.ask.page);
  const found: FoundExpiry[] = [];
  let after = readMarker(scope);
  let scanned = 0;
  let isEnd = false;
  while (!isEnd && found.length <= limit && scanned < LIMITS.unknownExposureScannedMax) {
    const rows = await listEnding(scope, until, after);
    found.push(...(await explainRows(scope, rows)).filter(({ marker }) => isAfter(marker, after)));
    scanned += rows.length;
    isEnd = rows.length < PIECE;
    const last = rows.at(-1);
    if (last !== undefined) after = { ...last, nth: Number.MAX_SAFE_INTEGER };
  }
  const shown = found.slice(0, limit);
  const rest = found.length > limit ? (shown.at(-1)?.marker ?? after) : isEnd ? null : after;
  return {
    until,
    expiries: shown.map(({ answer }) => answer),
    undated: await hasUndated(scope),
    next: rest === null ? null : formatCursor([rest.ends_at, rest.id, rest.nth]),
  };
}

const DAY_MS = 86_400_000;
/** The last millisecond that RFC 3339 can say. */
const LAST_MS = Date.UTC(10_000, 0, 1) - 1;

/** The end of the day in UTC: questions of one day have one end. */
function findEndOfDay(moment: number): Instant {
  return toInstant(Math.min(Math.ceil(moment / DAY_MS) * DAY_MS, LAST_MS));
}

interface EndingRow {
  readonly ends_at: number;
  readonly id: number;
  readonly document: string;
}

/** A place in the order of the answer: the images of one signature are counted. */
interface Marker extends Pick<EndingRow, 'ends_at' | 'id'> {
  readonly nth: number;
}

interface FoundExpiry {
  readonly marker: Marker;
  readonly answer: ExpiryAnswer;
}

function readMarker({ ask, moment }: Scope): Marker {
  const after = parseCursor(ask.page.after, ['number', 'number', 'number']);
  if (after === null) return { ends_at: moment, id: 0, nth: 0 };
  return { ends_at: Number(after[0]), id: Number(after[1]), nth: Number(after[2]) };
}

function isAfter({ id, nth }: Marker, after: Marker): boolean {
  return id !== after.id || nth > after.nth;
}

/** Signatures that count and end by then, the first to end first. */
async function listEnding(
  scope: Scope,
  until: number,
  after: Marker,
): Promise<readonly EndingRow[]> {
  const rows = await scope.db
    .selectFrom('verification')
    .select(['id', 'document', 'ends_at'])
    .where('verification.shard', '=', scope.shard)
    .where('verification.outcome', '=', 'trusted')
    .where('verification.ends_at', '>=', after.ends_at)
    .where('verification.ends_at', '<=', until)
    .where((row) =>
      row.or([row('ends_at', '>', after.ends_at), row('verification.id', '>=', after.id)]),
    )
    .where((row) => isBelieved(row, 'verification', scope))
    .$if(scope.ask.signedBy !== null, (query) =>
      query.where('verification.signer', 'in', (inner) =>
        inner
          .selectFrom('signer')
          .select('signer.id')
          .where('signer.shard', '=', scope.shard)
          .where('signer.identity', '=', scope.ask.signedBy ?? ''),
      ),
    )
    .orderBy('verification.ends_at')
    .orderBy('verification.id')
    .limit(PIECE)
    .execute();
  return rows.flatMap((row) => (row.ends_at === null ? [] : [{ ...row, ends_at: row.ends_at }]));
}

async function explainRows(
  scope: Scope,
  rows: readonly EndingRow[],
): Promise<readonly FoundExpiry[]> {
  const signed = await findSigned(scope, [...new Set(rows.map(({ document }) => document))]);
  const lasting = await findLasting(scope, signed);
  const images = [...signed.values()].flat();
  const releases = await readReleaseNames(scope, [...new Set(images.map(({ id }) => id))]);
  return rows.flatMap((row) =>
    (signed.get(row.document) ?? []).flatMap(({ id, image, kind }, at): FoundExpiry[] => {
      const names = releases.get(id) ?? [];
      const last = lasting.get(`${row.document} ${kind}`);
      // mutant expiry-beside-a-signature-that-lasts by expiries: operand 2 -> false
      if (names.length === 0 || last?.id !== row.id) return [];
      const { by, signer } = last;
      const answer = {
        ...{ endsAt: toInstant(row.ends_at), by, signer, kind },
        ...{ document: row.document as Digest, image, releases: names.map(toReleaseName) },
      };
      return [{ marker: { ends_at: row.ends_at, id: row.id, nth: at + 1 }, answer }];
    }),
  );
}

interface SignedImage {
  readonly id: number;
  readonly image: Digest;
  readonly kind: string;
}

/** The images that each document is or is about. */
async function findSigned(
  scope: Scope,
  documents: readonly string[],
): Promise<ReadonlyMap<string, readonly SignedImage[]>> {
  const abouts: { document: string; subject: string; kind: string }[] = [];
  for (const some of splitIntoChunks(documents)) {
    abouts.push(...some.map((document) => ({ document, subject: document, kind: 'image' })));
    const rows = await scope.db
      .selectFrom('log_entry')
      .select(['digest as document', 'subject', 'kind'])
      .distinct()
      .where('shard', '=', scope.shard)
      .where('digest', 'in', some)
      .where('position', '<=', scope.known)
      .execute();
    for (const { document, subject, kind } of rows)
      if (subject !== null) abouts.push({ document, subject, kind });
  }
  const ids = await findImages(scope, [...new Set(abouts.map(({ subject }) => subject))]);
  const found = new Map<string, SignedImage[]>();
  for (const { document, subject, kind } of abouts) {
    const id = ids.get(subject);
    if (id === undefined) continue;
    const all = found.get(document) ?? [];
    all.push({ id, image: subject as Digest, kind });
    found.set(document, all);
  }
  return found;
}

async function findImages(
  { db, shard }: Scope,
  digests: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const some of splitIntoChunks(digests)) {
    const rows = await db
      .selectFrom('image')
      .select(['id', 'digest'])
      .where('shard', '=', shard)
      .where('digest', 'in', some)
      .execute();
    for (const { id, digest } of rows) found.set(digest, id);
  }
  return found;
}

interface LastingSignature extends Pick<ExpiryAnswer, 'by' | 'signer'> {
  readonly id: number;
  /** Milliseconds; Infinity for never. */
  readonly end: number;
}

/** By document and kind: the signature that counts longest, of signers who may state that kind. */
async function findLasting(
  scope: Scope,
  signed: ReadonlyMap<string, readonly SignedImage[]>,
): Promise<ReadonlyMap<string, LastingSignature>> {
  const last = new Map<string, LastingSignature>();
  for (const some of splitIntoChunks([...signed.keys()]))
    for (const { id, about, body } of await selectTrustedRecords(scope, some)) {
      const record = parseRecord('verification', body);
      if (!record.ok || record.value.ends === undefined) continue;
      const { ends, signer, statements } = record.value;
      const end = findEnd(ends) ?? Number.POSITIVE_INFINITY;
      const by = end === ends.chain ? 'chain' : 'signature';
      for (const { kind } of signed.get(about) ?? []) {
        const key = `${about} ${kind}`;
        const before = last.get(key);
        // mutant expiry-hidden-by-a-signer-without-a-mandate by expiries: condition -> false
        if (!mayState(statements, kind)) continue;
        if (before === undefined || end > before.end) last.set(key, { id, end, by, signer });
      }
    }
  return last;
}

/** Whether a signature that counts has no date in its record: an older Waybill recorded none. */
async function hasUndated(scope: Scope): Promise<boolean> {
  const row = await scope.db
    .selectFrom('verification')
    .select('verification.id')
    .where('verification.shard', '=', scope.shard)
    .where('verification.outcome', '=', 'trusted')
    .where('verification.ends_at', 'is', null)
    .where((one) => isBelieved(one, 'verification', scope))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
