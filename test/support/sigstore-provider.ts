import { createHash, type KeyObject, sign } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Json } from './sigstore-instance.ts';

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly bytes: Uint8Array | string;
  readonly location?: string;
}

/** What the provider of identities answers, changed in place. */
export interface LoginFaults {
  login?: (claims: Json) => void;
}

export const json = (value: Json, status = 201): Answer => ({
  status,
  type: 'application/json',
  bytes: JSON.stringify(value),
});

export function makeToken(
  issuer: string,
  key: KeyObject,
  claims: Readonly<Record<string, unknown>> = {},
): string {
  const seconds = Math.floor(Date.now() / 1_000);
  const all = {
    iss: issuer,
    sub: 'https://git.example.com/shop/trips/release.yml@refs/heads/main',
    aud: 'sigstore',
    iat: seconds,
    exp: seconds + 600,
    ...claims,
  };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'ES256', kid: 'one', typ: 'JWT' })}.${part(all)}`;
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

/**
 * A provider of identities: the token services of GitHub Actions and Azure Pipelines, and OpenID
 * Connect with a code and PKCE.
 */
export class TestProvider {
  readonly #key: KeyObject;
  readonly #faults: LoginFaults;
  readonly #codes = new Map<string, URLSearchParams>();

  constructor(key: KeyObject, faults: LoginFaults) {
    this.#key = key;
    this.#faults = faults;
  }

  answer(base: string, request: IncomingMessage, url: URL, body: Buffer): Answer | null {
    const bearer = request.headers.authorization ?? '';
    switch (`${request.method} ${url.pathname}`) {
      case 'GET /github':
        if (bearer !== 'bearer of the job') return json({ message: 'no' }, 401);
        return json({ value: this.#make(base, { aud: url.searchParams.get('audience') }) }, 200);
      case 'POST /azure':
        if (bearer !== 'Bearer of the pipeline') return json({ message: 'no' }, 401);
        return json({ oidcToken: this.#make(base, { aud: 'api://AzureADTokenExchange' }) }, 200);
      case 'GET /.well-known/openid-configuration': {
        const document = {
          issuer: base,
          authorization_endpoint: `${base}/auth`,
          token_endpoint: `${base}/token`,
        };
        this.#faults.login?.(document);
        return json(document, 200);
      }
      case 'GET /auth': {
        const code = `code${this.#codes.size}`;
        this.#codes.set(code, url.searchParams);
        const back = new URL(url.searchParams.get('redirect_uri') ?? '');
        back.searchParams.set('code', code);
        back.searchParams.set('state', url.searchParams.get('state') ?? '');
        return { status: 302, type: 'text/plain', bytes: '', location: back.href };
      }
      case 'POST /token':
        return this.#redeem(base, new URLSearchParams(body.toString()));
      default:
        return null;
    }
  }

  /** RFC 7636 §4.6: only who knows the verifier gets the token. */
  #redeem(base: string, given: URLSearchParams): Answer {
    const asked = this.#codes.get(given.get('code') ?? '');
    const verifier = Buffer.from(given.get('code_verifier') ?? '');
    const isSame =
      createHash('sha256').update(verifier).digest('base64url') === asked?.get('code_challenge') &&
      given.get('redirect_uri') === asked.get('redirect_uri') &&
      given.get('client_id') === asked.get('client_id');
    if (!isSame) return json({ error: 'invalid_grant' }, 400);
    const claims = {
      email: 'dev@shop.example.com',
      email_verified: true,
      nonce: asked?.get('nonce'),
    };
    this.#faults.login?.(claims);
    return json({ id_token: this.#make(base, claims) }, 200);
  }

  #make(base: string, claims: Readonly<Record<string, unknown>>): string {
    return makeToken(base, this.#key, claims);
  }
}
