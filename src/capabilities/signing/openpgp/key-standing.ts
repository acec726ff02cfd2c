import { frameKey, type PgpKey } from './public-key.ts';
import { describeHash, isMadeBy, type PgpSignature, readPgpSignature } from './signature.ts';
import {
  type Component,
  isIssuedBy,
  SIGNATURE_TYPE,
  type TransferableKey,
} from './transferable-key.ts';

/** What the owner of a key says about it, after every signature of the owner was verified. */
export interface KeyStanding {
  readonly primary: PgpKey;
  /** User IDs that the owner has signed and not revoked; the one that is marked is first. */
  readonly users: readonly string[];
  /** Why nothing counts that the key signed; null where something may. */
  readonly flaw: KeyFlaw | null;
  /** Seconds since 1970; null for no end. */
  readonly expires: number | null;
  /** The primary key and its subkeys, with what each may do. */
  readonly signers: readonly SigningPart[];
}

export interface SigningPart {
  readonly key: PgpKey;
  readonly expires: number | null;
  readonly flaw: KeyFlaw | null;
}

export type KeyFlaw = 'revoked' | 'not-bound' | 'not-for-signing' | 'no-back-signature';

const MAY_SIGN = 0x02;
/**
 * GnuPG counts no signature about a key of SHA-1 that was made since then: chosen prefixes of
 * SHA-1 collide (https://gnupg.org/blog, 2.2.18). Of the owner, older ones still count.
 */
const SHA1_ENDED = Date.UTC(2019, 0, 19) / 1000;

/** @example judgeKey(key).flaw */
export function judgeKey(key: TransferableKey): KeyStanding {
  const { primary } = key;
  const framed = frameKey(primary.version, primary.body);
  const direct = listGood(key.direct, primary, [framed]);
  const selfDirect = newest(direct.filter(({ type }) => type === SIGNATURE_TYPE.direct));
  const users = key.users.flatMap((user) => judgeUser(user, primary, framed));
  users.sort((one, other) => Number(other.isPrimary) - Number(one.isPrimary) || other.at - one.at);
  // RFC 9580 §5.2.3.10: a direct-key signature speaks for the whole key, else that of the user ID.
  const self = selfDirect ?? users[0]?.signature ?? null;
  const expires = readExpiry(self, primary);
  const flaw = isRevoked(key, direct) ? 'revoked' : self === null ? 'not-bound' : null;
  const maySign = self === null || (self.facts.keyFlags ?? MAY_SIGN) & MAY_SIGN;
  const own: SigningPart = { key: primary, expires, flaw: maySign ? null : 'not-for-signing' };
  const parts = key.subkeys.map((subkey) => judgeSubkey(subkey, primary, framed));
  return { primary, users: users.map(({ text }) => text), flaw, expires, signers: [own, ...parts] };
}

/** A revocation by the owner, or one that a named revoker may have made: nobody can tell here. */
function isRevoked({ direct, primary }: TransferableKey, good: readonly PgpSignature[]): boolean {
  // mutant openpgp-revoked-key by verify-openpgp: operand -> false
  if (good.some(({ type }) => type === SIGNATURE_TYPE.keyRevocation)) return true;
  const revokers = new Set(good.flatMap(({ facts }) => facts.revokers));
  return direct.some(
    ({ type, facts }) =>
      type === SIGNATURE_TYPE.keyRevocation &&
      !facts.issuers.some((issuer) => isIssuedBy(issuer, primary)) &&
      [...revokers].some((revoker) =>
        facts.issuers.some((issuer) => revoker === issuer || revoker.endsWith(issuer)),
      ),
  );
}

interface JudgedUser {
  readonly text: string;
  readonly isPrimary: boolean;
  readonly at: number;
  readonly signature: PgpSignature;
}

