import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { getOwn } from '../../core/own.ts';
import { orThrow } from '../../core/result.ts';
import { decodeUtf8 } from '../../formats/json/parse.ts';
import { parseYaml } from '../../formats/yaml/parse.ts';
import { toFileFailure } from '../../system/files/errno.ts';
import { readFileBounded } from '../../system/files/read-file.ts';
import { isLoopbackName, parseHost } from '../../system/http/hosts.ts';
import type { OwnTls } from '../../system/http/transport.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** How the API server of a cluster is reached, and as whom. */
export interface ClusterAccess {
  readonly server: URL;
  readonly tls: OwnTls;
  /** Read again for each request: a projected token is renewed in its file. Null: no token. */
  readonly readToken: () => string | null;
  /** Whether the proxies of the environment count: inside of the cluster there is none. */
  readonly isInside: boolean;
}

export interface AccessRequest {
  /** Null: as the pod that this process runs in. */
  readonly kubeconfig: string | null;
  /** Null: the current context of the file. */
  readonly context: string | null;
  readonly env: Variables;
}

const INSIDE = '/var/run/secrets/kubernetes.io/serviceaccount';
const TOKEN_BYTES_MAX = 64 * 1024;

/**
 * Reads a kubeconfig, or what Kubernetes gives to each pod. Nothing is run: a user with `exec` is
 * refused. Throws Failure: FILE_NOT_FOUND, CONFIG_INVALID or USAGE.
 */
export async function readClusterAccess(asked: AccessRequest): Promise<ClusterAccess> {
  const { env } = asked;
  const host = env['KUBERNETES_SERVICE_HOST'];
  const named = asked.kubeconfig ?? env['KUBECONFIG'] ?? null;
  // mutant watch-inside-its-own-cluster by kubeconfig: remove operand 1
  if (named === null && host !== undefined && host !== '') return readInside(host, env);
  const file = named ?? join(env['HOME'] ?? homedir(), '.kube/config');
  return readKubeconfig(resolve(file), asked.context);
}

async function readInside(host: string, env: Variables): Promise<ClusterAccess> {
  const port = env['KUBERNETES_SERVICE_PORT_HTTPS'] ?? env['KUBERNETES_SERVICE_PORT'] ?? '443';
  const shown = host.includes(':') ? `[${host}]` : host;
  const ca = await readFileBounded(join(INSIDE, 'ca.crt'), LIMITS.configBytesMax);
  return {
    server: parseServer(`https://${shown}:${port}`),
    tls: { ca: Buffer.from(ca).toString('utf8') },
    readToken: () => readTokenFile(join(INSIDE, 'token')),
    isInside: true,
  };
}

async function readKubeconfig(file: string, context: string | null): Promise<ClusterAccess> {
  const bytes = await readFileBounded(file, LIMITS.configBytesMax);
  const parsed = parseYaml(orThrow(decodeUtf8(bytes)), { bytesMax: LIMITS.configBytesMax });
  if (!parsed.ok) throw refuse(file, parsed.failure.message);
  const document = requireObject(file, parsed.value, 'it');
  const name = context ?? readText(document['current-context']);
  if (name === null) throw refuse(file, 'it has no current-context', 'Name one: --context.');
  const chosen = findNamed(file, document, 'contexts', 'context', name);
  const cluster = findNamed(file, document, 'clusters', 'cluster', readText(chosen['cluster']));
  const user = readText(chosen['user']);
  const by = user === null ? {} : findNamed(file, document, 'users', 'user', user);
  return {
    server: parseServer(readText(cluster['server']) ?? ''),
    tls: { ...readServerTls(file, cluster), ...readClientTls(file, by) },
    readToken: createTokenReader(file, by),
    isInside: false,
  };
}

function readServerTls(file: string, cluster: JsonObject): OwnTls {
  // mutant cluster-without-its-certificate by kubeconfig: remove
  if (cluster['insecure-skip-tls-verify'] === true)
    throw refuse(
      file,
      'insecure-skip-tls-verify is not accepted',
      'Give its certificate-authority.',
    );
  if (readText(cluster['proxy-url']) !== null)
    throw refuse(file, 'proxy-url is not supported', 'Set HTTPS_PROXY instead.');
  const ca = readPem(file, cluster, 'certificate-authority');
  const servername = readText(cluster['tls-server-name']);
  return { ...(ca === null ? {} : { ca }), ...(servername === null ? {} : { servername }) };
}

function readClientTls(file: string, user: JsonObject): OwnTls {
  for (const kind of ['exec', 'auth-provider', 'username'])
    if (getOwn(user, kind) !== undefined)
      throw refuse(
        file,
        `its user is of the kind ${kind}, and Waybill runs no program of a kubeconfig`,
        'Use a token, a tokenFile or a client certificate, such as those of a service account.',
      );
  const cert = readPem(file, user, 'client-certificate');
  const key = readPem(file, user, 'client-key');
  return { ...(cert === null ? {} : { cert }), ...(key === null ? {} : { key }) };
}

function createTokenReader(file: string, user: JsonObject): () => string | null {
  const path = readText(user['tokenFile']);
  const token = readText(user['token']);
  return () => (path === null ? token : readTokenFile(resolve(dirname(file), path)));
}

function readTokenFile(path: string): string {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > TOKEN_BYTES_MAX) throw refuse(path, 'it is too large to be a token');
    return bytes.toString('utf8').trim();
  } catch (thrown) {
    throw toFileFailure(path, thrown, 'read');
  }
}

/** PEM, from the member `NAME-data` in base64 or from the file that `NAME` names. */
function readPem(file: string, holder: JsonObject, name: string): string | null {
  const data = readText(getOwn(holder, `${name}-data`));
  if (data !== null) return Buffer.from(data, 'base64').toString('utf8');
  const path = readText(getOwn(holder, name));
  if (path === null) return null;
  const at = resolve(dirname(file), path);
  try {
    return readFileSync(at).toString('utf8');
  } catch (thrown) {
    throw toFileFailure(at, thrown, 'read');
  }
}

/** Over TLS; in the clear only on this machine (`kubectl proxy`). */
function parseServer(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlain = url?.protocol === 'http:' && isLoopbackName(parseHost(url.host));
  // mutant cluster-in-the-clear by kubeconfig: condition -> true
  if (url !== null && (url.protocol === 'https:' || isPlain)) return url;
  throw new Failure(
    'CONFIG_INVALID',
    `not an address of an API server: ${JSON.stringify(text.slice(0, 100))}`,
    'Write it as https://HOST:PORT.',
  );
}

function findNamed(
  file: string,
  document: JsonObject,
  list: string,
  member: string,
  name: string | null,
): JsonObject {
  const all = getOwn(document, list);
  const entries = Array.isArray(all) ? (all as readonly JsonValue[]).filter(isJsonObject) : [];
  const found = entries.find((one) => one['name'] === name);
  if (name === null || found === undefined)
    throw refuse(
      file,
      `its ${list} have none called ${JSON.stringify((name ?? '').slice(0, 100))}`,
    );
  return requireObject(file, getOwn(found, member), `the ${member}`);
}

function requireObject(file: string, value: JsonValue | undefined, what: string): JsonObject {
  if (value !== undefined && isJsonObject(value)) return value;
  throw refuse(file, `${what} is no object`);
}

function readText(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function refuse(file: string, why: string, remedy = 'Compare it with: kubectl config view.') {
  return new Failure('CONFIG_INVALID', `${file}: ${why}`, remedy);
}
