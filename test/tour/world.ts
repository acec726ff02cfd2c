import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { debianBase } from '../support/app-images.ts';
import { CommandLine, type RunningCommand } from '../support/command-line.ts';
import { packFeed } from '../support/dated-feed.ts';
import { type Cell, FULL, type TourRow } from './cells.ts';
import { type TourImage, writeImage } from './images.ts';
import type { TourRepository } from './repositories.ts';

interface RuleResult {
  readonly rule: string;
  readonly action: string;
  readonly outcome: string;
}
interface ScanAnswer {
  readonly targets: readonly {
    readonly report: {
      readonly outcome: string;
      readonly notCovered: readonly { readonly why: string }[];
    };
  }[];
}

const SUBJECT = 'CN=release,O=shop,ST=WA,C=US';

/** A home with a key, trust, a policy and fresh advisories, and a registry on loopback. */
export class TourWorld {
  readonly #folder: string;
  readonly #waybill: CommandLine;
  readonly #registry: RunningCommand;
  readonly #address: string;

  private constructor(folder: string, waybill: CommandLine, registry: RunningCommand) {
    this.#folder = folder;
    this.#waybill = waybill;
    this.#registry = registry;
    this.#address = /\d+\.\d+\.\d+\.\d+:\d+/.exec(registry.line)?.[0] ?? '';
  }

  static async open(folder: string): Promise<TourWorld> {
    const waybill = new CommandLine(folder);
    const registry = await waybill.start(
      'registry',
      'serve',
      join(folder, 'store'),
      '--listen',
      '127.0.0.1:0',
    );
    const world = new TourWorld(folder, waybill, registry);
    await world.#prepare();
    return world;
  }

  async close(): Promise<void> {
    await this.#registry.stop();
  }

