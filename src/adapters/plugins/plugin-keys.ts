import { createHash } from 'node:crypto';
import {
  type Certificate,
  checkMadeEnvelope,
  type EnvelopeForm,
  type EnvelopeRequest,
  NOTARY_COSE_TYPE,
  NOTARY_JWS_TYPE,
  openServiceKey,
  PAYLOAD_TYPE,
  type PluginCommand,
  parseCertificate,
  readGeneratedEnvelope,
  readGeneratedSignature,
  readKeyDescription,
  refusePlugin,
  type SignatureAlgorithm,
  type SigningKey,
  type SigningKeys,
  selectKeySpec,
} from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import type { JsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { attempt, orThrow } from '../../core/result.ts';
import { askPlugin, PLUGIN_NAME, type PluginFolder, readMetadata } from './run-plugin.ts';

/** A key that a plugin of notation signs with. */
export interface PluginKeyName {
  readonly plugin: string;
  /** As the plugin knows it, such as the address of a key in a vault. */
  readonly id: string;
  /** `--plugin-config` of notation. */
  readonly config: Readonly<Record<string, string>>;
}

/**
 * Keys of notation's plugins: `plugin:NAME/ID[?CONFIG=VALUE&…]`. A plugin says which certificates
 * its key has only when it signs, so a key is opened with one signature over a text that means
 * nothing.
 */
export function openPluginKeys(place: PluginFolder): SigningKeys {
  return {
    open: (reference) => attempt(() => openPluginKey(place, parsePluginReference(reference))),
  };
}

const REFERENCE = /^([A-Za-z0-9][A-Za-z0-9._-]{0,127})\/([\x21-\x3e\x40-\x7e]{1,2048})$/;
const REFERENCE_MAX = 4_096;

function parsePluginReference(reference: string): PluginKeyName {
  const at = reference.indexOf('?');
  const path = at === -1 ? reference : reference.slice(0, at);
  const [, plugin, id] = REFERENCE.exec(path) ?? [];
  const config = new Map(new URLSearchParams(at === -1 ? '' : reference.slice(at + 1)));
  if (reference.length > REFERENCE_MAX || plugin === undefined || id === undefined) {
    const shown = JSON.stringify(reference.slice(0, 100));
    const remedy = 'Write it like plugin:azure-kv/https://shop.vault.azure.net/keys/release/1.';
    throw new Failure('USAGE', `${shown} names no key of a plugin`, remedy);
  }
  return { plugin, id, config: Object.fromEntries(config) };
}

interface OpenPlugin {
  readonly plugin: string;
  readonly id: string;
  readonly ask: (command: PluginCommand, request: JsonObject) => Promise<JsonObject>;
}

/** Opens a key of a plugin by its parts. Throws a Failure. */
export async function openPluginKey(
  place: PluginFolder,
  { plugin, id, config }: PluginKeyName,
): Promise<SigningKey> {
  if (!PLUGIN_NAME.test(plugin))
    throw new Failure('USAGE', 'the name of a plugin is malformed', 'Use letters, digits, . _ -.');
  const timeMs = LIMITS.pluginMs;
  const own = Object.keys(config).length === 0 ? {} : { pluginConfig: config };
  const { capabilities } = orThrow(await readMetadata(place, plugin, { timeMs, config }));
  const ask: OpenPlugin['ask'] = async (command, request) =>
    orThrow(
      await askPlugin(place, plugin, {
        ...{ command, timeMs },
        request: { keyId: id, ...request, ...own },
      }),
    );
  const opened = { plugin, id, ask };
  if (capabilities.has('SIGNATURE_GENERATOR.RAW')) return openRaw(opened);
  if (capabilities.has('SIGNATURE_GENERATOR.ENVELOPE')) return openEnvelopes(opened);
  return orThrow(refusePlugin(plugin, 'does not sign', 'Take a plugin that signs.'));
}

const PROBE = Buffer.from('Waybill opens a key: this text means nothing');

/** `describe-key`, then `generate-signature` for each signature (N52). */
async function openRaw({ plugin, id, ask }: OpenPlugin): Promise<SigningKey> {
  const description = await ask('describe-key', {});
  const algorithm = orThrow(readKeyDescription(description, { plugin, keyId: id }));
  const spec = selectKeySpec(algorithm);
  const { keySpec, hashAlgorithm } = spec;
  const generate = async (data: Uint8Array) => {
    const payload = Buffer.from(data).toString('base64');
    const answer = await ask('generate-signature', { keySpec, hashAlgorithm, payload });
    return orThrow(readGeneratedSignature(answer, { plugin, keyId: id, spec }));
  };
  const first = await generate(PROBE);
  const { chain } = first;
  const leaf = readLeaf(plugin, chain, algorithm);
  const thumbprint = fingerprint(chain);
  const key = openServiceKey(
    {
      what: `the key ${JSON.stringify(id.slice(0, 100))} of the plugin ${plugin}`,
      publicKey: leaf.publicKey,
      form: 'jose',
      signDigest: async ({ data }) => {
        const given = data === PROBE ? first : await generate(data);
        // mutant plugin-changes-its-chain by plugins: condition -> false
        if (fingerprint(given.chain) !== thumbprint)
          return orThrow(refusePlugin(plugin, 'signed with another chain than before'));
        return given.signature;
      },
    },
    chain,
  );
  const opened = orThrow(key);
  await opened.sign(PROBE);
  return opened;
}

function readLeaf(
  plugin: string,
  chain: readonly Uint8Array[],
  algorithm: SignatureAlgorithm,
): Certificate {
  const leaf = orThrow(parseCertificate(chain[0] ?? new Uint8Array()));
  // mutant plugin-describes-another-kind by plugins: condition -> false
  if (leaf.algorithm !== algorithm)
    throw new Failure(
      'KEY_UNUSABLE',
      `the plugin ${plugin} has a certificate of another kind than its key (N15)`,
      'Give the key its own certificate.',
    );
  return leaf;
}

function fingerprint(chain: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const der of chain) hash.update(createHash('sha256').update(der).digest());
  return hash.digest('hex');
}

