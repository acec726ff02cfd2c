import { type Digest, parseDigest } from '../../../core/digest.ts';
import type { Instant } from '../../../core/instant.ts';
import { getOwn } from '../../../core/own.ts';
import { ok, type Result } from '../../../core/result.ts';
import type { Gate, RuleAction } from '../../../core/verdict.ts';
import { FACTS } from '../catalogue.ts';
import type { CelType, FieldTypes } from '../cel/type.ts';
import { invalid, type RegoDocument } from '../document.ts';

/** The rules of a policy that are written in Rego. */
export interface RegoPart {
  readonly bundle: RegoBundle;
  readonly rules: readonly RegoRule[];
  /**
   * What the rules may read: facts, and of each its fields, or null for all. Null: everything. A
   * field that is not read may be unknown.
   */
  readonly reads: ReadonlyMap<string, ReadonlySet<string> | null> | null;
}

/** The bundle that has the rules: its file has this digest. */
export interface RegoBundle {
  readonly digest: Digest;
  /** Who signed the bundle with `opa sign` or `opa build`; null: the digest alone proves it. */
  readonly signedBy: RegoKey | null;
}

export interface RegoKey {
  /** A public key, PEM. */
  readonly key: string;
  readonly id: string;
  readonly algorithm: string;
}

export interface RegoRule {
  readonly id: string;
  readonly description: string;
  readonly gates: Readonly<Partial<Record<Gate, RuleAction>>>;
  readonly effectiveOn: Instant | null;
  /** Without `data.`; its `allow` must be true, and its `deny` empty. */
  readonly package: string;
  readonly fix: string | null;
}

type ParseMoment = (text: string, edge: 'start' | 'end') => Result<Instant>;

/** Null where the document has no rules in Rego. */
export function readRegoPart(
  written: RegoDocument | undefined,
  parseMoment: ParseMoment,
): Result<RegoPart | null> {
  if (written === undefined) return ok(null);
  const digest = parseDigest(written.bundle);
  if (!digest.ok) return invalid(`rego.bundle: ${digest.failure.message}`);
  const reads = readPlaces(written.reads);
  if (!reads.ok) return reads;
  const rules: RegoRule[] = [];
  for (const { id, description, gates, effectiveOn, package: name, fix } of written.rules) {
    const from = effectiveOn === undefined ? ok(null) : parseMoment(effectiveOn, 'start');
    if (!from.ok) return invalid(`rule ${id}: effectiveOn: ${from.failure.message}`);
    const shared = { id, description, gates: gates as RegoRule['gates'], package: name };
    rules.push({ ...shared, effectiveOn: from.value, fix: fix ?? null });
  }
  return ok({
    bundle: { digest: digest.value, signedBy: readKey(written) },
    rules,
    reads: reads.value,
  });
}

/** `findings.severity`: a fact of the catalogue, and a field of it or of its elements. */
function readPlaces(written: RegoDocument['reads']): Result<RegoPart['reads']> {
  if (written === undefined) return ok(null);
  const reads = new Map<string, Set<string> | null>();
  for (const place of written) {
    const [name = '', field, ...more] = place.split('.');
    const fact = getOwn(FACTS, name as keyof typeof FACTS);
    const isKnown =
      fact !== undefined && (field === undefined || getOwn(listFields(fact.type), field));
    if (!isKnown || more.length > 0)
      return invalid(`rego.reads: ${JSON.stringify(place)} is no fact, and no field of one`);
    const fields = reads.get(name);
    if (field === undefined || fields === null) reads.set(name, null);
    else reads.set(name, (fields ?? new Set()).add(field));
  }
  return ok(reads);
}

/** The fields of a record, or of the elements of a list. */
export function listFields(type: CelType): FieldTypes {
  if (type.kind === 'list') return listFields(type.of);
  return type.kind === 'object' ? type.fields : {};
}

function readKey(written: RegoDocument): RegoKey | null {
  if (written.verificationKey === undefined) return null;
  return {
    key: written.verificationKey,
    id: written.verificationKeyId ?? 'default',
    algorithm: written.signingAlgorithm ?? 'RS256',
  };
}
