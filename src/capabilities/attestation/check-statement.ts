import { quoteText, type Reason } from '../signing/index.ts';
import {
  IN_TOTO_TYPE,
  isAbout,
  OLDER_STATEMENT_TYPE,
  parseStatement,
  STATEMENT_TYPE,
} from './statement.ts';

/** What cosign states about an image that it signs (S1). */
export const COSIGN_SIGN_TYPE = 'https://sigstore.dev/cosign/sign/v1';

/** A signed payload, and what it must say. */
export interface StatementClaim {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  /** `sha256:` or `sha512:`; the statement must be about it (A63). */
  readonly digest: string;
  /** The only type of predicate that is accepted (A46); null for any. */
  readonly predicateType: string | null;
}

/** Why a signed payload is not the expected statement about this subject (S14); empty if it is. */
export function checkStatement(claim: StatementClaim): readonly Reason[] {
  const { payloadType, payload, digest, predicateType } = claim;
  // mutant signed-payload-of-another-type by sigstore-images: condition -> false
  if (payloadType !== IN_TOTO_TYPE)
    return [{ code: 'content-type', message: `the payload is ${quoteText(payloadType)} (A62)` }];
  const read = parseStatement(payload, [STATEMENT_TYPE, OLDER_STATEMENT_TYPE]);
  if (!read.ok) return [{ code: 'payload-malformed', message: read.failure.message }];
  const reasons: Reason[] = [];
  // mutant signed-statement-about-another-image by sigstore-images: condition -> true
  if (!isAbout(read.value, digest))
    reasons.push({ code: 'target-mismatch', message: `the statement is not about ${digest}` });
  const stated = read.value.predicateType;
  // mutant signed-statement-of-another-type by sigstore-images: condition -> false
  if (predicateType !== null && stated !== predicateType)
    reasons.push({
      code: 'predicate-type',
      message: `it states ${quoteText(stated)}, not ${predicateType}`,
    });
  return reasons;
}
