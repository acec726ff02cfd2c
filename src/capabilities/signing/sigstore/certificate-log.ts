import { createHash } from 'node:crypto';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { type DerNode, formatOid, readDer, TAG } from '../../../formats/der/der.ts';
import { writeDer } from '../../../formats/der/write.ts';
import type { Certificate } from '../x509/certificate.ts';
import { isSameBytes } from '../x509/chain-links.ts';
import { isSignedByKey } from './log-key.ts';
import { isWithin, type TrustedLog } from './trusted-root.ts';

const SCT_LIST = '1.3.6.1.4.1.11129.2.4.2';
const PRECERTIFICATE = 1;
const SCTS_MAX = 16;

interface CertificateTimestamp {
  readonly logId: Uint8Array;
  /** Milliseconds since 1970, as 8 bytes. */
  readonly time: Uint8Array;
  readonly at: Instant;
  readonly extensions: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * The logs of certificates that have promised to publish this one (RFC 6962 §3.2, §3.3): those of
 * `logs` whose signed certificate timestamp in it is right, each once.
 */
export function listCertificateLogs(
  leaf: Certificate,
  issuer: Certificate,
  logs: readonly TrustedLog[],
): ReadonlySet<TrustedLog> {
  const tbs = removeTimestamps(leaf);
  const found = new Set<TrustedLog>();
  for (const stamp of readTimestamps(leaf)) {
    const log = logs.find(({ id }) => isSameBytes(id, stamp.logId));
    // mutant certificate-log-outside-its-window: remove operand 3
    if (log === undefined || tbs === null || !isWithin(log.window, stamp.at)) continue;
    // mutant certificate-timestamp-is-signed: condition -> true
    if (isSignedByKey(log.key, encodeSigned(stamp, tbs, issuer), stamp.signature)) found.add(log);
  }
  return found;
}

/** RFC 6962 §3.2: digitally-signed struct of a precertificate entry. */
function encodeSigned(
  { time, extensions }: CertificateTimestamp,
  tbs: Uint8Array,
  issuer: Certificate,
): Uint8Array {
  const spki = issuer.publicKey.export({ format: 'der', type: 'spki' });
  return Buffer.concat([
    Uint8Array.of(0, 0),
    time,
    Uint8Array.of(0, PRECERTIFICATE),
    createHash('sha256').update(spki).digest(),
    writeCount(tbs.length, 3),
    tbs,
    writeCount(extensions.length, 2),
    extensions,
  ]);
}

function writeCount(count: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(count, 0, bytes);
  return buffer;
}

/** RFC 6962 §3.3: an octet string, in which a list of lists with their lengths is. */
function readTimestamps(leaf: Certificate): readonly CertificateTimestamp[] {
  const inner = readDer(leaf.extensions.get(SCT_LIST)?.value ?? new Uint8Array());
  const bytes = inner?.tag === TAG.octetString ? Buffer.from(inner.content) : null;
  if (bytes === null || bytes.length < 2 || bytes.readUInt16BE(0) !== bytes.length - 2) return [];
  const found: CertificateTimestamp[] = [];
  for (let at = 2; at + 2 <= bytes.length && found.length < SCTS_MAX; ) {
    const length = bytes.readUInt16BE(at);
    const stamp = readTimestamp(bytes.subarray(at + 2, at + 2 + length));
    if (stamp !== null) found.push(stamp);
    at += 2 + length;
  }
  return found;
}

/** Version, log, time, extensions, the two names of the algorithm, and the signature. */
function readTimestamp(bytes: Buffer): CertificateTimestamp | null {
  if (bytes.length < 43 || bytes[0] !== 0) return null;
  const end = 43 + bytes.readUInt16BE(41);
  if (bytes.length < end + 4) return null;
  const signature = bytes.subarray(end + 4);
  const milliseconds = Number(bytes.readBigUInt64BE(33));
  // Only SHA-256 (4), as RFC 6962 §2.1.4 has it.
  if (bytes.readUInt16BE(end + 2) !== signature.length || bytes[end] !== 4) return null;
  if (milliseconds > 253_402_300_799_999) return null;
  return {
    logId: bytes.subarray(1, 33),
    time: bytes.subarray(33, 41),
    at: toInstant(milliseconds),
    extensions: bytes.subarray(43, end),
    signature,
  };
}

/** RFC 6962 §3.2: the certificate as the log saw it, without the timestamps; null for none. */
function removeTimestamps({ der }: Certificate): Uint8Array | null {
  const tbs = readDer(der)?.children[0];
  const wrapped = tbs?.children.at(-1);
  const list = wrapped?.tag === 0xa3 ? wrapped.children[0] : undefined;
  if (tbs === undefined || list === undefined) return null;
  const kept = list.children.filter((one) => formatOid(one.children[0]) !== SCT_LIST);
  const join = (nodes: readonly DerNode[]): Uint8Array[] => nodes.map(({ bytes }) => bytes);
  const extensions = writeDer(0xa3, writeDer(TAG.sequence, ...join(kept)));
  return writeDer(TAG.sequence, ...join(tbs.children.slice(0, -1)), extensions);
}
