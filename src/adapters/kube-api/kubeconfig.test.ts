import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readClusterAccess } from './access.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-kubeconfig-'));
  writeFileSync(join(folder, 'ca.crt'), 'PEM of the authority');
  writeFileSync(join(folder, 'token'), 'token-1\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CLUSTER = { server: 'https://k.example.com:6443', 'certificate-authority': 'ca.crt' };

function read(
  parts: { readonly cluster?: object; readonly user?: object; readonly current?: string },
  env: Readonly<Record<string, string>> = {},
  context: string | null = null,
) {
  const kubeconfig = join(folder, 'kubeconfig');
  const document = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': parts.current ?? 'a' },
    contexts: [
      { name: 'a', context: { cluster: 'a', user: 'a' } },
      { name: 'b', context: { cluster: 'b', user: 'a' } },
    ],
    clusters: [
      { name: 'a', cluster: parts.cluster ?? CLUSTER },
      { name: 'b', cluster: { ...CLUSTER, server: 'https://other.example.com' } },
    ],
    users: [{ name: 'a', user: parts.user ?? { tokenFile: 'token' } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(document));
  return readClusterAccess({ kubeconfig, context, env });
}

describe('A kubeconfig', () => {
  it('names server, authority and a token that is read again each time', async () => {
    const access = await read({});
    expect([access.server.href, access.tls.ca, access.readToken()]).toEqual([
      ...['https://k.example.com:6443/', 'PEM of the authority', 'token-1'],
    ]);
    writeFileSync(join(folder, 'token'), 'token-2\n');
    expect(access.readToken()).toBe('token-2');
  });

  it('takes data in place of files, a client certificate, and another context', async () => {
    const data = (text: string) => Buffer.from(text).toString('base64');
    const user = { 'client-certificate-data': data('cert'), 'client-key-data': data('key') };
    const access = await read({ user }, {}, 'b');
    expect([access.server.host, access.tls]).toEqual([
      'other.example.com',
      { ca: 'PEM of the authority', cert: 'cert', key: 'key' },
    ]);
  });

  it.each([
    [
      'skips the check of the server',
      { cluster: { ...CLUSTER, 'insecure-skip-tls-verify': true } },
    ],
    ['has no TLS', { cluster: { server: 'http://k.example.com' } }],
    ['runs a program', { user: { exec: { command: 'sh' } } }],
    ['has a password', { user: { username: 'a', password: 'b' } }],
    ['has no such context', { current: 'constructor' }],
    ['goes through a proxy of its own', { cluster: { ...CLUSTER, 'proxy-url': 'http://p:1' } }],
  ])('is refused where it %s', async (_, parts) => {
    await expect(read(parts)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('is preferred to the account of the pod, which counts where none is named', async () => {
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };
    expect((await read({}, env)).server.host).toBe('k.example.com:6443');
    const inside = readClusterAccess({ kubeconfig: null, context: null, env });
    await expect(inside).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      message: expect.stringContaining('/var/run/secrets/kubernetes.io/serviceaccount/ca.crt'),
    });
  });
});
