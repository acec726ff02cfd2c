import type { Instant } from '../../../core/instant.ts';
import type { Result } from '../../../core/result.ts';
import type { SignatureAlgorithm } from '../x509/algorithm.ts';

/** A private key that can be used but not seen, with the chain that says whose it is. */
export interface SigningKey {
  readonly algorithm: SignatureAlgorithm;
  /** DER, leaf to root. */
  readonly chain: readonly Uint8Array[];
  /** The signature over `data`: r‖s for ECDSA, PSS for RSA. */
  sign(data: Uint8Array): Promise<Uint8Array>;
}

/**
 * Where keys that sign are, and all that a key in hardware or in a service needs. Laws: `open`
 * gives only a key that matches the leaf of its chain; a key that is not there, may not be used or
 * is named wrongly is a failure, never a throw; no failure carries key material; an opened key
 * signs any number of times, also at once.
 */
export interface SigningKeys {
  /** `reference` is what stands behind the scheme of a key's name: of a file its name. */
  open(reference: string): Promise<Result<SigningKey>>;
}

export type KeyKind = 'p256' | 'rsa3072';

export interface KeyRequest {
  /** Letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  /** A distinguished name: `CN=release,O=Shop,ST=WA,C=US`. */
  readonly subject: string;
  readonly kind: KeyKind;
}

export interface TrialRequest extends KeyRequest {
  readonly validFrom: Instant;
  readonly validUntil: Instant;
}

export interface KeyInfo {
  readonly name: string;
  /** Null while a certificate has been requested and not come back. */
  readonly certificate: {
    readonly subject: string;
    readonly thumbprint: string;
    readonly validUntil: Instant;
  } | null;
}

/**
 * Where keys are made and get their certificates. Laws: a name is never overwritten; a key that
 * failed to be stored whole is not there at all; what has its chain can be opened.
 */
export interface KeyEnrolment {
  list(): Promise<Result<readonly KeyInfo[]>>;
  /**
   * A leaf for trying out, under a root made for it alone, whose private key is forgotten: PEM of
   * the root.
   */
  createTrial(request: TrialRequest): Promise<Result<{ readonly rootPem: string }>>;
  /** A key that waits for its certificate: PEM of the PKCS#10 request. */
  createRequest(request: KeyRequest): Promise<Result<{ readonly requestPem: string }>>;
  /** Stores the chain (PEM, leaf first) that an authority gave for a requested key. */
  addChain(name: string, chainPem: string): Promise<Result<void>>;
}

/** A place for keys. */
export interface KeyStore {
  readonly keys: SigningKeys;
  /** Null where keys are made elsewhere. */
  readonly enrolment: KeyEnrolment | null;
}
