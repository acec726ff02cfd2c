import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { fail, ok, type Result } from '../../../core/result.ts';
import { selectAlgorithm, signBytes } from '../x509/algorithm.ts';
import { parseCertificate, parseCertificates } from '../x509/certificate.ts';
import { decryptPrivateKey } from './encrypted-key.ts';
import type { SigningKey } from './port.ts';
import { decryptSigstoreKey, isSigstoreKeyFile } from './sigstore-key.ts';

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
 * A signing key from PEM: a private key and its chain, leaf first. `passphrase` opens an encrypted
 * key. Errors never contain key material or the passphrase.
 */
export function parseSigningKey(
  keyPem: string,
  chainPem: string,
  passphrase: string | null = null,
): Result<SigningKey> {
  const chain = parseCertificates(Buffer.from(chainPem));
  if (!chain.ok) return chain;
  const key = parsePrivateKey(keyPem, passphrase);
  if (!key.ok) return key;
  return createSigningKey(
    key.value,
    chain.value.map((certificate) => certificate.der),
  );
}

function parsePrivateKey(pem: string, passphrase: string | null): Result<KeyObject> {
  if (isSigstoreKeyFile(pem) && passphrase !== null) return decryptSigstoreKey(pem, passphrase);
  if (pem.includes('ENCRYPTED')) return decryptPrivateKey(pem, passphrase);
  try {
    return ok(createPrivateKey(pem));
  } catch {
    // OpenSSL's message is dropped: it may quote the text that it could not read.
    return fail('KEY_UNUSABLE', 'the private key cannot be read', 'Give PKCS#8 PEM.');
  }
}
