import { createPrivateKey, createPublicKey, type KeyObject, scryptSync } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { readPem } from '../../../formats/der/pem.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { decodeBase64 } from '../envelopes/base64.ts';
import { selectAlgorithm, signBytes } from '../x509/algorithm.ts';
import type { SigningKey } from './port.ts';
import { openSecretbox } from './secretbox.ts';

/** S18: how cosign, and other tools of sigstore, call a file with a private key. */
const LABELS: ReadonlySet<string> = new Set([
  'ENCRYPTED COSIGN PRIVATE KEY',
  'ENCRYPTED SIGSTORE PRIVATE KEY',
]);
const FILE_BYTES_MAX = 64 * 1024;
/** cosign takes 64 MiB; what a file asks for above this is refused before it is done. */
const SCRYPT_BYTES_MAX = 128 * 1024 * 1024;
const SCRYPT_ROUNDS_MAX = 16;

/** Whether the text is a private key of sigstore's tools, encrypted. */
export function isSigstoreKeyFile(pem: string): boolean {
  return [...LABELS].some((label) => pem.includes(`-----BEGIN ${label}-----`));
}

/**
 * The private key in a file of cosign (S18): scrypt and a box of NaCl. An empty passphrase is one
 * too. What the passphrase costs is bounded before it is tried.
 */
export function decryptSigstoreKey(pem: string, passphrase: string): Result<KeyObject> {
  const parts = readParts(pem);
  if (parts === null)
    return refuse('is malformed, or is encrypted in a way that is not read', 'Make it again.');
  const { N, r, p, salt, nonce, box } = parts;
  // mutant sigstore-key-that-costs-too-much by cosign-keys: condition -> false
  if (128 * N * r > SCRYPT_BYTES_MAX || p > SCRYPT_ROUNDS_MAX)
    return refuse('costs too much to decrypt', 'Make it again with the parameters of cosign.');
  const opened = open(() => {
    const secret = scryptSync(passphrase, salt, 32, { N, r, p, maxmem: 2 * SCRYPT_BYTES_MAX });
    return openSecretbox(box, nonce, secret);
  });
  if (opened === null) return refuse('cannot be decrypted', 'Check the passphrase.');
  const key = open(() =>
    createPrivateKey({ key: Buffer.from(opened), format: 'der', type: 'pkcs8' }),
  );
  return key === null ? refuse('is no PKCS#8', 'Make it again.') : ok(key);
}

/**
 * A key that has no certificate: who verifies knows its public key. It signs in the forms of
 * sigstore only.
 */
export function createBareKey(privateKey: KeyObject): Result<SigningKey> {
  const algorithm = selectAlgorithm(privateKey);
  if (algorithm !== 'ES256')
    return refuse('is not on P-256', 'Make one with cosign generate-key-pair.');
  const sign = (data: Uint8Array) =>
    Promise.resolve(signBytes(algorithm, privateKey, data, 'jose'));
  return ok({ algorithm, chain: [], bareKey: createPublicKey(privateKey), sign });
}

interface KeyParts {
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Uint8Array;
  readonly nonce: Uint8Array;
  readonly box: Uint8Array;
}

/** `{"kdf":{"name","params":{"N","r","p"},"salt"},"cipher":{"name","nonce"},"ciphertext"}` */
function readParts(pem: string): KeyParts | null {
  const [block, ...others] = pem.length > FILE_BYTES_MAX ? [] : (readPem(pem) ?? []);
  if (block === undefined || others.length > 0 || !LABELS.has(block.label)) return null;
  const json = parseJson(block.bytes, { bytesMax: FILE_BYTES_MAX });
  const file = takeObject(json.ok ? json.value : null);
  const [kdf, cipher] = [takeObject(file['kdf']), takeObject(file['cipher'])];
  const params = takeObject(kdf['params']);
  const [N, r, p] = [params['N'], params['r'], params['p']];
  const [salt, nonce] = [decodeBase64(kdf['salt']), decodeBase64(cipher['nonce'])];
  const box = decodeBase64(file['ciphertext']);
  if (kdf['name'] !== 'scrypt' || cipher['name'] !== 'nacl/secretbox') return null;
  if (!isCount(N) || !isCount(r) || !isCount(p)) return null;
  return salt === null || nonce === null || box === null ? null : { N, r, p, salt, nonce, box };
}

function isCount(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

function takeObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** The message of OpenSSL is dropped: it may quote what it could not read. */
function open<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function refuse(why: string, remedy: string): Result<never> {
  return fail('KEY_UNUSABLE', `the private key of sigstore ${why}`, remedy);
}
