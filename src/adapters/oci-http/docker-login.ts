import { dirname } from 'node:path';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { isJsonObject } from '../../core/json.ts';
import { getOwn } from '../../core/own.ts';
import { attempt, orThrow, type Result } from '../../core/result.ts';
import { makeFolder, writeWhole } from '../../system/files/write-file.ts';
import type { Environment } from '../../system/processes/child-environment.ts';
import {
  type Credentials,
  findConfig,
  formatServer,
  parseKeyHost,
  readConfig,
  runHelper,
  TOKEN_USER,
  unusable,
} from './docker-config.ts';

/** Where credentials are kept: in config.json itself, or by a helper that it names. */
export interface CredentialPlace {
  readonly file: string;
  readonly helper: string | null;
}

/**
 * Keeps credentials where docker, oras and crane look for them: with the helper for the registry,
 * else that for all, else in config.json, which only its user may read. Other members stay.
 */
export function saveCredentials(
  registry: string,
  credentials: Credentials,
  env: Environment,
): Promise<Result<CredentialPlace>> {
  return attempt(async () => {
    const { file, config, helper } = await openConfig(registry, env);
    if (helper !== null) await storeInHelper(helper, registry, credentials, env);
    const auths = removeKeys(config, registry).kept;
    const entry = helper === null ? formatEntry(credentials) : {};
    await writeConfig(file, { ...config, auths: { ...auths, [formatServer(registry)]: entry } });
    return { file, helper };
  });
}

/** Removes the credentials of a registry everywhere; false where there were none. */
export function removeCredentials(
  registry: string,
  env: Environment,
): Promise<Result<CredentialPlace & { readonly removed: boolean }>> {
  return attempt(async () => {
    const { file, config, helper } = await openConfig(registry, env);
    const erased = helper !== null && (await eraseFromHelper(helper, registry, env));
    const { kept, count } = removeKeys(config, registry);
    // mutant logout-removes-every-key by login: condition -> false
    if (count > 0) await writeConfig(file, { ...config, auths: kept });
    return { file, helper, removed: erased || count > 0 };
  });
}

async function openConfig(registry: string, env: Environment) {
  const file = findConfig(env);
  const config: JsonObject = orThrow(await readConfig(file)) ?? {};
  const named = isJsonObject(config['credHelpers'])
    ? getOwn(config['credHelpers'], registry)
    : undefined;
  const helper = named ?? config['credsStore'];
  return { file, config, helper: typeof helper === 'string' && helper !== '' ? helper : null };
}

/** The entries of other registries: older clients wrote the same host with a scheme and a path. */
function removeKeys(config: JsonObject, registry: string) {
  const auths = isJsonObject(config['auths']) ? Object.entries(config['auths']) : [];
  const kept = auths.filter(([key]) => parseKeyHost(key) !== registry);
  return { kept: Object.fromEntries(kept) as JsonObject, count: auths.length - kept.length };
}

function formatEntry(credentials: Credentials): JsonValue {
  if (credentials.kind === 'identity-token') return { identitytoken: credentials.token };
  const { user, password } = credentials;
  return { auth: Buffer.from(`${user}:${password}`, 'utf8').toString('base64') };
}

async function storeInHelper(
  name: string,
  registry: string,
  credentials: Credentials,
  env: Environment,
): Promise<void> {
  const [user, secret] =
    credentials.kind === 'password'
      ? [credentials.user, credentials.password]
      : [TOKEN_USER, credentials.token];
  const input = JSON.stringify({
    ServerURL: formatServer(registry),
    Username: user,
    Secret: secret,
  });
  const { status } = orThrow(await runHelper({ name, verb: 'store', input }, env));
  if (status !== 0) orThrow(unusable(`docker-credential-${name} kept nothing (${status})`));
}

async function eraseFromHelper(name: string, registry: string, env: Environment) {
  const input = formatServer(registry);
  const { status, output } = orThrow(await runHelper({ name, verb: 'erase', input }, env));
  if (status === 0) return true;
  // mutant logout-that-failed by login: condition -> false
  if (!/credentials not found/i.test(output))
    orThrow(unusable(`docker-credential-${name} removed nothing (${status})`));
  return false;
}

async function writeConfig(file: string, config: JsonObject): Promise<void> {
  await makeFolder(dirname(file), 0o700);
  writeWhole(file, Buffer.from(`${JSON.stringify(config, null, '\t')}\n`), 0o600, {
    exactMode: true,
  });
}
