import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  formatNoteVerifier,
  type NoteVerifier,
  signNote,
} from '../../capabilities/evidence/index.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import { readSmallFile } from '../../system/files/read-file.ts';

/**
 * The key that signs the checkpoints of a log, and the newest checkpoint, in a folder: `log.key`
 * (PKCS#8 PEM, readable only by its owner), `log.vkey` (to give away) and `checkpoint.txt`.
 */
export interface LogKeeper {
  readonly verifier: NoteVerifier;
  sign(text: string): string;
  /** The signature over bytes that are no note. */
  signBytes(bytes: Uint8Array): Uint8Array;
  /** The checkpoint that was kept last, or null. */
  readKept(): Uint8Array | null;
  keep(note: string): void;
}

/** Opens the folder; the key is read, or made, at its first use. */
export function openLogKeeper(folder: string): LogKeeper {
  const path = join(folder, 'log.key');
  const kept = join(folder, 'checkpoint.txt');
  let known: KeyObject | null = null;
  const open = (): KeyObject => {
    known ??= existsSync(path) ? readKey(path) : createKey(folder, path);
    return known;
  };
  return {
    get verifier() {
      return describeKey(open());
    },
    sign: (text) => signNote(text, describeKey(open()), open()),
    signBytes: (bytes) => sign(null, bytes, open()),
    readKept: () => (existsSync(kept) ? readSmallFile(kept, LIMITS.configBytesMax) : null),
    keep: (note) => {
      writeFileSync(`${kept}.${process.pid}.partial`, note, { mode: 0o644, flush: true });
      renameSync(`${kept}.${process.pid}.partial`, kept);
    },
  };
}

function createKey(folder: string, path: string): KeyObject {
  const { privateKey } = generateKeyPairSync('ed25519');
  makeFolders(folder, 0o700);
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(path, pem, { mode: 0o600, flag: 'wx', flush: true });
  writeFileSync(join(folder, 'log.vkey'), `${formatNoteVerifier(describeKey(privateKey))}\n`);
  return privateKey;
}

function readKey(path: string): KeyObject {
  const key = parseKey(Buffer.from(readSmallFile(path, LIMITS.configBytesMax)));
  if (key?.asymmetricKeyType === 'ed25519') return key;
  const remedy = 'Restore it from a backup; a new key cannot vouch for older checkpoints.';
  throw new Failure('KEY_UNUSABLE', `${path} is not an Ed25519 key`, remedy);
}

/** OpenSSL's message is dropped: it may quote what it could not read. */
function parseKey(pem: Buffer): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}

/** The name of the log is made from its key, so that two logs never have one name. */
function describeKey(key: KeyObject): NoteVerifier {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const publicKey = new Uint8Array(spki.subarray(-32));
  const id = createHash('sha256').update(publicKey).digest('hex').slice(0, 16);
  return { name: `waybill.dev/log/${id}`, publicKey };
}
