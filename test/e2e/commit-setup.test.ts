import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandHere } from '../support/command-line.ts';

interface Answer {
  readonly scope: string;
  readonly dryRun: boolean;
  readonly settings: readonly {
    readonly name: string;
    readonly before: string | null;
    readonly after: string;
    readonly did: string;
  }[];
}

describe('D3 waybill commit setup', () => {
  let folder: string;
  let line: CommandHere;
  const run = (program: string, ...args: readonly string[]): string =>
    execFileSync(program, args, { cwd: folder, env: line.env(), encoding: 'utf8' }).trim();
  const read = (name: string): string => run('git', 'config', '--local', '--default', '', name);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'waybill commit setup '));
    line = new CommandHere(folder);
    run('git', 'init', '--quiet');
    run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'alice@example.com', '-f', 'id');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('after it, git signs each commit and tag, and the commit counts', async () => {
    const signers = join(folder, 'signers');
    writeFileSync(signers, `alice@example.com ${readFileSync(join(folder, 'id.pub'), 'utf8')}`);
    writeFileSync(
      join(folder, 'my.yaml'),
      'apiVersion: waybill.dev/v1\nkind: Config\nallowedSigners: signers\n',
    );
    const args = ['--key', 'id.pub', '--config', 'my.yaml'];
    const made = await line.json<Answer>('commit', 'setup', ...args);
    expect(made.code).toBe(0);
    expect(made.answer.settings.map(({ name, before, did }) => [name, before, did])).toEqual(
      ['gpg.format', 'user.signingKey', 'commit.gpgSign', 'tag.gpgSign']
        .concat('gpg.ssh.allowedSignersFile')
        .map((name) => [name, null, 'set']),
    );
    const who = ['-c', 'user.name=Alice', '-c', 'user.email=alice@example.com'];
    run('git', ...who, 'commit', '--quiet', '--allow-empty', '-m', 'one');
    run('git', ...who, 'tag', '-m', 'first', 'v1');
    expect(run('git', 'log', '-1', '--format=%G?')).toBe('G');
    const verified = await line.run('commit', 'verify', 'v1', '--allowed-signers', signers);
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('alice')]);
    const again = await line.json<Answer>('commit', 'setup', ...args);
    expect(new Set(again.answer.settings.map(({ did }) => did))).toEqual(new Set(['unchanged']));
  });

  it('--dry-run shows what would be set, and sets nothing', async () => {
    const before = readFileSync(join(folder, '.git/config'), 'utf8');
    const { answer } = await line.json<Answer>('commit', 'setup', '--key', 'id.pub', '--dry-run');
    expect(new Set(answer.settings.map(({ did }) => did))).toEqual(new Set(['would be set']));
    expect(readFileSync(join(folder, '.git/config'), 'utf8')).toBe(before);
  });

  it('a fingerprint names a key of OpenPGP or X.509', async () => {
    const spaced = '0123 4567 89ab cdef 0123  4567 89ab cdef 0123 4567';
    const args = ['--signature-format', 'openpgp', '--key', spaced];
    expect((await line.run('commit', 'setup', ...args)).code).toBe(0);
    expect([read('gpg.format'), read('user.signingKey')]).toEqual([
      'openpgp',
      spaced.replaceAll(' ', '').toUpperCase(),
    ]);
  });

  it.each([
    ['a private key', ['--key', 'id'], /is a private key .*--key id\.pub/s],
    ['a file without a key', ['--key', '.git/config'], /no public key of SSH/],
    ['no file', ['--key', 'absent.pub'], /absent\.pub/],
    ['a short key id', ['--key', '89ABCDEF', '--signature-format', 'openpgp'], /all 40 or 64/],
    ['an option of git', ['--key', '--global', '--signature-format', 'x509'], /USAGE/],
  ])('refuses %s, and changes nothing', async (_, args, says) => {
    const { code, stderr } = await line.run('commit', 'setup', ...args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(says)]);
    expect(read('commit.gpgSign')).toBe('');
  });

  it('all settings or none: where git cannot write one, the others stay as they were', async () => {
    run('git', 'config', 'gpg.format', 'openpgp');
    // The third setting cannot be written: a wrapper refuses it, as a full disk would.
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    const real = run('sh', '-c', 'command -v git');
    const refusing = `#!/bin/sh\ncase "$*" in *'commit.gpgSign true') echo 'error: full' >&2; exit 4;; esac\nexec ${real} "$@"\n`;
    writeFileSync(join(bin, 'git'), refusing);
    chmodSync(join(bin, 'git'), 0o755);
    class BehindWrapper extends CommandHere {
      override env() {
        return { ...super.env(), PATH: `${bin}:${process.env['PATH'] ?? ''}` };
      }
    }
    const wrapped = new BehindWrapper(folder);
    const { code, stderr } = await wrapped.run('commit', 'setup', '--key', 'id.pub');
    expect([code, stderr]).toEqual([2, expect.stringContaining('full')]);
    expect([read('gpg.format'), read('user.signingKey')]).toEqual(['openpgp', '']);
  });

  it('several values of a setting are for a person to sort out', async () => {
    run('git', 'config', '--add', 'user.signingKey', 'a');
    run('git', 'config', '--add', 'user.signingKey', 'b');
    const { code, stderr } = await line.run('commit', 'setup', '--key', 'id.pub');
    expect([code, stderr]).toEqual([2, expect.stringContaining('several values')]);
  });

  it('outside a repository it says that --global is for all of them', async () => {
    rmSync(join(folder, '.git'), { recursive: true });
    const { code, stderr } = await line.run('commit', 'setup', '--key', 'id.pub');
    expect([code, stderr]).toEqual([2, expect.stringContaining('--global')]);
    const all = await line.run('commit', 'setup', '--key', 'id.pub', '--global');
    expect([all.code, existsSync(join(folder, '.gitconfig'))]).toEqual([0, true]);
  });
});
