import {
  addReferrer,
  boundReferrers,
  buildReferrersIndex,
  chooseReferrers,
  formatReferrersTag,
  hasArtifactType,
  OCI_INDEX,
  parseManifest,
  parseNextLink,
  parseReferrers,
  type ReferrerChoice,
  type ReferrersList,
  readLargeReferrers,
  toReferrer,
} from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow, type Result } from '../../core/result.ts';
import type { Answer } from '../../system/http/exchange.ts';
import { isSameOrigin, parseHost } from '../../system/http/hosts.ts';
import { pullManifestBytes } from './pull.ts';
import { type RepositoryAddress, type Session, statusFailure } from './session.ts';

/** How many entries without a type a filter opens before it leaves them out (S17). */
const LOOKUPS_MAX = 100;

/**
 * The referrers of `digest`: from the referrers API (end-12), or from the fallback tag if the API
 * is 404 (N7).
 */
export async function listReferrers(
  session: Session,
  place: RepositoryAddress,
  digest: Digest,
  { artifactType, only, signal }: Listing,
): Promise<ReferrersList> {
  const first = place.url(`referrers/${digest}`);
  if (artifactType !== null) first.searchParams.set('artifactType', artifactType);
  const listing = { artifactType, only, signal };
  const pages = await readPages(session, place, first, listing);
  if (pages !== null) return pages;
  const { entries } = await readFallback(session, place, digest, signal);
  const filtered = await filterEntries(session, place, entries, listing);
  return boundReferrers(filtered.entries, filtered.complete, 'fallback-tag', countMax(listing));
}

/** What is asked for, and until when. */
export interface Listing {
  readonly artifactType: string | null;
  readonly only: ReferrerChoice | null;
  readonly signal: AbortSignal;
}

function countMax({ only }: Listing): number {
  return only === null ? LIMITS.referrersMax : LIMITS.referrersSearchedMax;
}

interface Entries {
  readonly entries: readonly Descriptor[];
  readonly complete: boolean;
}

/**
 * All pages within the limits: on pages, kept entries and time, and each address only once (A3,
 * A5). If the reading ends early for any reason, the list says that it is incomplete. Null if the
 * registry has no such API.
 */
async function readPages(
  session: Session,
  place: RepositoryAddress,
  first: URL,
  listing: Listing,
): Promise<ReferrersList | null> {
  const seen = new Set<string>();
  const most = countMax(listing);
  const end = (complete: boolean): ReferrersList => boundReferrers(kept, complete, 'api', most);
  const kept: Descriptor[] = [];
  let bytes = 0;
  const endMs = session.surroundings.nowMs() + session.requestMs;
  for (let url: URL | null = first; url !== null; ) {
    const late = session.surroundings.nowMs() > endMs;
    // mutant referrers-pages-too-large by hostile-referrers: remove operand 7
    const over =
      seen.size >= LIMITS.referrerPagesMax ||
      kept.length > most ||
      bytes > LIMITS.referrersBytesMax;
    if (seen.has(url.href) || late || over) return end(false);
    seen.add(url.href);
    const answer = await readPage(session, place, url, listing);
    if (answer === null) return { ...end(false), oversized: true };
    if (answer.status === 404 && seen.size === 1) return null;
    if (answer.status !== 200) throw statusFailure(answer, `the referrers list of ${place.name}`);
    bytes += answer.bytes.length;
    const entries = parsePage(answer, listing);
    const filtered = await filterEntries(session, place, entries, listing);
    for (const entry of filtered.entries.slice(0, most + 1)) kept.push(entry);
    if (!filtered.complete) return end(false);
    url = findNextPage(answer, url, 'referrers list');
  }
  return end(true);
}

function parsePage({ bytes, headers }: Answer, { only }: Listing): readonly Descriptor[] {
  const type = headers['content-type'] ?? '';
  return only !== null && bytes.length > LIMITS.manifestBytesMax
    ? orThrow(readLargeReferrers(bytes, type, only))
    : orThrow(parseReferrers(bytes, type)).manifests;
}

/** One page, or null if it is larger than any page may be. Then the rest of the list is unknown. */
async function readPage(
  session: Session,
  place: RepositoryAddress,
  url: URL,
  { only, signal }: Listing,
): Promise<Answer | null> {
  const headers = { Accept: OCI_INDEX };
  const bytesMax = only?.pageBytesMax ?? LIMITS.manifestBytesMax;
  try {
    return await session.send({
      place,
      method: 'GET',
      url,
      headers,
      signal,
      bytesMax,
    });
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.code === 'LIMIT_EXCEEDED') return null;
    throw thrown;
  }
}

/** A page on another host could only be a mistake or an attempt to get our credentials. */
export function findNextPage(answer: Answer, from: URL, list: string): URL | null {
  const link = orThrow(parseNextLink(answer.headers['link']));
  if (link === null) return null;
  const next = URL.canParse(link, from.href) ? new URL(link, from) : null;
  if (next !== null && isSameOrigin(next, from)) return next;
  const where = next === null ? 'at an invalid address' : `on ${parseHost(next.host)}`;
  const message = `the ${list} of ${from.host} continues ${where}`;
  throw new Failure('REDIRECT_REFUSED', message, 'Ask the operator of the registry.');
}

