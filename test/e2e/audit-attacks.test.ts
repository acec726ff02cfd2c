import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWriter } from '../../src/adapters/graph-sql/index.ts';
import { encodeRecord, RECORD_MEDIA_TYPE } from '../../src/capabilities/evidence/index.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import { type Digest, sha256 } from '../../src/core/digest.ts';
import { toInstant } from '../../src/core/instant.ts';
import { orThrow } from '../../src/core/result.ts';
import { graphPorts } from '../../src/entrypoints/compose/graph-ports.ts';
import { CommandHere } from '../support/command-line.ts';
import {
  attachedEvidence,
  kubectlList,
  makeNode,
  makePod,
  makeRelease,
} from '../support/estate.ts';
import { type RegistryProxy, startRegistryProxy } from '../support/registry-proxy.ts';
import { nowInstant, Scene } from '../support/scene.ts';

interface AuditAnswer {
  readonly counts: { readonly allow: number; readonly deny: number; readonly undetermined: number };
  readonly recorded: number;
  readonly audited: readonly {
    readonly decision: string;
    readonly reference: string;
    readonly owner: string | null;
    readonly changes: readonly object[];
  }[];
}

let scene: Scene;
let line: CommandHere;
const audit = (...args: readonly string[]) => line.json<AuditAnswer>('audit', ...args);
const ALLOWED = { allow: 2, deny: 0, undetermined: 0 };
const images = new Map<string, Descriptor>();

beforeEach(async () => {
  scene = await Scene.open();
  line = new CommandHere(scene.folder);
  const writer = orThrow(await openWriter({ path: scene.config.database, ports: graphPorts }));
  for (const name of ['trips', 'poi']) {
    const subject = await scene.push(name, [{ name: 'base-files', version: `12.4${name.length}` }]);
    const artifacts = await scene.attach(name, subject);
    images.set(name, subject);
    orThrow(
      await writer.append(
        [makeRelease(scene, name, subject.digest), ...attachedEvidence(artifacts)],
        nowInstant(),
      ),
    );
  }
  await writer.close();
}, 60_000);

afterEach(async () => {
  await line.close();
  await scene.close();
});

const base = (name: string) => `http://${scene.registry.registry}/v2/shop/${name}`;
const findDigest = (name: string): Digest => images.get(name)?.digest ?? sha256('');

async function fetchReferrers(
  name: string,
): Promise<readonly { readonly digest: string; readonly artifactType: string }[]> {
  const answer = await fetch(`${base(name)}/referrers/${findDigest(name)}`);
  return ((await answer.json()) as { manifests: { digest: string; artifactType: string }[] })
    .manifests;
}

async function remove(name: string, reference: string): Promise<void> {
  expect((await fetch(`${base(name)}/manifests/${reference}`, { method: 'DELETE' })).status).toBe(
    202,
  );
}

/** What runs, with names that reach the registry through a proxy. The proxy sees each request. */
async function runThroughProxy(): Promise<RegistryProxy> {
  const proxy = await startRegistryProxy(scene.registry.registry);
  scene.policy({ allowedRegistries: [`${proxy.registry}/shop`] });
  scene.trust([
    { repositories: [`${proxy.registry}/shop/*`], identity: 'CN=release,O=Shop,ST=WA,C=US' },
  ]);
  const pods = ['trips', 'poi'].map((name) =>
    makePod(name, `${proxy.registry}/shop/${name}:1.0`, {
      imageId: `${proxy.registry}/shop/${name}@${findDigest(name)}`,
    }),
  );
  writeFileSync(join(scene.folder, 'pods.json'), kubectlList(makeNode(), ...pods));
  await line.output('watch', '--from', 'pods.json', '--cluster', 'eu-1');
  return proxy;
}

