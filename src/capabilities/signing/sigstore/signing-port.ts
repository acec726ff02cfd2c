import type { Instant } from '../../../core/instant.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { Result } from '../../../core/result.ts';
import type { SigningKey } from '../keys/port.ts';
import type { TimestampAuthority } from '../timestamps/request-timestamp.ts';
import type { TrustedRoot } from './trusted-root.ts';

/** The major version of Rekor's API that a log speaks. */
export type LogVersion = 1 | 2;

/**
 * A transparency log that takes entries. Laws: `append` sends the proposal, again where the answer
 * was lost, and answers with the JSON that came, bounded in size and time; an entry that the log
 * has already is no failure. It never throws.
 */
export interface TransparencyLog {
  readonly version: LogVersion;
  /** Its host, for messages. */
  readonly name: string;
  append(proposal: JsonObject): Promise<Result<JsonObject>>;
}

/**
 * An authority of certificates (Fulcio v2). Laws: `issue` sends the request once or again, and
 * answers with the JSON that came, bounded; it never throws, and no failure contains the token.
 */
export interface CertificateAuthority {
  /** Its host, for messages. */
  readonly name: string;
  issue(request: JsonObject): Promise<Result<JsonObject>>;
}

/** Who signs in a form of sigstore, and who vouches for the signature. */
export interface BundleTerms {
  readonly key: SigningKey;
  /** How a verifier knows the signer: by the key, or by the leaf of its chain. */
  readonly signer: 'key' | 'certificate';
  /** Null: only the key vouches for the signature. */
  readonly services: VouchingServices | null;
}

export interface VouchingServices {
  readonly logs: readonly TransparencyLog[];
  readonly timestampAuthorities: readonly TimestampAuthority[];
  /** By it all that they gave is verified before anybody sees it. */
  readonly root: TrustedRoot;
  readonly now: () => Instant;
  /** Random bytes for one timestamp, at most 20. */
  readonly makeNonce: () => Uint8Array;
}
