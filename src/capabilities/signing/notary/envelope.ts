import { type Descriptor, parseDescriptor } from '../../../core/descriptor.ts';
import { formatInstant, type Instant, parseInstant, toInstant } from '../../../core/instant.ts';
import type { JsonObject, JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn, setOwn } from '../../../core/own.ts';
import { type CborValue, isCborTag } from '../../../formats/cbor/cbor.ts';
import { decodeBase64 } from '../envelopes/base64.ts';
import {
  COSE_LABEL,
  type CoseHeader,
  EPOCH_TAG,
  findCoseAlgorithm,
  readCoseSign1,
} from '../envelopes/cose.ts';
import type { EnvelopeForm } from '../envelopes/envelope-form.ts';
import { readJsonObject } from '../envelopes/json-object.ts';
import { type Jws, readJws } from '../envelopes/jws.ts';
import { accept, type CheckResult, quoteText, reject } from '../reason.ts';
import { isSignatureAlgorithm, type SignatureAlgorithm } from '../x509/algorithm.ts';

export const PAYLOAD_TYPE = 'application/vnd.cncf.notary.payload.v1+json';
export const HEADER = {
  scheme: 'io.cncf.notary.signingScheme',
  signingTime: 'io.cncf.notary.signingTime',
  authenticSigningTime: 'io.cncf.notary.authenticSigningTime',
  expiry: 'io.cncf.notary.expiry',
  agent: 'io.cncf.notary.signingAgent',
  timestamp: 'io.cncf.notary.timestampSignature',
} as const;
const PLUGIN = 'io.cncf.notary.verificationPlugin';
const PLUGIN_VERSION = 'io.cncf.notary.verificationPluginMinVersion';

export type SigningScheme = 'notary.x509' | 'notary.x509.signingAuthority';

export type { EnvelopeForm };

/** By the first bytes: a COSE envelope begins with its tag, which no JSON text does. */
export function detectEnvelopeForm([first]: Uint8Array): EnvelopeForm {
  return first === 0xd2 ? 'cose' : 'jws';
}

/** The content of an envelope, read strictly; neither signature nor chain is checked. */
export interface NotaryEnvelope extends Omit<Jws, 'protectedHeader' | 'header'> {
  readonly algorithm: SignatureAlgorithm;
  readonly scheme: SigningScheme;
  /** The signer's claim, or the signing authority's assertion. */
  readonly signedAt: Instant;
  readonly expiresAt: Instant | null;
  /**
   * The countersignature of a timestamp authority (N20, N24): not signed, and not verified yet;
   * empty where the header is not of its form.
   */
  readonly timestamp: Uint8Array | null;
  /** The plugin without which it must not count; null where it names none. */
  readonly plugin: RequiredPlugin | null;
}

/** What a signature says about the plugin that must help to verify it (N53). */
export interface RequiredPlugin {
  readonly name: string;
  /** A semantic version. */
  readonly minVersion: string | null;
  /** Critical attributes that only this plugin understands, by name. */
  readonly attributes: ReadonlyMap<string, JsonValue>;
}

/** Reads an envelope by the rules N14–N28 that need no key. */
export function readEnvelope(
  bytes: Uint8Array,
  form: EnvelopeForm = detectEnvelopeForm(bytes),
): CheckResult<NotaryEnvelope> {
  return form === 'cose' ? readCoseEnvelope(bytes) : readJwsEnvelope(bytes);
}

function readJwsEnvelope(bytes: Uint8Array): CheckResult<NotaryEnvelope> {
  const jws = readJws(bytes);
  if (!jws.ok) return jws;
  const { protectedHeader, header, ...rest } = jws.value;
  const meaning = readProtected(protectedHeader);
  if (!meaning.ok) return meaning;
  return accept({
    ...meaning.value,
    ...rest,
    timestamp: readJwsTimestamp(header),
  });
}

function readJwsTimestamp(header: JsonObject): Uint8Array | null {
  const value = header[HEADER.timestamp];
  return value === undefined ? null : (decodeBase64(value) ?? new Uint8Array());
}

function readCoseEnvelope(bytes: Uint8Array): CheckResult<NotaryEnvelope> {
  const cose = readCoseSign1(bytes);
  if (!cose.ok) return cose;
  const { protectedHeader, header, ...rest } = cose.value;
  const meaning = readProtected(toFields(protectedHeader));
  if (!meaning.ok) return meaning;
  const value = header.get(HEADER.timestamp);
  const stamp = value instanceof Uint8Array ? value : new Uint8Array();
  return accept({ ...meaning.value, ...rest, timestamp: value === undefined ? null : stamp });
}

