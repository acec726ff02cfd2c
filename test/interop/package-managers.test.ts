import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openFileTree } from '../../src/adapters/filesystem/index.ts';
import { inventoryTree, readDeclaredDependencies } from '../../src/capabilities/inventory/index.ts';
import { parsePurl } from '../../src/core/purl.ts';
import { orThrow } from '../../src/core/result.ts';
import { peersFolder } from '../support/peer.ts';

const work = mkdtempSync(join(tmpdir(), 'waybill-managers-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** A package manager of JavaScript, and how it says what a project has. */
interface Manager {
  readonly title: string;
  /** As npm installs it. */
  readonly spec: string;
  /** Its program, in the folder that it is installed into. */
  readonly program: string;
  readonly install: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  /** Further members of the root's package.json. */
  readonly root?: object;
  list(run: (args: readonly string[]) => string): readonly string[];
}

const pnpm = (version: string, program = 'pnpm/bin/pnpm.cjs'): Manager => ({
  title: `pnpm ${version}`,
  spec: `pnpm@${version}`,
  program,
  install: ['install', '--ignore-scripts', '--no-frozen-lockfile'],
  files: { 'pnpm-workspace.yaml': 'packages:\n  - packages/*\n' },
  list: (run) => listPnpm(JSON.parse(run(['list', '-r', '--depth', 'Infinity', '--json']))),
});
const berry = (version: string): Manager => ({
  title: `Yarn ${version}`,
  spec: `@yarnpkg/cli-dist@${version}`,
  program: '@yarnpkg/cli-dist/bin/yarn.js',
  install: ['install', '--mode=skip-build', '--no-immutable'],
  files: { 'yarn.lock': '', '.yarnrc.yml': 'enableTelemetry: false\nnodeLinker: node-modules\n' },
  list: (run) => listBerry(run(['info', '-A', '-R', '--json'])),
});

const npm = (version: string): Manager => ({
  title: `npm ${version}`,
  spec: `npm@${version}`,
  program: 'npm/bin/npm-cli.js',
  install: ['install', '--ignore-scripts', '--no-audit', '--no-fund'],
  // The version that the root sets counts for its workspaces too.
  root: { overrides: { 'color-name': '1.1.3', ms: '2.1.2' } },
  list: (run) =>
    (JSON.parse(run(['query', '*'])) as { name: string; version: string }[]).map(
      ({ name, version }) => `${name}@${version}`,
    ),
});

const MANAGERS: readonly Manager[] = [
  npm('9.9.4'),
  npm('11.6.2'),
  pnpm('7.33.7'),
  pnpm('8.15.9'),
  pnpm('9.15.9'),
  pnpm('10.34.9'),
  pnpm('11.28.11', 'pnpm/bin/pnpm.mjs'),
  pnpm('12.21.0', 'pnpm/pnpm'),
  {
    title: 'Yarn 1.22.22',
    spec: 'yarn@1.22.22',
    program: 'yarn/bin/yarn.js',
    install: ['install', '--ignore-scripts', '--ignore-engines'],
    list: (run) => listClassic(run(['list', '--json'])),
  },
  berry('3.8.7'),
  berry('4.18.1'),
  {
    title: 'bun 1.4.5',
    spec: 'bun@1.4.5',
    program: 'bun/bin/bun.exe',
    install: ['install', '--ignore-scripts'],
    list: (run) => listBun(run(['pm', 'ls', '--all'])),
  },
];

interface PnpmNode {
  readonly from?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, PnpmNode>>;
  readonly devDependencies?: Readonly<Record<string, PnpmNode>>;
  readonly optionalDependencies?: Readonly<Record<string, PnpmNode>>;
}

function listPnpm(nodes: readonly PnpmNode[]): readonly string[] {
  return nodes.flatMap(({ dependencies, devDependencies, optionalDependencies }) =>
    [dependencies, devDependencies, optionalDependencies].flatMap((group) =>
      Object.entries(group ?? {}).flatMap(([name, node]) => [
        `${node.from ?? name}@${node.version}`,
        ...listPnpm([node]),
      ]),
    ),
  );
}

interface ClassicNode {
  readonly name: string;
  readonly shadow?: boolean;
  readonly children?: readonly ClassicNode[];
}

function listClassic(output: string): readonly string[] {
  const visit = ({ name, shadow, children = [] }: ClassicNode): readonly string[] => [
    ...(shadow === true ? [] : [name]),
    ...children.flatMap(visit),
  ];
  const trees = output.split('\n').filter((line) => line.startsWith('{"type":"tree"'));
  return trees.flatMap((line) =>
    (JSON.parse(line) as { data: { trees: readonly ClassicNode[] } }).data.trees.flatMap(visit),
  );
}

function listBerry(output: string): readonly string[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => (JSON.parse(line) as { value: string }).value)
    .flatMap((locator) => /^(.+)@npm:([^@]+)$/.exec(locator)?.slice(1, 3).join('@') ?? []);
}

function listBun(output: string): readonly string[] {
  return output.split('\n').flatMap((line) => /[─] (\S+@[0-9]\S*)$/.exec(line)?.[1] ?? []);
}

/** The program of a package manager, installed once; null where it cannot be had. */
function fetchManager({ title, spec, program }: Manager): string | null {
  const folder = join(peersFolder, `npm-${spec.replaceAll(/[@/]/g, '-')}`);
  const path = join(folder, 'node_modules', program);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', spec];
  try {
    execFileSync('npm', args, { stdio: 'ignore', timeout: 150_000 });
  } catch {
    console.warn(`skipped: locks of ${title} are not compared with it: npm cannot install it`);
    return null;
  }
  return existsSync(path) ? path : null;
}

/** Small packages, with a scope, an alias, peers, and one for another system. */
const POOL: readonly (readonly [string, string])[] = [
  ['debug', '^4.3.4'],
  ['chalk', '2.4.2'],
  ['rimraf', '^3.0.0'],
  ['acorn', '8.8.0'],
  ['acorn-jsx', '5.3.2'],
  ['semver', '^7.3.0'],
  ['minimist', '~1.2.0'],
  ['old-ms', 'npm:ms@^1.0.0'],
  ['@babel/code-frame', '7.22.5'],
  ['supports-color', '>=7 <8'],
  ['glob', '^7.0.0'],
  ['left-pad', '1.3.0'],
];
const group = fc.subarray([...POOL], { maxLength: 4 }).map((some) => Object.fromEntries(some));
const member = fc.record({ dependencies: group, devDependencies: group }).map((one) => ({
  ...one,
  // What is in both is not for development.
  devDependencies: Object.fromEntries(
    Object.entries(one.devDependencies).filter(([name]) => !Object.hasOwn(one.dependencies, name)),
  ),
}));
const PROJECTS = fc.sample(fc.record({ root: member, web: member, api: member }), {
  seed: 20_261_129,
  numRuns: 4,
});

function writeProject(folder: string, files: Readonly<Record<string, string | object>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    const text = typeof content === 'string' ? content : JSON.stringify(content, null, 2);
    writeFileSync(join(folder, path), text);
  }
}

