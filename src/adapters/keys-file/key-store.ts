import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  buildAuthorityExtensions,
  buildCertificate,
  buildName,
  buildRequest,
  buildSignerExtensions,
  encryptPrivateKey,
  formatName,
  type KeyEnrolment,
  type KeyInfo,
  type KeyKind,
  type KeyRequest,
  parseCertificates,
  parseNameText,
  parseSigningKey,
  type SigningKey,
  type SigningKeys,
  type TrialRequest,
  validateChain,
} from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { attempt, fail, failed, ok, orThrow, type Result } from '../../core/result.ts';
import { writeChainPem, writePem } from '../../formats/der/pem.ts';
import { isAbsent, toFileFailure } from '../../system/files/errno.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import { readPrivateFile, readRegularFile } from '../../system/files/read-file.ts';
import { writeNewFiles } from '../../system/files/write-new.ts';
import { askSecret, type SecretQuestion } from '../../system/terminal/ask-secret.ts';
import { findPassphrase, type PassphraseFinder, type Variables } from './passphrase.ts';

const NAME = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}$/;

/**
 * Signing keys in a folder: `name.key` (PKCS#8 PEM, readable only by its owner) and `name.crt` (the
 * chain, leaf first), in the layout of notation. `name.csr` is there while the certificate is
 * pending.
 */
export function openKeyStore(
  folder: string,
  env: Variables = {},
  ask: SecretQuestion = askSecret,
): SigningKeys & KeyEnrolment {
  const place = { folder, findPassphrase: findPassphrase(env, ask) };
  return {
    open: (name) => openKey(place, name),
    list: () => attempt(() => listKeys(folder)),
    createTrial: (request) => attempt(() => createTrial(place, request)),
    createRequest: (request) => attempt(() => createRequest(place, request)),
    addChain: (name, chainPem) => attempt(() => addChain(place, name, chainPem)),
  };
}

interface Place {
  readonly folder: string;
  readonly findPassphrase: PassphraseFinder;
}

async function openKey(place: Place, name: string): Promise<Result<SigningKey>> {
  const { folder } = place;
  const files = locateFiles(folder, name);
  if (!files.ok) return files;
  const chain = await readRegularFile(files.value.chain, LIMITS.configBytesMax);
  const key = await readPrivateFile(files.value.key);
  if (!key.ok) {
    if (key.failure.code !== 'FILE_NOT_FOUND') return key;
    return fail(
      'FILE_NOT_FOUND',
      `there is no key ${name}: ${key.failure.message}`,
      'Make one: waybill key generate. See those there are: waybill key list.',
    );
  }
  if (!chain.ok) {
    if (chain.failure.code !== 'FILE_NOT_FOUND') return chain;
    return fail(
      'KEY_UNUSABLE',
      `the key ${name} has no certificate yet`,
      'Add the certificate chain that the authority issued.',
    );
  }
  return parseKey(place, key.value, Buffer.from(chain.value).toString('latin1'));
}

/** The passphrase is looked for only where a key needs it. */
async function parseKey(
  { findPassphrase: find }: Place,
  key: Uint8Array,
  chainPem: string,
): Promise<Result<SigningKey>> {
  const keyPem = Buffer.from(key).toString('latin1');
  const passphrase = keyPem.includes('ENCRYPTED') ? await find('open') : ok(null);
  return passphrase.ok ? parseSigningKey(keyPem, chainPem, passphrase.value) : passphrase;
}

async function listKeys(folder: string): Promise<readonly KeyInfo[]> {
  const names = (await readFolder(folder))
    .filter((file) => file.endsWith('.key'))
    .map((file) => file.slice(0, -4));
  const keys: KeyInfo[] = [];
  for (const name of names.filter((text) => NAME.test(text)).sort()) {
    keys.push({ name, certificate: await readCertificate(join(folder, `${name}.crt`)) });
  }
  return keys;
}

async function readFolder(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (isAbsent(cause)) return [];
    throw toFileFailure(folder, cause);
  }
}

async function readCertificate(path: string): Promise<KeyInfo['certificate']> {
  const bytes = await readRegularFile(path, LIMITS.configBytesMax);
  const chain = bytes.ok ? parseCertificates(bytes.value) : bytes;
  const leaf = chain.ok ? chain.value[0] : undefined;
  if (leaf === undefined) return null;
  const ends = chain.ok ? chain.value.map(({ notAfter }) => notAfter) : [];
  // mutant key-that-outlives-its-authority by key-watch: value -> leaf.notAfter
  const validUntil = Math.min(...ends) as Instant;
  return { subject: leaf.subjectText, thumbprint: leaf.thumbprint, validUntil };
}

