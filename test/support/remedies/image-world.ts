import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatRepository } from '../../../src/core/image-reference.ts';
import { orThrow } from '../../../src/core/result.ts';
import type { Gate } from '../../../src/core/verdict.ts';
import type { TarItem } from '../../../tools/image/tar.ts';
import { packFeed } from '../dated-feed.ts';
import { debianImage, type Package } from '../debian-image.ts';
import { findCommand, findNamedCommands } from '../named-commands.ts';
import { requireSuccess, runHere } from '../run-here.ts';
import { Scene, TRUSTED } from '../scene.ts';
import { ADVISORIES } from '../scene-advisories.ts';
import { makeSourceRepository } from '../source-repository.ts';
import type { Answer, RemedyWorld, Step } from './remedy.ts';

const SUBJECT = 'CN=ci,O=Shop,ST=WA,C=US';
const SOURCE = 'https://git.example.com/shop/app';
export const TZDATA: Package = { name: 'tzdata', version: '2024a-0+deb12u1' };

/** A user with a key, a policy, advisories and a registry. Commands run in this process. */
export class ImageWorld implements RemedyWorld {
  readonly scene: Scene;
  readonly folder: string;
  readonly home: string;
  readonly #commit: string;
  #policy = '';
  #name = 'app0';
  #count = 0;

  private constructor(scene: Scene) {
    this.scene = scene;
    this.folder = join(scene.folder, 'user');
    this.home = join(this.folder, 'home');
    mkdirSync(this.home, { recursive: true, mode: 0o700 });
    this.#commit = makeSourceRepository(this.folder, SOURCE);
  }

  static async open(): Promise<ImageWorld> {
    const world = new ImageWorld(await Scene.open());
    await world.run('key', 'generate', 'ci', '--subject', SUBJECT);
    world.#policy = (await world.run('policy', 'show', '--default')).stdout;
    return world;
  }

  close(): Promise<void> {
    return this.scene.close();
  }

  get image(): string {
    return `${this.scene.registry.registry}/shop/${this.#name}:1.0`;
  }

  /** An image of a new name in a world where everything else is in order. */
  async start(
    packages: readonly Package[] = [TZDATA],
    licence = 'MIT',
    more: readonly TarItem[] = [],
  ) {
    this.#name = `app${++this.#count}`;
    // What another case released or imported would be judged as well.
    for (const name of readdirSync(this.home))
      if (name.startsWith('waybill.db')) rmSync(join(this.home, name), { recursive: true });
    await this.build(packages, licence, more);
    await this.feed(ADVISORIES);
    this.setPolicy();
    await this.trust();
  }

