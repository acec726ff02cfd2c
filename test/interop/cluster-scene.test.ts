import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterPrograms } from '../support/cluster.ts';
import { ClusterWorld, pod, workloads } from '../support/cluster-world.ts';

const programs = clusterPrograms();
let world: ClusterWorld;
const kinds = workloads('any', 'any').map((one) => (one as { kind: string }).kind);
const controller = (name: string): string => `--as=system:serviceaccount:kube-system:${name}`;

/** An advisory that was unknown when trips was released. */
const NEWS = {
  id: 'DSA-9999-1',
  modified: new Date().toISOString(),
  aliases: ['CVE-2026-9999'],
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'Debian:12', name: 'tzdata' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2026a-0+deb12u1' }] }],
    },
  ],
};

async function readJson(...args: readonly string[]): Promise<string> {
  return world.cluster.output(...args, '-o', 'json');
}

describe.skipIf(programs === null)('a real API server that asks waybill serve', () => {
  beforeAll(async () => {
    if (programs !== null) world = await ClusterWorld.open(programs);
  });
  afterAll(() => world?.close());

  it('P1, P2, P4, P5, I17, I18, I19: admits trips as each kind of workload', async () => {
    const applied = await world.cluster.apply(workloads('trips', world.images.trips));
    expect(applied).toMatchObject({ code: 0, stderr: '' });
    expect(applied.stdout.match(/created/g)).toHaveLength(kinds.length);
  });

  it('P2, P4, P5, I17, I18: refuses poi; kubectl shows one line per rule', async () => {
    const refused = await world.cluster.apply(workloads('poi', world.images.poi));
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(
      refused.stderr.match(
        /admission webhook "admission.waybill.dev" denied the request: waybill: deny$/gm,
      ),
    ).toHaveLength(kinds.length);
    expect(refused.stderr).toMatch(
      /^- I17-signed-image \[RULE_BROKEN\]: the image carries no signature. fix: Sign it/m,
    );
    expect(refused.stderr).toMatch(
      /^- I18-signed-sbom \[RULE_BROKEN\]: no SBOM is attached to the image/m,
    );
    expect(refused.stderr).toMatch(
      /^- I18-scan-fresh \[RULE_BROKEN\]: no scan is attached to the image/m,
    );
    expect(
      await readJson('get', 'pods,deployments,cronjobs', '-n', 'shop', '-l', 'app=poi'),
    ).toContain('"items": []');
  });

  it('P8, I18, X10: refuses userprofile and names both reasons: signer and scan age', async () => {
    const refused = await world.run('userprofile');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /^- I17-signed-image .* is signed by CN=somebody-else,ST=WA,O=Shop,C=US, which does not count/m,
    );
    expect(refused.stderr).toMatch(/^- I18-scan-fresh .* 48 h old \(at most 24 h\)/m);
  });

  it('I19: refuses an image of a registry that is not allowed, in every spelling', async () => {
    for (const image of [
      'nginx',
      'docker.io/library/nginx:1.27',
      '127.0.0.1.evil.example/shop/trips:1',
    ]) {
      const refused = await world.run(image);
      expect([image, refused.code]).toEqual([image, 1]);
      expect(refused.stderr).toContain('I19-allowed-registry');
    }
  });

  it('P5, A75, attack G12: judges a tag by its present digest, and names that digest', async () => {
    const { registry } = world.scene.registry;
    expect(await world.run(`${registry}/shop/trips:1.0`)).toMatchObject({ code: 0 });
    const refused = await world.run(`${registry}/shop/poi:1.0`);
    expect(refused.stderr).toContain(`${registry}/shop/poi:1.0@sha256:`);
  });

  it('P10: a policy can require digests, so that the node pulls the judged image', async () => {
    const { registry } = world.scene.registry;
    const rule = `rules:
  - id: P10-named-by-digest
    description: A node pulls by what the pod says; a tag may have moved until then.
    gates: { admission: deny }
    require: "image.tag == null"
    message: "'the pod names the tag ' + text(image.tag)"
    fix: Name the image by its digest.
`;
    world.scene.policy({}, (text) => text.replace('rules:\n', rule));
    try {
      await expect
        .poll(async () => (await world.run(`${registry}/shop/trips:1.0`)).stderr, {
          timeout: 5_000,
        })
        .toContain('P10-named-by-digest [RULE_BROKEN]: the pod names the tag 1.0');
      expect(await world.run('trips')).toMatchObject({ code: 0 });
    } finally {
      world.scene.policy();
    }
  });

  it('attack G2: an ephemeral container is judged, by kubectl or its subresource', async () => {
    const debug = (image: string) =>
      world.cluster.kubectl(
        'debug',
        '-n',
        'shop',
        'trips',
        '--profile=general',
        '--image',
        image,
        '--',
        'sh',
      );
    const refused = await debug(world.images.poi);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('I17-signed-image');
    expect(await debug(world.images.trips)).toMatchObject({ code: 0 });
    const running = JSON.parse(await readJson('get', 'pod', '-n', 'shop', 'trips'));
    running.spec.ephemeralContainers = [
      ...running.spec.ephemeralContainers,
      { name: 'evil', image: world.images.poi },
    ];
    const file = join(world.cluster.folder, 'debug.json');
    writeFileSync(file, JSON.stringify(running));
    const replaced = await world.cluster.kubectl(
      'replace',
      '--raw',
      '/api/v1/namespaces/shop/pods/trips/ephemeralcontainers',
      '-f',
      file,
    );
    expect(replaced.code).toBe(1);
    expect(replaced.stderr).toContain('I17-signed-image');
  });

  it('P4: another image in a running workload is judged: set image, patch and edit', async () => {
    const set = (image: string, what: string) =>
      world.cluster.kubectl('set', 'image', '-n', 'shop', what, `app=${image}`);
    for (const what of ['pod/trips', 'deployment/trips', 'cronjob/trips', 'daemonset/trips']) {
      expect([what, (await set(world.images.poi, what)).code]).toEqual([what, 1]);
      expect([what, (await set(world.images.trips, what)).code]).toEqual([what, 0]);
    }
    const image = [
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: world.images.poi },
    ];
    const patch = [
      'patch',
      'deployment/trips',
      '-n',
      'shop',
      '--type=json',
      '-p',
      JSON.stringify(image),
    ];
    expect(await world.cluster.kubectl(...patch)).toMatchObject({ code: 1 });
  });

  it('P4, P6: the decision is the same for a pipeline that pushes and for GitOps', async () => {
    const accounts = [
      'system:serviceaccount:flux-system:kustomize-controller',
      'system:serviceaccount:argocd:argocd-application-controller',
    ];
    for (const account of accounts) {
      await world.cluster.kubectl(
        'create',
        'clusterrolebinding',
        `gitops-${accounts.indexOf(account)}`,
        '--clusterrole=cluster-admin',
        `--user=${account}`,
      );
      expect(await world.run('trips', { as: account })).toMatchObject({ code: 0 });
      expect(await world.run('poi', { as: account })).toMatchObject({ code: 1 });
      const serverSide = [
        '--server-side',
        '--force-conflicts',
        '--field-manager=gitops',
        `--as=${account}`,
      ];
      expect(
        await world.cluster.apply(workloads('gitops', world.images.trips), 'apply', ...serverSide),
      ).toMatchObject({
        code: 0,
      });
      expect(
        await world.cluster.apply(workloads('gitops', world.images.poi), 'apply', ...serverSide),
      ).toMatchObject({
        code: 1,
      });
    }
  });

  it('P6: manifests from an overlay are judged as rendered', async () => {
    const folder = join(world.cluster.folder, 'overlay');
    mkdirSync(folder, { recursive: true });
    const [, , , deployment] = workloads('overlaid', 'shop');
    writeFileSync(join(folder, 'deployment.json'), JSON.stringify(deployment));
    const overlay = (image: string): void => {
      const [newName, digest] = image.split('@');
      const images = [{ name: 'shop', newName, digest }];
      writeFileSync(
        join(folder, 'kustomization.yaml'),
        JSON.stringify({ resources: ['deployment.json'], images }),
      );
    };
    overlay(world.images.poi);
    expect(await world.cluster.kubectl('apply', '-k', folder)).toMatchObject({ code: 1 });
    overlay(world.images.trips);
    expect(await world.cluster.kubectl('apply', '-k', folder)).toMatchObject({ code: 0 });
  });

  it('P5, attack G9: pods are judged again when a controller makes them', async () => {
    const owner = JSON.parse(await readJson('get', 'replicaset', 'trips', '-n', 'shop'));
    const ownerReferences = [
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: 'trips',
        uid: owner.metadata.uid,
        controller: true,
      },
    ];
    const owned = (image: string) => {
      const made = pod(image) as { metadata: object };
      return world.cluster.apply(
        { ...made, metadata: { ...made.metadata, ownerReferences } },
        'create',
        controller('replicaset-controller'),
      );
    };
    expect(await owned(world.images.trips)).toMatchObject({ code: 0 });
    expect(await owned(world.images.poi)).toMatchObject({ code: 1 });
  });

  it('attack G40: a dry run gets the same answer, and creates nothing', async () => {
    expect(await world.run('poi', { dryRun: true })).toMatchObject({ code: 1 });
    expect(await world.run('trips', { dryRun: true })).toMatchObject({ code: 0 });
  });

  it('exempts kube-system, but not a namespace with a similar name', async () => {
    expect(await world.run('poi', { namespace: 'kube-system' })).toMatchObject({ code: 0 });
    await world.cluster.output('create', 'namespace', 'kube-system-2');
    expect(await world.run('poi', { namespace: 'kube-system-2' })).toMatchObject({ code: 1 });
  });

  it('I7: in observe mode kubectl shows as a warning what would be refused', async () => {
    world.scene.policy({ mode: 'observe' });
    try {
      const observed = await world.until(({ code }) => code === 0);
      expect(observed.stderr).toMatch(/^Warning: observe mode; would be refused: /m);
    } finally {
      world.scene.policy();
      await world.asked();
    }
  });

  it('X4, O9: an imported advisory refuses within a second, without a new scan', async () => {
    expect(await world.run('trips')).toMatchObject({ code: 0 });
    const feed = join(world.waybill.folder, 'new.ndjson');
    writeFileSync(feed, `${JSON.stringify(NEWS)}\n`);
    await world.waybill.output('advisories', 'import', feed, '--covers', 'npm,Debian');
    const importedAt = performance.now();
    let refused = await world.run('trips', { dryRun: true });
    while (refused.code === 0 && performance.now() - importedAt < 1_000)
      refused = await world.run('trips', { dryRun: true });
    expect(refused.stderr).toMatch(
      /^- B23-no-critical-finding \[RULE_BROKEN\]: \S+ in tzdata .* is critical/m,
    );
    // The old ReplicaSet can still shrink and labels can change, although no pod of trips may start
    // any more.
    const shrink = [
      'patch',
      'replicaset/trips',
      '-n',
      'shop',
      '-p',
      '{"spec":{"replicas":0}}',
      controller('deployment-controller'),
    ];
    expect(await world.cluster.kubectl(...shrink)).toMatchObject({ code: 0 });
    const grow = shrink.map((word) => word.replace('"replicas":0', '"replicas":3'));
    expect(await world.cluster.kubectl(...grow)).toMatchObject({ code: 1 });
    expect(
      await world.cluster.kubectl('label', 'pod/trips', '-n', 'shop', 'seen=yes'),
    ).toMatchObject({ code: 0 });
  });
});