async function createTrial(
  place: Place,
  request: TrialRequest,
): Promise<{ readonly rootPem: string }> {
  const { folder } = place;
  const files = orThrow(locateFiles(folder, request.name));
  const subject = orThrow(buildName(request.subject));
  const { validFrom, validUntil } = request;
  if (validUntil <= validFrom)
    throw new Failure('USAGE', 'the key would never be valid', 'Choose a later end date.');
  const rootName = orThrow(buildName(buildRootSubject(request.subject)));
  const [root, leaf] = [generateKey(request.kind), generateKey(request.kind)];
  const issuer = { name: rootName, privateKey: root };
  const span = { validFrom, validUntil };
  const rootDer = buildCertificate(
    {
      ...span,
      subject: rootName,
      publicKey: createPublicKey(root),
      serial: generateSerialNumber(),
      extensions: buildAuthorityExtensions(createPublicKey(root), 0),
    },
    issuer,
  );
  const publicKey = createPublicKey(leaf);
  const extensions = buildSignerExtensions(publicKey, createPublicKey(root));
  const leafDer = buildCertificate(
    { ...span, subject, publicKey, serial: generateSerialNumber(), extensions },
    issuer,
  );
  orThrow(validateChain([leafDer, rootDer], 'code-signing', validFrom));
  const keyPem = await exportPrivatePem(place, leaf, request);
  await makeFolder(folder);
  const chain = { path: files.chain, text: writeChainPem([leafDer, rootDer]), mode: 0o644 };
  await writeNewFiles([chain, { path: files.key, text: keyPem, mode: 0o600 }]);
  return { rootPem: writePem('CERTIFICATE', rootDer) };
}

/** The root of a trial key: the same organisation, and a name that says that it is a trial root. */
function buildRootSubject(subject: string): string {
  const others = [...orThrow(parseNameText(subject))].filter(([type]) => type !== 'CN');
  const name: readonly [string, string] = [
    'CN',
    `Waybill trial root ${randomBytes(4).toString('hex')}`,
  ];
  return formatName([...others, name].map(([type, value]) => ({ type, value, hex: '' })));
}

async function createRequest(
  place: Place,
  request: KeyRequest,
): Promise<{ readonly requestPem: string }> {
  const { folder } = place;
  const files = orThrow(locateFiles(folder, request.name));
  const subject = orThrow(buildName(request.subject));
  const key = generateKey(request.kind);
  const requestPem = writePem('CERTIFICATE REQUEST', buildRequest(subject, key));
  const keyPem = await exportPrivatePem(place, key, request);
  await makeFolder(folder);
  await writeNewFiles([
    { path: files.request, text: requestPem, mode: 0o644 },
    { path: files.key, text: keyPem, mode: 0o600 },
  ]);
  return { requestPem };
}

/**
 * Only a chain that can sign is stored: it belongs to this key, is complete, and follows the rules.
 */
async function addChain(place: Place, name: string, chainPem: string): Promise<void> {
  const { folder } = place;
  const files = orThrow(locateFiles(folder, name));
  const key = orThrow(await readPrivateFile(files.key));
  const signing = orThrow(await parseKey(place, key, chainPem));
  const leaf = orThrow(parseCertificates(Buffer.from(chainPem)))[0];
  if (leaf !== undefined) orThrow(validateChain(signing.chain, 'code-signing', leaf.notBefore));
  await writeNewFiles([{ path: files.chain, text: writeChainPem(signing.chain), mode: 0o644 }]);
}

function locateFiles(folder: string, name: string) {
  if (!NAME.test(name)) {
    const shown = JSON.stringify(name.slice(0, 100));
    return failed(
      new Failure('USAGE', `${shown} is not a valid key name`, 'Use letters, digits, . _ and -.'),
    );
  }
  const path = (extension: string) => join(folder, `${name}.${extension}`);
  return ok({ key: path('key'), chain: path('crt'), request: path('csr') });
}

async function makeFolder(folder: string): Promise<void> {
  try {
    makeFolders(folder, 0o700);
  } catch (cause) {
    throw new Failure('FILE_UNWRITABLE', `${folder} cannot be created`, 'Choose another folder.', {
      cause,
    });
  }
}

function generateKey(kind: KeyKind): KeyObject {
  if (kind === 'rsa3072') return generateKeyPairSync('rsa', { modulusLength: 3_072 }).privateKey;
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
}

async function exportPrivatePem(
  { findPassphrase: find }: Place,
  key: KeyObject,
  { encrypt = false }: KeyRequest,
): Promise<string> {
  if (!encrypt) return key.export({ type: 'pkcs8', format: 'pem' }) as string;
  const passphrase = orThrow(await find('encrypt'));
  if (passphrase !== null) return encryptPrivateKey(key, passphrase, randomBytes);
  throw new Failure(
    'USAGE',
    'there is no passphrase to encrypt the key with',
    'Name a file with it: WAYBILL_KEY_PASSPHRASE_FILE=FILE.',
  );
}

/**
 * RFC 5280 §4.1.2.2: positive, at most 20 octets. The first octet keeps it positive and minimal.
 */
function generateSerialNumber(): Uint8Array {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}
