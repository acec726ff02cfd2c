import { quoteText } from '../reason.ts';
import { type CommitReason, makeCommitReason } from './commit-reason.ts';
import { readSshKey, type SshKey, takeCertifiedKey } from './ssh-key.ts';
import { createWireReader } from './ssh-wire.ts';

/** A certificate of OpenSSH (PROTOCOL.certkeys), read but not verified. */
export interface SshCertificate {
  /** The key that it is about. */
  readonly key: SshKey;
  readonly serial: bigint;
  /** 1 for a user, 2 for a host. */
  readonly type: number;
  readonly keyId: string;
  readonly principals: readonly string[];
  /** Seconds since 1970; from `validAfter`, and before `validBefore`. */
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly criticalOptions: readonly string[];
  readonly extensions: readonly string[];
  readonly authority: SshKey;
  /** What the authority signed, and its signature. */
  readonly covered: Uint8Array;
  readonly signature: Uint8Array;
}

export type CertificateReading =
  | { readonly ok: true; readonly certificate: SshCertificate }
  | { readonly ok: false; readonly reason: CommitReason };

/** OpenSSH takes as many (SSHKEY_CERT_MAX_PRINCIPALS). */
const PRINCIPALS_MAX = 256;
const OPTIONS_MAX = 256;

/** Reads a certificate strictly: nothing after it, no reserved content, options in order. */
export function readSshCertificate(blob: Uint8Array): CertificateReading {
  const wire = createWireReader(blob);
  const kind = wire.text();
  wire.string(); // a nonce
  const key = takeCertifiedKey(kind, wire);
  const serial = wire.uint64();
  const type = wire.uint32();
  const keyId = wire.utf8();
  const principals = readTexts(wire.string(), PRINCIPALS_MAX);
  const [validAfter, validBefore] = [wire.uint64(), wire.uint64()];
  const criticalOptions = readOptions(wire.string());
  const extensions = readOptions(wire.string());
  const reserved = wire.string();
  const authorityBlob = wire.string();
  const signature = wire.string();
  if (!wire.isEnded() || keyId === null || principals === null)
    return refuse('its certificate cannot be read');
  if (criticalOptions === null || extensions === null || reserved.length > 0)
    return refuse('the options of its certificate cannot be read');
  if (key === null) return refuse('the key of its certificate may not sign, or cannot be read');
  const authority = readSshKey(authorityBlob);
  if (!authority.ok) return refuse('the key of its authority may not sign, or cannot be read');
  const covered = blob.subarray(0, blob.length - 4 - signature.length);
  const told = { serial, type, keyId, principals, validAfter, validBefore };
  const signed = { authority: authority.key, covered, signature };
  return { ok: true, certificate: { key, ...told, criticalOptions, extensions, ...signed } };
}

function readTexts(list: Uint8Array, max: number): readonly string[] | null {
  const wire = createWireReader(list);
  const found: string[] = [];
  while (!wire.isEnded()) {
    const text = wire.utf8();
    // mutant ssh-certificate-of-many-names by ssh-certificate: remove operand 3
    if (text === null || !wire.isSound() || found.length === max) return null;
    found.push(text);
  }
  return found;
}

/** Names and data, in the order of their names and each once; null for anything else. */
function readOptions(list: Uint8Array): readonly string[] | null {
  const wire = createWireReader(list);
  const found: string[] = [];
  while (!wire.isEnded()) {
    const name = wire.utf8();
    wire.string();
    if (name === null || !wire.isSound() || found.length === OPTIONS_MAX) return null;
    if (found.length > 0 && name <= (found.at(-1) ?? '')) return null;
    found.push(name);
  }
  return found;
}

function refuse(text: string): CertificateReading {
  return { ok: false, reason: makeCommitReason('certificate', text) };
}

const USER = 1;

/**
 * Why a certificate does not count at `seconds`; null where it does. A critical option restricts a
 * log-in: what is only for one command or one address signs no commit.
 */
export function findCertificateFlaw(
  { type, principals, criticalOptions, validAfter, validBefore }: SshCertificate,
  seconds: number,
): CommitReason | null {
  const at = BigInt(Math.floor(seconds));
  // mutant ssh-certificate-of-a-host by ssh-certificate: condition -> false
  if (type !== USER) return makeCommitReason('certificate', 'its certificate is not of a user');
  const odd = criticalOptions.find((name) => name !== 'verify-required');
  // mutant ssh-certificate-critical-option by ssh-certificate: condition -> false
  if (odd !== undefined)
    return makeCommitReason('certificate', `its certificate is restricted by ${quoteText(odd)}`);
  // Without a list it would be for everybody.
  // mutant ssh-certificate-for-everybody by ssh-certificate: condition -> false
  if (principals.length === 0)
    return makeCommitReason('certificate', 'its certificate names no principal');
  // mutant ssh-certificate-validity by ssh-certificate: condition -> false
  if (at < validAfter || at >= validBefore)
    return makeCommitReason('key-not-valid-then', 'its certificate was not valid then');
  return null;
}

/** Whether the owner of the security key must prove a touch, and with a PIN or a finger. */
export function readPresence(certificate: SshCertificate | null): {
  readonly touch: boolean;
  readonly verify: boolean;
} {
  return {
    touch: certificate === null || !certificate.extensions.includes('no-touch-required'),
    verify: certificate?.criticalOptions.includes('verify-required') === true,
  };
}
