import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../tools/process.ts';
import { isRunning, sampleTree } from '../support/process-tree.ts';

interface Told {
  readonly ok: boolean;
  readonly seconds: number;
  readonly steps: readonly {
    readonly id: string;
    readonly act: string;
    readonly proves: readonly string[];
    readonly expected: string;
    readonly actual: string | null;
    readonly ok: boolean;
  }[];
}

/** One run, on a machine that makes it as hard as it can; every test below looks at it. */
interface Run {
  readonly code: number | null;
  readonly told: Told;
  readonly story: string;
  readonly left: readonly string[];
  readonly processes: readonly number[];
  readonly residentBytesMost: number;
}

const SECONDS_MAX = 60;
const RESIDENT_BYTES_MAX = 400_000_000;
const SAMPLE_MS = 150;
const linux = process.platform === 'linux';
let folder: string;
let demo: Run;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill demo test '));
  demo = await run();
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A network in which there is nothing but this machine, where the kernel lets us have one. */
function withoutNetwork(): readonly string[] {
  const words = ['-rn', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
  const possible = linux && spawnSync('unshare', [...words, 'true'], { stdio: 'ignore' }).status === 0;
  if (!possible)
    console.warn('unshare -rn with ip is not possible here: the demo ran with a network that it could have used');
  return possible ? ['unshare', ...words] : [];
}

/** A user's configuration that would spoil every commit, and variables that lead git elsewhere. */
function hostileHome(): NodeJS.ProcessEnv {
  const home = join(folder, 'home');
  mkdirSync(join(home, 'hooks'), { recursive: true });
  writeFileSync(join(home, 'hooks/pre-commit'), '#!/bin/sh\necho spoiled >&2\nexit 1\n', { mode: 0o755 });
  const settings = [
    '[commit]\n\tgpgsign = true\n\ttemplate = /nowhere/template',
    `[core]\n\thooksPath = ${home}/hooks\n\tautocrlf = true`,
    '[gpg]\n\tformat = openpgp\n\tprogram = /nowhere/gpg',
    '[init]\n\tdefaultBranch = trunk',
    '[user]\n\tname = Mallory\n\temail = mallory@example.com',
  ];
  writeFileSync(join(home, '.gitconfig'), `${settings.join('\n')}\n`);
  return { HOME: home, GIT_DIR: '/nowhere/.git', GIT_AUTHOR_NAME: 'Mallory', WAYBILL_HOME: '/nowhere/waybill' };
}

async function run(): Promise<Run> {
  const scratch = join(folder, 'temporary folder');
  mkdirSync(scratch);
  const [program = '', ...words] = [...withoutNetwork(), process.execPath, join(root, 'demo/run.ts'), '--json'];
  const env = { PATH: process.env['PATH'] ?? '', ...hostileHome(), TMPDIR: scratch, NODE_OPTIONS: '' };
  const child = spawn(program, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const processes = new Set<number>();
  let residentBytesMost = 0;
  const sampling = setInterval(() => {
    if (!linux) return;
    const { pids, residentBytes } = sampleTree(child.pid ?? 0);
    for (const pid of pids) processes.add(pid);
    residentBytesMost = Math.max(residentBytesMost, residentBytes);
  }, SAMPLE_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(sampling);
  const told = JSON.parse(String(Buffer.concat(stdout))) as Told;
  const story = String(Buffer.concat(stderr));
  return { code, told, story, left: readdirSync(scratch), processes: [...processes], residentBytesMost };
}

describe('npm run demo', () => {
  it('every step came out as expected, and the whole says so', () => {
    expect(demo.told.steps.filter(({ ok }) => !ok)).toEqual([]);
    expect(demo.told.steps.every(({ expected, actual }) => expected === actual)).toBe(true);
    expect(demo.told.ok).toBe(true);
    expect(demo.code).toBe(0);
  });

  it('tells five acts, each step of which names what it shows', () => {
    const acts = [...new Set(demo.told.steps.map(({ act }) => act))];
    expect(acts).toEqual(['before it begins', 'develop', 'build', 'deploy', 'operate', 'ask']);
    const known = readFileSync(join(root, 'docs/reference/requirements.md'), 'utf8');
    for (const { id, proves } of demo.told.steps) {
      expect(proves.length, id).toBeGreaterThan(0);
      for (const requirement of proves) expect(known).toMatch(new RegExp(`^\\| ?${requirement} ?\\|`, 'm'));
    }
  });

  it('leaves no file behind', () => {
    expect(demo.left).toEqual([]);
  });

  it.runIf(linux)('leaves no process behind', () => {
    expect(demo.processes.length).toBeGreaterThan(10);
    expect(demo.processes.filter(isRunning)).toEqual([]);
  });

  it('takes a minute at most', () => {
    console.info(`the demo took ${demo.told.seconds} s and ${Math.round(demo.residentBytesMost / 1e6)} MB at most`);
    expect(demo.told.seconds).toBeLessThanOrEqual(SECONDS_MAX);
  });

  it.runIf(linux)('all of its processes together are resident with 400 MB at most', () => {
    expect(demo.residentBytesMost).toBeGreaterThan(50_000_000);
    expect(demo.residentBytesMost).toBeLessThanOrEqual(RESIDENT_BYTES_MAX);
  });
});
