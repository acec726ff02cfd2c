import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, TLSSocket } from 'node:tls';
import { ExtendedKeyUsage, id_ce_extKeyUsage, id_kp_clientAuth } from '@peculiar/asn1-x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestAuthority, testAuthority, testKey } from '../../../test/support/certificates.ts';
import { buildExtension } from '../../capabilities/signing/index.ts';
import { toInstant } from '../../core/instant.ts';
import { buildServer } from './app.ts';
import { isKnownClient } from './client-certificate.ts';
import { createMetrics } from './metrics.ts';
import { loadOwnTls, readClientCa } from './tls.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-client-'));
const SPAN = {
  validFrom: toInstant(Date.now() - 3_600_000),
  validUntil: toInstant(Date.now() + 3_600_000),
};
const authority = (name: string) =>
  testAuthority({ subject: `CN=${name},O=Shop,ST=WA,C=US`, pathLength: 0, ...SPAN });
const [clients, others] = [authority('clients'), authority('others')];
const FOR_CLIENTS = [
  buildExtension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([id_kp_clientAuth])),
];

interface Identity {
  readonly cert: string;
  readonly key: string;
}
const makeIdentity = async (root: TestAuthority, extensions = FOR_CLIENTS): Promise<Identity> => {
  const subject = 'CN=kube-apiserver,O=Shop,ST=WA,C=US';
  const { chainPem, privateKey } = await testKey({ subject, root, extensions, ...SPAN });
  return { cert: chainPem, key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) };
};

let reviewed = 0;
let port: number;
let close: () => Promise<void>;
beforeAll(async () => {
  const app = buildServer(
    {
      desk: {
        cluster: 'eu-1',
        decide: async () => Promise.reject(new Error('not asked here')),
        isObserving: () => false,
        counted: () => void reviewed++,
        workloads: { remember: () => undefined, find: () => ({ ok: true, value: [] }) },
      },
      metrics: createMetrics(),
      unready: async () => null,
      tokens: null,
      log: () => undefined,
    } as never,
    { ...loadOwnTls(join(folder, 'tls'), ['localhost']), clientCa: clients.pem },
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  port = (app.server.address() as AddressInfo).port;
  close = () => app.close() as unknown as Promise<void>;
});
afterAll(async () => {
  await close();
  rmSync(folder, { recursive: true, force: true });
});

const REVIEW = JSON.stringify({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'u-1',
    kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
    namespace: 'shop',
    name: 'trips',
    operation: 'CREATE',
    object: { spec: { template: { spec: { containers: [] } } } },
  },
});

interface Answer {
  readonly status: number;
  readonly session: Buffer | undefined;
}

/** One request over its own connection; resolves when the server has closed it. */
function post(path: string, how: Partial<Identity> & { readonly session?: Buffer }) {
  return new Promise<Answer>((resolve, reject) => {
    let session: Buffer | undefined;
    let text = '';
    const options = { port, host: '127.0.0.1', rejectUnauthorized: false, ...how };
    const socket: TLSSocket = connect(options, () =>
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n` +
          `content-type: application/json\r\ncontent-length: ${REVIEW.length}\r\n\r\n${REVIEW}`,
      ),
    );
    socket.on('session', (ticket) => {
      session = ticket;
    });
    socket.on('data', (bytes) => {
      text += bytes;
    });
    socket.on('error', reject);
    socket.on('close', () =>
      resolve({ status: Number(/^HTTP\/1.1 (\d+)/.exec(text)?.[1] ?? 0), session }),
    );
  });
}

describe('truth C5: with --client-ca, a stranger asks for no verdict and is not remembered', () => {
  it('an API server with a certificate of that authority is answered, over and over', async () => {
    const identity = await makeIdentity(clients);
    const first = await post('/admit', identity);
    expect([first.status, reviewed]).toEqual([200, 1]);
    const { session = Buffer.alloc(0) } = first;
    expect(session.length).toBeGreaterThan(0);
    expect((await post('/admit', { ...identity, session })).status).toBe(200);
  });

  it.each<[string, () => Promise<Partial<Identity>>]>([
    ['no certificate', async () => ({})],
    ['a certificate of another authority', () => makeIdentity(others)],
    ['a certificate for another purpose', async () => makeIdentity(clients, testKeyExtensions())],
  ])('%s: 401, also over a session that is resumed', async (_what, make) => {
    const before = reviewed;
    const identity = await make();
    const first = await post('/admit', identity);
    expect(first.status).toBe(401);
    const session = first.session === undefined ? {} : { session: first.session };
    expect((await post('/admit', { ...identity, ...session })).status).toBe(401);
    expect((await post('/admit', session)).status).toBe(401);
    expect(reviewed).toBe(before);
  });

  it('a connection that is called authorised, and never had a certificate, is not known', () => {
    const shown = (certificate: unknown) => {
      const socket = Object.create(TLSSocket.prototype) as TLSSocket;
      Object.assign(socket, { authorized: true, getPeerX509Certificate: () => certificate });
      return isKnownClient(socket);
    };
    expect([shown({}), shown(undefined)]).toEqual([true, false]);
    expect(isKnownClient(new Socket())).toBe(false);
  });

  it('only the certificate of an authority can be named', () => {
    const [good, leaf] = [join(folder, 'ca.pem'), join(folder, 'tls/tls.crt')];
    writeFileSync(good, clients.pem);
    expect(readClientCa(good)).toBe(clients.pem);
    for (const file of [leaf, join(folder, 'absent')])
      expect(() => readClientCa(file)).toThrow(/authority of clients cannot be read/);
  });
});

function testKeyExtensions() {
  return [buildExtension(id_ce_extKeyUsage, false, new ExtendedKeyUsage(['1.3.6.1.5.5.7.3.3']))];
}
