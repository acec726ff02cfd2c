import type { KeyObject } from 'node:crypto';
import { type Digest, sha256 } from '../../../core/digest.ts';
import { type Instant, parseInstant } from '../../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { openPublicKey } from './log-key.ts';
import { readBytes, readList, readObject } from './members.ts';

/**
 * Whom a sigstore instance consists of (sigstore_trustroot.proto): what is not in it vouches for
 * nothing.
 */
export interface TrustedRoot {
  /** SHA-256 of the document: cached verdicts are kept under it. */
  readonly digest: Digest;
  readonly logs: readonly TrustedLog[];
  /** Whether it names logs at all, also where the keys of all are of unknown kinds. */
  readonly hasLogs: boolean;
  readonly certificateLogs: readonly TrustedLog[];
  readonly hasCertificateLogs: boolean;
  readonly authorities: readonly TrustedAuthority[];
  readonly timestampAuthorities: readonly TrustedAuthority[];
}

/** A closed span; without an end it goes on. */
export interface TrustWindow {
  readonly start: Instant;
  readonly end: Instant | null;
}

/** A transparency log, or a log of certificates. */
export interface TrustedLog {
  readonly id: Uint8Array;
  /** The first four bytes by which the notes of the log name its key. */
  readonly hint: Uint8Array;
  /**
   * How the notes of the log may name it: `host[:port][/path]`, or the host alone, as Rekor v2 has
   * it; empty where the document has no address.
   */
  readonly names: readonly string[];
  readonly key: KeyObject;
  readonly window: TrustWindow;
}

export interface TrustedAuthority {
  /** As the document has them: the last one is the root. */
  readonly certificates: readonly [Certificate, ...Certificate[]];
  readonly window: TrustWindow;
}

const MEDIA_TYPES: ReadonlySet<string> = new Set([
  'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  'application/vnd.dev.sigstore.trustedroot+json;version=0.2',
  'application/vnd.dev.sigstore.trustedroot.v0.2+json',
]);
const PARTS_MAX = 100;

/**
 * Reads a trusted root of version 0.1 or 0.2. A54: each part needs a start. A key of a kind that is
 * not known here vouches for nothing, so that newer logs do not end the use of the others. An entry
 * is still demanded where all of them are unknown.
 *
 * @example parseTrustedRoot(await readFile('trusted_root.json'))
 */
export function parseTrustedRoot(bytes: Uint8Array | string): Result<TrustedRoot> {
  const json = parseJson(bytes, { bytesMax: LIMITS.configBytesMax, foldKeyCase: true });
  if (!json.ok) return json;
  if (!isJsonObject(json.value)) return refuse('it is no object');
  const root = json.value;
  if (!MEDIA_TYPES.has(String(root['mediaType'] ?? ''))) return refuse('its media type');
  const logs = readEach(root['tlogs'], readLog);
  const certificateLogs = readEach(root['ctlogs'], readLog);
  const authorities = readEach(root['certificateAuthorities'], readAuthority);
  const timestampAuthorities = readEach(root['timestampAuthorities'], readAuthority);
  for (const part of [logs, certificateLogs, authorities, timestampAuthorities])
    if (!part.ok) return part;
  if (!logs.ok || !certificateLogs.ok || !authorities.ok || !timestampAuthorities.ok)
    return refuse('a part of it');
  return ok({
    digest: sha256(bytes),
    logs: logs.value.filter((one) => one !== null),
    // mutant unknown-logs-are-no-logs: value -> logs.value.some((one) => one)
    hasLogs: logs.value.length > 0,
    certificateLogs: certificateLogs.value.filter((one) => one !== null),
    // mutant unknown-certificate-logs-are-none: value -> false
    hasCertificateLogs: certificateLogs.value.length > 0,
    authorities: authorities.value,
    timestampAuthorities: timestampAuthorities.value,
  });
}