function judgeUser(
  { item, signatures }: Component<Buffer>,
  primary: PgpKey,
  framed: Buffer,
): readonly JudgedUser[] {
  const head = Buffer.from([0xb4, 0, 0, 0, 0]);
  head.writeUInt32BE(item.length, 1);
  const good = listGood(signatures, primary, [framed, head, item]);
  const signature = newest(
    good.filter(({ type }) => type >= SIGNATURE_TYPE.userFirst && type <= SIGNATURE_TYPE.userLast),
  );
  const revoked = newest(good.filter(({ type }) => type === SIGNATURE_TYPE.userRevocation));
  const at = signature?.facts.created ?? 0;
  const text = item.toString('utf8');
  // An address is compared, so it must be one text for every reader.
  const isText = Buffer.from(text).equals(item) && !/\p{Cc}/u.test(text);
  if (signature === null || !isText || item.length > USER_BYTES_MAX) return [];
  // mutant openpgp-revoked-user by verify-openpgp: condition -> false
  if (revoked !== null && (revoked.facts.created ?? 0) >= at) return [];
  return [{ text, isPrimary: signature.facts.isPrimary, at, signature }];
}

const USER_BYTES_MAX = 2_048;

function judgeSubkey(
  { item, signatures }: Component<PgpKey>,
  primary: PgpKey,
  framed: Buffer,
): SigningPart {
  const both = [framed, frameKey(primary.version, item.body)];
  const good = listGood(signatures, primary, both);
  const binding = newest(good.filter(({ type }) => type === SIGNATURE_TYPE.subkeyBinding));
  const expires = readExpiry(binding, item);
  const refuse = (flaw: KeyFlaw): SigningPart => ({ key: item, expires, flaw });
  // mutant openpgp-subkey-binding by verify-openpgp: condition -> false
  if (binding === null) return refuse('not-bound');
  // mutant openpgp-revoked-subkey by verify-openpgp: condition -> false
  if (good.some(({ type }) => type === SIGNATURE_TYPE.subkeyRevocation)) return refuse('revoked');
  if (((binding.facts.keyFlags ?? 0) & MAY_SIGN) === 0) return refuse('not-for-signing');
  // §5.2.1.9: without it, anybody could claim the subkey of somebody else as his own.
  // mutant openpgp-back-signature by verify-openpgp: condition -> false
  if (!hasBackSignature(binding, item, both)) return refuse('no-back-signature');
  return { key: item, expires, flaw: null };
}

function hasBackSignature(
  { facts }: PgpSignature,
  subkey: PgpKey,
  parts: readonly Uint8Array[],
): boolean {
  const read = facts.embedded === null ? null : readPgpSignature(facts.embedded);
  if (read?.kind !== 'read' || read.signature.type !== SIGNATURE_TYPE.primaryBinding) return false;
  return isGood(read.signature, subkey, parts);
}

function listGood(
  signatures: readonly PgpSignature[],
  key: PgpKey,
  parts: readonly Uint8Array[],
): readonly PgpSignature[] {
  return signatures.filter((signature) => isGood(signature, key, parts));
}

function isGood(signature: PgpSignature, key: PgpKey, parts: readonly Uint8Array[]): boolean {
  const { facts, hash } = signature;
  if (facts.created === null || facts.created < key.created) return false;
  // A restriction that is not understood voids what it restricts; a revocation still revokes.
  if (facts.unknownCritical !== null && !REVOCATIONS.has(signature.type)) return false;
  const { name, strength } = describeHash(hash);
  const isOldSha1 = name === 'sha1' && facts.created < SHA1_ENDED;
  // mutant openpgp-weak-hash-of-key by verify-openpgp: condition -> false
  if (strength !== 'strong' && !isOldSha1 && !REVOCATIONS.has(signature.type)) return false;
  return isMadeBy(signature, key, parts);
}

const REVOCATIONS: ReadonlySet<number> = new Set([
  SIGNATURE_TYPE.keyRevocation,
  SIGNATURE_TYPE.subkeyRevocation,
  SIGNATURE_TYPE.userRevocation,
]);

function newest(signatures: readonly PgpSignature[]): PgpSignature | null {
  let found: PgpSignature | null = null;
  for (const one of signatures)
    if (found === null || (one.facts.created ?? 0) >= (found.facts.created ?? 0)) found = one;
  return found;
}

function readExpiry(self: PgpSignature | null, { created }: PgpKey): number | null {
  const after = self?.facts.keyExpiresAfter ?? null;
  return after === null ? null : created + after;
}
