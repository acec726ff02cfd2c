import { resolve } from 'node:path';
import {
  createBareKey,
  decryptSigstoreKey,
  isSigstoreKeyFile,
  type SigningKey,
  type SigningKeys,
} from '../../capabilities/signing/index.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { readPrivateFile } from '../../system/files/read-file.ts';
import { askSecret, type SecretQuestion } from '../../system/terminal/ask-secret.ts';
import { findPassphrase, type Variables } from './passphrase.ts';

/**
 * Keys in files of cosign: the reference is the path. The passphrase is looked for as that of any
 * other key, and then in `COSIGN_PASSWORD`, where it may be empty.
 */
export function openSigstoreKeys(env: Variables, ask: SecretQuestion = askSecret): SigningKeys {
  return { open: (path) => openFile(path, env, ask) };
}

async function openFile(
  path: string,
  env: Variables,
  ask: SecretQuestion,
): Promise<Result<SigningKey>> {
  const bytes = await readPrivateFile(resolve(path));
  if (!bytes.ok) return bytes;
  const pem = Buffer.from(bytes.value).toString('latin1');
  if (!isSigstoreKeyFile(pem))
    return fail(
      'KEY_UNUSABLE',
      `${path} is no encrypted private key of sigstore`,
      'Make one with cosign generate-key-pair, or use a key of Waybill: waybill key generate.',
    );
  const passphrase = await findOne(env, ask);
  if (!passphrase.ok) return passphrase;
  const key = decryptSigstoreKey(pem, passphrase.value);
  return key.ok ? createBareKey(key.value) : key;
}

async function findOne(env: Variables, ask: SecretQuestion): Promise<Result<string>> {
  const own = env['WAYBILL_KEY_PASSPHRASE_FILE'] || env['WAYBILL_KEY_PASSPHRASE'];
  const theirs = env['COSIGN_PASSWORD'];
  if (!own && theirs !== undefined) return ok(theirs);
  const found = await findPassphrase(env, ask)('open');
  if (!found.ok) return found;
  if (found.value !== null) return ok(found.value);
  return fail(
    'KEY_UNUSABLE',
    'the private key is encrypted, and there is no passphrase',
    'Name a file with it: WAYBILL_KEY_PASSPHRASE_FILE=FILE.',
  );
}
