import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE_NOW, type TestKey, testKey } from '../../../../test/support/certificates.ts';
import {
  forgeEnvelope,
  type PolicyChange,
  questionAbout,
  trustIn,
} from '../../../../test/support/notary.ts';
import { testData } from '../../../../test/support/test-data.ts';
import { der, type StampChange, testStamper } from '../../../../test/support/timestamps.ts';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { writePem } from '../../../formats/der/pem.ts';
import { readEnvelope, readPayload } from '../notary/envelope.ts';
import { verifyNotary } from '../notary/verify.ts';
import type { SignatureResult } from '../signature-result.ts';
import { parseCertificates } from '../x509/certificate.ts';
import { readTimestampToken } from './read-token.ts';
import { verifyTimestamp } from './verify-token.ts';

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
const STAMPED = Buffer.from('a signature');
const stamper = testStamper('stamper');
const other = testStamper('other');
const parse = (pem: string) => orThrow(parseCertificates(Buffer.from(pem)));
const roots = parse(stamper.rootPem);

function judge(token: Uint8Array, trusted = roots): string {
  const result = verifyTimestamp(token, STAMPED, trusted);
  return result.ok ? 'counts' : result.reason.message;
}

describe('a timestamp of RFC 3161', () => {
  it('N46 N47: shows when something was there, within its accuracy', () => {
    const token = stamper.stamp(STAMPED, FIXTURE_NOW, { accuracy: 2 });
    const result = verifyTimestamp(token, STAMPED, roots);
    expect(result).toMatchObject({
      ok: true,
      value: { earliest: FIXTURE_NOW - 2_000, latest: FIXTURE_NOW + 2_000 },
    });
    // The root of the store completes a chain, and certificates may be in any order.
    const chain = (all: readonly Uint8Array[]) => all.slice(0, 1);
    expect(judge(stamper.stamp(STAMPED, FIXTURE_NOW, { chain }))).toBe('counts');
    const reverse = (all: readonly Uint8Array[]) => all.toReversed();
    expect(judge(stamper.stamp(STAMPED, FIXTURE_NOW, { chain: reverse }))).toBe('counts');
  });

  const bytes = Buffer.alloc(32);
  it.each<[string, StampChange, string]>([
    ['about something else', { imprint: bytes }, 'about something else'],
    ['with a content that is not signed', { messageDigest: bytes }, 'not what was signed'],
    [
      'with another signature',
      { signature: (one) => one.fill(0, 10, 20) },
      'the signature is not by',
    ],
    ['of another version', { version: 2 }, 'another version'],
    ['whose signer has another version', { signerVersion: 3 }, 'its signer'],
    [
      'whose signed content type is another',
      { contentType: '1.2.840.113549.1.7.1' },
      'name another content',
    ],
    ['without signed attributes', { attributes: () => [] }, 'name another content'],
    [
      'without a signing certificate',
      { attributes: (all) => all.slice(0, 2) },
      'signing-certificate-v2',
    ],
    ['with an attribute twice', { attributes: (all) => [...all, ...all] }, 'its signed attributes'],
    ['that names another certificate', { certificate: bytes }, 'not hold the certificate'],
    ['without certificates', { chain: () => [] }, 'not hold the certificate'],
    [
      'with another serial number',
      { serial: der(0x02, Buffer.from([5])) },
      'another than the certificate',
    ],
    ['of two signers', { signers: (one) => [one, one] }, 'not one signer'],
    ['of nobody', { signers: () => [] }, 'not one signer'],
  ])('N47 A38: %s does not count', (_, change, why) => {
    expect(judge(stamper.stamp(STAMPED, FIXTURE_NOW, change))).toContain(why);
  });

  it('A37: is judged by the certificate that signed it, whatever else is in its bag', () => {
    const besides = (leaf: Uint8Array) => (all: readonly Uint8Array[]) => [leaf, ...all];
    const decoy = other.stamp(STAMPED, FIXTURE_NOW, { chain: besides(stamper.leaf) });
    expect(judge(decoy)).toContain('in a trust store of the type tsa');
    const [own] = [{ chain: () => [stamper.leaf], certificate: stamper.leaf }];
    expect(judge(other.stamp(STAMPED, FIXTURE_NOW, own))).not.toBe('counts');
    const harmless = stamper.stamp(STAMPED, FIXTURE_NOW, { chain: besides(other.leaf) });
    expect(judge(harmless)).toBe('counts');
  });

  it('N34 N36: counts by a root of the store alone, and while its authority was valid', () => {
    expect(judge(other.stamp(STAMPED, FIXTURE_NOW))).toContain('in a trust store of the type tsa');
    expect(judge(stamper.stamp(STAMPED, FIXTURE_NOW), [])).toContain('in a trust store');
    const late = toInstant(FIXTURE_NOW + 2 * YEAR_MS);
    expect(judge(stamper.stamp(STAMPED, late))).toContain('was valid until');
  });

  it('cut at any byte, or changed anywhere, does not count', () => {
    const token = stamper.stamp(STAMPED, FIXTURE_NOW);
    for (let end = 0; end < token.length; end++)
      expect(readTimestampToken(token.subarray(0, end)).ok).toBe(false);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Buffer.from(token);
        changed[at] = (changed[at] ?? 0) ^ by;
        const result = verifyTimestamp(changed, STAMPED, roots);
        // What is not signed may change: the version of the data, and what repeats an algorithm.
        if (result.ok) expect(result.value.earliest).toBe(FIXTURE_NOW);
      }),
    );
  });
});

