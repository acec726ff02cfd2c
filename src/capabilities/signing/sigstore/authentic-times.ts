import { formatInstant, type Instant, toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { accept, type CheckResult, reject } from '../reason.ts';
import { readTimestampResponse } from '../timestamps/request-timestamp.ts';
import { verifyTimestamp } from '../timestamps/verify-token.ts';
import { isWithin, type TrustedAuthority } from './trusted-root.ts';

/**
 * A timestamp over the signature, by an authority of the trusted root within the time of that
 * authority (A58: not within that of another one).
 */
export function readAuthenticTime(
  response: Uint8Array,
  signature: Uint8Array,
  authorities: readonly TrustedAuthority[],
  now: Instant,
): CheckResult<Instant> {
  const token = readTimestampResponse(response);
  if (!token.ok) return reject('timestamp-malformed', token.failure.message);
  let why = 'the trusted root has no timestamp authority';
  for (const authority of authorities) {
    const checked = checkAuthority(token.value, signature, authority, now);
    if (checked.ok) return checked;
    why = checked.reason.message;
  }
  return reject('timestamp-unverified', why);
}

function checkAuthority(
  token: Uint8Array,
  signature: Uint8Array,
  authority: TrustedAuthority,
  now: Instant,
): CheckResult<Instant> {
  const { certificates, window } = authority;
  const root = certificates.at(-1) ?? certificates[0];
  const verified = verifyTimestamp(token, signature, [root], certificates);
  if (!verified.ok) return verified;
  const { earliest, latest, chain } = verified.value;
  const [own] = certificates;
  // The document names the signer itself, unless it names only authorities.
  // mutant timestamp-by-another-signer-of-the-authority: condition -> false
  if (!own.handle.ca && own.thumbprint !== chain.certificates[0].thumbprint)
    return refuse('it is by another signer than the one of the trusted root');
  // Its accuracy is on both sides of its time; sigstore's certificates live only for minutes, and
  // clients compare the time itself.
  const at = toInstant((earliest + latest) / 2);
  // mutant timestamp-outside-the-window: condition -> false
  if (!isWithin(window, at))
    return refuse(`it is of ${formatInstant(at)}, outside the time of its authority (A51)`);
  // mutant timestamp-of-tomorrow: condition -> false
  if (at > now + LIMITS.clockSkewMs)
    return refuse(`it is of ${formatInstant(at)}, which is in the future`);
  return accept(at);
}

function refuse(why: string): CheckResult<never> {
  return reject('timestamp-unverified', `the timestamp does not count: ${why}`);
}
