import type { JsonObject } from '../../../core/json.ts';
import { getOwn } from '../../../core/own.ts';
import type { PolicyStatement } from '../trust/trust-policy.ts';
import {
  addRules,
  addStatement,
  addStore,
  type ImportDraft,
  joinCertificates,
  leaveOut,
  readMap,
  readMaps,
  readRepositories,
  readStatement,
  readTexts,
  toPlainName,
} from './draft.ts';
import { type ProvidedKeys, readOwnProviders } from './providers.ts';
import { intersectPatterns } from './scopes.ts';

/** A verifier of v1: its policy is notation's, and its stores name providers. */
export function takeNotationVerifier(
  draft: ImportDraft,
  what: string,
  parameters: JsonObject,
  providers: ReadonlyMap<string, ProvidedKeys>,
): void {
  if (parameters['verificationCerts'] !== undefined)
    leaveOut(draft, `verificationCerts of ${what}`, 'they are in a folder of the pod');
  const groups = readMap(parameters['verificationCertStores']);
  const statements = readMaps(readMap(parameters['trustPolicyDoc'])['trustPolicies']);
  if (statements.length === 0) leaveOut(draft, what, 'it has no trustPolicyDoc');
  for (const raw of statements) {
    const about = `statement ${String(raw['name'])} of ${what}`;
    const statement = readStatement(draft, about, raw);
    if (statement === null) continue;
    const trustStores = statement.trustStores.filter((store) => {
      const provided = findProviders(groups, store, providers);
      return fillStore(draft, `trust store ${store} of ${what}`, store, provided);
    });
    if (!namesSigners(trustStores)) {
      leaveOut(draft, about, 'no trust store of it is here');
      continue;
    }
    if (!addStatement(draft, about, { ...raw, trustStores })) continue;
    const repositories = readRepositories(draft, about, statement.scopes);
    addRules(draft, { ...statement, trustStores }, repositories);
  }
}

/** Groups have a type since v1beta1; older ones have only the name. */
function findProviders(
  groups: JsonObject,
  store: string,
  providers: ReadonlyMap<string, ProvidedKeys>,
): readonly ProvidedKeys[] {
  const [type = '', name = ''] = store.split(':');
  const typed = getOwn(readMap(getOwn(groups, type)), name);
  const names = readTexts(typed ?? getOwn(groups, name));
  return names.map(
    (one) =>
      providers.get(one) ?? {
        kind: 'elsewhere',
        why: `the provider ${one} is not among the input`,
      },
  );
}

function fillStore(
  draft: ImportDraft,
  what: string,
  store: string,
  provided: readonly ProvidedKeys[],
): boolean {
  if (provided.length === 0) leaveOut(draft, what, 'no provider is named for it');
  const pem = joinCertificates(draft, what, provided);
  if (pem === null) return false;
  if (addStore(draft, store, pem)) return true;
  leaveOut(draft, what, 'another verifier has other certificates in a store of this name');
  return false;
}

const namesSigners = (stores: readonly string[]): boolean =>
  stores.some((store) => !store.startsWith('tsa:'));

/** The statement of all verifiers of v2: scopes are hosts there, so the rules say which. */
const STATEMENT = 'ratify';

/** A verifier of v2: it has certificates, identities and scopes instead of a policy. */
export function takeOwnNotation(
  draft: ImportDraft,
  about: { readonly what: string; readonly name: string; readonly scopes: readonly string[] },
  parameters: JsonObject,
): void {
  const { what, name } = about;
  const trustStores = readMaps(parameters['certificates']).flatMap((options) => {
    const type = typeof options['type'] === 'string' ? options['type'] : 'ca';
    const store = `${type}:${toPlainName(name)}`;
    const provided = readOwnProviders(options, 'certificates');
    return fillStore(draft, `certificates (${type}) of ${what}`, store, provided) ? [store] : [];
  });
  if (!namesSigners(trustStores)) {
    leaveOut(draft, what, 'no certificate of it is here');
    return;
  }
  const written = readTexts(parameters['trustedIdentities']);
  const trustedIdentities = written.length === 0 ? ['*'] : written;
  const statement = readStatement(draft, what, {
    ...{ name: toPlainName(name), registryScopes: ['*'], trustStores, trustedIdentities },
    signatureVerification: { level: 'strict' },
  });
  if (statement === null || !joinStatement(draft, what, statement, trustedIdentities)) return;
  const outer = readRepositories(draft, what, about.scopes);
  const inner = readTexts(parameters['scopes']);
  const repositories =
    inner.length === 0
      ? outer
      : intersectPatterns(outer, readRepositories(draft, `${what}, of the verifier`, inner));
  if (repositories.length === 0 && outer.length > 0)
    leaveOut(draft, what, 'its scopes are not among those of its executor');
  addRules(draft, statement, repositories);
}

/** Only one statement may be about `*`. Rules name their store, so nothing is trusted wider. */
function joinStatement(
  draft: ImportDraft,
  what: string,
  { trustStores }: PolicyStatement,
  identities: readonly string[],
): boolean {
  const at = draft.statements.findIndex(({ name }) => name === STATEMENT);
  const [known] = at < 0 ? [{}] : draft.statements.splice(at, 1);
  const subjects = [...new Set([...readTexts(known?.['trustedIdentities']), ...identities])];
  const joined = {
    name: STATEMENT,
    registryScopes: ['*'],
    signatureVerification: { level: 'strict' },
    trustStores: [...new Set([...readTexts(known?.['trustStores']), ...trustStores])],
    trustedIdentities: subjects.includes('*') ? ['*'] : subjects,
  };
  if (addStatement(draft, what, joined)) return true;
  if (at >= 0 && known !== undefined) draft.statements.push(known);
  return false;
}
