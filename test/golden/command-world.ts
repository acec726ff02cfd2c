import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildDefaultPolicy } from '../../src/capabilities/policy/index.ts';
import { packFeed } from '../support/dated-feed.ts';
import { runHere } from '../support/run-here.ts';
import { Scene } from '../support/scene.ts';
import { ADVISORIES } from '../support/scene-advisories.ts';

const INTEGRITY = `sha512-${'A'.repeat(86)}==`;
const LEFT = {
  id: 'GHSA-aaaa-bbbb-cccc',
  modified: '2024-01-01T00:00:00Z',
  aliases: ['CVE-2024-0001'],
  summary: 'Left pads beyond the end of its text',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'npm', name: 'left' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.2.0' }] }],
    },
  ],
};

/**
 * A world with one example of each thing that commands print: a registry with an image, a git
 * repository with a vulnerable dependency, the list of a cluster, an event of a sensor. Commands
 * run in this process.
 */
export class CommandWorld {
  readonly scene: Scene;
  readonly folder: string;
  /** The image, by its tag. */
  readonly image: string;
  /** What the next commands read from standard input. */
  stdin = '';

  private constructor(scene: Scene, folder: string) {
    this.scene = scene;
    this.folder = folder;
    this.image = `${scene.registry.registry}/shop/app`;
  }

  static async open(): Promise<CommandWorld> {
    const scene = await Scene.open();
    const world = new CommandWorld(scene, mkdtempSync(join(tmpdir(), 'waybill-golden-')));
    await scene.push('app', [{ name: 'tzdata', version: '2024a-0+deb12u1' }]);
    world.#writeHome();
    world.#writeRepository();
    world.#writeEstate();
    return world;
  }

  async close(): Promise<void> {
    await this.scene.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  write(file: string, text: string | Uint8Array): void {
    mkdirSync(join(this.folder, file, '..'), { recursive: true });
    writeFileSync(join(this.folder, file), text);
  }

  /** What a command writes to standard output. */
  async print(place: string, ...args: readonly string[]): Promise<string> {
    const { stdout, stderr } = await runHere(args, {
      cwd: join(this.folder, place),
      env: this.#env(),
      stdin: this.stdin,
    });
    if (stdout === '') throw new Error(`waybill ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  git(...args: readonly string[]): void {
    const cwd = join(this.folder, 'repository');
    execFileSync('git', args, { cwd, env: this.#env(), stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** The commit of the repository. */
  head(): string {
    const cwd = join(this.folder, 'repository');
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd, encoding: 'utf8' }).trim();
  }

  #env(): NodeJS.ProcessEnv {
    const person = { name: 'Ada', email: 'ada@example.com', date: '2026-01-01T00:00:00Z' };
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.folder,
      WAYBILL_HOME: join(this.folder, 'home'),
      GIT_AUTHOR_NAME: person.name,
      GIT_AUTHOR_EMAIL: person.email,
      GIT_AUTHOR_DATE: person.date,
      GIT_COMMITTER_NAME: person.name,
      GIT_COMMITTER_EMAIL: person.email,
      GIT_COMMITTER_DATE: person.date,
    };
  }

  #writeHome(): void {
    mkdirSync(join(this.folder, 'home'), { mode: 0o700 });
    this.write('feed.ndjson', packFeed([...ADVISORIES, LEFT]));
    const allowedRegistries = [`${this.scene.registry.registry}/shop`];
    this.write('home/policy.yaml', buildDefaultPolicy({ name: 'golden', allowedRegistries }));
    this.write('bad.yaml', 'apiVersion: waybill.dev/v1\nkind: Policy\nrulez: []\n');
    const component = { type: 'library', name: 'left', version: '1.0.0' };
    const components = [{ ...component, purl: 'pkg:npm/left@1.0.0' }];
    const sbom = { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, components };
    this.write('app.json', JSON.stringify(sbom));
  }

  #writeRepository(): void {
    const root = { name: 'shop', dependencies: { left: '^1.0.0' } };
    const resolved = 'https://registry.example.com/npm/left/-/left-1.0.0.tgz';
    const left = { version: '1.0.0', resolved, integrity: INTEGRITY };
    const lock = { lockfileVersion: 3, packages: { '': root, 'node_modules/left': left } };
    this.write('repository/package.json', `${JSON.stringify(root, null, 2)}\n`);
    this.write('repository/package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
    this.write('repository/Dockerfile', 'FROM node:22\n');
    this.git('init', '--quiet', '--initial-branch', 'main');
    this.git('add', '--all');
    this.git('commit', '--quiet', '--no-gpg-sign', '-m', 'first');
    this.write('signers', `ada@example.com ssh-ed25519 ${'A'.repeat(68)}\n`);
  }

  #writeEstate(): void {
    const statement = {
      vulnerability: { name: 'CVE-2024-0001' },
      products: [{ '@id': 'pkg:npm/left@1.0.0' }],
      status: 'fixed',
    };
    const vex = { '@context': 'https://openvex.dev/ns/v0.2.0', statements: [statement] };
    this.write('vex.json', JSON.stringify({ ...vex, timestamp: '2026-01-01T00:00:00Z' }));
    const labels = { 'topology.kubernetes.io/region': 'eu-west' };
    const node = { kind: 'Node', metadata: { name: 'node-1', uid: 'n', labels } };
    const image = `${this.image}:2.0`;
    const pod = {
      kind: 'Pod',
      metadata: { name: 'app-1', namespace: 'shop', uid: 'p' },
      spec: { nodeName: 'node-1', containers: [{ name: 'app', image }] },
      status: {
        phase: 'Running',
        containerStatuses: [
          {
            name: 'app',
            image,
            imageID: `docker-pullable://${this.image}@sha256:${'a'.repeat(64)}`,
            state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
          },
        ],
      },
    };
    const list = { apiVersion: 'v1', kind: 'List', items: [node, pod] };
    this.write('eu-1.json', JSON.stringify(list));
    const event = {
      uuid: 'c0ffee-1',
      time: '2026-01-01T00:00:00Z',
      rule: 'Terminal shell in container',
      priority: 'Notice',
      output: 'a shell was spawned',
      source: 'syscall',
      output_fields: { 'k8s.ns.name': 'shop', 'k8s.pod.name': 'app-1' },
      hostname: 'node-1',
    };
    this.write('falco.ndjson', `${JSON.stringify(event)}\n{"rule":"cut\n`);
  }
}
