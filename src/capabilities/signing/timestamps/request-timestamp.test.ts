import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIXTURE_NOW, testKey } from '../../../../test/support/certificates.ts';
import { questionAbout, SUBJECT, trustIn } from '../../../../test/support/notary.ts';
import { type StampChange, testStamper } from '../../../../test/support/timestamps.ts';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { ok, orThrow } from '../../../core/result.ts';
import { readDer } from '../../../formats/der/der.ts';
import { writeDer } from '../../../formats/der/write.ts';
import { readEnvelope } from '../notary/envelope.ts';
import { signNotary } from '../notary/sign.ts';
import { verifyNotary } from '../notary/verify.ts';
import { parseCertificates } from '../x509/certificate.ts';
import { readTimestampResponse, requestTimestamp } from './request-timestamp.ts';

const DAY_MS = 86_400_000;
const stamper = testStamper('asked');
const roots = orThrow(parseCertificates(Buffer.from(stamper.rootPem)));
const nonce = Buffer.alloc(16, 0x81);
const GRANTED = writeDer(0x30, writeDer(0x02, Buffer.from([0])));

interface Reply extends StampChange {
  readonly at?: Instant;
  readonly status?: number;
  readonly ofAnother?: boolean;
}

/** An authority that answers what it is asked, but for `change`. */
function countersign(change: Reply = {}) {
  const { at = FIXTURE_NOW, status = 0, ofAnother = false, ...rest } = change;
  const by = ofAnother ? testStamper('another') : stamper;
  return (signature: Uint8Array) =>
    requestTimestamp(signature, {
      authority: {
        ask: async (request) => {
          const [, , asked] = readDer(request)?.children ?? [];
          const own = asked === undefined ? {} : { nonce: asked.bytes };
          const token = by.stamp(signature, at, { ...own, ...rest });
          const info = writeDer(0x30, writeDer(0x02, Buffer.from([status])));
          return ok(writeDer(0x30, info, token));
        },
      },
      roots,
      nonce,
      now: FIXTURE_NOW,
    });
}

const key = await testKey({
  subject: 'CN=short,O=Shop,ST=WA,C=US',
  validUntil: toInstant(FIXTURE_NOW + DAY_MS),
});

describe('asking for a timestamp', () => {
  it.each(['jws', 'cose'] as const)(
    'N46: a %s signature with one is trusted after its leaf has ended, and not without',
    async (form) => {
      const sign = (stamp: ReturnType<typeof countersign> | null) =>
        signNotary({ subject: SUBJECT, key, signedAt: FIXTURE_NOW, form, countersign: stamp });
      const stores = { 'tsa:time': stamper.rootPem };
      const trust = trustIn(key.rootPem, { trustStores: ['ca:acme', 'tsa:time'] }, stores);
      const later = toInstant(FIXTURE_NOW + 2 * DAY_MS);
      const judge = (envelope: Uint8Array) =>
        verifyNotary(questionAbout(envelope, trust, { chain: key.chain, now: later })).kind;
      const stamped = orThrow(await sign(countersign()));
      expect(readEnvelope(stamped)).toMatchObject({ ok: true });
      expect(judge(stamped)).toBe('trusted');
      expect(judge(orThrow(await sign(null)))).toBe('untrusted');
    },
  );

  it.each<[string, Reply, string]>([
    ['of another authority', { ofAnother: true }, 'no root of'],
    ['to another request', { nonce: writeDer(0x02, Buffer.from([1])) }, 'nonce'],
    ['about something else', { imprint: Buffer.alloc(32) }, 'about something else'],
    ['of another day', { at: toInstant(FIXTURE_NOW - DAY_MS) }, 'the clock here'],
    ['that was refused', { status: 2 }, 'refused (status 2)'],
  ])('N46 N47: one %s is not embedded, and nothing is signed', async (_, change, why) => {
    const terms = { subject: SUBJECT, key, signedAt: FIXTURE_NOW };
    const signed = await signNotary({ ...terms, countersign: countersign(change) });
    expect(signed).toMatchObject({ ok: false, failure: { code: 'TIMESTAMP_UNUSABLE' } });
    expect(signed.ok ? '' : signed.failure.message).toContain(why);
  });

  it('any bytes are an answer or a Failure', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const read = readTimestampResponse(bytes);
        return read.ok || read.failure.code === 'TIMESTAMP_UNUSABLE';
      }),
    );
    expect(readTimestampResponse(writeDer(0x30, GRANTED)).ok).toBe(false);
  });
});
