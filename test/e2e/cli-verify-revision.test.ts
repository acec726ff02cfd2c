import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CommandHere } from '../support/command-line.ts';
import {
  armoured,
  commitText,
  EMPTY_TREE,
  signedCommit,
  sshSignature,
  testSshKey,
} from '../support/ssh-commits.ts';

const key = testSshKey('ed25519');
const stranger = testSshKey('p256');
let top: string;
let line: CommandHere;
const ids = { signed: '', unsigned: '' };

function git(args: readonly string[], input?: Buffer): string {
  const told = { cwd: top, env: line.env(), encoding: 'utf8' as const };
  return execFileSync('git', args, input === undefined ? told : { ...told, input }).trim();
}
const put = (bytes: Buffer, type = 'commit'): string =>
  git(['hash-object', '-t', type, '-w', '--literally', '--stdin'], bytes);

function tag(
  ref: string,
  target: string,
  more: { name?: string; type?: string; by?: typeof key | null } = {},
): string {
  const { name = ref, type = 'commit', by = key } = more;
  const head = `object ${target}\ntype ${type}\ntag ${name}\n`;
  const text = `${head}tagger Alice <alice@example.com> 1767225600 +0000\n\nrelease\n`;
  const end = by === null ? '' : armoured(sshSignature(by, Buffer.from(text)));
  const id = put(Buffer.from(text + end), 'tag');
  git(['update-ref', `refs/tags/${ref}`, id]);
  return id;
}

interface Answer {
  readonly id: string | null;
  readonly standing: string;
  readonly reason: string | null;
  readonly signatures: readonly object[];
  readonly searched: readonly object[];
}
const verify = (revision: string, ...more: readonly string[]) =>
  line.json<Answer>('verify', revision, '--allowed-signers', 'signers', ...more);

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'waybill-revision-'));
  line = new CommandHere(top);
  git(['init', '--quiet']);
  ids.signed = put(signedCommit(key, {}));
  ids.unsigned = put(Buffer.from(commitText({ parents: [ids.signed] })));
  git(['update-ref', 'refs/heads/main', ids.unsigned]);
  writeFileSync(join(top, 'signers'), `alice@example.com ${key.line}\n`);
});
afterAll(() => rmSync(top, { recursive: true, force: true }));

it('D1 D13: a signed tag counts, by whom and of which commit is told', async () => {
  const id = tag('v1', ids.signed);
  const { code, answer } = await verify('tag:v1');
  expect([code, answer.standing, answer.reason, answer.id]).toEqual([0, 'counts', null, id]);
  expect(answer).toMatchObject({
    revision: 'tag:v1',
    signatures: [
      {
        of: 'tag',
        id,
        name: 'v1',
        by: { email: 'alice@example.com', at: '2026-01-01T00:00:00.000Z' },
        format: 'ssh',
        identity: 'alice@example.com',
        standing: 'counts',
        code: null,
      },
      { of: 'commit', id: ids.signed, standing: 'counts' },
    ],
    searched: [
      { of: 'tag', id, found: 1, missing: null },
      { of: 'commit', id: ids.signed, found: 1, missing: null },
    ],
    trustedBy: [{ kind: 'allowed-signers', from: 'option', entries: 1, withinWorkTree: true }],
  });
  const { stdout } = await line.run('verify', 'tag:v1', '--allowed-signers', 'signers');
  expect(stdout).toMatch(/^tag:v1: counts\n {2}counts ssh signature of the tag by alice@/);
  expect(stdout).toContain(`  searched the tag ${id}: a signature\n`);
});

