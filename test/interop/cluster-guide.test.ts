import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { followWithExecutable } from '../support/built-executable.ts';
import { clusterPrograms } from '../support/cluster.ts';
import { ClusterWorld } from '../support/cluster-world.ts';
import { blocks, follow, shown } from '../support/guide.ts';

const programs = clusterPrograms();
let world: ClusterWorld;

/**
 * Nothing is scheduled here, so the test reports the one replica as ready, in the name of the
 * controller.
 */
async function becomeReady(stopped: () => boolean): Promise<void> {
  const status = {
    observedGeneration: 9,
    replicas: 1,
    updatedReplicas: 1,
    readyReplicas: 1,
    availableReplicas: 1,
  };
  const patch = [
    'patch',
    'deployment/waybill',
    '-n',
    'waybill',
    '--subresource=status',
    '--type=merge',
  ];
  while (!stopped()) {
    if ((await world.cluster.kubectl(...patch, '-p', JSON.stringify({ status }))).code === 0)
      return;
    await pause(200);
  }
}

describe.skipIf(programs === null)('a first cluster, with a real API server', () => {
  beforeAll(async () => {
    if (programs === null) return;
    world = await ClusterWorld.open(programs);
    await world.cluster.output('delete', 'validatingwebhookconfiguration', 'waybill');
  });
  afterAll(() => world?.close());

  it('I7, P7: first-cluster.md succeeds, and shows what it says', async () => {
    const { HOME: _home, PATH: _path, ...env } = world.cluster.env() as Record<string, string>;
    let isOver = false;
    const ready = becomeReady(() => isOver);
    const variables = {
      ...env,
      WAYBILL_HOME: world.waybill.home,
      WHERE: `--url https://${world.address}/admit`,
      UNSIGNED_IMAGE: world.images.poi,
      RELEASED_IMAGE: world.images.trips,
    };
    // The server already runs outside the cluster, with the files that the guide makes.
    const prepare = (folder: string) => {
      cpSync(join(world.waybill.folder, 'tls'), join(folder, 'tls'), { recursive: true });
      mkdirSync(join(folder, '.bin'));
      symlinkSync(world.cluster.program, join(folder, '.bin/kubectl'));
    };
    // The home is that of the server, so its owner follows the guide.
    const follower = followWithExecutable({ isOther: false });
    const ended = await follow('first-cluster.md', variables, prepare, null, follower);
    isOver = true;
    await ready;
    expect(ended.code, ended.output).toBe(0);
    const lines = blocks('first-cluster.md', 'text').flatMap((block) =>
      block.trimEnd().split('\n'),
    );
    for (const line of lines) expect(ended.output).toMatch(shown(line));
    expect(await world.cluster.output('get', 'all', '-n', 'waybill')).toContain(
      'deployment.apps/waybill',
    );
    const settings = await world.cluster.output(
      'get',
      'configmap',
      'waybill',
      '-n',
      'waybill',
      '-o',
      'json',
    );
    expect(JSON.parse(settings).data['policy.yaml']).toContain('mode: enforce');
  });
});