const MEDIA_TYPES: Readonly<Record<EnvelopeForm, string>> = {
  jws: NOTARY_JWS_TYPE,
  cose: NOTARY_COSE_TYPE,
};

/** Nothing has this type: the signature of the probe is about nothing. */
const PROBE_PAYLOAD = Buffer.from(
  JSON.stringify({
    targetArtifact: {
      mediaType: 'application/vnd.waybill.probe',
      digest: `sha256:${createHash('sha256').digest('hex')}`,
      size: 0,
    },
  }),
);

/** `generate-envelope`: the plugin makes the whole envelope, and it is verified here. */
async function openEnvelopes({ plugin, ask }: OpenPlugin): Promise<SigningKey> {
  const makeEnvelope = async ({ form, payload, expiresInS }: EnvelopeRequest) => {
    const mediaType = MEDIA_TYPES[form];
    const answer = await ask('generate-envelope', {
      payload: Buffer.from(payload).toString('base64'),
      payloadType: PAYLOAD_TYPE,
      signatureEnvelopeType: mediaType,
      ...(expiresInS === null ? {} : { expiryDurationInSeconds: expiresInS }),
    });
    return orThrow(readGeneratedEnvelope(answer, { plugin, mediaType }));
  };
  const probe = { form: 'jws', payload: PROBE_PAYLOAD } as const;
  const envelope = await makeEnvelope({ ...probe, expiresInS: 1 });
  const { algorithm, chain } = orThrow(checkMadeEnvelope(envelope, probe));
  const sign = async (): Promise<never> => {
    throw new Failure(
      'KEY_UNUSABLE',
      `the plugin ${plugin} makes only whole envelopes of the Notary Project`,
      'Sign this with a key of another store.',
    );
  };
  return { algorithm, chain, sign, makeEnvelope };
}
