import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { otherNumbers } from '../../../../test/support/commit-mutations.ts';
import {
  armoured,
  commitText,
  type SshSignatureOptions,
  signedCommit,
  sshSignature,
  type TestCommit,
  type TestSshKey,
  testSshKey,
  WHEN,
  withSignature,
} from '../../../../test/support/ssh-commits.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { addRevokedKeys, parseAllowedSigners } from './allowed-signers.ts';
import { parseCommit } from './commit.ts';
import type { CommitStanding } from './commit-signer.ts';
import { trustSshKeys, verifyCommit } from './verify-commit.ts';

const KEY = testSshKey('ed25519');
const OTHER = testSshKey('ed25519');
const ALICE = `alice@example.com ${KEY.line}`;

function standing(commit: Uint8Array, signers: string): CommitStanding {
  return verifyCommit(
    orThrow(parseCommit(commit, 'sha1')),
    trustSshKeys(parseAllowedSigners(signers)),
  );
}
const untrusted = (code: string) => ({ kind: 'untrusted', reason: { code } });
const byAlice = {
  kind: 'trusted',
  signer: { format: 'ssh', principal: 'alice@example.com' },
  authorMatches: true,
  committerMatches: true,
};
const signed = (commit: TestCommit = {}, how: SshSignatureOptions = {}, key: TestSshKey = KEY) =>
  signedCommit(key, commit, how);
/** The signature over `over`, on a commit with other content. */
const moved = (binary: Uint8Array, commit: TestCommit = {}) =>
  withSignature(commitText(commit), armoured(binary));

