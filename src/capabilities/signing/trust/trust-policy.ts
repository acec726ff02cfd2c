import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, failed, ok, type Result } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import {
  formatNameMap,
  isSubset,
  type NameMap,
  parseNameText,
} from '../x509/distinguished-name.ts';

/** N40: the checks of a verification; each is enforced, logged or skipped. */
export type PolicyCheck =
  | 'integrity'
  | 'authenticity'
  | 'authenticTimestamp'
  | 'expiry'
  | 'revocation';
export type PolicyAction = 'enforce' | 'log' | 'skip';
export type PolicyLevel = 'strict' | 'permissive' | 'audit' | 'skip';

/** One statement of notation's trust policy. */
export interface PolicyStatement {
  readonly name: string;
  /** Exact `registry/repository`, or one `*`. Empty in a blob policy. */
  readonly scopes: readonly string[];
  readonly level: PolicyLevel;
  /** The checks that result from the level and its overrides. */
  readonly actions: Readonly<Record<PolicyCheck, PolicyAction>>;
  readonly verifyTimestamp: 'always' | 'afterCertExpiry';
  /** `ca:name`, `signingAuthority:name` or `tsa:name`. */
  readonly trustStores: readonly string[];
  readonly identities: readonly TrustedIdentity[];
  /** Only in blob policies: used when no statement is named (N44). */
  readonly isGlobal: boolean;
}

export type TrustedIdentity =
  | { readonly kind: 'any' }
  | { readonly kind: 'subject'; readonly subject: NameMap }
  /** A prefix that other tools define; it matches nothing in this tool. */
  | { readonly kind: 'other'; readonly text: string };

export interface TrustPolicy {
  readonly statements: readonly PolicyStatement[];
}

const ENFORCED = 'enforce' as const;
const LEVELS: Readonly<Record<PolicyLevel, Readonly<Record<PolicyCheck, PolicyAction>>>> = {
  strict: {
    integrity: ENFORCED,
    authenticity: ENFORCED,
    authenticTimestamp: ENFORCED,
    expiry: ENFORCED,
    revocation: ENFORCED,
  },
  permissive: {
    integrity: ENFORCED,
    authenticity: ENFORCED,
    authenticTimestamp: 'log',
    expiry: 'log',
    revocation: 'log',
  },
  audit: {
    integrity: ENFORCED,
    authenticity: 'log',
    authenticTimestamp: 'log',
    expiry: 'log',
    revocation: 'log',
  },
  skip: {
    integrity: 'skip',
    authenticity: 'skip',
    authenticTimestamp: 'skip',
    expiry: 'skip',
    revocation: 'skip',
  },
};

/**
 * Reads notation's trustpolicy.json (N37–N43). Unlike in the reference implementation (N45), a key
 * that the specification does not have is an error: a misspelt `registryScope` must not leave a
 * repository without its rule.
 *
 * @example parseTrustPolicy(await readFile('trustpolicy.json'))
 */
export function parseTrustPolicy(bytes: Uint8Array | string): Result<TrustPolicy> {
  return parsePolicy(bytes, 'oci');
}

/** The policy for blobs: statements are chosen by name, else the global one (N44). */
export function parseBlobTrustPolicy(bytes: Uint8Array | string): Result<TrustPolicy> {
  return parsePolicy(bytes, 'blob');
}

/** N38: the statement of exactly this scope, else that of `*`, else none. */
export function selectStatement(policy: TrustPolicy, scope: string): PolicyStatement | null {
  const exact = policy.statements.find((statement) => statement.scopes.includes(scope));
  return exact ?? policy.statements.find((statement) => statement.scopes.includes('*')) ?? null;
}

/** N44: the blob statement of that name, or the global one when no name is given. */
export function selectBlobStatement(
  policy: TrustPolicy,
  name: string | null,
): PolicyStatement | null {
  return (
    policy.statements.find((statement) =>
      name === null ? statement.isGlobal : statement.name === name,
    ) ?? null
  );
}

