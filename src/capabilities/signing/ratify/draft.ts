import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { importTrustPolicy, type Omission } from '../trust/import-policy.ts';
import { type PolicyStatement, parseTrustPolicy } from '../trust/trust-policy.ts';
import type { StatementKind } from '../trust/trust-rule.ts';
import { parseNameText } from '../x509/distinguished-name.ts';
import type { ProvidedKeys } from './providers.ts';
import { readScope, type ScopeReading } from './scopes.ts';

/** A signer as the text of a trust document has it. */
export type SignerDraft =
  | { readonly identity: string; readonly trustStore: string }
  | { readonly publicKey: string; readonly trustedRoot?: string }
  | { readonly identity: string; readonly issuer: string; readonly trustedRoot: string };

export interface ImportedRule {
  readonly id: string;
  readonly repositories: readonly string[];
  readonly statements: readonly string[];
  readonly signers: readonly SignerDraft[];
}

/** A parameter of the policy that says what a verifier was told. */
export interface PolicySetting {
  readonly parameter: string;
  readonly value: string | readonly string[];
  readonly from: string;
}

/** What stands for `*`, which no rule says, and what is known here. */
export interface ImportChoices {
  readonly repositories: readonly string[];
  /** Whole subjects, as `CN=release,O=Shop,ST=WA,C=US`. */
  readonly identities: readonly string[];
  /** What signatures may state; none: image, and sbom and scan where verifiers ask for them. */
  readonly statements: readonly StatementKind[];
  /** A trusted root of sigstore that is here; null where none is. */
  readonly trustedRoot: string | null;
}

/** What is collected on the way. */
export interface ImportDraft {
  readonly choices: ImportChoices;
  readonly kinds: readonly StatementKind[];
  readonly stores: Map<string, string>;
  readonly statements: JsonObject[];
  readonly rules: ImportedRule[];
  readonly settings: PolicySetting[];
  readonly left: Omission[];
}

export function leaveOut({ left }: ImportDraft, what: string, why: string): void {
  left.push({ what, why });
}

/**
 * Puts certificates into a trust store by its name. False where another verifier has other
 * certificates in a store of this name: together they would be trusted for more.
 */
export function addStore({ stores }: ImportDraft, name: string, pem: string): boolean {
  const known = stores.get(name);
  // mutant stores-of-one-name-are-joined by ratify: condition -> false
  if (known !== undefined && known !== pem) return false;
  stores.set(name, pem);
  return true;
}

/** The text of all certificates that are here; why each of the others is not is reported. */
export function joinCertificates(
  draft: ImportDraft,
  what: string,
  provided: readonly ProvidedKeys[],
): string | null {
  const texts: string[] = [];
  for (const one of provided) {
    if (one.kind === 'certificates') texts.push(one.pem.trim());
    else if (one.kind === 'elsewhere') leaveOut(draft, what, one.why);
    else leaveOut(draft, what, 'its provider holds keys, and no certificates');
  }
  return texts.length === 0 ? null : `${texts.join('\n')}\n`;
}

/** The repositories of scopes; those that no rule can say are reported. */
export function readRepositories(
  draft: ImportDraft,
  what: string,
  scopes: readonly string[],
): readonly string[] {
  const found: string[] = [];
  for (const scope of scopes) {
    const read = readScope(scope);
    if (read.kind === 'none') leaveOut(draft, `scope ${scope} of ${what}`, read.why);
    else found.push(...listPatterns(draft, what, read));
  }
  return [...new Set(found)];
}

function listPatterns(
  draft: ImportDraft,
  what: string,
  read: Exclude<ScopeReading, { readonly kind: 'none' }>,
): readonly string[] {
  if (read.kind === 'repositories') return [read.pattern];
  const { repositories } = draft.choices;
  if (repositories.length === 0)
    leaveOut(draft, `scope * of ${what}`, 'name the repositories: --repository');
  return repositories;
}

/**
 * The statement with the repositories, and with the given subjects in the place of `*`; then its
 * rules, as notation's own policy would give them.
 */
export function addRules(
  draft: ImportDraft,
  statement: PolicyStatement,
  repositories: readonly string[],
): void {
  if (repositories.length === 0) return;
  const isAny = statement.identities.some(({ kind }) => kind === 'any');
  const named = draft.choices.identities.flatMap((text) => {
    const subject = parseNameText(text);
    return subject.ok ? [{ kind: 'subject' as const, subject: subject.value }] : [];
  });
  const filled = {
    ...statement,
    scopes: repositories,
    identities: isAny && named.length > 0 ? named : statement.identities,
  };
  const { rules, left } = importTrustPolicy({ statements: [filled] }, draft.kinds);
  draft.rules.push(...rules);
  draft.left.push(...left);
}

/** One statement of notation's policy; null where notation would refuse it. */
export function readStatement(draft: ImportDraft, what: string, text: JsonObject) {
  const document = JSON.stringify({ version: '1.0', trustPolicies: [text] });
  const parsed = parseTrustPolicy(document);
  if (!parsed.ok) leaveOut(draft, what, parsed.failure.message);
  return parsed.ok ? (parsed.value.statements[0] ?? null) : null;
}

/** Adds a statement to the policy, unless it clashes with another one there. */
export function addStatement(draft: ImportDraft, what: string, text: JsonObject): boolean {
  const all = [...draft.statements, text];
  const parsed = parseTrustPolicy(JSON.stringify({ version: '1.0', trustPolicies: all }));
  if (parsed.ok) draft.statements.push(text);
  else leaveOut(draft, what, parsed.failure.message);
  return parsed.ok;
}

export function readTexts(value: JsonValue | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

export function readMap(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

export function readMaps(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : [];
}

/** A name as files of trust stores and rules have it. */
export function toPlainName(...parts: readonly string[]): string {
  const plain = parts.join('-').replaceAll(/[^A-Za-z0-9_.-]/g, '-');
  return plain.replace(/^[._-]+/, '').slice(0, 100) || 'ratify';
}
