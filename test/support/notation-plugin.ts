import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestKey, testAuthority, testKey } from './certificates.ts';

/** What a plugin of a test does for each command: lines of a shell, with `$request` as read. */
export type PluginScript = Readonly<Record<string, string>>;

/**
 * A plugin of notation in the form of the examples in its specification, as a shell script:
 * `FOLDER/NAME/notation-NAME`. Gives its path.
 */
export function installPlugin(folder: string, name: string, script: PluginScript): string {
  const path = join(folder, name, `notation-${name}`);
  mkdirSync(join(folder, name), { recursive: true, mode: 0o755 });
  const cases = Object.entries(script).map(([command, lines]) => `${command})\n${lines}\n;;`);
  const text = `#!/bin/sh\nrequest=$(cat)\ncase "$1" in\n${cases.join('\n')}\nesac\n`;
  writeFileSync(path, text, { mode: 0o755 });
  chmodSync(path, 0o755);
  return path;
}

/** Prints a document as the answer. */
export function say(answer: unknown): string {
  return `cat <<'ANSWER'\n${JSON.stringify(answer)}\nANSWER`;
}

export function metadata(name: string, capabilities: readonly string[], change: object = {}) {
  return say({
    name,
    description: 'a plugin of a test',
    version: '1.2.0',
    url: 'https://example.com',
    supportedContractVersions: ['1.0'],
    capabilities,
    ...change,
  });
}

const read = (member: string): string =>
  `$(printf %s "$request" | sed 's/.*"${member}":"\\([^"]*\\)".*/\\1/')`;

/** An RSA key in a PEM file, with which OpenSSL signs for the plugin. */
export interface PluginKey {
  readonly key: TestKey;
  readonly pem: string;
}

let rsa: KeyObject | null = null;

export async function makePluginKey(folder: string): Promise<PluginKey> {
  rsa ??= generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;
  const root = testAuthority({ subject: 'CN=Plugin Root,O=Shop,ST=WA,C=US' });
  const key = await testKey({ subject: 'CN=plugin,O=Shop,ST=WA,C=US', root, key: rsa });
  const pem = join(folder, 'plugin-key.pem');
  writeFileSync(pem, rsa.export({ type: 'pkcs8', format: 'pem' }));
  return { key, pem };
}

const PSS = '-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32';
const toBase64 = (chain: readonly Uint8Array[]): string =>
  JSON.stringify(chain.map((der) => Buffer.from(der).toString('base64')));

/** `describe-key` and `generate-signature`, for every id but `absent`. */
export function signRaw(
  { pem, key }: PluginKey,
  { chain = key.chain, keySpec = 'RSA-2048', signingAlgorithm = 'RSASSA-PSS-SHA-256' } = {},
): PluginScript {
  const absent = '{"errorCode":"VALIDATION_ERROR","errorMessage":"there is no such key"}';
  return {
    'describe-key': `id=${read('keyId')}
if [ "$id" = absent ]; then echo '${absent}' >&2; exit 1; fi
printf '{"keyId":"%s","keySpec":"${keySpec}"}' "$id"`,
    'generate-signature': `id=${read('keyId')}
sig=$(printf %s "${read('payload')}" | base64 -d | openssl dgst ${PSS} -sign '${pem}' | base64 -w0)
printf '{"keyId":"%s","signature":"%s","signingAlgorithm":"${signingAlgorithm}",' "$id" "$sig"
printf '"certificateChain":%s}' '${toBase64(chain)}'`,
  };
}

/** `generate-envelope`: a JWS over the payload, with this protected header. */
export function signEnvelopes({ pem, key }: PluginKey, head: object): PluginScript {
  const text = Buffer.from(JSON.stringify(head)).toString('base64url');
  return {
    'generate-envelope': `toUrl() { tr -d '=\\n' | tr '+/' '-_'; }
payload=$(printf %s "${read('payload')}" | toUrl)
sig=$(printf %s "${text}.$payload" | openssl dgst ${PSS} -sign '${pem}' | base64 -w0 | toUrl)
jws=$(printf '{"payload":"%s","protected":"${text}","header":{"x5c":%s},"signature":"%s"}' \\
  "$payload" '${toBase64(key.chain)}' "$sig" | base64 -w0)
printf '{"signatureEnvelope":"%s","signatureEnvelopeType":"application/jose+json"}' "$jws"`,
  };
}