describe('a signed commit', () => {
  it.each(['ed25519', 'p256', 'p384', 'p521', 'rsa3072', 'sk-ed25519', 'sk-p256'] as const)(
    'D1 D3 D13: is trusted when an allowed signer signed it with a key of %s',
    (kind) => {
      const key = testSshKey(kind);
      expect(standing(signed({}, {}, key), `alice@example.com ${key.line}`)).toMatchObject(byAlice);
      expect(
        standing(signed({}, { hash: 'sha256' }, key), `alice@example.com ${key.line}`),
      ).toMatchObject(byAlice);
    },
  );

  it('D1: has the name of its key as git and ssh-keygen print it', () => {
    const result = standing(signed(), ALICE);
    expect(result.kind === 'trusted' && result.signer.fingerprint).toMatch(
      /^SHA256:[A-Za-z0-9+/]{43}$/,
    );
  });

  it('D18: is unsigned when it has a signature only in its message or for the other hash', () => {
    const text = commitText();
    const signature = armoured(sshSignature(KEY, Buffer.from(text)));
    expect(standing(Buffer.from(text), ALICE)).toEqual({ kind: 'unsigned' });
    expect(standing(Buffer.from(commitText({ message: `gpgsig ${signature}` })), ALICE)).toEqual({
      kind: 'unsigned',
    });
    expect(standing(withSignature(text, signature, 'gpgsig-sha256'), ALICE)).toEqual({
      kind: 'unsigned',
    });
  });

  it('D5: is refused when one byte of what was signed differs', () => {
    const binary = sshSignature(KEY, Buffer.from(commitText()));
    expect(standing(moved(binary), ALICE)).toMatchObject(byAlice);
    for (const other of [
      { message: 'Change\n' },
      { seconds: WHEN + 1 },
      { author: 'Alicf <alice@example.com>' },
      { headers: 'x y\n' },
    ]) {
      expect(standing(moved(binary, other), ALICE)).toMatchObject(untrusted('signature-mismatch'));
    }
  });

  it('A69: is refused when it was signed for another purpose than git', () => {
    for (const namespace of ['file', 'email', 'Git', 'git ', 'git\0', '']) {
      expect(standing(signed({}, { namespace }), ALICE)).toMatchObject(untrusted('namespace'));
    }
    expect(standing(signed({}, { namespace: 'git' }), ALICE)).toMatchObject(byAlice);
  });

  it.each([
    ['a hash that is not accepted', { hash: 'sha1' }, 'hash-algorithm'],
    ['another version', { version: 0 }, 'signature-malformed'],
    ['another version', { version: 2 }, 'signature-malformed'],
    ['a NUL after its hash', { hash: 'sha512\0' }, 'hash-algorithm'],
    ['something in its reserved field', { reserved: 'x' }, 'signature-malformed'],
    ['the name of another scheme', { scheme: 'ssh-rsa' }, 'key-algorithm'],
  ] as const)('is refused with %s', (_, how, code) => {
    expect(standing(signed({}, how), ALICE)).toMatchObject(untrusted(code));
  });

  it('is refused when its RSA key signed with SHA-1 or is short, or is a DSA key', () => {
    const [rsa, short, dsa] = [testSshKey('rsa3072'), testSshKey('rsa1024'), testSshKey('dsa')];
    const signers = [rsa, short, dsa].map(({ line }) => `alice@example.com ${line}`).join('\n');
    expect(standing(signed({}, { scheme: 'ssh-rsa' }, rsa), signers)).toMatchObject(
      untrusted('key-algorithm'),
    );
    expect(standing(signed({}, {}, short), signers)).toMatchObject(untrusted('key-size'));
    expect(standing(signed({}, {}, dsa), signers)).toMatchObject(untrusted('key-algorithm'));
    expect(standing(signed({}, { scheme: 'rsa-sha2-256' }, rsa), signers)).toMatchObject(byAlice);
  });

  it.each(['ed25519', 'p256', 'rsa3072', 'sk-p256'] as const)(
    'is refused when the numbers of its signature by a key of %s have another form',
    (kind) => {
      const key = testSshKey(kind);
      const binary = sshSignature(key, Buffer.from(commitText()));
      const signers = `alice@example.com ${key.line}`;
      const other = otherNumbers({ key, binary, random: () => 0 });
      expect(standing(moved(other), signers)).toMatchObject(untrusted('signature-malformed'));
      expect(standing(moved(binary), signers)).toMatchObject(byAlice);
    },
  );

  it('is refused in the WebAuthn form of a security key', () => {
    const key = testSshKey('sk-p256');
    const scheme = 'webauthn-sk-ecdsa-sha2-nistp256@openssh.com';
    const signers = `alice@example.com ${key.line}`;
    expect(standing(signed({}, { scheme }, key), signers)).toMatchObject(
      untrusted('key-algorithm'),
    );
    expect(standing(signed({}, {}, key), signers)).toMatchObject(byAlice);
  });

  it('is refused when the security key was not touched', () => {
    const key = testSshKey('sk-ed25519');
    expect(standing(signed({}, { flags: 0 }, key), `alice@example.com ${key.line}`)).toMatchObject(
      untrusted('not-touched'),
    );
    expect(standing(signed({}, { flags: 5 }, key), `alice@example.com ${key.line}`)).toMatchObject(
      byAlice,
    );
  });

  it.each([
    ['text after the armour', (text: string) => `${text}x\n`],
    ['text before it', (text: string) => `${text.replace('\n', '\n\n')}`],
    ['no end', (text: string) => text.replace(/-----END.*\n/, '')],
    ['a blank in the base64', (text: string) => text.replace('\nU1NI', '\nU1 NI')],
    ['too much padding', (text: string) => text.replace(/\n-----END/, '=\n-----END')],
    ['nothing in it', () => '-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n'],
    [
      'a byte after the signature',
      (text: string) => armoured(Buffer.concat([decodeArmour(text), Buffer.from([0])])),
    ],
    ['its last byte cut off', (text: string) => armoured(decodeArmour(text).subarray(0, -1))],
    ['no key', () => armoured(Buffer.from('SSHSIG\0\0\0\x01\0\0\0\0'))],
    [
      'a length that goes past its end',
      () => armoured(Buffer.from('SSHSIG\0\0\0\x01\xff\xff\xff\xff', 'latin1')),
    ],
  ])('is refused with %s', (_, edit) => {
    const armour = armoured(sshSignature(KEY, Buffer.from(commitText())));
    expect(standing(withSignature(commitText(), edit(armour)), ALICE)).toMatchObject(
      untrusted('signature-malformed'),
    );
  });

  it('is refused when its lines end in carriage returns, and with one over its limit', () => {
    const binary = sshSignature(KEY, Buffer.from(commitText()));
    expect(standing(withSignature(commitText(), armoured(binary, '\r\n')), ALICE)).toMatchObject(
      untrusted('signature-malformed'),
    );
    const lines = (bytes: number): string =>
      `-----BEGIN SSH SIGNATURE-----\n${'x'.repeat(bytes - 30)}`;
    const text = (bytes: number) => standing(withSignature(commitText(), lines(bytes)), ALICE);
    expect(text(LIMITS.sshSignatureBytesMax - 1)).toMatchObject({
      reason: { text: 'its armour or base64 is malformed' },
    });
    expect(text(LIMITS.sshSignatureBytesMax + 1)).toMatchObject({
      reason: { text: 'the signature is too long' },
    });
  });

  it.each(['nonsense'])(
    'A67: is undetermined, never trusted and never unsigned, with a signature that begins %s',
    (first) => {
      const result = standing(withSignature(commitText(), `${first}\nAAAA\n`), ALICE);
      expect(result).toMatchObject({ kind: 'undetermined', cause: { code: 'UNSUPPORTED' } });
    },
  );

  it('is refused when its SSH certificate cannot be read', () => {
    const certificate = {
      ...KEY,
      blob: Buffer.concat([
        Buffer.from('\0\0\0\x1fssh-ed25519-cert-v01@openssh.com'.replace('\x1f', '\x20')),
        KEY.blob,
      ]),
    };
    expect(standing(signed({}, {}, certificate), ALICE)).toMatchObject(untrusted('certificate'));
  });
});

