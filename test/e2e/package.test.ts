import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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
 * What `npm install waybill-….tgz` leaves in an empty folder, made without a network: npm would ask a registry for the
 * metadata of every dependency, which `npm ci` does not cache. So the tarball is unpacked where npm puts it, and each
 * dependency that it declares, and no other, is linked beside it.
 */
async function install(tarball: string, folder: string): Promise<string> {
  const home = join(folder, 'node_modules', 'waybill');
  mkdirSync(home, { recursive: true });
  const { code, stderr } = await run('tar', ['-xzf', tarball, '-C', home, '--strip-components=1']);
  if (code !== 0) throw new Error(stderr);
  for (const name of Object.keys(manifestOf(home).dependencies)) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link, 'junction');
  }
  return home;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

async function pack(folder: string): Promise<string> {
  const npm = process.env['npm_execpath'];
  const [program, args] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
  const { code, stdout, stderr } = await run(program, [...args, 'pack', '--json', '--pack-destination', folder]);
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
    run(process.execPath, [join(home, manifestOf(home).bin['waybill'] ?? ''), ...args], { cwd: folder });

  it('runs from an empty folder and tells its version', async () => {
    const { code, stdout, stderr } = await waybill('--version');
    expect([code, stdout.trim(), stderr]).toEqual([0, `waybill ${manifestOf(root).version}`, '']);
  });

  it('explains itself there, and refuses what it does not know with exit code 2', async () => {
    expect(await waybill('--help')).toMatchObject({ code: 0, stderr: '' });
    expect(await waybill('no-such-command')).toMatchObject({ code: 2, stdout: '' });
  });

  it('holds JavaScript only: no sources, no tests, nothing that needs type stripping', () => {
    expect(files.filter((path) => /\.tsx?$|\.test\.|\.contract\.|(^|\/)testdata\//.test(path))).toEqual([]);
    expect(files.filter((path) => !/^(bin|dist|data)\/|^(package\.json|README\.md|SECURITY\.md)$/.test(path))).toEqual(
      [],
    );
    expect(files).toContain('dist/entrypoints/cli/main.js');
  });

  it('runs nothing when it is installed', () => {
    const { scripts = {} } = manifestOf(home);
    expect(['preinstall', 'install', 'postinstall', 'prepare'].filter((name) => name in scripts)).toEqual([]);
  });

  it('declares every package that any of its modules imports', async () => {
    const modules = files.filter((path) => path.startsWith('dist/')).filter((path) => path.endsWith('.js'));
    const urls = modules.map((path) => pathToFileURL(join(home, path)).href);
    const script = `for (const url of ${JSON.stringify(urls)}) await import(url);\nprocess.exit(0);`;
    const { code, stderr } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: folder });
    expect([code, stderr]).toEqual([0, '']);
  });
});
