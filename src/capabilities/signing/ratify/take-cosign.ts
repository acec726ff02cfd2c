import { createPublicKey } from 'node:crypto';
import type { JsonObject } from '../../../core/json.ts';
import { getOwn } from '../../../core/own.ts';
import { readPem } from '../../../formats/der/pem.ts';
import {
  type ImportDraft,
  leaveOut,
  readMap,
  readMaps,
  readRepositories,
  readTexts,
  type SignerDraft,
  toPlainName,
} from './draft.ts';
import { type ProvidedKeys, readOwnProviders } from './providers.ts';
import { intersectPatterns } from './scopes.ts';

/** A trust policy of a verifier for cosign, of both generations. */
interface CosignPolicy {
  readonly what: string;
  readonly id: string;
  readonly repositories: readonly string[];
  readonly keys: readonly ProvidedKeys[];
  readonly keyless: {
    readonly identity: string | null;
    readonly issuer: string | null;
    readonly hasPattern: boolean;
  };
  /** Whether an entry of the transparency log is asked for. */
  readonly usesLog: boolean;
}

export function takeCosignVerifier(
  draft: ImportDraft,
  what: string,
  parameters: JsonObject,
  providers: ReadonlyMap<string, ProvidedKeys>,
): void {
  const policies = readMaps(parameters['trustPolicies']);
  if (policies.length === 0)
    leaveOut(draft, what, 'it has no trustPolicies: its key is in a folder of the pod');
  for (const policy of policies) {
    const name = String(policy['name'] ?? 'default');
    const about = `trust policy ${name} of ${what}`;
    const keyless = readMap(policy['keyless']);
    const { certificateIdentity, certificateOIDCIssuer } = keyless;
    const patterns = ['certificateIdentityRegExp', 'certificateOIDCIssuerRegExp'];
    addCosignRule(draft, {
      ...{ what: about, id: toPlainName('cosign', name) },
      repositories: readRepositories(draft, about, readTexts(policy['scopes'])),
      keys: readMaps(policy['keys']).map((key) => findKey(key, providers)),
      keyless: {
        identity: readText(certificateIdentity),
        issuer: readText(certificateOIDCIssuer),
        hasPattern: patterns.some((member) => readText(getOwn(keyless, member)) !== null),
      },
      usesLog: policy['tLogVerify'] !== false,
    });
  }
}

function findKey(key: JsonObject, providers: ReadonlyMap<string, ProvidedKeys>): ProvidedKeys {
  const { file, provider } = key;
  if (typeof file === 'string')
    return { kind: 'elsewhere', why: `the key is in the file ${file.slice(0, 200)} of the pod` };
  const name = String(provider);
  const why = `the provider ${name.slice(0, 200)} is not among the input`;
  return providers.get(name) ?? { kind: 'elsewhere', why };
}

export function takeOwnCosign(
  draft: ImportDraft,
  about: { readonly what: string; readonly name: string; readonly scopes: readonly string[] },
  parameters: JsonObject,
): void {
  const outer = readRepositories(draft, about.what, about.scopes);
  for (const policy of readMaps(parameters['trustPolicies'])) {
    const { what, name } = about;
    const inner = readRepositories(draft, what, readTexts(policy['scopes']));
    const patterns = ['certificateIdentityRegex', 'certificateOIDCIssuerRegex'];
    addCosignRule(draft, {
      ...{ what, id: toPlainName(name) },
      repositories: intersectPatterns(outer, inner),
      keys: readOwnProviders(readMap(policy['keys']), 'keys'),
      keyless: {
        identity: readText(policy['certificateIdentity']),
        issuer: readText(policy['certificateOIDCIssuer']),
        hasPattern: patterns.some((member) => readText(getOwn(policy, member)) !== null),
      },
      usesLog: policy['ignoreTLog'] !== true,
    });
  }
}

function addCosignRule(draft: ImportDraft, policy: CosignPolicy): void {
  const { what, repositories, usesLog } = policy;
  if (repositories.length === 0) {
    leaveOut(draft, what, 'it has no repository that is named');
    return;
  }
  const { trustedRoot } = draft.choices;
  const isKeyless = policy.keys.length === 0;
  // mutant log-that-ratify-asks-for by ratify: condition -> false
  if (trustedRoot === null && (usesLog || isKeyless)) {
    leaveOut(
      draft,
      what,
      'it asks a transparency log, and no trusted root is here: waybill trust import-cosign ROOT',
    );
    return;
  }
  const root = usesLog && trustedRoot !== null ? { trustedRoot } : {};
  const signers = isKeyless
    ? listIdentities(draft, policy)
    : policy.keys.flatMap((one) => listKeys(draft, what, one)).map((key) => ({ ...key, ...root }));
  if (signers.length === 0) return;
  draft.rules.push({ id: policy.id, repositories, statements: draft.kinds, signers });
}

function listIdentities(
  draft: ImportDraft,
  { what, keyless: { identity, issuer, hasPattern } }: CosignPolicy,
): readonly SignerDraft[] {
  const { trustedRoot } = draft.choices;
  // mutant pattern-of-ratify-as-an-identity by ratify: condition -> false
  if (hasPattern || identity === null || issuer === null || trustedRoot === null) {
    const how = 'name the identity: waybill trust import-cosign --identity or --identity-glob';
    leaveOut(draft, what, `identity or issuer is a regular expression or not there; ${how}`);
    return [];
  }
  return [{ identity, issuer, trustedRoot }];
}

function listKeys(
  draft: ImportDraft,
  what: string,
  provided: ProvidedKeys,
): readonly { readonly publicKey: string }[] {
  if (provided.kind === 'elsewhere') {
    leaveOut(draft, what, provided.why);
    return [];
  }
  const keys = (readPem(provided.pem) ?? []).flatMap(({ label, bytes }) =>
    label === 'PUBLIC KEY' ? [formatPublicKey(bytes)] : [],
  );
  const read = keys.filter((key) => key !== null);
  if (read.length === 0 || read.length < keys.length)
    leaveOut(draft, what, 'a key of it is no PUBLIC KEY in PEM');
  return read.map((publicKey) => ({ publicKey }));
}

function formatPublicKey(der: Uint8Array): string | null {
  try {
    const key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
    return String(key.export({ type: 'spki', format: 'pem' }));
  } catch {
    return null;
  }
}

function readText(value: JsonObject[string]): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
