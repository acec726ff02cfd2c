import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/core/limits.ts';
import { type RevocableChain, revocableChain, testCrl } from '../support/revocation.ts';
import { HOUR_MS, nowInstant, Scene } from '../support/scene.ts';

/**
 * Admission with a certificate whose revocation service is dead. The service is silent, which is
 * worse than a port that is closed: somebody waits.
 */
const held: ServerResponse[] = [];
let isAlive = false;
let scene: Scene;
let chain: RevocableChain;
const service = createServer((_, response) => {
  if (!isAlive) return void held.push(response);
  const span = { thisUpdate: nowInstant(), nextUpdate: (nowInstant() + HOUR_MS) as typeof now };
  return void response.end(testCrl(chain.root, span));
});
const now = nowInstant();

beforeAll(async () => {
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(service.address() as AddressInfo).port}`;
  chain = await revocableChain('served', { crl: `http://${host}/root.crl` });
  scene = await Scene.open();
  scene.trust([
    {
      repositories: [`${scene.registry.registry}/shop/*`],
      identity: 'CN=served,O=Shop,ST=WA,C=US',
    },
  ]);
  const stores = join(scene.config.notation, 'truststore/x509/ca/shop');
  writeFileSync(join(stores, 'served.crt'), chain.root.pem);
  (scene.config.revocation.privateHosts as string[]).push(host);
  for (const name of ['silent', 'logged', 'alive'])
    await scene.publish(name, { imageKey: chain.key, documentKey: chain.key });
  await scene.serve();
});
afterAll(async () => {
  await scene.close();
  service.closeAllConnections();
  service.close();
});

const admit = (name: string) => scene.admit(`${scene.registry.registry}/shop/${name}:1.0`);

function setAction(action: string): void {
  const file = join(scene.config.notation, 'trustpolicy.json');
  const policy = JSON.parse(readFileSync(file, 'utf8'));
  policy.trustPolicies[0].signatureVerification.override = { revocation: action };
  writeFileSync(file, JSON.stringify(policy));
}

describe('N48, G39: a revocation service that is silent', () => {
  it('leaves it undecided within the deadline of an admission, and says why', async () => {
    const started = performance.now();
    const answer = await admit('silent');
    const elapsedMs = performance.now() - started;
    expect(answer.allowed).toBe(false);
    const message = answer.status?.message ?? '';
    expect(message).toContain('revocation');
    expect(message).not.toContain('DEADLINE_EXCEEDED');
    console.warn(`decided after ${Math.round(elapsedMs)} ms, of ${LIMITS.revocationMs} ms for it`);
    // For a while nobody waits for it again, however many images it is about.
    const before = held.length;
    expect((await admit('logged')).allowed).toBe(false);
    expect(held).toHaveLength(before);
  });

  it('admits where the policy only logs revocation', async () => {
    setAction('log');
    expect(
      (await scene.admitUntil(`${scene.registry.registry}/shop/logged:1.0`, true)).allowed,
    ).toBe(true);
    setAction('enforce');
  });

  it('admits when it answers again', async () => {
    isAlive = true;
    const image = `${scene.registry.registry}/shop/alive:1.0`;
    expect((await scene.admitUntil(image, true)).allowed).toBe(true);
  });
});
