import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { getOwn } from '../../../core/own.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeBase64 } from '../envelopes/base64.ts';
import { quoteText } from '../reason.ts';
import type { SignatureAlgorithm } from '../x509/algorithm.ts';

/** The version of the contract of plugins that is spoken (plugin-extensibility.md). */
export const PLUGIN_CONTRACT = '1.0';

export const PLUGIN_COMMANDS = [
  'get-plugin-metadata',
  'describe-key',
  'generate-signature',
  'generate-envelope',
  'verify-signature',
] as const;
export type PluginCommand = (typeof PLUGIN_COMMANDS)[number];

export const PLUGIN_CAPABILITIES = [
  'SIGNATURE_GENERATOR.RAW',
  'SIGNATURE_GENERATOR.ENVELOPE',
  'SIGNATURE_VERIFIER.TRUSTED_IDENTITY',
  'SIGNATURE_VERIFIER.REVOCATION_CHECK',
] as const;
export const [, , IDENTITY_CHECK, REVOCATION_CHECK] = PLUGIN_CAPABILITIES;
export type PluginCapability = (typeof PLUGIN_CAPABILITIES)[number];

/** How the contract calls a kind of key, its hash and its signatures. */
export interface PluginKeySpec {
  readonly keySpec: string;
  readonly hashAlgorithm: string;
  readonly signingAlgorithm: string;
}

const RSA = 'RSASSA-PSS';
const PLUGIN_KEY_SPECS: Readonly<Record<SignatureAlgorithm, PluginKeySpec>> = {
  PS256: spell('RSA-2048', RSA, 'SHA-256'),
  PS384: spell('RSA-3072', RSA, 'SHA-384'),
  PS512: spell('RSA-4096', RSA, 'SHA-512'),
  ES256: spell('EC-256', 'ECDSA', 'SHA-256'),
  ES384: spell('EC-384', 'ECDSA', 'SHA-384'),
  ES512: spell('EC-521', 'ECDSA', 'SHA-512'),
};

function spell(keySpec: string, kind: string, hashAlgorithm: string): PluginKeySpec {
  return { keySpec, hashAlgorithm, signingAlgorithm: `${kind}-${hashAlgorithm}` };
}

/** The words of the contract for the one algorithm of a key (N15). */
export function selectKeySpec(algorithm: SignatureAlgorithm): PluginKeySpec {
  return PLUGIN_KEY_SPECS[algorithm];
}

export interface PluginMetadata {
  readonly name: string;
  readonly version: string;
  readonly capabilities: ReadonlySet<PluginCapability>;
}

/** What `get-plugin-metadata` answers; the plugin must have the name of its file (N51). */
export function readPluginMetadata(answer: JsonObject, name: string): Result<PluginMetadata> {
  const texts = ['name', 'description', 'version', 'url'].map((key) => getOwn(answer, key));
  const missing = texts.some((text) => typeof text !== 'string' || text === '');
  if (missing) return refusePlugin(name, 'does not say its name, description, version and url');
  // mutant plugin-of-another-name by plugin: condition -> false
  if (texts[0] !== name) return refusePlugin(name, `says that it is ${quoteText(texts[0])}`);
  const contracts = answer['supportedContractVersions'];
  // mutant plugin-of-another-contract by plugin: condition -> false
  if (!Array.isArray(contracts) || !contracts.includes(PLUGIN_CONTRACT))
    return refusePlugin(name, `does not speak version ${PLUGIN_CONTRACT} of the contract`);
  const named = answer['capabilities'];
  const capabilities = PLUGIN_CAPABILITIES.filter(
    (one) => Array.isArray(named) && named.includes(one),
  );
  if (capabilities.length === 0) return refusePlugin(name, 'has no capability that is known');
  return ok({ name, version: String(texts[2]), capabilities: new Set(capabilities) });
}

