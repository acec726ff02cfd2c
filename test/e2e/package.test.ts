import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  globSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root, run } from '../../tools/process.ts';

interface Manifest {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

/**
 * `npm install` of the tarball into an empty folder. `npm ci` does not cache the metadata that npm
 * would ask a registry for, so that this runs without a network the dependencies are overridden by
 * what `npm ci` installed; npm does everything else: unpacking, the tree, the command in `.bin`.
 */
async function install(tarball: string, folder: string): Promise<string> {
  const names = Object.keys(lockedPackages());
  const overrides = Object.fromEntries(
    names.map((name) => [name, pathToFileURL(join(root, 'node_modules', name)).href]),
  );
  const manifest = {
    name: 'empty',
    private: true,
    dependencies: { waybill: pathToFileURL(tarball).href },
    overrides,
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const flags = [
    '--offline',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--install-links=false',
  ];
  const { code, stderr } = await npm(['install', ...flags], folder);
  if (code !== 0) throw new Error(stderr);
  return join(folder, 'node_modules', 'waybill');
}

/** What the lock installs for users: no development tools, nothing nested. */
function lockedPackages(): Readonly<Record<string, unknown>> {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  const entries = Object.entries(lock.packages).filter(([path, entry]) => {
    return (
      /^node_modules\/(?!.*node_modules\/)/.test(path) &&
      !entry.dev &&
      !entry.devOptional &&
      !entry.optional &&
      !entry.link
    );
  });
  return Object.fromEntries(
    entries.map(([path, entry]) => [path.slice('node_modules/'.length), entry]),
  );
}

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly dev?: true;
        readonly devOptional?: true;
        readonly optional?: true;
        readonly link?: true;
      }
    >
  >;
}

/** The npm that runs us, or the one on the PATH. */
function npm(args: readonly string[], cwd?: string) {
  const script = process.env['npm_execpath'];
  const [program, first] = script === undefined ? ['npm', []] : [process.execPath, [script]];
  return run(program, [...first, ...args], cwd === undefined ? {} : { cwd });
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

async function pack(folder: string): Promise<string> {
  const { code, stdout, stderr } = await npm(['pack', '--json', '--pack-destination', folder]);
  if (code !== 0) throw new Error(`npm pack: ${stderr}${stdout}`);
  const [tarball] = globSync('*.tgz', { cwd: folder });
  if (tarball === undefined) throw new Error('npm pack left no tarball');
  return join(folder, tarball);
}

describe('the packed package', () => {
  let folder: string;
  let home: string;
  let files: readonly string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'waybill-package-'));
    home = await install(await pack(folder), folder);
    files = globSync('**/*.*', { cwd: home }).map((path) => path.replaceAll('\\', '/'));
  }, 180_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const waybill = (...args: readonly string[]) =>
    run(process.execPath, [join(home, readManifest(home).bin['waybill'] ?? ''), ...args], {
      cwd: folder,
    });

  it('runs from an empty folder and prints its version', async () => {
    const { code, stdout, stderr } = await waybill('--version');
    expect([code, stdout.trim(), stderr]).toEqual([0, `waybill ${readManifest(root).version}`, '']);
  });

  it('puts the command where npm puts commands', async () => {
    const { code, stdout } = await run(process.execPath, [
      join(folder, 'node_modules', '.bin', 'waybill'),
      '--version',
    ]);
    expect([code, stdout.trim()]).toEqual([0, `waybill ${readManifest(root).version}`]);
  });

  it('prints its help there, and refuses unknown words with exit code 2', async () => {
    expect(await waybill('--help')).toMatchObject({ code: 0, stderr: '' });
    expect(await waybill('no-such-command')).toMatchObject({ code: 2, stdout: '' });
  });

  // A checkout keeps compiled code beside its own packages; an installed package keeps none.
  it.each([
    ['package', () => join(home, readManifest(home).bin['waybill'] ?? '')],
    ['checkout', () => join(root, 'bin', 'waybill.js')],
  ])(
    'leaves nothing in the home of its user, such as unverified compiled code: %s',
    async (_, find) => {
      const user = mkdtempSync(join(folder, 'user '));
      const { PATH = '', SystemRoot = '' } = process.env;
      const options = {
        cwd: user,
        env: { PATH, SystemRoot, HOME: user, LOCALAPPDATA: user, USERPROFILE: user, TMPDIR: user },
      };
      const { code, stdout } = await run(
        process.execPath,
        [find(), 'policy', 'show', '--default'],
        options,
      );
      expect([code, stdout.includes('rules:')]).toEqual([0, true]);
      expect(readdirSync(user)).toEqual([]);
      expect(existsSync(join(home, 'node_modules', '.cache'))).toBe(false);
    },
  );

  it('holds JavaScript only: no sources, no tests, nothing that needs type stripping', () => {
    expect(
      files.filter((path) => /\.tsx?$|\.test\.|\.contract\.|(^|\/)testdata\//.test(path)),
    ).toEqual([]);
    expect(
      files.filter(
        (path) => !/^(bin|dist|data)\/|^(package\.json|README\.md|SECURITY\.md)$/.test(path),
      ),
    ).toEqual([]);
    expect(files).toContain('dist/entrypoints/cli/main.js');
  });

  it('starts its database threads from JavaScript, and stops on request', async () => {
    const script = join(home, readManifest(home).bin['waybill'] ?? '');
    const args = [script, 'serve', '--listen', '127.0.0.1:0', '--home', join(folder, 'home')];
    const server = spawn(process.execPath, args, {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => server.on('exit', resolve));
    try {
      const [first] = (await once(server.stdout, 'data')) as [Buffer];
      expect(first.toString()).toMatch(/^waybill serves https:\/\/127\.0\.0\.1:\d+/);
    } finally {
      server.kill('SIGTERM');
    }
    expect(await ended).toBe(0);
  });

  it('runs nothing when it is installed', () => {
    const { scripts = {} } = readManifest(home);
    expect(
      ['preinstall', 'install', 'postinstall', 'prepare'].filter((name) => name in scripts),
    ).toEqual([]);
  });

  it('declares every package that any of its modules imports', async () => {
    const modules = files
      .filter((path) => path.startsWith('dist/'))
      // that module runs only in a thread
      .filter((path) => path.endsWith('.js') && !path.endsWith('server/database-thread.js'));
    const urls = modules.map((path) => pathToFileURL(join(home, path)).href);
    const script = `for (const url of ${JSON.stringify(urls)}) await import(url);\nprocess.exit(0);`;
    const { code, stderr } = await run(
      process.execPath,
      ['--input-type=module', '--eval', script],
      { cwd: folder },
    );
    expect([code, stderr]).toEqual([0, '']);
  });
});