/**
 * The entries of a type. The filter is applied again even if the registry says that it did (N7). An
 * entry that does not state its type is opened, up to a limit.
 */
async function filterEntries(
  session: Session,
  place: RepositoryAddress,
  listed: readonly Descriptor[],
  { artifactType, only, signal }: Listing,
): Promise<Entries> {
  const entries = only === null ? listed : chooseReferrers(listed, only);
  if (artifactType === null) return { entries, complete: true };
  const kept: Descriptor[] = [];
  let lookups = 0;
  let complete = true;
  for (const entry of entries) {
    if (kept.length > LIMITS.referrersMax) break;
    if (hasArtifactType(entry) || entry.artifactType === artifactType) {
      if (entry.artifactType === artifactType) kept.push(entry);
    } else if (lookups++ < LOOKUPS_MAX) {
      const lifted = await liftEntry(session, place, entry, signal);
      if (lifted === null) complete = false;
      else if (lifted.artifactType === artifactType) kept.push(lifted);
    } else complete = false;
  }
  return { entries: kept, complete };
}

/**
 * The entry as its manifest describes it (S17). Null if the manifest cannot be read, so the list is
 * incomplete.
 */
async function liftEntry(
  session: Session,
  place: RepositoryAddress,
  entry: Descriptor,
  signal: AbortSignal,
): Promise<Descriptor | null> {
  try {
    const { descriptor, bytes } = await pullManifestBytes(session, place, entry.digest, signal);
    return toReferrer(descriptor, orThrow(parseManifest(bytes, descriptor.mediaType)));
  } catch (thrown) {
    if (thrown instanceof Failure && !signal.aborted) return null;
    throw thrown;
  }
}

interface FallbackIndex {
  readonly entries: readonly Descriptor[];
  /** Null if the tag is missing. */
  readonly etag: string | null;
  readonly there: boolean;
}

async function readFallback(
  session: Session,
  place: RepositoryAddress,
  digest: Digest,
  signal: AbortSignal,
): Promise<FallbackIndex> {
  const answer = await session.send({
    place,
    method: 'GET',
    url: place.url(`manifests/${formatReferrersTag(digest)}`),
    headers: { Accept: OCI_INDEX },
    signal,
    bytesMax: LIMITS.manifestBytesMax,
  });
  if (answer.status === 404) return { entries: [], etag: null, there: false };
  if (answer.status !== 200) throw statusFailure(answer, `the referrers tag of ${place.name}`);
  const index: Result<{ readonly manifests: readonly Descriptor[] }> = parseReferrers(
    answer.bytes,
    answer.headers['content-type'] ?? null,
  );
  return { entries: orThrow(index).manifests, etag: answer.headers['etag'] ?? null, there: true };
}

const ROUNDS_MAX = 8;

/**
 * Adds a referrer to the index behind the fallback tag, and keeps the entries that others add
 * meanwhile. The write is conditional if the registry supports conditions. Otherwise the index is
 * read back, and written again until the entry stays. Our own writes wait for each other.
 */
export async function addToFallback(
  session: Session,
  place: RepositoryAddress,
  subject: Digest,
  entry: Descriptor,
  signal: AbortSignal,
): Promise<void> {
  const key = place.url(formatReferrersTag(subject)).href;
  const before = session.fallbackWrites.get(key) ?? Promise.resolve();
  const write = before.then(() => writeFallback(session, place, subject, entry, signal));
  const settled = write.catch(() => undefined);
  session.fallbackWrites.set(key, settled);
  await write.finally(() => {
    if (session.fallbackWrites.get(key) === settled) session.fallbackWrites.delete(key);
  });
}

async function writeFallback(
  session: Session,
  place: RepositoryAddress,
  subject: Digest,
  entry: Descriptor,
  signal: AbortSignal,
): Promise<void> {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const { entries, etag, there } = await readFallback(session, place, subject, signal);
    const present = entries.find(({ digest }) => digest === entry.digest);
    if (present !== undefined && isSameEntry(present, entry)) return;
    const bytes = buildReferrersIndex(addReferrer(entries, entry));
    const answer = await session.send({
      place,
      push: true,
      method: 'PUT',
      url: place.url(`manifests/${formatReferrersTag(subject)}`),
      headers: { 'Content-Type': OCI_INDEX, ...buildCondition(there, etag) },
      body: () => bytes,
      signal,
    });
    const lost = answer.status === 412 || answer.status === 409;
    if (!lost && (answer.status < 200 || answer.status > 299)) {
      throw statusFailure(answer, `the referrers tag of ${place.name}`);
    }
    if (round > 0 || lost)
      await session.surroundings.sleep(50 * 2 ** round * session.surroundings.random(), signal);
  }
  const message = `the referrers tag of ${subject} is changed by others all the time`;
  throw new Failure('REGISTRY_UNREACHABLE', message, 'Push again.');
}

function buildCondition(there: boolean, etag: string | null): Record<string, string> {
  if (!there) return { 'If-None-Match': '*' };
  return etag === null ? {} : { 'If-Match': etag };
}

function isSameEntry(one: Descriptor, other: Descriptor): boolean {
  return Buffer.from(buildReferrersIndex([one])).equals(buildReferrersIndex([other]));
}