/** What `describe-key` answers: the algorithm of the key. */
export function readKeyDescription(
  answer: JsonObject,
  { plugin, keyId }: { readonly plugin: string; readonly keyId: string },
): Result<SignatureAlgorithm> {
  // mutant plugin-describes-another-key by plugin: condition -> false
  if (answer['keyId'] !== keyId) return refusePlugin(plugin, 'describes another key');
  const algorithm = Object.entries(PLUGIN_KEY_SPECS).find(
    ([, { keySpec }]) => keySpec === answer['keySpec'],
  )?.[0];
  if (algorithm !== undefined) return ok(algorithm as SignatureAlgorithm);
  return refusePlugin(plugin, `has a key of the kind ${quoteText(answer['keySpec'])} (N16)`);
}

export interface PluginSignature {
  readonly signature: Uint8Array;
  /** DER, leaf to root. */
  readonly chain: readonly Uint8Array[];
}

/** What `generate-signature` answers; the signature is not verified here (N52). */
export function readGeneratedSignature(
  answer: JsonObject,
  expected: { readonly plugin: string; readonly keyId: string; readonly spec: PluginKeySpec },
): Result<PluginSignature> {
  const { plugin, keyId, spec } = expected;
  // mutant plugin-signs-with-another-key by plugin: condition -> false
  if (answer['keyId'] !== keyId) return refusePlugin(plugin, 'signed with another key');
  // mutant plugin-signs-with-another-algorithm by plugin: condition -> false
  if (answer['signingAlgorithm'] !== spec.signingAlgorithm)
    return refusePlugin(plugin, `signed with ${quoteText(answer['signingAlgorithm'])} (N15)`);
  const signature = decodeBase64(answer['signature']);
  const chain = readChain(answer['certificateChain']);
  if (signature !== null && chain !== null) return ok({ signature, chain });
  return refusePlugin(plugin, 'gave no signature with a chain of certificates');
}

const CHAIN_MAX = 20;

function readChain(value: JsonValue | undefined): readonly Uint8Array[] | null {
  if (!Array.isArray(value) || value.length === 0 || value.length > CHAIN_MAX) return null;
  const chain = value.flatMap((one) => decodeBase64(one) ?? []);
  return chain.length === value.length ? chain : null;
}

/** What `generate-envelope` answers; nothing in it is verified here. */
export function readGeneratedEnvelope(
  answer: JsonObject,
  expected: { readonly plugin: string; readonly mediaType: string },
): Result<Uint8Array> {
  const { plugin, mediaType } = expected;
  // mutant plugin-makes-another-envelope by plugin: condition -> false
  if (answer['signatureEnvelopeType'] !== mediaType)
    return refusePlugin(
      plugin,
      `made ${quoteText(answer['signatureEnvelopeType'])}, not ${mediaType}`,
    );
  const envelope = decodeBase64(answer['signatureEnvelope']);
  return envelope === null ? refusePlugin(plugin, 'gave no envelope') : ok(envelope);
}

export interface PluginVerdict {
  /** By capability: what the plugin found out. */
  readonly results: ReadonlyMap<string, { readonly success: boolean; readonly reason: string }>;
  /** The critical attributes that it understood. */
  readonly processed: ReadonlySet<JsonValue>;
}

/** What `verify-signature` answers (N53); what is absent or malformed is no result. */
export function readPluginVerdict(answer: JsonObject): PluginVerdict {
  const given = answer['verificationResults'];
  const results = new Map<string, { readonly success: boolean; readonly reason: string }>();
  for (const capability of PLUGIN_CAPABILITIES) {
    const one = isJsonObject(given) ? getOwn(given, capability) : undefined;
    if (!isJsonObject(one) || typeof one['success'] !== 'boolean') continue;
    const reason = typeof one['reason'] === 'string' ? one['reason'] : '';
    results.set(capability, { success: one['success'], reason });
  }
  const processed = answer['processedAttributes'];
  return { results, processed: new Set(Array.isArray(processed) ? processed : []) };
}

/** A failure of a plugin: it did not run, or it broke the contract. */
export function refusePlugin(
  name: string,
  what: string,
  remedy = 'Ask who made the plugin, or take another version of it.',
): Result<never> {
  return fail('PLUGIN_FAILED', `the plugin ${name} ${what}`, remedy);
}
