import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  UBUNTU_CVE_SAMPLE,
  UBUNTU_PAGE_SAMPLE,
  UBUNTU_TRACKER_SAMPLE,
} from '../../../../test/support/system-feeds.ts';
import { judge, translate } from '../../../../test/support/translate-sample.ts';
import { Failure } from '../../../core/failure.ts';
import { UBUNTU_TRACKER } from './read-ubuntu.ts';

const ID = 'CVE-2024-0727';
const openssl = (version: string, release: string) =>
  judge(UBUNTU_TRACKER_SAMPLE, `pkg:deb/ubuntu/openssl@${version}?distro=ubuntu-${release}`)[ID];

describe('X9: the security tracker of Ubuntu', () => {
  it('says by source package, release and archive what is fixed, open and unknown', () => {
    const { format, records, claim } = translate(UBUNTU_TRACKER_SAMPLE);
    expect([format, claim, records[0]?.['id']]).toEqual([
      ...['Ubuntu CVE tracker', null, `UBUNTUTRACKER-${ID}`],
    ]);
    expect(openssl('3.0.2-0ubuntu1.13', '22.04')).toBe('affected');
    expect(openssl('3.0.2-0ubuntu1.14', '22.04')).toBe('not_affected');
    expect(openssl('3.0.10-1ubuntu2.1', '23.10')).toBe('not_affected');
    // The package is not in that release.
    expect(openssl('3.0.13-0ubuntu3', '24.04')).toBe(undefined);
    const edk2 = 'pkg:deb/ubuntu/edk2@2022.02-3?distro=ubuntu-22.04';
    expect(judge(UBUNTU_TRACKER_SAMPLE, edk2)).toEqual({ [ID]: 'unknown' });
  });

  it('an update that nobody will write leaves it affected', () => {
    expect(openssl('1.1.1f-1ubuntu2.20', '20.04')).toBe('affected');
    expect(openssl('1.1.1-1ubuntu2.1~18.04.23', '18.04')).toBe('affected');
  });

  it('of a release whose support has ended, that of Ubuntu Pro counts', () => {
    expect(openssl('1.0.2g-1ubuntu4.20', '16.04')).toBe('affected');
    expect(openssl('1.0.2g-1ubuntu4.20+esm11', '16.04')).toBe('affected');
    expect(openssl('1.0.2g-1ubuntu4.20+esm12', '16.04')).toBe('not_affected');
    expect(openssl('1.0.1f-1ubuntu2.27', '14.04')).toBe('affected');
    // A build of FIPS is judged by the fixes of its archive.
    expect(openssl('1.0.2g-1ubuntu4.fips.4.6', '16.04')).toBe('unknown');
    const ended = UBUNTU_TRACKER_SAMPLE.replace(/^esm-infra.*\n/m, '').replace(/^fips.*\n/m, '');
    const purl = 'pkg:deb/ubuntu/openssl@1.0.2g-1ubuntu4.20?distro=ubuntu-16.04';
    expect(judge(ended, purl)).toEqual({ [ID]: 'unknown' });
  });

  it('has a word of its own by package, and vectors of others', () => {
    const { records } = translate(UBUNTU_TRACKER_SAMPLE);
    expect(records[0]).toMatchObject({
      published: '2024-01-26T09:15:00.000Z',
      severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:N/I:N/A:H' }],
    });
    const words = JSON.stringify(records).match(/"name":"edk2"[^}]*}.*?"severity":"(\w+)"/);
    expect(words?.[1]).toBe('medium');
  });

  it('says the same in the answers of its API, alone and as a page', () => {
    const alone = translate(UBUNTU_CVE_SAMPLE);
    const page = translate(UBUNTU_PAGE_SAMPLE);
    expect([alone.format, alone.claim]).toEqual(['Ubuntu security API', null]);
    expect([page.records, page.claim?.covers]).toEqual([alone.records, []]);
    const of = (version: string, release: string) =>
      judge(UBUNTU_CVE_SAMPLE, `pkg:deb/ubuntu/openssl@${version}?distro=ubuntu-${release}`)[ID];
    expect(of('3.0.2-0ubuntu1.13', '22.04')).toBe('affected');
    expect(of('1.0.2g-1ubuntu4.20+esm12', '16.04')).toBe('not_affected');
    const broken = { ...UBUNTU_PAGE_SAMPLE, cves: [{ ...UBUNTU_CVE_SAMPLE, id: 'USN-1' }] };
    expect(() => translate(broken)).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
  });

  it('gives records or a Failure for every text', () => {
    const parts = UBUNTU_TRACKER_SAMPLE.split('\n');
    const text = fc.array(fc.oneof(fc.constantFrom(...parts), fc.string()), { maxLength: 30 });
    fc.assert(
      fc.property(text, (lines) => {
        try {
          for (const record of UBUNTU_TRACKER.begin().read('', lines.join('\n')))
            expect(record['upstream']).toEqual([ID]);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Failure);
        }
      }),
    );
  });
});
