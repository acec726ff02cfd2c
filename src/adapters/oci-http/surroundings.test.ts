import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answer, startHostileRegistry } from '../../../test/support/hostile-registry.ts';
import { peer } from '../../../test/support/peer.ts';
import { buildArtifact, OCI_MANIFEST } from '../../capabilities/registry/index.ts';
import { parseImageReference } from '../../core/image-reference.ts';
import { LIMITS } from '../../core/limits.ts';
import { ok, orThrow, type Result } from '../../core/result.ts';
import { startRegistry } from '../oci-server/index.ts';
import { openRegistryClient } from './client.ts';
import { openDockerCredentials } from './docker-config.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-docker-'));
});
afterAll(() => rm(folder, { recursive: true }));

const auth = Buffer.from('ann:pass:word').toString('base64');
const ann = { kind: 'password', user: 'ann', password: 'pass:word' };

async function ask(config: unknown, registry: string, env: Record<string, string> = {}) {
  await writeFile(
    join(folder, 'config.json'),
    typeof config === 'string' ? config : JSON.stringify(config),
  );
  return openDockerCredentials({
    DOCKER_CONFIG: folder,
    PATH: `${folder}:${process.env['PATH']}`,
    ...env,
  })(registry);
}

function toCode(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.failure.code;
}

describe('credentials in config.json', () => {
  it.each([
    ['registry.example.com', { 'registry.example.com': { auth } }],
    ['registry.example.com', { 'https://registry.example.com/v1/': { auth } }],
    [
      'registry.example.com:5000',
      { 'registry.example.com:5000': { username: 'ann', password: 'pass:word' } },
    ],
    ['docker.io', { 'https://index.docker.io/v1/': { auth } }],
  ])('for %s are found in %j', async (registry, auths) => {
    expect(orThrow(await ask({ auths }, registry))).toEqual(ann);
  });

  it.each([
    'registry.example.com.attacker.example.net',
    'evil-registry.example.com',
    'registry.example.com:443',
    'example.com',
    '__proto__',
    'constructor',
  ])('G27, A14: for registry.example.com are not given to %s', async (registry) => {
    expect(
      orThrow(await ask({ auths: { 'registry.example.com': { auth } } }, registry)),
    ).toBeNull();
  });

  it('are an identity token if there is one', async () => {
    const auths = { 'registry.example.com': { auth, identitytoken: 'it' } };
    expect(orThrow(await ask({ auths }, 'registry.example.com'))).toEqual({
      kind: 'identity-token',
      token: 'it',
    });
  });

  it('are null without a file, and CONFIG_INVALID if it is malformed or too large', async () => {
    const none = await openDockerCredentials({ DOCKER_CONFIG: join(folder, 'none') })(
      'registry.example.com',
    );
    expect(orThrow(none)).toBeNull();
    for (const text of [
      '{',
      '[]',
      '{"auths":{},"auths":{}}',
      ' '.repeat(LIMITS.configBytesMax + 1),
    ]) {
      expect(toCode(await ask(text, 'registry.example.com'))).toBe('CONFIG_INVALID');
    }
  });

  it('of any shape give a Result', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const auths = { 'registry.example.com': value };
        expect(typeof (await ask({ auths }, 'registry.example.com')).ok).toBe('boolean');
      }),
      { numRuns: 50 },
    );
  });
});

describe.skipIf(process.platform === 'win32')('a credential helper', () => {
  async function helper(script: string): Promise<void> {
    const path = join(folder, 'docker-credential-test');
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
  }
  const config = { credHelpers: { 'registry.example.com': 'test' } };

  it('gets only its registry, and gives a password or an identity token', async () => {
    await helper(`read host; echo "{\\"Username\\":\\"$host\\",\\"Secret\\":\\"s\\"}"`);
    const given = orThrow(await ask(config, 'registry.example.com'));
    expect(given).toEqual({ kind: 'password', user: 'registry.example.com', password: 's' });
    expect(orThrow(await ask(config, 'evil.registry.example.com'))).toBeNull();
    await helper(`echo '{"Username":"<token>","Secret":"it"}'`);
    expect(orThrow(await ask(config, 'registry.example.com'))).toEqual({
      kind: 'identity-token',
      token: 'it',
    });
  });

  it('runs without our secrets in its environment', async () => {
    await helper(`env > '${folder}/seen'; echo '{"Username":"u","Secret":"s"}'`);
    await ask(config, 'registry.example.com', { AWS_SECRET_ACCESS_KEY: 'hunter2', HOME: folder });
    const seen = await readFile(join(folder, 'seen'), 'utf8');
    expect(seen).not.toContain('hunter2');
    expect(seen).toContain(`HOME=${folder}`);
  });

  it('without credentials gives null; a failing one is CONFIG_INVALID, unquoted', async () => {
    await helper(`echo 'credentials not found in native keychain'; exit 1`);
    expect(orThrow(await ask(config, 'registry.example.com'))).toBeNull();
    for (const script of [`echo hunter2; exit 3`, `echo hunter2`, `echo '{"Username":1}'`]) {
      await helper(script);
      const result = await ask(config, 'registry.example.com');
      expect(toCode(result)).toBe('CONFIG_INVALID');
      expect(result.ok ? '' : `${result.failure.stack}${result.failure.remedy}`).not.toContain(
        'hunter2',
      );
    }
  });

  it('with a path as its name does not run', async () => {
    const named = (name: string) =>
      ask({ credHelpers: { 'registry.example.com': name } }, 'registry.example.com');
    for (const name of ['../evil', 'a/b', '-x', 'a b', ''])
      expect(toCode(await named(name))).toBe('CONFIG_INVALID');
    expect(toCode(await named('absent'))).toBe('CONFIG_INVALID');
  });
});

