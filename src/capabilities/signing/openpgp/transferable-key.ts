import { PACKET, type Packet } from './packets.ts';
import { type PgpKey, readPgpKey } from './public-key.ts';
import { type PgpSignature, readPgpSignature } from './signature.ts';

/** A public key with what its owner says about it (RFC 9580 §10.1); nothing is verified yet. */
export interface TransferableKey {
  readonly primary: PgpKey;
  /** Over the primary key alone: direct-key signatures and revocations. */
  readonly direct: readonly PgpSignature[];
  readonly users: readonly Component<Buffer>[];
  readonly subkeys: readonly Component<PgpKey>[];
}

export interface Component<T> {
  readonly item: T;
  readonly signatures: readonly PgpSignature[];
}

const SUBKEYS_MAX = 500;
const USERS_MAX = 500;
/** Of one component, after those of strangers were left out. */
const SIGNATURES_MAX = 500;
/** A key of more numbers than this is none that anybody uses. */
const KEY_BYTES_MAX = 16 * 1024;

export type KeyReading =
  | { readonly ok: true; readonly key: TransferableKey }
  | { readonly ok: false; readonly why: string };

/** The packets of each primary key of a ring, with what follows it. */
export function groupByKey(packets: readonly Packet[]): readonly (readonly Packet[])[] {
  const groups: Packet[][] = [];
  for (const packet of packets) {
    if (packet.tag === PACKET.publicKey) groups.push([packet]);
    else groups.at(-1)?.push(packet);
  }
  return groups;
}

/**
 * Reads one key. What strangers signed about it is left out: here a ring says who is trusted, not
 * a web of trust.
 */
export function readTransferableKey([first, ...others]: readonly Packet[]): KeyReading {
  const primary = first === undefined ? null : readBounded(first);
  if (primary === null) return refuse('a key of another version, or one that cannot be read');
  const direct: PgpSignature[] = [];
  const users: { item: Buffer; signatures: PgpSignature[] }[] = [];
  const subkeys: { item: PgpKey; signatures: PgpSignature[] }[] = [];
  // Signatures belong to what is directly before them; null: to something that is not read.
  let open: PgpSignature[] | null = direct;
  for (const packet of others) {
    if (packet.tag === PACKET.userId) {
      if (users.length === USERS_MAX) return refuse(`it has over ${USERS_MAX} user IDs`);
      open = [];
      users.push({ item: packet.body, signatures: open });
    } else if (packet.tag === PACKET.publicSubkey) {
      const item = readBounded(packet);
      if (subkeys.length === SUBKEYS_MAX) return refuse(`it has over ${SUBKEYS_MAX} subkeys`);
      open = item === null ? null : [];
      if (item !== null && open !== null) subkeys.push({ item, signatures: open });
    } else if (packet.tag === PACKET.userAttribute) open = null;
    else if (packet.tag === PACKET.signature) {
      const signature = readOwn(packet, primary);
      if (signature === null || open === null) continue;
      if (open.length === SIGNATURES_MAX) return refuse(`over ${SIGNATURES_MAX} own signatures`);
      open.push(signature);
    }
  }
  return { ok: true, key: { primary, direct, users, subkeys } };
}

function readBounded({ body }: Packet): PgpKey | null {
  return body.length > KEY_BYTES_MAX ? null : readPgpKey(body);
}

/** Revocations by others stay: a key that names revokers may be revoked by them (§5.2.3.23). */
function readOwn({ body }: Packet, primary: PgpKey): PgpSignature | null {
  const read = readPgpSignature(body);
  if (read.kind !== 'read') return null;
  const { issuers } = read.signature.facts;
  const isOwn = issuers.length === 0 || issuers.some((issuer) => isIssuedBy(issuer, primary));
  return isOwn || read.signature.type === SIGNATURE_TYPE.keyRevocation ? read.signature : null;
}

/** Whether a fingerprint or a key id is that of the key. */
export function isIssuedBy(issuer: string, { fingerprint, keyId }: PgpKey): boolean {
  return issuer === fingerprint || issuer === keyId;
}

/** §5.2.1 */
export const SIGNATURE_TYPE = {
  binary: 0x00,
  userFirst: 0x10,
  userLast: 0x13,
  subkeyBinding: 0x18,
  primaryBinding: 0x19,
  direct: 0x1f,
  keyRevocation: 0x20,
  subkeyRevocation: 0x28,
  userRevocation: 0x30,
} as const;

function refuse(why: string): KeyReading {
  return { ok: false, why };
}
