import { createHash } from 'node:crypto';
import { fail, ok, type Result } from '../../../core/result.ts';
import type { SshCertificate } from './ssh-certificate.ts';
import type { SshKey } from './ssh-key.ts';
import { createWireReader, type WireReader } from './ssh-wire.ts';

/** A list of revoked keys and certificates of OpenSSH (PROTOCOL.krl). */
export interface KeyRevocationList {
  /** Whether the key, or the certificate of the key or its authority, is revoked. */
  revokes(key: SshKey, certificate: SshCertificate | null): boolean;
}

const MAGIC = Buffer.from('SSHKRL\n\0', 'latin1');
const SECTION = { certificates: 1, explicit: 2, sha1: 3, sha256: 5 } as const;
const OF_CERTIFICATES = { list: 0x20, range: 0x21, bitmap: 0x22, keyId: 0x23 } as const;
/** Sections, and entries of all sections. */
const SECTIONS_MAX = 10_000;
const ENTRIES_MAX = 1_000_000;

interface SerialSpan {
  readonly from: bigint;
  readonly to: bigint;
}

interface RevokedByAuthority {
  /** The blob of the authority as hex; empty for every authority. */
  readonly authority: string;
  readonly spans: SerialSpan[];
  readonly bitmaps: { readonly from: bigint; readonly bits: Uint8Array }[];
  readonly keyIds: Set<string>;
}

interface RevokedParts {
  readonly blobs: Set<string>;
  readonly sha1: Set<string>;
  readonly sha256: Set<string>;
  readonly authorities: RevokedByAuthority[];
  entries: number;
}

/**
 * Reads a binary list. A section that is not known is a failure: to skip it would trust what was
 * revoked.
 */
export function parseKrl(bytes: Uint8Array): Result<KeyRevocationList> {
  const wire = createWireReader(bytes);
  wire.skip(MAGIC);
  const version = wire.uint32();
  for (let times = 0; times < 3; times++) wire.uint64(); // number, date, flags
  wire.string(); // reserved
  wire.string(); // a comment
  if (!wire.isSound()) return refuse('its head cannot be read');
  if (version !== 1) return refuse(`its version is ${version}`);
  const found: RevokedParts = {
    blobs: new Set(),
    sha1: new Set(),
    sha256: new Set(),
    authorities: [],
    entries: 0,
  };
  for (let count = 0; !wire.isEnded(); count++) {
    if (count === SECTIONS_MAX) return refuse('it has too many sections');
    const type = wire.byte();
    const body = wire.string();
    const flaw = wire.isSound() ? readSection(type, body, found) : 'a section is cut';
    if (flaw !== null) return refuse(flaw);
  }
  return ok({ revokes: (key, certificate) => isRevoked(found, key, certificate) });
}

function readSection(type: number, body: Uint8Array, found: RevokedParts): string | null {
  const wire = createWireReader(body);
  switch (type) {
    case SECTION.certificates:
      return readCertificates(wire, found);
    case SECTION.explicit:
      return readEach(wire, found, (blob) => found.blobs.add(toHex(blob)));
    case SECTION.sha1:
      return readEach(wire, found, (hash) => found.sha1.add(toHex(hash)));
    case SECTION.sha256:
      return readEach(wire, found, (hash) => found.sha256.add(toHex(hash)));
    default:
      // mutant krl-unknown-section by krl: value -> null
      return `its section ${type} is not known`;
  }
}

function readEach(
  wire: WireReader,
  found: RevokedParts,
  add: (bytes: Uint8Array) => unknown,
): string | null {
  while (!wire.isEnded()) {
    const one = wire.string();
    if (!wire.isSound()) return 'a list of it is cut';
    if (found.entries++ === ENTRIES_MAX) return 'it has too many entries';
    add(one);
  }
  return null;
}

function readCertificates(wire: WireReader, found: RevokedParts): string | null {
  const revoked: RevokedByAuthority = {
    authority: toHex(wire.string()),
    spans: [],
    bitmaps: [],
    keyIds: new Set(),
  };
  wire.string(); // reserved
  found.authorities.push(revoked);
  while (!wire.isEnded()) {
    const type = wire.byte();
    const inner = createWireReader(wire.string());
    if (!wire.isSound()) return 'a part of its certificates is cut';
    const flaw = readSerials(type, inner, revoked, found);
    if (flaw !== null) return flaw;
  }
  return null;
}

function readSerials(
  type: number,
  wire: WireReader,
  revoked: RevokedByAuthority,
  found: RevokedParts,
): string | null {
  if (type === OF_CERTIFICATES.keyId)
    return readEach(wire, found, (id) => revoked.keyIds.add(Buffer.from(id).toString('utf8')));
  if (type === OF_CERTIFICATES.range)
    revoked.spans.push({ from: wire.uint64(), to: wire.uint64() });
  else if (type === OF_CERTIFICATES.bitmap)
    revoked.bitmaps.push({ from: wire.uint64(), bits: wire.positive() });
  else if (type === OF_CERTIFICATES.list)
    while (wire.isSound() && !wire.isEnded()) {
      const serial = wire.uint64();
      if (found.entries++ === ENTRIES_MAX) return 'it has too many entries';
      revoked.spans.push({ from: serial, to: serial });
    }
  else return `its part ${type} about certificates is not known`;
  return wire.isEnded() ? null : 'a part of its certificates cannot be read';
}

function isRevoked(found: RevokedParts, key: SshKey, certificate: SshCertificate | null): boolean {
  if (isListed(found, key)) return true;
  if (certificate === null) return false;
  // mutant krl-revoked-authority by krl: operand -> false
  return isListed(found, certificate.authority) || isCertificateRevoked(found, certificate);
}

function isListed({ blobs, sha1, sha256 }: RevokedParts, { blob }: SshKey): boolean {
  const hash = (name: string): string => createHash(name).update(blob).digest('hex');
  if (blobs.has(toHex(blob))) return true;
  return (
    (sha1.size > 0 && sha1.has(hash('sha1'))) || (sha256.size > 0 && sha256.has(hash('sha256')))
  );
}

function isCertificateRevoked(
  found: RevokedParts,
  { authority, serial, keyId }: SshCertificate,
): boolean {
  const own = toHex(authority.blob);
  return found.authorities
    .filter((one) => one.authority === '' || one.authority === own)
    .some(
      ({ spans, bitmaps, keyIds }) =>
        keyIds.has(keyId) ||
        // Zero is the serial of every certificate that was made without one (PROTOCOL.krl).
        (serial !== 0n &&
          (spans.some(({ from, to }) => from <= serial && serial <= to) ||
            bitmaps.some((bitmap) => hasBit(bitmap, serial)))),
    );
}

function hasBit(
  { from, bits }: { readonly from: bigint; readonly bits: Uint8Array },
  serial: bigint,
): boolean {
  const place = serial - from;
  if (place < 0n || place >= BigInt(bits.length * 8)) return false;
  const at = Number(place);
  return (((bits[bits.length - 1 - Math.floor(at / 8)] ?? 0) >> (at % 8)) & 1) === 1;
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

function refuse(why: string): Result<never> {
  return fail('TRUST_INVALID', `the revocation list (KRL): ${why}`, 'Write it with ssh-keygen -k.');
}
