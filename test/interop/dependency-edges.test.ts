import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openFileTree } from '../../src/adapters/filesystem/index.ts';
import { inventoryTree } from '../../src/capabilities/inventory/index.ts';
import { parsePurl } from '../../src/core/purl.ts';
import { orThrow } from '../../src/core/result.ts';
import { peer, peersFolder } from '../support/peer.ts';

const work = mkdtempSync(join(tmpdir(), 'waybill-edges-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** `NAME@VERSION -> NAME@VERSION`, as an inventory says it. */
async function listEdges(
  folder: string,
  target: 'source-tree' | 'root-file-system',
): Promise<readonly string[]> {
  const { components, skips } = await inventoryTree(orThrow(openFileTree(folder)), '.', { target });
  if (target === 'source-tree') expect(skips).toEqual([]);
  const format = (purl: string): string => {
    const { namespace, name, version } = orThrow(parsePurl(purl));
    return `${namespace === null ? '' : `${namespace}/`}${name}@${version}`;
  };
  return components
    .flatMap(({ purl, dependsOn }) => dependsOn.map((to) => `${format(purl)} -> ${format(to)}`))
    .sort();
}

interface NpmNode {
  readonly version?: string;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, NpmNode>>;
}

/** Edges of packages; those of the parts of the project are its own requirements. */
function listNpmEdges(root: NpmNode): readonly string[] {
  const edges = new Set<string>();
  const visit = (from: string | null, node: NpmNode): void => {
    for (const [name, child] of Object.entries(node.dependencies ?? {})) {
      // What an optional peer would be is named without a version.
      if (child.version === undefined) continue;
      const isPart = child.resolved?.startsWith('file:') === true;
      // An alias is another name for what its address says.
      const real = /\/((?:@[^/]+\/)?[^/]+)\/-\//.exec(child.resolved ?? '')?.[1] ?? name;
      const id = isPart ? null : `${real}@${child.version}`;
      if (from !== null && id !== null) edges.add(`${from} -> ${id}`);
      visit(id, child);
    }
  };
  visit(null, root);
  return [...edges].sort();
}

/** Whether an edge leads to a package that its lock has for some systems only. */
function listForeign(folder: string): (edge: string) => boolean {
  const text = readFileSync(join(folder, 'package-lock.json'), 'utf8');
  const { packages } = JSON.parse(text) as {
    packages: Readonly<Record<string, { version?: string; os?: unknown; cpu?: unknown }>>;
  };
  const ids = new Set(
    Object.entries(packages).flatMap(([path, { version, os, cpu }]) =>
      os === undefined && cpu === undefined
        ? []
        : [`${path.slice(path.lastIndexOf('node_modules/') + 13)}@${version}`],
    ),
  );
  return (edge) => ids.has(edge.slice(edge.indexOf(' -> ') + 4)) && !isInstalled(folder, edge);
}

function isInstalled(folder: string, edge: string): boolean {
  const name = edge.slice(edge.indexOf(' -> ') + 4).replace(/@[^@]+$/, '');
  return existsSync(join(folder, 'node_modules', name));
}

/** With a scope, an alias, peers, optional ones and ones that need several versions of another. */
const POOL: readonly (readonly [string, string])[] = [
  ['debug', '^4.3.4'],
  ['chalk', '2.4.2'],
  ['rimraf', '^3.0.0'],
  ['acorn-jsx', '5.3.2'],
  ['acorn', '8.8.0'],
  ['old-ms', 'npm:ms@^1.0.0'],
  ['@babel/code-frame', '7.22.5'],
  ['supports-color', '>=7 <8'],
  ['react-dom', '18.2.0'],
  ['chokidar', '3.5.3'],
  ['ts-node', '10.9.1'],
];
const group = fc.subarray([...POOL], { maxLength: 5 }).map((some) => Object.fromEntries(some));
const PROJECTS = fc.sample(fc.record({ root: group, web: group }), {
  seed: 20_261_130,
  numRuns: 3,
});

function write(folder: string, files: Readonly<Record<string, object>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), JSON.stringify(content, null, 2));
  }
}

const npm = peer('npm');

