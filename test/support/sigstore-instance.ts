import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { OctetString } from '@peculiar/asn1-schema';
import { ExtendedKeyUsage, Extension, id_ce_extKeyUsage, Name } from '@peculiar/asn1-x509';
import { encodePreAuth } from '../../src/capabilities/signing/envelopes/dsse.ts';
import {
  buildCertificate,
  buildExtension,
  buildSignerExtensions,
} from '../../src/capabilities/signing/index.ts';
import { formatInstant, type Instant, toInstant } from '../../src/core/instant.ts';
import { readDer } from '../../src/formats/der/der.ts';
import { writePem } from '../../src/formats/der/pem.ts';
import { canonicalizeJson } from '../../src/formats/json/canonical.ts';
import { formatCheckpoint } from '../../src/formats/log/checkpoint.ts';
import { computeLeavesRoot, hashLeaf, proveInclusion } from '../../src/formats/log/merkle.ts';
import { FIXTURE_NOW, fixedKey, testAuthority } from './certificates.ts';
import { der, type TestStamper, testStamper } from './timestamps.ts';

/** A private instance of sigstore, made by code: an authority, a log of each kind, and a TSA. */
export interface TestInstance {
  /** The trusted root, as JSON that a test may change. */
  readonly root: RootJson;
  readonly authority: ReturnType<typeof testAuthority>;
  readonly stamper: TestStamper;
  readonly parts: Parts;
  sign(content: Uint8Array, options?: SignOptions): BundleJson;
}

// biome-ignore lint/suspicious/noExplicitAny: a test changes any member of the document.
export type Json = any;
export type RootJson = Json;
export type BundleJson = Json;

export interface SignOptions {
  readonly identity?: string;
  readonly issuer?: string;
  /** More extensions of Fulcio: OID and text. */
  readonly claims?: readonly (readonly [string, string])[];
  readonly at?: Instant;
  /** The payload type of an envelope; without it, the content is signed as a message. */
  readonly payloadType?: string;
  /** A key of the user, in place of a certificate. */
  readonly key?: KeyObject;
  readonly purposes?: readonly string[];
  /** Raw subject alternative names, each a DER element. */
  readonly names?: readonly Uint8Array[];
  readonly log?: 'v1' | 'v2' | 'none';
  /** Whether a timestamp authority is asked. */
  readonly stamped?: boolean;
  readonly withoutSct?: boolean;
  readonly sctAt?: Instant;
  /** Change the body of the log entry, or the entry, in place. */
  readonly body?: (body: Json) => void;
  readonly entry?: (entry: Json) => void;
}

const FULCIO = '1.3.6.1.4.1.57264.1';
export const TEST_IDENTITY =
  'https://git.example.com/shop/trips/.github/workflows/release.yml@refs/heads/main';
export const TEST_ISSUER = 'https://token.example.com';
const LEAF_MS = 600_000;

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const exportKey = (key: KeyObject): Buffer =>
  createPublicKey(key).export({ format: 'der', type: 'spki' });
const hash = (...parts: readonly Uint8Array[]): Buffer =>
  createHash('sha256').update(Buffer.concat(parts)).digest();

/** @example const bundle = testInstance('shop').sign(manifestBytes); */
export function testInstance(name: string): TestInstance {
  const top = testAuthority({ subject: `CN=${name} root,O=Sigstore,ST=WA,C=US` });
  const authority = testAuthority({
    subject: `CN=${name} ca,O=Sigstore,ST=WA,C=US`,
    issuer: top,
    pathLength: 0,
  });
  const [logKey, ctKey] = [fixedKey(`${name} log`), fixedKey(`${name} ct`)];
  const stamper = testStamper(`${name} tsa`);
  const logId = hash(exportKey(logKey));
  const window = { start: formatInstant(toInstant(FIXTURE_NOW - 30 * LEAF_MS)) };
  const log = (key: KeyObject, baseUrl: string) => ({
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: {
      rawBytes: base64(exportKey(key)),
      keyDetails: 'PKIX_ECDSA_P256_SHA_256',
      validFor: { ...window },
    },
    logId: { keyId: base64(hash(exportKey(key))) },
  });
  const chain = (...ders: readonly Uint8Array[]) => ({
    certificates: ders.map((one) => ({ rawBytes: base64(one) })),
  });
  const pem = stamper.rootPem.replaceAll(/-----[A-Z ]+-----|\s/g, '');
  const root = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [log(logKey, 'https://rekor.example.com')],
    ctlogs: [log(ctKey, 'https://ct.example.com')],
    certificateAuthorities: [{ certChain: chain(authority.der, top.der), validFor: { ...window } }],
    timestampAuthorities: [
      { certChain: { certificates: [{ rawBytes: pem }] }, validFor: { ...window } },
    ],
  };
  const instance = { authority, ctKey, logKey, logId, stamper };
  return {
    root,
    authority,
    stamper,
    parts: instance,
    sign: (content, options) => signBy(instance, content, options),
  };
}

