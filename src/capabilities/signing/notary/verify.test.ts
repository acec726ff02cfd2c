import { describe, expect, it } from 'vitest';
import { FIXTURE_NOW, testAuthority, testKey } from '../../../../test/support/certificates.ts';
import {
  type Forgery,
  forgeEnvelope,
  questionAbout,
  SUBJECT,
  trustIn,
} from '../../../../test/support/notary.ts';
import { startThreadClock } from '../../../../test/support/thread-clock.ts';
import { formatInstant, toInstant } from '../../../core/instant.ts';
import { fail, orThrow } from '../../../core/result.ts';
import type { SignatureResult } from '../signature-result.ts';
import { buildNotarySignatureArtifact, signNotary } from './sign.ts';
import { verifyNotary } from './verify.ts';

const HOUR_MS = 3_600_000;
const key = await testKey({ subject: 'CN=release,O=Shop,ST=WA,C=US' });
const trust = trustIn(key.rootPem);

async function verdictOn(forgery: Forgery): Promise<SignatureResult> {
  return verifyNotary(questionAbout(await forgeEnvelope(key, forgery), trust));
}

/** `trusted`, or the code of the first reason. */
function outcome(result: SignatureResult): string {
  if (result.kind === 'untrusted') return result.reasons[0].code;
  return result.kind === 'trusted' ? 'trusted' : result.cause.code;
}

const later = (ms: number) => formatInstant(toInstant(FIXTURE_NOW + ms));
const SCHEME = 'io.cncf.notary.signingScheme';
const TIME = 'io.cncf.notary.signingTime';
const AUTHENTIC = 'io.cncf.notary.authenticSigningTime';
const EXPIRY = 'io.cncf.notary.expiry';
const AUTHORITY = 'notary.x509.signingAuthority';

const encoded = key.chain.map((der) => Buffer.from(der).toString('base64'));
/** 64 octets leave four bits of the last character unused; the lowest of them is set. */
const withSpareBit = (text: string): string =>
  `${text.slice(0, -1)}${String.fromCharCode(text.charCodeAt(text.length - 1) + 1)}`;

/**
 * Each pair differs in one thing: the first must be refused with this code, the second accepted.
 */
