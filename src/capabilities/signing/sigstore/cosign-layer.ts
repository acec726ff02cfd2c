import { toInstant } from '../../../core/instant.ts';
import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { readPem } from '../../../formats/der/pem.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { decodeBase64 } from '../envelopes/base64.ts';
import { parseDsse } from '../envelopes/dsse.ts';
import { accept, type CheckResult, reject } from '../reason.ts';
import { parseCertificate } from '../x509/certificate.ts';
import { isSameBytes } from '../x509/chain-links.ts';
import type { BundleContent, BundleSigner, LogEntry, SigstoreBundle } from './bundle.ts';
import { readBytes, readCount, readObject } from './members.ts';

/** What cosign signs in a layer of its `.sig` tag (S4), and in one of its `.att` tag (S6). */
export const SIMPLE_SIGNING_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';
export const DSSE_LAYER_TYPE = 'application/vnd.dsse.envelope.v1+json';

/** S4: cosign keeps the signature under one prefix, and everything else under another. */
export const COSIGN_ANNOTATIONS = {
  signature: 'dev.cosignproject.cosign/signature',
  certificate: 'dev.sigstore.cosign/certificate',
  chain: 'dev.sigstore.cosign/chain',
  bundle: 'dev.sigstore.cosign/bundle',
  timestamp: 'dev.sigstore.cosign/rfc3161timestamp',
} as const;

/** One layer of a manifest of cosign, with what its descriptor says beside it. */
export interface CosignLayer {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * The layer of an older cosign signature as a bundle. Its log has promised the entry, and gives no
 * proof, as in bundles of version 0.1.
 */
export function parseCosignLayer(layer: CosignLayer): CheckResult<SigstoreBundle> {
  const { annotations } = layer;
  const content = readContent(layer);
  if (typeof content === 'string') return refuse(content);
  const signer = readSigner(annotations);
  if (typeof signer === 'string') return refuse(signer);
  const entry = parseCosignEntry(getOwn(annotations, COSIGN_ANNOTATIONS.bundle));
  if (typeof entry === 'string') return refuse(entry);
  const stamp = readTimestamp(getOwn(annotations, COSIGN_ANNOTATIONS.timestamp));
  if (typeof stamp === 'string') return refuse(stamp);
  return accept({
    version: '0.1',
    signer,
    content,
    entries: entry === null ? [] : [entry],
    timestamps: stamp === null ? [] : [stamp],
  });
}

function refuse(why: string): CheckResult<never> {
  return reject('bundle-malformed', `it is no signature of cosign that is read here: ${why}`);
}

function readContent({ mediaType, bytes, annotations }: CosignLayer): BundleContent | string {
  const text = getOwn(annotations, COSIGN_ANNOTATIONS.signature);
  if (mediaType === SIMPLE_SIGNING_TYPE) {
    const signature = decodeBase64(text);
    return signature === null ? 'its signature' : { kind: 'message', digest: null, signature };
  }
  if (mediaType !== DSSE_LAYER_TYPE) return 'the media type of its layer';
  const parsed = parseDsse(bytes);
  if (!parsed.ok) return parsed.failure.message;
  const { payloadType, payload, signatures } = parsed.value;
  const [one, ...others] = signatures;
  // mutant cosign-envelope-of-two-signatures: remove operand 2
  if (one === undefined || others.length > 0)
    return 'its envelope does not have exactly one signature';
  return { kind: 'dsse', payloadType, payload, signature: one.signature, envelope: bytes };
}

/** A root in the chain proves nothing, and cosign writes it: it is left out. */
function readSigner(annotations: CosignLayer['annotations']): BundleSigner | string {
  const pem = getOwn(annotations, COSIGN_ANNOTATIONS.certificate) ?? '';
  if (pem.trim() === '') return { kind: 'key', hint: '' };
  const leaf = readCertificates(pem);
  const chain = readCertificates(getOwn(annotations, COSIGN_ANNOTATIONS.chain) ?? '');
  const [first, ...more] = leaf ?? [];
  if (first === undefined || chain === null) return 'its certificate';
  const others = [...more, ...chain].filter((der) => !isRoot(der));
  return { kind: 'certificate', leaf: first, others };
}

function isRoot(der: Uint8Array): boolean {
  const certificate = parseCertificate(der);
  if (!certificate.ok) return false;
  return isSameBytes(certificate.value.subjectDer, certificate.value.issuerDer);
}

function readCertificates(pem: string): readonly Uint8Array[] | null {
  if (pem.length > LIMITS.certificateBytesMax * 2) return null;
  const blocks = readPem(pem);
  if (blocks === null || blocks.length > LIMITS.chainCertificatesMax) return null;
  const isSound = blocks.every(({ label }) => label === 'CERTIFICATE');
  return isSound ? blocks.map(({ bytes }) => bytes) : null;
}

/**
 * `{"SignedEntryTimestamp":…,"Payload":{"body":…,"integratedTime":…,"logIndex":…,"logID":…}}`, or
 * what is wrong with it.
 */
export function parseCosignEntry(text: string | undefined): LogEntry | null | string {
  if (text === undefined || text.trim() === '') return null;
  const bundle = readJson(text);
  const payload = bundle === null ? null : readObject(bundle['Payload']);
  if (bundle === null || payload === null || payload === 'malformed') return 'its log entry';
  const promise = readBytes(bundle['SignedEntryTimestamp']);
  const body = readBytes(payload['body']);
  const [index, time] = [readCount(payload['logIndex']), readCount(payload['integratedTime'])];
  const id = payload['logID'];
  const log = typeof id === 'string' && /^[0-9a-f]{64}$/.test(id) ? Buffer.from(id, 'hex') : null;
  const inner = body === null ? null : readJson(body);
  const [kind, version] = [inner?.['kind'], inner?.['apiVersion']];
  if (promise === null || body === null || log === null || index === null) return 'its log entry';
  if (time === null || time > 253_402_300_799) return 'the time of its log entry';
  if (typeof kind !== 'string' || typeof version !== 'string') return 'the kind of its log entry';
  const integratedAt = time === 0 ? null : toInstant(time * 1_000);
  return { index, logId: log, kind, version, integratedAt, promise, proof: null, body };
}

function readTimestamp(text: string | undefined): Uint8Array | null | string {
  if (text === undefined || text.trim() === '') return null;
  return readBytes(readJson(text)?.['SignedRFC3161Timestamp']) ?? 'its timestamp';
}

function readJson(text: string | Uint8Array): JsonObject | null {
  const json = parseJson(text, { bytesMax: LIMITS.configBytesMax, foldKeyCase: true });
  return json.ok && isJsonObject(json.value) ? json.value : null;
}
