import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openFileTree } from '../../src/adapters/filesystem/index.ts';
import type { Inventory } from '../../src/capabilities/ecosystems/index.ts';
import { completeRequirements, inventoryTree } from '../../src/capabilities/inventory/index.ts';
import { findDependencyPaths } from '../../src/capabilities/scanning/index.ts';
import { type Purl, parsePurl } from '../../src/core/purl.ts';
import { orThrow } from '../../src/core/result.ts';
import { peer, peersFolder } from '../support/peer.ts';

const work = mkdtempSync(join(tmpdir(), 'waybill-lock-edges-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

function format(purl: Purl): string {
  const { namespace, name, version } = orThrow(parsePurl(purl));
  return `${namespace === null ? '' : `${namespace}/`}${name}@${version}`;
}

function listEdges({ components }: Inventory): readonly string[] {
  return components
    .flatMap(({ purl, dependsOn }) => dependsOn.map((to) => `${format(purl)} -> ${format(to)}`))
    .sort();
}

/** Edges and what the project itself requires, of a tree that is read whole. */
async function read(folder: string): Promise<{
  readonly inventory: Inventory;
  readonly edges: readonly string[];
  readonly direct: readonly string[];
  readonly development: readonly string[];
}> {
  const inventory = await inventoryTree(orThrow(openFileTree(folder)), '.');
  expect(inventory.skips).toEqual([]);
  const { components, direct = [] } = inventory;
  return {
    inventory,
    edges: listEdges(inventory),
    direct: direct.map(format).sort(),
    development: components.flatMap((one) => (one.development ? [format(one.purl)] : [])).sort(),
  };
}

const unique = (names: Iterable<string>): readonly string[] => [...new Set(names)].sort();

function write(folder: string, files: Readonly<Record<string, string | object>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    const text = typeof content === 'string' ? content : JSON.stringify(content, null, 2);
    writeFileSync(join(folder, path), text);
  }
}

/** Prepares a tool once in the folder of peers; null, with a message, where it cannot be had. */
function prepare(name: string, path: string, steps: readonly (readonly string[])[]): string | null {
  const folder = join(peersFolder, name);
  const program = join(folder, path);
  if (existsSync(program)) return program;
  try {
    mkdirSync(folder, { recursive: true });
    for (const [command = '', ...args] of steps)
      execFileSync(command, args, { cwd: folder, stdio: 'ignore', timeout: 300_000 });
  } catch {
    console.warn(`skipped: edges are not compared with ${name}: it cannot be installed`);
    return null;
  }
  return existsSync(program) ? program : null;
}

const pnpm = prepare('npm-pnpm-10.34.9', 'node_modules/pnpm/bin/pnpm.cjs', [
  ['npm', 'install', '--prefix', '.', '--no-audit', '--no-fund', 'pnpm@10.34.9'],
]);

/** With a scope, an alias, a peer, and packages that need several versions of another. */
const POOL: readonly (readonly [string, string])[] = [
  ['debug', '^4.3.4'],
  ['chalk', '2.4.2'],
  ['rimraf', '^3.0.0'],
  ['acorn-jsx', '5.3.2'],
  ['acorn', '8.8.0'],
  ['old-ms', 'npm:ms@^1.0.0'],
  ['@babel/code-frame', '7.22.5'],
  ['react-dom', '18.2.0'],
  ['react', '18.2.0'],
  ['express', '4.17.1'],
];
const group = fc.subarray([...POOL], { maxLength: 4 }).map((some) => Object.fromEntries(some));
const PROJECTS = fc.sample(fc.record({ root: group, web: group, tools: group }), {
  seed: 20_261_201,
  numRuns: 4,
});

interface PnpmNode {
  readonly from?: string;
  readonly version?: string;
  readonly path?: string;
  readonly dependencies?: Readonly<Record<string, PnpmNode>>;
  readonly devDependencies?: Readonly<Record<string, PnpmNode>>;
  readonly optionalDependencies?: Readonly<Record<string, PnpmNode>>;
}

const listGroup = (given: Readonly<Record<string, PnpmNode>> | undefined) =>
  Object.entries(given ?? {}).map(([name, node]) => ({
    id: `${node.from ?? name}@${node.version}`,
    node,
  }));

function listPnpm(projects: readonly PnpmNode[]) {
  const edges = new Set<string>();
  const visit = (from: string, { dependencies }: PnpmNode): void => {
    for (const { id, node } of listGroup(dependencies)) {
      edges.add(`${from} -> ${id}`);
      visit(id, node);
    }
  };
  const direct = projects.flatMap((one) =>
    [one.dependencies, one.devDependencies, one.optionalDependencies].flatMap(listGroup),
  );
  for (const { id, node } of direct) visit(id, node);
  return { edges: unique(edges), direct: unique(direct.map(({ id }) => id)) };
}

describe.skipIf(pnpm === null)('B2 D8: what needs what in a lock, as pnpm lists it', () => {
  it.each(PROJECTS.map((project, at) => [at, project] as const))(
    'project %i',
    { timeout: 120_000 },
    async (at, { root, web, tools }) => {
      const folder = join(work, `pnpm-${at}`);
      const base = { version: '1.0.0', private: true };
      write(folder, {
        'package.json': { name: 'shop', ...base, dependencies: root },
        'packages/web/package.json': {
          ...{ name: '@shop/web', ...base, dependencies: web },
          devDependencies: Object.fromEntries(
            Object.entries(tools).filter(([name]) => !Object.hasOwn(web, name)),
          ),
        },
        'pnpm-workspace.yaml': 'packages:\n  - packages/*\noverrides:\n  ms: 2.1.2\n',
      });
      const run = (...args: readonly string[]): string =>
        execFileSync(process.execPath, [pnpm ?? '', ...args], {
          ...{ cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 },
          stdio: ['ignore', 'pipe', 'ignore'],
        });
      run('install', '--lockfile-only', '--ignore-scripts');
      const listed = run('list', '-r', '--depth', 'Infinity', '--json', '--lockfile-only');
      const theirs = listPnpm(JSON.parse(listed) as readonly PnpmNode[]);
      const ours = await read(folder);
      expect(unique(ours.edges)).toEqual(theirs.edges);
      expect(ours.direct).toEqual(theirs.direct);
      const production = run(
        'list',
        '-r',
        '--depth',
        'Infinity',
        '--json',
        '--lockfile-only',
        '-P',
      );
      const shipped = listPnpm(JSON.parse(production) as readonly PnpmNode[]);
      const kept = new Set([
        ...shipped.direct,
        ...shipped.edges.map((edge) => edge.slice(edge.indexOf(' -> ') + 4)),
      ]);
      const all = ours.inventory.components.map(({ purl }) => format(purl));
      expect(ours.development).toEqual(unique(all.filter((id) => !kept.has(id))));
      // The same without the lock, as an image has them.
      run('install', '--frozen-lockfile', '--ignore-scripts');
      const installed = await inventoryTree(orThrow(openFileTree(folder)), '.', {
        target: 'root-file-system',
      });
      const isOwn = (edge: string): boolean => edge.includes('@shop/');
      expect(listEdges(installed).filter((edge) => !isOwn(edge))).toEqual(theirs.edges);
    },
  );
});

const uv = prepare('uv-edges', 'venv/bin/uv', [
  ['python3', '-m', 'venv', 'venv'],
  ['venv/bin/pip', 'install', '-q', '--disable-pip-version-check', 'uv==0.13.9'],
]);

interface Bom {
  readonly metadata: { readonly component: { readonly 'bom-ref': string } };
  readonly components: readonly {
    readonly 'bom-ref': string;
    readonly name: string;
    readonly version: string;
  }[];
  readonly dependencies: readonly {
    readonly ref: string;
    readonly dependsOn?: readonly string[];
  }[];
}

function readBom({ metadata, components, dependencies }: Bom) {
  const names = new Map(components.map((one) => [one['bom-ref'], `${one.name}@${one.version}`]));
  const name = (ref: string): string => names.get(ref) ?? ref;
  const root = metadata.component['bom-ref'];
  const listed = dependencies.flatMap(({ ref, dependsOn = [] }) =>
    dependsOn.map((to) => [ref, to] as const),
  );
  return {
    edges: unique(
      listed.flatMap(([from, to]) => (from === root ? [] : [`${name(from)} -> ${name(to)}`])),
    ),
    direct: unique(listed.flatMap(([from, to]) => (from === root ? [name(to)] : []))),
    all: unique(names.values()),
  };
}

describe.skipIf(uv === null)('B2 D8: what needs what in a lock, as uv exports it', () => {
  it.each([
    [
      'markers, extras and groups',
      'dependencies = ["flask==2.3.3", "requests[socks]==2.31.0", "colorama; sys_platform == \'win32\'"]\n' +
        '[project.optional-dependencies]\nimages = ["markdown==3.5"]\n' +
        '[dependency-groups]\ndev = ["pytest==8.0.0", {include-group = "lint"}]\nlint = ["pyflakes==3.2.0"]\n',
    ],
    [
      'two versions of one package',
      'dependencies = ["numpy==1.26.4; python_version < \'3.12\'", "numpy==2.0.0; python_version >= \'3.12\'", "pandas==2.2.2"]\n',
    ],
    ['extras of extras', 'dependencies = ["celery[redis]==5.3.6", "rich==13.7.0"]\n'],
  ])('%s', { timeout: 180_000 }, async (title, body) => {
    const folder = join(work, `uv-${title.replaceAll(/\W/g, '-')}`);
    const project =
      '[project]\nname = "shop"\nversion = "1.0.0"\nrequires-python = ">=3.10,<3.14"\n';
    write(folder, { 'pyproject.toml': `${project}${body}` });
    const run = (...args: readonly string[]): string =>
      execFileSync(uv ?? '', args, {
        ...{ cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
      });
    run('lock');
    const form = ['export', '--format', 'cyclonedx1.5', '--frozen', '--all-extras'] as const;
    const whole = readBom(JSON.parse(run(...form, '--all-groups')) as Bom);
    const ours = await read(folder);
    expect(ours.inventory.components.map(({ purl }) => format(purl)).sort()).toEqual(whole.all);
    expect(unique(ours.edges)).toEqual(whole.edges);
    expect(ours.direct).toEqual(whole.direct);
    const shipped = readBom(JSON.parse(run(...form, '--no-default-groups')) as Bom);
    expect(ours.development).toEqual(whole.all.filter((id) => !shipped.all.includes(id)));
  });
});

const go = peer('go');

describe.skipIf(go === null)('B2 D8: what a module of Go requires itself, as Go says', () => {
  it.each([
    ['1.17', { 'github.com/spf13/cobra': 'github.com/spf13/cobra@v1.8.0' }],
    [
      '1.22',
      {
        'github.com/sirupsen/logrus': 'github.com/sirupsen/logrus@v1.9.3',
        'golang.org/x/net/http2': 'golang.org/x/net@v0.20.0',
      },
    ],
  ] as const)('Go %s', { timeout: 120_000 }, async (version, imports) => {
    const folder = join(work, `go-${version}`);
    const lines = Object.keys(imports).map((path) => `\t_ "${path}"`);
    write(folder, {
      'go.mod': `module example.com/app\n\ngo ${version}\n`,
      'main.go': `package main\n\nimport (\n${lines.join('\n')}\n)\n\nfunc main() {}\n`,
    });
    const run = (...args: readonly string[]): string =>
      execFileSync(go ?? '', args, {
        ...{ cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
        env: { ...process.env, GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local' },
      });
    run('get', ...Object.values(imports));
    run('mod', 'tidy', `-go=${version}`);
    const rule = '{{if not (or .Main .Indirect)}}{{.Path}}@{{.Version}}{{end}}';
    const asked = unique(run('list', '-m', '-f', rule, 'all').split('\n').filter(Boolean));
    const edges = run('mod', 'graph').split('\n').filter(Boolean);
    const fromRoot = edges.flatMap((line) => /^example\.com\/app (\S+)$/.exec(line)?.[1] ?? []);
    const ours = await read(folder);
    expect(ours.direct).toEqual(asked);
    expect(asked.filter((one) => !fromRoot.includes(one))).toEqual([]);
    // What one module needs of another is in the other's go.mod, which is not in this tree.
    expect(ours.edges).toEqual([]);
    // It is in the module cache: each edge is one of the graph, in the versions that are used.
    const tree = orThrow(openFileTree(run('env', 'GOMODCACHE').trim()));
    const whole = await completeRequirements(ours.inventory, [{ name: 'mod', tree }]);
    const ids = whole.components.map(({ purl }) => format(purl));
    const used = new Map(ids.map((id) => [id.slice(0, id.lastIndexOf('@')), id]));
    const known = new Set(
      edges.map((line) => {
        const [from = '', to = ''] = line.toLowerCase().split(' ');
        return `${from} -> ${used.get(to.slice(0, to.lastIndexOf('@')))}`;
      }),
    );
    expect(listEdges(whole).filter((edge) => !known.has(edge))).toEqual([]);
    const findPath = findDependencyPaths(whole);
    expect(whole.components.filter(({ purl }) => findPath(purl) === null)).toEqual([]);
  });
});