const own = (name: string): boolean => /^(?:shop|@shop\/\w+)@/.test(name);
const unique = (names: readonly string[]): readonly string[] => [...new Set(names)].sort();

describe.each(MANAGERS)('B2: a lock of $title', (manager) => {
  const program = fetchManager(manager);

  it.skipIf(program === null).each(PROJECTS.map((project, at) => [at, project] as const))(
    'has the packages that it lists itself, project %i',
    async (at, { root, web, api }) => {
      const folder = join(work, `${manager.spec.replaceAll(/[@/]/g, '-')}-${at}`);
      const workspaces = ['packages/*'];
      writeProject(folder, {
        'package.json': {
          name: 'shop',
          version: '1.0.0',
          private: true,
          workspaces,
          ...root,
          ...manager.root,
        },
        'packages/web/package.json': { name: '@shop/web', version: '1.0.0', ...web },
        'packages/api/package.json': { name: '@shop/api', version: '1.0.0', ...api },
        ...manager.files,
      });
      const run = (args: readonly string[]): string => {
        const script = /\.[cm]?js$/.test(program ?? '');
        const [file, all] = script
          ? [process.execPath, [program ?? '', ...args]]
          : [program ?? '', args];
        const env = { ...process.env, CI: '', COREPACK_ENABLE_STRICT: '0' };
        return execFileSync(file, all, { cwd: folder, encoding: 'utf8', env, stdio: 'pipe' });
      };
      run(manager.install);
      const tree = orThrow(openFileTree(folder));
      const inventory = await inventoryTree(tree, '.');
      const listed = unique(manager.list(run)).filter((name) => !own(name) && name !== 'undefined');
      const named = inventory.components.map(({ purl }) => {
        const { namespace, name, version } = orThrow(parsePurl(purl));
        return `${namespace === null ? '' : `${namespace}/`}${name}@${version}`;
      });
      // Yarn 1 and bun list an alias under the name that the project gives it.
      const listsAlias = /^(?:yarn|bun)@/.test(manager.spec);
      const known = named.map((name) =>
        listsAlias && name === 'ms@1.0.0' ? 'old-ms@1.0.0' : name,
      );
      expect([unique(known), inventory.skips]).toEqual([listed, []]);
      const declared = await readDeclaredDependencies(tree);
      expect([
        declared.outcome,
        declared.dependencies.filter((one) => one.pinned !== 'yes'),
      ]).toEqual(['complete', []]);
    },
  );
});