const TIMES: readonly string[] = [HEADER.signingTime, HEADER.authenticSigningTime, HEADER.expiry];

/**
 * A protected header of COSE under the names that JWS has for the same things, so that one set of
 * rules reads both. A time that is not tagged as one is no time (N23).
 */
function toFields(header: CoseHeader): JsonObject {
  const fields: Record<string, JsonValue> = {};
  for (const [label, value] of header) {
    if (label === COSE_LABEL.algorithm) fields['alg'] = findCoseAlgorithm(value);
    else if (label === COSE_LABEL.contentType) fields['cty'] = toText(value);
    else if (label === COSE_LABEL.critical)
      fields['crit'] = Array.isArray(value) ? value.map(nameLabel) : null;
    else {
      // No text is taken for a numbered label, nor a number for a name of Notary Project.
      const isTime = TIMES.includes(String(label)) && typeof label === 'string';
      setOwn(fields, nameLabel(label), isTime ? toTime(value) : toText(value));
    }
  }
  return fields;
}

/** Texts as they are, every other label so that it is no text that could be one of those. */
function nameLabel(label: CborValue): string {
  if (typeof label !== 'string')
    return `${NO_NAME}${typeof label === 'number' ? label : typeof label}`;
  return NUMBERED.has(label) || label.startsWith(NO_NAME) ? `${NO_NAME}"${label}"` : label;
}

const NO_NAME = 'label ';

/** What JWS has under a name, COSE has under a number. */
const NUMBERED: ReadonlySet<string> = new Set(['alg', 'cty', 'crit']);

function toText(value: CborValue): string | null {
  return typeof value === 'string' ? value : null;
}

/** Whole seconds since 1970, as a date of JSON. */
function toTime(value: CborValue): string | null {
  // mutant cose-time-without-a-tag by cose: condition -> false
  if (!isCborTag(value, EPOCH_TAG)) return null;
  const seconds = value.value;
  const isTime = typeof seconds === 'number' && Number.isSafeInteger(seconds);
  return isTime && seconds >= 0 && seconds < SECONDS_MAX
    ? formatInstant(toInstant(seconds * 1_000))
    : null;
}

/** The year 9999 is the last that RFC 3339 can write. */
const SECONDS_MAX = 253_402_300_800;

type ProtectedHeader = Pick<
  NotaryEnvelope,
  'algorithm' | 'scheme' | 'signedAt' | 'expiresAt' | 'plugin'
>;

function readProtected(fields: JsonObject): CheckResult<ProtectedHeader> {
  const { alg, cty } = fields;
  if (!isSignatureAlgorithm(alg)) return reject('algorithm', `alg is ${quoteText(alg)} (N15, N22)`);
  if (cty !== PAYLOAD_TYPE) return reject('content-type', `cty is ${quoteText(cty)} (N10)`);
  const scheme = fields[HEADER.scheme];
  if (scheme !== 'notary.x509' && scheme !== 'notary.x509.signingAuthority') {
    return reject('signing-scheme', `the signing scheme is ${quoteText(scheme)} (N26)`);
  }
  const critical = checkCritical(fields, scheme);
  if (!critical.ok) return critical;
  const plugin = readPlugin(fields, critical.value);
  if (!plugin.ok) return plugin;
  const times = readTimes(fields, scheme);
  return times.ok
    ? accept({ algorithm: alg, scheme, plugin: plugin.value, ...times.value })
    : times;
}

const UNDERSTOOD: readonly JsonValue[] = [
  HEADER.scheme,
  HEADER.signingTime,
  HEADER.authenticSigningTime,
  HEADER.expiry,
];

const PLUGIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const VERSION = /^\d{1,9}\.\d{1,9}\.\d{1,9}(?:[-+][0-9A-Za-z.+-]{1,100})?$/;

/** N53: a plugin is named by critical headers, and only it may explain further critical ones. */
function readPlugin(
  fields: JsonObject,
  critical: readonly JsonValue[],
): CheckResult<RequiredPlugin | null> {
  const name = fields[PLUGIN];
  if (name === undefined) return accept(null);
  // mutant plugin-named-uncritically by plugin: condition -> false
  if (!critical.includes(PLUGIN))
    return reject('plugin-required', 'its verification plugin is not critical (N53)');
  if (typeof name !== 'string' || !PLUGIN_NAME.test(name))
    return reject('plugin-required', `it requires the plugin ${quoteText(name)}, which no name is`);
  const minVersion = fields[PLUGIN_VERSION] ?? null;
  const isVersion = typeof minVersion === 'string' && VERSION.test(minVersion);
  // mutant plugin-version-unread by plugin: condition -> false
  if (minVersion !== null && (!isVersion || !critical.includes(PLUGIN_VERSION)))
    return reject('plugin-required', `it requires ${name} in the version ${quoteText(minVersion)}`);
  const attributes = new Map<string, JsonValue>();
  for (const attribute of critical.filter((one) => !isUnderstood(one)).map(String)) {
    const value = getOwn(fields, attribute) ?? null;
    // A plugin gets names and texts: a number of COSE has neither.
    if (value === null || attribute.startsWith(NO_NAME))
      return reject('critical-header', `${quoteText(attribute)} is critical and has no text`);
    attributes.set(attribute, value);
  }
  return accept({ name, minVersion: isVersion ? minVersion : null, attributes });
}

