import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
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

/**
 * Exports a commit into a new folder, compiles it there, and installs the packages of its lock with
 * their hashes checked.
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
    const packaged = await packagedFiles(folder, manifest);
    return {
      commit,
      epoch,
      version: manifest.version,
      lock,
      packaged,
      modules: await installModules(folder),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The files that package.json names under `files`, and package.json. npm packs the same
 * (test/e2e/package.test.ts).
 */
async function packagedFiles(
  folder: string,
  { files, bin }: Manifest,
): Promise<readonly PackedFile[]> {
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  await buildInto(folder);
  rmSync(join(folder, 'node_modules'));
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