it('D1 D13: the same tag is refused where it is unsigned, renamed or by a stranger', async () => {
  const unsigned = tag('plain', ids.signed, { by: null });
  const plain = await verify('tag:plain');
  expect(plain).toMatchObject({
    code: 1,
    answer: {
      id: unsigned,
      standing: 'does-not-count',
      reason: 'it is not signed',
      signatures: [{ of: 'commit', standing: 'counts' }],
      searched: [
        { of: 'tag', id: unsigned, found: 0 },
        { of: 'commit', found: 1 },
      ],
    },
  });
  tag('v9', ids.signed, { name: 'v1' });
  const renamed = await verify('tag:v9');
  expect([renamed.code, renamed.answer.reason]).toEqual([1, expect.stringContaining('its ref')]);
  tag('strange', ids.signed, { by: stranger });
  expect(await verify('tag:strange')).toMatchObject({
    code: 1,
    answer: {
      signatures: [
        { of: 'tag', standing: 'does-not-count', identity: null, code: 'key-unknown' },
        {},
      ],
    },
  });
});

it('D1: a lightweight tag has nothing that is signed, unlike its commit', async () => {
  git(['update-ref', 'refs/tags/light', ids.signed]);
  const { code, answer } = await verify('tag:light');
  expect([code, answer.id, answer.standing]).toEqual([1, null, 'does-not-count']);
  expect(answer.reason).toContain('lightweight tag');
  expect(answer.searched).toEqual([
    { of: 'tag', id: 'refs/tags/light', found: 0, missing: null },
    { of: 'commit', id: ids.signed, found: 1, missing: null },
  ]);
});

it('D1: a tag of a tag and of a tree is that of its own signature', async () => {
  const inner = tag('inner', ids.unsigned);
  const outer = await verify(`tag:${tag('outer', inner, { type: 'tag' }) && 'outer'}`);
  expect([outer.code, outer.answer.signatures.length]).toEqual([0, 2]);
  expect(outer.answer.searched).toMatchObject([{ found: 1 }, { found: 1 }, { found: 0 }]);
  tag('tree', EMPTY_TREE, { type: 'tree' });
  const tree = await verify('tag:tree');
  expect([tree.code, tree.answer.searched.length]).toEqual([0, 1]);
});

it('D1: a commit counts, does not, or cannot be decided without its keyring', async () => {
  const counts = await verify(`commit:${ids.signed.slice(0, 12)}`);
  expect(counts).toMatchObject({ code: 0, answer: { id: ids.signed, standing: 'counts' } });
  const refused = await verify('commit:main');
  expect(refused).toMatchObject({
    code: 1,
    answer: { id: ids.unsigned, reason: 'it is not signed', signatures: [] },
  });
  const unknown = put(signedCommit(key, {}));
  const armour = git(['cat-file', 'commit', unknown])
    .replaceAll('SSH SIGNATURE', 'PGP SIGNATURE')
    .concat('\n');
  const pgp = await verify(`commit:${put(Buffer.from(armour))}`);
  expect(pgp).toMatchObject({
    code: 3,
    answer: {
      standing: 'undetermined',
      signatures: [{ of: 'commit', format: 'openpgp', code: 'TRUST_INVALID' }],
    },
  });
});

it.each([
  ['a name that is an expression', 'tag:v1^{commit}'],
  ['a parent', 'tag:light~1'],
  ['a path out of the tags', 'tag:../heads/main'],
  ['no name', 'tag:'],
  ['a line break', 'tag:a\nb'],
])('D1: %s is no tag', async (_, revision) => {
  const { code, stderr } = await line.run('verify', revision, '--allowed-signers', 'signers');
  expect([code, stderr]).toEqual([2, expect.stringContaining('not the name of a tag')]);
});

it('what is only for files or images is refused for commits, and the other way round', async () => {
  const told = async (...args: readonly string[]) => (await line.run('verify', ...args)).stderr;
  expect(await told('tag:v1', '--bundle', 'x')).toContain('--bundle is only for files');
  expect(await told('tag:v1', '--as', 'registry.example.com/a')).toContain('--as is only for');
  expect(await told('signers', '--keyring', 'x')).toContain('--keyring is only for a commit');
  expect(await told('tag:none', '--allowed-signers', 'signers')).toContain('[UNKNOWN_NAME]');
});
