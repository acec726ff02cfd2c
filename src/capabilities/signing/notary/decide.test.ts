import { createPublicKey } from 'node:crypto';
import {
  AccessDescription,
  AuthorityInfoAccessSyntax,
  GeneralName,
  id_ad_ocsp,
  id_pe_authorityInfoAccess,
} from '@peculiar/asn1-x509';
import { describe, expect, it } from 'vitest';
import {
  FIXTURE_NOW,
  fixedKey,
  testAuthority,
  testKey,
} from '../../../../test/support/certificates.ts';
import { forgeEnvelope, questionAbout, trustIn } from '../../../../test/support/notary.ts';
import { testStamper } from '../../../../test/support/timestamps.ts';
import { Failure } from '../../../core/failure.ts';
import { type Instant, toInstant } from '../../../core/instant.ts';
import type { CertificateRevocation } from '../revocation/revocation-fact.ts';
import { buildExtension, buildSignerExtensions } from '../x509/certificate-build.ts';
import { completeVerification, decideVerification } from './decide.ts';
import { NO_SOURCES, type VerificationFacts, type VerificationQuery } from './port.ts';
import { planVerification, verifyNotary } from './verify.ts';

const SUBJECT = 'CN=release,O=Shop,ST=WA,C=US';
const SOON = toInstant(FIXTURE_NOW + 3_600_000);
const BEFORE = toInstant(FIXTURE_NOW - 3_600_000);
const root = testAuthority({ subject: 'CN=R,O=Shop,ST=WA,C=US' });
const access = new AuthorityInfoAccessSyntax([
  new AccessDescription({
    accessMethod: id_ad_ocsp,
    accessLocation: new GeneralName({ uniformResourceIdentifier: 'http://ocsp.example.com' }),
  }),
]);
const revocableKey = await testKey({
  subject: SUBJECT,
  root,
  extensions: [
    ...buildSignerExtensions(createPublicKey(fixedKey(`signer ${SUBJECT}`)), root.key),
    buildExtension(id_pe_authorityInfoAccess, false, access),
  ],
});
const trust = trustIn(root.pem);
const envelope = await forgeEnvelope(revocableKey);
const question = questionAbout(envelope, trust);
const logs = trustIn(root.pem, { level: 'strict', override: { revocation: 'log' } });
const cause = new Failure('REGISTRY_UNREACHABLE', 'no answer', 'Try again.');

/** A source that must not be queried. */
const NEVER = { gather: () => Promise.reject(new Error('asked')) };

type KnownRevocation = Partial<CertificateRevocation>;

/** What a source found out about the leaf. */
function found(known: KnownRevocation): VerificationFacts {
  const subject = 'CN=release,ST=WA,O=Shop,C=US';
  const whole = { subject, state: 'good', source: null, revocation: null, cause: null } as const;
  return { revocations: [{ kind: 'checked', certificates: [{ ...whole, ...known }] }] };
}

const from = (validUntil: Instant): KnownRevocation => ({
  source: { kind: 'crl', from: 'http://crl.example.com', askedAt: FIXTURE_NOW, validUntil },
});
const revokedAt = (at: Instant, invalidSince: Instant | null = null): KnownRevocation => ({
  state: 'revoked',
  revocation: { at, reason: 'keyCompromise', invalidSince },
});

/** Answers `facts`, and remembers its queries. */
function answering(facts: VerificationFacts) {
  const asked: VerificationQuery[] = [];
  const gather = async (queries: readonly VerificationQuery[]) => {
    asked.push(...queries);
    return facts;
  };
  return { asked, gather };
}

