import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  armourPgp,
  exportKey,
  PGP_CREATED,
  PGP_SIGNED,
  type PgpSignatureOptions,
  packet,
  pgpSignature,
  subpacket,
  type TestPgpKey,
  type TestRing,
  testPgpKey,
} from '../../../../test/support/openpgp-keys.ts';
import { commitText, withSignature } from '../../../../test/support/ssh-commits.ts';
import { orThrow } from '../../../core/result.ts';
import { joinKeyrings, parseKeyring } from '../openpgp/keyring.ts';
import { parseCommit } from './commit.ts';
import type { CommitStanding } from './commit-signer.ts';
import { NO_KEYRING, trustSshKeys, verifyCommit } from './verify-commit.ts';

const ALICE = testPgpKey('ed25519-legacy');
const MALLORY = testPgpKey('ed25519-legacy');
const NOBODY = trustSshKeys(NO_KEYRING);

interface Scene {
  readonly key?: TestPgpKey;
  readonly ring?: readonly Buffer[];
  readonly how?: PgpSignatureOptions;
  readonly text?: string;
  readonly armour?: (signature: Buffer) => string;
}

/** What a commit by `key` is worth where `ring` is designated. */
function standing({ key = ALICE, ring, how, text = commitText(), armour }: Scene): CommitStanding {
  const payload = Buffer.from(text);
  const signature = pgpSignature(key, [payload], how);
  const shown = armour?.(signature) ?? armourPgp(packet(2, signature));
  const commit = parseCommit(withSignature(text, shown), 'sha1');
  const rings = (ring ?? [exportKey(key)]).map((one) => orThrow(parseKeyring(one)));
  const openpgp = { ok: true as const, value: joinKeyrings(rings) };
  return verifyCommit(orThrow(commit), { ...NOBODY, openpgp });
}

function code(scene: Scene): string {
  const found = standing(scene);
  return found.kind === 'untrusted' ? found.reason.code : found.kind;
}

