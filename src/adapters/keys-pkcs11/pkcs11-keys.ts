import { createPublicKey, type KeyObject } from 'node:crypto';
import { resolve } from 'node:path';
import {
  type DigestToSign,
  openServiceKey,
  parseCertificate,
  parseCertificates,
  readPassphrase,
  type SigningKey,
  type SigningKeys,
} from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { attempt, orThrow } from '../../core/result.ts';
import { readRegularFile } from '../../system/files/read-file.ts';
import { askSecret, type SecretQuestion } from '../../system/terminal/ask-secret.ts';
import { openSession, type Variables } from './pkcs11-tool.ts';
import { type Pkcs11Uri, parsePkcs11Uri } from './pkcs11-uri.ts';

/**
 * Keys in devices with a PKCS#11 library, by their URI (RFC 7512): smart cards, tokens, TPMs and
 * other hardware. The leaf is the certificate of the key on the token; `chain=FILE` gives its
 * issuers, or the whole chain. The PIN is in the file of `pin-source` or `WAYBILL_PKCS11_PIN_FILE`,
 * or is asked on the terminal when the key first signs.
 */
export function openPkcs11Keys(env: Variables, ask: SecretQuestion = askSecret): SigningKeys {
  return { open: (reference) => attempt(() => openKey(parsePkcs11Uri(reference), env, ask)) };
}

async function openKey(uri: Pkcs11Uri, env: Variables, ask: SecretQuestion): Promise<SigningKey> {
  const named = uri.chain === null ? [] : await readChain(uri.chain);
  const what = `the key ${JSON.stringify(uri.object ?? uri.id)} of the token`;
  const session = await openSession(uri, env, () => findPin(uri, env, ask));
  const certificate = await session.readObject('cert');
  const spki = await session.readObject('pubkey');
  const issuers = certificate === null ? named : named.filter((one) => !certificate.equals(one));
  const chain = certificate === null ? named : [certificate, ...issuers];
  const publicKey = spki === null ? readLeafKey(chain, what) : readPublicKey(spki);
  const queue = { last: Promise.resolve<unknown>(null) };
  const signDigest = (toSign: DigestToSign): Promise<Uint8Array> => {
    // A token has one user: a second session may be refused.
    const next = queue.last.then(() => session.sign(toSign.digest, chooseMechanism(toSign)));
    queue.last = next.catch(() => null);
    return next;
  };
  const key = orThrow(openServiceKey({ what, publicKey, form: 'jose', signDigest }, chain));
  // Where the token shows no public key, only a signature shows that the chain is that of the key.
  // mutant chain-of-another-token-key by pkcs11: condition -> false
  if (spki === null) await key.sign(PROBE);
  return key;
}

const PROBE = Buffer.from('Waybill opens a key: this text means nothing');

function readLeafKey([leaf]: readonly Uint8Array[], what: string): KeyObject {
  if (leaf !== undefined) return orThrow(parseCertificate(leaf)).publicKey;
  throw new Failure(
    'KEY_UNUSABLE',
    `there is neither a public key nor a certificate for ${what}`,
    'Check its name, or name the file with its chain: chain=FILE.',
  );
}

function readPublicKey(spki: Buffer): KeyObject {
  try {
    return createPublicKey({ key: spki, format: 'der', type: 'spki' });
  } catch {
    throw new Failure(
      'KEY_UNUSABLE',
      'the public key on the token cannot be read',
      'Use an RSA key or a key on P-256, P-384 or P-521.',
    );
  }
}

/** r‖s for ECDSA; PSS with a salt as long as the hash (N15). */
function chooseMechanism({ algorithm, hash, digest }: DigestToSign): readonly string[] {
  if (algorithm.startsWith('ES')) return ['--mechanism', 'ECDSA', '--signature-format', 'rs'];
  const name = hash.toUpperCase();
  return [
    ...['--mechanism', 'RSA-PKCS-PSS', '--hash-algorithm', name, '--mgf', `MGF1-${name}`],
    ...['--salt-len', String(digest.length)],
  ];
}

async function readChain(path: string): Promise<readonly Uint8Array[]> {
  const bytes = orThrow(await readRegularFile(resolve(path), LIMITS.configBytesMax));
  return orThrow(parseCertificates(bytes)).map(({ der }) => der);
}

async function findPin(
  { pinFile, token }: Pkcs11Uri,
  env: Variables,
  ask: SecretQuestion,
): Promise<string | null> {
  const file = pinFile ?? env['WAYBILL_PKCS11_PIN_FILE'] ?? '';
  if (file === '') return ask(`PIN of the token ${JSON.stringify(token ?? '')}: `);
  const bytes = orThrow(await readRegularFile(resolve(file), LIMITS.configBytesMax));
  return readPassphrase(Buffer.from(bytes).toString('utf8'));
}