describe('O2: an audit that knows content from before', { timeout: 120_000 }, () => {
  it.each(['sbom', 'signature'])(
    'notices a %s that vanished from the registry, although the log still holds it',
    async (what) => {
      expect((await audit()).answer.counts).toEqual(ALLOWED);
      const gone = (await fetchReferrers('trips')).find(({ artifactType }) =>
        what === 'sbom' ? artifactType.includes('spdx') : artifactType.includes('notary'),
      );
      await remove('trips', gone?.digest ?? '');
      const { answer, code } = await audit('--since-last');
      expect([
        code === 0,
        answer.audited.map(({ reference, decision }) => [
          reference.includes('/trips:'),
          decision === 'allow',
        ]),
      ]).toEqual([false, [[true, false]]]);
      expect(JSON.stringify(answer.audited[0]?.changes)).toContain('rule');
    },
  );

  it('notices an image that is gone, and a tag that names another image', async () => {
    await audit();
    await remove('trips', findDigest('trips'));
    await scene.push('poi', [{ name: 'tzdata', version: '2099' }]);
    const { code, answer } = await audit('--since-last');
    const found = answer.audited.map(({ reference, decision, changes }) => [
      reference.includes('/trips:'),
      decision,
      JSON.stringify(changes),
    ]);
    expect([code, found.length]).toEqual([3, 2]);
    expect(found.find(([isTrips]) => isTrips)?.[1]).toBe('undetermined');
    expect(found.find(([isTrips]) => isTrips)?.[2]).toContain('does not exist');
    expect(found.find(([isTrips]) => !isTrips)?.[2]).toContain('"kind":"tag"');
  });

  it('judges the same with a cache that is damaged, forged or read-only', async () => {
    await audit();
    const cache = join(scene.home, 'audit-cache.db');
    for (const bytes of ['not a database', 'SQLite format 3\0 and then nothing']) {
      writeFileSync(cache, bytes);
      expect((await audit('--since-last')).answer).toMatchObject({ counts: ALLOWED, audited: [] });
    }
  });

  it('asks a registry twice only for tags and lists, and gives the same result', async () => {
    const proxy = await runThroughProxy();
    try {
      const first = await audit();
      const asked = proxy.requests.splice(0).length;
      const second = await audit();
      expect(second.answer.counts).toEqual(first.answer.counts);
      const again = /\/referrers\/|\/manifests\/(?:1\.0|sha256-[0-9a-f]{64}\.att)$/;
      expect(proxy.requests.filter((one) => !again.test(one))).toEqual([]);
      expect([asked > 2 * 10, proxy.requests.length]).toEqual([true, 2 * 6]);
    } finally {
      await proxy.close();
    }
  });
});

describe('O2: audits that are interrupted, or meet others', { timeout: 120_000 }, () => {
  it('an audit that is stopped records nothing, and the next one reports everything', async () => {
    const proxy = await runThroughProxy();
    try {
      await audit();
      await remove('trips', findDigest('trips'));
      proxy.requests.length = 0;
      const head = async () =>
        (await line.json<{ head: { size: number } }>('graph', 'status')).answer.head.size;
      const before = await head();
      const running = line.spawn('audit');
      while (proxy.requests.length === 0) await sleep(5);
      running.process.kill('SIGINT');
      const { code } = await running.ended;
      // If it was finished before the signal came, it ended like any audit.
      const isDone = code === 3;
      expect(await head()).toBe(before + (isDone ? 1 : 0));
      expect((await audit('--since-last')).answer.audited.length).toBe(isDone ? 0 : 1);
    } finally {
      await proxy.close();
    }
  });

  it('two at once, and one beside a server with the same database, all succeed', async () => {
    const { stop } = await line.start('serve', '--listen', '127.0.0.1:0');
    try {
      const [one, other] = await Promise.all([audit(), audit()]);
      expect([one.code, one.answer.counts, other.code, other.answer.counts]).toEqual([
        0,
        ALLOWED,
        0,
        ALLOWED,
      ]);
      expect((await audit('--since-last')).answer).toMatchObject({ audited: [], recorded: 0 });
    } finally {
      await stop();
    }
  });

  it('a registry that is down soon makes everything undetermined, with the cause', async () => {
    await audit();
    await scene.registry.close();
    const { code, answer } = await audit();
    expect([code, answer.counts]).toEqual([3, { allow: 0, deny: 0, undetermined: 2 }]);
    expect(JSON.stringify(answer.audited)).toContain('ECONNREFUSED');
  });
});

describe('O1: observations that reach a server or an import and not `watch`', {
  timeout: 120_000,
}, () => {
  it('of another cluster with the same name end nothing, and `graph status` says so', async () => {
    const observed = (name: string, uid: string, minutes: number) =>
      encodeRecord('deployment', {
        ...{
          cluster: 'eu-1',
          region: null,
          observedAt: toInstant(Date.now() - minutes * 60_000),
          leaseMs: 86_400_000,
        },
        nodes: [{ name: 'n1', uid, zone: null }],
        workloads: [
          {
            ...{ namespace: 'shop', kind: 'Deployment', name },
            images: [
              {
                container: 'app',
                reference: `${scene.registry.registry}/shop/${name}:1.0`,
                digest: findDigest(name),
              },
            ],
          },
        ],
      });
    const server = await scene.serve();
    expect(server.url).toContain('https://');
    const post = async (body: Uint8Array) =>
      (
        await scene.http('POST', '/v1/evidence?kind=deployment', body, {
          'content-type': RECORD_MEDIA_TYPE,
        })
      ).status;
    expect([await post(observed('trips', 'u1', 9)), await post(observed('poi', 'u2', 5))]).toEqual([
      201, 201,
    ]);
    const { answer } = await line.json<{ deployments: readonly { workload: { name: string } }[] }>(
      'ask',
      'where',
      findDigest('trips'),
    );
    expect(answer.deployments.map(({ workload }) => workload.name)).toEqual(['trips']);
    const status = await line.run('graph', 'status');
    expect([status.code, status.stdout + status.stderr]).toEqual([
      1,
      expect.stringContaining('another cluster'),
    ]);
  });
});
