import { type Challenge, parseChallenges } from '../../capabilities/registry/index.ts';
import { Failure } from '../../core/failure.ts';
import { isJsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { getOwn } from '../../core/own.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { discardBody, readBody } from '../../system/http/body.ts';
import { classifyAddress, isLoopbackName, parseHost, type Reach } from '../../system/http/hosts.ts';
import type { Transport } from '../../system/http/transport.ts';
import type { CredentialSource, Credentials } from './docker-config.ts';

export interface Question {
  readonly registry: string;
  /** The address that sent the challenge. */
  readonly origin: URL;
  readonly reach: Reach | null;
  readonly scopes: readonly string[];
  readonly challenge: string;
  readonly signal: AbortSignal;
}

/**
 * Finds the Authorization header for a registry: first anonymous, then as the challenge of the
 * registry requires (distribution's token flow).
 */
export interface Authoriser {
  /** The header that worked before for this registry and these scopes, if it is still valid. */
  findHeader(registry: string, scopes: readonly string[]): string | null;
  answer(question: Question): Promise<Result<string>>;
}

export interface AuthoriserOptions {
  readonly transport: Transport;
  readonly credentials: CredentialSource;
  readonly insecureHosts: ReadonlySet<string>;
  /** For a registry, the other hosts whose token service may get its credentials. */
  readonly realmHosts: Readonly<Record<string, readonly string[]>>;
  readonly nowMs: () => number;
  readonly requestMs: number;
}

interface Grant {
  readonly header: string;
  readonly untilMs: number;
}

const GRANTS_MAX = 1_000;
/**
 * Docker Hub is the only registry with a token service on another host that is known to everybody.
 */
const HUB_REALM = 'auth.docker.io';

export function openAuthoriser(rooms: AuthoriserOptions): Authoriser {
  const grants = new Map<string, Grant>();
  const rememberGrant = (key: string, grant: Grant) => {
    const oldest = grants.size >= GRANTS_MAX ? grants.keys().next() : null;
    if (oldest?.done === false) grants.delete(oldest.value);
    grants.set(key, grant);
    return ok(grant.header);
  };
  return {
    findHeader: (registry, scopes) => {
      if (grants.size === 0) return null;
      const grant = grants.get(formatKey(registry, scopes)) ?? grants.get(formatKey(registry, []));
      return grant === undefined || grant.untilMs <= rooms.nowMs() ? null : grant.header;
    },
    answer: shareAnswers(async (question) => {
      grants.delete(formatKey(question.registry, question.scopes));
      grants.delete(formatKey(question.registry, []));
      const challenges = parseChallenges(question.challenge);
      if (!challenges.ok) return challenges;
      const credentials = await rooms.credentials(question.registry);
      if (!credentials.ok) return credentials;
      const bearer = challenges.value.find(({ scheme }) => scheme === 'bearer');
      if (bearer !== undefined) {
        const grant = await fetchToken(rooms, question, bearer, credentials.value);
        return grant.ok
          ? rememberGrant(formatKey(question.registry, question.scopes), grant.value)
          : grant;
      }
      const basic = challenges.value.some(({ scheme }) => scheme === 'basic');
      if (!basic) return denied(question.registry, 'it requires an unknown authentication scheme');
      if (credentials.value?.kind !== 'password')
        return denied(question.registry, 'it requires a name and password');
      const header = formatBasicHeader(credentials.value);
      return rememberGrant(formatKey(question.registry, []), {
        header,
        untilMs: Number.POSITIVE_INFINITY,
      });
    }),
  };
}

/**
 * Requests that are refused at the same time get one token. Who shares no success asks for itself:
 * the time of another may be over.
 */
function shareAnswers(ask: Authoriser['answer']): Authoriser['answer'] {
  const running = new Map<string, Promise<Result<string>>>();
  return async (question) => {
    const { registry, scopes, origin, challenge } = question;
    // mutant token-for-another-challenge by shared-token: remove element 2
    const key = [formatKey(registry, scopes), challenge, origin.origin].join('\n');
    const shared = await running.get(key)?.catch(() => null);
    if (shared?.ok === true) return shared;
    const own = ask(question).finally(() => {
      if (running.get(key) === own) running.delete(key);
    });
    running.set(key, own);
    return own;
  };
}

function formatKey(registry: string, scopes: readonly string[]): string {
  return [registry, ...scopes].join('\n');
}

function formatBasicHeader({
  user,
  password,
}: Credentials & { readonly kind: 'password' }): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}

/**
 * Gets a token from the realm. The scope is the one that this request needs, not the one that the
 * challenge names. Credentials are sent only to a realm that may have them (A13, A14, G27). Any
 * other realm gets an anonymous request.
 */
