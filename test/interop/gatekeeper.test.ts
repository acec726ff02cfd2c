import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProcessResult } from '../../tools/process.ts';
import { clusterPrograms } from '../support/cluster.ts';
import { ClusterWorld, pod, workloads } from '../support/cluster-world.ts';
import { Gatekeeper } from '../support/gatekeeper.ts';
import { peer } from '../support/peer.ts';

const programs = clusterPrograms();
const program = peer('gatekeeper');
const openssl = peer('openssl');
const NAMES = ['trips', 'poi', 'userprofile'] as const;

/**
 * Templates in the shapes that users of Ratify have: what its default of version 1 and of version 2
 * looks at, one that looks into reports of artifacts, one that wants an error to object.
 */
const RATIFY_SHAPES: Readonly<Record<string, string>> = {
  version1: 'value.isSuccess == false',
  version2: 'value.succeeded == false',
  artifacts: 'value.verifierReports[_].verifierReports[_].isSuccess == false',
};

function buildRatifyTemplate(name: string, objection: string): readonly object[] {
  const kind = `Ratify${name}`;
  const scoped = name === 'version2' ? 'sprintf("[%v]%v", [review.namespace, one])' : 'one';
  const rego = `package ${kind.toLowerCase()}
review := input.review
keys := [key | one := review.object.spec.containers[_].image; key := ${scoped}]
answer := external_data({"provider": "ratify-provider", "keys": keys})
violation[{"msg": msg}] { answer.system_error != ""; msg := answer.system_error }
violation[{"msg": msg}] { count(answer.errors) > 0; msg := sprintf("errors: %v", [answer.errors]) }
violation[{"msg": msg}] {
  [subject, value] := answer.responses[_]
  ${objection}
  msg := sprintf("subject failed verification: %v", [subject])
}
`;
  return [
    {
      apiVersion: 'templates.gatekeeper.sh/v1beta1',
      kind: 'ConstraintTemplate',
      metadata: { name: kind.toLowerCase() },
      spec: {
        crd: { spec: { names: { kind } } },
        targets: [{ target: 'admission.k8s.gatekeeper.sh', rego }],
      },
    },
    {
      apiVersion: 'constraints.gatekeeper.sh/v1beta1',
      kind,
      metadata: { name: 'ratify' },
      spec: { match: { kinds: [{ apiGroups: [''], kinds: ['Pod'] }] } },
    },
  ];
}

