import { createHash } from 'node:crypto';
import { formatInstant, type Instant } from '../../../core/instant.ts';
import { ok, type Result } from '../../../core/result.ts';
import { computeKeyId } from '../envelopes/dsse.ts';
import { isSignedByKey } from '../sigstore/log-key.ts';
import {
  type FileClaim,
  METADATA_BYTES_MAX,
  type MetaClaim,
  type MetaContent,
  type Metadata,
  parseTufMeta,
  parseTufRoot,
  parseTufTargets,
  type RoleName,
  type RootContent,
  refuseTuf,
  type TargetsContent,
} from './metadata.ts';

/**
 * Where metadata and targets come from. Laws: `fetch` answers with the bytes that are there, at
 * most `bytesMax`, or null where nothing is; more bytes, or a slow answer, is a failure (endless
 * data). It never throws.
 */
export interface TufRepository {
  fetch(path: string, bytesMax: number): Promise<Result<Uint8Array | null>>;
}

/** The documents that were trusted last, as they came; the root is there from the first. */
export interface TufState {
  readonly root: Uint8Array;
  readonly timestamp: Uint8Array | null;
  readonly snapshot: Uint8Array | null;
  readonly targets: Uint8Array | null;
}

export interface TufUpdate {
  readonly state: TufState;
  /** The targets that were asked for and are there, by path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly rootVersion: number;
  /** When the first of the documents ends. */
  readonly expires: Instant;
}

export interface RefreshTerms {
  readonly repository: TufRepository;
  readonly state: TufState;
  /** Paths of targets. */
  readonly wanted: readonly string[];
  readonly now: Instant;
}

/** How many new roots are followed in one go (§5.3.3). */
const ROOTS_MAX = 256;
const ROOT_BYTES_MAX = 512 * 1024;
const TIMESTAMP_BYTES_MAX = 16 * 1024;
const TARGET_BYTES_MAX = 1024 * 1024;

/**
 * Follows a TUF repository from what was trusted last to what is in force (1.0.33 §5, "Detailed
 * client workflow"). Nothing is taken over unless everything is right. Targets are those of the top
 * role: delegations are not followed.
 */
export async function refreshTuf(terms: RefreshTerms): Promise<Result<TufUpdate>> {
  const root = await followRoots(terms);
  if (!root.ok) return root;
  const { repository } = terms;
  const timestamp = await updateTimestamp(terms, root.value.metadata);
  if (!timestamp.ok) return timestamp;
  const snapshot = await updateSnapshot(terms, root.value.metadata, timestamp.value.metadata);
  if (!snapshot.ok) return snapshot;
  const targets = await updateTargets(terms, root.value.metadata, snapshot.value.metadata);
  if (!targets.ok) return targets;
  const files = new Map<string, Uint8Array>();
  for (const path of terms.wanted) {
    const claim = targets.value.metadata.content.get(path);
    if (claim === undefined) continue;
    const { isConsistent } = root.value.metadata.content;
    const file = await fetchTarget(repository, path, claim, isConsistent);
    if (!file.ok) return file;
    files.set(path, file.value);
  }
  const all = [root.value, timestamp.value, snapshot.value, targets.value];
  const expires = Math.min(...all.map(({ metadata }) => metadata.expires)) as Instant;
  return ok({
    state: {
      root: root.value.bytes,
      timestamp: timestamp.value.bytes,
      snapshot: snapshot.value.bytes,
      targets: targets.value.bytes,
    },
    files,
    rootVersion: root.value.metadata.version,
    expires,
  });
}

interface TrustedPart<T> {
  readonly bytes: Uint8Array;
  readonly metadata: Metadata<T>;
}

/** §5.3: each root is signed by the one before it and by itself, and has the next version. */
async function followRoots({
  repository,
  state,
  now,
}: RefreshTerms): Promise<Result<TrustedPart<RootContent>>> {
  const first = parseTufRoot(state.root);
  if (!first.ok) return first;
  let trusted: TrustedPart<RootContent> = { bytes: state.root, metadata: first.value };
  // The first one comes from a user, and may be a document that nobody signed.
  const own = checkSigned(trusted.metadata, 'root', trusted.metadata);
  if (!own.ok) return own;
  for (let count = 0; ; count++) {
    const next = trusted.metadata.version + 1;
    const fetched = await repository.fetch(`${next}.root.json`, ROOT_BYTES_MAX);
    if (!fetched.ok) return fetched;
    if (fetched.value === null) break;
    if (count >= ROOTS_MAX) return refuseTuf('its root changes without end');
    const parsed = parseTufRoot(fetched.value);
    if (!parsed.ok) return parsed;
    const before = checkSigned(parsed.value, 'root', trusted.metadata);
    // mutant tuf-root-by-its-own-keys-only by tuf: condition -> false
    if (!before.ok) return before;
    const after = checkSigned(parsed.value, 'root', parsed.value);
    // mutant tuf-root-without-its-own-keys by tuf: condition -> false
    if (!after.ok) return after;
    // mutant tuf-root-of-another-version by tuf: condition -> false
    if (parsed.value.version !== next) return refuseTuf(`root ${next} has another version`);
    trusted = { bytes: fetched.value, metadata: parsed.value };
  }
  // mutant tuf-root-that-expired by tuf: value -> ok(trusted)
  return isCurrent(trusted, 'root', now);
}

