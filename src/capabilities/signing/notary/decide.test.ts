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
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { buildExtension, buildSignerExtensions } from '../x509/certificate-build.ts';
import { completeVerification, decideVerification } from './decide.ts';
import { NO_SOURCES, type RevocationFact, type VerificationQuery } from './port.ts';
import { planVerification, verifyNotary } from './verify.ts';

const SUBJECT = 'CN=release,O=Shop,ST=WA,C=US';
const SOON = toInstant(FIXTURE_NOW + 3_600_000);
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
const cause = new Failure('REGISTRY_UNREACHABLE', 'no answer', 'Try again.');

/** A source that must not be queried. */
const NEVER = { gather: () => Promise.reject(new Error('asked')) };

/** Answers `fact`, and remembers its queries. */
function answering(fact: RevocationFact) {
  const asked: VerificationQuery[] = [];
  const gather = async (queries: readonly VerificationQuery[]) => {
    asked.push(...queries);
    return { revocation: fact };
  };
  return { asked, gather };
}

describe('a verification that asks before it decides', () => {
  it('N48: queries only the chain of a certificate that names a service', async () => {
    const good = answering({ kind: 'good', validUntil: null });
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
    const revoked = { revocation: { kind: 'revoked', subject: SUBJECT } } as const;
    const logs = trustIn(root.pem, { level: 'strict', override: { revocation: 'log' } });
    for (const one of [question, questionAbout(envelope, logs)]) {
      expect(decideVerification(planVerification(one), revoked)).toMatchObject({
        kind: 'untrusted',
        signer: { identity: 'CN=release,ST=WA,O=Shop,C=US' },
        reasons: [{ code: 'certificate-revoked' }],
      });
    }
  });

  it('an unknown state is undetermined, and unchecked when the policy only logs revocation', () => {
    const unknown = { revocation: { kind: 'unknown', cause } } as const;
    expect(decideVerification(planVerification(question), unknown)).toEqual({
      kind: 'undetermined',
      cause,
    });
    const logs = trustIn(root.pem, { level: 'strict', override: { revocation: 'log' } });
    expect(
      decideVerification(planVerification(questionAbout(envelope, logs)), unknown),
    ).toMatchObject({ kind: 'trusted', unchecked: ['revocation'] });
  });

  it('the answer is valid no longer than the facts behind it', () => {
    const until = (validUntil: typeof SOON | null) =>
      decideVerification(planVerification(question), { revocation: { kind: 'good', validUntil } });
    expect(until(SOON)).toMatchObject({ validUntil: SOON });
    const end = verifyNotary(question);
    expect(until(null)).toMatchObject({ validUntil: end.kind === 'trusted' && end.validUntil });
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
