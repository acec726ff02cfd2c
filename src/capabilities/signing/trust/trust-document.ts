import { refuseOtherVersion } from '../../../core/api-version.ts';
import { sha256 } from '../../../core/digest.ts';
import { parseInstant } from '../../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { parseYaml } from '../../../formats/yaml/parse.ts';
import { parseNameText } from '../x509/distinguished-name.ts';
import { readMachineRules } from './machine-rule.ts';
import { readRevocations } from './own-revocation.ts';
import { readRepositoryPattern } from './repository-pattern.ts';
import { findOverlap } from './rule-overlap.ts';
import { readSigstoreSigner, SIGSTORE_SIGNER_KEYS } from './sigstore-signer.ts';
import {
  isPredicateType,
  type PredicateType,
  RULE_ID,
  STATEMENT_KINDS,
  type StatementKind,
  type TrustDocument,
  type TrustedSigner,
  type TrustRule,
} from './trust-rule.ts';

/**
 * Reads a trust document. Unknown keys, repeated keys, anchors and empty lists are errors: a slip
 * must not widen the trust.
 *
 * @example parseTrust(await readFile('trust.yaml', 'utf8'))
 */
export function parseTrust(input: string | Uint8Array): Result<TrustDocument> {
  if (input.length > LIMITS.configBytesMax) {
    return fail(
      'LIMIT_EXCEEDED',
      `the trust document is over ${LIMITS.configBytesMax} bytes`,
      'Split or shorten it.',
    );
  }
  const text = typeof input === 'string' ? ok(input) : decodeUtf8(input);
  if (!text.ok) return text;
  const value = parseYaml(text.value, { bytesMax: LIMITS.configBytesMax });
  if (!value.ok) return invalid(value.failure.message);
  const other = refuseOtherVersion(value.value, 'TRUST_INVALID', 'the trust document');
  if (other !== null) return other;
  const flaw = findKeysFlaw(
    value.value,
    ['apiVersion', 'kind', 'metadata', 'rules', 'machines', 'revoked'],
    'the document',
  );
  if (flaw !== null || !isJsonObject(value.value)) return invalid(flaw ?? 'it is empty');
  const { apiVersion, kind, metadata, rules } = value.value;
  const revoked = readRevocations(value.value['revoked']);
  if (!revoked.ok) return revoked;
  const machines = readMachineRules(value.value['machines']);
  if (!machines.ok) return machines;
  if (apiVersion !== 'waybill.dev/v1' || kind !== 'Trust')
    return invalid('it is not apiVersion waybill.dev/v1, kind Trust');
  const head = readMetadata(metadata);
  if (!head.ok) return head;
  const parsed = readRules(rules);
  if (!parsed.ok) return parsed;
  const lists = { rules: parsed.value, machines: machines.value, revoked: revoked.value };
  return ok({ ...head.value, digest: sha256(text.value), ...lists });
}

function readMetadata(
  value: JsonValue | undefined,
): Result<{ readonly name: string; readonly revision: number }> {
  const flaw = findKeysFlaw(value, ['name', 'revision'], 'metadata');
  if (flaw !== null || !isJsonObject(value)) return invalid(flaw ?? 'metadata is missing');
  const { name, revision } = value;
  if (typeof name !== 'string' || !RULE_ID.test(name))
    return invalid('metadata.name is not a name');
  if (typeof revision !== 'number' || !Number.isSafeInteger(revision) || revision < 1) {
    return invalid('metadata.revision is not a whole number of at least 1');
  }
  return ok({ name, revision });
}

function readRules(value: JsonValue | undefined): Result<readonly TrustRule[]> {
  const items = toList(value);
  if (items === null) return invalid('rules is not a list');
  if (items.length > LIMITS.policyRulesMax) {
    return fail(
      'LIMIT_EXCEEDED',
      `${items.length} trust rules, over ${LIMITS.policyRulesMax}`,
      'Join rules.',
    );
  }
  const rules: TrustRule[] = [];
  for (const item of items) {
    const rule = readRule(item);
    if (!rule.ok) return rule;
    if (rules.some((other) => other.id === rule.value.id))
      return invalid(`two rules have the id ${rule.value.id}`);
    rules.push(rule.value);
  }
  const overlap = findOverlap(rules);
  return overlap === null ? ok(rules) : invalid(overlap);
}

const RULE_KEYS = ['id', 'repositories', 'statements', 'signers', 'since', 'until'];

function readRule(value: JsonValue): Result<TrustRule> {
  const flaw = findKeysFlaw(value, RULE_KEYS, 'a rule');
  if (flaw !== null || !isJsonObject(value)) return invalid(flaw ?? 'a rule is empty');
  const id = value['id'];
  if (typeof id !== 'string' || !RULE_ID.test(id)) return invalid('a rule has no id');
  const repositories = readEach(
    value['repositories'],
    `repositories of ${id}`,
    readRepositoryPattern,
  );
  if (!repositories.ok) return repositories;
  const statements = readEach(value['statements'], `statements of ${id}`, readStatementKind);
  if (!statements.ok) return statements;
  const signers = readEach(value['signers'], `signers of ${id}`, readSigner);
  if (!signers.ok) return signers;
  const span = readSpan(value, id);
  if (!span.ok) return span;
  return ok({
    id,
    ...span.value,
    repositories: repositories.value,
    statements: statements.value,
    signers: signers.value,
  });
}

