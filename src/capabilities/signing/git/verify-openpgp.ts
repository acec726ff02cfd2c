import { Failure } from '../../../core/failure.ts';
import { formatInstant, toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { readArmour } from '../openpgp/armour.ts';
import type { KeyFlaw, KeyStanding, SigningPart } from '../openpgp/key-standing.ts';
import type { Keyring } from '../openpgp/keyring.ts';
import { PACKET, readPackets } from '../openpgp/packets.ts';
import {
  describeHash,
  isMadeBy,
  type PgpSignature,
  readPgpSignature,
} from '../openpgp/signature.ts';
import { isIssuedBy, SIGNATURE_TYPE } from '../openpgp/transferable-key.ts';
import { readAddress } from '../openpgp/user-id.ts';
import { type CommitReasonCode, makeCommitReason } from './commit-reason.ts';
import {
  type CommitStanding,
  distrust,
  type OpenPgpSigner,
  type SignedObject,
} from './commit-signer.ts';

/** Names of one key. */
const ISSUERS_MAX = 4;
const KEY_ID_DIGITS = 16;

/**
 * Verifies an OpenPGP signature by a key of the ring: one signature over exactly the signed bytes,
 * by a key that may sign, was not revoked, and had not ended when the signature was made.
 */
export function verifyOpenPgp(object: SignedObject, ring: Keyring): CommitStanding {
  const text = object.signature?.text ?? new Uint8Array();
  if (text.length > LIMITS.pgpSignatureBytesMax)
    return refuse('signature-malformed', 'the signature is too long');
  const binary = readArmour(Buffer.from(text).toString('latin1'), 'SIGNATURE');
  if (binary === null) return refuse('signature-malformed', 'its armour or base64 is malformed');
  const [packet, ...more] = readPackets(binary, 2) ?? [];
  // mutant openpgp-two-signatures by verify-openpgp: operand 3 -> false
  if (packet === undefined || packet.tag !== PACKET.signature || more.length > 0)
    return refuse('signature-malformed', 'it is not exactly one signature');
  const read = readPgpSignature(packet.body);
  if (read.kind === 'version') return refuseVersion(read.version);
  if (read.kind === 'malformed')
    return refuse('signature-malformed', 'it does not have the fields of an OpenPGP signature');
  return judgeSignature(object, read.signature, ring);
}

function judgeSignature(
  object: SignedObject,
  signature: PgpSignature,
  ring: Keyring,
): CommitStanding {
  const { facts, type } = signature;
  const claimed = facts.issuers[0] ?? null;
  const signer = claimed === null ? null : toSigner(claimed);
  // mutant openpgp-text-signature by verify-openpgp: condition -> false
  if (type !== SIGNATURE_TYPE.binary)
    return refuse('signature-malformed', `it is of the type ${type}, not over bytes`, signer);
  if (facts.created === null)
    return refuse('signing-time', 'the signature has no signing time', signer);
  // mutant openpgp-unknown-critical by verify-openpgp: condition -> false
  if (facts.unknownCritical !== null)
    return refuse(
      'signature-malformed',
      `its critical subpacket ${facts.unknownCritical} is not known`,
      signer,
    );
  const { name, strength } = describeHash(signature.hash);
  // mutant openpgp-weak-hash by verify-openpgp: condition -> false
  if (strength !== 'strong')
    return refuse('hash-algorithm', `its hash is ${name}, which may not sign`, signer);
  return judgeKeys(object, signature, { ring, signer });
}

interface Candidate {
  readonly owner: KeyStanding;
  readonly part: SigningPart;
}

function judgeKeys(
  object: SignedObject,
  signature: PgpSignature,
  { ring, signer }: { readonly ring: Keyring; readonly signer: OpenPgpSigner | null },
): CommitStanding {
  const candidates = listCandidates(signature, ring);
  const [first] = candidates;
  if (first === undefined)
    return refuse('key-unknown', `no keyring has the key ${signer?.fingerprint ?? ''}`, signer);
  const made = candidates.filter(({ part }) => isMadeBy(signature, part.key, [object.payload]));
  const [found] = made;
  if (found === undefined) return refuseBytes(first, signer);
  // One copy of a key that says that it is revoked is enough.
  const flawed = made.find((one) => findFlaw(one, signature) !== null) ?? found;
  const flaw = findFlaw(flawed, signature);
  if (flaw !== null) return refuse(...flaw, describe(found));
  const known = describe(found);
  const isSigner = (email: string): boolean => known.addresses.includes(email);
  return {
    kind: 'trusted',
    signer: known,
    authorMatches: isSigner(object.author.email),
    committerMatches: isSigner(object.committer.email),
  };
}

/** Every name of its key must be of the same one: who is shown as the signer must have signed. */
function listCandidates({ facts, version }: PgpSignature, ring: Keyring): readonly Candidate[] {
  const { issuers } = facts;
  const [first = ''] = issuers;
  // GnuPG finds no key of version 4 without its key id.
  const isNamed = version === 6 || issuers.some(({ length }) => length === KEY_ID_DIGITS);
  if (!isNamed || issuers.length > ISSUERS_MAX) return [];
  return ring.find(first).flatMap((owner) =>
    owner.signers.flatMap((part) =>
      // mutant openpgp-issuer-of-two-keys by verify-openpgp: condition -> true
      issuers.every((issuer) => isIssuedBy(issuer, part.key)) ? [{ owner, part }] : [],
    ),
  );
}

function refuseBytes({ part }: Candidate, signer: OpenPgpSigner | null): CommitStanding {
  if (part.key.material === 'size')
    return refuse('key-size', 'its RSA key has fewer than 2,048 or more than 8,192 bits', signer);
  if (part.key.material === 'algorithm')
    return refuse('key-algorithm', 'keys of this kind may not sign', signer);
  return refuse(
    'signature-mismatch',
    'the signature is not over these bytes, or not by its key',
    signer,
  );
}

const FLAWS: Readonly<Record<KeyFlaw, readonly [CommitReasonCode, string]>> = {
  revoked: ['key-revoked', 'is revoked'],
  'not-bound': ['key-not-for-git', 'has no valid signature of its owner'],
  'not-for-signing': ['key-not-for-git', 'may not sign'],
  'no-back-signature': ['key-not-for-git', 'has not signed that it belongs to its primary key'],
};

function findFlaw(
  { owner, part }: Candidate,
  { facts }: PgpSignature,
): readonly [CommitReasonCode, string] | null {
  const flaw = owner.flaw ?? part.flaw;
  const { fingerprint, created } = part.key;
  if (flaw !== null) {
    const [code, what] = FLAWS[flaw];
    return [code, `the key ${fingerprint} ${what}`];
  }
  const at = facts.created ?? 0;
  const ends = [owner.expires, part.expires].filter((end) => end !== null);
  // mutant openpgp-key-validity by verify-openpgp: condition -> false
  if (at < created || ends.some((end) => at >= end))
    return [
      'key-not-valid-then',
      `the key ${fingerprint} was not valid on ${formatInstant(toInstant(at * 1000))}`,
    ];
  // A verdict does not depend on the clock (foundation 5), and this signature ends some day.
  // mutant openpgp-signature-expires by verify-openpgp: condition -> false
  if (facts.expiresAfter !== null)
    return ['signature-expires', 'the signature has an end, and a commit has none'];
  return null;
}

function describe({ owner, part }: Candidate): OpenPgpSigner & { readonly principal: string } {
  const addresses = owner.users.map(readAddress).filter((one) => one !== null);
  return {
    format: 'openpgp',
    principal: owner.primary.fingerprint,
    fingerprint: part.key.fingerprint,
    addresses: [...new Set(addresses)],
  };
}

function toSigner(fingerprint: string): OpenPgpSigner {
  return { format: 'openpgp', principal: null, fingerprint, addresses: [] };
}

function refuse(
  code: CommitReasonCode,
  text: string,
  signer: OpenPgpSigner | null = null,
): CommitStanding {
  return distrust(makeCommitReason(code, text), signer);
}

function refuseVersion(version: number): CommitStanding {
  const cause = new Failure(
    'UNSUPPORTED',
    `it has an OpenPGP signature of version ${version}, which this version does not verify`,
    'Sign with a key of version 4 or 6 of OpenPGP, or with an SSH key.',
  );
  return { kind: 'undetermined', cause };
}
