import type { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import type { Reason, ReasonCode } from './reason.ts';
import type { CertificateRevocation } from './revocation/revocation-fact.ts';
import type { Signer } from './signer.ts';

/** A check that the level requires and this version does not do: it is never silently skipped. */
export type UncheckedCheck = 'revocation';

/** When a signature counts no more by its own dates. */
export interface SignatureEnds {
  /** The end of its chain; null where a timestamp, or no certificate, makes that not matter. */
  readonly chain: Instant | null;
  /** The expiry that its signer gave it; null for none. */
  readonly expiry: Instant | null;
}

/** A signature that no date ends. */
export const ENDLESS: SignatureEnds = { chain: null, expiry: null };

/** The earlier of both; null for never. */
export function findEnd({ chain, expiry }: SignatureEnds): Instant | null {
  if (chain === null || expiry === null) return chain ?? expiry;
  return chain < expiry ? chain : expiry;
}

/** Whether a signature may count, and what was found out about its certificates. */
export type SignatureResult<S extends Signer = Signer> = SignatureVerdict<S> & {
  /** What was asked about each certificate; absent where nothing was. */
  readonly revocation?: readonly CertificateRevocation[];
};

/** `S` are the signers of its formats. */
type SignatureVerdict<S extends Signer> =
  | {
      readonly kind: 'trusted';
      readonly signer: S;
      /**
       * The moment from which the answer would change: the expiry of the signature or of a
       * certificate. Null for never.
       */
      readonly validUntil: Instant | null;
      /** Which dates of the signature itself end it; `validUntil` has others too. */
      readonly ends: SignatureEnds;
      /**
       * `revocation` when a certificate names a revocation service and the policy requires the
       * check.
       */
      readonly unchecked: readonly UncheckedCheck[];
    }
  | {
      readonly kind: 'untrusted';
      readonly signer: S | null;
      readonly reasons: readonly [Reason, ...Reason[]];
    }
  | { readonly kind: 'undetermined'; readonly cause: Failure };

/** An untrusted result with one reason. */
export function refuseSignature<S extends Signer>(
  signer: S | null,
  code: ReasonCode,
  message: string,
): SignatureResult<S> {
  return { kind: 'untrusted', signer, reasons: [{ code, message }] };
}
