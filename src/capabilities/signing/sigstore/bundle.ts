import { type Instant, toInstant } from '../../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { readJsonObject } from '../envelopes/json-object.ts';
import { accept, type CheckResult, quoteText, reject } from '../reason.ts';
import { readBytes, readCount, readList, readObject } from './members.ts';

/**
 * A sigstore bundle (protobuf-specs, sigstore_bundle.proto) as read: nothing in it is verified. The
 * annotations of an older cosign signature are read as the same.
 */
export interface SigstoreBundle {
  readonly version: '0.1' | '0.2' | '0.3';
  readonly signer: BundleSigner;
  readonly content: BundleContent;
  readonly entries: readonly LogEntry[];
  /** Answers of timestamp authorities (RFC 3161 TimeStampResp), DER. */
  readonly timestamps: readonly Uint8Array[];
}

export type BundleSigner =
  /** A certificate, and perhaps its intermediates; DER. */
  | {
      readonly kind: 'certificate';
      readonly leaf: Uint8Array;
      readonly others: readonly Uint8Array[];
    }
  /** A key that the reader knows; the hint only helps to find it. */
  | { readonly kind: 'key'; readonly hint: string };

export type BundleContent =
  | {
      readonly kind: 'message';
      /** What the signer says that it signed; the artifact decides. */
      readonly digest: { readonly algorithm: string; readonly bytes: Uint8Array } | null;
      readonly signature: Uint8Array;
    }
  | {
      readonly kind: 'dsse';
      readonly payloadType: string;
      readonly payload: Uint8Array;
      readonly signature: Uint8Array;
      /** The whole envelope as it was written, where that is known. */
      readonly envelope: Uint8Array | null;
    };

/** An entry of a transparency log (sigstore_rekor.proto), with what proves it. */
export interface LogEntry {
  readonly index: number;
  readonly logId: Uint8Array;
  readonly kind: string;
  readonly version: string;
  /** When the log took it, says the promise; null for a log that does not say. */
  readonly integratedAt: Instant | null;
  /** The signed entry timestamp of Rekor v1. */
  readonly promise: Uint8Array | null;
  readonly proof: InclusionProof | null;
  /** The entry, byte for byte. */
  readonly body: Uint8Array;
}

export interface InclusionProof {
  readonly index: number;
  readonly size: number;
  readonly root: Uint8Array;
  readonly hashes: readonly Uint8Array[];
  /** A signed note. */
  readonly checkpoint: string;
}

const VERSIONS: ReadonlyMap<string, SigstoreBundle['version']> = new Map([
  ['application/vnd.dev.sigstore.bundle+json;version=0.1', '0.1'],
  ['application/vnd.dev.sigstore.bundle+json;version=0.2', '0.2'],
  ['application/vnd.dev.sigstore.bundle+json;version=0.3', '0.3'],
  ['application/vnd.dev.sigstore.bundle.v0.3+json', '0.3'],
]);

/** What was read, or why nothing was. */
type Outcome<T> = T | string;

/**
 * Reads a bundle of version 0.1, 0.2 or 0.3 (S7, S8), bounded; members that are not known are
 * ignored.
 *
 * @example parseBundle(await readFile('app.sigstore.json'))
 */
export function parseBundle(bytes: Uint8Array): CheckResult<SigstoreBundle> {
  const json = readJsonObject(bytes, {
    bytesMax: LIMITS.bundleBytesMax,
    malformed: 'bundle-malformed',
  });
  if (!json.ok) return json;
  const version = VERSIONS.get(String(json.value['mediaType'] ?? ''));
  if (version === undefined)
    return refuse(`its media type is ${quoteText(json.value['mediaType'] ?? 'absent')}`);
  const material = json.value['verificationMaterial'];
  if (!isJsonObject(material)) return refuse('it has no verification material');
  const signer = readSigner(material, version);
  if (typeof signer === 'string') return refuse(signer);
  const content = readContent(json.value);
  if (typeof content === 'string') return refuse(content);
  const entries = readEach(material['tlogEntries'], readEntry);
  if (typeof entries === 'string') return refuse(`a log entry: ${entries}`);
  const timestamps = readTimestamps(material['timestampVerificationData']);
  if (typeof timestamps === 'string') return refuse(timestamps);
  return accept({ version, signer, content, entries, timestamps });
}

function refuse(why: string): CheckResult<never> {
  return reject('bundle-malformed', `it is no sigstore bundle that is read here: ${why}`);
}

/** S8: from version 0.3 on, a bundle has one certificate, and never a root. */
function readSigner(material: JsonObject, version: string): Outcome<BundleSigner> {
  const { certificate, x509CertificateChain: chain, publicKey } = material;
  const given = [certificate, chain, publicKey].filter((one) => one !== undefined);
  // mutant bundle-of-two-signers: condition -> false
  if (given.length !== 1) return 'it does not have exactly one signer';
  if (publicKey !== undefined) {
    const hint = isJsonObject(publicKey) ? (publicKey['hint'] ?? '') : null;
    return typeof hint === 'string' ? { kind: 'key', hint } : 'its public key';
  }
  if (certificate !== undefined) {
    const leaf = isJsonObject(certificate) ? readBytes(certificate['rawBytes']) : null;
    return leaf === null ? 'its certificate' : { kind: 'certificate', leaf, others: [] };
  }
  // mutant chain-in-a-new-bundle: condition -> false
  if (version === '0.3') return 'it has a chain, and version 0.3 has one certificate (S8)';
  const items = isJsonObject(chain)
    ? readList(chain['certificates'], LIMITS.chainCertificatesMax)
    : null;
  const ders = (items ?? []).map((item) =>
    isJsonObject(item) ? readBytes(item['rawBytes']) : null,
  );
  const [leaf, ...others] = ders.filter((der) => der !== null);
  if (items === null || leaf === undefined || ders.includes(null)) return 'its certificates';
  return { kind: 'certificate', leaf, others };
}

