import { createPublicKey, type KeyObject } from 'node:crypto';
import { type Instant, parseInstant } from '../../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { encodeOlpcJson } from '../../../formats/json/olpc.ts';
import { parseJson } from '../../../formats/json/parse.ts';

/** The four roles at the top of a repository (TUF 1.0.33 §4). */
export type RoleName = 'root' | 'timestamp' | 'snapshot' | 'targets';

/** What a document of a role says, and who says that they signed it: nothing is verified. */
export interface Metadata<T> {
  readonly version: number;
  readonly expires: Instant;
  readonly content: T;
  /** What is signed. */
  readonly signed: Uint8Array;
  readonly signatures: readonly { readonly keyId: string; readonly bytes: Uint8Array }[];
}

export interface RootContent {
  readonly keys: ReadonlyMap<string, KeyObject>;
  readonly roles: ReadonlyMap<RoleName, Role>;
  /** Whether the names of files begin with their versions or hashes. */
  readonly isConsistent: boolean;
}

export interface Role {
  readonly keyIds: readonly string[];
  readonly threshold: number;
}

/** What one document says of another: null where it does not say it. */
export interface FileClaim {
  readonly length: number | null;
  /** SHA-256, hexadecimal. */
  readonly sha256: string | null;
  /** SHA-512, hexadecimal. */
  readonly sha512: string | null;
}

export interface MetaClaim extends FileClaim {
  readonly version: number;
}

/** By the name of the file: `snapshot.json`. */
export type MetaContent = ReadonlyMap<string, MetaClaim>;
/** By the path of the target. */
export type TargetsContent = ReadonlyMap<string, FileClaim>;

const SIGNATURES_MAX = 50;
const ENTRIES_MAX = 10_000;
export const METADATA_BYTES_MAX = 1024 * 1024;

export function parseTufRoot(bytes: Uint8Array): Result<Metadata<RootContent>> {
  return parseMetadata(bytes, 'root', readRoot);
}

/** Of a timestamp or a snapshot. */
export function parseTufMeta(
  bytes: Uint8Array,
  role: 'timestamp' | 'snapshot',
): Result<Metadata<MetaContent>> {
  return parseMetadata(bytes, role, ({ meta }) => readMap(meta, readMetaClaim));
}

export function parseTufTargets(bytes: Uint8Array): Result<Metadata<TargetsContent>> {
  return parseMetadata(bytes, 'targets', ({ targets }) => readMap(targets, readFileClaim));
}

function parseMetadata<T>(
  bytes: Uint8Array,
  role: RoleName,
  read: (signed: JsonObject) => T | null,
): Result<Metadata<T>> {
  const json = parseJson(bytes, { bytesMax: METADATA_BYTES_MAX });
  if (!json.ok) return json;
  const signed = isJsonObject(json.value) ? json.value['signed'] : null;
  if (!isJsonObject(json.value) || !isJsonObject(signed)) return refuse(role, 'its form');
  // mutant tuf-metadata-of-another-role by tuf: condition -> false
  if (signed['_type'] !== role) return refuse(role, 'it is of another role');
  if (!/^1\.[0-9]{1,3}(\.[0-9]{1,4})?$/.test(String(signed['spec_version'])))
    return refuse(role, 'the version of its specification');
  const version = readCount(signed['version']);
  const expires = typeof signed['expires'] === 'string' ? parseInstant(signed['expires']) : null;
  const text = encodeOlpcJson(signed);
  const signatures = readSignatures(json.value['signatures']);
  const content = read(signed);
  if (version === null || version < 1 || expires?.ok !== true || signatures === null)
    return refuse(role, 'its version, its end or its signatures');
  if (text === null || content === null) return refuse(role, 'what it says');
  return ok({ version, expires: expires.value, content, signed: Buffer.from(text), signatures });
}

function readSignatures(value: JsonValue | undefined): Metadata<unknown>['signatures'] | null {
  if (!Array.isArray(value) || value.length > SIGNATURES_MAX) return null;
  const found = (value as readonly JsonValue[]).map((one) => {
    const keyId = isJsonObject(one) ? one['keyid'] : null;
    const hex = isJsonObject(one) ? one['sig'] : null;
    if (typeof keyId !== 'string' || typeof hex !== 'string') return null;
    if (!/^(?:[0-9a-fA-F]{2}){0,2048}$/.test(hex)) return null;
    return { keyId, bytes: Buffer.from(hex, 'hex') };
  });
  const whole = found.filter((one) => one !== null);
  return whole.length === found.length ? whole : null;
}

