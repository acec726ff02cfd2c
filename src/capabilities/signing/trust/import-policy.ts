import { formatNameMap } from '../x509/distinguished-name.ts';
import type { PolicyStatement, TrustPolicy } from './trust-policy.ts';
import type { StatementKind } from './trust-rule.ts';

/** A rule of a trust document, as its text has it. */
export interface RuleDraft {
  readonly id: string;
  readonly repositories: readonly string[];
  readonly statements: readonly string[];
  readonly signers: readonly { readonly identity: string; readonly trustStore: string }[];
}

/** Something of notation's trust policy that no rule can say, and why. */
export interface Omission {
  readonly what: string;
  readonly why: string;
}

export interface RuleImport {
  readonly rules: readonly RuleDraft[];
  readonly left: readonly Omission[];
}

/**
 * The rules that say what a trust policy of notation says. notation does not know what a signature
 * is about, so the statements are given. What would trust more than the policy is left out by name.
 */
export function importTrustPolicy(
  { statements: all }: TrustPolicy,
  statements: readonly StatementKind[],
): RuleImport {
  const rules: RuleDraft[] = [];
  const left: Omission[] = [];
  for (const statement of all) {
    const what = `statement ${statement.name}`;
    const why = explainUnusable(statement);
    if (why !== null) {
      left.push({ what, why });
      continue;
    }
    left.push(...listForeignIdentities(statement));
    const signers = listSigners(statement);
    if (signers.length === 0) {
      left.push({ what, why: 'it has no identity or no trust store that a rule can name' });
      continue;
    }
    const id = chooseId(statement.name, rules);
    rules.push({ id, repositories: statement.scopes, statements, signers });
  }
  return { rules, left };
}

const CHECKS = ['authenticity', 'authenticTimestamp', 'expiry'] as const;

function explainUnusable({ level, actions, scopes, identities }: PolicyStatement): string | null {
  const logged = CHECKS.filter((check) => actions[check] !== 'enforce');
  // mutant import-of-a-policy-that-only-logs: condition -> false
  if (logged.length > 0)
    return `its level ${level} does not enforce ${logged.join(', ')}: no proof for a gate`;
  // mutant import-of-every-repository: condition -> false
  if (scopes.includes('*'))
    return 'its scope is *: name the repositories, waybill trust add --repository';
  // mutant import-of-every-identity: condition -> false
  if (identities.some(({ kind }) => kind === 'any'))
    return 'it trusts every identity of its stores: name them, waybill trust add --identity';
  return null;
}

function listForeignIdentities({ name, identities }: PolicyStatement): readonly Omission[] {
  return identities.flatMap((identity) =>
    identity.kind === 'other'
      ? [{ what: `identity ${identity.text} of ${name}`, why: 'only x509.subject is known here' }]
      : [],
  );
}

function listSigners({ identities, trustStores }: PolicyStatement): RuleDraft['signers'] {
  const stores = trustStores.filter((store) => !store.startsWith('tsa:'));
  return identities.flatMap((identity) =>
    identity.kind === 'subject'
      ? stores.map((trustStore) => ({ identity: formatNameMap(identity.subject), trustStore }))
      : [],
  );
}

function chooseId(name: string, taken: readonly RuleDraft[]): string {
  const plain = name
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[._-]+/, '')
    .slice(0, 100);
  const base = plain === '' ? 'notation' : plain;
  const isTaken = (id: string): boolean => taken.some((rule) => rule.id === id);
  for (let next = 1; ; next++) {
    const id = next === 1 ? base : `${base}-${next}`;
    if (!isTaken(id)) return id;
  }
}
