import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  answer,
  type HostileRegistry,
  type Script,
  startHostileRegistry,
} from '../../../test/support/hostile-registry.ts';
import { buildArtifact, OCI_MANIFEST, toContent } from '../../capabilities/registry/index.ts';
import { type ImageReference, parseImageReference } from '../../core/image-reference.ts';
import { ok, orThrow, type Result } from '../../core/result.ts';
import { classifyAddress } from '../../system/http/hosts.ts';
import { openTransport } from '../../system/http/transport.ts';
import { openRegistryClient, type RegistryClient } from './client.ts';
import type { Credentials } from './docker-config.ts';
import type { RegistryClientOptions } from './session.ts';

const good = buildArtifact({ artifactType: 'application/x', layers: [] });
const blob = toContent('text/plain', Buffer.from('the blob'));
const ann: Credentials = { kind: 'password', user: 'ann', password: 'hunter2-secret' };
const basic = `Basic ${Buffer.from('ann:hunter2-secret').toString('base64')}`;

let script: Script;
let elsewhere: Script;
let registry: HostileRegistry;
let stranger: HostileRegistry;
const clients: RegistryClient[] = [];

beforeEach(async () => {
  registry = await startHostileRegistry((request, response) => script(request, response));
  stranger = await startHostileRegistry(
    (request, response) => elsewhere(request, response),
    'localhost',
  );
  elsewhere = (_, response) => answer(response, 200, { 'Content-Type': OCI_MANIFEST }, good.bytes);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await registry.close();
  await stranger.close();
});

function clientWith(
  credentials: Credentials | null,
  options: RegistryClientOptions = {},
): RegistryClient {
  const only = async (host: string) => ok(host === registry.registry ? credentials : null);
  const client = openRegistryClient({
    credentials: only,
    sleep: async () => {},
    requestMs: 2_000,
    ...options,
  });
  clients.push(client);
  return client;
}

function tagged(): ImageReference {
  return orThrow(parseImageReference(`${registry.registry}/team/app:v1`));
}

function toCode(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.failure.code;
}

/** Requires Basic authentication first, and then redirects the client to `location`. */
function guardedRedirect(location: string): Script {
  return ({ headers }, response) => {
    if (headers.authorization === undefined)
      answer(response, 401, { 'WWW-Authenticate': 'Basic realm="x"' });
    else answer(response, 307, { Location: location });
  };
}