/** §5.4: neither it nor the snapshot that it names goes back. */
async function updateTimestamp(
  { repository, state, now }: RefreshTerms,
  root: Metadata<RootContent>,
): Promise<Result<TrustedPart<MetaContent>>> {
  const fetched = await fetchPart(repository, 'timestamp.json', TIMESTAMP_BYTES_MAX);
  if (!fetched.ok) return fetched;
  const parsed = parseTufMeta(fetched.value, 'timestamp');
  if (!parsed.ok) return parsed;
  const signed = checkSigned(parsed.value, 'timestamp', root);
  if (!signed.ok) return signed;
  const known = readKnown(state.timestamp, 'timestamp', root);
  const isOlder =
    known !== null &&
    (parsed.value.version < known.version ||
      readVersion(parsed.value, 'snapshot.json') < readVersion(known, 'snapshot.json'));
  // mutant tuf-timestamp-rolled-back by tuf: condition -> false
  if (isOlder) return refuseTuf('timestamp.json is older than the one that is known (rollback)');
  return isCurrent({ bytes: fetched.value, metadata: parsed.value }, 'timestamp', now);
}

/** §5.5: it is the one that the timestamp names, and no version in it goes back or vanishes. */
async function updateSnapshot(
  { repository, state, now }: RefreshTerms,
  root: Metadata<RootContent>,
  timestamp: Metadata<MetaContent>,
): Promise<Result<TrustedPart<MetaContent>>> {
  const claim = timestamp.content.get('snapshot.json');
  if (claim === undefined) return refuseTuf('timestamp.json names no snapshot');
  const fetched = await fetchNamed(repository, 'snapshot', claim, root);
  if (!fetched.ok) return fetched;
  const parsed = parseTufMeta(fetched.value, 'snapshot');
  if (!parsed.ok) return parsed;
  const signed = checkSigned(parsed.value, 'snapshot', root);
  if (!signed.ok) return signed;
  // mutant tuf-snapshot-of-another-version by tuf: condition -> false
  if (parsed.value.version !== claim.version)
    return refuseTuf('snapshot.json is not the one that timestamp.json names (mix-and-match)');
  const known = readKnown(state.snapshot, 'snapshot', root);
  const lost = [...(known?.content ?? [])].find(
    ([name, { version }]) => (parsed.value.content.get(name)?.version ?? 0) < version,
  );
  // mutant tuf-snapshot-with-an-older-document by tuf: condition -> false
  if (lost !== undefined) return refuseTuf(`snapshot.json has an older ${lost[0]} (rollback)`);
  return isCurrent({ bytes: fetched.value, metadata: parsed.value }, 'snapshot', now);
}

/** §5.6 */
async function updateTargets(
  { repository, now }: RefreshTerms,
  root: Metadata<RootContent>,
  snapshot: Metadata<MetaContent>,
): Promise<Result<TrustedPart<TargetsContent>>> {
  const claim = snapshot.content.get('targets.json');
  if (claim === undefined) return refuseTuf('snapshot.json names no targets');
  const fetched = await fetchNamed(repository, 'targets', claim, root);
  if (!fetched.ok) return fetched;
  const parsed = parseTufTargets(fetched.value);
  if (!parsed.ok) return parsed;
  const signed = checkSigned(parsed.value, 'targets', root);
  if (!signed.ok) return signed;
  // mutant tuf-targets-of-another-version by tuf: condition -> false
  if (parsed.value.version !== claim.version)
    return refuseTuf('targets.json is not the one that snapshot.json names (mix-and-match)');
  return isCurrent({ bytes: fetched.value, metadata: parsed.value }, 'targets', now);
}