export interface Parts {
  readonly authority: ReturnType<typeof testAuthority>;
  readonly ctKey: KeyObject;
  readonly logKey: KeyObject;
  readonly logId: Uint8Array;
  readonly stamper: TestStamper;
}

function signBy(parts: Parts, content: Uint8Array, options: SignOptions = {}): BundleJson {
  const at = options.at ?? FIXTURE_NOW;
  const key = options.key ?? fixedKey('sigstore leaf');
  const { payloadType } = options;
  const signed = payloadType === undefined ? content : encodePreAuth(payloadType, content);
  const signature = sign('sha256', signed, key);
  const leaf =
    options.key === undefined ? buildLeaf(parts, createPublicKey(key), at, options) : null;
  const signer = leaf ?? exportKey(key);
  const material = { signed, signature, signer, isKey: leaf === null, payload: content };
  const entry = options.log === 'none' ? null : logEntry(parts, material, at, options);
  if (entry !== null) options.entry?.(entry);
  const granted = der(0x30, der(0x02, Buffer.from([0])));
  const stamp = der(0x30, granted, parts.stamper.stamp(signature, at));
  const isStamped = options.stamped ?? options.log === 'v2';
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      ...(leaf === null
        ? { publicKey: { hint: base64(hash(exportKey(key))) } }
        : { certificate: { rawBytes: base64(leaf) } }),
      ...(entry === null ? {} : { tlogEntries: [entry] }),
      ...(isStamped
        ? {
            timestampVerificationData: {
              rfc3161Timestamps: [{ signedTimestamp: base64(stamp) }],
            },
          }
        : {}),
    },
    ...(payloadType === undefined
      ? {
          messageSignature: {
            messageDigest: { algorithm: 'SHA2_256', digest: base64(hash(content)) },
            signature: base64(signature),
          },
        }
      : {
          dsseEnvelope: {
            payload: base64(content),
            payloadType,
            signatures: [{ sig: base64(signature) }],
          },
        }),
  };
}

const extension = (oid: string, critical: boolean, value: Uint8Array): Extension =>
  new Extension({ extnID: oid, critical, extnValue: new OctetString(Buffer.from(value)) });
const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text));

/** A certificate of the instance with its promise of a log of certificates. */
export function buildLeaf(
  parts: Parts,
  publicKey: KeyObject,
  at: Instant,
  options: SignOptions,
): Uint8Array {
  const { authority } = parts;
  const names = options.names ?? [der(0x86, Buffer.from(options.identity ?? TEST_IDENTITY))];
  const purposes = new ExtendedKeyUsage([...(options.purposes ?? ['1.3.6.1.5.5.7.3.3'])]);
  const own = buildSignerExtensions(publicKey, authority.key).filter(
    ({ extnID }) => extnID !== id_ce_extKeyUsage,
  );
  const extensions = [
    ...own,
    buildExtension(id_ce_extKeyUsage, false, purposes),
    extension('2.5.29.17', true, der(0x30, ...names)),
    extension(`${FULCIO}.8`, false, utf8(options.issuer ?? TEST_ISSUER)),
    ...(options.claims ?? []).map(([oid, text]) =>
      // The older ones are texts without a tag.
      extension(oid, false, oid === `${FULCIO}.1` ? Buffer.from(text) : utf8(text)),
    ),
  ];
  const plan = {
    subject: new Name(),
    publicKey,
    validFrom: toInstant(at - 1_000),
    validUntil: toInstant(at + LEAF_MS),
    serial: Buffer.from('11223344', 'hex'),
  };
  const issuer = { name: authority.name, privateKey: authority.key };
  const bare = buildCertificate({ ...plan, extensions }, issuer);
  if (options.withoutSct === true) return bare;
  const sct = buildSct(parts, bare, options.sctAt ?? at);
  const list = extension('1.3.6.1.4.1.11129.2.4.2', false, der(0x04, sct));
  return buildCertificate({ ...plan, extensions: [...extensions, list] }, issuer);
}