describe('a verification that asks before it decides', () => {
  it('N48: queries only the chain of a certificate that names a service', async () => {
    const good = answering(found({}));
    const result = await completeVerification(planVerification(question), good);
    expect(result).toMatchObject({ kind: 'trusted', unchecked: [] });
    expect(good.asked.map(({ chain }) => chain.certificates[0].subjectText)).toEqual([
      'CN=release,ST=WA,O=Shop,C=US',
    ]);
    const plain = await testKey({ subject: SUBJECT, root });
    const other = questionAbout(await forgeEnvelope(plain), trust);
    expect(await completeVerification(planVerification(other), NEVER)).toMatchObject({
      kind: 'trusted',
      unchecked: [],
    });
  });

  it('without a source it is trusted and states that revocation was not checked', async () => {
    const expected = { kind: 'trusted', unchecked: ['revocation'] };
    expect(await completeVerification(planVerification(question), NO_SOURCES)).toMatchObject(
      expected,
    );
    expect(verifyNotary(question)).toMatchObject(expected);
  });

  it('a revoked certificate does not count, even when the policy only logs revocation', () => {
    const revoked = found(revokedAt(BEFORE));
    for (const one of [question, questionAbout(envelope, logs)]) {
      expect(decideVerification(planVerification(one), revoked)).toMatchObject({
        kind: 'untrusted',
        signer: { identity: 'CN=release,ST=WA,O=Shop,C=US' },
        reasons: [{ code: 'certificate-revoked' }],
        revocation: [{ state: 'revoked' }],
      });
    }
  });

  it('an unknown state is undetermined, and unchecked when the policy only logs revocation', () => {
    const unknown = found({ state: 'unknown', cause });
    expect(decideVerification(planVerification(question), unknown)).toMatchObject({
      kind: 'undetermined',
      cause,
    });
    expect(
      decideVerification(planVerification(questionAbout(envelope, logs)), unknown),
    ).toMatchObject({ kind: 'trusted', unchecked: ['revocation'] });
  });

  it('the answer is valid no longer than the facts behind it', () => {
    const until = (known: KnownRevocation) =>
      decideVerification(planVerification(question), found(known));
    expect(until(from(SOON))).toMatchObject({ validUntil: SOON, unchecked: [] });
    const end = verifyNotary(question);
    expect(until({})).toMatchObject({ validUntil: end.kind === 'trusted' && end.validUntil });
  });

  it('N46 N49: what was revoked later counts by policy, if others vouch for the time', async () => {
    const stamper = testStamper('decide');
    const plain = JSON.parse(Buffer.from(envelope).toString()) as { signature: string };
    const token = stamper.stamp(Buffer.from(plain.signature, 'base64url'), FIXTURE_NOW);
    const header = { 'io.cncf.notary.timestampSignature': token.toString('base64') };
    const stamped = await forgeEnvelope(revocableKey, {
      header,
      signature: () => Buffer.from(plain.signature, 'base64url'),
    });
    const stores = { 'tsa:time': stamper.rootPem };
    const trusting = (revocation: string) =>
      trustIn(root.pem, { override: { revocation }, trustStores: ['ca:acme', 'tsa:time'] }, stores);
    const decide = (bytes: Uint8Array, revocation: string, known: KnownRevocation) =>
      decideVerification(planVerification(questionAbout(bytes, trusting(revocation))), found(known))
        .kind;
    expect(decide(stamped, 'enforce', {})).toBe('trusted');
    // [envelope, action, revoked at, misused since, result]
    const rows = [
      [stamped, 'enforce', SOON, null, 'untrusted'],
      [stamped, 'log', SOON, null, 'trusted'],
      [stamped, 'log', BEFORE, null, 'untrusted'],
      [stamped, 'enforce', SOON, SOON, 'trusted'],
      [stamped, 'enforce', SOON, BEFORE, 'untrusted'],
    ] as const;
    for (const [bytes, action, at, since, kind] of rows)
      expect([action, at, since, decide(bytes, action, revokedAt(at, since))]).toEqual([
        action,
        at,
        since,
        kind,
      ]);
    // Without a timestamp, the signing time is only what the signer says.
    const claims = decideVerification(
      planVerification(questionAbout(envelope, logs)),
      found(revokedAt(SOON, SOON)),
    );
    expect(claims.kind).toBe('untrusted');
  });

  it('A39, N47: a timestamp of a revoked authority counts for nothing', async () => {
    const named = buildExtension(id_pe_authorityInfoAccess, false, access);
    const stamper = testStamper('revocable', {}, [named]);
    const plain = JSON.parse(Buffer.from(envelope).toString()) as { signature: string };
    const signature = Buffer.from(plain.signature, 'base64url');
    const token = stamper.stamp(signature, FIXTURE_NOW).toString('base64');
    const header = { 'io.cncf.notary.timestampSignature': token };
    const bytes = await forgeEnvelope(revocableKey, { header, signature: () => signature });
    const stores = { trustStores: ['ca:acme', 'tsa:time'] };
    const trusting = trustIn(root.pem, stores, { 'tsa:time': stamper.rootPem });
    const plan = planVerification(questionAbout(bytes, trusting));
    if (plan.kind !== 'open') throw new Error('nothing is against it');
    expect(plan.queries.map(({ usedBy }) => usedBy)).toEqual([FIXTURE_NOW, null]);
    const [leaf] = found({}).revocations;
    const judge = (known: KnownRevocation) => {
      const [authority] = found(known).revocations;
      if (leaf === undefined || authority === undefined) throw new Error('both are there');
      return decideVerification(plan, { revocations: [leaf, authority] });
    };
    expect(judge({})).toMatchObject({ kind: 'trusted' });
    for (const known of [revokedAt(SOON), revokedAt(BEFORE), revokedAt(SOON, SOON)])
      expect(judge(known)).toMatchObject({ reasons: [{ code: 'certificate-revoked' }] });
    expect(judge({ state: 'unknown', cause })).toMatchObject({ kind: 'undetermined' });
  });

  it('a signature that cannot count makes no query, so it cannot choose a service', async () => {
    const stranger = trustIn(testAuthority({ subject: 'CN=Other,O=Shop,ST=WA,C=US' }).pem);
    const plan = planVerification(questionAbout(envelope, stranger));
    expect(await completeVerification(plan, NEVER)).toMatchObject({
      reasons: [{ code: 'not-in-trust-store' }],
    });
  });

  it('N41: when the policy skips revocation, no query is made', async () => {
    const skips = trustIn(root.pem, { level: 'strict', override: { revocation: 'skip' } });
    const plan = planVerification(questionAbout(envelope, skips));
    expect(await completeVerification(plan, NEVER)).toMatchObject({
      kind: 'trusted',
      unchecked: [],
    });
  });
});
