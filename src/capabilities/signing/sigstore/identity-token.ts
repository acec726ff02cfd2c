import { type Instant, toInstant } from '../../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8, parseJson } from '../../../formats/json/parse.ts';
import { decodeBase64Url } from '../envelopes/base64.ts';

/**
 * An identity token (OpenID Connect, a JWT) as who has it reads it. Who gives a certificate for
 * it verifies its signature; nothing here is proof of anything.
 */
export interface IdentityToken {
  /** A secret: it speaks for anyone who has it, until it expires. */
  readonly text: string;
  readonly issuer: string;
  readonly audiences: readonly string[];
  /** Null where the request had none. */
  readonly nonce: string | null;
  readonly expiresAt: Instant;
}

const TOKEN_CHARACTERS_MAX = 64 * 1024;

/** Reads a token, of which no failure shows a part. */
export function readIdentityToken(text: string, now: Instant): Result<IdentityToken> {
  const bare = text.trim();
  const claims = readClaims(bare);
  if (claims === null) return refuse('it is no JWT', REMEDY);
  const { iss, exp, nonce } = claims;
  const audiences = readAudiences(claims['aud']);
  if (typeof iss !== 'string' || typeof exp !== 'number' || audiences === null)
    return refuse('it does not say by whom it is, for whom, and how long', REMEDY);
  const expiresAt = toInstant(Math.min(Math.max(Math.floor(exp), 0), SECONDS_MAX) * 1_000);
  // mutant identity-token-that-expired by identity-token: condition -> false
  if (expiresAt <= now) return refuse('it has expired', 'Take a new one directly before.');
  const stated = typeof nonce === 'string' ? nonce : null;
  return ok({ text: bare, issuer: iss, audiences, nonce: stated, expiresAt });
}

const REMEDY = 'Give the token of an OpenID Connect provider, as it came: --identity-token.';
/** Up to the end of the year 9999. */
const SECONDS_MAX = 253_402_300_799;

/** RFC 7515 §7.1: three parts of base64url, of which the second has the claims. */
function readClaims(text: string): JsonObject | null {
  if (text.length > TOKEN_CHARACTERS_MAX) return null;
  const parts = text.split('.', 4).map(decodeBase64Url);
  const [head, body, signature] = parts;
  if (parts.length !== 3 || !head || !body || !signature) return null;
  const claims = decodeUtf8(body);
  const json = claims.ok ? parseJson(claims.value, { bytesMax: TOKEN_CHARACTERS_MAX }) : claims;
  return json.ok && isJsonObject(json.value) ? json.value : null;
}

/** RFC 7519 §4.1.3: one or several. */
function readAudiences(value: JsonValue | undefined): readonly string[] | null {
  const all = Array.isArray(value) ? (value as readonly JsonValue[]) : [value];
  const texts = all.filter((one) => typeof one === 'string');
  return texts.length === all.length ? texts : null;
}

function refuse(why: string, remedy: string): Result<never> {
  return fail('IDENTITY_UNUSABLE', `the identity token cannot be used: ${why}`, remedy);
}
