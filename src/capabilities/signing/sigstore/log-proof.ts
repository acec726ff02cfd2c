import { formatInstant, type Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { canonicalizeJson } from '../../../formats/json/canonical.ts';
import { parseCheckpoint } from '../../../formats/log/checkpoint.ts';
import { hashLeaf, verifyInclusion } from '../../../formats/log/merkle.ts';
import { readNote } from '../../../formats/log/note.ts';
import { accept, type CheckResult, reject } from '../reason.ts';
import { isSameBytes } from '../x509/chain-links.ts';
import type { InclusionProof, LogEntry } from './bundle.ts';
import { isSignedByKey } from './log-key.ts';
import { isWithin, type TrustedLog, type TrustedRoot } from './trusted-root.ts';

/** An entry that a trusted log has, or has promised to have. */
export interface ProvenEntry {
  readonly log: TrustedLog;
  /** When the log took it, where the log itself signed that; else null. */
  readonly integratedAt: Instant | null;
}

/**
 * Whether a trusted log has the entry (S9): by a proof up to a checkpoint that the log signed, or
 * by its promise. Everything that is given must be right. A proof is required where
 * `needsProof` says so; a promise alone is only enough for the oldest bundles.
 */
export function proveEntry(
  entry: LogEntry,
  { logs }: TrustedRoot,
  { needsProof, now }: { readonly needsProof: boolean; readonly now: Instant },
): CheckResult<ProvenEntry> {
  const log = logs.find(({ id }) => isSameBytes(id, entry.logId));
  // mutant entry-of-any-log: branch -> return accept({ log: logs[0] as
  //   TrustedLog, integratedAt: entry.integratedAt })
  if (log === undefined) return refuse('its log is not in the trusted root');
  // mutant entry-without-a-proof: condition -> false
  if (needsProof && entry.proof === null) return refuse('it has no proof of inclusion');
  if (entry.proof === null && entry.promise === null) return refuse('nothing proves it (A45)');
  if (entry.proof !== null) {
    const included = checkInclusion(entry, entry.proof, log);
    if (!included.ok) return included;
  }
  if (entry.promise === null) return accept({ log, integratedAt: null });
  // mutant promise-of-a-log-is-signed: condition -> false
  if (!isPromised(entry, entry.promise, log)) return refuse('the promise of the log is not signed');
  const { integratedAt } = entry;
  if (integratedAt === null) return refuse('the promise of the log has no time');
  // mutant entry-outside-the-window-of-its-log: condition -> false
  if (!isWithin(log.window, integratedAt))
    return refuse(`it is of ${formatInstant(integratedAt)}, outside the time of its log (A51)`);
  // mutant entry-of-tomorrow: condition -> false
  if (integratedAt > now + LIMITS.clockSkewMs)
    return refuse(`it is of ${formatInstant(integratedAt)}, which is in the future (A55)`);
  return accept({ log, integratedAt });
}

function refuse(why: string): CheckResult<never> {
  return reject('log-entry', `the entry of the transparency log does not count: ${why}`);
}

/** Rekor v1: the log signs the canonical JSON of what it took, and when. */
function isPromised(
  { body, integratedAt, index, logId }: LogEntry,
  promise: Uint8Array,
  { key }: TrustedLog,
): boolean {
  const promised = canonicalizeJson({
    body: Buffer.from(body).toString('base64'),
    integratedTime: Math.floor((integratedAt ?? 0) / 1_000),
    logID: Buffer.from(logId).toString('hex'),
    logIndex: index,
  });
  return isSignedByKey(key, Buffer.from(promised), promise);
}

/** RFC 9162 §2.1.3.2, to the root of a checkpoint that the log signed (C2SP tlog-checkpoint). */
function checkInclusion(
  { body }: LogEntry,
  { index, size, root, hashes, checkpoint: note }: InclusionProof,
  log: TrustedLog,
): CheckResult<true> {
  const read = readNote(Buffer.from(note));
  if (!read.ok) return refuse(read.failure.message);
  const checkpoint = parseCheckpoint(read.value.text);
  if (!checkpoint.ok) return refuse(checkpoint.failure.message);
  // Witnesses sign as well, in any order; only the log itself says what it has.
  const own = read.value.signatures.filter(
    ({ name, hint }) => isSameBytes(hint, log.hint) && isNamed(log, name),
  );
  const text = Buffer.from(read.value.text);
  // mutant checkpoint-is-signed-by-its-log: condition -> false
  if (!own.some(({ signature }) => isSignedByKey(log.key, text, signature)))
    return refuse('its checkpoint is not signed by its log');
  const { size: treeSize, root: treeRoot } = checkpoint.value;
  // mutant proof-to-another-checkpoint: condition -> false
  if (treeSize !== size || !isSameBytes(treeRoot, root))
    return refuse('its proof is for another checkpoint');
  const included = verifyInclusion({ leaf: hashLeaf(body), index, size, root, proof: hashes });
  // mutant entry-is-in-the-tree: condition -> true
  return included.ok ? accept(true) : refuse(included.failure.message);
}

/** A log whose address is not known is known by its key alone. */
function isNamed({ names }: TrustedLog, text: string): boolean {
  // mutant checkpoint-of-another-host: remove operand 2
  return names.length === 0 || names.includes(text);
}