const vectors = testData('vectors/rfc3161');

describe.skipIf(vectors === null)('the tokens of tspclient-go', () => {
  const good = new Set(['TimeStampToken.p7s']);
  it.each(['responses', 'cms'])('N46 N47: of %s, the valid one counts and no other', (folder) => {
    const place = join(vectors ?? '', folder);
    const root = orThrow(parseCertificates(readFileSync(join(place, 'GlobalSignRootCA.crt'))));
    const tokens = readdirSync(place).filter((name) => name.endsWith('.p7s'));
    expect(tokens.length).toBeGreaterThan(15);
    for (const name of tokens) {
      const token = readFileSync(join(place, name));
      const { ok } = verifyTimestamp(token, Buffer.from('notation'), root);
      expect([name, ok]).toEqual([name, good.has(name)]);
    }
  });
});

function outcome(result: SignatureResult): string {
  if (result.kind === 'untrusted') return result.reasons.map(({ code }) => code).join();
  return result.kind === 'trusted' ? `trusted until ${result.validUntil}` : result.cause.code;
}

describe('N46 N47 A34: a signature whose certificate has ended', () => {
  let key: TestKey;
  let until: Instant;
  beforeAll(async () => {
    until = toInstant(FIXTURE_NOW + 30 * DAY_MS);
    const subject = 'CN=release,O=Shop,ST=WA,C=US';
    key = await testKey({ subject, validUntil: until });
  });

  /** The verdict some days later, on an envelope that was stamped at a time. */
  async function verify(
    stampedAt: Instant | null,
    {
      policy = {},
      change,
      header,
    }: {
      readonly policy?: PolicyChange;
      readonly change?: StampChange;
      readonly header?: unknown;
    } = {},
    days = 200,
  ): Promise<SignatureResult> {
    const bare = await forgeEnvelope(key);
    const read = readEnvelope(bare);
    if (!read.ok) throw new Error(read.reason.message);
    const token =
      stampedAt === null ? null : stamper.stamp(read.value.signature, stampedAt, change);
    const stamped =
      token === null ? {} : { 'io.cncf.notary.timestampSignature': token.toString('base64') };
    const json = JSON.parse(Buffer.from(bare).toString());
    const given = header === undefined ? stamped : { 'io.cncf.notary.timestampSignature': header };
    const envelope = Buffer.from(JSON.stringify({ ...json, header: { ...json.header, ...given } }));
    const stores = { trustStores: ['ca:acme', 'tsa:time'], ...policy };
    const trust = trustIn(key.rootPem, stores, { 'tsa:time': stamper.rootPem });
    const now = toInstant(FIXTURE_NOW + days * DAY_MS);
    return verifyNotary(questionAbout(envelope, trust, { now }));
  }
  const ask = async (...asked: Parameters<typeof verify>) => outcome(await verify(...asked));

  it.each([
    ['kept by a timestamp that is not needed yet', FIXTURE_NOW, {}, null],
    ['ended without a timestamp', null, {}, 30],
    ['ended by a timestamp of something else', FIXTURE_NOW, { imprint: Buffer.alloc(32) }, 30],
  ])('N46, I16: while its chain lasts, it is announced as %s', async (_, at, change, days) => {
    const policy = { verifyTimestamp: 'afterCertExpiry' };
    const chain = days === null ? null : FIXTURE_NOW + days * DAY_MS;
    const result = await verify(at, { policy, change }, 1);
    expect(result).toMatchObject({ kind: 'trusted', validUntil: until, ends: { chain } });
  });

  it('counts with a timestamp of its time, and for good', async () => {
    expect(await ask(FIXTURE_NOW)).toBe('trusted until null');
  });

  it.each([
    ['without a timestamp', null, {}, 'timestamp-unverified,certificate-expired'],
    [
      'without a store of authorities',
      FIXTURE_NOW,
      { policy: { trustStores: ['ca:acme'] } },
      'certificate-expired',
    ],
    [
      'with a store that is missing',
      FIXTURE_NOW,
      { policy: { trustStores: ['ca:acme', 'tsa:x'] } },
      'TRUST_INVALID',
    ],
    [
      'with a timestamp that is no text',
      FIXTURE_NOW,
      { header: 7 },
      'timestamp-malformed,certificate-expired',
    ],
    [
      'with a timestamp of something else',
      FIXTURE_NOW,
      { change: { imprint: Buffer.alloc(32) } },
      'timestamp-unverified,certificate-expired',
    ],
  ] as const)('does not count %s', async (_, at, options, code) => {
    expect(await ask(at, options)).toBe(code);
  });

  it('A36: does not count with a timestamp outside its validity, within the accuracy', async () => {
    const edge = until;
    const before = toInstant(edge - 1_000);
    expect(await ask(before, { change: { accuracy: 1 } })).toBe('trusted until null');
    expect(await ask(before, { change: { accuracy: 2 } })).toContain('certificate-expired');
    expect(await ask(toInstant(edge + 1_000))).toContain('certificate-expired');
    expect(await ask(toInstant(FIXTURE_NOW - 2 * YEAR_MS))).toContain('timestamp-unverified');
  });

  it('does not count with a timestamp from the future', async () => {
    expect(await ask(toInstant(FIXTURE_NOW + 201 * DAY_MS))).toContain('timestamp-unverified');
  });

  it('N46: is asked for a timestamp before its end if the policy says always', async () => {
    const bare = await forgeEnvelope(key);
    const stores = { trustStores: ['ca:acme', 'tsa:time'] };
    for (const [verifyTimestamp, expected] of [
      ['always', 'timestamp-unverified'],
      ['afterCertExpiry', `trusted until ${until}`],
    ] as const) {
      const trust = trustIn(
        key.rootPem,
        { ...stores, verifyTimestamp },
        { 'tsa:time': stamper.rootPem },
      );
      expect(outcome(verifyNotary(questionAbout(bare, trust)))).toBe(expected);
    }
  });
});

