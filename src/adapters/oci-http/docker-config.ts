import { spawn } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { getOwn } from '../../core/own.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { cutBefore, trimEndCharacters } from '../../formats/text/cut.ts';
import { isAbsent, readErrno } from '../../system/files/errno.ts';
import { type Environment, pickEnvironment } from '../../system/processes/child-environment.ts';

export type Credentials =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  /** A refresh token, to be exchanged for access tokens at the registry's realm (oauth2 flow). */
  | { readonly kind: 'identity-token'; readonly token: string };

/** Credentials for a registry host. Null if there are none. */
export type CredentialSource = (registry: string) => Promise<Result<Credentials | null>>;

/**
 * The part of our environment that a helper gets: enough to find its keyring, but none of our
 * tokens.
 */
const HELPER_ENVIRONMENT = [
  ...[
    'PATH',
    'HOME',
    'USER',
    'LANG',
    'TMPDIR',
    'XDG_RUNTIME_DIR',
    'DBUS_SESSION_BUS_ADDRESS',
    'DISPLAY',
    'GNUPGHOME',
  ],
  ...[
    'PASSWORD_STORE_DIR',
    'SystemRoot',
    'USERPROFILE',
    'APPDATA',
    'LOCALAPPDATA',
    'TEMP',
    'PATHEXT',
  ],
];

/**
 * Credentials as Docker keeps them: `credHelpers`, then `auths`, then `credsStore` of config.json.
 */
export function openDockerCredentials(env: Environment): CredentialSource {
  return async (registry) => {
    const config = await readConfig(findConfig(env));
    if (!config.ok) return config;
    if (config.value === null) return ok(null);
    const helper = findMember(config.value['credHelpers'], registry);
    if (typeof helper === 'string') return askHelper(helper, registry, env);
    const entry = parseCredentials(findMember(config.value['auths'], registry));
    if (entry !== null) return ok(entry);
    const store = config.value['credsStore'];
    return typeof store === 'string' ? askHelper(store, registry, env) : ok(null);
  };
}

/**
 * As docker keeps them; else as podman, skopeo and buildah do (containers-auth.json(5)):
 * `REGISTRY_AUTH_FILE`, then `XDG_RUNTIME_DIR/containers/auth.json`, then
 * `~/.config/containers/auth.json`. Of that file, the longest name of a repository or a namespace
 * is not looked for: a name of the registry alone counts.
 */
export function openStoredCredentials(env: Environment): CredentialSource {
  const docker = openDockerCredentials(env);
  return async (registry) => {
    const own = await docker(registry);
    if (!own.ok || own.value !== null) return own;
    for (const path of listPodmanFiles(env)) {
      const config = await readConfig(path);
      if (!config.ok) return config;
      const helper = findMember(config.value?.['credHelpers'], registry);
      if (typeof helper === 'string') return askHelper(helper, registry, env);
      const entry = parseCredentials(findMember(config.value?.['auths'], registry));
      if (entry !== null) return ok(entry);
    }
    return ok(null);
  };
}

function listPodmanFiles(env: Environment): readonly string[] {
  const named = env['REGISTRY_AUTH_FILE'];
  if (named) return [named];
  const runtime = env['XDG_RUNTIME_DIR'];
  const config = env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config');
  const file = ['containers', 'auth.json'] as const;
  return [...(runtime ? [join(runtime, ...file)] : []), join(config, ...file)];
}

/** config.json as docker, oras and crane find it. */
export function findConfig(env: Environment): string {
  return join(env['DOCKER_CONFIG'] || join(env['HOME'] || homedir(), '.docker'), 'config.json');
}

export async function readConfig(path: string): Promise<Result<JsonObject | null>> {
  try {
    if ((await stat(path)).size > LIMITS.configBytesMax)
      return unusable('config.json is too large');
    const json = parseJson(await readFile(path), { bytesMax: LIMITS.configBytesMax });
    if (!json.ok) return unusable('config.json is not strict JSON');
    return isJsonObject(json.value) ? ok(json.value) : unusable('config.json is not an object');
  } catch (thrown) {
    return isAbsent(thrown)
      ? ok(null)
      : unusable(`config.json cannot be read (${readErrno(thrown)})`);
  }
}