describe.skipIf(programs === null || program === null || openssl === null)(
  'Gatekeeper that asks waybill serve as a provider of external data',
  () => {
    let world: ClusterWorld;
    let gatekeeper: Gatekeeper;
    let byWebhook: readonly string[];

    beforeAll(async () => {
      if (programs === null || program === null) return;
      world = await ClusterWorld.open(programs);
      byWebhook = await decideAll();
      await world.cluster.output('delete', 'validatingwebhookconfiguration', 'waybill');
      gatekeeper = await Gatekeeper.start(world.cluster, program);
      await installTemplate();
    }, 300_000);
    afterAll(async () => {
      await gatekeeper?.stop();
      await world?.close();
    });

    /** Whether each kind of workload with each image is admitted, and other parts of a pod. */
    async function decideAll(): Promise<readonly string[]> {
      const { trips, poi } = world.images;
      const parts: Readonly<Record<string, object>> = {
        'an init container': { initContainers: [{ name: 'i', image: poi }] },
        'an image volume': { volumes: [{ name: 'v', image: { reference: poi } }] },
        'nothing else': {},
      };
      const decisions: string[] = [];
      for (const name of NAMES)
        for (const object of workloads(`w-${name}`, world.images[name])) {
          const { code } = await world.cluster.apply(object, 'create', '--dry-run=server');
          decisions.push(`${(object as { kind: string }).kind} of ${name}: ${code}`);
        }
      for (const [part, more] of Object.entries(parts)) {
        const object = pod(trips, 'shop', more);
        const { code } = await world.cluster.apply(object, 'create', '--dry-run=server');
        decisions.push(`trips with ${part}: ${code}`);
      }
      return decisions;
    }

    /** Applies what `waybill cluster gatekeeper` prints, and waits until poi is refused. */
    async function installTemplate(...options: readonly string[]): Promise<void> {
      const url = `https://${world.address}/gatekeeper/verify`;
      const printed = await world.waybill.output(
        ...['cluster', 'gatekeeper', '--ca', world.authority, '--url', url, '--timeout', '5'],
        ...['--format', 'json', ...options],
      );
      const { items } = JSON.parse(printed) as { items: readonly object[] };
      await applyAll(items);
      await until(({ code }) => code !== 0);
    }

    /** A constraint is of a kind that Gatekeeper makes from its template. */
    async function applyAll(items: readonly object[]): Promise<void> {
      const end = Date.now() + 60_000;
      for (;;) {
        const { code, stderr } = await world.cluster.apply(items);
        if (code === 0) return;
        if (Date.now() > end) throw new Error(`${stderr}${readLog()}`);
        await pause(500);
      }
    }

    async function until(wanted: (ended: ProcessResult) => boolean): Promise<void> {
      await world.until(wanted, 'shop', 60_000).catch((thrown: unknown) => {
        throw new Error(`${String(thrown)}${readLog()}`);
      });
    }

    const readLog = () =>
      readFileSync(join(world.cluster.folder, 'gatekeeper.log'), 'utf8').slice(-1_500);

    it('I14 X3: decides as the webhook does, in every kind and part', async () => {
      expect(byWebhook.filter((one) => one.endsWith(': 0'))).toHaveLength(10);
      expect(await decideAll()).toEqual(byWebhook);
    }, 120_000);

    it('X10: a refusal names the rule, the evidence and the fix', async () => {
      const { stderr } = await world.run('poi');
      expect(stderr).toMatch(/\[waybill\] waybill: .*poi@sha256:[0-9a-f]{64}: deny/);
      expect(stderr).toMatch(/- I17-signed-image \[RULE_BROKEN\]: the image carries no signature/);
      expect(stderr).toContain('fix: Sign it');
    });

    it('G7 G8: an update that starts nothing is not asked about; a new image is', async () => {
      const { trips, poi } = world.images;
      const [deployment] = workloads('updated', trips).filter(
        (one) => (one as { kind: string }).kind === 'Deployment',
      );
      expect(await world.cluster.apply(deployment as object)).toMatchObject({ code: 0 });
      await world.stopServer();
      const patch = (spec: object, ...more: readonly string[]) =>
        world.cluster.kubectl(
          ...['patch', 'deployment', 'updated', '-n', 'shop', '--type=merge', ...more],
          `--patch=${JSON.stringify(spec)}`,
        );
      const label = await patch({ metadata: { labels: { a: 'b' } } });
      const fewer = await patch({ spec: { replicas: 0 } });
      const more = await patch({ spec: { replicas: 3 } });
      await world.serve();
      const image = { containers: [{ name: 'app', image: poi }] };
      const changed = await patch({ spec: { template: { spec: image } } });
      expect([label.code, fewer.code, more.code, changed.code]).toEqual([0, 0, 1, 1]);
      expect(more.stderr).toContain('waybill: no answer from the provider');
    }, 120_000);

    it('G47: while nobody answers nothing is admitted', async () => {
      await world.stopServer();
      const { code, stderr } = await world.run('trips', { dryRun: true });
      await world.serve();
      expect(code).toBe(1);
      expect(stderr).toContain('waybill: no answer from the provider');
    }, 60_000);

    it('asks with a client certificate; who shows none gets no verdict', async () => {
      await world.stopServer();
      await world.serve([...world.tls, '--client-ca', gatekeeper.authority]);
      const { code, stderr } = await world.run('trips', { dryRun: true });
      expect([code, stderr]).toEqual([0, '']);
      const other = join(world.cluster.folder, 'other.crt');
      writeFileSync(other, readFileSync(world.authority));
      await world.stopServer();
      await world.serve([...world.tls, '--client-ca', other]);
      const refused = await world.run('trips', { dryRun: true });
      await world.stopServer();
      await world.serve();
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('UNAUTHORISED');
    }, 120_000);

    it('with --action warn it admits and says what would be refused', async () => {
      const url = `https://${world.address}/gatekeeper/verify`;
      const printed = await world.waybill.output(
        ...['cluster', 'gatekeeper', '--ca', world.authority, '--url', url, '--format', 'json'],
        ...['--action', 'warn'],
      );
      await applyAll((JSON.parse(printed) as { items: readonly object[] }).items);
      await until(({ code, stderr }) => code === 0 && stderr !== '');
      const { stderr } = await world.run('poi', { dryRun: true });
      expect(stderr).toMatch(/^Warning: \[waybill\] waybill: .*poi.*: deny - .*I17-signed-image/);
    }, 120_000);

    it.each(Object.entries(RATIFY_SHAPES))(
      'I15 I16: a template in the shape of Ratify decides the same by its provider: %s',
      async (name, objection) => {
        const objects = buildRatifyTemplate(name, objection);
        const provider = {
          apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
          kind: 'Provider',
          metadata: { name: 'ratify-provider' },
          spec: {
            url: `https://${world.address}/gatekeeper/verify`,
            timeout: 5,
            caBundle: readFileSync(world.authority).toString('base64'),
          },
        };
        await applyAll([provider, ...objects]);
        await until(({ code }) => code !== 0);
        const decisions: number[] = [];
        for (const image of NAMES)
          decisions.push((await world.run(image, { dryRun: true })).code ?? -1);
        await world.cluster.output('delete', `Ratify${name}`.toLowerCase(), 'ratify');
        await until(({ code }) => code === 0);
        expect(decisions).toEqual([0, 1, 1]);
      },
      180_000,
    );
  },
);
