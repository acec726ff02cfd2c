import { execFileSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildDefaultPolicy } from '../../src/capabilities/policy/index.ts';
import { toInstant } from '../../src/core/instant.ts';
import { fixedKey } from '../support/certificates.ts';
import { armourCms } from '../support/cms-commits.ts';
import { CommandHere } from '../support/command-line.ts';
import { signWithGitsign } from '../support/gitsign-commits.ts';
import { armourPgp, exportKey, packet, pgpSignature, testPgpKey } from '../support/openpgp-keys.ts';
import { shell } from '../support/shell.ts';
import { testInstance } from '../support/sigstore-instance.ts';
import {
  armoured,
  commitText,
  EMPTY_TREE,
  signedCommit,
  sshSignature,
  type TestCommit,
  testSshKey,
  withSignature,
} from '../support/ssh-commits.ts';
import { der } from '../support/timestamps.ts';

interface Answer {
  readonly allowedSigners: {
    readonly file: string;
    readonly from: string;
    readonly withinWorkTree: boolean;
  };
  readonly mergeSigners: object;
  readonly tags: readonly object[];
  readonly commits: readonly {
    readonly id: string;
    readonly standing: string;
    readonly counts: string;
    readonly signer: { readonly principal: string | null } | null;
    readonly reason: { readonly code: string; readonly text: string } | null;
  }[];
}

const key = testSshKey('ed25519');
let top: string;
let line: CommandHere;
const ids = { signed: '', unsigned: '', other: '', twice: '' };

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: top, env: line.env(), encoding: 'utf8' }).trim();
}
function put(bytes: Buffer, type = 'commit'): string {
  const args = ['hash-object', '-t', type, '-w', '--literally', '--stdin'];
  return execFileSync('git', args, {
    cwd: top,
    env: line.env(),
    input: bytes,
    encoding: 'utf8',
  }).trim();
}
const verify = (...args: readonly string[]) => line.json<Answer>('commit', 'verify', ...args);

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'waybill-commits-'));
  line = new CommandHere(top);
  git('init', '--quiet');
  const commit = (more: TestCommit = {}): Buffer => signedCommit(key, more);
  ids.signed = put(commit());
  ids.unsigned = put(Buffer.from(commitText({ parents: [ids.signed] })));
  ids.other = put(
    commit({
      author: 'Bob <bob@example.com>',
      committer: 'Alice <alice@example.com>',
      parents: [ids.unsigned],
    }),
  );
  const folded = commit()
    .toString()
    .replace(/\n(gpgsig .*?)\n\n/s, '\n$1\n$1\n\n');
  ids.twice = put(Buffer.from(folded));
  git('update-ref', 'refs/heads/main', ids.other);
  git('symbolic-ref', 'HEAD', 'refs/heads/main');
  writeFileSync(join(top, 'signers'), `alice@example.com ${key.line}\n`);
});
afterAll(() => rmSync(top, { recursive: true, force: true }));

