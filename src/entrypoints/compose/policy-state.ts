import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Digest, parseDigest, sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { type Instant, parseInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { getOwn, setOwn } from '../../core/own.ts';
import { orThrow } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import { readSmallFile } from '../../system/files/read-file.ts';
import { writeWhole } from '../../system/files/write-file.ts';
import type { Config } from '../config/config.ts';

const held = z.strictObject({
  number: z.int().min(1),
  /** The manifest, and the SHA-256 of the text of its document. */
  manifest: z.string(),
  document: z.string(),
  effectiveFrom: z.string().nullable(),
  signers: z.array(z.string().max(2_000)).max(100),
});
const layer = z.strictObject({
  /** The newest revision that was ever verified here: none before it is taken again. */
  seen: z.strictObject({ number: z.int().min(1), manifest: z.string() }),
  /** When the registry last showed which revision is the newest. */
  confirmedAt: z.string(),
  /** What is in force; null while the first revision only begins later. */
  current: held.nullable(),
  /** What is in force from its moment on. */
  pending: held.nullable(),
});
const document = z.strictObject({
  apiVersion: z.literal('waybill.dev/v1'),
  kind: z.literal('PolicyStore'),
  /** The repositories that the policy in force is of, the widest first. */
  order: z.array(z.string().max(1_000)).max(LIMITS.policyLayersMax),
  layers: z.record(z.string(), layer),
  /** The SHA-256 of the policy file as it was written here; null: it was never written. */
  written: z.string().nullable(),
  /** The one that a pull was about to write when it was killed; absent: none. */
  writing: z.string().optional(),
});

/** A revision whose signature was verified when it was pulled. */
export type HeldRevision = Readonly<z.infer<typeof held>>;
export type PolicyLayer = Readonly<z.infer<typeof layer>>;
export type PolicyState = Readonly<Omit<z.infer<typeof document>, 'apiVersion' | 'kind'>>;

const nameFolder = ({ home }: Config): string => join(home, 'policy-store');
const nameFile = (config: Config): string => join(nameFolder(config), 'state.json');
const nameDocument = (config: Config, digest: Digest): string =>
  join(nameFolder(config), `${digest.replace(':', '-')}.yaml`);

const NOTHING: PolicyState = { order: [], layers: {}, written: null };

/**
 * What was pulled here. A damaged file is a failure: without its numbers, an older policy could
 * come back.
 */
export function readPolicyState(config: Config): PolicyState {
  const path = nameFile(config);
  if (!existsSync(path)) return NOTHING;
  const json = parseJson(readSmallFile(path, LIMITS.configBytesMax), {
    bytesMax: LIMITS.configBytesMax,
  });
  const parsed = document.safeParse(json.ok ? json.value : null);
  // mutant damaged-policy-state-is-empty by policy-store: condition -> false
  if (!parsed.success)
    throw new Failure(
      'STORE_CORRUPT',
      `${path} is damaged`,
      'Restore it from a backup, or remove it to accept any signed policy once.',
    );
  const { apiVersion: _, kind: __, ...state } = parsed.data;
  return state;
}

export function findLayer(state: PolicyState, repository: string): PolicyLayer | null {
  return getOwn(state.layers, repository) ?? null;
}

export function putLayer(state: PolicyState, repository: string, one: PolicyLayer): PolicyState {
  const layers: Record<string, PolicyLayer> = { ...state.layers };
  setOwn(layers, repository, one);
  return { ...state, layers: layers as PolicyState['layers'] };
}

export function writePolicyState(config: Config, state: PolicyState): void {
  makeFolders(nameFolder(config), 0o700);
  const json = { apiVersion: 'waybill.dev/v1', kind: 'PolicyStore', ...state };
  writeWhole(nameFile(config), Buffer.from(`${JSON.stringify(json)}\n`), 0o600);
}

/** Keeps the text of a document under its digest. */
export function keepDocument(config: Config, text: Uint8Array): Digest {
  const digest = sha256(text);
  makeFolders(nameFolder(config), 0o700);
  writeWhole(nameDocument(config, digest), text, 0o600);
  return digest;
}

/** The kept text; STORE_CORRUPT if it is no longer that of the digest. */
export function loadKeptDocument(config: Config, written: string): Uint8Array {
  const digest = orThrow(parseDigest(written));
  const path = nameDocument(config, digest);
  const bytes = existsSync(path) ? readSmallFile(path, LIMITS.configBytesMax) : null;
  // mutant kept-policy-was-changed by policy-store: condition -> bytes !== null
  if (bytes !== null && sha256(bytes) === digest) return bytes;
  throw new Failure(
    'STORE_CORRUPT',
    `${path} is missing or was changed`,
    'Pull the policy again: waybill policy pull.',
  );
}

/** When a revision begins; null: at once. */
export function readBegin({ effectiveFrom }: HeldRevision): Instant | null {
  return effectiveFrom === null ? null : orThrow(parseInstant(effectiveFrom));
}
