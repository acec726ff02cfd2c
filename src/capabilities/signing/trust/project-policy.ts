import { NAME_OIDS } from '../x509/distinguished-name.ts';
import type { Omission } from './import-policy.ts';
import { formatSigstoreSigner } from './sigstore-signer.ts';
import type { TrustDocument, TrustRule } from './trust-rule.ts';

/** A statement of trustpolicy.json, as its text has it. */
export interface StatementDraft {
  readonly name: string;
  readonly registryScopes: readonly string[];
  readonly signatureVerification: { readonly level: 'strict' };
  readonly trustStores: readonly string[];
  readonly trustedIdentities: readonly string[];
}

export interface PolicyProjection {
  readonly version: '1.0';
  readonly trustPolicies: readonly StatementDraft[];
}

/**
 * What a trust document says, as notation's trust policy: who may sign the images of which
 * repositories. notation has one statement for a repository, exact repositories, and no times, so
 * what it cannot say is left out by name, and never said wider.
 *
 * @example projectTrustPolicy(document).policy
 */
export function projectTrustPolicy({ rules, revoked }: TrustDocument): {
  readonly policy: PolicyProjection;
  readonly left: readonly Omission[];
} {
  const left: Omission[] = revoked.map(({ kind, value }) => {
    return { what: `the revoked ${kind} ${value}`, why: 'notation has no such list' };
  });
  const scopes = new Map<string, Map<string, Set<string>>>();
  for (const rule of rules) {
    const why = explainUnprojected(rule);
    if (why !== null) left.push({ what: `rule ${rule.id}`, why });
    else for (const pattern of rule.repositories) addScope(scopes, rule, pattern, left);
  }
  const trustPolicies = [...scopes].flatMap(([scope, stores]) => projectScope(scope, stores, left));
  return { policy: { version: '1.0', trustPolicies }, left };
}

function explainUnprojected({ statements, since, until }: TrustRule): string | null {
  // mutant projected-rule-about-no-image by import-policy: condition -> false
  if (!statements.includes('image')) return 'it is not about images';
  // mutant projected-rule-with-a-time by import-policy: condition -> false
  if (since !== null || until !== null) return 'notation has no since and no until';
  return null;
}

function addScope(
  scopes: Map<string, Map<string, Set<string>>>,
  { id, signers }: TrustRule,
  { kind, path }: TrustRule['repositories'][number],
  left: Omission[],
): void {
  if (kind === 'below') {
    left.push({ what: `${path}/* of rule ${id}`, why: 'notation names single repositories' });
    return;
  }
  const stores = scopes.get(path) ?? new Map<string, Set<string>>();
  for (const signer of signers) {
    if (signer.kind === 'certificate') {
      const what = `thumbprint ${signer.thumbprint} of rule ${id}`;
      left.push({ what, why: 'notation names subjects' });
      continue;
    }
    // mutant projected-signer-of-sigstore by sigstore-signer: condition -> false
    if (signer.kind !== 'subject') {
      const what = `${formatSigstoreSigner(signer)} of rule ${id}`;
      left.push({ what, why: 'notation knows no signers of sigstore' });
      continue;
    }
    const missing = ['C', 'ST', 'O'].filter((type) => !signer.identity.has(type));
    const unknown = [...signer.identity.keys()].filter((type) => !Object.hasOwn(NAME_OIDS, type));
    if (missing.length + unknown.length > 0) {
      left.push({ what: `${signer.text} of rule ${id}`, why: 'notation needs C, ST and O (N42)' });
      continue;
    }
    const known = stores.get(signer.trustStore) ?? new Set<string>();
    stores.set(signer.trustStore, known.add(`x509.subject: ${signer.text}`));
    scopes.set(path, stores);
  }
}

/** One statement trusts each of its identities by each of its stores, so it has one store. */
function projectScope(
  scope: string,
  stores: ReadonlyMap<string, ReadonlySet<string>>,
  left: Omission[],
): readonly StatementDraft[] {
  const [first, ...others] = stores;
  if (first === undefined) return [];
  const [store, identities] = first;
  const same = others.filter(([, names]) => [...names].every((name) => identities.has(name)));
  const isEqual = same.every(([, names]) => names.size === identities.size);
  // mutant projected-stores-are-not-mixed by import-policy: condition -> false
  if (same.length < others.length || !isEqual) {
    const why = 'its signers are vouched for by different trust stores, which notation would mix';
    left.push({ what: `repository ${scope}`, why });
    return [];
  }
  return [
    {
      name: scope.replaceAll(/[^A-Za-z0-9]+/g, '-'),
      registryScopes: [scope],
      signatureVerification: { level: 'strict' },
      trustStores: [store, ...others.map(([name]) => name)],
      trustedIdentities: [...identities],
    },
  ];
}