const reference = testData('vectors/notation-go/verifier');

describe.skipIf(reference === null)('the stamped envelopes of notation-go', () => {
  const place = join(reference ?? '', 'timestamp/sigEnv');

  it.each([
    ['jwsWithTimestamp.sig', 'trusted', 'trusted'],
    ['coseWithTimestamp.sig', 'trusted', 'trusted'],
    ['jwsExpiredWithTimestamp.sig', 'trusted', 'trusted'],
    ['coseExpiredWithTimestamp.sig', 'trusted', 'trusted'],
    ['timestampAfterNotAfter.sig', 'certificate-expired', 'certificate-expired'],
    ['timestampBeforeNotBefore.sig', 'certificate-not-yet-valid', 'certificate-not-yet-valid'],
    ['withoutTimestamp.sig', 'trusted', 'timestamp-unverified'],
  ])('N46 N47: %s is %s after the end of its certificate, and %s always', (file, late, always) => {
    const bytes = readFileSync(join(place, file));
    const read = readEnvelope(bytes);
    if (!read.ok) throw new Error(read.reason.message);
    const pem = writePem('CERTIFICATE', read.value.chain.at(-1) ?? new Uint8Array());
    const tsa = join(reference ?? '', 'truststore/x509/tsa/test-timestamp/globalsignRoot.cer');
    const root = writePem(
      'CERTIFICATE',
      orThrow(parseCertificates(readFileSync(tsa)))[0]?.der ?? bytes,
    );
    const target = readPayload(read.value.payload);
    const now = toInstant(Date.UTC(2026, 10, 22));
    const verdicts = (['afterCertExpiry', 'always'] as const).map((verifyTimestamp) => {
      const stores = { trustStores: ['ca:acme', 'tsa:time'], verifyTimestamp };
      const trust = trustIn(pem, stores, { 'tsa:time': root });
      const subject = target.ok ? { subject: target.value } : {};
      return outcome(verifyNotary(questionAbout(bytes, trust, { ...subject, now })));
    });
    expect(verdicts.map((one) => one.split(/[ ,]/)[0])).toEqual([late, always]);
  });
});