  /** Pushes what a build would make, under the name of the image. */
  async build(packages: readonly Package[], licence = 'MIT', more: readonly TarItem[] = []) {
    const { client } = this.scene;
    const { manifest, blobs } = debianImage(packages, licence, 'amd64', more);
    const repository = formatRepository(this.scene.reference(this.#name));
    for (const blob of blobs) orThrow(await client.pushBlob(repository, blob));
    orThrow(await client.pushManifest(repository, manifest, '1.0'));
  }

  async feed(records: readonly object[], at?: number): Promise<void> {
    rmSync(join(this.home, 'advisories.db'), { force: true });
    await this.addFeed(records, at);
  }

  async addFeed(records: readonly object[], at?: number): Promise<void> {
    writeFileSync(join(this.folder, 'feed.ndjson'), packFeed(records, at));
    await this.run('advisories', 'import', 'feed.ndjson', '--covers', 'npm,Debian');
  }

  /** The default policy with the registry of this world, and other changes. */
  setPolicy(change: (text: string) => string = (text) => text): void {
    const allowed = `allowedRegistries: ["${this.scene.registry.registry}/shop"]`;
    const text = this.#policy.replace('allowedRegistries: []', allowed);
    writeFileSync(join(this.home, 'policy.yaml'), change(text));
  }

  /** Adds an exception of a rule for the image, as the guide shows it. */
  except(rule: string): void {
    const file = join(this.home, 'policy.yaml');
    const [repository] = this.image.split(/:1[.]0$/);
    const exception = `  - rule: ${rule}\n    match: { repository: "${repository}" }\n    owner: shop\n    reason: Known.\n    expires: 2099-01-31\n`;
    const before = readFileSync(file, 'utf8');
    const list = before.includes('\nexceptions:\n') ? '' : 'exceptions:\n';
    writeFileSync(file, `${before}${list}${exception}`);
  }

  /** Names only the key of this identity in the trust document. */
  async trust(identity: string = SUBJECT): Promise<void> {
    rmSync(join(this.home, 'trust.yaml'), { force: true });
    rmSync(join(this.home, 'notation'), { recursive: true, force: true });
    await this.run('trust', 'add', ...this.#words('trust add', identity));
  }

  /** Releases the image, whatever the gate says: it only observes meanwhile. */
  async publish(): Promise<void> {
    const file = join(this.home, 'policy.yaml');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace('mode: enforce', 'mode: observe'));
    await this.run('release', ...this.#words('release'));
    writeFileSync(file, before);
  }

  /** Publishes documents of a key of the scene, which is trusted as well. */
  async attach(publication: Parameters<Scene['attach']>[2]): Promise<void> {
    const root = join(this.folder, 'scene.crt');
    writeFileSync(root, this.scene.release.rootPem);
    const who = ['--certificate', root, '--store', 'scene', '--identity', TRUSTED];
    const where = ['--repository', `${this.scene.registry.registry}/shop/*`];
    await this.run('trust', 'add', ...who, ...where);
    const reference = this.scene.reference(this.#name);
    const subject = orThrow(await this.scene.client.resolve(reference));
    await this.scene.attach(this.#name, subject, publication);
  }

  /** From now on the image has this name. */
  rename(change: (name: string) => string): void {
    this.#name = change(this.#name);
  }

  async run(...args: readonly string[]) {
    return requireSuccess(args, await this.try(...args));
  }

  try(...args: readonly string[]) {
    const env = { PATH: process.env['PATH'], HOME: this.folder, WAYBILL_HOME: this.home };
    return runHere(args, { cwd: this.folder, env });
  }

  async ask(gate: Gate): Promise<Answer> {
    if (gate === 'audit') return this.#audit();
    const { stdout } = await this.try('gate', gate, this.image, '--format', 'json');
    const { verdicts } = JSON.parse(stdout) as { readonly verdicts: readonly Answer[] };
    return verdicts[0] as Answer;
  }

  /** The audit of a cluster that runs what the name of the image means now. */
  async #audit(): Promise<Answer> {
    const { digest } = orThrow(await this.scene.client.resolve(this.scene.reference(this.#name)));
    const container = { name: 'app', image: this.image };
    const running = { state: { running: { startedAt: '2026-01-01T00:00:00Z' } } };
    const imageID = `${this.image.replace(/:1[.]0$/, '')}@${digest}`;
    const pod = {
      kind: 'Pod',
      metadata: { name: 'app', namespace: 'shop', uid: digest.slice(7, 40) },
      spec: { nodeName: 'one', containers: [container] },
      status: { phase: 'Running', containerStatuses: [{ ...container, imageID, ...running }] },
    };
    const node = { kind: 'Node', metadata: { name: 'one', uid: `node-${this.#name}` } };
    const list = { apiVersion: 'v1', kind: 'List', items: [node, pod] };
    writeFileSync(join(this.folder, 'pods.json'), JSON.stringify(list));
    await this.run('watch', '--from', 'pods.json', '--cluster', this.#name, '--region', 'none');
    const { stdout } = await this.try('audit', '--dry-run', '--format', 'json');
    const { audited } = JSON.parse(stdout) as { readonly audited: readonly AuditAnswer[] };
    const found = audited.find(
      ({ image, running }) => image === digest && running?.cluster === this.#name,
    );
    if (found === undefined)
      throw new Error(`the audit has no ${imageID}: ${stdout.slice(0, 500)}`);
    return found;
  }

  /** What a user adds to a command that a fix names. */
  #words(name: string, identity: string = SUBJECT): readonly string[] {
    const who = ['--certificate', join(this.home, 'keys/ci.root.crt'), '--store', 'ci'];
    const where = `${this.scene.registry.registry}/shop/*`;
    const of = ['--name', 'app', '--version', '1.0', '--owner', 'shop'];
    const from = ['--repo', SOURCE, '--commit', this.#commit, '--key', 'ci'];
    const words: Readonly<Record<string, readonly string[]>> = {
      sign: [this.image, '--key', 'ci', '--expires-in', '90d'],
      release: [this.image, '--image', this.image, ...of, ...from],
      'advisories import': ['feed.ndjson'],
      'trust add': [...who, '--identity', identity, '--repository', where],
      scan: [this.image],
      rescan: [this.image, '--key', 'ci'],
      sbom: [this.image],
    };
    return words[name] ?? [];
  }

  /** Runs a command as a fix names it. */
  async follow(says: string) {
    const [named] = findNamedCommands(says);
    const path = findCommand(named?.words ?? [])?.path ?? [];
    return this.try(...(named?.words ?? []), ...this.#words(path.join(' ')));
  }
}

interface AuditAnswer extends Answer {
  readonly image: string;
  readonly running: { readonly cluster: string } | null;
}

/** A step that runs the command that it names, which must end with one of the codes. */
export function runs(says: string, ...codes: readonly number[]): Step<ImageWorld> {
  return {
    says,
    does: async (world) => {
      const { code, stdout, stderr } = await world.follow(says);
      if (!(codes.length === 0 ? [0] : codes).includes(code))
        throw new Error(`${says}: ${code}: ${stdout}${stderr}`);
    },
  };
}
