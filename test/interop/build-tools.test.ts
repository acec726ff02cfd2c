import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLayout, parseLayoutName } from '../../src/adapters/oci-layout/index.ts';
import { inventoryImage } from '../../src/capabilities/inventory/index.ts';
import { openImage } from '../../src/capabilities/registry/index.ts';
import { formatRepository } from '../../src/core/image-reference.ts';
import { orThrow } from '../../src/core/result.ts';
import { packTar } from '../../tools/image/tar.ts';
import { debianBase, nodeApplication } from '../support/app-images.ts';
import { peer } from '../support/peer.ts';
import { Scene } from '../support/scene.ts';
import { adviseNobody } from '../support/scene-advisories.ts';
import { ship } from '../support/ship.ts';

const NAME = 'shop/trips:1.0';
const scratch = mkdtempSync(join(tmpdir(), 'waybill-tools-'));
const at = (...parts: readonly string[]): string => join(scratch, ...parts);
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn('skipped: buildah, umoci and dockerd build images as root');

const items = [...debianBase(), ...nodeApplication()];
let scene: Scene;

/** Without the settings of the user; where a docker daemon listens, and where buildah stores. */
const env = {
  PATH: process.env['PATH'],
  HOME: scratch,
  DOCKER_HOST: `unix://${at('docker.sock')}`,
};
const start = promisify(execFile);
/** Not in step with us: the registry that a program may ask is in this process. */
const run = async (program: string, ...args: readonly string[]): Promise<string> =>
  (await start(program, args, { encoding: 'utf8', cwd: scratch, env })).stdout.trim();

beforeAll(async () => {
  for (const { path, content } of items) {
    mkdirSync(dirname(at('context', path)), { recursive: true });
    writeFileSync(at('context', path), content ?? '');
  }
  writeFileSync(at('layer.tar'), packTar(items));
  scene = await Scene.open();
  rmSync(scene.config.advisories);
  await scene.advisories(['Debian:12', 'npm'].map(adviseNobody));
  await scene.serve();
});
afterAll(async () => {
  await scene.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** Scanned, released and admitted: every package is found, under the default policy. */
async function prove(name: string, text: string): Promise<void> {
  const { source, root } = orThrow(await openLayout(orThrow(parseLayoutName(text))));
  try {
    const image = orThrow(await openImage(source, 'layout.invalid/image', root));
    const { components, outcome } = orThrow(await inventoryImage(image));
    expect([outcome, components.length]).toEqual(['complete', 7]);
    const reference = { ...scene.reference('layout'), tag: null, digest: root.digest };
    const shipped = await ship(scene, { name, image: { source, reference } });
    expect(shipped.outcome).toMatchObject({ published: true, subject: { digest: root.digest } });
    const admitted = await scene.admit(`${formatRepository(scene.reference(name))}:1.0`);
    expect(admitted).toMatchObject({ allowed: true });
  } finally {
    await source.close();
  }
}

const buildah = isRoot ? peer('buildah') : null;
describe.skipIf(buildah === null)('A46: an image of buildah', () => {
  const words = ['--root', at('store'), '--runroot', at('run'), '--storage-driver', 'vfs'];
  const build = (...args: readonly string[]) => run(buildah ?? '', ...words, ...args);
  let isAllowed = true;
  beforeAll(async () => {
    const container = await build('from', 'scratch').catch(() => null);
    isAllowed = container !== null;
    if (container === null) return;
    await build('copy', container, at('context'), '/');
    await build('commit', container, `localhost/${NAME}`);
  });

  it.for([
    ['docker-archive', `docker-archive:${at('buildah.tar')}:${NAME}`],
    ['oci-archive', `oci-archive:${at('buildah-oci.tar')}:localhost/${NAME}`],
    ['oci', `oci:${at('buildah-oci')}:1.0`],
    ['oci-named', `oci:${at('buildah-named')}:localhost/${NAME}`],
  ] as const)('as %s is scanned, released and admitted', async ([kind, text], { skip }) => {
    if (!isAllowed) skip('buildah does not run here');
    await build('push', `localhost/${NAME}`, text);
    await prove(`buildah-${kind}`, text);
  });
});

const dockerd = isRoot ? peer('dockerd') : null;
const docker = peer('docker');

/** A daemon of its own, without networks. Null where the machine does not let it run. */
async function startDocker(): Promise<(() => Promise<void>) | null> {
  const folders = ['--data-root', at('docker'), '--exec-root', at('docker-run')];
  const network = ['--iptables=false', '--ip6tables=false', '--bridge=none'];
  const own = ['--pidfile', at('docker.pid'), '--storage-driver', 'vfs', '--host'];
  const args = [...folders, ...network, ...own, env.DOCKER_HOST];
  const daemon = spawn(dockerd ?? '', args, { cwd: scratch, env, stdio: 'ignore' });
  let isGone = false;
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      isGone = true;
      resolve();
    };
    daemon.once('exit', end).once('error', end);
  });
  const stop = (): Promise<void> => {
    daemon.kill('SIGTERM');
    return ended;
  };
  for (let tries = 0; tries < 100 && !isGone; tries++) {
    if (existsSync(at('docker.sock'))) return stop;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await stop();
  console.warn('skipped: dockerd does not run on this machine');
  return null;
}