describe('OpenPGP signatures of commits', () => {
  it.each([
    ['ed25519-legacy', 4],
    ['ed25519', 4],
    ['ed25519', 6],
    ['ed448', 6],
    ['p256', 4],
    ['p384', 4],
    ['p521', 6],
    ['rsa3072', 4],
    ['rsa3072', 6],
  ] as const)('D1 D4: a designated key signs: %s of version %i', (kind, version) => {
    const key = testPgpKey(kind, { version });
    expect(standing({ key })).toMatchObject({
      kind: 'trusted',
      authorMatches: true,
      committerMatches: true,
      signer: { principal: key.fingerprint, addresses: ['alice@example.com'] },
    });
    expect(code({ key, ring: [exportKey(testPgpKey(kind, { version }))] })).toBe('key-unknown');
  });

  it('D1: without a named keyring no key counts, and the commit is undetermined', () => {
    const signature = armourPgp(packet(2, pgpSignature(ALICE, [Buffer.from(commitText())])));
    const commit = orThrow(parseCommit(withSignature(commitText(), signature), 'sha1'));
    expect(verifyCommit(commit, { ...NOBODY, openpgp: NO_KEYRING })).toMatchObject({
      kind: 'undetermined',
      cause: { code: 'TRUST_INVALID' },
    });
  });

  it('D4: a trusted key over the name of somebody else is told apart', () => {
    const text = commitText({
      author: 'Bob <bob@example.com>',
      committer: 'Alice <alice@example.com>',
    });
    expect(standing({ text })).toMatchObject({ authorMatches: false, committerMatches: true });
    const other = [exportKey(ALICE, { users: ['Alice <x> <alice@example.com>'] })];
    expect(standing({ ring: other })).toMatchObject({ authorMatches: false });
    const open = [exportKey(ALICE, { users: ['Alice <alice@example.comx'] })];
    expect(standing({ ring: open })).toMatchObject({ authorMatches: false });
    const gone = { users: ['A <a@example.com>', 'Alice <alice@example.com>'] };
    const revoked = exportKey(ALICE, { ...gone, revokedUsers: ['Alice <alice@example.com>'] });
    expect(standing({ ring: [revoked] })).toMatchObject({ authorMatches: false, kind: 'trusted' });
    expect(standing({ ring: [exportKey(ALICE, gone)] })).toMatchObject({ authorMatches: true });
  });

  it('A70: a revoked key signs nothing, also where another ring does not know it yet', () => {
    const revoked = exportKey(ALICE, { isRevoked: true });
    expect(code({ ring: [revoked] })).toBe('key-revoked');
    expect(code({ ring: [exportKey(ALICE), revoked] })).toBe('key-revoked');
    const byStranger = packet(2, pgpSignature(MALLORY, [Buffer.from('x')], { type: 0x20 }));
    expect(code({ ring: [exportKey(ALICE, { direct: [byStranger] })] })).toBe('trusted');
    const named = subpacket(
      12,
      Buffer.concat([Buffer.from([0x80, 22]), Buffer.from(MALLORY.fingerprint, 'hex')]),
    );
    const own = frame4(ALICE);
    const appoints = packet(
      2,
      pgpSignature(ALICE, [own], { type: 0x1f, at: PGP_CREATED, hashed: [named] }),
    );
    expect(code({ ring: [exportKey(ALICE, { direct: [appoints, byStranger] })] })).toBe(
      'key-revoked',
    );
  });

  it('A70: a key signs from its making to its end, whatever the clock of the machine says', () => {
    const endsAfter = (seconds: number): Buffer => {
      const data = Buffer.alloc(4);
      data.writeUInt32BE(seconds);
      return subpacket(9, data);
    };
    const span = PGP_SIGNED - PGP_CREATED;
    expect(code({ ring: [exportKey(ALICE, { hashed: [endsAfter(span)] })] })).toBe(
      'key-not-valid-then',
    );
    expect(code({ ring: [exportKey(ALICE, { hashed: [endsAfter(span + 1)] })] })).toBe('trusted');
    expect(code({ how: { at: PGP_CREATED - 1 } })).toBe('key-not-valid-then');
    expect(code({ how: { at: PGP_CREATED } })).toBe('trusted');
    const ends = subpacket(3, Buffer.from([0, 0, 1, 0]));
    expect(code({ how: { hashed: [ends] } })).toBe('signature-expires');
    expect(code({ how: { hashed: [subpacket(3, Buffer.alloc(4))] } })).toBe('trusted');
  });

  it('D4: a subkey signs for its primary key only if both have signed that', () => {
    const key = testPgpKey('p256');
    const ring = (more: object): Scene => ({
      key,
      ring: [exportKey(ALICE, { subkeys: [{ key, ...more }] })],
    });
    expect(standing(ring({}))).toMatchObject({
      kind: 'trusted',
      signer: { principal: ALICE.fingerprint, fingerprint: key.fingerprint },
    });
    expect(code(ring({ withoutBack: true }))).toBe('key-not-for-git');
    expect(code(ring({ boundBy: MALLORY }))).toBe('key-not-for-git');
    expect(code(ring({ flags: 0x0c }))).toBe('key-not-for-git');
    expect(code(ring({ isRevoked: true }))).toBe('key-revoked');
    const flags = [subpacket(27, Buffer.from([1]))];
    expect(code({ ring: [exportKey(ALICE, { hashed: flags })] })).toBe('key-not-for-git');
  });

  it('A31: a weak hash signs no commit, and about a key only what is old', () => {
    for (const hash of [1, 2, 3]) expect(code({ how: { hash } })).toBe('hash-algorithm');
    for (const hash of [8, 9, 10, 12, 14]) expect(code({ how: { hash } })).toBe('trusted');
    const old = testPgpKey('ed25519-legacy', { created: Date.UTC(2018, 0, 1) / 1000 });
    const self = (at: number, selfHash: number): TestRing => ({ selfAt: at, selfHash });
    const [before, since] = [Date.UTC(2019, 0, 18) / 1000, Date.UTC(2019, 0, 19) / 1000];
    const by = (how: TestRing): string => code({ key: old, ring: [exportKey(old, how)] });
    expect(by(self(before, 2))).toBe('trusted');
    expect(by(self(since, 2))).toBe('key-not-for-git');
    expect(by(self(before, 3))).toBe('key-not-for-git');
  });

  it('D4: every name of the key that it has is of the key that signed', () => {
    const other = MALLORY.fingerprint.slice(-16);
    const ring = [Buffer.concat([exportKey(ALICE), exportKey(MALLORY)])];
    expect(code({ ring })).toBe('trusted');
    expect(code({ ring, how: { keyId: other } })).toBe('key-unknown');
    expect(code({ ring, how: { issuer: MALLORY.fingerprint } })).toBe('signature-mismatch');
    expect(code({ ring, how: { keyId: null } })).toBe('key-unknown');
  });

  it('A66: one signature over exactly these bytes, in one form', () => {
    expect(code({ how: { type: 1 } })).toBe('signature-malformed');
    expect(code({ how: { withoutTime: true } })).toBe('signing-time');
    const two = (one: Buffer): string => armourPgp(Buffer.concat([packet(2, one), packet(2, one)]));
    expect(code({ armour: two })).toBe('signature-malformed');
    const checksum = /^=.*\n/m;
    const wrong = (one: Buffer): string => armourPgp(packet(2, one)).replace(checksum, '=AAAA\n');
    expect(code({ armour: wrong })).toBe('signature-malformed');
    const none = (one: Buffer): string => armourPgp(packet(2, one)).replace(checksum, '');
    expect(code({ armour: none })).toBe('trusted');
    const trailing = (one: Buffer): string => `${armourPgp(packet(2, one))}x\n`;
    expect(code({ armour: trailing })).toBe('signature-malformed');
    const twice = { hashed: [subpacket(2, Buffer.from([0, 0, 0, 1]))] };
    expect(code({ how: twice })).toBe('signature-malformed');
    const later = (one: Buffer): string =>
      armourPgp(packet(2, Buffer.from([5, ...one.subarray(1)])));
    expect(standing({ armour: later })).toMatchObject({
      kind: 'undetermined',
      cause: { code: 'UNSUPPORTED' },
    });
  });

  it('A18: what is critical and unknown voids a signature', () => {
    expect(code({ how: { hashed: [subpacket(0x80 | 60, Buffer.from('x'))] } })).toBe(
      'signature-malformed',
    );
    expect(code({ how: { hashed: [subpacket(60, Buffer.from('x'))] } })).toBe('trusted');
    const ring = [exportKey(ALICE, { hashed: [subpacket(0x80 | 60, Buffer.from('x'))] })];
    expect(code({ ring })).toBe('key-not-for-git');
  });

  it('D1: short RSA keys and unread algorithms sign nothing', () => {
    expect(code({ key: testPgpKey('rsa1024') })).toBe('key-size');
    const body = Buffer.from(ALICE.body);
    body[5] = 17;
    const key = { ...ALICE, body, algorithm: 17 };
    const issuer = { issuer: MALLORY.fingerprint };
    expect(code({ key, how: issuer, ring: [exportKey(MALLORY)] })).toBe('signature-mismatch');
  });

  it('D1: no changed byte of a signed commit counts', () => {
    const text = commitText();
    const signature = pgpSignature(ALICE, [Buffer.from(text)]);
    const bytes = withSignature(text, armourPgp(packet(2, signature)));
    const openpgp = parseKeyring(exportKey(ALICE));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ change;
        const commit = parseCommit(changed, 'sha1');
        if (!commit.ok) return;
        expect(verifyCommit(commit.value, { ...NOBODY, openpgp }).kind).not.toBe('trusted');
      }),
    );
  });
});

function frame4({ body }: TestPgpKey): Buffer {
  const head = Buffer.from([0x99, 0, 0]);
  head.writeUInt16BE(body.length, 1);
  return Buffer.concat([head, body]);
}
