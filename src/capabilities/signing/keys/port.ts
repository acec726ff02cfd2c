import type { KeyObject } from 'node:crypto';
import type { Instant } from '../../../core/instant.ts';
import type { Result } from '../../../core/result.ts';
import type { EnvelopeForm } from '../envelopes/envelope-form.ts';
import type { SignatureAlgorithm } from '../x509/algorithm.ts';

/** A private key that can be used but not read, with the chain that names its owner. */
export interface SigningKey {
  readonly algorithm: SignatureAlgorithm;
  /** DER, leaf to root; empty where there is a `bareKey`. */
  readonly chain: readonly Uint8Array[];
  /** The public key of a key without a certificate, which signs in the forms of sigstore only. */
  readonly bareKey?: KeyObject;
  /** The signature over `data`: r‖s for ECDSA, PSS for RSA. */
  sign(data: Uint8Array): Promise<Uint8Array>;
  /**
   * There where the store makes whole Notary Project envelopes and nothing else; `sign` then throws
   * a Failure. The chain may differ from one envelope to the next.
   */
  readonly makeEnvelope?: (request: EnvelopeRequest) => Promise<Uint8Array>;
}

/** What a store is asked that makes whole envelopes. */
export interface EnvelopeRequest {
  readonly form: EnvelopeForm;
  /** A Notary Project payload, to be signed as it is or with more annotations (N10). */
  readonly payload: Uint8Array;
  /** Whole seconds from now; null for a signature that does not expire. */
  readonly expiresInS: number | null;
}

/**
 * A store of signing keys. A key in hardware or in a service needs nothing more. Laws: `open` gives
 * only a key that matches the leaf of its chain. An absent key, a key that may not be used or a
 * malformed name is a failure, never a throw. No failure contains key material. An opened key signs
 * any number of times, also at the same time.
 */
export interface SigningKeys {
  /** `reference` is the part of a key's name after the scheme: for a file, its name. */
  open(reference: string): Promise<Result<SigningKey>>;
}

export type KeyKind = 'p256' | 'rsa3072';

export interface KeyRequest {
  /** Letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  /** A distinguished name: `CN=release,O=Shop,ST=WA,C=US`. */
  readonly subject: string;
  readonly kind: KeyKind;
  /** Whether the store encrypts it with the passphrase of the user. */
  readonly encrypt?: boolean;
}

export interface TrialRequest extends KeyRequest {
  readonly validFrom: Instant;
  readonly validUntil: Instant;
}

export interface KeyInfo {
  readonly name: string;
  /** Null while a requested certificate has not been issued. */
  readonly certificate: {
    readonly subject: string;
    readonly thumbprint: string;
    /** When the first certificate of its chain ends: from then on the key cannot sign. */
    readonly validUntil: Instant;
  } | null;
}

/**
 * A store that makes keys and takes their certificates. Laws: a name is never overwritten; a key
 * that could not be stored completely is absent; a key with its chain can be opened.
 */
export interface KeyEnrolment {
  list(): Promise<Result<readonly KeyInfo[]>>;
  /**
   * A leaf for trials, under a root that is made only for it and whose private key is not kept: PEM
   * of the root.
   */
  createTrial(request: TrialRequest): Promise<Result<{ readonly rootPem: string }>>;
  /** A key that waits for its certificate: PEM of the PKCS#10 request. */
  createRequest(request: KeyRequest): Promise<Result<{ readonly requestPem: string }>>;
  /** Stores the chain (PEM, leaf first) that an authority gave for a requested key. */
  addChain(name: string, chainPem: string): Promise<Result<void>>;
}

/** A store of keys. */
export interface KeyStore {
  readonly keys: SigningKeys;
  /** Null when keys are made elsewhere. */
  readonly enrolment: KeyEnrolment | null;
}
