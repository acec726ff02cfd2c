import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { run } from '../../tools/process.ts';
import { Cluster, clusterPrograms } from '../support/cluster.ts';
import { CommandHere } from '../support/command-line.ts';
import { peer } from '../support/peer.ts';

const IMAGE = `registry.example.com/waybill/waybill@sha256:${'0'.repeat(64)}`;
const programs = clusterPrograms();
const helm = peer('helm');
let waybill: CommandHere;

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: object };
}

const call = (env: NodeJS.ProcessEnv, ...args: readonly string[]) =>
  run(helm ?? '', args, { cwd: waybill.folder, env, timeoutMs: 60_000 });
/** Built without the flags of its releases, helm takes itself for one of an old Kubernetes. */
const RENDER = ['template', 'waybill', 'chart', '--kube-version', '1.36.0'];
const offline = (): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], HOME: waybill.folder });

async function template(...args: readonly string[]): Promise<readonly Manifest[]> {
  const made = await call(offline(), ...RENDER, '-n', 'guard', ...args);
  expect(made.code, made.stderr).toBe(0);
  return parseAllDocuments(made.stdout)
    .map((one) => one.toJS() as Manifest | null)
    .filter((one) => one !== null);
}

const sort = (all: readonly Manifest[]): readonly Manifest[] =>
  all.toSorted((one, other) => (one.kind < other.kind ? -1 : 1));
/** Only the chart keeps the volume. */
const dropNote = (all: readonly Manifest[]): readonly Manifest[] =>
  all.map(({ metadata: { annotations: _, ...metadata }, ...rest }) => ({ ...rest, metadata }));

async function print(...args: readonly string[]): Promise<readonly Manifest[]> {
  const text = await waybill.output('cluster', ...args, '--namespace', 'guard', '--format', 'json');
  return JSON.parse(text).items as readonly Manifest[];
}