function parsePolicy(bytes: Uint8Array | string, kind: 'oci' | 'blob'): Result<TrustPolicy> {
  const json = parseJson(bytes, { bytesMax: LIMITS.configBytesMax, foldKeyCase: true });
  if (!json.ok) return json.failure.code === 'MALFORMED' ? invalid(json.failure.message) : json;
  const flaw = findKeysFlaw(json.value, ['version', 'trustPolicies'], 'the policy');
  if (flaw !== null || !isJsonObject(json.value)) return invalid(flaw ?? 'it is not an object');
  if (json.value['version'] !== '1.0') return invalid('its version is not "1.0" (N37)');
  const items = json.value['trustPolicies'];
  if (!Array.isArray(items) || items.length === 0) return invalid('it has no statements');
  const statements: PolicyStatement[] = [];
  for (const item of items as readonly JsonValue[]) {
    const statement = parseStatement(item, kind);
    if (!statement.ok) return statement;
    statements.push(statement.value);
  }
  const clash = findClash(statements);
  return clash === null ? ok({ statements }) : invalid(clash);
}

/** N37: names are unique, and each scope is in one statement. N44: one global statement. */
function findClash(statements: readonly PolicyStatement[]): string | null {
  const name = findDuplicate(statements.map((statement) => statement.name));
  if (name !== null) return `two statements have the name ${JSON.stringify(name)}`;
  const scope = findDuplicate(statements.flatMap((statement) => statement.scopes));
  if (scope !== null) return `the registry scope ${JSON.stringify(scope)} occurs twice`;
  return statements.filter((statement) => statement.isGlobal).length > 1
    ? 'two statements are global'
    : null;
}

function parseStatement(value: JsonValue, kind: 'oci' | 'blob'): Result<PolicyStatement> {
  const own = kind === 'oci' ? 'registryScopes' : 'globalPolicy';
  const keys = ['name', 'signatureVerification', 'trustStores', 'trustedIdentities', own];
  const flaw = findKeysFlaw(value, keys, 'a statement');
  if (flaw !== null || !isJsonObject(value)) return invalid(flaw ?? 'a statement is not an object');
  const name = value['name'];
  if (typeof name !== 'string' || name === '') return invalid('a statement has no name');
  const scopes = kind === 'oci' ? readScopes(value['registryScopes'], name) : ok([]);
  if (!scopes.ok) return scopes;
  const isGlobal = value['globalPolicy'] ?? false;
  if (typeof isGlobal !== 'boolean')
    return invalid(`globalPolicy of ${JSON.stringify(name)} is not true or false`);
  const verification = readVerification(value['signatureVerification'], name);
  if (!verification.ok) return verification;
  if (isGlobal && verification.value.level === 'skip')
    return invalid('the global policy skips verification');
  const trust = readTrust(value, name, verification.value.level);
  return trust.ok
    ? ok({ name, scopes: scopes.value, isGlobal, ...verification.value, ...trust.value })
    : trust;
}

// The grammar of a scope: a host with an optional port, and a repository (N37).
const HOST_LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const HOST = new RegExp(`^${HOST_LABEL}(?:\\.${HOST_LABEL})*(?::[0-9]{1,5})?$`);
const PATH_PART = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

function readScopes(value: JsonValue | undefined, name: string): Result<readonly string[]> {
  const where = `of the statement ${JSON.stringify(name)}`;
  const scopes = readTexts(value);
  if (scopes === null || scopes.length === 0)
    return invalid(`registryScopes ${where} is not a list of scopes`);
  if (scopes.length > 1 && scopes.includes('*'))
    return invalid(`registryScopes ${where} mixes * with others`);
  const bad = scopes.find((scope) => scope !== '*' && !isScope(scope));
  if (bad === undefined) return ok(scopes);
  return invalid(
    `the registry scope ${JSON.stringify(bad.slice(0, 200))} ${where} is not registry/repository`,
  );
}

