import { createPublicKey } from 'node:crypto';
import {
  ExtendedKeyUsage,
  type Extension,
  id_ce_extKeyUsage,
  id_kp_OCSPSigning,
} from '@peculiar/asn1-x509';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FIXTURE_NOW,
  fixedKey,
  type TestAuthority,
  testAuthority,
} from '../../../../test/support/certificates.ts';
import {
  nameServices,
  type OcspChange,
  revocableChain,
  testCrl,
  testOcsp,
  writeExtension,
} from '../../../../test/support/revocation.ts';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { ok, orThrow } from '../../../core/result.ts';
import { writeDer } from '../../../formats/der/write.ts';
import { parseCertificate } from '../x509/certificate.ts';
import { buildExtension, buildSignerExtensions } from '../x509/certificate-build.ts';
import { checkChain, type StapledAnswers } from './check-chain.ts';
import { readOcspResponse } from './ocsp.ts';
import type { RevocationSource } from './port.ts';
import { failRevocation } from './revocation-fact.ts';

const HOUR_MS = 3_600_000;
const RESPONDER = 'http://ocsp.example.com';
const LIST = 'http://lists.example.com/root.crl';
const NONCE = Buffer.alloc(32, 7);
const made = await revocableChain('ocsp', { ocsp: RESPONDER, crl: LIST });
const { root, leaf, issuer } = made;
const at = (ms: number): Instant => toInstant(FIXTURE_NOW + ms);

function serving(places: Readonly<Record<string, Uint8Array>>): RevocationSource {
  const now = () => FIXTURE_NOW;
  return {
    now,
    nonce: () => NONCE,
    ask: async ({ url }, judge) => {
      const bytes = new Map(Object.entries(places)).get(url);
      const judged =
        bytes === undefined ? failRevocation(`${url}: 404`) : judge(bytes, now(), true);
      return judged.ok ? ok({ ...judged.value, askedAt: now() }) : judged;
    },
  };
}

const NOTHING: StapledAnswers = { crls: [], ocsp: [] };

async function judge(change: OcspChange, list: Uint8Array | null = null, stapled = NOTHING) {
  const places = {
    [RESPONDER]: testOcsp(root, leaf, change),
    ...(list === null ? {} : { [LIST]: list }),
  };
  const { signal } = new AbortController();
  const chain = {
    certificates: [leaf, issuer] as const,
    validFrom: FIXTURE_NOW,
    validUntil: FIXTURE_NOW,
    revocable: true,
  };
  const [found] = await checkChain(chain, { source: serving(places), stapled, signal });
  return found ?? { state: 'none', cause: null };
}

const NO_CHECK = buildExtension('1.3.6.1.5.5.7.48.1.5', false, new ExtendedKeyUsage([]));

/** A responder, appointed by `authority` for `purpose`. */
function responder(
  authority: TestAuthority,
  purpose: string,
  more: readonly Extension[] = [],
  life: { readonly validUntil?: Instant } = {},
) {
  const key = fixedKey('responder');
  const own = buildSignerExtensions(createPublicKey(key), authority.key);
  const purposes = buildExtension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([purpose]));
  const extensions = own.map((one) => (one.extnID === id_ce_extKeyUsage ? purposes : one));
  const subject = 'CN=responder,O=Shop,ST=WA,C=US';
  const plan = { subject, issuer: authority, key, extensions: [...extensions, ...more], ...life };
  const { der } = testAuthority(plan);
  const certificate = orThrow(parseCertificate(der));
  return { key, responder: certificate.subjectDer, certificates: [der], certificate };
}