/** Whether `at` is in the window; both ends belong to it. */
export function isWithin({ start, end }: TrustWindow, at: Instant): boolean {
  // mutant window-of-a-part-of-the-root: value -> true
  return start <= at && (end === null || at <= end);
}

function readEach<T>(
  value: JsonValue | undefined,
  read: (part: JsonObject) => Result<T>,
): Result<readonly T[]> {
  const items = readList(value, PARTS_MAX);
  if (items === null) return refuse(`a list, or it has over ${PARTS_MAX} entries`);
  const found: T[] = [];
  for (const item of items) {
    const part = isJsonObject(item) ? read(item) : refuse('a part of it is no object');
    if (!part.ok) return part;
    found.push(part.value);
  }
  return ok(found);
}

function readLog(part: JsonObject): Result<TrustedLog | null> {
  const publicKey = readObject(part['publicKey']);
  const named = readObject(part['logId']);
  const hinted = readObject(part['checkpointKeyId']);
  if (publicKey === null || publicKey === 'malformed') return refuse('a log has no key');
  if (named === null || named === 'malformed' || hinted === 'malformed')
    return refuse('a log has no id');
  const der = readBytes(publicKey['rawBytes']);
  const id = readBytes(named['keyId']);
  const hint = hinted === null ? id : readBytes(hinted['keyId']);
  if (der === null || id === null || hint === null || hint.length < 4)
    return refuse('the key or the id of a log');
  const window = readWindow(publicKey['validFor']);
  if (!window.ok) return window;
  const key = openPublicKey(der);
  if (key === null) return ok(null);
  const names = readNames(part['baseUrl']);
  return ok({ id, hint: hint.subarray(0, 4), names, key, window: window.value });
}

function readNames(value: JsonValue | undefined): readonly string[] {
  const url = typeof value === 'string' ? /^https?:\/\/([^?#]{1,255})/.exec(value)?.[1] : undefined;
  if (url === undefined) return [];
  const whole = url.endsWith('/') ? url.slice(0, -1) : url;
  const address = `https://${whole}`;
  return URL.canParse(address) ? [whole, new URL(address).hostname] : [whole];
}

function readAuthority(part: JsonObject): Result<TrustedAuthority> {
  const chain = readObject(part['certChain']);
  const items =
    chain === null || chain === 'malformed'
      ? null
      : readList(chain['certificates'], LIMITS.chainCertificatesMax);
  if (items === null) return refuse('an authority has no chain');
  const certificates: Certificate[] = [];
  for (const item of items) {
    const der = isJsonObject(item) ? readBytes(item['rawBytes']) : null;
    if (der === null) return refuse('a certificate of an authority');
    const certificate = parseCertificate(der);
    if (!certificate.ok) return refuse(certificate.failure.message);
    certificates.push(certificate.value);
  }
  const [first, ...others] = certificates;
  if (first === undefined) return refuse('an authority has no certificate');
  const window = readWindow(part['validFor']);
  return window.ok ? ok({ certificates: [first, ...others], window: window.value }) : window;
}

function readWindow(value: JsonValue | undefined): Result<TrustWindow> {
  const span = readObject(value);
  if (span === 'malformed') return refuse('a span of time');
  const start = typeof span?.['start'] === 'string' ? parseInstant(span['start']) : null;
  // mutant part-of-the-root-without-a-start: condition -> false
  if (start === null || !start.ok) return refuse('a part of it does not say since when (S16)');
  const end = span?.['end'] ?? null;
  if (end === null) return ok({ start: start.value, end: null });
  const until = typeof end === 'string' ? parseInstant(end) : null;
  if (until === null || !until.ok || until.value < start.value) return refuse('a span of time');
  return ok({ start: start.value, end: until.value });
}

function refuse(why: string): Result<never> {
  const message = `the trusted root of sigstore is invalid: ${why.slice(0, 300)}`;
  return fail('TRUST_INVALID', message, 'Use the trusted_root.json of the instance as it is.');
}
