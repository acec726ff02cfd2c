import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RawRepository } from '../test/support/git-answers.ts';
import {
  armourPgp,
  exportKey,
  PGP_SIGNED,
  packet,
  pgpSignature,
  testPgpKey,
} from '../test/support/openpgp-keys.ts';
import {
  commitText,
  signedCommit,
  testSshKey,
  withSignature,
} from '../test/support/ssh-commits.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { type Command, compare } from './compare.ts';
import { installPackage } from './installed-package.ts';
import { canMeter, meterInTurn } from './metered.ts';

const COMMITS = 1_000;
const ROUNDS = 5;

/** A line of history, signed by OpenPGP and SSH in turn. Returns the first commit and the last. */
function makeHistory(folder: string, env: NodeJS.ProcessEnv): readonly [string, string] {
  const [key, ssh] = [testPgpKey('ed25519-legacy'), testSshKey('ed25519')];
  writeFileSync(join(folder, 'ring.pgp'), exportKey(key));
  writeFileSync(join(folder, 'signers'), `alice@example.com ${ssh.line}\n`);
  mkdirSync(env['GNUPGHOME'] ?? '', { mode: 0o700 });
  writeFileSync(join(env['GNUPGHOME'] ?? '', 'gpg.conf'), 'trust-model always\n');
  run(folder, env, 'gpg', '--batch', '--import', join(folder, 'ring.pgp'));
  const objects: Buffer[] = [];
  const ids: string[] = [];
  for (let at = 0; at < COMMITS; at++) {
    const commit = { message: `change ${at}\n`, parents: ids.slice(-1) };
    const text = commitText(commit);
    const byPgp = (): Buffer => {
      const signature = pgpSignature(key, [Buffer.from(text)], { at: PGP_SIGNED });
      return withSignature(text, armourPgp(packet(2, signature)));
    };
    const bytes = at % 2 === 0 ? byPgp() : signedCommit(ssh, commit);
    ids.push(createHash('sha1').update(`commit ${bytes.length}\0`).update(bytes).digest('hex'));
    objects.push(bytes);
  }
  const repository = join(folder, 'repository');
  new RawRepository(repository, { GNUPGHOME: env['GNUPGHOME'] ?? '' }).add(objects);
  const [first = '', last = ''] = [ids[0], ids.at(-1)];
  run(repository, env, 'git', 'update-ref', 'refs/heads/main', last);
  run(repository, env, 'git', 'symbolic-ref', 'HEAD', 'refs/heads/main');
  return [first, last];
}

function run(cwd: string, env: NodeJS.ProcessEnv, program: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr.slice(0, 500)}`);
  return stdout;
}

/**
 * Both must find every signature good before their time counts. The first commit is left out of a
 * range of git, so that one is named by itself.
 */
async function measure(): Promise<readonly Figure[]> {
  if (!canMeter()) return [];
  const installed = await installPackage();
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
  const env = {
    ...{ PATH: process.env['PATH'], HOME: folder, WAYBILL_HOME: join(folder, 'home'), LC_ALL: 'C' },
    ...{ GNUPGHOME: join(folder, 'gnupg'), GIT_CONFIG_NOSYSTEM: '1' },
  };
  try {
    const [first, last] = makeHistory(folder, env);
    const cwd = join(folder, 'repository');
    const keys = ['--keyring', '../ring.pgp', '--allowed-signers', '../signers'];
    const args = [installed.program, 'commit', 'verify', first, `${first}..${last}`, ...keys];
    const signers = ['-c', `gpg.ssh.allowedSignersFile=${join(folder, 'signers')}`];
    const log = [...signers, 'log', '--format=%G?', last];
    const ours: Command = { program: process.execPath, args, cwd, env };
    const git: Command = {
      program: 'git',
      args: [...signers, 'log', '--show-signature', last],
      ...{ cwd, env },
    };
    const said = run(cwd, env, ours.program, ...args);
    if (!said.includes(`${COMMITS} commits: ${COMMITS} trusted`)) throw new Error(said.slice(-300));
    const good = run(cwd, env, 'git', ...log)
      .split('\n')
      .filter((line) => line === 'G');
    if (good.length !== COMMITS) throw new Error(`git finds ${good.length} good signatures`);
    const { ours: mine, peer, ratio } = await compare(ours, git, ROUNDS);
    const contenders = [
      { who: 'waybill', command: ours },
      { who: 'git', command: git },
    ];
    const usages = await meterInTurn(contenders, ROUNDS);
    const time = (who: string): number => usages.get(who)?.processorMs ?? Number.NaN;
    const figure = (what: string, value: number, unit = 'ms'): Figure => {
      return { what, value, unit, target: null };
    };
    return [
      figure('waybill commit verify, median', mine.medianMs),
      figure('git log --show-signature, median', peer.medianMs),
      { ...figure('waybill / git', ratio, '×'), target: { max: 0.05 } },
      figure('waybill commit verify, processor time', time('waybill')),
      figure('git log --show-signature, processor time', time('git')),
      figure('waybill / git, processor time', time('waybill') / time('git'), '×'),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
    installed.clean();
  }
}

export const benchmark: Benchmark = {
  kind: 'measurement',
  name: `signed-history: ${COMMITS.toLocaleString('en')} signed commits, OpenPGP and SSH mixed`,
  measure,
};
