import { existsSync } from 'node:fs';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import {
  composeLayers,
  parsePolicy,
  readDocument as readPolicyDocument,
} from '../../capabilities/policy/index.ts';
import { sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { formatRepository } from '../../core/image-reference.ts';
import { formatInstant, type Instant } from '../../core/instant.ts';
import type { JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { attempt, orThrow } from '../../core/result.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import { readSmallFile } from '../../system/files/read-file.ts';
import { writeWhole } from '../../system/files/write-file.ts';
import type { Config, Environment } from '../config/config.ts';
import {
  findLayer,
  type HeldRevision,
  keepDocument,
  loadKeptDocument,
  type PolicyLayer,
  type PolicyState,
  putLayer,
  readBegin,
  readPolicyState,
  writePolicyState,
} from './policy-state.ts';
import {
  buildRevisionEvidence,
  type PolicyPlace,
  type VerifiedRevision,
  verifyRevision,
} from './policy-store.ts';
import { isIndexName, openIndexPlace } from './pull-advisories.ts';

/** What a pull did with one layer. */
export interface PulledLayer {
  readonly repository: string;
  readonly layer: PolicyLayer;
  /** Why the registry could not show the newest revision; null if it did. */
  readonly failure: Failure | null;
  readonly isNew: boolean;
}

export interface PulledPolicy {
  readonly layers: readonly PulledLayer[];
  /** Whether the policy file is another one than before. */
  readonly changed: boolean;
}

interface PullPolicyCall {
  /** The widest layer first. */
  readonly places: readonly PolicyPlace[];
  readonly now: Instant;
  readonly signal: AbortSignal;
  /** Whether a policy file that was not pulled is replaced. */
  readonly replace: boolean;
  /** Puts what was pulled into the evidence log. */
  readonly append: (inputs: readonly EvidenceInput[]) => Promise<void>;
}

/**
 * Brings the policy in force to the newest revisions. One that is unsigned, of a stranger, or older
 * than one that was seen here is refused, and what is in force stays, with the time when it was
 * last confirmed. It fails only where nothing of a layer was ever pulled, or the layers contradict
 * each other.
 */
async function pullPolicies(config: Config, call: PullPolicyCall): Promise<PulledPolicy> {
  const { places, now, signal } = call;
  let state = readPolicyState(config);
  const layers: PulledLayer[] = [];
  const news: EvidenceInput[] = [];
  for (const place of places) {
    const repository = formatRepository(place.reference);
    const before = findLayer(state, repository);
    const verified = await attempt(() => verifyRevision(config, place, signal));
    const taken = verified.ok
      ? await attempt(async () => takeRevision(config, repository, before, verified.value, now))
      : verified;
    if (!taken.ok && before === null) throw taken.failure;
    const layer = promote(taken.ok ? taken.value : (before as PolicyLayer), now);
    state = putLayer(state, repository, layer);
    const isNew = taken.ok && before?.seen.manifest !== layer.seen.manifest;
    if (isNew && verified.ok) news.push(...describeNews(repository, verified.value));
    layers.push({ repository, layer, failure: taken.ok ? null : taken.failure, isNew });
  }
  const order = layers.map(({ repository }) => repository);
  // Before the policy is in force: after a crash no older revision may come back.
  writePolicyState(config, { ...state, order });
  const text = composeCurrent(config, layers);
  const { writing: _, ...settled } = state;
  // mutant pull-that-was-killed-blocks-the-next by policy-store: remove
  writePolicyState(config, { ...state, order, writing: sha256(text) });
  const changed = putInForce(config, text, state, call.replace);
  writePolicyState(config, { ...settled, order, written: sha256(text) });
  if (news.length > 0) await call.append(news);
  return { layers, changed };
}

export interface ConfiguredPull extends Omit<PullPolicyCall, 'places'> {
  readonly env: Environment;
  readonly cwd: string;
  /** For an artifact on disk: the repository whose trust counts. */
  readonly as: string | null;
}

/** The same for places by their names; without them, those of the configuration. */
export async function pullConfigured(
  config: Config,
  { env, cwd, as, ...call }: ConfiguredPull,
  names: readonly string[] = config.policies.from,
): Promise<PulledPolicy> {
  if (names.length === 0)
    throw new Failure(
      'USAGE',
      'it is unknown where the policy comes from',
      'Name the repository that it was pushed to, or set policies.from in waybill.yaml.',
    );
  const places: Awaited<ReturnType<typeof openIndexPlace>>[] = [];
  try {
    for (const name of names) {
      const from = isIndexName(name) ? name : `oci://${name}`;
      places.push(await openIndexPlace(config, { from, as, env, cwd }));
    }
    return await pullPolicies(config, { ...call, places });
  } finally {
    for (const { close } of places) close();
  }
}

/** The layer with a verified revision, unless it is behind one that was seen here. */
function takeRevision(
  config: Config,
  repository: string,
  before: PolicyLayer | null,
  { subject, revision, text, signers }: VerifiedRevision,
  now: Instant,
): PolicyLayer {
  const { number } = revision;
  const isSame = number === before?.seen.number && subject.digest === before.seen.manifest;
  // mutant older-policy-is-taken by policy-store: condition -> false
  if (before !== null && number <= before.seen.number && !isSame) {
    const what =
      number < before.seen.number ? 'an older revision' : 'another revision of that number';
    throw new Failure(
      'EVIDENCE_REJECTED',
      `${repository} has ${what}: ${number}, and ${before.seen.number} was seen here`,
      'Ask who publishes it; the policy that is here stays. To go back: waybill policy rollback.',
    );
  }
  const confirmedAt = formatInstant(now);
  const kept = keepDocument(config, text);
  if (before !== null && isSame) return { ...before, confirmedAt };
  const held: HeldRevision = {
    number,
    manifest: subject.digest,
    document: kept,
    effectiveFrom: revision.effectiveFrom === null ? null : formatInstant(revision.effectiveFrom),
    signers: [...signers],
  };
  return {
    seen: { number, manifest: subject.digest },
    confirmedAt,
    current: before?.current ?? null,
    pending: held,
  };
}

/** What waits is in force from its moment on, also where no registry can be asked then. */
function promote(layer: PolicyLayer, now: Instant): PolicyLayer {
  const { pending } = layer;
  if (pending === null) return layer;
  const begin = readBegin(pending);
  // mutant policy-before-its-moment by policy-store: condition -> false
  if (begin !== null && begin > now) return layer;
  return { ...layer, current: pending, pending: null };
}

function describeNews(
  repository: string,
  { revision, subject, signers, text }: VerifiedRevision,
): readonly EvidenceInput[] {
  return buildRevisionEvidence({ repository, revision, manifest: subject.digest, signers, text });
}

/** The text of the policy of all layers that are in force. */
function composeCurrent(config: Config, layers: readonly PulledLayer[]): Uint8Array {
  const texts = layers.map(({ repository, layer }) => {
    if (layer.current !== null) return loadKeptDocument(config, layer.current.document);
    const from = layer.pending?.effectiveFrom ?? 'later';
    throw new Failure(
      'NOT_FOUND',
      `the first policy of ${repository} is in force only from ${from}`,
      'Pull it again then.',
    );
  });
  const [first] = texts;
  if (texts.length === 1 && first !== undefined) return first;
  const documents = texts.map((text) =>
    orThrow(readPolicyDocument(Buffer.from(text).toString('utf8'))),
  );
  const whole = orThrow(composeLayers(documents));
  const json = `${canonicalizeJson(whole as unknown as JsonValue)}\n`;
  orThrow(parsePolicy(json));
  return Buffer.from(json);
}

function putInForce(
  config: Config,
  text: Uint8Array,
  { written, writing }: PolicyState,
  replace: boolean,
): boolean {
  const now = existsSync(config.policy)
    ? readSmallFile(config.policy, LIMITS.configBytesMax)
    : null;
  const digest = now === null ? null : sha256(now);
  if (digest === sha256(text)) return false;
  // mutant own-policy-is-overwritten by policy-store: condition -> false
  if (digest !== null && digest !== written && digest !== writing && !replace)
    throw new Failure(
      'CONFIG_INVALID',
      `${config.policy} was not written by a pull, and another policy would replace it`,
      'Give --replace, or name another file: --policy.',
    );
  writeWhole(config.policy, text, 0o600);
  return true;
}
