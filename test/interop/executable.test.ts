import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProcessResult, root, run } from '../../tools/process.ts';
import {
  follow,
  GUIDES_AFTER_FIRST_RELEASE,
  GUIDES_ALONE,
  listMissingLines,
  splitPages,
} from '../support/guide.ts';

const isBuildable =
  `${process.platform} ${process.arch}` === 'linux x64' && existsSync(join(root, '.git'));
if (!isBuildable)
  console.warn('skipped: the executable is built of a git checkout, on Linux on x64');

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly version: string;
};
const scratch = mkdtempSync(join(tmpdir(), 'waybill executable '));
const at = (...parts: readonly string[]): string => join(scratch, ...parts);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function write(path: string, content: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
}

/** Over TLS, with the authority that the server named. */
async function fetchStatus(url: string, ca: string): Promise<number | undefined> {
  const [response] = (await once(get(url, { ca: readFileSync(ca) }), 'response')) as [
    { statusCode?: number },
  ];
  return response.statusCode;
}

async function fastest(program: string, ...args: readonly string[]): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 7; round++) {
    const started = performance.now();
    await run(program, args);
    times.push(performance.now() - started);
  }
  return Math.min(...times);
}

/** One file at a path with spaces, without the environment of the build and the tests. */
describe.skipIf(!isBuildable)('the executable of Waybill', () => {
  const program = at('a folder', 'way bill');
  const tree = at('tree');
  const home = { WAYBILL_HOME: at('home') };
  const waybill = (...args: readonly string[]): Promise<ProcessResult> =>
    run(program, args, { env: home, cwd: tree });

  beforeAll(async () => {
    const { code, stderr } = await run(process.execPath, [
      join(root, 'tools/executable.ts'),
      program,
    ]);
    if (code !== 0) throw new Error(stderr);
    write(
      join(tree, 'node_modules/minimist/package.json'),
      '{"name":"minimist","version":"1.2.5"}',
    );
    const who = ['CN=it,O=executable,ST=WA,C=US', '--repository', 'registry.example.com/app'];
    await waybill('key', 'generate', '--subject', who[0] ?? '');
    const certificate = at('home/keys/default.root.crt');
    await waybill(
      'trust',
      'add',
      '--certificate',
      certificate,
      '--store',
      'own',
      '--identity',
      ...who,
    );
    write(at('home/policy.yaml'), (await waybill('policy', 'show', '--default')).stdout);
  }, 300_000);

  it('prints version and help in an empty environment, and nothing else', async () => {
    const inNothing = run('env', ['-i', program, '--version'], { cwd: '/' });
    expect(await inNothing).toEqual({ code: 0, stdout: `waybill ${version}\n`, stderr: '' });
    expect(await waybill('serve', '--help')).toMatchObject({ code: 0, stderr: '' });
    expect(await waybill('no-such-command')).toMatchObject({ code: 2, stdout: '' });
  });

  it('starts as Node.js does: what a command does not need is not evaluated', async () => {
    const bare = await fastest(process.execPath, '--eval', '0');
    expect((await fastest(program, '--version')) / bare).toBeLessThan(3);
  });

  it('B1, B3: takes an inventory, and scans it with the sample that is in it', async () => {
    const { code, stdout } = await waybill('sbom', '.');
    expect([code, stdout]).toEqual([0, expect.stringContaining('pkg:npm/minimist@1.2.5')]);
    const scanned = await waybill('scan', '.');
    expect([scanned.code, scanned.stdout]).toEqual([1, expect.stringContaining('CVE-2021-44906')]);
    expect(scanned.stderr).toContain('the bundled sample');
  });

  it('runs no code from the current folder, in any thread', async () => {
    for (const name of ['fastify', 'kysely', 'zod', 'ajv', 'main', 'database-thread']) {
      const hostile = 'require("node:fs").writeFileSync("hostile-was-here", "")';
      write(
        join(tree, 'node_modules', name, 'package.json'),
        `{"name":"${name}","version":"99.0.0"}`,
      );
      write(join(tree, 'node_modules', name, 'index.js'), hostile);
      write(join(tree, `${name}.js`), hostile);
      write(join(tree, name), hostile);
    }
    await serving(async () => undefined);
    expect((await waybill('scan', '.')).code).toBe(1);
    expect(existsSync(join(tree, 'hostile-was-here'))).toBe(false);
  });

  type Use = (address: string, authority: string, output: Readable) => Promise<void>;
  async function serving(use: Use): Promise<number | null> {
    const args = ['serve', '--listen', '127.0.0.1:0', '--audit-interval', '1s'];
    const server = spawn(program, args, {
      cwd: tree,
      env: home,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(server, 'exit') as Promise<[number | null]>;
    try {
      const [said] = (await once(server.stdout, 'data')) as [Buffer];
      const address = /https:\/\/127\.0\.0\.1:\d+/.exec(said.toString())?.[0] ?? '';
      await use(address, at('home/tls/ca.crt'), server.stderr);
    } finally {
      server.kill('SIGTERM');
    }
    return (await ended)[0];
  }

  it('G44, O6: serves over TLS with database and audit threads; stops on request', async () => {
    const code = await serving(async (address, authority, output) => {
      expect(await fetchStatus(`${address}/readyz`, authority)).toBe(200);
      let said = '';
      output.on('data', (piece: Buffer) => {
        said += piece.toString();
      });
      await expect.poll(() => said, { timeout: 30_000 }).toMatch(/"event":"audit"/);
    });
    expect(code).toBe(0);
    expect(await waybill('graph', 'verify')).toMatchObject({ code: 0 });
  });

  const isRoot = process.getuid?.() === 0;
  if (!isRoot) console.warn('skipped: guides are followed as another user only by root');
  const followers: readonly (readonly [string, number | undefined])[] = [
    ['this user', undefined],
    ...(isRoot ? ([['another user', 65_534]] as const) : []),
  ];

  it.each(followers)(
    'D8, X6: the guides succeed with it on the PATH, for %s',
    async (_, user) => {
      for (const part of [dirname(dirname(program)), dirname(program)]) chmodSync(part, 0o755);
      for (const pages of [GUIDES_AFTER_FIRST_RELEASE, ...GUIDES_ALONE.map((page) => [page])]) {
        const { code, output } = await follow(pages, {}, undefined, null, { program, user });
        expect([code, ...pages], output).toEqual([0, ...pages]);
        for (const [page, part] of splitPages(output))
          expect([page, ...listMissingLines(page, part)], part).toEqual([page]);
      }
    },
    600_000,
  );

  it('D18: installs hooks that call this file, and they judge a commit', async () => {
    const repository = at('repository');
    const env = {
      ...home,
      PATH: process.env['PATH'],
      HOME: at('nobody'),
      GIT_CONFIG_NOSYSTEM: '1',
    };
    const git = (...args: readonly string[]) => run('git', ['-C', repository, ...args], { env });
    await run('git', ['init', '-q', repository], { env });
    // As people start it: by its name on the PATH, from any folder.
    const onPath = { ...env, PATH: `${dirname(program)}:${env.PATH}` };
    const install = ['-c', '"$0" hook install', basename(program)];
    expect(await run('sh', install, { cwd: repository, env: onPath })).toMatchObject({
      code: 0,
      stderr: '',
    });
    const hook = readFileSync(join(repository, '.git/hooks/pre-commit'), 'utf8');
    expect(hook).toContain(program);
    expect(hook).not.toMatch(/node_modules|\.js\b/);
    write(join(repository, 'package.json'), '{"dependencies":{"left-pad":"*"}}');
    await git('add', '.');
    const committed = await git(
      '-c',
      'user.name=A',
      '-c',
      'user.email=a@example.com',
      'commit',
      '-q',
      '-m',
      'x',
    );
    expect(committed.stderr).toContain('left-pad');
  });
});
