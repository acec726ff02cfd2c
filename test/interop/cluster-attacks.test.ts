import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterPrograms } from '../support/cluster.ts';
import { ClusterWorld, pod, workloads } from '../support/cluster-world.ts';

const programs = clusterPrograms();
let world: ClusterWorld;
const containers = (count: number, image: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => ({ name: `c${index}`, image: image(index) }));
const create = (object: object, ...more: readonly string[]) =>
  world.cluster.apply(object, 'create', ...more);
const patched = (patch: object, ...more: readonly string[]) =>
  world.cluster.kubectl(
    ...[
      'patch',
      'validatingwebhookconfiguration',
      'waybill',
      '--type=json',
      '-p',
      JSON.stringify(patch),
    ],
    ...more,
  );

interface Configuration {
  readonly apiVersion: string;
  readonly kind: string;
  readonly webhooks: readonly Readonly<Record<string, object>>[];
}

async function webhookJson(): Promise<Configuration> {
  const text = await world.cluster.output(
    'get',
    'validatingwebhookconfiguration',
    'waybill',
    '-o',
    'json',
  );
  return JSON.parse(text) as Configuration;
}

/** A mutating webhook that adds a container to every pod, as service meshes do. */
async function injector(image: string): Promise<{ readonly stop: () => Promise<void> }> {
  const [, cert = '', , key = ''] = world.tls;
  const patch = [{ op: 'add', path: '/spec/containers/-', value: { name: 'injected', image } }];
  const server = createServer(
    { cert: readFileSync(cert), key: readFileSync(key) },
    async (request, response) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece as Buffer);
      const { request: asked, ...review } = JSON.parse(Buffer.concat(pieces).toString());
      const answer = {
        uid: asked.uid,
        allowed: true,
        patchType: 'JSONPatch',
        patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
      };
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ ...review, response: answer }));
    },
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { webhooks } = await webhookJson();
  const caBundle = (webhooks[0]?.['clientConfig'] as { caBundle?: string } | undefined)?.caBundle;
  const rules = [
    { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
  ];
  const webhook = {
    name: 'injector.example.com',
    clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle },
    rules,
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
  };
  const names = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
  };
  await create({ ...names, metadata: { name: 'injector' }, webhooks: [webhook] });
  const stop = async (): Promise<void> => {
    await world.cluster.output('delete', 'mutatingwebhookconfiguration', 'injector');
    server.closeAllConnections();
    server.close();
  };
  return { stop };
}

