import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { LIMITS } from '../src/core/limits.ts';
import { revocableChain } from '../test/support/revocation.ts';
import { Scene } from '../test/support/scene.ts';
import type { Benchmark, Figure } from './benchmark.ts';

const IMAGES = 8;

/** How a service is dead: it accepts and says nothing, ends in the middle, or is not there. */
type Death = 'silent' | 'cut off' | 'closed';

async function openDeadService(death: Death): Promise<{ host: string; close(): void }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    if (death === 'cut off')
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n0'));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const close = () => {
    for (const socket of open) socket.destroy();
    server.close();
  };
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  if (death === 'closed') close();
  return { host, close };
}

/** The slowest of some images that are reviewed at once, and that none of them is admitted. */
async function measureDeath(list: 'crl' | 'ocsp', death: Death): Promise<readonly Figure[]> {
  const service = await openDeadService(death);
  const scene = await Scene.open();
  try {
    const address = `http://${service.host}/${list}`;
    const chain = await revocableChain('served', { [list]: address });
    const { registry } = scene.registry;
    const identity = 'CN=served,O=Shop,ST=WA,C=US';
    scene.trust([{ repositories: [`${registry}/shop/*`], identity }]);
    const stores = join(scene.config.notation, 'truststore/x509/ca/shop');
    writeFileSync(join(stores, 'served.crt'), chain.root.pem);
    (scene.config.revocation.privateHosts as string[]).push(service.host);
    const names = Array.from({ length: IMAGES }, (_, at) => `image-${at}`);
    for (const name of names)
      await scene.publish(name, { imageKey: chain.key, documentKey: chain.key });
    await scene.serve();
    const started = performance.now();
    const decided = await Promise.all(
      names.map(async (name) => {
        const { allowed } = await scene.admit(`${registry}/shop/${name}:1.0`);
        return { allowed, afterMs: performance.now() - started };
      }),
    );
    const what = `${list.toUpperCase()} ${death}, ${IMAGES} images at once`;
    const slowest = Math.max(...decided.map(({ afterMs }) => afterMs));
    const admitted = decided.filter(({ allowed }) => allowed).length;
    return [
      {
        ...{ what: `${what}: slowest`, value: slowest, unit: 'ms' },
        target: { max: LIMITS.admissionDeadlineMs },
      },
      { what: `${what}: admitted`, value: admitted, unit: '', target: { max: 0 } },
    ];
  } finally {
    await scene.close();
    service.close();
  }
}

export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'dead-revocation: admission while nobody says what is revoked',
  measure: async () => {
    const figures: Figure[] = [];
    for (const list of ['ocsp', 'crl'] as const)
      for (const death of ['silent', 'cut off', 'closed'] as const)
        figures.push(...(await measureDeath(list, death)));
    return figures;
  },
};