/**
 * The member for exactly this host (G27). Keys may have a scheme and a path, as older clients wrote
 * them.
 */
function findMember(value: JsonValue | undefined, registry: string): JsonValue | undefined {
  if (!isJsonObject(value)) return undefined;
  const named = getOwn(value, registry);
  if (named !== undefined) return named;
  const key = Object.keys(value).find((written) => parseKeyHost(written) === registry);
  return key === undefined ? undefined : getOwn(value, key);
}

export function parseKeyHost(key: string): string {
  const host = cutBefore(key.replace(/^https?:\/\//, ''), '/').toLowerCase();
  return host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host;
}

function parseCredentials(value: JsonValue | undefined): Credentials | null {
  if (!isJsonObject(value)) return null;
  const { identitytoken, auth, username, password } = value;
  if (typeof identitytoken === 'string' && identitytoken !== '')
    return { kind: 'identity-token', token: identitytoken };
  const decoded = typeof auth === 'string' ? Buffer.from(auth, 'base64').toString('utf8') : '';
  const colon = decoded.indexOf(':');
  if (colon > 0) {
    return {
      kind: 'password',
      user: decoded.slice(0, colon),
      password: trimEndCharacters(decoded.slice(colon + 1), '\0'),
    };
  }
  return typeof username === 'string' && typeof password === 'string'
    ? { kind: 'password', user: username, password }
    : null;
}

/**
 * Asks `docker-credential-NAME get`. Its output may be secret, so no part of it is in a failure.
 */
async function askHelper(
  name: string,
  registry: string,
  env: Environment,
): Promise<Result<Credentials | null>> {
  const answer = await runHelper({ name, verb: 'get', input: formatServer(registry) }, env);
  if (!answer.ok) return answer;
  const { status, output } = answer.value;
  if (status !== 0) {
    const none = /credentials not found/i.test(output);
    return none ? ok(null) : unusable(`docker-credential-${name} ended with status ${status}`);
  }
  const json = parseJson(output, { bytesMax: LIMITS.registryAnswerBytesMax });
  const { Username: user, Secret: secret } = json.ok && isJsonObject(json.value) ? json.value : {};
  if (typeof user !== 'string' || typeof secret !== 'string') {
    return unusable(`docker-credential-${name} did not answer with credentials`);
  }
  if (user === TOKEN_USER) return ok({ kind: 'identity-token', token: secret });
  return ok(user === '' && secret === '' ? null : { kind: 'password', user, password: secret });
}

/** The user under which a helper keeps an identity token. */
export const TOKEN_USER = '<token>';

/** The name under which a registry is kept. */
export function formatServer(registry: string): string {
  return registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
}

/** Runs a credential helper; it gets `input` on standard input, and few variables. */
export async function runHelper(
  { name, verb, input }: { name: string; verb: 'get' | 'store' | 'erase'; input: string },
  env: Environment,
): Promise<Result<{ readonly status: number; readonly output: string }>> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name))
    return unusable('the name of a credential helper is malformed');
  const answer = await spawnHelper(`docker-credential-${name}`, verb, input, env);
  return answer === null
    ? unusable(`docker-credential-${name} could not be run or did not answer in time`)
    : ok(answer);
}

function spawnHelper(
  command: string,
  verb: string,
  input: string,
  env: Environment,
): Promise<{ readonly status: number; readonly output: string } | null> {
  const environment = pickEnvironment(env, HELPER_ENVIRONMENT);
  return new Promise((resolve) => {
    const child = spawn(command, [verb], {
      env: environment as NodeJS.ProcessEnv,
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: LIMITS.credentialHelperMs,
      killSignal: 'SIGKILL',
      windowsHide: true,
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.length > LIMITS.registryAnswerBytesMax) child.kill('SIGKILL');
    });
    child.once('error', () => resolve(null));
    child.once('close', (status) => resolve(status === null ? null : { status, output }));
    child.stdin.on('error', () => undefined).end(`${input}\n`);
  });
}

export function unusable(what: string): Result<never> {
  return fail(
    'CONFIG_INVALID',
    `registry credentials: ${what}`,
    'Fix config.json, or set DOCKER_CONFIG to another folder.',
  );
}
