import type { Instant } from '../../core/instant.ts';

/**
 * The verified identity behind a signature, by the format of the signature. In an untrusted result
 * it is a claim and no more.
 */
export type Signer = NotarySigner | SshSigner;

/** Who signed an artifact in a JWS envelope of the Notary Project: a certificate and its chain. */
export interface NotarySigner {
  readonly format: 'notary-jws';
  /** The subject of the leaf, as notation prints it: `CN=release,O=Shop,ST=WA,C=US`. */
  readonly identity: string;
  /** SHA-256 of the leaf, lower-case hex. */
  readonly thumbprint: string;
  /** Of the whole chain, leaf first. */
  readonly thumbprints: readonly string[];
  /** The trust store that vouches for the chain (`ca:acme`), or null. */
  readonly trustStore: string | null;
  /**
   * When the signer says that it signed; only a signing authority's or a timestamp makes it more
   * than its word.
   */
  readonly signedAt: Instant | null;
}

/** Who signed a commit with an SSH key. */
export interface SshSigner {
  readonly format: 'ssh';
  /**
   * As the file of allowed signers writes it, and as git shows it (%GS); null where no line has the
   * key.
   */
  readonly principal: string | null;
  /** `SHA256:…`, as ssh-keygen prints it. */
  readonly fingerprint: string;
}

/** A signer as records, facts and output show it, whatever the format. */
export interface SignerDescription {
  readonly format: Signer['format'];
  readonly identity: string;
  /** Of the certificate or key; null for a format that has neither. */
  readonly thumbprint: string | null;
}

/** @example describeSigner(signer).identity */
export function describeSigner(signer: Signer): SignerDescription {
  switch (signer.format) {
    case 'notary-jws':
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

/** When the signature says that it was made; null where its format says nothing of it. */
export function readSigningTime(signer: Signer): Instant | null {
  return signer.format === 'notary-jws' ? signer.signedAt : null;
}