describe.skipIf(npm === null)('B2: what needs what, as npm itself says', () => {
  it.each(PROJECTS.map((project, at) => [at, project] as const))(
    'project %i',
    async (at, { root, web }) => {
      const folder = join(work, `npm-${at}`);
      const base = { version: '1.0.0', private: true };
      write(folder, {
        'package.json': {
          ...{ name: 'shop', ...base, workspaces: ['packages/*'], dependencies: root },
          overrides: { ms: '2.1.2' },
        },
        'packages/web/package.json': { name: '@shop/web', ...base, dependencies: web },
      });
      const run = (args: readonly string[]): string => {
        const options = { cwd: folder, encoding: 'utf8', stdio: 'pipe' } as const;
        return execFileSync(npm ?? '', args, { ...options, maxBuffer: 64 * 1024 * 1024 });
      };
      run(['install', '--ignore-scripts', '--no-audit', '--no-fund']);
      const theirs = listNpmEdges(JSON.parse(run(['ls', '--all', '--json'])) as NpmNode);
      // What is for another system is locked, and npm lists what is installed here.
      const isForeign = listForeign(folder);
      const ours = await listEdges(folder, 'source-tree');
      expect(ours.filter((edge) => !isForeign(edge))).toEqual(theirs);
      // The same without the lock, as an image has them; parts of the project are packages there.
      const installed = await listEdges(folder, 'root-file-system');
      expect(installed.filter((edge) => !edge.includes('@shop/'))).toEqual(theirs);
    },
  );
});

/** What each package needs in this environment, without and with its extras. */
const ASK = `
import json, re, sysconfig
from importlib.metadata import distributions
from pip._vendor.packaging.requirements import Requirement
fold = lambda name: re.sub(r'[-_.]+', '-', name).lower()
place = sysconfig.get_paths()['purelib']
found = {fold(d.metadata['Name']): d for d in distributions(path=[place])}
plain, more = set(), set()
for name, one in found.items():
    for text in one.requires or []:
        asked = Requirement(text)
        if fold(asked.name) not in found: continue
        edge = f"{name}@{one.version} -> {fold(asked.name)}@{found[fold(asked.name)].version}"
        extras = re.findall(r"""extra\\s*==\\s*["']([^"']+)""", str(asked.marker or ''))
        holds = lambda given: asked.marker is None or asked.marker.evaluate(given)
        if holds({'extra': ''}): plain.add(edge)
        other = {'sys_platform': 'win32', 'platform_system': 'Windows', 'os_name': 'nt'}
        asks = [{**on, 'extra': extra} for extra in ['', *extras] for on in [{}, other]]
        if any(holds(one) for one in asks): more.add(edge)
print(json.dumps([sorted(plain), sorted(more)]))
`;
const PACKAGES = ['requests==2.31.0', 'flask==3.0.0', 'rich==13.7.0', 'celery[redis]==5.3.6'];

function prepareVenv(): string | null {
  const folder = join(peersFolder, 'python-edges');
  if (existsSync(join(folder, 'ready'))) return folder;
  try {
    mkdirSync(peersFolder, { recursive: true });
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'ignore' });
    const args = ['install', '-q', '--disable-pip-version-check', ...PACKAGES];
    execFileSync(join(folder, 'bin/pip'), args, { stdio: 'ignore', timeout: 300_000 });
    writeFileSync(join(folder, 'ready'), '');
    return folder;
  } catch {
    console.warn('skipped: edges of Python are not compared: pip cannot install packages');
    return null;
  }
}

const venv = prepareVenv();

describe.skipIf(venv === null)('B2: what needs what among installed packages of Python', () => {
  it('is all that pip resolves, and beside that what only an extra asks for', async () => {
    const folder = venv ?? '';
    const output = execFileSync(join(folder, 'bin/python'), ['-c', ASK], { encoding: 'utf8' });
    const [plain, withExtras] = JSON.parse(output) as [readonly string[], readonly string[]];
    const ours = (await listEdges(folder, 'root-file-system')).map((edge) => edge.toLowerCase());
    const isKnown = new Set(withExtras.map((edge) => edge.toLowerCase()));
    expect(plain.filter((edge) => !ours.includes(edge.toLowerCase()))).toEqual([]);
    // Which extras somebody asked for is recorded nowhere; a platform may be another one.
    const rest = ours.filter((edge) => !isKnown.has(edge));
    expect(rest).toEqual([]);
  });
});