describe('waybill commit verify', () => {
  it('D1 D4 D13: ends with 0 for a commit that its author and committer signed', async () => {
    const { code, answer } = await verify(ids.signed, '--allowed-signers', 'signers');
    expect(code).toBe(0);
    expect(answer.commits).toMatchObject([
      {
        standing: 'trusted',
        counts: 'yes',
        signer: { principal: 'alice@example.com' },
        reason: null,
      },
    ]);
    expect(answer.allowedSigners).toMatchObject({ file: join(top, 'signers'), from: 'option' });
  });

  it('D18: ends with 1 for a range, and names each reason', async () => {
    const { code, answer } = await verify(`${ids.signed}..main`, '--allowed-signers', 'signers');
    expect(code).toBe(1);
    expect(answer.commits.map(({ reason }) => reason?.code)).toEqual([
      'author-is-not-signer',
      'unsigned',
    ]);
  });

  it('D4: lets the key of a platform merge for others, when it is named', async () => {
    expect((await verify('--allowed-signers', 'signers')).code).toBe(1);
    expect(
      (await verify('--allowed-signers', 'signers', '--merge-signer', 'alice@example.com')).code,
    ).toBe(0);
  });

  it('D4: verifies a platform merge by OpenPGP, if keyring and fingerprint are named', async () => {
    const platform = testPgpKey('ed25519-legacy');
    const text = commitText({
      author: 'Bob <bob@example.com>',
      committer: 'Platform <noreply@example.com>',
    });
    const signature = armourPgp(packet(2, pgpSignature(platform, [Buffer.from(text)])));
    const id = put(withSignature(text, signature));
    const user = 'Platform <noreply@example.com>';
    writeFileSync(join(top, 'ring.pgp'), exportKey(platform, { users: [user] }));
    const none = await verify(id, '--allowed-signers', 'signers');
    expect(none.code).toBe(3);
    expect(none.answer.commits).toMatchObject([{ reason: { code: 'TRUST_INVALID' } }]);
    const asked = [id, '--keyring', 'ring.pgp', '--merge-signer'];
    const named = await verify(...asked, platform.fingerprint);
    expect(named).toMatchObject({
      code: 0,
      answer: {
        allowedSigners: null,
        keyrings: [{ from: 'option', keys: 1, skipped: [] }],
        commits: [{ counts: 'yes', signer: { principal: platform.fingerprint } }],
      },
    });
    expect((await verify(...asked, 'noreply@example.com')).code).toBe(1);
    const [ssh] = (await verify(ids.signed, '--keyring', 'ring.pgp')).answer.commits;
    expect(ssh).toMatchObject({ standing: 'undetermined', reason: { code: 'TRUST_INVALID' } });
  });

  it('D1 D4 D13: verifies an annotated tag that is named, and what it names', async () => {
    const tagged = (name: string, target: string, type = 'commit'): string => {
      const head = `object ${target}\ntype ${type}\ntag ${name}\n`;
      const text = `${head}tagger Alice <alice@example.com> 1767225600 +0000\n\nrelease\n`;
      const made = armoured(sshSignature(key, Buffer.from(text)));
      return put(Buffer.from(text + made), 'tag');
    };
    const good = tagged('v1', ids.signed);
    git('update-ref', 'refs/tags/v1', good);
    git('update-ref', 'refs/tags/v2', good);
    git('update-ref', 'refs/tags/outer', tagged('outer', good, 'tag'));
    git('update-ref', 'refs/tags/bad', tagged('bad', ids.unsigned));
    git('update-ref', 'refs/tags/tree', tagged('tree', EMPTY_TREE, 'tree'));
    const ask = (rev: string) => verify(rev, '--allowed-signers', 'signers');
    const { code, answer } = await ask('v1');
    expect(code).toBe(0);
    expect(answer.tags).toMatchObject([
      { name: 'v1', ref: 'refs/tags/v1', taggerMatches: true, counts: 'yes', reason: null },
    ]);
    expect(answer.commits).toMatchObject([{ id: ids.signed, counts: 'yes' }]);
    const outer = await ask('outer');
    expect([outer.code, outer.answer.tags.length]).toEqual([0, 2]);
    const renamed = await ask('v2');
    expect(renamed.code).toBe(1);
    expect(renamed.answer.tags).toMatchObject([{ reason: { code: 'tag-name' } }]);
    const bad = await ask('bad');
    expect([bad.code, bad.answer.commits.length]).toEqual([1, 1]);
    const tree = await ask('tree');
    expect([tree.code, tree.answer.commits.length]).toEqual([0, 0]);
    const lost = tagged('lost', '1'.repeat(40), 'tag');
    git('update-ref', 'refs/tags/lost', lost);
    const { code: missing, stderr } = await line.run(
      ...['commit', 'verify', 'lost', '--allowed-signers', 'signers'],
    );
    expect([missing, stderr]).toEqual([expect.any(Number), expect.stringContaining('[NOT_FOUND]')]);
    expect(missing).toBeGreaterThan(1);
    for (const name of ['v1', 'v2', 'outer', 'bad', 'tree', 'lost']) git('tag', '-d', name);
  });

  it('D4 D18: lets a key of the policy merge for others; a broken policy is an error', async () => {
    const policy = join(line.home, 'policy.yaml');
    writeFileSync(policy, buildDefaultPolicy({ mergeSigners: ['alice@example.com'] }));
    const named = await line.run('commit', 'verify', '--allowed-signers', 'signers');
    expect([named.code, named.stderr]).toEqual([
      0,
      expect.stringContaining(`merge signers: alice@example.com (policy ${policy})`),
    ]);
    const { answer } = await verify(
      '--allowed-signers',
      'signers',
      '--merge-signer',
      'bob@example.com',
    );
    expect(answer.mergeSigners).toEqual({
      principals: ['alice@example.com', 'bob@example.com'],
      policy,
      withinWorkTree: true,
    });
    writeFileSync(
      join(top, 'strict.yaml'),
      buildDefaultPolicy({ mergeSigners: ['bob@example.com'] }),
    );
    const other = await line.run(
      'commit',
      'verify',
      '--allowed-signers',
      'signers',
      '--policy',
      'strict.yaml',
    );
    expect([other.code, other.stderr]).toEqual([
      1,
      expect.stringContaining('can allow a key to merge for others'),
    ]);
    writeFileSync(policy, 'rules: [');
    expect((await line.run('commit', 'verify', '--allowed-signers', 'signers')).code).toBe(2);
    rmSync(policy);
    const absent = ['commit', 'verify', '--allowed-signers', 'signers', '--policy', 'none.yaml'];
    expect((await line.run(...absent)).code).toBe(2);
  });

  it('A66: ends with 3 for a commit that two readers would read differently', async () => {
    const { code, answer } = await verify(ids.twice, '--allowed-signers', 'signers');
    expect(code).toBe(3);
    expect(answer.commits).toMatchObject([
      { standing: 'undetermined', reason: { code: 'MALFORMED' } },
    ]);
  });

  it('D14: does not trust a signer that only the repository itself names', async () => {
    git('config', 'gpg.ssh.allowedSignersFile', join(top, 'signers'));
    const refused = await line.run('commit', 'verify', ids.signed);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(
      'only the settings of the repository name its allowed signers',
    );
    git('config', '--global', 'gpg.ssh.allowedSignersFile', join(top, 'signers'));
    const { code, answer } = await verify(ids.signed);
    expect([code, answer.allowedSigners.from, answer.allowedSigners.withinWorkTree]).toEqual([
      0,
      'git',
      true,
    ]);
    git('config', '--global', 'gpg.ssh.allowedSignersFile', 'signers');
    expect((await line.run('commit', 'verify', ids.signed)).stderr).toContain(
      'each repository would choose its own',
    );
    git('config', '--global', '--unset', 'gpg.ssh.allowedSignersFile');
    git('config', '--unset', 'gpg.ssh.allowedSignersFile');
    expect((await line.run('commit', 'verify', ids.signed)).stderr).toContain(
      'no allowed signers are configured for commits',
    );
  });

  it('A70: always reads the revocation file of git, and fails when it is unreadable', async () => {
    git('config', 'gpg.ssh.revocationFile', 'revoked');
    expect(
      (await line.run('commit', 'verify', ids.signed, '--allowed-signers', 'signers')).code,
    ).toBe(2);
    writeFileSync(join(top, 'revoked'), `${key.line}\n`);
    const { code, answer } = await verify(ids.signed, '--allowed-signers', 'signers');
    expect([code, answer.commits[0]?.reason?.code]).toEqual([1, 'key-revoked']);
    git('config', '--unset', 'gpg.ssh.revocationFile');
  });

  it('truth C1: uses the signers of a named configuration, also from the tree', async () => {
    writeFileSync(
      join(top, 'waybill.yaml'),
      'apiVersion: waybill.dev/v1\nkind: Config\nallowedSigners: signers\n',
    );
    const own = await line.run('commit', 'verify', ids.signed);
    expect([own.code, own.stderr]).toEqual([2, expect.stringContaining('no allowed signers')]);
    const { code, stderr } = await line.run(
      ...['commit', 'verify', ids.signed, '--config', 'waybill.yaml'],
    );
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('who can change it there can sign'),
    ]);
    rmSync(join(top, 'waybill.yaml'));
  });

  it('D13: records what was verified, once', async () => {
    const record = () =>
      line.run(
        'commit',
        'verify',
        ids.signed,
        '--allowed-signers',
        'signers',
        '--record',
        '--repo',
        'https://git.example.com/shop/trips',
      );
    expect((await record()).stderr).toContain('recorded: 1 commit, 0 known already');
    expect((await record()).stderr).toContain('recorded: 0 commits, 1 known already');
  });

  it('also prints a table, and refuses what is not a commit or not a repository', async () => {
    const { code, stdout } = await line.run(
      'commit',
      'verify',
      'HEAD~1',
      '--allowed-signers',
      'signers',
    );
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/refused .*it is not signed\n1 commit: 1 refused/s),
    ]);
    expect(
      (await line.run('commit', 'verify', 'nothing', '--allowed-signers', 'signers')).code,
    ).toBe(3);
    mkdirSync(join(top, 'home/elsewhere'), { recursive: true });
    const outside = await shell(
      line,
      `cd "$(mktemp -d)" && waybill commit verify --allowed-signers x`,
    );
    expect([outside.code, outside.stderr]).toEqual([
      2,
      expect.stringContaining('is not a git repository'),
    ]);
  });
});

