import { createCipheriv, createPrivateKey, type KeyObject, scryptSync } from 'node:crypto';
import { fail, ok, type Result } from '../../../core/result.ts';
import { type DerNode, formatOid, readDer, TAG } from '../../../formats/der/der.ts';
import { writePem } from '../../../formats/der/pem.ts';
import { writeDer, writeOid, writeUnsigned } from '../../../formats/der/write.ts';

/** RFC 8018 appendix A.4, RFC 7914 §7, and the ciphers and hashes of NIST. */
const OIDS = {
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  scrypt: '1.3.6.1.4.1.11591.4.11',
  aes256: '2.16.840.1.101.3.4.1.42',
} as const;

/** OpenSSL reads scrypt up to 32 MiB; five times the work makes up for the small memory. */
const SCRYPT = { N: 16_384, r: 8, p: 5 } as const;
const SCRYPT_BYTES_MAX = 32 * 1024 * 1024;
const SCRYPT_ROUNDS_MAX = 16;
const PBKDF2_ITERATIONS_MAX = 10_000_000;
const KEY_BYTES = 32;
const PASSPHRASE_BYTES_MAX = 1_024;

/**
 * PKCS#8 PEM of a key, encrypted with scrypt and AES-256 (PBES2, RFC 8018 §6.2). OpenSSL reads it.
 *
 * @example encryptPrivateKey(privateKey, 'correct horse', randomBytes)
 */
export function encryptPrivateKey(
  key: KeyObject,
  passphrase: string,
  random: (bytes: number) => Uint8Array,
): string {
  const salt = random(16);
  const iv = random(16);
  const { N, r, p } = SCRYPT;
  const secret = scryptSync(passphrase, salt, KEY_BYTES, { N, r, p });
  const cipher = createCipheriv('aes-256-cbc', secret, iv);
  const plain = key.export({ type: 'pkcs8', format: 'der' });
  const data = Buffer.concat([cipher.update(plain), cipher.final()]);
  const costs = [N, r, p].map((cost) => writeUnsigned(Uint8Array.of(cost >> 8, cost & 0xff)));
  const kdf = [writeOid(OIDS.scrypt), sequence(octets(salt), ...costs)];
  const cipherName = [writeOid(OIDS.aes256), octets(iv)];
  const parameters = sequence(sequence(...kdf), sequence(...cipherName));
  const der = sequence(sequence(writeOid(OIDS.pbes2), parameters), octets(data));
  return writePem('ENCRYPTED PRIVATE KEY', der);
}

/** The key in encrypted PKCS#8 PEM. What its passphrase costs is bounded before it is tried. */
export function decryptPrivateKey(pem: string, passphrase: string | null): Result<KeyObject> {
  if (passphrase === null || passphrase === '') {
    return fail(
      'KEY_UNUSABLE',
      'the private key is encrypted, and there is no passphrase',
      'Name a file with it: WAYBILL_KEY_PASSPHRASE_FILE=FILE.',
    );
  }
  const cost = checkCost(pem);
  if (!cost.ok) return cost;
  try {
    return ok(createPrivateKey({ key: pem, format: 'pem', passphrase }));
  } catch {
    // OpenSSL's message is dropped: it may quote the text that it could not read.
    return fail(
      'KEY_UNUSABLE',
      'the private key cannot be decrypted',
      'Check the passphrase, and that the key is PKCS#8.',
    );
  }
}

/** The passphrase in a file or a variable: its first line; null for none that may be used. */
export function readPassphrase(text: string): string | null {
  const line = text.split(/\r?\n/, 1)[0] ?? '';
  return line === '' || Buffer.byteLength(line) > PASSPHRASE_BYTES_MAX ? null : line;
}

function checkCost(pem: string): Result<void> {
  const [, body = ''] =
    /-----BEGIN ENCRYPTED PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(pem) ?? [];
  const kdf = readDer(Buffer.from(body, 'base64'))?.children[0]?.children[1]?.children[0];
  const [oid, parameters] = kdf?.children ?? [];
  const numbers = (parameters?.children ?? [])
    .filter(({ tag }) => tag === TAG.integer)
    .map(toCount);
  // mutant key-that-costs-too-much by encrypted-key: condition -> false
  if (oid === undefined || !isAffordable(formatOid(oid), numbers)) {
    return fail(
      'KEY_UNUSABLE',
      'the private key is encrypted in a way that is not read, or that costs too much',
      'Encrypt it again: openssl pkcs8 -topk8 -scrypt -in KEY -out KEY.pem.',
    );
  }
  return ok(undefined);
}

function isAffordable(kdf: string | null, numbers: readonly number[]): boolean {
  const [first = Number.NaN, r = Number.NaN, p = Number.NaN] = numbers;
  if (kdf === OIDS.pbkdf2) return first <= PBKDF2_ITERATIONS_MAX;
  return kdf === OIDS.scrypt && 128 * first * r <= SCRYPT_BYTES_MAX && p <= SCRYPT_ROUNDS_MAX;
}

function toCount({ content }: DerNode): number {
  return content.length > 6 ? Number.NaN : Number(`0x${Buffer.from(content).toString('hex')}`);
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return writeDer(TAG.sequence, ...parts);
}

function octets(bytes: Uint8Array): Buffer {
  return writeDer(TAG.octetString, bytes);
}