describe('an answer of an OCSP responder', () => {
  it('N48: says whether a certificate is revoked, since when and why', async () => {
    expect(await judge({ nonce: NONCE })).toMatchObject({
      state: 'good',
      source: { kind: 'ocsp', from: RESPONDER, validUntil: at(HOUR_MS) },
    });
    const state = { at: at(-HOUR_MS), reason: 4 };
    expect(await judge({ state })).toMatchObject({
      state: 'revoked',
      revocation: { at: at(-HOUR_MS), reason: 'superseded', invalidSince: null },
    });
    expect(await judge({ nextUpdate: null, nonce: NONCE })).toMatchObject({ state: 'good' });
  });

  const stranger = testAuthority({ subject: 'CN=stranger,O=Shop,ST=WA,C=US' });
  const signing = responder(root, id_kp_OCSPSigning, [NO_CHECK]);
  it.each<[string, OcspChange, string]>([
    ['about another certificate', { serial: Buffer.from([9]) }, 'is not about'],
    ['of another authority', { issuerKey: Buffer.from([9]) }, 'is not about'],
    ['to another question', { nonce: Buffer.alloc(32) }, 'another question'],
    ['from the future', { thisUpdate: at(HOUR_MS) }, 'ahead'],
    ['that has ended', { nextUpdate: FIXTURE_NOW }, 'ended at'],
    ['without an end, and old', { nextUpdate: null }, 'ended at'],
    ['with another signature', { key: stranger.key }, 'is not by its responder'],
    ['of a stranger', { responder: writeDer(0x30) }, 'neither by'],
    [
      'of a responder for something else',
      responder(root, '1.3.6.1.5.5.7.3.3', [NO_CHECK]),
      'may not answer',
    ],
    [
      'of a responder of another authority',
      responder(stranger, id_kp_OCSPSigning, [NO_CHECK]),
      'is not appointed',
    ],
    [
      'of a responder that has ended',
      responder(root, id_kp_OCSPSigning, [NO_CHECK], { validUntil: at(-HOUR_MS) }),
      'was valid until',
    ],
    [
      'with an unknown critical extension',
      { extensions: [writeExtension('1.2.3.4', writeDer(0x05), true)] },
      'critical extension',
    ],
    [
      'whose answer has an unknown critical extension',
      { answerExtensions: [writeExtension('1.2.3.4', writeDer(0x05), true)] },
      'critical extension',
    ],
    ['that fails', { status: 3 }, 'tryLater'],
    ['that does not know it', { state: 'unknown' }, 'does not know'],
  ])('A40 N48: one %s leaves the state to the list', async (_, change, why) => {
    const found = await judge(change);
    expect(found.state).toBe('unknown');
    expect(found.cause?.message).toContain(why);
    expect(await judge(change, testCrl(root))).toMatchObject({
      state: 'good',
      source: { kind: 'crl' },
    });
  });

  it('RFC 6960 §4.2.2.2: may come from a responder that the authority appointed', async () => {
    expect(await judge(signing)).toMatchObject({ state: 'good' });
  });

  it('N50: a responder without nocheck counts by its own revocation', async () => {
    const open = responder(root, id_kp_OCSPSigning, nameServices({ crl: LIST }));
    expect(await judge(open, testCrl(root))).toMatchObject({
      state: 'good',
      source: { kind: 'ocsp' },
    });
    const entries = [{ serial: open.certificate.serial }];
    const found = await judge(open, testCrl(root, { entries }));
    expect(found).toMatchObject({ state: 'good', source: { kind: 'crl' } });
    expect((await judge(open)).cause?.message).toContain('OCSP responder CN=responder');
    expect(await judge(responder(root, id_kp_OCSPSigning))).toMatchObject({ state: 'good' });
  });

  it('what came with the signature is used while it is current, and nobody is asked', async () => {
    const ocsp = [testOcsp(root, leaf, { state: { at: at(-HOUR_MS) } })];
    const dead = { serial: Buffer.from([9]) };
    expect(await judge(dead, null, { crls: [], ocsp })).toMatchObject({
      state: 'revoked',
      source: { from: 'stapled' },
    });
    expect(await judge(dead, null, { crls: [testCrl(root)], ocsp: [] })).toMatchObject({
      state: 'good',
      source: { from: 'stapled', kind: 'crl' },
    });
    const old = [testOcsp(root, leaf, { nextUpdate: FIXTURE_NOW })];
    expect(await judge(dead, null, { crls: [], ocsp: old })).toMatchObject({ state: 'unknown' });
  });

  it('any bytes are an answer or a Failure, and one that is cut never counts', () => {
    const answer = testOcsp(root, leaf, signing);
    for (let end = 0; end < answer.length; end++)
      expect(readOcspResponse(answer.subarray(0, end)).ok).toBe(false);
    fc.assert(
      fc.property(fc.nat(answer.length - 1), fc.nat(255), (index, byte) => {
        const copy = Buffer.from(answer);
        copy[index] = byte;
        const read = readOcspResponse(copy);
        return read.ok || read.failure.code === 'REVOCATION_UNKNOWN';
      }),
    );
  });
});