describe('waybill hook', () => {
  it('D18: installs the hooks for this Waybill, and removes them', async () => {
    expect(await line.output('hook', 'install')).toContain('pre-commit installed');
    const hooks = await line.json<{ hooks: { did: string }[] }>('hook', 'uninstall');
    expect(hooks.answer.hooks.map(({ did }) => did)).toEqual(['removed', 'removed']);
  });
});

describe('D1 A68: a commit that gitsign signed', () => {
  const instance = testInstance('commits');
  const issuer = 'https://token.example.com';
  const named = (identity: string) => ['--commit-identity', `${identity}=${issuer}`];
  let id = '';
  beforeAll(() => {
    const roots = join(line.home, 'notation/truststore/sigstore');
    mkdirSync(roots, { recursive: true });
    writeFileSync(join(roots, 'public.json'), JSON.stringify(instance.root));
    const names = [der(0x81, Buffer.from('alice@example.com'))];
    const text = commitText();
    const options = { names, at: toInstant(Date.now() - 60_000) };
    const signature = signWithGitsign(instance, Buffer.from(text), { options });
    id = put(Buffer.from(withSignature(text, armourCms(signature))));
  });

  it('counts by the identity that is named, and by no other', async () => {
    const { code, answer } = await verify(id, ...named('alice@example.com'));
    expect([code, answer.commits]).toMatchObject([
      0,
      [{ standing: 'trusted', counts: 'yes', signer: { principal: 'alice@example.com' } }],
    ]);
    expect((await verify(id, ...named('mallory@example.com'))).code).toBe(1);
    expect((await verify(id, '--allowed-signers', 'signers')).code).toBe(3);
    expect((await verify(id, '--commit-identity', 'alice@example.com')).code).toBe(2);
  });

  it('counts by the identities of the configuration, and no tree adds one', async () => {
    const identities = { identity: 'alice@example.com', issuer, trustedRoot: 'public' };
    const head = { apiVersion: 'waybill.dev/v1', kind: 'Config' };
    const config = join(line.home, 'waybill.yaml');
    writeFileSync(config, JSON.stringify({ ...head, commitIdentities: [identities] }));
    expect((await verify(id)).code).toBe(0);
    const pem = createPublicKey(fixedKey('x')).export({ format: 'pem', type: 'spki' });
    writeFileSync(config, JSON.stringify({ ...head, commitIdentities: [{ publicKey: pem }] }));
    expect((await verify(id, '--allowed-signers', 'signers')).code).not.toBe(0);
    rmSync(config);
  });
});