type RuleSpan = Pick<TrustRule, 'since' | 'until'>;

function readSpan(rule: JsonObject, id: string): Result<RuleSpan> {
  const [since, until] = [rule['since'], rule['until']].map((value) => {
    if (value === undefined) return null;
    const moment = typeof value === 'string' ? parseInstant(value) : null;
    return moment?.ok === true ? moment.value : 'malformed';
  });
  if (since === 'malformed' || until === 'malformed')
    return invalid(`since or until of ${id} is not a time such as 2026-11-22T18:00:00Z`);
  const span = { since: since ?? null, until: until ?? null };
  // mutant trust-rule-of-no-time by trust-windows: condition -> false
  if (span.since !== null && span.until !== null && span.since >= span.until)
    return invalid(`the rule ${id} ends before it begins`);
  return ok(span);
}

function readEach<T>(
  value: JsonValue | undefined,
  where: string,
  read: (item: JsonValue) => Result<T>,
): Result<readonly T[]> {
  const items = toList(value);
  if (items === null || items.length === 0)
    return invalid(`${where} is not a list with at least one entry`);
  const found: T[] = [];
  for (const item of items) {
    const one = read(item);
    if (!one.ok) return one;
    found.push(one.value);
  }
  return ok(found);
}

function readStatementKind(value: JsonValue): Result<StatementKind | PredicateType> {
  if (typeof value === 'string' && isPredicateType(value)) return ok(value);
  const kind = STATEMENT_KINDS.find((known) => known === value);
  return kind === undefined
    ? invalid(`a statement is not one of ${STATEMENT_KINDS.join(', ')}, or a type as https://…`)
    : ok(kind);
}

const STORE = /^(?:ca|signingAuthority):[A-Za-z0-9_.-]{1,255}$/;
const THUMBPRINT = /^[0-9a-f]{64}$/;

/**
 * A subject means nothing without a trust store that vouches for it, so `identity` needs
 * `trustStore`.
 */
function readSigner(value: JsonValue): Result<TrustedSigner> {
  // mutant signer-of-both-kinds by sigstore-signer: condition -> false
  if (isOfSigstore(value)) {
    const unknown = findKeysFlaw(value, SIGSTORE_SIGNER_KEYS, 'a signer of sigstore');
    if (unknown !== null) return invalid(unknown);
    const signer = readSigstoreSigner(value);
    return signer.ok ? signer : invalid(`a signer: ${signer.failure.message}`);
  }
  const flaw = findKeysFlaw(value, ['identity', 'trustStore', 'thumbprint'], 'a signer');
  if (flaw !== null || !isJsonObject(value)) return invalid(flaw ?? 'a signer is empty');
  const { identity, trustStore, thumbprint } = value;
  if (thumbprint !== undefined) {
    const alone = identity === undefined && trustStore === undefined;
    if (typeof thumbprint === 'string' && THUMBPRINT.test(thumbprint) && alone)
      return ok({ kind: 'certificate', thumbprint });
    return invalid('a thumbprint must be 64 lower-case hex digits without other keys beside it');
  }
  if (typeof identity !== 'string' || typeof trustStore !== 'string' || !STORE.test(trustStore)) {
    return invalid('a signer needs identity with trustStore (ca:name), or thumbprint');
  }
  const name = parseNameText(identity);
  return name.ok
    ? ok({ kind: 'subject', identity: name.value, text: identity, trustStore })
    : invalid(name.failure.message);
}

/** What only a signer of sigstore has. */
function isOfSigstore(value: JsonValue): value is JsonObject {
  if (!isJsonObject(value)) return false;
  return ['publicKey', 'issuer', 'identityGlob', 'trustedRoot'].some((key) =>
    Object.hasOwn(value, key),
  );
}

function findKeysFlaw(
  value: JsonValue | undefined,
  known: readonly string[],
  where: string,
): string | null {
  if (!isJsonObject(value)) return `${where} is not a map`;
  const unknown = Object.keys(value satisfies JsonObject).find((key) => !known.includes(key));
  return unknown === undefined
    ? null
    : `${where} has the unknown key ${JSON.stringify(unknown.slice(0, 80))}`;
}

function toList(value: JsonValue | undefined): readonly JsonValue[] | null {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : null;
}

function invalid(why: string): Result<never> {
  return fail(
    'TRUST_INVALID',
    `the trust document is invalid: ${why}`,
    'Correct it: see docs/reference/trust.md.',
  );
}