function isUnderstood(name: JsonValue): boolean {
  return UNDERSTOOD.includes(name) || name === PLUGIN || name === PLUGIN_VERSION;
}

/**
 * N17, N18, A18–A20: crit lists the headers that it must list, only headers that are present, and
 * none that neither we nor a required plugin know.
 */
function checkCritical(
  fields: JsonObject,
  scheme: SigningScheme,
): CheckResult<readonly JsonValue[]> {
  const crit = fields['crit'];
  if (!Array.isArray(crit) || crit.length === 0)
    return reject('critical-header', 'crit is missing or empty (N17)');
  const names = crit as readonly JsonValue[];
  if (new Set(names).size !== names.length)
    return reject('critical-header', 'crit names a header twice');
  const hasPlugin = Object.hasOwn(fields, PLUGIN);
  const unknown = names.find((name) => !UNDERSTOOD.includes(name) && !hasPlugin);
  if (unknown !== undefined)
    return reject('critical-header', `${quoteText(unknown)} is critical and unknown (N18)`);
  const absent = names.find((name) => !Object.hasOwn(fields, String(name)));
  if (absent !== undefined)
    return reject('critical-header', `crit names ${quoteText(absent)}, which is absent`);
  const required = [
    HEADER.scheme,
    ...(scheme === 'notary.x509' ? [] : [HEADER.authenticSigningTime]),
    ...(Object.hasOwn(fields, HEADER.expiry) ? [HEADER.expiry] : []),
  ];
  const missing = required.find((name) => !names.includes(name));
  return missing === undefined
    ? accept(names)
    : reject('critical-header', `crit does not name ${missing} (N17)`);
}

/** N19, N26, N28. */
function readTimes(
  fields: JsonObject,
  scheme: SigningScheme,
): CheckResult<Pick<ProtectedHeader, 'signedAt' | 'expiresAt'>> {
  const own = scheme === 'notary.x509' ? HEADER.signingTime : HEADER.authenticSigningTime;
  const other = scheme === 'notary.x509' ? HEADER.authenticSigningTime : HEADER.signingTime;
  if (Object.hasOwn(fields, other))
    return reject('signing-scheme', `${other} does not belong to ${scheme} (N26)`);
  const signedAt = readTime(fields[own]);
  if (signedAt === null)
    return reject('signing-time', `${own} is missing or not an RFC 3339 time (N19)`);
  if (!Object.hasOwn(fields, HEADER.expiry)) return accept({ signedAt, expiresAt: null });
  const expiresAt = readTime(fields[HEADER.expiry]);
  if (expiresAt === null) return reject('expiry', 'the expiry is not an RFC 3339 time (N19)');
  if (expiresAt <= signedAt)
    return reject('expiry', 'the expiry is not after the signing time (N28)');
  return accept({ signedAt, expiresAt });
}

function readTime(value: JsonValue | undefined): Instant | null {
  const parsed = typeof value === 'string' ? parseInstant(value) : null;
  return parsed?.ok === true ? parsed.value : null;
}

/** N10: `{"targetArtifact": descriptor}` and nothing else. */
export function readPayload(bytes: Uint8Array): CheckResult<Descriptor> {
  const value = readTarget(bytes);
  if (!value.ok) return value;
  const target = parseDescriptor(value.value);
  return target.ok ? accept(target.value) : reject('payload-malformed', target.failure.message);
}

const PAYLOAD_RULES = {
  bytesMax: LIMITS.envelopeBytesMax,
  malformed: 'payload-malformed',
} as const;

/** N10: the one member, `targetArtifact`, as written. */
export function readTarget(bytes: Uint8Array): CheckResult<JsonValue> {
  const json = readJsonObject(bytes, PAYLOAD_RULES);
  if (!json.ok) return json;
  const keys = Object.keys(json.value);
  const target = json.value['targetArtifact'];
  if (keys.length === 1 && target !== undefined) return accept(target);
  return reject('payload-malformed', 'the payload is not one targetArtifact');
}
