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
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatPublishedManifest } from '../../tools/image/checkout.ts';
import { nameCompiled } from '../../tools/pieces/create-loader.ts';
import { root, run } from '../../tools/process.ts';

interface Manifest {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

/** `npm install` of the tarball into an empty folder, without a network. */
async function install(tarball: string, folder: string): Promise<string> {
  writeFileSync(join(folder, 'package.json'), '{"name":"empty","private":true}');
  const flags = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { code, stderr } = await npm(['install', ...flags, tarball], folder);
  if (code !== 0) throw new Error(stderr);
  return join(folder, 'node_modules', 'waybill');
}

/** Declared packages of which only types are used. */
const TYPES_ONLY: readonly string[] = [];

/** The npm that runs us, or the one on the PATH. */
function npm(args: readonly string[], cwd?: string) {
  const script = process.env['npm_execpath'];
  const [program, first] = script === undefined ? ['npm', []] : [process.execPath, [script]];
  return run(program, [...first, ...args], cwd === undefined ? {} : { cwd });
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** What `npm pack` packs, with the manifest that a release has. */
async function pack(folder: string): Promise<string> {
  const built = await packIn(root, folder, []);
  await run('tar', ['-xzf', built], { cwd: folder });
  const place = join(folder, 'package');
  writeFileSync(join(place, 'package.json'), formatPublishedManifest(readManifest(place)));
  rmSync(built);
  return packIn(place, folder, ['--ignore-scripts']);
}

async function packIn(cwd: string, to: string, flags: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await npm(['pack', '--pack-destination', to, ...flags], cwd);
  if (code !== 0) throw new Error(`npm pack: ${stderr}${stdout}`);
  const [tarball] = globSync('*.tgz', { cwd: to });
  if (tarball === undefined) throw new Error('npm pack left no tarball');
  return join(to, tarball);
}

describe('the packed package', () => {
  let folder: string;
  let home: string;
  let files: readonly string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'waybill-package-'));
    home = await install(await pack(mkdtempSync(join(folder, 'packing-'))), folder);
    files = globSync('**/*', { cwd: home, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(home, join(entry.parentPath, entry.name)))
      .map((path) => path.replaceAll('\\', '/'));
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

  it('holds JavaScript and what was compiled of it: no sources, no tests, no types', () => {
    expect(
      files.filter((path) => /\.tsx?$|\.test\.|\.contract\.|(^|\/)testdata\//.test(path)),
    ).toEqual([]);
    expect(
      files.filter(
        (path) =>
          !/^(bin|dist|data)\/|^(package\.json|LICENSE|README\.md|SECURITY\.md)$/.test(path),
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

  it('contains every package that any of its modules imports, and installs no other', async () => {
    expect(readManifest(home).dependencies).toBeUndefined();
    expect(readdirSync(join(folder, 'node_modules')).sort()).toEqual([
      '.bin',
      '.package-lock.json',
      'waybill',
    ]);
    const ids = files
      .flatMap((path) => /^dist\/entrypoints\/compose\/([^/]+)\.cjs$/.exec(path)?.[1] ?? [])
      // a thread begins to serve when it is loaded
      .filter((id) => !id.endsWith('-thread'));
    expect(ids.length).toBeGreaterThan(50);
    const loader = pathToFileURL(join(home, 'dist/load.js')).href;
    const script =
      `import { load } from ${JSON.stringify(loader)};\n` +
      `for (const id of ${JSON.stringify(ids)}) load('./' + id);\nprocess.exit(0);`;
    const { code, stderr } = await run(
      process.execPath,
      ['--input-type=module', '--eval', script],
      { cwd: folder },
    );
    expect([code, stderr]).toEqual([0, '']);
  });

  it('runs code that was compiled when it was built, on the Node.js that it was built with', () => {
    const compiled = files.filter((path) => path.startsWith(`dist/${nameCompiled()}/`));
    const pieces = globSync('dist/entrypoints/compose/*.cjs', { cwd: home });
    expect(compiled.length).toBe(pieces.length);
  });

  it('B1, B2: has an inventory and the notices of all that is bundled', async () => {
    const { code, stdout } = await waybill('sbom', home, '--format', 'json');
    const { targets } = JSON.parse(stdout) as {
      readonly targets: readonly {
        readonly outcome: string;
        readonly components: readonly { readonly name: string; readonly version: string }[];
      }[];
    };
    const named = (targets[0]?.components ?? []).map(({ name, version }) => `${name} ${version}`);
    expect([code, targets[0]?.outcome]).toEqual([0, 'complete']);
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      readonly packages: Readonly<Record<string, { readonly version?: string }>>;
    };
    for (const name of Object.keys(readManifest(root).dependencies ?? {}))
      if (!TYPES_ONLY.includes(name))
        expect(named).toContain(`${name} ${packages[`node_modules/${name}`]?.version}`);
    expect(named.filter((one) => /^(?:rolldown|typescript|vitest) /.test(one))).toEqual([]);
    const notices = readFileSync(join(home, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
    const told = [...notices.matchAll(/^==== (\S+ \S+): /gm)].map(([, part]) => part);
    expect(told.sort()).toEqual(named.filter((one) => !one.startsWith('waybill ')).sort());
  });

  it('loads few files for a command', async () => {
    const script =
      "import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module'; let count = 0; " +
      'const read = fs.readFileSync; fs.readFileSync = (path, ...rest) => { ' +
      'count += String(path).endsWith(".cjs") ? 1 : 0; return read(path, ...rest); }; ' +
      "syncBuiltinESMExports(); process.on('exit', () => console.error('loaded ' + count));";
    const { stderr } = await run(
      process.execPath,
      [
        ...['--import', `data:text/javascript,${encodeURIComponent(script)}`],
        ...[join(home, 'bin/waybill.js'), 'policy', 'show', '--default'],
      ],
      { cwd: folder },
    );
    const [, count] = /loaded (\d+)/.exec(stderr) ?? [];
    expect(Number(count)).toBeGreaterThan(2);
    expect(Number(count)).toBeLessThan(60);
  });
});