const PAIRS: readonly (readonly [string, string, Forgery, Forgery])[] = [
  [
    'A18 N18: an unknown critical header',
    'critical-header',
    { protect: { crit: [SCHEME, 'x'], x: 1 } },
    { protect: { x: 1 } },
  ],
  [
    'A18: the critical header b64',
    'critical-header',
    { protect: { crit: [SCHEME, 'b64'], b64: true } },
    {},
  ],
  [
    'A19: a crit that lists an absent header',
    'critical-header',
    { protect: { crit: [SCHEME, EXPIRY] } },
    { protect: { crit: [SCHEME, EXPIRY], [EXPIRY]: later(HOUR_MS) } },
  ],
  [
    'A20 N17: a scheme that crit does not name',
    'critical-header',
    { protect: { crit: [TIME] } },
    { protect: { crit: [TIME, SCHEME] } },
  ],
  ['N17: no crit', 'critical-header', { protect: { crit: undefined } }, {}],
  ['N17: an empty crit', 'critical-header', { protect: { crit: [] } }, {}],
  [
    'N17: a crit that names a header twice',
    'critical-header',
    { protect: { crit: [SCHEME, SCHEME] } },
    { protect: { crit: [SCHEME] } },
  ],
  [
    'N17: an expiry that crit does not name',
    'critical-header',
    { protect: { [EXPIRY]: later(HOUR_MS) } },
    { protect: { [EXPIRY]: later(HOUR_MS), crit: [SCHEME, EXPIRY] } },
  ],
  ['A21 N15: alg none', 'algorithm', { protect: { alg: 'none' } }, {}],
  ['A21 N15: alg HS256', 'algorithm', { protect: { alg: 'HS256' } }, {}],
  ['A21 N15: alg RS256', 'algorithm', { protect: { alg: 'RS256' } }, {}],
  [
    'A21: an alg that is a member of every object',
    'algorithm',
    { protect: { alg: 'toString' } },
    {},
  ],
  ['A22: an alg for another key size', 'algorithm-mismatch', { protect: { alg: 'ES384' } }, {}],
  ['A22: an alg for another kind of key', 'algorithm-mismatch', { protect: { alg: 'PS256' } }, {}],
  ['A23: another cty', 'content-type', { protect: { cty: 'application/json' } }, {}],
  [
    'A24: a payload with a key twice',
    'duplicate-key',
    {
      payload: JSON.stringify({ targetArtifact: SUBJECT }).replace('"size":8', '"size":8,"size":8'),
    },
    {},
  ],
  [
    'A24: a payload with keys that differ in case',
    'duplicate-key',
    { payload: JSON.stringify({ targetArtifact: { ...SUBJECT, Size: 9 } }) },
    { payload: JSON.stringify({ targetArtifact: { ...SUBJECT, other: 9 } }) },
  ],
  [
    'A24: a protected header with a key twice',
    'duplicate-key',
    { protectedText: (text) => text.replace('"cty"', '"alg":"ES256","cty"') },
    {},
  ],
  [
    'A24: an envelope with keys that differ in case',
    'duplicate-key',
    { envelope: (it) => ({ ...it, Payload: it['payload'] }) },
    {},
  ],
  [
    'N10: a payload whose only key is spelt in another case',
    'payload-malformed',
    { payload: JSON.stringify({ TargetArtifact: SUBJECT }) },
    {},
  ],
  [
    'N10: a payload with something beside the target',
    'payload-malformed',
    { payload: JSON.stringify({ targetArtifact: SUBJECT, other: 1 }) },
    {},
  ],
  [
    'N11: another digest',
    'target-mismatch',
    {
      payload: JSON.stringify({
        targetArtifact: { ...SUBJECT, digest: `sha256:${'0'.repeat(64)}` },
      }),
    },
    {},
  ],
  [
    'N11: another size',
    'target-mismatch',
    { payload: JSON.stringify({ targetArtifact: { ...SUBJECT, size: 9 } }) },
    {},
  ],
  [
    'N11: another media type',
    'target-mismatch',
    { payload: JSON.stringify({ targetArtifact: { ...SUBJECT, mediaType: 'a/b' } }) },
    {},
  ],
  [
    'N14: the compact form',
    'envelope-malformed',
    { envelope: (it) => `"${it['protected']}.${it['payload']}.${it['signature']}"` },
    {},
  ],
  [
    'N14: the general form',
    'envelope-malformed',
    {
      envelope: ({ signature, protected: head, header, payload }) => ({
        payload,
        signatures: [{ protected: head, header, signature }],
      }),
    },
    {},
  ],
  [
    'N14: a member that the flattened form does not have',
    'envelope-malformed',
    { envelope: (it) => ({ ...it, more: 1 }) },
    {},
  ],
  [
    'RFC 7515: a header both protected and not',
    'envelope-malformed',
    { header: { alg: 'ES256' } },
    { header: { other: 'ES256' } },
  ],
  [
    'RFC 7515: a padded signature',
    'envelope-malformed',
    { envelope: (it) => ({ ...it, signature: `${it['signature']}==` }) },
    {},
  ],
  [
    'RFC 4648 §3.5: a signature with spare bits',
    'envelope-malformed',
    { envelope: (it) => ({ ...it, signature: withSpareBit(String(it['signature'])) }) },
    {},
  ],
  [
    'RFC 7515 §4.1.6: a certificate whose base64 has a line feed',
    'envelope-malformed',
    { header: { x5c: encoded.map((text) => `${text}\n`) } },
    { header: { x5c: encoded } },
  ],
  [
    'a changed signature',
    'signature-mismatch',
    { signature: (bytes) => bytes.map((byte, at) => (at === 9 ? byte ^ 1 : byte)) },
    {},
  ],
  [
    'a signature of zeros (psychic signature)',
    'signature-mismatch',
    { signature: (bytes) => bytes.map(() => 0) },
    {},
  ],
  [
    'a payload that was replaced after signing',
    'signature-mismatch',
    {
      envelope: (it) => ({
        ...it,
        payload: Buffer.from('{"targetArtifact":{}}').toString('base64url'),
      }),
    },
    {},
  ],
  [
    'N19: a time without an offset',
    'signing-time',
    { protect: { [TIME]: '2026-11-22T12:00:00' } },
    { protect: { [TIME]: '2026-11-22T20:00:00+08:00' } },
  ],
  ['N19: no signing time', 'signing-time', { protect: { [TIME]: undefined } }, {}],
  ['N26: an unknown scheme', 'signing-scheme', { protect: { [SCHEME]: 'notary.x509.other' } }, {}],
  [
    'N26: the time of the other scheme',
    'signing-scheme',
    { protect: { [AUTHENTIC]: later(0) } },
    {},
  ],
  [
    'N27: an expiry at the present moment',
    'signature-expired',
    { protect: { [TIME]: later(-HOUR_MS), [EXPIRY]: later(0), crit: [SCHEME, EXPIRY] } },
    { protect: { [TIME]: later(-HOUR_MS), [EXPIRY]: later(1_000), crit: [SCHEME, EXPIRY] } },
  ],
  [
    'N28: an expiry that is not after the signing time',
    'expiry',
    { protect: { [EXPIRY]: later(0), crit: [SCHEME, EXPIRY] } },
    { protect: { [EXPIRY]: later(1_000), crit: [SCHEME, EXPIRY] } },
  ],
  [
    'a signing time in the future',
    'signing-time',
    { protect: { [TIME]: later(301_000) } },
    { protect: { [TIME]: later(300_000) } },
  ],
  [
    'a signature that requires a plugin',
    'plugin-required',
    { protect: { 'io.cncf.notary.verificationPlugin': 'p' } },
    { protect: { 'io.cncf.notary.other': 'p' } },
  ],
  ['A27 N21: no chain', 'envelope-malformed', { header: { x5c: undefined } }, {}],
  ['A27 N21: a chain without its root', 'chain-incomplete', { chain: key.chain.slice(0, 1) }, {}],
  ['A27 N32: a chain in another order', 'chain-order', { chain: [...key.chain].reverse() }, {}],
  ['A27 N32: a root twice', 'chain-order', { chain: [...key.chain, ...key.chain.slice(1)] }, {}],
];