/** A threshold of keys of the role, each counted once, whatever names it has. */
function checkSigned(
  { signed, signatures }: Metadata<unknown>,
  name: RoleName,
  { content }: Metadata<RootContent>,
): Result<true> {
  const role = content.roles.get(name);
  if (role === undefined) return refuseTuf(`root.json names no role ${name}`);
  const signers = new Set<string>();
  for (const keyId of new Set(role.keyIds)) {
    const key = content.keys.get(keyId);
    const signature = signatures.find((one) => one.keyId === keyId);
    if (key === undefined || signature === undefined) continue;
    // mutant tuf-signature-by-name by tuf: condition -> true
    if (isSignedByKey(key, signed, signature.bytes)) signers.add(computeKeyId(key));
  }
  // mutant tuf-below-its-threshold by tuf: condition -> true
  if (signers.size >= role.threshold) return ok(true);
  const wanted = `${signers.size} of ${role.threshold}`;
  return refuseTuf(`${name}.json is signed by ${wanted} keys that must sign it`);
}

/** A freeze gives documents that were right once. */
function isCurrent<T>(part: TrustedPart<T>, role: RoleName, now: Instant): Result<TrustedPart<T>> {
  const { expires } = part.metadata;
  // mutant tuf-document-that-expired by tuf: condition -> true
  if (now < expires) return ok(part);
  return refuseTuf(`${role}.json ended at ${formatInstant(expires)} (freeze)`);
}

/**
 * What was trusted before, if the keys in force still say so: after a change of keys, a version
 * from the older ones holds nobody back (§5.3.11, fast-forward).
 */
function readKnown(
  bytes: Uint8Array | null,
  role: 'timestamp' | 'snapshot',
  root: Metadata<RootContent>,
): Metadata<MetaContent> | null {
  const parsed = bytes === null ? null : parseTufMeta(bytes, role);
  if (parsed?.ok !== true) return null;
  return checkSigned(parsed.value, role, root).ok ? parsed.value : null;
}

function readVersion({ content }: Metadata<MetaContent>, name: string): number {
  return content.get(name)?.version ?? 0;
}

async function fetchPart(
  repository: TufRepository,
  path: string,
  bytesMax: number,
): Promise<Result<Uint8Array>> {
  const fetched = await repository.fetch(path, bytesMax);
  if (!fetched.ok) return fetched;
  return fetched.value === null ? refuseTuf(`${path} is not there`) : ok(fetched.value);
}

/** The document that another one names, by its version, its length and its hash. */
async function fetchNamed(
  repository: TufRepository,
  role: 'snapshot' | 'targets',
  claim: MetaClaim,
  { content }: Metadata<RootContent>,
): Promise<Result<Uint8Array>> {
  const path = content.isConsistent ? `${claim.version}.${role}.json` : `${role}.json`;
  const bytesMax = Math.min(claim.length ?? METADATA_BYTES_MAX, METADATA_BYTES_MAX);
  const fetched = await fetchPart(repository, path, bytesMax);
  if (!fetched.ok) return fetched;
  // mutant tuf-metadata-of-another-hash by tuf: condition -> true
  return isAsClaimed(fetched.value, claim) ? fetched : refuseTuf(`${path} is another document`);
}

/** §5.7 */
async function fetchTarget(
  repository: TufRepository,
  path: string,
  claim: FileClaim,
  isConsistent: boolean,
): Promise<Result<Uint8Array>> {
  const hash = claim.sha256 ?? claim.sha512;
  const { length } = claim;
  // mutant tuf-target-without-a-hash by tuf: operand 2 -> false
  if (length === null || hash === null || length > TARGET_BYTES_MAX)
    return refuseTuf(`the target ${path} has no hash, or no length that is taken`);
  const at = path.lastIndexOf('/') + 1;
  const name = isConsistent ? `${path.slice(0, at)}${hash}.${path.slice(at)}` : path;
  const fetched = await fetchPart(repository, `targets/${name}`, length);
  if (!fetched.ok) return fetched;
  // mutant tuf-target-of-another-hash by tuf: condition -> true
  return isAsClaimed(fetched.value, claim)
    ? fetched
    : refuseTuf(`the target ${path} is another file (arbitrary software)`);
}

function isAsClaimed(bytes: Uint8Array, { length, sha256, sha512 }: FileClaim): boolean {
  const hash = (name: string): string => createHash(name).update(bytes).digest('hex');
  if (length !== null && bytes.length !== length) return false;
  if (sha256 !== null && hash('sha256') !== sha256) return false;
  return sha512 === null || hash('sha512') === sha512;
}
