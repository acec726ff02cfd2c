import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { fail, ok, type Result } from '../../../core/result.ts';
import { selectAlgorithm, signBytes } from '../x509/algorithm.ts';
import { parseCertificate, parseCertificates } from '../x509/certificate.ts';
import type { SigningKey } from './port.ts';

const REMEDY =
  'Use an RSA key of 2048, 3072 or 4096 bits or an EC key on P-256, P-384 or P-521, with its ' +
  'certificate chain.';

/**
 * A signing key from a private key in memory and its chain, leaf first.
 *
 * @example createSigningKey(privateKey, [leafDer, rootDer])
 */
export function createSigningKey(
  privateKey: KeyObject,
  chain: readonly Uint8Array[],
): Result<SigningKey> {
  const algorithm = selectAlgorithm(privateKey);
  if (algorithm === null)
    return fail('KEY_UNUSABLE', 'the key is of a kind that may not sign (N16)', REMEDY);
  const [leafDer] = chain;
  if (leafDer === undefined) return fail('KEY_UNUSABLE', 'the key has no certificate', REMEDY);
  const leaf = parseCertificate(leafDer);
  if (!leaf.ok) return leaf;
  if (!leaf.value.publicKey.equals(createPublicKey(privateKey))) {
    return fail(
      'KEY_UNUSABLE',
      'the certificate is not for this key',
      'Give the chain of this key, leaf first.',
    );
  }
  const sign = (data: Uint8Array) =>
    Promise.resolve(signBytes(algorithm, privateKey, data, 'jose'));
  return ok({ algorithm, chain, sign });
}

/**
 * A signing key from PEM: an unencrypted private key and its chain, leaf first. Errors never
 * contain key material.
 */
export function parseSigningKey(keyPem: string, chainPem: string): Result<SigningKey> {
  if (keyPem.includes('ENCRYPTED')) {
    return fail(
      'KEY_UNUSABLE',
      'the private key is encrypted',
      'Decrypt it, or keep it in a key store.',
    );
  }
  const chain = parseCertificates(Buffer.from(chainPem));
  if (!chain.ok) return chain;
  const key = parsePrivateKey(keyPem);
  if (key === null)
    return fail('KEY_UNUSABLE', 'the private key cannot be read', 'Give PKCS#8 PEM.');
  return createSigningKey(
    key,
    chain.value.map((certificate) => certificate.der),
  );
}

function parsePrivateKey(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null; // OpenSSL's message is dropped: it may quote the text that it could not read
  }
}
