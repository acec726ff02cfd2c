import { describe, expect, it } from 'vitest';
import { FIXTURE_NOW, testAuthority } from '../../../../test/support/certificates.ts';
import {
  type BundleCase,
  code,
  instance,
  judge,
  MINUTE_MS,
} from '../../../../test/support/sigstore-bundles.ts';
import type { Json } from '../../../../test/support/sigstore-instance.ts';
import { der } from '../../../../test/support/timestamps.ts';
import { toInstant } from '../../../core/instant.ts';

/** Of an algorithm that nobody has: 1.3.9999.1.1. */
const UNKNOWN_KEY = der(
  0x30,
  der(0x30, der(0x06, Buffer.from('2bce0f0101', 'hex'))),
  der(0x03, Buffer.alloc(33)),
).toString('base64');
const OVER = '2026-11-22T11:59:59Z';

describe('S16: what the trusted root says of its logs', () => {
  it.each<readonly [string, string, BundleCase]>([
    [
      'A51: a log without times does not count after its own time',
      'log-entry',
      { options: { log: 'v2' }, root: (r) => end(r.tlogs[0]) },
    ],
    [
      'an entry is demanded, also where the keys of all logs are unknown',
      'log-entry',
      {
        options: { stamped: true },
        bundle: (b) => {
          b.verificationMaterial.tlogEntries = [];
        },
        root: (r) => forget(r.tlogs[0]),
      },
    ],
    [
      'a promise is demanded, also where the keys of all logs of certificates are unknown',
      'certificate-log',
      { root: (r) => forget(r.ctlogs[0]) },
    ],
  ])('%s', (_, expected, changed) => {
    expect(code(judge(changed))).toBe(expected);
  });

  const skipped: BundleCase = {
    options: { stamped: true },
    bundle: (b) => {
      b.verificationMaterial.tlogEntries = [];
    },
    root: (r) => {
      r.tlogs = [];
    },
  };

  it('a root without logs demands no entry', () => {
    expect(code(judge(skipped))).toBe('trusted');
  });

  it.each([
    [MINUTE_MS, 'trusted'],
    [-MINUTE_MS, 'certificate-expired'],
  ])('A49, G21: without a log, an intermediate that ends %d ms after it is %s', (ms, expected) => {
    const { name, key } = instance.authority;
    const top = testAuthority({ subject: 'CN=forgeries root,O=Sigstore,ST=WA,C=US' });
    const { der: ended } = testAuthority({
      subject: 'CN=forgeries ca,O=Sigstore,ST=WA,C=US',
      ...{ issuer: top, pathLength: 0, key, validUntil: toInstant(FIXTURE_NOW + ms) },
    });
    expect(name).toEqual(testAuthority({ subject: 'CN=forgeries ca,O=Sigstore,ST=WA,C=US' }).name);
    const root = (r: Json): void => {
      skipped.root?.(r);
      const certificates = [ended, top.der].map((one) => ({
        rawBytes: Buffer.from(one).toString('base64'),
      }));
      r.certificateAuthorities[0].certChain = { certificates };
    };
    expect(code(judge({ ...skipped, root }))).toBe(expected);
  });
});

function end(log: Json): void {
  log.publicKey.validFor.end = OVER;
}

function forget(log: Json): void {
  log.publicKey.rawBytes = UNKNOWN_KEY;
}
