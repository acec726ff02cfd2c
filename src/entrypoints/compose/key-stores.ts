import { join } from 'node:path';
import type {
  KeyEnrolment,
  KeyInfo,
  KeyStore,
  SigningKey,
} from '../../capabilities/signing/index.ts';
import { getOwn } from '../../core/own.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { Config } from '../config/config.ts';
import { locatePlugins } from './plugins.ts';

/** The environment of the caller: it names services, and credentials for them. */
type Variables = Readonly<Record<string, string | undefined>>;
type OpenStore = (config: Config, env: Variables) => Promise<KeyStore>;

/**
 * The only list of key stores. A key is named `SCHEME:REFERENCE`; a key without a scheme is a file.
 * A store is loaded when one of its keys is used.
 */
const KEY_STORES: Readonly<Record<string, OpenStore>> = {
  file: async ({ keys }, env) => {
    const { openKeyStore } = await import('../../adapters/keys-file/index.ts');
    const store = openKeyStore(keys, env);
    return { keys: store, enrolment: store };
  },
  sigstore: async (_, env) => {
    const { openSigstoreKeys } = await import('../../adapters/keys-file/index.ts');
    return { keys: openSigstoreKeys(env), enrolment: null };
  },
  hashivault: async (_, env) => {
    const { openVaultKeys } = await import('../../adapters/keys-service/index.ts');
    return { keys: openVaultKeys(env), enrolment: null };
  },
  awskms: async (_, env) => {
    const { openAwsKeys } = await import('../../adapters/keys-service/index.ts');
    return { keys: openAwsKeys(env), enrolment: null };
  },
  azurekms: async (_, env) => {
    const { openAzureKeys } = await import('../../adapters/keys-service/index.ts');
    return { keys: openAzureKeys(env), enrolment: null };
  },
  gcpkms: async (_, env) => {
    const { openGoogleKeys } = await import('../../adapters/keys-service/index.ts');
    return { keys: openGoogleKeys(env), enrolment: null };
  },
  pkcs11: async (_, env) => {
    const { openPkcs11Keys } = await import('../../adapters/keys-pkcs11/index.ts');
    return { keys: openPkcs11Keys(env), enrolment: null };
  },
  plugin: async (config, env) => {
    const { openPluginKeys } = await import('../../adapters/plugins/index.ts');
    return { keys: openPluginKeys(locatePlugins(config, env)), enrolment: null };
  },
  notation: async (config, env) => {
    const { openNotationKeys } = await import('../../adapters/plugins/index.ts');
    const file = join(config.notation, 'signingkeys.json');
    return { keys: openNotationKeys(file, locatePlugins(config, env)), enrolment: null };
  },
};

const DEFAULT_SCHEME = 'file';

/** Opens the key of this name for signing. */
export async function openSigningKey(
  config: Config,
  name: string,
  env: Variables,
): Promise<Result<SigningKey>> {
  const named = findStore(name);
  if (!named.ok) return named;
  const { open, reference } = named.value;
  return (await open(config, env)).keys.open(reference);
}

/** The enrolment of the store in which the key of this name is made, and its name there. */
export async function openEnrolment(
  config: Config,
  name: string,
  env: Variables,
): Promise<Result<{ readonly enrolment: KeyEnrolment; readonly name: string }>> {
  const named = findStore(name);
  if (!named.ok) return named;
  const { scheme, open, reference } = named.value;
  const { enrolment } = await open(config, env);
  if (enrolment !== null) return ok({ enrolment, name: reference });
  return fail(
    'USAGE',
    `Waybill cannot make keys in ${scheme}`,
    'Make the key with the tools of that store.',
  );
}

/** The keys of all stores that can list them. */
export async function listKeys(config: Config): Promise<Result<readonly KeyInfo[]>> {
  const keys: KeyInfo[] = [];
  for (const [scheme, open] of Object.entries(KEY_STORES)) {
    const listed = await (await open(config, {})).enrolment?.list();
    if (listed === undefined) continue;
    if (!listed.ok) return listed;
    const prefix = scheme === DEFAULT_SCHEME ? '' : `${scheme}:`;
    keys.push(...listed.value.map((key) => ({ ...key, name: `${prefix}${key.name}` })));
  }
  return ok(keys);
}

function findStore(name: string) {
  const [, scheme = DEFAULT_SCHEME, reference = name] =
    /^([a-z][a-z0-9+.-]*):(.*)$/s.exec(name) ?? [];
  // mutant key-store-of-a-built-in-name: value -> KEY_STORES[scheme]
  // mutant key-store-unknown: value -> $ ?? KEY_STORES[DEFAULT_SCHEME]
  const open = getOwn(KEY_STORES, scheme);
  if (open !== undefined) return ok({ scheme, open, reference });
  const shown = JSON.stringify(name.slice(0, 100));
  const known = Object.keys(KEY_STORES).map((one) => `${one}:`);
  return fail('USAGE', `there is no key store for ${shown}`, `Use ${known.join(', ')}.`);
}