describe.skipIf(programs === null)('attacks through a real API server', () => {
  beforeAll(async () => {
    if (programs !== null) world = await ClusterWorld.open(programs);
  });
  afterAll(() => world?.close());

  it('attack G1: one unproven container among fifty refuses the pod at any position', async () => {
    const { trips, poi } = world.images;
    expect(
      await create(pod(trips, 'shop', { containers: containers(50, () => trips) })),
    ).toMatchObject({ code: 0 });
    for (const place of [0, 25, 49]) {
      const mixed = containers(50, (index) => (index === place ? poi : trips));
      expect(await create(pod(trips, 'shop', { containers: mixed }))).toMatchObject({ code: 1 });
    }
    expect(
      await create(pod(trips, 'shop', { initContainers: containers(1, () => poi) })),
    ).toMatchObject({ code: 1 });
    const volumes = [{ name: 'v', image: { reference: poi } }];
    expect(await create(pod(trips, 'shop', { volumes }))).toMatchObject({ code: 1 });
  });

  it('a refusal of fifty images is cut, and still names the first with its rules', async () => {
    const registry = world.scene.registry.registry;
    const many = containers(
      50,
      (index) => `${registry}/shop/poi-${index}@sha256:${'a'.repeat(64)}`,
    );
    const refused = await create(pod('x', 'shop', { containers: many }));
    expect(refused.code).toBe(1);
    expect(refused.stderr.length).toBeLessThan(10_000);
    expect(refused.stderr).toContain('shop/poi-0@sha256:');
  });

  it('attack G41: a tenant cannot exempt or rename his own namespace', async () => {
    for (const label of [
      'waybill.dev/exempt=true',
      'admission.waybill.dev/ignore=true',
      'control-plane=true',
      'kubernetes.azure.com/managedby=aks',
    ]) {
      await world.cluster.output('label', 'namespace', 'shop', label, '--overwrite');
    }
    await world.cluster.kubectl(
      'label',
      'namespace',
      'shop',
      'kubernetes.io/metadata.name=kube-system',
      '--overwrite',
    );
    await world.cluster.kubectl('label', 'namespace', 'shop', 'kubernetes.io/metadata.name-');
    const labels = JSON.parse(await world.cluster.output('get', 'namespace', 'shop', '-o', 'json'))
      .metadata.labels;
    expect(labels['kubernetes.io/metadata.name']).toBe('shop');
    expect(await world.run('poi')).toMatchObject({ code: 1 });
  });

  it('attack G11: no annotation and no generated name makes an exception', async () => {
    const forged = {
      annotations: { 'waybill.dev/break-glass': 'true' },
      labels: { 'waybill.dev/exempt': 'true' },
    };
    const { metadata, ...rest } = pod(world.images.poi) as { metadata: object };
    expect(await create({ ...rest, metadata: { ...metadata, ...forged } })).toMatchObject({
      code: 1,
    });
  });

  it('attack G31: a namespace in the image name is neither a namespace nor an image', async () => {
    const { registry } = world.scene.registry;
    for (const image of [
      `[kube-system]${world.images.trips}`,
      `[kube-system]${registry}/shop/poi:1.0`,
    ]) {
      expect(await world.run(image)).toMatchObject({ code: 1 });
    }
  });

  it('a resource near the size limit of the store is judged, also on change', async () => {
    const env = [{ name: 'BIG', value: 'x'.repeat(1_200_000) }];
    const big = (image: string, label: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'big', namespace: 'shop', labels: { label } },
      spec: { containers: [{ name: 'app', image, env }] },
    });
    expect(await create(big(world.images.poi, 'a'))).toMatchObject({ code: 1 });
    expect(await create(big(world.images.trips, 'a'))).toMatchObject({ code: 0 });
    expect(await world.cluster.apply(big(world.images.trips, 'b'), 'replace')).toMatchObject({
      code: 0,
    });
    expect(await world.cluster.apply(big(world.images.poi, 'b'), 'replace')).toMatchObject({
      code: 1,
    });
  });

  it('attack G10: what a mutating webhook injects into a pod is judged too', async () => {
    const injecting = await injector(world.images.poi);
    try {
      await expect.poll(async () => (await world.run('trips')).code, { timeout: 8_000 }).toBe(1);
      const refused = await world.run('trips');
      expect(refused.stderr).toContain('shop/poi@sha256:');
    } finally {
      await injecting.stop();
    }
    await expect.poll(async () => (await world.run('trips')).code, { timeout: 8_000 }).toBe(0);
  });

  it('an unreachable webhook that fails open does not weaken our refusal', async () => {
    const ours = await webhookJson();
    const [webhook] = ours.webhooks;
    const dead = {
      ...webhook,
      name: 'lax.example.com',
      failurePolicy: 'Ignore',
      clientConfig: { ...webhook?.['clientConfig'], url: 'https://127.0.0.1:9/admit' },
    };
    const beside = {
      apiVersion: ours.apiVersion,
      kind: ours.kind,
      metadata: { name: 'another' },
      webhooks: [dead],
    };
    expect(await create(beside)).toMatchObject({ code: 0 });
    try {
      expect(await world.run('poi')).toMatchObject({ code: 1 });
      expect(await world.run('trips')).toMatchObject({ code: 0 });
    } finally {
      await world.cluster.output('delete', 'validatingwebhookconfiguration', 'another');
    }
  });

  it('G39: a hanging registry and a timeout of one second still give a refusal', async () => {
    await patched([{ op: 'replace', path: '/webhooks/0/timeoutSeconds', value: 1 }]);
    const { registry } = world.scene.registry;
    const silent = createTcpServer(() => undefined).listen(0, '127.0.0.1');
    try {
      await once(silent, 'listening');
      const { port } = silent.address() as AddressInfo;
      world.scene.policy({ allowedRegistries: [`${registry}/shop`, `127.0.0.1:${port}`] });
      await expect
        .poll(async () => (await world.run(`127.0.0.1:${port}/slow/image:1`)).stderr, {
          timeout: 8_000,
          interval: 300,
        })
        .toMatch(/waybill: undetermined\n.*no verdict within 500 ms \[DEADLINE_EXCEEDED\]/);
    } finally {
      silent.close();
      world.scene.policy();
      await patched([{ op: 'replace', path: '/webhooks/0/timeoutSeconds', value: 10 }]);
    }
  });

  it('an owner of a namespace cannot change webhook configurations without the right', async () => {
    const tenant = '--as=system:serviceaccount:shop:tenant';
    await world.cluster.output(
      'create',
      'role',
      'tenant',
      '-n',
      'shop',
      '--verb=*',
      '--resource=pods,pods/*',
    );
    const bound = [
      'create',
      'rolebinding',
      'tenant',
      '-n',
      'shop',
      '--role=tenant',
      '--serviceaccount=shop:tenant',
    ];
    await world.cluster.output(...bound);
    const refused = await patched(
      [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' }],
      tenant,
    );
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toMatch(
      /cannot (?:get|patch) resource "validatingwebhookconfigurations"/,
    );
    const poi = await world.run('poi', { as: 'system:serviceaccount:shop:tenant' });
    expect(poi.stderr).toContain('denied the request: waybill: deny');
    expect(await world.run('trips', { as: 'system:serviceaccount:shop:tenant' })).toMatchObject({
      code: 0,
    });
  });

  it('truth C5: a refused image that is there already does not run oftener', async () => {
    world.scene.policy({ mode: 'observe' });
    const observed = (ended: { readonly code: number }) => ended.code === 0;
    await world.until(observed);
    for (const name of ['poi', 'trips'] as const)
      for (const object of workloads(`more-${name}`, world.images[name]).slice(3))
        expect(await create(object)).toMatchObject({ code: 0 });
    world.scene.policy();
    await world.until((ended) => !observed(ended));
    const change = (name: string, kind: string, spec: object) => {
      const patch = ['--type=merge', '-p', JSON.stringify({ spec })];
      return world.cluster.kubectl('-n', 'shop', 'patch', kind, `more-${name}`, ...patch);
    };
    const scale = (name: string, replicas: number) =>
      world.cluster.kubectl(
        ...['-n', 'shop', 'scale', 'deployment', `more-${name}`, `--replicas=${replicas}`],
      );
    for (const [name, code] of [
      ['poi', 1],
      ['trips', 0],
    ] as const) {
      expect([name, await scale(name, 50)]).toMatchObject([name, { code }]);
      expect(await scale(name, 0)).toMatchObject({ code: 0 });
      for (const [kind, spec] of [
        ['cronjob', { schedule: '* * * * *' }],
        ['cronjob', { concurrencyPolicy: 'Forbid' }],
        ['daemonset', { updateStrategy: { rollingUpdate: { maxUnavailable: 3 } } }],
        ['job', { parallelism: 9 }],
      ] as const)
        expect([kind, spec, await change(name, kind, spec)]).toMatchObject([kind, spec, { code }]);
      expect(await change(name, 'cronjob', { suspend: true })).toMatchObject({ code: 0 });
    }
  });

  it('the manifests of the server are accepted under the strictest pod security', async () => {
    const image = `registry.example.com/waybill/waybill@sha256:${'0'.repeat(64)}`;
    const file = join(world.cluster.folder, 'server.yaml');
    const manifests = await world.waybill.output(
      'cluster',
      'server',
      ...['--image', image, '--namespace', 'guard'],
    );
    writeFileSync(file, manifests);
    await world.cluster.output('create', 'namespace', 'guard');
    await world.webhook('--namespace', 'guard');
    await expect
      .poll(async () => (await world.run('poi', { namespace: 'guard', dryRun: true })).stderr, {
        timeout: 8_000,
      })
      .not.toContain('admission.waybill.dev');
    const dry = await world.cluster.kubectl('apply', '--dry-run=server', '-f', file);
    expect(dry).toMatchObject({ code: 0 });
    // One line for each object, so none is left out; the disruption budget is one of them.
    expect(dry.stdout).toContain('poddisruptionbudget.policy/waybill');
    expect(dry.stdout.match(/server dry run/g)).toHaveLength(
      manifests.match(/^kind: /gm)?.length ?? 0,
    );
    expect(await world.cluster.kubectl('apply', '-f', file)).toMatchObject({ code: 0 });
    const read = async (what: string) =>
      JSON.parse(await world.cluster.output('get', what, 'waybill', '-n', 'guard', '-o', 'json'));
    // There is no controller that makes the pod of the Deployment, so the test makes it.
    const { template } = (await read('deployment')).spec;
    const made = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'guard', namespace: 'guard' },
      spec: template.spec,
    };
    expect(await create(made)).toMatchObject({ code: 0, stderr: '' });
    // The server gets byte for byte the documents that are in force here.
    const { data } = await read('configmap');
    expect(data['policy.yaml']).toBe(readFileSync(world.scene.config.policy, 'utf8'));
    expect(data['notation.trustpolicy.json']).toBe(
      readFileSync(join(world.scene.config.notation, 'trustpolicy.json'), 'utf8'),
    );
  });
});
