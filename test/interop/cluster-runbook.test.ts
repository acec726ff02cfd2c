import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProcessResult } from '../../tools/process.ts';
import { clusterPrograms } from '../support/cluster.ts';
import { ClusterWorld, pod } from '../support/cluster-world.ts';
import { blocks, scripts, shown } from '../support/guide.ts';
import { shell } from '../support/shell.ts';

const programs = clusterPrograms();
const PAGE = 'admission-runbook.md';
const runbook = scripts(PAGE);
const followed = new Set<string>();
let world: ClusterWorld;

/**
 * Runs the commands under a heading of the runbook, in a folder with webhook.yaml, like its reader.
 */
async function follow(heading: string): Promise<ProcessResult> {
  const script = runbook.get(heading);
  if (script === undefined) throw new Error(`the runbook says nothing under ${heading}`);
  followed.add(heading);
  const env = {
    ...world.cluster.env(),
    WHERE: `--url https://${world.address}/admit`,
    REFUSED_IMAGE: world.images.poi,
  };
  const { HOME: _home, ...rest } = env as Record<string, string>;
  return shell(world.waybill, `set -e\n${script}`, rest);
}

const isUnreachable = ({ code, stderr }: ProcessResult): boolean =>
  code === 1 && stderr.includes('failed calling webhook');
const isDenied = ({ code, stderr }: ProcessResult): boolean =>
  code === 1 && stderr.includes('denied the request');
const passes = ({ code }: ProcessResult): boolean => code === 0;

describe.skipIf(programs === null)('the runbook, with a real API server', () => {
  beforeAll(async () => {
    if (programs === null) return;
    world = await ClusterWorld.open(programs);
    const { folder } = world.waybill;
    copyFileSync(join(world.cluster.folder, 'webhook.yaml'), join(folder, 'webhook.yaml'));
    writeFileSync(join(folder, 'pod.yaml'), JSON.stringify(pod(world.images.trips)));
    const image = `registry.example.com/waybill/waybill@sha256:${'0'.repeat(64)}`;
    writeFileSync(
      join(folder, 'server.yaml'),
      await world.waybill.output('cluster', 'server', '--image', image),
    );
    await world.cluster.output('apply', '-f', join(folder, 'server.yaml'));
  });
  afterAll(() => world?.close());

  it('shows a refusal in kubectl, and the gate says the same without the cluster', async () => {
    const refused = await world.run('poi');
    const lines = blocks(PAGE, 'text').flatMap((block) => block.trimEnd().split('\n'));
    for (const line of lines) expect(refused.stderr).toMatch(shown(line));
    const { stdout } = await follow('Read a refusal');
    expect(stdout).toMatch(/^deny {2}.*shop\/poi@sha256:/m);
    expect(stdout).toContain('I17-signed-image');
  });

  it('P5, G39, G47: with the server stopped, the API server refuses everything', async () => {
    await world.stopServer();
    for (const image of ['trips', 'poi']) {
      const refused = await world.run(image);
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toMatch(
        /failed calling webhook "admission.waybill.dev": .*connection refused/,
      );
    }
    const { code, stdout, stderr } = await follow('Everything is refused');
    expect(code).toBe(0);
    expect(stderr).toContain('connection refused');
    expect(stdout).toContain(`Fail  https://${world.address}/admit`);
    expect(stdout).toContain('deployment.apps/waybill');
  });

  it('with the server stopped, the system namespace and passive objects still work', async () => {
    expect(await world.run('trips', { namespace: 'kube-system' })).toMatchObject({ code: 0 });
    expect(await world.run('trips', { namespace: 'waybill', dryRun: true })).not.toSatisfy(
      isUnreachable,
    );
    expect(
      await world.cluster.kubectl('-n', 'shop', 'create', 'configmap', 'settings'),
    ).toMatchObject({ code: 0 });
  });

  it('exempts only one namespace while the server is down, and ends the exemption', async () => {
    await world.cluster.output('create', 'namespace', 'bank');
    expect(await follow('Let one namespace pass')).toMatchObject({ code: 0 });
    await world.until(passes);
    expect(await world.run('trips', { namespace: 'bank' })).toSatisfy(isUnreachable);
    expect(await follow('Put the namespace back')).toMatchObject({ code: 0 });
    await world.until(isUnreachable);
  });

  it('fails open while configured so, and then closed again', async () => {
    expect(await follow('Stop failing closed')).toMatchObject({ code: 0 });
    await world.until(passes);
    expect(await follow('Fail closed again')).toMatchObject({ code: 0 });
    await world.until(isUnreachable);
  });

  it('attack G43: the gate finds what was admitted while the webhook was away', async () => {
    expect(await follow('Take the webhook away')).toMatchObject({ code: 0 });
    await world.until(passes);
    expect(await world.run('poi')).toMatchObject({ code: 0 });
    await world.serve();
    expect(await follow('Bring the webhook back')).toMatchObject({ code: 0 });
    await world.until(isDenied);
    expect(await follow('See what slipped in')).toMatchObject({
      code: 0,
      stdout: 'some of what runs is refused\n',
    });
    const slipped = readFileSync(join(world.waybill.folder, 'slipped-in.txt'), 'utf8');
    expect(slipped).toMatch(/^deny {2}.*shop\/poi@sha256:/m);
  });

  it('changes the certificate without refusal or restart; drops the old authority', async () => {
    expect(await follow('Change the certificate')).toMatchObject({ code: 0 });
    await world.until(isDenied);
    expect(await world.run('trips')).toMatchObject({ code: 0 });
    expect(await follow('Give it to the server')).toMatchObject({ code: 0 });
    const before = await world.servedBy();
    world.deliverCertificate();
    await expect.poll(() => world.servedBy(), { timeout: 8_000, interval: 200 }).not.toBe(before);
    expect(await world.run('trips')).toMatchObject({ code: 0 });
    expect(await follow('Forget the old authority')).toMatchObject({ code: 0 });
    await world.until(isDenied);
    expect(await world.run('trips')).toMatchObject({ code: 0 });
  });

  it('a server certificate of an authority that is not configured is refused', async () => {
    await world.stopServer();
    await world.serve([]); // with its own certificate
    const refused = await world.until(isUnreachable);
    expect(refused.stderr).toContain('x509');
  });

  it('was followed completely', () => {
    expect([...followed].sort()).toEqual([...runbook.keys()].sort());
  });
});
