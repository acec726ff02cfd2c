import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster, clusterPrograms } from '../support/cluster.ts';
import { pod, workloads } from '../support/cluster-world.ts';
import { CommandHere } from '../support/command-line.ts';
import { peer } from '../support/peer.ts';

const programs = clusterPrograms();
const kinds = peer('kyverno-kinds');
const DIGEST = `sha256:${'a'.repeat(64)}`;
const POLICY = `apiVersion: waybill.dev/v1
kind: Policy
metadata: { name: shop, revision: 1 }
mode: enforce
parameters: { allowedRegistries: [registry.example.com/shop, docker.io/library] }
rules:
  - id: registry
    description: Only ours.
    gates: { admission: deny }
    require: within(image.registry + '/' + image.repository, params.allowedRegistries)
  - id: no-latest
    description: A tag that moves.
    gates: { admission: deny }
    require: image.tag != 'latest'
`;
/** What the policy says of each name, by the rules above and by the way in which names are read. */
const IMAGES: Readonly<Record<string, boolean>> = {
  'registry.example.com/shop/trips:1.4': true,
  'Registry.Example.com/shop/trips:1.4': true,
  [`registry.example.com/shop/trips@${DIGEST}`]: true,
  [`registry.example.com/shop/trips:1.4@${DIGEST}`]: true,
  'registry.example.com/shop/trips': false,
  'registry.example.com/shop/trips:latest': false,
  'registry.example.com/shopping/trips:1': false,
  'registry.example.com.attacker.example/shop/trips:1': false,
  'registry.example.com:443/shop/trips:1': false,
  'nginx:1.27': true,
  'index.docker.io/library/nginx:1.27': true,
  'index.docker.io/nginx:1.27': true,
  nginx: false,
  'somebody/nginx:1': false,
  'localhost/nginx:1': false,
};

describe.skipIf(programs === null)('G30: the policy as ValidatingAdmissionPolicies', () => {
  let cluster: Cluster;
  let line: CommandHere;
  beforeAll(async () => {
    if (programs === null) return;
    cluster = await Cluster.start(programs);
    line = new CommandHere(cluster.folder);
    writeFileSync(join(line.home, 'policy.yaml'), POLICY);
    await cluster.output('create', 'namespace', 'shop');
    const to = ['--to', 'validating-admission-policy'];
    writeFileSync(join(cluster.folder, 'vap.yaml'), await line.output('policy', 'project', ...to));
    await cluster.output('apply', '-f', 'vap.yaml');
    for (let tries = 0; tries < 100; tries++) {
      if ((await create(pod('nginx'))).code !== 0) return;
      await pause(200);
    }
    throw new Error('the policy has no effect');
  }, 300_000);
  afterAll(async () => {
    await cluster?.stop();
  });

  const create = (object: object) => cluster.apply(object, 'create', '--dry-run=server');

  it('decides about each name of an image as the policy itself does', async () => {
    const decided: Record<string, boolean> = {};
    for (const image of Object.keys(IMAGES)) {
      const { code, stderr } = await create(pod(image));
      decided[image] = code === 0;
      if (code !== 0) expect(stderr).toMatch(/registry|no-latest|form/);
    }
    expect(decided).toEqual(IMAGES);
  });

  it('decides in each kind, and about init containers and image volumes', async () => {
    for (const object of [
      ...workloads('good', 'registry.example.com/shop/trips:1'),
      pod('nginx:1', 'shop', { initContainers: [{ name: 'i', image: 'nginx:1' }] }),
      pod('nginx:1', 'shop', { volumes: [{ name: 'v', image: { reference: 'nginx:1' } }] }),
    ])
      expect((await create(object)).stderr).toBe('');
    for (const object of [
      ...workloads('bad', 'registry.example.com/other/trips:1'),
      pod('nginx:1', 'shop', { initContainers: [{ name: 'i', image: 'a.example/b:1' }] }),
      pod('nginx:1', 'shop', { volumes: [{ name: 'v', image: { reference: 'a.example/b:1' } }] }),
    ])
      expect((await create(object)).stderr).toContain('registry: Only ours.');
  });

  it.skipIf(kinds === null)(
    'I7: the policy as an ImageValidatingPolicy is one that Kyverno takes',
    async () => {
      const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
      writeFileSync(
        join(line.home, 'trust.yaml'),
        'apiVersion: waybill.dev/v1\nkind: Trust\nmetadata: { name: t, revision: 1 }\nrules:\n' +
          '  - { id: shop, repositories: [registry.example.com/shop/*], statements: [image], ' +
          `signers: [{ publicKey: ${JSON.stringify(pem)} }] }\n`,
      );
      const signed =
        '  - { id: signed, description: d, gates: { admission: deny }, require: "signatures.exists(s, s.trusted)" }\n';
      writeFileSync(join(cluster.folder, 'signed.yaml'), POLICY + signed);
      const to = ['--to', 'kyverno', '--policy', 'signed.yaml'];
      const text = await line.output('policy', 'project', ...to);
      expect(text).toContain('# not in it: registry, because');
      await cluster.output('apply', '--server-side', '-f', kinds ?? '');
      const file = join(cluster.folder, 'kyverno.yaml');
      writeFileSync(file, text);
      for (let tries = 0; ; tries++) {
        const applied = await cluster.kubectl(
          'apply',
          '--server-side',
          '--validate=strict',
          '-f',
          file,
        );
        if (applied.code === 0) break;
        if (tries > 50) throw new Error(applied.stderr);
        await pause(200);
      }
      const broken = text.replace('failurePolicy: Fail', 'failurePolicy: Perhaps');
      writeFileSync(file, broken);
      expect((await cluster.kubectl('apply', '--server-side', '-f', file)).code).not.toBe(0);
    },
  );

  it('asks nothing of an exempt namespace, nor of an update that changes no image', async () => {
    await cluster.output('create', 'namespace', 'waybill');
    const old = {
      ...pod('a.example/b:1', 'waybill'),
      metadata: { name: 'old', namespace: 'waybill' },
    };
    expect((await cluster.apply(old, 'create')).code).toBe(0);
    const labelled = ['-n', 'waybill', 'label', 'pod', 'old', 'a=b'];
    expect((await cluster.kubectl(...labelled)).code).toBe(0);
  });
});