async function fetchToken(
  rooms: AuthoriserOptions,
  question: Question,
  challenge: Challenge,
  credentials: Credentials | null,
): Promise<Result<Grant>> {
  const realm = parseRealm(challenge, question, rooms.insecureHosts);
  if (!realm.ok) return realm;
  const entitled = mayHaveCredentials(realm.value, question, rooms.realmHosts);
  const used = entitled ? credentials : null;
  const own = realm.value.host === question.origin.host;
  const reach = question.reach ?? classifyAddress(parseHost(question.origin.host));
  const incoming = await rooms.transport.send({
    ...buildTokenRequest(realm.value, question.scopes, challenge.parameters['service'], used),
    signal: question.signal,
    ...(own ? {} : { reachable: new Set([reach]) }),
  });
  if (incoming.status !== 200) {
    discardBody(incoming);
    return tokenRefused(
      question.registry,
      realm.value,
      incoming.status,
      credentials !== null && !entitled,
    );
  }
  return readGrant(
    await readBody(incoming, LIMITS.registryAnswerBytesMax, rooms.requestMs),
    rooms.nowMs(),
  );
}

/**
 * The address of the token service. It must use TLS, or loopback if the registry also uses plain
 * HTTP, and must contain no credentials.
 */
function parseRealm(
  challenge: Challenge,
  question: Question,
  insecureHosts: ReadonlySet<string>,
): Result<URL> {
  const text = challenge.parameters['realm'] ?? '';
  const realm = URL.canParse(text) ? new URL(text) : null;
  if (realm === null) return misbehaved('its token service has no address');
  const plain = realm.protocol === 'http:' && question.origin.protocol === 'http:';
  const safe =
    realm.protocol === 'https:' ||
    (plain && (isLoopbackName(parseHost(realm.host)) || insecureHosts.has(realm.host)));
  if (!safe)
    return fail(
      'REDIRECT_REFUSED',
      `the token service ${realm.host} has an address without TLS`,
      'Ask the operator of the registry.',
    );
  if (realm.username !== '' || realm.password !== '')
    return misbehaved('its token service has credentials in its address');
  return ok(realm);
}

function mayHaveCredentials(
  realm: URL,
  question: Question,
  realmHosts: AuthoriserOptions['realmHosts'],
): boolean {
  if (realm.host === question.origin.host && realm.protocol === question.origin.protocol)
    return true;
  if (question.registry === 'docker.io' && realm.host === HUB_REALM && realm.protocol === 'https:')
    return true;
  const named = getOwn(realmHosts, question.registry);
  return named?.includes(realm.host) ?? false;
}

function buildTokenRequest(
  realm: URL,
  scopes: readonly string[],
  service: string | undefined,
  credentials: Credentials | null,
) {
  const parameters = new URLSearchParams(service === undefined ? {} : { service });
  const always = {
    'User-Agent': 'waybill',
    'Accept-Encoding': 'identity',
    Accept: 'application/json',
  };
  if (credentials?.kind === 'identity-token') {
    for (const [name, value] of [
      ['grant_type', 'refresh_token'],
      ['client_id', 'waybill'],
      ['scope', scopes.join(' ')],
      ['refresh_token', credentials.token],
    ] as const) {
      parameters.set(name, value);
    }
    const headers = { ...always, 'Content-Type': 'application/x-www-form-urlencoded' };
    return {
      method: 'POST',
      url: realm,
      headers,
      body: new TextEncoder().encode(parameters.toString()),
    };
  }
  const url = new URL(realm);
  for (const [name, value] of parameters) url.searchParams.set(name, value);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const headers =
    credentials === null ? always : { ...always, Authorization: formatBasicHeader(credentials) };
  return { method: 'GET', url, headers };
}

/**
 * A token lives as long as it says, but at most one hour, and one minute if it does not say
 * (distribution's token document).
 */
function readGrant(bytes: Uint8Array, nowMs: number): Result<Grant> {
  const json = parseJson(bytes, { bytesMax: LIMITS.registryAnswerBytesMax });
  if (!json.ok || !isJsonObject(json.value))
    return misbehaved('its token service did not answer with JSON');
  const { token, access_token: accessToken, expires_in: expiresIn } = json.value;
  const text = typeof token === 'string' ? token : accessToken;
  if (typeof text !== 'string' || !/^[\x21-\x7e]{1,32768}$/.test(text))
    return misbehaved('its token service returned no token');
  const seconds = typeof expiresIn === 'number' ? Math.min(Math.max(expiresIn, 0), 3600) : 60;
  return ok({ header: `Bearer ${text}`, untilMs: nowMs + seconds * 900 });
}

function tokenRefused(
  registry: string,
  realm: URL,
  status: number,
  withheld: boolean,
): Result<never> {
  if (withheld) {
    const remedy = `If ${realm.host} is really its token service, allow it for ${registry}.`;
    return fail(
      'REGISTRY_DENIED',
      `${registry} requires a login at another host, ${realm.host}`,
      remedy,
    );
  }
  if (status === 401 || status === 403 || status === 400)
    return denied(registry, 'its token service refused the request');
  return fail(
    'REGISTRY_UNREACHABLE',
    `the token service ${realm.host} answered ${status}`,
    'Try again later.',
  );
}

function denied(registry: string, why: string): Result<never> {
  return {
    ok: false,
    failure: new Failure('REGISTRY_DENIED', `${registry}: ${why}`, `Log in to ${registry}.`),
  };
}

function misbehaved(why: string): Result<never> {
  return fail(
    'REGISTRY_MISBEHAVED',
    `the registry asks for a token, but ${why}`,
    'Ask the operator of the registry.',
  );
}
