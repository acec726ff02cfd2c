import { describe, expect, it } from 'vitest';
import { certify, type TestCertificate } from '../../../../test/support/ssh-certificates.ts';
import {
  type SshSignatureOptions,
  signedCommit,
  type TestCommit,
  testSshKey,
  WHEN,
} from '../../../../test/support/ssh-commits.ts';
import { ok, orThrow } from '../../../core/result.ts';
import { addRevokedKeys, parseAllowedSigners } from './allowed-signers.ts';
import { parseCommit } from './commit.ts';
import { trustSshKeys, verifyCommit } from './verify-commit.ts';

const KEY = testSshKey('ed25519');
const AUTHORITY = testSshKey('p256');
const LINE = `*@example.com cert-authority,namespaces="git" ${AUTHORITY.line}`;

interface Scene {
  readonly how?: TestCertificate;
  readonly key?: typeof KEY;
  readonly signers?: string;
  readonly commit?: TestCommit;
  readonly signing?: SshSignatureOptions;
  readonly revoked?: string;
}

function standing({ how, key = KEY, signers = LINE, commit, signing, revoked }: Scene = {}) {
  const bytes = signedCommit(certify(key, AUTHORITY, how), commit, signing);
  const allowed = orThrow(parseAllowedSigners(signers));
  const less = revoked === undefined ? ok(allowed) : addRevokedKeys(allowed, Buffer.from(revoked));
  return verifyCommit(orThrow(parseCommit(bytes, 'sha1')), trustSshKeys(less));
}

function code(scene: Scene): string {
  const found = standing(scene);
  return found.kind === 'untrusted' ? found.reason.code : found.kind;
}

describe('a commit that is signed with an SSH certificate', () => {
  it.each(['ed25519', 'p256', 'p384', 'p521', 'rsa3072', 'sk-ed25519', 'sk-p256'] as const)(
    'D1 D14: is trusted when an allowed authority vouches for the principal: %s',
    (kind) => {
      expect(standing({ key: testSshKey(kind) })).toMatchObject({
        kind: 'trusted',
        signer: { principal: 'alice@example.com' },
        authorMatches: true,
        committerMatches: true,
      });
    },
  );

  it('D14: is refused where the authority, the key or the bytes are others', () => {
    expect(code({ how: { signedBy: testSshKey('p256') } })).toBe('certificate');
    expect(code({ signers: `alice@example.com ${AUTHORITY.line}` })).toBe('key-unknown');
    expect(code({ signers: `alice@example.com ${KEY.line}` })).toBe('key-unknown');
    expect(code({ signers: `*@example.org cert-authority ${AUTHORITY.line}` })).toBe(
      'no-principal',
    );
    expect(code({ signers: LINE.replace('"git"', '"file"') })).toBe('key-not-for-git');
    const ended = `*@example.com cert-authority,valid-before="20200101Z" ${AUTHORITY.line}`;
    expect(code({ signers: ended })).toBe('key-not-valid-then');
  });

  it('D4: names only its own principals, and only those that the authority may name', () => {
    const principals = ['bob@example.com', 'root@example.org'];
    const by = (author: string) => standing({ how: { principals }, commit: { author } });
    expect(by('Bob <bob@example.com>')).toMatchObject({ authorMatches: true });
    expect(by('Alice <alice@example.com>')).toMatchObject({
      kind: 'trusted',
      authorMatches: false,
    });
    expect(by('Root <root@example.org>')).toMatchObject({ authorMatches: false });
    const pattern = { how: { principals: ['*@example.com'] } };
    expect(standing(pattern)).toMatchObject({ authorMatches: false });
  });

  it('A70: is refused outside its validity, for a host, without principals, with an option', () => {
    const [now, next] = [BigInt(WHEN), BigInt(WHEN + 1)];
    expect(code({ how: { validAfter: next } })).toBe('key-not-valid-then');
    expect(code({ how: { validAfter: now, validBefore: next } })).toBe('trusted');
    expect(code({ how: { validBefore: now } })).toBe('key-not-valid-then');
    expect(code({ how: { type: 2 } })).toBe('certificate');
    expect(code({ how: { principals: [] } })).toBe('certificate');
    expect(code({ how: { critical: ['force-command'] } })).toBe('certificate');
    expect(code({ how: { reserved: 'x' } })).toBe('certificate');
    expect(code({ how: { extensions: ['permit-pty', 'permit-X11'] } })).toBe('certificate');
    const many = Array.from({ length: 257 }, () => 'a');
    expect(code({ how: { principals: [...many.slice(2), 'alice@example.com'] } })).toBe('trusted');
    expect(code({ how: { principals: many } })).toBe('certificate');
  });

  it('D1: a security key is touched and checked as the certificate asks', () => {
    const key = testSshKey('sk-ed25519');
    expect(code({ key, signing: { flags: 0 } })).toBe('not-touched');
    const free: TestCertificate = { extensions: ['no-touch-required'] };
    expect(code({ key, how: free, signing: { flags: 0 } })).toBe('trusted');
    const strict: TestCertificate = { critical: ['verify-required'] };
    expect(code({ key, how: strict })).toBe('not-touched');
    expect(code({ key, how: strict, signing: { flags: 5 } })).toBe('trusted');
    expect(code({ how: strict })).toBe('not-touched');
  });

  it('A70: is refused when its key or its authority is revoked', () => {
    expect(code({ revoked: KEY.line })).toBe('key-revoked');
    expect(code({ revoked: AUTHORITY.line })).toBe('key-revoked');
    expect(code({ revoked: testSshKey('p256').line })).toBe('trusted');
  });
});
