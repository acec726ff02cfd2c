import type { Instant } from '../../../core/instant.ts';
import type { Result } from '../../../core/result.ts';
import type { GitCommit } from '../git/commit.ts';
import type { SignatureAlgorithm } from '../x509/algorithm.ts';

/** A private key that can be used but not seen, with the chain that says whose it is. */
export interface SigningKey {
  readonly algorithm: SignatureAlgorithm;
  /** DER, leaf to root. */
  readonly chain: readonly Uint8Array[];
  /** The signature over `data`: r‖s for ECDSA, PSS for RSA. */
  sign(data: Uint8Array): Promise<Uint8Array>;
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
 * Where signing keys live. Laws: a name is never overwritten; a key that failed to be stored whole
 * is not there at all; `open` gives only keys that match their certificate.
 */
export interface KeyStore {
  open(name: string): Promise<Result<SigningKey>>;
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

/** What a push or a branch brings: reachable from `tips` and from nothing that is known already. */
export interface CommitQuery {
  readonly tips: readonly string[];
  /**
   * Object names whose history is known; one that is not here is passed over, which only widens the
   * answer.
   */
  readonly known: readonly string[];
  /** A remote whose branches, as far as they were fetched, are known too. */
  readonly remote: string | null;
}

/**
 * Commits of one repository, as bytes that hash to the name that was asked for. Laws: replacement
 * refs, grafts and the edge of a shallow clone are not history: what lies behind a missing object
 * is a failure, never an end. A list over `max` is LIMIT_EXCEEDED, not cut short. Newest first.
 */
export interface CommitSource {
  /** Full object name of the commit that `rev` names. */
  resolve(rev: string): Promise<Result<string>>;
  /** Commits of a range as `git rev-list` takes it: `main..HEAD`. */
  listRange(text: string, max: number): Promise<Result<readonly string[]>>;
  listReachable(asked: CommitQuery, max: number): Promise<Result<readonly string[]>>;
  commit(id: string): Promise<Result<GitCommit>>;
}