  async visitRepository({ name, files, image }: TourRepository): Promise<TourRow> {
    const key = toName(name);
    const tree = join(this.#folder, key);
    for (const [path, text] of Object.entries(files)) writeText(join(tree, path), text);
    commit(tree, `https://git.example.com/shop/${key}`);
    const init = await this.#waybill.run('init', tree, '--yes');
    const scan = await this.#scan(tree);
    const items = [...debianBase(), ...image];
    const built = { name, tool: 'docker buildx --output type=oci', items };
    const target = writeImage(join(this.#folder, `${key}-image`), built);
    const rest = await this.#publish(key, target, tree);
    const done: Cell = init.code === 0 ? FULL : { standing: 'no', why: takeError(init.stderr) };
    return { kind: 'repository', name, cells: { init: done, scan, ...rest } };
  }

  async visitImage(image: TourImage): Promise<TourRow> {
    const { name } = image;
    const key = toName(name);
    const target = writeImage(join(this.#folder, key), image);
    const papers = join(this.#folder, `${key}-papers`);
    for (const [path, text] of Object.entries(image.papers ?? {}))
      writeText(join(papers, path), text);
    const more = image.papers === undefined ? [] : ['--licenses-from', papers];
    const scan = await this.#scan(target);
    return {
      kind: 'image',
      name,
      cells: { scan, ...(await this.#publish(key, target, join(this.#folder, 'source'), more)) },
    };
  }

  async #prepare(): Promise<void> {
    const source = join(this.#folder, 'source');
    writeText(join(source, 'README.md'), 'The source of the images.\n');
    commit(source, 'https://git.example.com/shop/source');
    const run = (...words: readonly string[]) => this.#waybill.output(...words);
    await run('key', 'generate', '--subject', SUBJECT);
    const root = join(this.#waybill.home, 'keys/default.root.crt');
    const repository = `${this.#address}/shop/*`;
    await run(
      ...['trust', 'add', '--certificate', root, '--store', 'shop'],
      ...['--identity', SUBJECT, '--repository', repository],
    );
    const policy = (await run('policy', 'show', '--default')).replace(
      /allowedRegistries: .*/,
      `allowedRegistries: ["${this.#address}/shop"]`,
    );
    writeFileSync(join(this.#folder, 'policy.yaml'), policy);
    const files = ECOSYSTEMS.map((ecosystem, at) => {
      const file = join(this.#folder, `feed-${at}.json.gz`);
      writeFileSync(file, packFeed([recordFor(ecosystem)]));
      return file;
    });
    await run('advisories', 'import', ...files, '--covers', ECOSYSTEMS.join(','));
  }

  async #scan(target: string): Promise<Cell> {
    const { code, stdout, stderr } = await this.#waybill.run('scan', target, '--format', 'json');
    if (code !== 0 && code !== 1 && code !== 3) return { standing: 'no', why: takeError(stderr) };
    const { targets } = JSON.parse(stdout) as ScanAnswer;
    const [report] = targets.map((one) => one.report);
    if (report === undefined) return { standing: 'no', why: takeError(stderr) };
    if (report.outcome === 'complete') return FULL;
    return { standing: 'partial', why: shorten(report.notCovered.map(({ why }) => why)) };
  }

  async #publish(
    key: string,
    target: string,
    tree: string,
    more: readonly string[] = [],
  ): Promise<Readonly<Record<'release' | 'admission', Cell>>> {
    const reference = `${this.#address}/shop/${key}:1.0`;
    const policy = ['--policy', join(this.#folder, 'policy.yaml')];
    const released = await this.#waybill.runIn(
      tree,
      ...['release', reference, '--image', target, '--name', key, '--version', '1.0'],
      ...['--owner', 'shop', '--format', 'json', ...policy, ...more],
    );
    const release = toCell(released);
    if (released.code !== 0)
      return { release, admission: { standing: 'no', why: 'nothing was released' } };
    const admitted = await this.#waybill.run(
      ...['gate', 'admission', reference, '--format', 'json', ...policy],
    );
    return { release, admission: toCell(admitted) };
  }
}

/** One record of each ecosystem is enough for "looked up, and not found". */
const ECOSYSTEMS = [
  ...['Debian:12', 'npm', 'Maven', 'Go', 'PyPI', 'crates.io', 'RubyGems', 'NuGet'],
  ...['GitHub Actions', 'Packagist', 'Wolfi', 'Ubuntu:24.04:LTS', 'Alpine:v3.22', 'Bitnami'],
  ...['Red Hat:enterprise_linux:9::baseos'],
];

function recordFor(ecosystem: string): object {
  return {
    id: `EX-2026-${ECOSYSTEMS.indexOf(ecosystem) + 1}`,
    modified: new Date(Date.now() - 3_600_000).toISOString(),
    affected: [
      {
        package: { ecosystem, name: 'org.example:nothing-of-this-name' },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }],
      },
    ],
  };
}

function toCell({
  code,
  stdout,
  stderr,
}: {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}): Cell {
  if (code === 0) return FULL;
  const results = findResults(stdout).filter(
    ({ action, outcome }) => action === 'deny' && outcome !== 'holds',
  );
  if (results.length === 0) return { standing: 'no', why: takeError(stderr) };
  return { standing: 'no', why: shorten(results.map(({ rule, outcome }) => `${rule} ${outcome}`)) };
}

/** The results of the rules, of the answer of `release` or of a gate. */
function findResults(text: string): readonly RuleResult[] {
  const answer: unknown = text.trim() === '' ? null : JSON.parse(text);
  const found: RuleResult[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('results' in value && Array.isArray(value.results)) found.push(...value.results);
    else for (const inner of Object.values(value)) look(inner);
  };
  look(answer);
  return found;
}

function takeError(stderr: string): string {
  const said = /error: (.*)/.exec(stderr)?.[1] ?? 'no answer';
  // The folder is another one in each run.
  const inTree = said.replace(/^the components of \S+ are unknown: /, '');
  return inTree.replaceAll(/(?:^| in )\/\S+ ?/g, '').slice(0, 160);
}

/** The reasons, each once, without what differs in each run. */
function shorten(reasons: readonly string[]): string {
  const all = [...new Set(reasons.map((why) => why.slice(0, 160)))];
  return `${all.slice(0, 3).join('; ')}${all.length > 3 ? `; ${all.length - 3} more` : ''}`;
}

function toName(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

function writeText(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function commit(tree: string, remote: string): void {
  const git = (...words: readonly string[]): void =>
    void execFileSync(
      'git',
      ['-C', tree, '-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...words],
      { stdio: 'ignore' },
    );
  git('init', '--quiet', '--initial-branch=main');
  git('remote', 'add', 'origin', remote);
  git('add', '--all');
  git('-c', 'commit.gpgSign=false', 'commit', '--quiet', '--message', 'one');
}
