import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readIdentityToken } from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import type { JsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { getOwn } from '../../core/own.ts';
import { orThrow } from '../../core/result.ts';
import { CHILD_ENVIRONMENT, pickEnvironment } from '../../system/processes/child-environment.ts';
import { askJson, refuseAnswer, type ServicePlace } from './json-service.ts';

const CODE = 'IDENTITY_UNUSABLE';
const PEER = 'the identity provider';
const CALLBACK = '/auth/callback';

export interface BrowserPlace extends ServicePlace {
  readonly provider: URL | null;
  /** As which the provider knows tools of sigstore; it is the audience of the token. */
  readonly clientId: string;
  /** Shows a line to the user. */
  readonly tell: (line: string) => void;
}

interface Provider {
  readonly issuer: string;
  readonly authorization: URL;
  readonly token: URL;
}

/**
 * An identity token of a person, who logs in with a browser on this machine: OpenID Connect with a
 * code, PKCE (RFC 7636), a state and a nonce, by a redirect to loopback (RFC 8252 §7.3).
 */
export async function logIn(place: BrowserPlace): Promise<string> {
  if (place.provider === null)
    throw new Failure(CODE, 'no identity provider is named', 'Name it: --oidc-issuer URL.');
  const provider = await discover(place.provider, place);
  const [state, nonce, verifier] = [makeSecret(), makeSecret(), makeSecret()];
  const server = process.getBuiltinModule('node:http').createServer();
  try {
    const port = await listen(server);
    const redirect = `http://localhost:${port}${CALLBACK}`;
    const url = new URL(provider.authorization);
    const asked = {
      response_type: 'code',
      scope: 'openid email',
      client_id: place.clientId,
      redirect_uri: redirect,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      state,
      nonce,
    };
    for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
    const answered = waitForCode(server, state, place.signal);
    openBrowser(url, place);
    const code = await answered;
    return await redeemCode({ code, verifier, redirect, nonce }, provider, place);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function makeSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** OpenID Connect Discovery §4.3: the document must be about this issuer. */
async function discover(issuer: URL, place: BrowserPlace): Promise<Provider> {
  const base = issuer.href.replace(/\/$/, '');
  const url = new URL(`${base}/.well-known/openid-configuration`);
  const answer = await askJson(PEER, { method: 'GET', url }, place, CODE);
  if (answer.status !== 200) throw refuseAnswer(PEER, answer, CODE);
  const stated = String(answer.json['issuer'] ?? '');
  // mutant login-at-another-provider by sign-keyless: condition -> false
  if (stated.replace(/\/$/, '') !== base)
    throw new Failure(CODE, `${PEER} says that it is another one`, 'Check --oidc-issuer.');
  const authorization = readAddress(answer.json, 'authorization_endpoint', issuer);
  return {
    issuer: stated,
    authorization,
    token: readAddress(answer.json, 'token_endpoint', issuer),
  };
}

function readAddress(document: JsonObject, name: string, issuer: URL): URL {
  const text = getOwn(document, name);
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : null;
  // A page without TLS is only for a provider that has none itself, which is on this machine.
  if (url === null || (url.protocol !== 'https:' && url.protocol !== issuer.protocol))
    throw new Failure(CODE, `${PEER} names no ${name}`, 'Check --oidc-issuer.');
  return url;
}

function listen(server: Server): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port));
  });
}

/** The code of the first answer that has our state; a page that does not know it ends nothing. */
function waitForCode(server: Server, state: string, ended: AbortSignal): Promise<string> {
  return new Promise((done, fail) => {
    const stop = (): void => {
      const why = ended.aborted ? 'the login was stopped' : 'nobody logged in in time';
      fail(new Failure(CODE, why, 'Try again, or give a token: --identity-token FILE.'));
    };
    const late = setTimeout(stop, LIMITS.loginMs).unref();
    ended.addEventListener('abort', stop, { once: true });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      // mutant login-of-somebody-else by sign-keyless: condition -> false
      if (url.pathname !== CALLBACK || url.searchParams.get('state') !== state) {
        answer(response, 404, 'This page is not the end of a login.');
        return;
      }
      clearTimeout(late);
      ended.removeEventListener('abort', stop);
      const code = url.searchParams.get('code');
      answer(response, 200, 'You can close this page and go back to the terminal.');
      if (code !== null) return done(code);
      const remedy = 'Log in again, or ask who runs the provider.';
      fail(new Failure(CODE, `${PEER} refused the login`, remedy));
    });
  });
}

function answer(response: ServerResponse, status: number, text: string): void {
  const headers = { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' };
  response.writeHead(status, headers).end(`${text}\n`);
}

/** The address is shown as well: the browser may not start, or may be another one. */
function openBrowser(url: URL, { env, tell }: BrowserPlace): void {
  tell(`Log in with a browser on this machine: ${url.href}`);
  tell('On a machine without a browser, take a token elsewhere: --identity-token FILE.');
  const program = env['BROWSER'] || OPENERS.get(process.platform) || 'xdg-open';
  const shown = ['DISPLAY', 'WAYLAND_DISPLAY', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'];
  const child = spawn(program, [url.href], {
    env: pickEnvironment(env, [...CHILD_ENVIRONMENT, ...shown]),
    stdio: 'ignore',
    detached: true,
  });
  child.once('error', () => undefined);
  child.unref();
}

const OPENERS: ReadonlyMap<string, string> = new Map([
  ['darwin', 'open'],
  ['win32', 'explorer.exe'],
]);

interface Grant {
  readonly code: string;
  readonly verifier: string;
  readonly redirect: string;
  readonly nonce: string;
}

async function redeemCode(grant: Grant, provider: Provider, place: BrowserPlace): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code: grant.code,
    redirect_uri: grant.redirect,
    client_id: place.clientId,
    code_verifier: grant.verifier,
  }).toString();
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const request = { method: 'POST', url: provider.token, headers, body } as const;
  const answered = await askJson(PEER, request, place, CODE);
  const token = answered.json['id_token'];
  if (answered.status !== 200 || typeof token !== 'string')
    throw refuseAnswer(PEER, answered, CODE);
  const read = orThrow(readIdentityToken(token, toInstant(Date.now())));
  // mutant login-answered-with-another-token by sign-keyless: condition -> false
  if (read.nonce !== grant.nonce || read.issuer !== provider.issuer)
    throw new Failure(CODE, 'the token is an answer to another login', 'Log in again.');
  return token;
}