describe('the signer of a commit', () => {
  it('D14: is unknown when no line has the key, or only as an authority', () => {
    expect(standing(signed({}, {}, OTHER), ALICE)).toMatchObject(untrusted('key-unknown'));
    expect(standing(signed(), `alice@example.com cert-authority ${KEY.line}`)).toMatchObject(
      untrusted('key-only-authority'),
    );
    expect(standing(signed(), `a cert-authority ${KEY.line}\n${ALICE}`)).toMatchObject(byAlice);
  });

  it('A69: is unknown when the key may sign only for something else', () => {
    const by = (namespaces: string) =>
      standing(signed(), `alice@example.com namespaces="${namespaces}" ${KEY.line}`);
    for (const other of ['file', 'file,email', '!git,*', ''])
      expect(by(other)).toMatchObject(untrusted('key-not-for-git'));
    for (const ours of ['git', 'file,git', '*', 'g?t']) expect(by(ours)).toMatchObject(byAlice);
  });

  it('A70: is unknown outside the validity of the key, whose bounds belong to it', () => {
    const by = (option: string, seconds = WHEN) =>
      standing(signed({ seconds }), `alice@example.com ${option} ${KEY.line}`);
    expect(by('valid-before="20251231235959Z"')).toMatchObject(untrusted('key-not-valid-then'));
    expect(by('valid-before="20260101Z"')).toMatchObject(byAlice);
    expect(by('valid-after="20260101000001Z"')).toMatchObject(untrusted('key-not-valid-then'));
    expect(by('valid-after="20260101Z"')).toMatchObject(byAlice);
    expect(by('valid-after="20260101"')).toMatchObject(untrusted('key-not-valid-then'));
    expect(by('valid-after="20260101"', WHEN + 12 * 3_600)).toMatchObject(byAlice);
  });

  it('A70: is unknown when the key is revoked', () => {
    const commit = orThrow(parseCommit(signed(), 'sha1'));
    const signers = orThrow(parseAllowedSigners(ALICE));
    const without = (line: string) =>
      verifyCommit(commit, trustSshKeys(addRevokedKeys(signers, Buffer.from(line))));
    expect(without(KEY.line)).toMatchObject(untrusted('key-revoked'));
    expect(without(OTHER.line)).toMatchObject(byAlice);
  });

  it('is unknown when the committer line has no time', () => {
    const text = commitText({ seconds: 0 });
    expect(
      standing(moved(sshSignature(KEY, Buffer.from(text)), { seconds: 0 }), ALICE),
    ).toMatchObject(untrusted('signing-time'));
  });

  it('is named by the first line with the key that was valid then, as in git', () => {
    const old = `old@example.com valid-before="20200101Z" ${KEY.line}`;
    expect(standing(signed(), old)).toMatchObject(untrusted('key-not-valid-then'));
    expect(standing(signed(), `${old}\n${ALICE}`)).toMatchObject(byAlice);
    expect(standing(signed(), `${ALICE}\n${old}`)).toMatchObject(byAlice);
    const forFiles = `bob@example.com namespaces="file" ${KEY.line}`;
    expect(standing(signed(), `${forFiles}\n${ALICE}`)).toMatchObject(untrusted('key-not-for-git'));
    expect(standing(signed(), `!alice@example.com,alice@example.com ${KEY.line}`)).toMatchObject(
      untrusted('no-principal'),
    );
  });

  it('truth A14: the reason names the line that git looks at', () => {
    const old = `old@example.com valid-before="20200101Z" ${KEY.line}`;
    const forFiles = `bob@example.com namespaces="file" ${KEY.line}`;
    const nobody = `!alice@example.com,alice@example.com ${KEY.line}`;
    const name = (...lines: readonly string[]) => {
      const found = standing(signed(), lines.join('\n'));
      return found.kind === 'untrusted' ? found.reason.text : '';
    };
    expect(name(old, forFiles)).toMatch(/^line 2: the key may sign for "file", not for git/);
    expect(name(old, nobody)).toMatch(/^line 2: its principals match no name/);
    expect(name(forFiles, ALICE)).toMatch(/^line 1: the key may sign for "file", not for git/);
    expect(name(old, old)).toMatch(/^line 1: /);
  });

  it('D4: is compared with author and committer: each must be exactly a principal', () => {
    const by = (commit: TestCommit, principals = 'alice@example.com') =>
      standing(signed(commit), `${principals} ${KEY.line}`);
    const bob = 'Alice <bob@example.com>';
    expect(by({ author: bob, committer: 'Alice <alice@example.com>' })).toMatchObject({
      kind: 'trusted',
      authorMatches: false,
      committerMatches: true,
    });
    expect(by({ committer: bob })).toMatchObject({
      kind: 'trusted',
      authorMatches: true,
      committerMatches: false,
    });
    for (const author of [
      'A <Alice@example.com>',
      'alice@example.com <x@example.com>',
      'A <>',
      'A < alice@example.com>',
      'A <\ufeffalice@example.com>',
    ]) {
      expect(by({ author })).toMatchObject({
        kind: 'trusted',
        authorMatches: false,
        committerMatches: false,
      });
    }
    expect(by({ author: bob }, 'alice@example.com,bob@example.com')).toMatchObject({
      authorMatches: true,
      committerMatches: true,
    });
    expect(by({ author: bob }, '*@example.com,!bob@*')).toMatchObject({
      kind: 'trusted',
      authorMatches: false,
    });
  });

  it('D4: has no name with the principal `*`: the key counts, but no author does', () => {
    expect(standing(signed(), `* ${KEY.line}`)).toMatchObject({
      kind: 'trusted',
      signer: { principal: '*' },
      authorMatches: false,
      committerMatches: false,
    });
  });

  it('depends only on the bytes and the file: the same commit gives the same answer', () => {
    expect(standing(signed(), ALICE)).toEqual(standing(signed(), ALICE));
  });
});