describe('a redirect', () => {
  it('A11, G26: to another host is followed without the credentials of the registry', async () => {
    script = guardedRedirect(`http://${stranger.registry}/stored`);
    expect(toCode(await clientWith(ann).resolve(tagged()))).toBe('ok');
    expect(registry.seen.at(-1)?.headers.authorization).toBe(basic);
    expect(stranger.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('A11: through another host back to the registry has no credentials', async () => {
    elsewhere = (_, response) =>
      answer(response, 307, { Location: `http://${registry.registry}/v2/back` });
    script = (request, response) => {
      if (request.path === '/v2/back')
        answer(response, 200, { 'Content-Type': OCI_MANIFEST }, good.bytes);
      else guardedRedirect(`http://${stranger.registry}/`)(request, response);
    };
    expect(toCode(await clientWith(ann).resolve(tagged()))).toBe('ok');
    expect(registry.seen.at(-1)?.headers.authorization).toBeUndefined();
  });

  it('within the registry keeps the credentials', async () => {
    script = (request, response) => {
      if (request.path === '/v2/there')
        answer(response, 200, { 'Content-Type': OCI_MANIFEST }, good.bytes);
      else guardedRedirect('/v2/there')(request, response);
    };
    expect(toCode(await clientWith(ann).resolve(tagged()))).toBe('ok');
    expect(registry.seen.at(-1)?.headers.authorization).toBe(basic);
  });

  it.each([
    ['G26: to the metadata service of a cloud', 'https://169.254.169.254/latest/meta-data/'],
    [
      'G26: to the same service by an IPv6 form of its address',
      'https://[::ffff:169.254.169.254]/',
    ],
    ['G26: to a private address', 'https://10.0.0.1/'],
    ['without TLS to another machine', 'http://registry.example.com/'],
    ['to a file', 'file:///etc/passwd'],
    ['with a name and password in it', 'http://user:pass@127.0.0.1/'],
    ['to an address without a host', 'http://'],
  ])('%s is refused', async (_, location) => {
    script = (_request, response) => answer(response, 307, { Location: location });
    expect(toCode(await clientWith(ann).resolve(tagged()))).toBe('REDIRECT_REFUSED');
  });

  it('that never ends is refused after five', async () => {
    script = ({ path }, response) => answer(response, 302, { Location: `${path}x` });
    expect(toCode(await clientWith(null).resolve(tagged()))).toBe('REDIRECT_REFUSED');
    expect(registry.seen.length).toBe(6);
    let hops = 0;
    script = (_, response) =>
      hops++ < 5
        ? answer(response, 302, { Location: `/v2/${hops}` })
        : answer(response, 200, { 'Content-Type': OCI_MANIFEST }, good.bytes);
    expect(toCode(await clientWith(null).resolve(tagged()))).toBe('ok');
  });

  it('of a push is refused: the content goes only to the intended host', async () => {
    script = (_, response) => answer(response, 307, { Location: `http://${stranger.registry}/` });
    const pushed = await clientWith(ann).pushManifest(`${registry.registry}/team/app`, good);
    expect(toCode(pushed)).toBe('REDIRECT_REFUSED');
    expect(stranger.seen).toEqual([]);
  });

  it('G26: from a public registry to a name of this machine is refused unsent', async () => {
    const transport = openTransport();
    const send = (reachable: ReadonlySet<'loopback'>) =>
      transport.send({
        method: 'GET',
        url: new URL(`http://${stranger.registry}/`),
        headers: {},
        signal: new AbortController().signal,
        reachable,
      });
    await expect(send(new Set())).rejects.toMatchObject({ code: 'REDIRECT_REFUSED' });
    expect(stranger.seen).toEqual([]);
    const accepted = await send(new Set(['loopback']));
    accepted.message.resume();
    expect(accepted.status).toBe(200);
    transport.close();
  });

  it.each([
    ['8.8.8.8', 'public'],
    ['127.9.9.9', 'loopback'],
    ['0.0.0.0', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['169.254.169.254', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['172.31.255.255', 'private'],
    ['172.32.0.0', 'public'],
    ['100.64.0.1', 'private'],
    ['fd00::1', 'private'],
    ['64:ff9b::7f00:1', 'private'],
    ['2002:7f00:1::', 'private'],
    ['2606:4700::1111', 'public'],
  ])('G26: %s is %s', (address, reach) => {
    expect(classifyAddress(address)).toBe(reach);
  });
});

describe('an upload', () => {
  const push = (client: RegistryClient) => client.pushBlob(`${registry.registry}/team/app`, blob);

  it.each([
    ['A12: to another host', () => `http://${stranger.registry}/upload`],
    ['to no address', () => 'http://'],
    ['with credentials in its address', () => `http://a:b@${registry.registry}/upload`],
  ])('%s is refused, and nothing is sent there', async (_, location) => {
    script = ({ method }, response) =>
      method === 'HEAD' ? answer(response, 404) : answer(response, 202, { Location: location() });
    expect(['REDIRECT_REFUSED', 'REGISTRY_MISBEHAVED']).toContain(
      toCode(await push(clientWith(ann))),
    );
    expect(stranger.seen).toEqual([]);
  });

  it('to an absolute or relative address of the registry keeps its query', async () => {
    for (const location of [`http://${registry.registry}/up?state=a%2Fb`, '/up?state=a%2Fb']) {
      script = ({ method }, response) => {
        if (method === 'HEAD') answer(response, 404);
        else answer(response, method === 'POST' ? 202 : 201, { Location: location });
      };
      expect(toCode(await push(clientWith(null)))).toBe('ok');
      const last = new URL(`http://x${registry.seen.at(-1)?.path}`);
      expect([last.searchParams.get('state'), last.searchParams.get('digest')]).toEqual([
        'a/b',
        blob.descriptor.digest,
      ]);
      expect(registry.seen.at(-1)?.body.equals(Buffer.from(blob.bytes))).toBe(true);
    }
  });
});

describe('a challenge', () => {
  const bearer = (realm: string) =>
    `Bearer realm="${realm}",service="the service",scope="repository:other:*"`;

  /** A registry that requires the token `good-token` from `realm`. */
  function wanting(realm: () => string, token: Script): Script {
    return (request, response) => {
      if (request.path.startsWith('/token')) token(request, response);
      else if (request.headers.authorization === 'Bearer good-token') {
        answer(response, 200, { 'Content-Type': OCI_MANIFEST }, good.bytes);
      } else answer(response, 401, { 'WWW-Authenticate': bearer(realm()) });
    };
  }
  const give: Script = (_, response) => answer(response, 200, {}, '{"token":"good-token"}');

  it('is answered with a token for the needed scope, not the requested one', async () => {
    script = wanting(() => `http://${registry.registry}/token`, give);
    expect(toCode(await clientWith(ann).resolve(tagged()))).toBe('ok');
    const asked = registry.seen.find(({ path }) => path.startsWith('/token'));
    const query = new URL(`http://x${asked?.path}`).searchParams;
    expect([query.getAll('scope'), query.get('service')]).toEqual([
      ['repository:team/app:pull'],
      'the service',
    ]);
    expect(asked?.headers.authorization).toBe(basic);
  });

  it('is answered once, and the token is used again until it expires', async () => {
    let nowMs = 0;
    script = wanting(
      () => `http://${registry.registry}/token`,
      (_, response) => answer(response, 200, {}, '{"access_token":"good-token","expires_in":100}'),
    );
    const client = clientWith(null, { nowMs: () => nowMs });
    const tokens = () => registry.seen.filter(({ path }) => path.startsWith('/token')).length;
    await client.resolve(tagged());
    await client.resolve(tagged());
    expect(tokens()).toBe(1);
    nowMs = 91_000;
    await client.resolve(tagged());
    expect(tokens()).toBe(2);
  });

  it('A13: to log in at another host is answered without the credentials', async () => {
    elsewhere = give;
    script = wanting(() => `http://${stranger.registry}/token`, give);
    expect(toCode(await clientWith(ann).resolve(tagged()))).toBe('ok');
    expect(stranger.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('A13: a login at another host fails with its name until it is allowed', async () => {
    elsewhere = ({ headers }, response) =>
      headers.authorization === basic
        ? answer(response, 200, {}, '{"token":"good-token"}')
        : answer(response, 401);
    script = wanting(() => `http://${stranger.registry}/token`, give);
    const refused = await clientWith(ann).resolve(tagged());
    expect(toCode(refused)).toBe('REGISTRY_DENIED');
    expect(refused.ok ? '' : refused.failure.message).toContain(stranger.registry);
    const allowed = clientWith(ann, { realmHosts: { [registry.registry]: [stranger.registry] } });
    expect(toCode(await allowed.resolve(tagged()))).toBe('ok');
  });

  it('A14, G27: an allowed token service is exactly that host, for that registry', async () => {
    const asked: string[] = [];
    const allowed = [`${stranger.registry}0`, 'localhost', stranger.registry.slice(1), ''];
    const client = openRegistryClient({
      credentials: async (host) => {
        asked.push(host);
        return ok(ann);
      },
      realmHosts: { [registry.registry]: allowed, [`${registry.registry}0`]: [stranger.registry] },
    });
    clients.push(client);
    elsewhere = (_, response) => answer(response, 401);
    script = wanting(() => `http://${stranger.registry}/token`, give);
    expect(toCode(await client.resolve(tagged()))).toBe('REGISTRY_DENIED');
    expect(asked).toEqual([registry.registry]);
    expect(stranger.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it.each([
    ['G26: a private address', 'https://10.1.2.3/token', 'REDIRECT_REFUSED'],
    ['G26: the metadata service', 'https://169.254.169.254/token', 'REDIRECT_REFUSED'],
    ['A13: plain HTTP on another machine', 'http://auth.example.com/token', 'REDIRECT_REFUSED'],
    ['nothing', '', 'REGISTRY_MISBEHAVED'],
    ['an address with credentials', 'http://a:b@127.0.0.1/token', 'REGISTRY_MISBEHAVED'],
  ])('to log in at %s is refused', async (_, realm, code) => {
    script = wanting(() => realm, give);
    expect(toCode(await clientWith(ann).resolve(tagged()))).toBe(code);
  });

  it.each<[string, Script, string]>([
    ['refuses', (_, response) => answer(response, 401), 'REGISTRY_DENIED'],
    ['is broken', (_, response) => answer(response, 500), 'REGISTRY_UNREACHABLE'],
    [
      'redirects',
      (_, response) => answer(response, 307, { Location: '/token2' }),
      'REGISTRY_UNREACHABLE',
    ],
    [
      'answers no JSON',
      (_, response) => answer(response, 200, {}, '<html>'),
      'REGISTRY_MISBEHAVED',
    ],
    [
      'gives a token with a line break',
      (_, r) => answer(r, 200, {}, '{"token":"a\\r\\nX: y"}'),
      'REGISTRY_MISBEHAVED',
    ],
    [
      'gives a token that the registry refuses',
      (_, r) => answer(r, 200, {}, '{"token":"bad"}'),
      'REGISTRY_DENIED',
    ],
    [
      'answers endlessly',
      (_, r) => answer(r, 200, {}, Buffer.alloc(2_000_000, ' ')),
      'LIMIT_EXCEEDED',
    ],
  ])('whose token service %s fails as such', async (_, token, code) => {
    script = wanting(() => `http://${registry.registry}/token`, token);
    expect(toCode(await clientWith(ann).resolve(tagged()))).toBe(code);
  });

  it('an identity token is exchanged by POST and never sent to the registry', async () => {
    script = wanting(
      () => `http://${registry.registry}/token`,
      ({ method, body }, response) => {
        const form = new URLSearchParams(body.toString());
        const right = method === 'POST' && form.get('refresh_token') === 'identity-secret';
        answer(response, right ? 200 : 401, {}, '{"access_token":"good-token"}');
      },
    );
    const client = clientWith({ kind: 'identity-token', token: 'identity-secret' });
    expect(toCode(await client.resolve(tagged()))).toBe('ok');
    expect(JSON.stringify(registry.seen.map(({ headers }) => headers))).not.toContain(
      'identity-secret',
    );
  });

  it('no failure contains the password, the token or the text of the registry', async () => {
    const scripts: Script[] = [
      (_, response) =>
        answer(response, 401, { 'WWW-Authenticate': 'Basic realm="x"' }, 'hunter2-secret'),
      (_, response) => answer(response, 401, { 'WWW-Authenticate': 'Digest hunter2-secret' }),
      (_, response) => answer(response, 401, { 'WWW-Authenticate': '"hunter2-secret' }),
      wanting(
        () => `http://${registry.registry}/token`,
        (_, response) => answer(response, 200, {}, 'hunter2-secret'),
      ),
      wanting(
        () => `http://${registry.registry}/token`,
        (_, response) => response.destroy(),
      ),
    ];
    for (const one of scripts) {
      script = one;
      const result = await clientWith(ann).resolve(tagged());
      const told = result.ok
        ? ''
        : `${result.failure.stack} ${result.failure.remedy} ${String(result.failure.cause)}`;
      expect(result.ok).toBe(false);
      expect(told).not.toMatch(/hunter2|YW5uO/);
    }
  });
});