describe.skipIf(helm === null)('the chart, with helm', () => {
  beforeAll(async () => {
    waybill = new CommandHere(mkdtempSync(join(tmpdir(), 'waybill-helm-')));
    await waybill.output('cluster', 'certificate', 'tls');
    await waybill.output('key', 'generate');
    const whom = ['--certificate', join(waybill.home, 'keys/default.root.crt'), '--store', 'shop'];
    const identity = ['--identity', 'CN=release,O=example,ST=WA,C=US'];
    const repository = ['--repository', 'registry.example.com/shop/*'];
    await waybill.output('trust', 'add', ...whom, ...identity, ...repository);
    const policy = await waybill.output('policy', 'show', '--default');
    // Braces as in a template of another program.
    writeFileSync(
      join(waybill.home, 'policy.yaml'),
      `# {{ .Values.image }} {{- fail "x" }}\n${policy}`,
    );
    await waybill.output('cluster', 'chart', 'chart', '--image', IMAGE, '--cluster', 'eu-1');
  });
  afterAll(() => rmSync(waybill.folder, { recursive: true, force: true }));

  it('I7: passes lint, and makes what waybill cluster server prints', async () => {
    const linted = await call(offline(), 'lint', '--strict', 'chart');
    expect(linted.code, linted.stdout + linted.stderr).toBe(0);
    const server = ['server', '--image', IMAGE, '--cluster', 'eu-1'];
    const printed = (await print(...server)).filter(({ kind }) => kind !== 'Namespace');
    expect(sort(dropNote(await template()))).toEqual(sort(printed));
    for (const replicas of ['0', '2']) {
      const { code, stderr } = await call(offline(), ...RENDER, '--set', `replicas=${replicas}`);
      expect([code === 0, stderr]).toEqual([false, expect.stringContaining('replicas must be 1')]);
    }
    // As an upgrade of an older release with --reuse-values.
    expect((await template('--set', 'replicas=null')).length).toBe(printed.length);
    const more = [
      ...['--api-server', '10.0.0.0/24', '--client', 'falco'],
      ...['--update-interval', '6h', '--update-from', 'https://osv.example.com'],
      ...['--advisory-age-max', '3d'],
    ];
    const set = [
      ...['--set', 'apiServers={10.0.0.0/24}', '--set', 'clients={falco}'],
      ...['--set', 'updates.every=6h', '--set', 'updates.from=https://osv.example.com'],
      ...['--set', 'updates.ageMax=3d'],
    ];
    const changed = (await print(...server, ...more)).filter(({ kind }) => kind !== 'Namespace');
    expect(sort(dropNote(await template(...set)))).toEqual(sort(changed));
  });

  it('G47: makes what waybill cluster webhook prints, and none without authority', async () => {
    const enabled = ['--set', 'webhook.enabled=true'];
    const lacking = await call(offline(), ...RENDER, ...enabled);
    expect(lacking.code).not.toBe(0);
    expect(lacking.stderr).toContain('webhook.ca is empty');
    const exempt = ['--set', 'webhook.exempt={legacy}', '--set', 'webhook.timeoutSeconds=7'];
    const ca = ['--set-file', 'webhook.ca=tls/ca.crt'];
    const made = await template(...enabled, ...ca, ...exempt);
    const printed = await print(
      'webhook',
      ...['--ca', 'tls/ca.crt', '--exempt', 'legacy', '--timeout', '7'],
    );
    expect(made.filter(({ kind }) => kind === 'ValidatingWebhookConfiguration')).toEqual(printed);
  });

  it.skipIf(programs === null)(
    'I7: installs, upgrades and uninstalls on a real API server, with the server dead',
    { timeout: 180_000 },
    async () => {
      if (programs === null) return;
      const cluster = await Cluster.start(programs);
      try {
        const env = cluster.env();
        const where = ['waybill', 'chart', '-n', 'guard'];
        const kubectl = (...args: readonly string[]) => cluster.output(...args);
        await kubectl('create', 'namespace', 'guard');
        const strict = 'pod-security.kubernetes.io/enforce=restricted';
        await kubectl('label', 'namespace', 'guard', strict);
        const installed = await call(env, 'install', ...where);
        expect(installed.code, installed.stderr).toBe(0);
        expect(installed.stdout).toContain('Nothing asks it yet');
        expect(installed.stderr).not.toMatch(/would violate PodSecurity|unknown field/);
        await kubectl('create', 'deployment', 'before', '--image=a:1');
        const enabled = ['--set', 'webhook.enabled=true', '--set-file', 'webhook.ca=tls/ca.crt'];
        const upgraded = await call(env, 'upgrade', ...where, '--reuse-values', ...enabled);
        expect(upgraded.code, upgraded.stderr).toBe(0);
        // Nothing runs behind the Service: what is asked about is refused, and nothing else is.
        expect(
          (await cluster.kubectl('create', 'deployment', 'a', '--image=a:1')).stderr,
        ).toContain('failed calling webhook');
        const free = ['create', 'deployment', 'a', '--image=a:1', '-n'];
        for (const namespace of ['kube-system', 'guard']) await kubectl(...free, namespace);
        const uninstalled = await call(env, 'uninstall', 'waybill', '-n', 'guard');
        expect(uninstalled.code, uninstalled.stderr).toBe(0);
        await kubectl('create', 'deployment', 'after', '--image=a:1');
        const kinds = [
          'all',
          'configmap',
          'secret',
          'networkpolicy',
          'pdb',
          'pvc',
          'serviceaccount',
        ];
        const left = await kubectl(
          ...['get', kinds.join(), '-n', 'guard', '-l', 'app.kubernetes.io/name=waybill'],
          ...['-o', 'name'],
        );
        expect(left.trim()).toBe('persistentvolumeclaim/waybill');
        const hooks = ['get', 'validatingwebhookconfiguration,clusterrole', '-o', 'name'];
        expect(await kubectl(...hooks)).not.toContain('waybill');
      } finally {
        await cluster.stop();
      }
    },
  );
});