function isScope(scope: string): boolean {
  const [host = '', ...path] = scope.split('/');
  return (
    scope.length <= 1_024 &&
    HOST.test(host) &&
    path.length > 0 &&
    path.every((part) => PATH_PART.test(part))
  );
}

type Verification = Pick<PolicyStatement, 'level' | 'actions' | 'verifyTimestamp'>;

function readVerification(value: JsonValue | undefined, name: string): Result<Verification> {
  const where = `of the statement ${JSON.stringify(name)}`;
  const flaw = findKeysFlaw(
    value,
    ['level', 'override', 'verifyTimestamp'],
    `signatureVerification ${where}`,
  );
  if (flaw !== null || !isJsonObject(value))
    return invalid(flaw ?? `signatureVerification ${where} is missing`);
  const level = value['level'];
  if (typeof level !== 'string' || !isLevel(level)) return invalid(`the level ${where} is unknown`);
  const verifyTimestamp = value['verifyTimestamp'] ?? 'always';
  if (verifyTimestamp !== 'always' && verifyTimestamp !== 'afterCertExpiry') {
    return invalid(`verifyTimestamp ${where} is neither always nor afterCertExpiry`);
  }
  const actions = overrideActions(level, value['override'], where);
  return actions.ok ? ok({ level, actions: actions.value, verifyTimestamp }) : actions;
}

function isLevel(text: string): text is PolicyLevel {
  return Object.hasOwn(LEVELS, text);
}

const ACTIONS: readonly JsonValue[] = ['enforce', 'log', 'skip'];

/**
 * N41: integrity cannot be overridden, the level `skip` has no overrides, and only revocation may
 * be skipped.
 */
function overrideActions(
  level: PolicyLevel,
  value: JsonValue | undefined,
  where: string,
): Result<Readonly<Record<PolicyCheck, PolicyAction>>> {
  if (value === undefined || value === null) return ok(LEVELS[level]);
  if (!isJsonObject(value)) return invalid(`override ${where} is not an object`);
  const entries = Object.entries(value);
  if (level === 'skip' && entries.length > 0)
    return invalid(`the level skip ${where} cannot be overridden`);
  for (const [check, action] of entries) {
    if (check === 'integrity') return invalid(`integrity ${where} cannot be overridden (N41)`);
    if (!Object.hasOwn(LEVELS.strict, check))
      return invalid(`${JSON.stringify(check)} ${where} is not a check`);
    if (!ACTIONS.includes(action ?? null))
      return invalid(`the action for ${check} ${where} is unknown`);
    if (action === 'skip' && check !== 'revocation')
      return invalid(`${check} ${where} cannot be skipped (N41)`);
  }
  return ok({ ...LEVELS[level], ...(value as Readonly<Record<string, PolicyAction>>) });
}

type TrustAnchors = Pick<PolicyStatement, 'trustStores' | 'identities'>;

function readTrust(value: JsonObject, name: string, level: PolicyLevel): Result<TrustAnchors> {
  const where = `of the statement ${JSON.stringify(name)}`;
  const stores = readTexts(value['trustStores'] ?? []);
  const texts = readTexts(value['trustedIdentities'] ?? []);
  if (stores === null || texts === null)
    return invalid(`trustStores and trustedIdentities ${where} are lists of texts`);
  if (level === 'skip') {
    if (stores.length + texts.length === 0) return ok({ trustStores: [], identities: [] });
    return invalid(`the level skip ${where} allows no trust stores and no identities (N39)`);
  }
  if (stores.length === 0 || texts.length === 0)
    return invalid(`trustStores or trustedIdentities ${where} is empty`);
  const bad = stores.find((store) => !STORE.test(store));
  if (bad !== undefined)
    return invalid(
      `the trust store ${JSON.stringify(bad.slice(0, 200))} ${where} is not type:name`,
    );
  const identities = readIdentities(texts, where);
  return identities.ok ? ok({ trustStores: stores, identities: identities.value }) : identities;
}