describe('hostile signatures', () => {
  it('D5: a changed byte of signature or commit is never trusted and never throws', () => {
    const commits = [KEY, testSshKey('p384'), testSshKey('sk-p256')].map((key) => ({
      bytes: signed({}, {}, key),
      signers: `alice@example.com ${key.line}`,
    }));
    fc.assert(
      fc.property(
        fc.constantFrom(...commits),
        fc.nat(2_000),
        fc.integer({ min: 1, max: 255 }),
        ({ bytes, signers }, at, flip) => {
          const changed = Buffer.from(bytes);
          changed[at % bytes.length] = (changed[at % bytes.length] ?? 0) ^ flip;
          const commit = parseCommit(changed, 'sha1');
          if (commit.ok)
            expect(
              verifyCommit(commit.value, trustSshKeys(parseAllowedSigners(signers))).kind,
            ).not.toBe('trusted');
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('a signature with arbitrary fields gives a reason', () => {
    const field = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom(KEY.blob, Buffer.from('git'), Buffer.from('sha512')),
    );
    fc.assert(
      fc.property(fc.array(field, { maxLength: 6 }), (fields) => {
        const wire = fields.flatMap((bytes) => [
          Buffer.from([0, 0, 0, bytes.length]),
          Buffer.from(bytes),
        ]);
        const result = standing(
          moved(Buffer.concat([Buffer.from('SSHSIG\0\0\0\x01'), ...wire])),
          ALICE,
        );
        expect(result.kind).toBe('untrusted');
      }),
      { numRuns: 1_000 },
    );
  });
});

function decodeArmour(armour: string): Buffer {
  return Buffer.from(armour.replace(/-----.*-----/g, ''), 'base64');
}