describe.skipIf(dockerd === null || docker === null)('A46: images of docker', () => {
  let stop: (() => Promise<void>) | null = null;
  beforeAll(async () => {
    stop = await startDocker();
    if (stop === null) return;
    writeFileSync(at('Dockerfile'), 'FROM scratch\nCOPY context /\n');
    writeFileSync(at('.dockerignore'), '*\n!context\n');
    await run('docker', 'build', '--quiet', '--tag', NAME, scratch);
    await run('docker', 'import', at('layer.tar'), 'shop/imported:1.0');
    await run('docker', 'save', '--output', at('one.tar'), NAME);
    await run('docker', 'save', '--output', at('several.tar'), NAME, 'shop/imported:1.0');
    const id = await run('docker', 'image', 'inspect', '--format', '{{.Id}}', NAME);
    await run('docker', 'save', '--output', at('nameless.tar'), id);
  });
  afterAll(() => stop?.());

  it.for([
    ['one', 'one.tar'],
    ['first', `several.tar:${NAME}`],
    ['second', 'several.tar:shop/imported:1.0'],
    ['nameless', 'nameless.tar'],
  ] as const)('saved as %s is scanned, released and admitted', async ([name, file], { skip }) => {
    if (stop === null) skip('dockerd does not run here');
    await prove(`docker-${name}`, `docker-archive:${at(file)}`);
  });
});

const crane = peer('crane');
describe.skipIf(crane === null)('A46: an image of crane, as kaniko and ko write theirs', () => {
  it('as docker-archive is scanned, released and admitted', async () => {
    await run(crane ?? '', 'append', '-f', at('layer.tar'), '-t', NAME, '-o', at('crane.tar'));
    await prove('crane', `docker-archive:${at('crane.tar')}`);
  });

  it('changed in the registry is released from there and from a layout', async () => {
    const { registry } = scene.registry;
    const reference = `${registry}/shop/crane-mutated:1.0`;
    await run(crane ?? '', 'append', '--insecure', '-f', at('layer.tar'), '-t', reference);
    const platform = ['--set-platform', 'linux/amd64', '--entrypoint', '/app/server.js'];
    await run(crane ?? '', 'mutate', '--insecure', ...platform, '-t', reference, reference);
    await run(crane ?? '', 'pull', '--insecure', '--format', 'oci', reference, at('crane-oci'));
    await prove('crane-pulled', `oci:${at('crane-oci')}`);
    const image = { source: scene.client, reference: scene.reference('crane-mutated') };
    const { outcome } = await ship(scene, { name: 'crane-mutated', image });
    expect(outcome).toMatchObject({ published: true });
  });
});

const umoci = isRoot ? peer('umoci') : null;
const skopeo = peer('skopeo');
describe.skipIf(umoci === null || skopeo === null)('A46: an image of umoci', () => {
  it('is scanned, released and admitted, also as docker-archive of skopeo', async () => {
    await run(umoci ?? '', 'init', '--layout', at('umoci'));
    await run(umoci ?? '', 'new', '--image', `${at('umoci')}:1.0`);
    await run(umoci ?? '', 'insert', '--image', `${at('umoci')}:1.0`, at('context'), '/');
    await prove('umoci', `oci:${at('umoci')}:1.0`);
    const archive = `docker-archive:${at('skopeo.tar')}:${NAME}`;
    await run(skopeo ?? '', 'copy', `oci:${at('umoci')}:1.0`, archive);
    await prove('skopeo', archive);
  });
});
