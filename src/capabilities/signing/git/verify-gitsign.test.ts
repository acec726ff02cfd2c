import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../../test/support/certificates.ts';
import { armourCms } from '../../../../test/support/cms-commits.ts';
import {
  encodeEntryMessage,
  type GitsignChange,
  signWithGitsign,
} from '../../../../test/support/gitsign-commits.ts';
import {
  TEST_IDENTITY,
  TEST_ISSUER,
  testInstance,
} from '../../../../test/support/sigstore-instance.ts';
import { commitText, withSignature } from '../../../../test/support/ssh-commits.ts';
import { der } from '../../../../test/support/timestamps.ts';
import { failed, ok, orThrow } from '../../../core/result.ts';
import { readEntryMessage } from '../sigstore/entry-message.ts';
import { parseTrustedRoot } from '../sigstore/trusted-root.ts';
import { readSigstoreSigner } from '../trust/sigstore-signer.ts';
import { parseCommit } from './commit.ts';
import type { CommitStanding } from './commit-signer.ts';
import { NO_KEYRING, NO_ROOTS, trustSshKeys, verifyCommit } from './verify-commit.ts';
import { NO_IDENTITIES } from './verify-gitsign.ts';

const instance = testInstance('gitsign');
const root = parseTrustedRoot(JSON.stringify(instance.root));
const TEXT = commitText();
const ALICE = { names: [der(0x81, Buffer.from('alice@example.com'))] };

function trust(identity: string, issuer = TEST_ISSUER) {
  const signer = orThrow(readSigstoreSigner({ identity, issuer, trustedRoot: 'own' }));
  const sigstore = { roots: new Map([['own', root]]), keys: [] };
  return ok({ identities: [signer], trust: sigstore, now: FIXTURE_NOW });
}

function standing(
  change: GitsignChange = {},
  gitsign: ReturnType<typeof trust> | ReturnType<typeof failed> = trust(TEST_IDENTITY),
  text = TEXT,
): CommitStanding {
  const signature = signWithGitsign(instance, Buffer.from(TEXT), change);
  const commit = orThrow(parseCommit(withSignature(text, armourCms(signature)), 'sha1'));
  return verifyCommit(commit, { ...trustSshKeys(NO_KEYRING), x509: NO_ROOTS, gitsign });
}
const judge = (...how: Parameters<typeof standing>): string => {
  const found = standing(...how);
  return found.kind === 'untrusted' ? found.reason.code : found.kind;
};

describe('D1 D4 A67 A68: signatures of gitsign', () => {
  it('count by the identity of their certificate, with the entry that is beside them', () => {
    expect(standing()).toMatchObject({
      kind: 'trusted',
      signer: { format: 'x509', principal: TEST_IDENTITY, addresses: [] },
      authorMatches: false,
    });
    expect(standing({ options: ALICE }, trust('alice@example.com'))).toMatchObject({
      ...{ kind: 'trusted', authorMatches: true, committerMatches: true },
      signer: { principal: 'alice@example.com' },
    });
  });

  it('count by no other identity, issuer or root, and by none that is not named', () => {
    expect(judge({}, trust('mallory@example.com'))).toBe('key-unknown');
    expect(judge({}, trust(TEST_IDENTITY, 'https://other.example.com'))).toBe('key-unknown');
    expect(judge({}, failed(NO_IDENTITIES))).toBe('undetermined');
    const signature = signWithGitsign(instance, Buffer.from(TEXT));
    const bytes = withSignature(TEXT, armourCms(signature));
    const commit = orThrow(parseCommit(bytes, 'sha1'));
    const nobody = { ...trustSshKeys(NO_KEYRING), x509: NO_ROOTS };
    expect(verifyCommit(commit, nobody).kind).toBe('undetermined');
    const other = testInstance('another');
    const foreign = signWithGitsign(other, Buffer.from(TEXT));
    const theirs = orThrow(parseCommit(withSignature(TEXT, armourCms(foreign)), 'sha1'));
    expect(verifyCommit(theirs, { ...nobody, gitsign: trust(TEST_IDENTITY) }).kind).toBe(
      'untrusted',
    );
  });

  it.each<readonly [string, GitsignChange, string]>([
    ['without an entry', { withoutEntry: true }, 'certificate'],
    ['with the entry of another signature', { entry: takeOther }, 'certificate'],
    ['at another time', { entry: (one) => Object.assign(one, { integratedTime: '1' }) }, 'certif'],
    ['in another log', { entry: (one) => Object.assign(one.logId, { keyId: 'AAAA' }) }, 'certif'],
    ['of another kind', { entry: (one) => Object.assign(one.kindVersion, { kind: 'x' }) }, 'certi'],
    ['by a certificate for servers', { options: { purposes: ['1.3.6.1.5.5.7.3.1'] } }, 'certif'],
  ])('%s do not count', (_, change, why) => {
    expect(judge(change)).toContain(why);
    expect(judge()).toBe('trusted');
  });

  it('are over these bytes', () => {
    expect(judge({}, trust(TEST_IDENTITY), `${TEXT}more\n`)).toBe('signature-mismatch');
  });
});

describe('the binary form of a log entry', () => {
  const entry = instance.sign(Buffer.from('x')).verificationMaterial.tlogEntries[0];
  const bytes = encodeEntryMessage(entry);
  const body = Buffer.from(entry.canonicalizedBody, 'base64');

  it('is read as its JSON', () => {
    expect(readEntryMessage(bytes, body)).toMatchObject({
      ...{ index: 7, kind: 'hashedrekord', version: '0.0.1', body },
      logId: Buffer.from(entry.logId.keyId, 'base64'),
      proof: { index: 1, size: 3, checkpoint: entry.inclusionProof.checkpoint.envelope },
    });
  });

  it('of any bytes is a value or nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (random) => {
        readEntryMessage(random, body);
        readEntryMessage(Buffer.concat([bytes.subarray(0, random.length), random]), body);
      }),
    );
    for (const cut of [1, 20, bytes.length - 1])
      expect(readEntryMessage(bytes.subarray(0, cut), body)).toBeNull();
    expect(readEntryMessage(Buffer.from([0x0d, 0, 0, 0, 0]), body)).toBeNull();
  });
});

function takeOther(entry: Record<string, unknown>): void {
  const other = instance.sign(Buffer.from('other')).verificationMaterial.tlogEntries[0];
  Object.assign(entry, other);
}
