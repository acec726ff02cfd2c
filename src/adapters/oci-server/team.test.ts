import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { buildArtifact, EMPTY_CONTENT } from '../../capabilities/registry/index.ts';
import { orThrow } from '../../core/result.ts';
import { type RunningRegistry, startRegistry } from './server.ts';
import { namesRepository, type RegistryTeam } from './team.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-team-'));
let running: RunningRegistry | null = null;
let count = 0;
afterEach(async () => {
  await running?.close();
  running = null;
});
afterAll(() => rmSync(folder, { recursive: true }));

const RIGHTS = ['pull', 'push', 'delete'] as const;
const GRANTS: RegistryTeam['grants'] = [
  { repositories: ['shop/*'], users: ['ci'], rights: RIGHTS },
  { repositories: ['shop/*'], users: ['*'], rights: ['pull'] },
  { repositories: ['other/app'], users: ['dev'], rights: RIGHTS },
  { repositories: ['public/*'], users: ['anonymous'], rights: ['pull'] },
];

async function open(team: Partial<RegistryTeam> = {}): Promise<Ask> {
  const verify = async (user: string, password: string) => password === `${user}'s`;
  const whole = { verify, grants: GRANTS, quotas: [], immutable: [], ...team };
  count += 1;
  running = orThrow(await startRegistry({ root: join(folder, `${count}`), team: whole }));
  const { url } = running;
  return async (user, method, path, body) => {
    const encoded = Buffer.from(`${user}:${user}'s`).toString('base64');
    const headers: Record<string, string> =
      user === null ? {} : { authorization: `Basic ${encoded}` };
    if (path.includes('/manifests/')) headers['content-type'] = EMPTY_TYPE;
    return fetch(`${url}/v2/${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  };
}

type Ask = (
  user: string | null,
  method: string,
  path: string,
  body?: Uint8Array<ArrayBuffer>,
) => Promise<Response>;

const EMPTY_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const config = EMPTY_CONTENT.descriptor.digest;
const push = (ask: Ask, user: string | null, repository: string) =>
  ask(user, 'POST', `${repository}/blobs/uploads/?digest=${config}`, Buffer.from('{}'));
const put = (ask: Ask, user: string, at: string, content: { readonly bytes: Uint8Array }) =>
  ask(user, 'PUT', at, Buffer.from(content.bytes));
const artifact = (name: string, more: object = {}) =>
  buildArtifact({ artifactType: 'application/x', layers: [], annotations: { name }, ...more });

it.each([
  ['shop/*', 'shop/a', true],
  ['shop/*', 'shop/a/b', true],
  ['shop/*', 'shop', false],
  ['shop/*', 'shopping/a', false],
  ['shop/a', 'shop/ab', false],
  ['*', 'any/thing', true],
])('a pattern %s names %s: %s', (pattern, repository, named) => {
  expect(namesRepository([pattern], repository)).toBe(named);
});

it('rights are by repository: who may not, is refused, and who is nobody is asked', async () => {
  const ask = await open();
  expect((await push(ask, 'ci', 'shop/app')).status).toBe(201);
  expect((await push(ask, 'dev', 'shop/app')).status).toBe(403);
  expect((await push(ask, null, 'shop/app')).status).toBe(401);
  expect((await ask('dev', 'GET', `shop/app/blobs/${config}`)).status).toBe(200);
  expect((await ask(null, 'GET', `shop/app/blobs/${config}`)).status).toBe(401);
  expect((await ask(null, 'GET', `public/app/blobs/${config}`)).status).toBe(404);
  expect((await ask('dev', 'DELETE', `shop/app/blobs/${config}`)).status).toBe(403);
  expect((await ask('ci', 'GET', '')).status).toBe(200);
  expect((await ask(null, 'GET', '')).status).toBe(401);
  const wrong = await fetch(`${running?.url}/v2/`, {
    headers: { authorization: `Basic ${Buffer.from('ci:no').toString('base64')}` },
  });
  expect(wrong.status).toBe(401);
});

it('nobody is called anonymous, and nobody mounts what he may not pull', async () => {
  const ask = await open();
  expect((await push(ask, 'ci', 'shop/app')).status).toBe(201);
  expect((await ask('anonymous', 'GET', `public/app/blobs/${config}`)).status).toBe(403);
  const mount = (from: string) => `other/app/blobs/uploads/?mount=${config}&from=${from}`;
  expect((await ask('dev', 'POST', mount('shop/app'))).status).toBe(201);
  expect((await ask('dev', 'POST', mount('secret/app'))).status).toBe(403);
});

it('the list of repositories has only those that may be pulled', async () => {
  const ask = await open();
  await push(ask, 'ci', 'shop/app');
  await put(ask, 'ci', 'shop/app/manifests/1', artifact('a'));
  await push(ask, 'dev', 'other/app');
  await put(ask, 'dev', 'other/app/manifests/1', artifact('a'));
  expect(await (await ask('ci', 'GET', '_catalog')).json()).toEqual({ repositories: ['shop/app'] });
  expect(await (await ask(null, 'GET', '_catalog')).json()).toEqual({ repositories: [] });
});

it('a quota counts what is there, and once what is pushed again', async () => {
  const ask = await open({ quotas: [{ repositories: ['shop/*'], bytesMax: 4 }] });
  expect((await push(ask, 'ci', 'shop/a')).status).toBe(201);
  expect((await push(ask, 'ci', 'shop/a')).status).toBe(201);
  expect((await push(ask, 'ci', 'shop/b')).status).toBe(201);
  const refused = await push(ask, 'ci', 'shop/c');
  expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('quota')]);
  const mount = `shop/c/blobs/uploads/?mount=${config}&from=shop/a`;
  expect((await ask('ci', 'POST', mount)).status).toBe(403);
  expect((await put(ask, 'ci', 'shop/a/manifests/1', artifact('a'))).status).toBe(403);
  expect((await push(ask, 'dev', 'other/app')).status).toBe(201);
});

it('B22: a tag of a signed image is neither moved nor removed, nor its signature', async () => {
  const ask = await open({ immutable: [{ repositories: ['shop/*'], tags: 'signed' }] });
  await push(ask, 'ci', 'shop/app');
  const [one, two] = [artifact('one'), artifact('two')];
  const at = (reference: string) => `shop/app/manifests/${reference}`;
  expect((await put(ask, 'ci', at('1'), one)).status).toBe(201);
  expect((await put(ask, 'ci', at('1'), two)).status).toBe(201);
  expect((await put(ask, 'ci', at('1'), one)).status).toBe(201);
  const { descriptor: subject } = one;
  const signature = artifact('signature', {
    ...{ artifactType: 'application/vnd.cncf.notary.signature', subject },
  });
  await put(ask, 'ci', at(signature.descriptor.digest), signature);
  expect((await put(ask, 'ci', at('1'), two)).status).toBe(403);
  expect((await put(ask, 'ci', at('1'), one)).status).toBe(201);
  expect((await ask('ci', 'DELETE', at('1'))).status).toBe(403);
  expect((await ask('ci', 'DELETE', at(subject.digest))).status).toBe(403);
  expect((await ask('ci', 'DELETE', at(signature.descriptor.digest))).status).toBe(403);
  expect((await ask('ci', 'DELETE', at(two.descriptor.digest))).status).toBe(202);
});