const ROLES: readonly RoleName[] = ['root', 'timestamp', 'snapshot', 'targets'];

function readRoot(signed: JsonObject): RootContent | null {
  const keys = readMap(signed['keys'], (value) => readKey(value) ?? 'unknown');
  const roles = readMap(signed['roles'], readRole);
  if (keys === null || roles === null) return null;
  const known = ROLES.flatMap((name): [RoleName, Role][] => {
    const role = roles.get(name);
    return role === undefined ? [] : [[name, role]];
  });
  if (known.length < ROLES.length) return null;
  const usable = [...keys].flatMap(([id, key]): [string, KeyObject][] =>
    key === 'unknown' ? [] : [[id, key]],
  );
  const isConsistent = signed['consistent_snapshot'] !== false;
  return { keys: new Map(usable), roles: new Map(known), isConsistent };
}

function readRole(value: JsonObject): Role | null {
  const ids = value['keyids'];
  const threshold = readCount(value['threshold']);
  // mutant tuf-role-that-nobody-signs by tuf: operand 2 -> false
  if (threshold === null || threshold < 1) return null;
  if (!Array.isArray(ids) || ids.length > SIGNATURES_MAX) return null;
  const keyIds = (ids as readonly JsonValue[]).filter((one) => typeof one === 'string');
  return keyIds.length === ids.length ? { keyIds, threshold } : null;
}

/** ECDSA in PEM, or Ed25519 in hexadecimal; null for a key of another kind, which signs nothing. */
function readKey({ keyval }: JsonObject): KeyObject | null {
  const text = isJsonObject(keyval) ? keyval['public'] : null;
  if (typeof text !== 'string') return null;
  try {
    if (/^[0-9a-fA-F]{64}$/.test(text)) {
      const x = Buffer.from(text, 'hex').toString('base64url');
      return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    }
    return createPublicKey(text);
  } catch {
    return null;
  }
}

function readMetaClaim(value: JsonObject): MetaClaim | null {
  const version = readCount(value['version']);
  const claim = readFileClaim(value);
  return version === null || claim === null ? null : { version, ...claim };
}

function readFileClaim(value: JsonObject): FileClaim | null {
  const hashes = value['hashes'] === undefined ? {} : value['hashes'];
  const length = value['length'] === undefined ? null : readCount(value['length']);
  if (!isJsonObject(hashes) || (length === null && value['length'] !== undefined)) return null;
  const [sha256, sha512] = [readHash(hashes['sha256'], 64), readHash(hashes['sha512'], 128)];
  return sha256 === undefined || sha512 === undefined ? null : { length, sha256, sha512 };
}

/** Undefined for what is no hash. */
function readHash(value: JsonValue | undefined, digits: number): string | null | undefined {
  if (value === undefined) return null;
  const isHash = typeof value === 'string' && /^[0-9a-f]{64,128}$/.test(value);
  return isHash && value.length === digits ? value : undefined;
}

function readMap<T>(
  value: JsonValue | undefined,
  read: (entry: JsonObject) => T | null,
): ReadonlyMap<string, T> | null {
  if (!isJsonObject(value)) return null;
  const entries = Object.entries(value);
  if (entries.length > ENTRIES_MAX) return null;
  const found = new Map<string, T>();
  for (const [name, entry] of entries) {
    const one = isJsonObject(entry) ? read(entry) : null;
    if (one === null) return null;
    found.set(name, one);
  }
  return found;
}

function readCount(value: JsonValue | undefined): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function refuse(role: RoleName, why: string): Result<never> {
  return refuseTuf(`${role}.json is malformed: ${why}`);
}

/** @example refuseTuf('timestamp.json has expired') */
export function refuseTuf(why: string): Result<never> {
  return fail(
    'TRUST_INVALID',
    `the TUF repository is refused: ${why}`,
    'What was known stays. If it goes on, ask who runs the repository.',
  );
}