const manifest = buildArtifact({ artifactType: 'application/x', layers: [] });
const openssl = peer('openssl');

describe.skipIf(openssl === null)('TLS', () => {
  it('with an unknown authority is refused, unless it is in the CA bundle', async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = [
      '-subj',
      '/CN=test',
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-days',
      '2',
      '-nodes',
    ];
    const keyed = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    execFileSync(
      openssl ?? '',
      ['req', '-x509', ...keyed, ...subject, '-keyout', key, '-out', cert],
      {
        stdio: 'ignore',
      },
    );
    const tls = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
    const registry = orThrow(await startRegistry({ root: join(folder, 'tls'), tls }));
    const reference = orThrow(parseImageReference(`${registry.registry}/a/b:v1`));
    const credentials = async () => ok(null);
    const options = { credentials, tlsHosts: [registry.registry], sleep: async () => {} };
    for (const [ca, code] of [
      [[], 'REGISTRY_UNREACHABLE'],
      [[tls.cert], 'NOT_FOUND'],
    ] as const) {
      const client = openRegistryClient({ ...options, ca });
      expect(toCode(await client.resolve(reference))).toBe(code);
      client.close();
    }
    const plain = openRegistryClient({ credentials, sleep: async () => {} });
    expect((await plain.resolve(reference)).ok).toBe(false);
    plain.close();
    await registry.close();
  });
});

describe('a proxy', () => {
  it('is used for hosts outside NO_PROXY, and gets only the request', async () => {
    const asked: string[] = [];
    const proxy = createServer((request, response) => {
      asked.push(request.url ?? '');
      answer(response, 200, { 'Content-Type': OCI_MANIFEST }, manifest.bytes);
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const direct = await startHostileRegistry((_, response) =>
      answer(response, 200, { 'Content-Type': OCI_MANIFEST }, manifest.bytes),
    );
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const credentials = async () => ok(null);
    const env = { HTTP_PROXY: address, NO_PROXY: '127.0.0.1' };
    const client = openRegistryClient({
      credentials,
      env,
      insecureHosts: ['registry.example.com'],
    });
    expect(
      toCode(await client.resolve(orThrow(parseImageReference('registry.example.com/a/b:v1')))),
    ).toBe('ok');
    expect(asked).toEqual(['http://registry.example.com/v2/a/b/manifests/v1']);
    expect(
      toCode(await client.resolve(orThrow(parseImageReference(`${direct.registry}/a/b:v1`)))),
    ).toBe('ok');
    expect([asked.length, direct.seen.length]).toEqual([1, 1]);
    client.close();
    proxy.closeAllConnections();
    proxy.close();
    await direct.close();
  });
});

describe('a repository', () => {
  it.each([
    'registry.example.com',
    'registry.example.com/../x',
    'registry.example.com/a?b',
    'r@evil.example.net/a',
    '',
    '/a',
  ])('named %j is refused before anything is sent', async (repository) => {
    const client = openRegistryClient({ credentials: async () => ok(null) });
    expect(toCode(await client.manifest(repository, manifest.descriptor))).toBe('MALFORMED');
    client.close();
  });

  it('is used without TLS only on loopback, unless it is named as insecure', async () => {
    const client = openRegistryClient({ credentials: async () => ok(null), sleep: async () => {} });
    const plain = await startHostileRegistry((_, r) =>
      answer(r, 200, { 'Content-Type': OCI_MANIFEST }, manifest.bytes),
    );
    const port = plain.registry.split(':')[1];
    const resolve = (host: string) =>
      client.resolve(orThrow(parseImageReference(`${host}:${port}/a:v1`)));
    expect(toCode(await resolve('127.0.0.1'))).toBe('ok');
    expect(toCode(await resolve('localhost'))).toBe('ok');
    const before = plain.seen.length;
    expect(toCode(await resolve('localhost.localdomain'))).toBe('REGISTRY_UNREACHABLE');
    expect(plain.seen.length).toBe(before);
    client.close();
    await plain.close();
  });
});