/** S7: exactly one message signature, or one envelope with one signature. */
function readContent({ messageSignature, dsseEnvelope }: JsonObject): Outcome<BundleContent> {
  // mutant bundle-of-two-contents: condition -> messageSignature === dsseEnvelope
  if ((messageSignature === undefined) === (dsseEnvelope === undefined))
    return 'it does not have exactly one content';
  return messageSignature === undefined
    ? readEnvelope(dsseEnvelope)
    : readMessage(messageSignature);
}

function readMessage(value: JsonValue): Outcome<BundleContent> {
  if (!isJsonObject(value)) return 'its message signature';
  const signature = readBytes(value['signature']);
  if (signature === null) return 'its message signature';
  const stated = readObject(value['messageDigest']);
  if (stated === null) return { kind: 'message', digest: null, signature };
  const bytes = stated === 'malformed' ? null : readBytes(stated['digest']);
  if (bytes === null || stated === 'malformed') return 'its message digest';
  const algorithm = String(stated['algorithm'] ?? '');
  return { kind: 'message', digest: { algorithm, bytes }, signature };
}

/** A56: an envelope with two signatures would let each reader choose another signer. */
function readEnvelope(value: JsonValue | undefined): Outcome<BundleContent> {
  if (!isJsonObject(value)) return 'its envelope';
  const { payloadType } = value;
  const payload = readBytes(value['payload']);
  const signatures = readList(value['signatures'], LIMITS.dsseSignaturesMax);
  if (typeof payloadType !== 'string' || payload === null || signatures === null)
    return 'its envelope';
  // mutant bundle-envelope-of-two-signatures: condition -> false
  if (signatures.length !== 1) return 'its envelope does not have exactly one signature';
  const [first] = signatures;
  const signature = isJsonObject(first) ? readBytes(first['sig']) : null;
  if (signature === null) return 'the signature of its envelope';
  return { kind: 'dsse', payloadType, payload, signature, envelope: null };
}

/** The log entries and timestamps of one bundle; real ones have one or two. */
const ENTRIES_MAX = 16;

function readEach<T>(
  value: JsonValue | undefined,
  read: (item: JsonValue) => Outcome<T>,
): Outcome<readonly T[]> {
  const items = readList(value, ENTRIES_MAX);
  if (items === null) return `there are over ${ENTRIES_MAX}, or no list`;
  const found: T[] = [];
  for (const item of items) {
    const one = read(item);
    if (typeof one === 'string') return one;
    found.push(one);
  }
  return found;
}

function readTimestamps(value: JsonValue | undefined): Outcome<readonly Uint8Array[]> {
  const data = readObject(value);
  if (data === 'malformed') return 'its timestamps';
  const read = (item: JsonValue): Outcome<{ readonly der: Uint8Array }> => {
    const der = isJsonObject(item) ? readBytes(item['signedTimestamp']) : null;
    return der === null ? 'a timestamp' : { der };
  };
  const stamps = readEach(data?.['rfc3161Timestamps'], read);
  return typeof stamps === 'string' ? stamps : stamps.map(({ der }) => der);
}

function readEntry(value: JsonValue): Outcome<LogEntry> {
  if (!isJsonObject(value)) return 'it is no object';
  const index = readCount(value['logIndex']);
  const time = readCount(value['integratedTime']);
  if (index === null || time === null || time > INTEGRATED_MAX) return 'its index or time';
  const [log, named] = [readObject(value['logId']), readObject(value['kindVersion'])];
  const [promised, proof] = [readObject(value['inclusionPromise']), value['inclusionProof']];
  if (log === 'malformed' || named === 'malformed' || promised === 'malformed') return 'its form';
  const logId = readBytes(log?.['keyId']);
  const body = readBytes(value['canonicalizedBody']);
  const [kind, version] = [named?.['kind'], named?.['version']];
  if (logId === null || body === null) return 'its log or its body';
  if (typeof kind !== 'string' || typeof version !== 'string') return 'its kind';
  const promise = promised === null ? null : readBytes(promised['signedEntryTimestamp']);
  if (promised !== null && promise === null) return 'its promise';
  const path = proof === undefined ? null : readProof(proof);
  if (typeof path === 'string') return path;
  const integratedAt = time === 0 ? null : toInstant(time * 1_000);
  return { index, logId, kind, version, integratedAt, promise, proof: path, body };
}

/** Seconds up to the end of the year 9999. */
const INTEGRATED_MAX = 253_402_300_799;
/** The height of a tree of 2^53 entries. */
const HASHES_MAX = 53;

function readProof(value: JsonValue): Outcome<InclusionProof> {
  if (!isJsonObject(value)) return 'its proof';
  const [index, size] = [readCount(value['logIndex']), readCount(value['treeSize'])];
  const root = readBytes(value['rootHash']);
  const hashes = readList(value['hashes'], HASHES_MAX)?.map(readBytes) ?? null;
  const note = readObject(value['checkpoint']);
  const checkpoint = note === null || note === 'malformed' ? null : note['envelope'];
  if (index === null || size === null || root === null || hashes === null) return 'its proof';
  const known = hashes.filter((hash) => hash !== null);
  if (known.length < hashes.length) return 'a hash of its proof';
  if (typeof checkpoint !== 'string') return 'its proof has no checkpoint';
  return { index, size, root, hashes: known, checkpoint };
}