/** The names of trust stores are names of folders. */
const STORE = /^(?:ca|signingAuthority|tsa):(?!\.{1,2}$)[A-Za-z0-9_.-]{1,255}$/;

function readIdentities(
  texts: readonly string[],
  where: string,
): Result<readonly TrustedIdentity[]> {
  if (texts.length > 1 && texts.includes('*'))
    return invalid(`trustedIdentities ${where} mixes * with others (N43)`);
  const identities: TrustedIdentity[] = [];
  for (const text of texts) {
    const identity = readIdentity(text);
    if (!identity.ok) return invalid(`${identity.failure.message} (${where})`);
    identities.push(identity.value);
  }
  const subjects = identities.flatMap((identity) =>
    identity.kind === 'subject' ? [identity.subject] : [],
  );
  const overlap = subjects.some((one, i) =>
    subjects.some((other, j) => i !== j && isSubset(one, other)),
  );
  return overlap ? invalid(`two trustedIdentities ${where} overlap (N43)`) : ok(identities);
}

function readIdentity(text: string): Result<TrustedIdentity> {
  if (text === '*') return ok({ kind: 'any' });
  const colon = text.indexOf(':');
  if (colon < 1 || text.slice(colon + 1).trim() === '') {
    return invalid(`the identity ${JSON.stringify(text.slice(0, 200))} is not type:value`);
  }
  if (text.slice(0, colon) !== 'x509.subject') return ok({ kind: 'other', text });
  const subject = parseNameText(text.slice(colon + 1));
  if (!subject.ok) return failed(subject.failure);
  const missing = ['C', 'ST', 'O'].filter((type) => !subject.value.has(type));
  if (missing.length === 0) return ok({ kind: 'subject', subject: subject.value });
  return invalid(
    `the identity ${JSON.stringify(text.slice(0, 200))} lacks ${missing.join(', ')} (N42)`,
  );
}

/** As a trust policy writes it; the order of a subject's attributes may differ. */
export function formatIdentity(identity: TrustedIdentity): string {
  if (identity.kind === 'any') return '*';
  if (identity.kind === 'other') return identity.text;
  return `x509.subject: ${formatNameMap(identity.subject)}`;
}

/**
 * N42: whether the statement trusts a signer of this subject, as notation prints it. A subject that
 * cannot be read (A17), or lacks C, ST or O, is matched by `*` only.
 */
export function isIdentityTrusted(statement: PolicyStatement, subjectText: string): boolean {
  if (statement.identities.some((identity) => identity.kind === 'any')) return true;
  const subject = parseNameText(subjectText);
  if (!subject.ok || !['C', 'ST', 'O'].every((type) => subject.value.has(type))) return false;
  return statement.identities.some(
    (identity) => identity.kind === 'subject' && isSubset(identity.subject, subject.value),
  );
}

function findKeysFlaw(
  value: JsonValue | undefined,
  known: readonly string[],
  where: string,
): string | null {
  if (!isJsonObject(value)) return `${where} is not an object`;
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  return unknown === undefined
    ? null
    : `${where} has the unknown key ${JSON.stringify(unknown.slice(0, 80))} (N45)`;
}

function readTexts(value: JsonValue | undefined): readonly string[] | null {
  if (!Array.isArray(value)) return null;
  return value.every((item) => typeof item === 'string') ? (value as readonly string[]) : null;
}

function findDuplicate(texts: readonly string[]): string | null {
  const seen = new Set<string>();
  return texts.find((text) => seen.size === seen.add(text).size) ?? null;
}

function invalid(why: string): Result<never> {
  return fail(
    'TRUST_INVALID',
    `the trust policy is invalid: ${why}`,
    'Correct trustpolicy.json (for blobs, trustpolicy.blob.json).',
  );
}
