import type { Instant } from '../../core/instant.ts';

/**
 * The verified identity behind a signature, by the format of the signature. In an untrusted result
 * it is only a claim.
 */
export type Signer = NotarySigner | SigstoreSigner | SshSigner;

/** Who signed an artifact in an envelope of the Notary Project: a certificate and its chain. */
export interface NotarySigner {
  readonly format: 'notary-jws' | 'notary-cose';
  /** The subject of the leaf, as notation prints it: `CN=release,O=Shop,ST=WA,C=US`. */
  readonly identity: string;
  /** SHA-256 of the leaf, lower-case hex. */
  readonly thumbprint: string;
  /** The thumbprints of the complete chain, leaf first. */
  readonly thumbprints: readonly string[];
  /** SHA-256 of each SubjectPublicKeyInfo of the chain, lower-case hex, leaf first. */
  readonly keys: readonly string[];
  /** The trust store that vouches for the chain (`ca:acme`), or null. */
  readonly trustStore: string | null;
  /**
   * The signing time that the signer states. Only a signing authority or a timestamp makes it more
   * than a claim.
   */
  readonly signedAt: Instant | null;
  /**
   * Absent where only the signer says when: at the latest then a timestamp or a signing authority
   * shows it signed.
   */
  readonly signedBy?: Instant;
}

/** Who signed in a form of sigstore: a certificate that a token was exchanged for, or a key. */
export interface SigstoreSigner {
  readonly format: 'sigstore-bundle' | 'cosign-legacy';
  /** The one name of the certificate; of a key `key sha256:` and the hash of it. */
  readonly identity: string;
  /** Of the identity token; null for a key. */
  readonly issuer: string | null;
  /** What else the certificate says, by name: `sourceRepositoryUri`. */
  readonly claims: Readonly<Record<string, string>>;
  /** SHA-256 of the certificate, or of the SubjectPublicKeyInfo of the key, lower-case hex. */
  readonly thumbprint: string;
  /** The trusted roots that vouch for chain, log entry and time; of a key, for its log entry. */
  readonly trustedRoots: readonly string[];
  /** How many different logs of one root have it. */
  readonly logs: number;
  /** Why a root does not vouch for the log entry of a key; null where none was asked. */
  readonly unproven: string | null;
  /** The first and the last moment that a trusted root proves. */
  readonly signedAt: Instant | null;
  readonly signedBy?: Instant;
}

/** Who signed a commit with an SSH key. */
export interface SshSigner {
  readonly format: 'ssh';
  /**
   * As in the file of allowed signers, and as git shows it (%GS); null when no line has the key.
   */
  readonly principal: string | null;
  /** `SHA256:…`, as ssh-keygen prints it. */
  readonly fingerprint: string;
}

/** A signer of any format, as records, facts and output show it. */
export interface SignerDescription {
  readonly format: Signer['format'];
  readonly identity: string;
  /** The thumbprint of the certificate or key; null for a format that has neither. */
  readonly thumbprint: string | null;
}

/** @example describeSigner(signer).identity */
export function describeSigner(signer: Signer): SignerDescription {
  switch (signer.format) {
    case 'notary-jws':
    case 'notary-cose':
    case 'sigstore-bundle':
    case 'cosign-legacy':
      return {
        format: signer.format,
        identity: signer.identity,
        thumbprint: signer.thumbprint,
      };
    case 'ssh':
      return {
        format: signer.format,
        identity: signer.principal ?? signer.fingerprint,
        thumbprint: signer.fingerprint,
      };
  }
}

/** The time at which the signature says that it was made; null when its format has no time. */
export function readSigningTime(signer: Signer): Instant | null {
  return signer.format === 'ssh' ? null : signer.signedAt;
}
