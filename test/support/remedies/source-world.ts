import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Gate } from '../../../src/core/verdict.ts';
import { packLayer } from '../../../tools/image/layer.ts';
import { writeLayout } from '../../../tools/image/layout.ts';
import { packFeed } from '../dated-feed.ts';
import { findCommand, findNamedCommands } from '../named-commands.ts';
import { locked, project } from '../npm-project.ts';
import { requireSuccess, runHere } from '../run-here.ts';
import { Scene } from '../scene.ts';
import type { Answer, RemedyWorld, Step } from './remedy.ts';

const LEFT = {
  id: 'GHSA-aaaa-bbbb-cccc',
  modified: '2026-01-01T00:00:00Z',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'npm', name: 'left' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '2.0.0' }, { fixed: '2.0.4' }] }],
    },
  ],
};
const PERSON = { name: 'Ada', email: 'ada@example.com' };

/** A repository whose commits are signed, judged by the source gates in this process. */
export class SourceWorld implements RemedyWorld {
  readonly scene: Scene;
  readonly top: string;
  readonly home: string;
  #policy = '';
  #count = 0;
  #builds: readonly string[] = [];

  private constructor(scene: Scene) {
    this.scene = scene;
    this.top = join(scene.folder, 'user');
    this.home = join(this.top, 'home');
    mkdirSync(this.home, { recursive: true, mode: 0o700 });
  }

  static async open(): Promise<SourceWorld> {
    const world = new SourceWorld(await Scene.open());
    await world.scene.push('base', []);
    const key = ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(world.top, 'key')];
    execFileSync('ssh-keygen', key);
    world.#policy = (await world.run('policy', 'show', '--default')).stdout;
    return world;
  }

  close(): Promise<void> {
    return this.scene.close();
  }

  get folder(): string {
    return join(this.top, `shop${this.#count}`);
  }

  /** The base image, by its tag. */
  get base(): string {
    return `${this.scene.registry.registry}/shop/base:1.0`;
  }

  /** A repository in which everything is in order, with one commit. */
  async start(): Promise<void> {
    this.#count += 1;
    this.#builds = [];
    mkdirSync(this.folder);
    this.git('init', '--quiet', '--initial-branch=main');
    for (const [name, value] of [
      ['gpg.format', 'ssh'],
      ['user.signingKey', join(this.top, 'key.pub')],
      ['remote.origin.url', 'https://git.example.com/shop/app'],
    ] as const)
      this.git('config', name, value);
    this.git('config', '--global', 'gpg.ssh.allowedSignersFile', join(this.top, 'signers'));
    this.allowSigner();
    this.setPolicy();
    this.lock('1.2.0');
    this.commit('-S');
    await this.feed();
  }

  allowSigner(person = PERSON.email): void {
    const key = readFileSync(join(this.top, 'key.pub'), 'utf8').trim();
    writeFileSync(join(this.top, 'signers'), `${person} namespaces="git" ${key}\n`);
  }

  setPolicy(change: (text: string) => string = (text) => text): void {
    const allowed = `["registry.example.com/npm", "${this.scene.registry.registry}/shop"]`;
    const text = this.#policy.replace(
      'allowedComponentRegistries: []',
      `allowedComponentRegistries: ${allowed}`,
    );
    writeFileSync(join(this.home, 'policy.yaml'), change(text));
  }

  async feed(at?: number): Promise<void> {
    writeFileSync(join(this.top, 'feed.ndjson'), packFeed([LEFT], at));
    await this.run('advisories', 'import', join(this.top, 'feed.ndjson'), '--covers', 'npm,Debian');
  }

  put(file: string, content: unknown): void {
    const text = typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`;
    writeFileSync(join(this.folder, file), text);
  }

  /** What `npm install` would leave: the manifest with the lock of this version. */
  lock(version: string, more: object = {}, wanted: string = version): void {
    const files = project({ left: wanted }, { 'node_modules/left': locked('left', version, more) });
    for (const [file, content] of Object.entries(files)) this.put(file, content);
  }

  /** Two images that a build is said to have made. */
  async build(...contents: readonly string[]): Promise<void> {
    this.#builds = [];
    for (const [index, content] of contents.entries()) {
      const name = `built-${this.#count}-${content}-${index}`;
      const layer = packLayer([{ path: 'app/main.js', content: Buffer.from(content) }] as never);
      await writeLayout(join(this.top, name), { layers: [layer], config: {} } as never);
      this.#builds = [...this.#builds, `oci:${join(this.top, name)}`];
    }
  }

  commit(...more: readonly string[]): void {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '-m', 'change', ...more);
  }

  git(...args: readonly string[]): void {
    execFileSync('git', args, { cwd: this.folder, env: this.#env(), stdio: 'pipe' });
  }

  async ask(gate: Gate): Promise<Answer> {
    const [built, rebuilt] = this.#builds;
    const compared =
      gate === 'build' && built !== undefined && rebuilt !== undefined
        ? ['--built', built, '--rebuilt', rebuilt]
        : [];
    const { stdout, stderr } = await this.try('gate', gate, ...compared, '--format', 'json');
    const { verdicts } = JSON.parse(stdout) as { readonly verdicts?: readonly Answer[] };
    if (verdicts?.[0] === undefined) throw new Error(stderr);
    return verdicts[0];
  }

  async run(...args: readonly string[]) {
    return requireSuccess(args, await this.try(...args));
  }

  try(...args: readonly string[]) {
    const cwd = this.#count === 0 ? this.top : this.folder;
    return runHere(args, { cwd, env: this.#env() });
  }

  #env(): NodeJS.ProcessEnv {
    return {
      PATH: process.env['PATH'],
      HOME: this.top,
      WAYBILL_HOME: this.home,
      GIT_AUTHOR_NAME: PERSON.name,
      GIT_AUTHOR_EMAIL: PERSON.email,
      GIT_COMMITTER_NAME: PERSON.name,
      GIT_COMMITTER_EMAIL: PERSON.email,
    };
  }
}

/** A step that runs the command that it names; what it shows must match. */
export function shows(says: string, what: RegExp, ...more: readonly string[]): Step<SourceWorld> {
  return {
    says,
    does: async (world) => {
      const [named] = findNamedCommands(says);
      if (named === undefined || findCommand(named.words) === undefined) throw new Error(says);
      const { stdout, stderr } = await world.try(...named.words, ...more);
      if (!what.test(stdout + stderr)) throw new Error(`${says}: ${stdout}${stderr}`);
    },
  };
}
