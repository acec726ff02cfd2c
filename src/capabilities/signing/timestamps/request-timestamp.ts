import { createHash } from 'node:crypto';
import { formatInstant, type Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { readDer, TAG } from '../../../formats/der/der.ts';
import { writeDer, writeOid, writeUnsigned } from '../../../formats/der/write.ts';
import type { Certificate } from '../x509/certificate.ts';
import { isSameBytes } from '../x509/chain-links.ts';
import { readTimestampToken, TOKEN_BYTES_MAX } from './read-token.ts';
import { verifyTimestamp } from './verify-token.ts';

/**
 * An RFC 3161 authority. Laws: `ask` sends the request once, and answers with the bytes that came,
 * bounded in size and time; it never throws.
 */
export interface TimestampAuthority {
  ask(request: Uint8Array): Promise<Result<Uint8Array>>;
}

export interface TimestampTerms {
  readonly authority: TimestampAuthority;
  /** Of the authority; a timestamp of another one is not embedded. */
  readonly roots: readonly Certificate[];
  /** Random bytes, at most 20. */
  readonly nonce: Uint8Array;
  readonly now: Instant;
}

/**
 * A timestamp over a raw signature (N46), verified as a reader will verify it before it is given:
 * its imprint, its nonce, its chain to a root, and a time that is about now.
 */
export async function requestTimestamp(
  signature: Uint8Array,
  { authority, roots, nonce, now }: TimestampTerms,
): Promise<Result<Uint8Array>> {
  const asked = await askTimestamp(signature, { authority, nonce });
  if (!asked.ok) return asked;
  const { token } = asked.value;
  const verified = verifyTimestamp(token, signature, roots);
  // mutant timestamp-is-verified-before-it-is-embedded by request-timestamp: remove
  if (!verified.ok) return refuse(verified.reason.message);
  const { earliest, latest } = verified.value;
  // mutant timestamp-of-another-day by request-timestamp: condition -> false
  if (earliest > now + LIMITS.clockSkewMs || latest < now - LIMITS.clockSkewMs)
    return refuse(`its time is ${formatInstant(latest)}, and the clock here says another one`);
  return ok(token);
}

/** The answer to a request over a signature, by its nonce; who made it is not verified. */
export async function askTimestamp(
  signature: Uint8Array,
  { authority, nonce }: Pick<TimestampTerms, 'authority' | 'nonce'>,
): Promise<Result<{ readonly response: Uint8Array; readonly token: Uint8Array }>> {
  const answer = await authority.ask(buildTimestampRequest(signature, nonce));
  if (!answer.ok) return answer;
  const token = readTimestampResponse(answer.value);
  if (!token.ok) return token;
  const read = readTimestampToken(token.value);
  if (!read.ok) return refuse(read.reason.message);
  const sent = readDer(writeUnsigned(nonce));
  // mutant timestamp-nonce by request-timestamp: condition -> false
  if (read.value.nonce === null || sent === null || !isSameBytes(read.value.nonce, sent.content))
    return refuse('it is an answer to another request (nonce)');
  return ok({ response: answer.value, token: token.value });
}

/** TimeStampReq (RFC 3161 §2.4.1), with its certificates wanted (N46). */
export function buildTimestampRequest(signature: Uint8Array, nonce: Uint8Array): Uint8Array {
  const algorithm = writeDer(TAG.sequence, writeOid('2.16.840.1.101.3.4.2.1'), writeDer(0x05));
  const digest = createHash('sha256').update(signature).digest();
  return writeDer(
    TAG.sequence,
    writeDer(TAG.integer, Buffer.from([1])),
    writeDer(TAG.sequence, algorithm, writeDer(TAG.octetString, digest)),
    writeUnsigned(nonce),
    writeDer(TAG.boolean, Buffer.from([0xff])),
  );
}

/** The token of a TimeStampResp (RFC 3161 §2.4.2) that was granted; it is not verified. */
export function readTimestampResponse(bytes: Uint8Array): Result<Uint8Array> {
  if (bytes.length > TOKEN_BYTES_MAX) return refuse(`it has over ${TOKEN_BYTES_MAX} bytes`);
  const [info, token, ...more] = readDer(bytes)?.children ?? [];
  const [status] = info?.tag === TAG.sequence ? info.children : [];
  if (status?.tag !== TAG.integer || status.content.length !== 1 || more.length > 0)
    return refuse('it is no answer of RFC 3161');
  // Granted, and granted with changes.
  const code = status.content[0] ?? 2;
  if (code > 1) return refuse(`the authority refused (status ${code})`);
  return token?.tag === TAG.sequence ? ok(token.bytes) : refuse('it holds no token');
}

function refuse(why: string): Result<never> {
  return fail(
    'TIMESTAMP_UNUSABLE',
    `the timestamp is not used, and nothing was signed: ${why}`,
    'Check --timestamp-url and --timestamp-root-cert, and the clock of this machine.',
  );
}