describe('verifyNotary', () => {
  it.each(PAIRS)(
    '%s is refused with %s, and accepted without this one fault',
    async (_, code, bad, good) => {
      expect(outcome(await verdictOn(bad))).toBe(code);
      expect(outcome(await verdictOn(good))).toBe('trusted');
    },
  );

  it('trusts a signature of signNotary, and states its signer and its end', async () => {
    const envelope = orThrow(await signNotary({ subject: SUBJECT, key, signedAt: FIXTURE_NOW }));
    const result = verifyNotary(questionAbout(envelope, trust, { chain: key.chain }));
    expect(result).toMatchObject({
      kind: 'trusted',
      signer: {
        identity: 'CN=release,ST=WA,O=Shop,C=US',
        trustStore: 'ca:acme',
        signedAt: FIXTURE_NOW,
      },
      unchecked: [],
    });
    const expiring = orThrow(
      await signNotary({
        subject: SUBJECT,
        key,
        signedAt: FIXTURE_NOW,
        expiresAt: toInstant(FIXTURE_NOW + HOUR_MS),
      }),
    );
    expect(verifyNotary(questionAbout(expiring, trust))).toMatchObject({
      validUntil: FIXTURE_NOW + HOUR_MS,
      ends: { chain: FIXTURE_NOW + 365 * 24 * HOUR_MS, expiry: FIXTURE_NOW + HOUR_MS },
    });
  });

  it('N12: signed metadata is matched as a subset; reserved keys are never signed', async () => {
    const metadata = { commit: 'abc', run: '7' };
    const envelope = orThrow(
      await signNotary({ subject: SUBJECT, key, signedAt: FIXTURE_NOW, metadata }),
    );
    expect(outcome(verifyNotary(questionAbout(envelope, trust, { metadata: { run: '7' } })))).toBe(
      'trusted',
    );
    expect(outcome(verifyNotary(questionAbout(envelope, trust, { metadata: { run: '8' } })))).toBe(
      'metadata-mismatch',
    );
    const reserved = await signNotary({
      subject: SUBJECT,
      key,
      signedAt: FIXTURE_NOW,
      metadata: { 'io.cncf.notary.x': '1' },
    });
    expect(reserved).toMatchObject({ ok: false, failure: { code: 'USAGE' } });
  });

  it('A8 N4: a valid signature of another image does not count', async () => {
    const envelope = orThrow(await signNotary({ subject: SUBJECT, key, signedAt: FIXTURE_NOW }));
    const other = { ...SUBJECT, size: 9 };
    const moved = { ...questionAbout(envelope, trust), subject: other };
    expect(outcome(verifyNotary(moved))).toBe('subject-mismatch');
    const parts = { subject: other, envelope, chain: key.chain, createdAt: FIXTURE_NOW };
    const { manifest } = buildNotarySignatureArtifact(parts);
    expect(outcome(verifyNotary({ ...moved, manifest: manifest.bytes }))).toBe('target-mismatch');
  });

  it('A7: an envelope that is not the layer of the manifest does not count', async () => {
    const question = questionAbout(await forgeEnvelope(key), trust);
    const other = await forgeEnvelope(key);
    expect(outcome(verifyNotary({ ...question, envelope: other }))).toBe('envelope-digest');
    expect(outcome(verifyNotary(question))).toBe('trusted');
  });

  it('A34: a chain without a verified timestamp counts only within its validity', async () => {
    const validUntil = toInstant(FIXTURE_NOW - 1_000);
    const old = await testKey({ subject: 'CN=release,O=Shop,ST=WA,C=US', validUntil });
    const envelope = await forgeEnvelope(old, { protect: { [TIME]: later(-HOUR_MS) } });
    expect(outcome(verifyNotary(questionAbout(envelope, trust)))).toBe('certificate-expired');
    expect(outcome(verifyNotary(questionAbout(envelope, trust, { now: validUntil })))).toBe(
      'trusted',
    );
    const future = await testKey({
      subject: 'CN=release,O=Shop,ST=WA,C=US',
      validFrom: toInstant(FIXTURE_NOW + 1_000),
    });
    expect(outcome(verifyNotary(questionAbout(await forgeEnvelope(future), trust)))).toBe(
      'certificate-not-yet-valid',
    );
  });

  it('N46: a policy that requires a timestamp is not met by a malformed one', async () => {
    const stores = { 'tsa:clock': key.rootPem };
    const change = { trustStores: ['ca:acme', 'tsa:clock'] };
    const envelope = await forgeEnvelope(key, {
      header: { 'io.cncf.notary.timestampSignature': 'AAAA' },
    });
    const always = trustIn(key.rootPem, { ...change, verifyTimestamp: 'always' }, stores);
    expect(outcome(verifyNotary(questionAbout(envelope, always)))).toBe('timestamp-malformed');
    const afterExpiry = trustIn(
      key.rootPem,
      { ...change, verifyTimestamp: 'afterCertExpiry' },
      stores,
    );
    expect(outcome(verifyNotary(questionAbout(envelope, afterExpiry)))).toBe('trusted');
  });

  it('A33 N35: certificate and signing authorities do not vouch for each other', async () => {
    const protect = {
      [SCHEME]: AUTHORITY,
      [TIME]: undefined,
      [AUTHENTIC]: later(0),
      crit: [SCHEME, AUTHENTIC],
    };
    const authority = await forgeEnvelope(key, { protect });
    const stores = { 'signingAuthority:acme': key.rootPem };
    const trusting = trustIn(key.rootPem, { trustStores: ['signingAuthority:acme'] }, stores);
    expect(outcome(verifyNotary(questionAbout(authority, trust)))).toBe('not-in-trust-store');
    expect(outcome(verifyNotary(questionAbout(authority, trusting)))).toBe('trusted');
    expect(outcome(verifyNotary(questionAbout(await forgeEnvelope(key), trusting)))).toBe(
      'not-in-trust-store',
    );
    const unnamed = await forgeEnvelope(key, { protect: { ...protect, crit: [SCHEME] } });
    expect(outcome(verifyNotary(questionAbout(unnamed, trusting)))).toBe('critical-header');
  });

  it('N36: a root with a trusted name and another key is not the trusted root', async () => {
    const root = testAuthority({ subject: 'CN=R,O=Shop,ST=WA,C=US' });
    const middle = testAuthority({ subject: 'CN=M,O=Shop,ST=WA,C=US', issuer: root });
    const signer = await testKey({ subject: 'CN=release,O=Shop,ST=WA,C=US', root: middle });
    const envelope = await forgeEnvelope(signer);
    const twin = testAuthority({ subject: 'CN=R,O=Shop,ST=WA,C=US', key: middle.key });
    expect(outcome(verifyNotary(questionAbout(envelope, trustIn(twin.pem))))).toBe(
      'not-in-trust-store',
    );
    expect(outcome(verifyNotary(questionAbout(envelope, trustIn(root.pem))))).toBe('trusted');
    expect(outcome(verifyNotary(questionAbout(envelope, trustIn(middle.pem))))).toBe('trusted');
  });

  it('N42 I16: a signer with another subject does not count and is named', async () => {
    const identity = (text: string) =>
      trustIn(key.rootPem, { trustedIdentities: [`x509.subject: ${text}`] });
    const envelope = await forgeEnvelope(key);
    const stranger = verifyNotary(questionAbout(envelope, identity('CN=other,O=Shop,ST=WA,C=US')));
    expect(outcome(stranger)).toBe('identity-not-trusted');
    expect(JSON.stringify(stranger)).toContain('CN=release,ST=WA,O=Shop,C=US');
    expect(outcome(verifyNotary(questionAbout(envelope, identity('C=US, ST=WA, O=Shop'))))).toBe(
      'trusted',
    );
  });

  it.each([
    ['permissive', undefined],
    ['audit', undefined],
    ['strict', { expiry: 'log' }],
    ['strict', { authenticity: 'log' }],
    ['strict', { authenticTimestamp: 'log' }],
  ])(
    'A10 G19 N40 foundation 2: the level %s with %j never makes a signature count',
    async (level, override) => {
      const change = { level, ...(override === undefined ? {} : { override }) };
      const question = questionAbout(await forgeEnvelope(key), trustIn(key.rootPem, change));
      expect(outcome(verifyNotary(question))).toBe('policy-not-enforcing');
    },
  );

  it('N40 N41: permissive with all enforced equals strict, also without revocation', async () => {
    const envelope = await forgeEnvelope(key);
    const enforced = {
      level: 'permissive',
      override: { expiry: 'enforce', authenticTimestamp: 'enforce' },
    };
    expect(outcome(verifyNotary(questionAbout(envelope, trustIn(key.rootPem, enforced))))).toBe(
      'trusted',
    );
    const change = { level: 'strict', override: { revocation: 'skip' } };
    expect(outcome(verifyNotary(questionAbout(envelope, trustIn(key.rootPem, change))))).toBe(
      'trusted',
    );
  });

  it('N39: the level skip proves nothing', async () => {
    const question = questionAbout(
      await forgeEnvelope(key),
      trustIn(key.rootPem, { level: 'skip' }),
    );
    expect(outcome(verifyNotary(question))).toBe('policy-skips');
  });

  it('N38: a repository without a policy has no trusted signatures', async () => {
    const envelope = await forgeEnvelope(key);
    const scoped = trustIn(key.rootPem, { registryScopes: ['registry.example.com/shop/trips'] });
    expect(outcome(verifyNotary(questionAbout(envelope, scoped)))).toBe('trusted');
    const scope = 'evil.registry.example.com/shop/trips';
    expect(outcome(verifyNotary(questionAbout(envelope, scoped, { scope })))).toBe('no-policy');
  });

  it('A43: an unreadable trust store makes it undetermined, never trusted', async () => {
    const envelope = await forgeEnvelope(key);
    const missing = trustIn(key.rootPem, { trustStores: ['ca:acme', 'ca:absent'] });
    expect(verifyNotary(questionAbout(envelope, missing))).toMatchObject({ kind: 'undetermined' });
    const broken = fail('FILE_UNREADABLE', 'it cannot be read', 'Check its permissions.');
    const unreadable = { ...trust, stores: new Map([['ca:acme', broken]]) };
    expect(verifyNotary(questionAbout(envelope, unreadable))).toEqual({
      kind: 'undetermined',
      cause: broken.ok ? null : broken.failure,
    });
  });

  it('N3: an envelope is read in the form that its manifest names', async () => {
    const question = questionAbout(await forgeEnvelope(key), trust);
    const manifest = Buffer.from(
      Buffer.from(question.manifest)
        .toString()
        .replace('application/jose+json', 'application/cose'),
    );
    expect(verifyNotary({ ...question, manifest })).toMatchObject({
      kind: 'untrusted',
      reasons: [{ code: 'envelope-malformed' }],
    });
  });

  it('answers in at most 5 ms, warm and offline (median)', async () => {
    const question = questionAbout(await forgeEnvelope(key), trust);
    const took = Array.from({ length: 300 }, () => {
      const spent = startThreadClock();
      verifyNotary(question);
      return spent();
    });
    expect(took.sort((a, b) => a - b)[150]).toBeLessThan(5);
  });
});
