import type { Instant } from '../../core/instant.ts';

/**
 * The verified identity behind a signature, by the format of the signature. In an untrusted result
 * it is only a claim.
 */
export type Signer = NotarySigner | SshSigner;

/** Who signed an artifact in an envelope of the Notary Project: a certificate and its chain. */
export interface NotarySigner {
  readonly format: 'notary-jws' | 'notary-cose';
  /** The subject of the leaf, as notation prints it: `CN=release,O=Shop,ST=WA,C=US`. */
  readonly identity: string;
  /** SHA-256 of the leaf, lower-case hex. */
  readonly thumbprint: string;
  /** The thumbprints of the complete chain, leaf first. */
  readonly thumbprints: readonly string[];
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
