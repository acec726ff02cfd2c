import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  answer,
  type HostileRegistry,
  startHostileRegistry,
} from '../../../test/support/hostile-registry.ts';
import { buildArtifact, OCI_MANIFEST } from '../../capabilities/registry/index.ts';
import { parseImageReference } from '../../core/image-reference.ts';
import { ok, orThrow } from '../../core/result.ts';
import { openRegistryClient, type RegistryClient } from './client.ts';

const good = buildArtifact({ artifactType: 'application/x', layers: [] });
const TAGS = ['v1', 'v2', 'v3', 'v4'];

let registry: HostileRegistry;
let client: RegistryClient;
let service: (path: string) => string;
let isTokenGiven: boolean;

/** Every tag needs a token; a token is given when all requests have been refused. */
beforeEach(async () => {
  isTokenGiven = true;
  service = () => 'one';
  registry = await startHostileRegistry(({ path, headers }, response) => {
    if (path.startsWith('/token')) {
      const isEverybodyRefused = (): boolean =>
        registry.seen.filter((one) => one.path.includes('/manifests/')).length >= TAGS.length;
      const give = (): void => {
        if (isEverybodyRefused())
          setTimeout(() => answer(response, isTokenGiven ? 200 : 403, {}, '{"token":"t"}'), 50);
        else setImmediate(give);
      };
      give();
    } else if (headers.authorization === 'Bearer t')
      answer(response, 200, { 'Content-Type': OCI_MANIFEST }, good.bytes);
    else {
      const realm = `Bearer realm="http://${registry.registry}/token",service="${service(path)}"`;
      answer(response, 401, { 'WWW-Authenticate': realm });
    }
  });
  client = openRegistryClient({ credentials: async () => ok(null) });
});
afterEach(async () => {
  client.close();
  await registry.close();
});

async function resolveAll(): Promise<readonly string[]> {
  const found = await Promise.all(
    TAGS.map((tag) =>
      client.resolve(orThrow(parseImageReference(`${registry.registry}/team/app:${tag}`))),
    ),
  );
  return found.map((one) => (one.ok ? 'ok' : one.failure.code));
}

const listTokens = () => registry.seen.filter(({ path }) => path.startsWith('/token'));

it('requests that are refused together get one token', async () => {
  expect(await resolveAll()).toEqual(['ok', 'ok', 'ok', 'ok']);
  expect(listTokens()).toHaveLength(1);
});

it('A13: a challenge that says something else is answered by itself', async () => {
  service = (path) => (path.endsWith('v4') ? 'other' : 'one');
  expect(await resolveAll()).toEqual(['ok', 'ok', 'ok', 'ok']);
  expect(listTokens().map(({ path }) => /service=(\w+)/.exec(path)?.[1])).toEqual(
    expect.arrayContaining(['one', 'other']),
  );
});

it('a refusal is not shared: each asks for itself', async () => {
  isTokenGiven = false;
  expect(new Set(await resolveAll())).toEqual(new Set(['REGISTRY_DENIED']));
  expect(listTokens()).toHaveLength(TAGS.length);
});
