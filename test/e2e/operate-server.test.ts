import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWriter } from '../../src/adapters/graph-sql/index.ts';
import { encodeRecord, RECORD_MEDIA_TYPE } from '../../src/capabilities/evidence/index.ts';
import type { Digest } from '../../src/core/digest.ts';
import { toInstant } from '../../src/core/instant.ts';
import { orThrow } from '../../src/core/result.ts';
import { graphPorts } from '../../src/entrypoints/compose/graph-ports.ts';
import { type RunningServer, startServer } from '../../src/entrypoints/server/start.ts';
import { makeCommit, makeRelease } from '../support/estate.ts';
import { type RegistryProxy, startRegistryProxy } from '../support/registry-proxy.ts';
import { nowInstant, Scene } from '../support/scene.ts';
import { ADVISORIES, CRITICAL_TZDATA } from '../support/scene-advisories.ts';

/** A running server over HTTPS, with its registry behind a proxy that counts the requests. */
let scene: Scene;
let proxy: RegistryProxy;
let digest: Digest;
let trips: string;
const TOKEN = 'a-token-of-the-tests';
const SENSOR = 'a-token-of-the-sensor';
const authorised = { authorization: `Bearer ${TOKEN}` };
const sensor = { authorization: `Bearer ${SENSOR}` };

const GONE = {
  ...CRITICAL_TZDATA,
  modified: '2026-03-01T00:00:00Z',
  withdrawn: '2026-03-01T00:00:00Z',
};

beforeAll(async () => {
  scene = await Scene.open();
  proxy = await startRegistryProxy(scene.registry.registry);
  scene.trust([
    { repositories: [`${proxy.registry}/shop/*`], identity: 'CN=release,O=Shop,ST=WA,C=US' },
  ]);
  scene.policy({ allowedRegistries: [`${proxy.registry}/shop`] });
  ({ digest } = await scene.publish('trips'));
  trips = `${proxy.registry}/shop/trips@${digest}`;
  await scene.serve({ cluster: 'eu-1', token: `${TOKEN}\nfalco events ${SENSOR}` });
}, 60_000);

afterAll(async () => {
  await scene.close();
  await proxy.close();
});

/**
 * The time until the server gives this decision. Fails after a time that is too long even for a
 * busy machine.
 */
async function untilAllowed(
  wanted: boolean,
): Promise<{ readonly ms: number; readonly message: string }> {
  const started = performance.now();
  for (;;) {
    const { allowed, status } = await scene.admit(trips);
    const ms = performance.now() - started;
    if (allowed === wanted) return { ms, message: status?.message ?? '' };
    if (ms > 50_000) throw new Error(`the server still says ${allowed}: ${status?.message}`);
    await pause(20);
  }
}

describe('O9, X4: an advisory that is imported into a running server', () => {
  it('denies the affected release with name and fix, without the registry', async () => {
    expect(await scene.admit(trips)).toMatchObject({ allowed: true });
    const before = proxy.requests.length;
    expect(before).toBeGreaterThan(5);
    await scene.advisories([...ADVISORIES, CRITICAL_TZDATA]);
    const { ms, message } = await untilAllowed(false);
    expect(message).toContain('CVE-2026-0009');
    expect(message).toContain('fix:');
    expect(proxy.requests.length - before).toBe(0);
    // bench/new-advisory.bench.ts holds it to one second on a quiet machine
    expect(ms).toBeLessThan(3_000);
  });

  it('admits it again after a withdrawal, also without the registry', async () => {
    const before = proxy.requests.length;
    await scene.advisories([...ADVISORIES, GONE]);
    await untilAllowed(true);
    expect(proxy.requests.length - before).toBe(0);
  });

  it('a policy that became broken admits nothing, not even what was admitted before', async () => {
    writeFileSync(scene.config.policy, 'rules: [');
    const { message } = await untilAllowed(false);
    expect(message).toContain('POLICY_INVALID');
    scene.policy({ allowedRegistries: [`${proxy.registry}/shop`] });
    await untilAllowed(true);
  });
});

function makeEvent(time: string, fields: object = {}): object {
  const known = {
    'k8s.ns.name': 'shop',
    'k8s.pod.name': 'trips-1',
    'container.image.digest': digest,
  };
  return {
    rule: 'Shell in container',
    priority: 'Warning',
    time,
    output: 'a shell',
    output_fields: { ...known, ...fields },
  };
}

