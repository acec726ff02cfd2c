import { createHash, type KeyObject } from 'node:crypto';
import { Failure } from '../../../core/failure.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import {
  fromDerForm,
  type SignatureAlgorithm,
  type SignatureForm,
  selectAlgorithm,
  selectHash,
  verifyBytes,
} from '../x509/algorithm.ts';
import { parseCertificate } from '../x509/certificate.ts';
import type { SigningKey } from './port.ts';

/** What is signed: the hash of the text, and the algorithm that the key must sign it with. */
export interface DigestToSign {
  readonly algorithm: SignatureAlgorithm;
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  readonly digest: Uint8Array;
  /** The text itself, for who hashes it. */
  readonly data: Uint8Array;
}

/** A private key that a service or a device keeps and signs with. */
export interface ServiceKey {
  /** Its name in messages: `the key release of vault.example.com`. */
  readonly what: string;
  /** As the service states it. */
  readonly publicKey: KeyObject;
  /** How the service writes an ECDSA signature. */
  readonly form: SignatureForm;
  /** Throws a Failure that has no secret in it. */
  signDigest(toSign: DigestToSign): Promise<Uint8Array>;
}

/**
 * A signing key that somebody else keeps, with its chain, leaf first. Each signature is checked
 * with the certificate before anybody sees it: a service that takes another salt, another hash or
 * another form is found here and not by those who verify.
 */
export function openServiceKey(
  service: ServiceKey,
  chain: readonly Uint8Array[],
): Result<SigningKey> {
  const { what, publicKey } = service;
  const algorithm = selectAlgorithm(publicKey);
  if (algorithm === null) {
    return fail(
      'KEY_UNUSABLE',
      `${what} is of a kind that may not sign (N16)`,
      'Use an RSA key of 2048, 3072 or 4096 bits or an EC key on P-256, P-384 or P-521.',
    );
  }
  const [leafDer] = chain;
  if (leafDer === undefined) {
    return fail(
      'KEY_UNUSABLE',
      `${what} has no certificate`,
      'Name a PEM file with its chain, leaf first: KEY?chain=FILE.',
    );
  }
  const leaf = parseCertificate(leafDer);
  if (!leaf.ok) return leaf;
  // mutant certificate-of-another-service-key by keys-service: condition -> false
  if (!leaf.value.publicKey.equals(publicKey)) {
    return fail(
      'KEY_UNUSABLE',
      `the certificate is not for ${what}`,
      'Give the chain of this key, leaf first.',
    );
  }
  const checked = leaf.value.publicKey;
  return ok({ algorithm, chain, sign: (data) => signChecked(service, algorithm, checked, data) });
}

async function signChecked(
  service: ServiceKey,
  algorithm: SignatureAlgorithm,
  publicKey: KeyObject,
  data: Uint8Array,
): Promise<Uint8Array> {
  const hash = selectHash(algorithm);
  const digest = createHash(hash).update(data).digest();
  const given = await service.signDigest({ algorithm, hash, digest, data });
  const isDer = service.form === 'der' && algorithm.startsWith('ES');
  const signature = isDer ? fromDerForm(algorithm, given) : given;
  // mutant signature-of-a-service-unchecked by keys-service: condition -> signature === null
  if (signature === null || !verifyBytes(algorithm, publicKey, data, signature, 'jose')) {
    throw new Failure(
      'KEY_UNUSABLE',
      `${service.what} gave no signature with ${algorithm} that its certificate verifies`,
      algorithm.startsWith('PS')
        ? 'Use a key that signs with PSS, and with a salt as long as the hash.'
        : 'Check that the chain belongs to this key and version.',
    );
  }
  return signature;
}