const count = (value: number, bytes: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
};

function buildSct({ authority, ctKey }: Parts, bare: Uint8Array, at: Instant): Buffer {
  const tbs = readDer(bare)?.children[0]?.bytes ?? new Uint8Array();
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(at));
  const issuer = hash(exportKey(authority.key));
  const head = Buffer.concat([Buffer.from([0, 0]), time, Buffer.from([0, 1]), issuer]);
  const signed = Buffer.concat([head, count(tbs.length, 3), tbs, count(0, 2)]);
  const signature = sign('sha256', signed, ctKey);
  const log = hash(exportKey(ctKey));
  const body = [Buffer.from([0]), log, time, count(0, 2), Buffer.from([4, 3])];
  const one = Buffer.concat([...body, count(signature.length, 2), signature]);
  return Buffer.concat([count(one.length + 2, 2), count(one.length, 2), one]);
}

interface Material {
  readonly signed: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  readonly signer: Uint8Array;
  readonly isKey: boolean;
}

function logEntry(parts: Parts, material: Material, at: Instant, options: SignOptions): Json {
  const isNew = options.log === 'v2';
  const made = isNew ? buildNewBody(material) : buildBody(material, options.payloadType);
  options.body?.(made);
  const { kind, apiVersion } = made;
  const body = Buffer.from(canonicalizeJson(made));
  const leaves = [hashLeaf('one'), hashLeaf(body), hashLeaf('three')];
  const [root, size, index] = [computeLeavesRoot(leaves), leaves.length, 1];
  const text = formatCheckpoint({ origin: 'rekor.example.com', size, root });
  const note = Buffer.concat([
    parts.logId.subarray(0, 4),
    sign('sha256', Buffer.from(text), parts.logKey),
  ]);
  const seconds = Math.floor(at / 1_000);
  const promised = canonicalizeJson({
    body: body.toString('base64'),
    integratedTime: seconds,
    logID: Buffer.from(parts.logId).toString('hex'),
    logIndex: 7,
  });
  const promise = base64(sign('sha256', Buffer.from(promised), parts.logKey));
  return {
    logIndex: '7',
    logId: { keyId: base64(parts.logId) },
    kindVersion: { kind, version: apiVersion },
    ...(isNew
      ? {}
      : {
          integratedTime: String(seconds),
          inclusionPromise: { signedEntryTimestamp: promise },
        }),
    inclusionProof: {
      logIndex: String(index),
      rootHash: base64(root),
      treeSize: String(size),
      hashes: proveInclusion(leaves, index).map(base64),
      checkpoint: { envelope: `${text}\n— rekor.example.com ${note.toString('base64')}\n` },
    },
    canonicalizedBody: body.toString('base64'),
  };
}

function toPem({ signer, isKey }: Material): string {
  return base64(Buffer.from(writePem(isKey ? 'PUBLIC KEY' : 'CERTIFICATE', signer)));
}

function buildBody(material: Material, payloadType: string | undefined): Json {
  const { signed, signature, payload } = material;
  if (payloadType === undefined)
    return {
      apiVersion: '0.0.1',
      kind: 'hashedrekord',
      spec: {
        data: { hash: { algorithm: 'sha256', value: hash(signed).toString('hex') } },
        signature: { content: base64(signature), publicKey: { content: toPem(material) } },
      },
    };
  return {
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      payloadHash: { algorithm: 'sha256', value: hash(payload).toString('hex') },
      signatures: [{ signature: base64(signature), verifier: toPem(material) }],
    },
  };
}

function buildNewBody({ signed, signature, signer, isKey }: Material): Json {
  const held = { rawBytes: base64(signer) };
  const verifier = isKey ? { publicKey: held } : { x509Certificate: held };
  return {
    apiVersion: '0.0.2',
    kind: 'hashedrekord',
    spec: {
      hashedRekordV002: {
        data: { algorithm: 'SHA2_256', digest: base64(hash(signed)) },
        signature: {
          content: base64(signature),
          verifier: { keyDetails: 'PKIX_ECDSA_P256_SHA_256', ...verifier },
        },
      },
    },
  };
}