const post = (body: string, headers: Record<string, string> = sensor) =>
  scene.http('POST', '/v1/violations', body, headers);

describe('O10: runtime events that Falco sends to the server', () => {
  it('are kept once, joined by digest to a release, and shown with their unknowns', async () => {
    const writer = orThrow(await openWriter({ path: scene.config.database, ports: graphPorts }));
    orThrow(
      await writer.append(
        [makeRelease(scene, 'trips', digest), makeCommit('trips', 'Ada')],
        nowInstant(),
      ),
    );
    await writer.close();
    const event = JSON.stringify(makeEvent(new Date().toISOString()));
    const first = await post(event);
    expect([first.status, JSON.parse(first.body)]).toMatchObject([
      201,
      { recorded: 1, replays: 0, broken: [] },
    ]);
    expect(JSON.parse((await post(event)).body)).toMatchObject({
      recorded: 0,
      replays: 1,
      broken: [],
    });
    const asked = await scene.http(
      'GET',
      `/v1/ask/violations?image=${digest}`,
      undefined,
      authorised,
    );
    expect(asked.body).toContain('Shell in container');
    expect(asked.body).toContain('"name":"trips"');
  });

  it('G48: refuses bodies without an event, reports broken lines, ignores strangers', async () => {
    const good = JSON.stringify(makeEvent(new Date(Date.now() - 1_000).toISOString()));
    expect((await post('not json')).status).toBe(400);
    const { status, body } = await post(`${good}\n{"rule":`);
    expect([status, JSON.parse(body)]).toMatchObject([201, { recorded: 1, broken: [{ line: 2 }] }]);
    expect((await post(good, {})).status).toBe(401);
  });
});

describe('O6: the scheduled audit', () => {
  it('judges everything in a separate thread, logs the result and counts it', async () => {
    const logged: Readonly<Record<string, unknown>>[] = [];
    const options = {
      host: '127.0.0.1',
      port: 0,
      tls: null,
      tokens: null,
      env: {},
      auditEveryMs: 1_000,
    };
    const server: RunningServer = await startServer(
      { ...scene.config, cluster: 'eu-1' },
      { ...options, log: (entry) => void logged.push(entry) },
    );
    const deadline = Date.now() + 50_000;
    while (!logged.some(({ event }) => event === 'audit') && Date.now() < deadline) await pause(50);
    expect(logged.filter(({ level }) => level === 'error')).toEqual([]);
    const found = logged.find(({ event }) => event === 'audit');
    // the release is in a registry that is not allowed
    expect(found).toMatchObject({ allow: 0, deny: 1, recorded: 1 });
    await server.close();
  });

  it('an audit that cannot read its policy says so, and the server goes on', async () => {
    const logged: Readonly<Record<string, unknown>>[] = [];
    writeFileSync(scene.config.policy, 'rules: [');
    const options = {
      host: '127.0.0.1',
      port: 0,
      tls: null,
      tokens: null,
      env: {},
      auditEveryMs: 1_000,
    };
    const server = await startServer(scene.config, {
      ...options,
      log: (entry) => void logged.push(entry),
    });
    const deadline = Date.now() + 50_000;
    while (!logged.some(({ event }) => event === 'audit-failed') && Date.now() < deadline)
      await pause(50);
    expect(logged.find(({ event }) => event === 'audit-failed')).toMatchObject({
      level: 'error',
      code: 'POLICY_INVALID',
    });
    await server.close();
    scene.policy({ allowedRegistries: [`${proxy.registry}/shop`] });
  });
});

describe('an observation that is sent to the server', () => {
  it('P11: an older document without pods, zones or settings is accepted as before', async () => {
    const body = encodeRecord('deployment', {
      cluster: 'us-1',
      region: null,
      observedAt: toInstant(Date.now() - 1_000),
      leaseMs: 60_000,
      workloads: [
        {
          namespace: 'shop',
          kind: 'Deployment',
          name: 'trips',
          images: [{ container: 'app', reference: trips, digest }],
        },
      ],
    });
    const headers = { ...authorised, 'content-type': RECORD_MEDIA_TYPE };
    expect((await scene.http('POST', '/v1/evidence?kind=deployment', body, headers)).status).toBe(
      201,
    );
    const asked = await scene.http('GET', `/v1/ask/where?image=${digest}`, undefined, authorised);
    expect(asked.body).toContain('"cluster":"us-1"');
  });
});
