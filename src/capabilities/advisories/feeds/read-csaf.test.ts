import { describe, expect, it } from 'vitest';
import { RED_HAT_VEX_SAMPLE, SUSE_VEX_SAMPLE } from '../../../../test/support/publisher-feeds.ts';
import { judge, translate } from '../../../../test/support/translate-sample.ts';
import { orThrow } from '../../../core/result.ts';
import { readOsv } from '../parse-osv.ts';

const rhel = (name: string, more: string) =>
  judge(RED_HAT_VEX_SAMPLE, `pkg:rpm/redhat/${name}${more}`);
const SOURCE_8 = 'upstream=openssl-1.1.1k-9.el8.src.rpm';
const change = (document: object): object => ({
  ...RED_HAT_VEX_SAMPLE,
  document: { ...RED_HAT_VEX_SAMPLE.document, ...document },
});

describe('X9: what Red Hat says in CSAF', () => {
  it('is a fix for the packages of a release, by their binary names and epochs', () => {
    const libs = (version: string) =>
      rhel('openssl-libs', `@${version}?distro=rhel-9.4&epoch=1`)['CVE-2024-0001'];
    expect(libs('3.0.7-26.el9')).toBe('affected');
    expect(libs('3.0.7-27.el9')).toBe('not_affected');
    // The same build is fixed for OpenShift, in which no package is looked up.
    const ecosystems = translate(RED_HAT_VEX_SAMPLE).records.flatMap((record) =>
      orThrow(readOsv(record)).affected.map(({ ecosystem }) => ecosystem),
    );
    expect(new Set(ecosystems)).toEqual(
      new Set([
        'Red Hat:enterprise_linux:9::baseos',
        'Red Hat:enterprise_linux:9::appstream',
        'Red Hat:enterprise_linux:8',
      ]),
    );
  });

  it('has no fix for what it names by its source package, whatever its binary is called', () => {
    expect(rhel('openssl-libs', `@1.1.1k-9.el8?distro=rhel-8.9&epoch=1&${SOURCE_8}`)).toEqual({
      'CVE-2024-0001': 'affected',
    });
    expect(rhel('ovmf', '@2022-1.el8?distro=rhel-8.9&upstream=edk2-2022-1.el8.src.rpm')).toEqual({
      'CVE-2024-0001': 'not_affected',
    });
    const compat = 'upstream=compat-openssl10-1.0.2o-4.el8.src.rpm';
    expect(rhel('compat-openssl10', `@1.0.2o-4.el8?distro=rhel-8.9&${compat}`)).toEqual({
      'CVE-2024-0001': 'unknown',
    });
    expect(rhel('bash', '@4.4-1.el8?distro=rhel-8.9&upstream=bash-4.4-1.el8.src.rpm')).toEqual({});
  });

  it('of a module is of its builds alone', () => {
    const node = (version: string) => rhel('nodejs', `@${version}?distro=rhel-9.4&epoch=1`);
    expect(node('18.18.0-1.module%2Bel9.3.0%2B1%2Bb')).toEqual({ 'CVE-2024-0001': 'affected' });
    expect(node('16.20.2-1.el9')).toEqual({});
  });

  it('has its words about severity, its vectors and its dates', () => {
    const [record] = translate(RED_HAT_VEX_SAMPLE).records.map((one) => orThrow(readOsv(one)));
    expect(record).toMatchObject({
      id: 'REDHATVEX-CVE-2024-0001',
      upstream: ['CVE-2024-0001'],
      title: 'openssl: a flaw',
      modified: Date.UTC(2025, 7, 13, 15, 14, 45),
      severities: [{ type: 'CVSS_V3' }],
    });
    const words = (record?.affected ?? []).map(({ ecosystem, severities }) => [
      ecosystem,
      severities.map(({ vector }) => vector).join(),
    ]);
    expect(words).toContainEqual(['Red Hat:enterprise_linux:8', 'Important']);
    expect(words).toContainEqual(['Red Hat:enterprise_linux:9::baseos', 'Moderate']);
  });

  it('as a bulletin says only what is fixed, and of which vulnerabilities', () => {
    const advisory = change({
      category: 'csaf_security_advisory',
      tracking: { ...RED_HAT_VEX_SAMPLE.document.tracking, id: 'RHSA-2024:1' },
    });
    const { records } = translate(advisory);
    expect(records).toMatchObject([{ id: 'REDHATCSAF-RHSA-2024:1', upstream: ['CVE-2024-0001'] }]);
    const old = `pkg:rpm/redhat/openssl-libs@1.1.1k-9.el8?distro=rhel-8.9&epoch=1&${SOURCE_8}`;
    expect(judge(advisory, old)).toEqual({});
  });

  it('counts when it is no draft, and when its publisher is one that is known', () => {
    const draft = change({
      tracking: { ...RED_HAT_VEX_SAMPLE.document.tracking, status: 'draft' },
    });
    expect(translate(draft).records).toEqual([]);
    const stranger = change({ publisher: { namespace: 'https://www.redhat.com.example.com' } });
    expect(() => translate(stranger)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });
});

describe('X9: what SUSE says in CSAF', () => {
  it('names binary packages, and builds by their files', () => {
    const sles = (name: string, version: string, source: string) =>
      judge(
        SUSE_VEX_SAMPLE,
        `pkg:rpm/suse/${name}@${version}?distro=sles-15.5&upstream=${source}-${version}.src.rpm`,
      );
    const old = 'compat-openssl098';
    expect(sles('libopenssl1_0_0', '1.0.2p-150000.3.73.1', old)).toEqual({
      'CVE-2023-0464': 'affected',
    });
    expect(sles('libopenssl1_0_0', '1.0.2p-150000.3.76.1', old)).toEqual({
      'CVE-2023-0464': 'not_affected',
    });
    expect(sles('libopenssl1_1', '1.1.1l-1', 'openssl-1_1')).toEqual({
      'CVE-2023-0464': 'not_affected',
    });
    expect(sles('libcurl4', '8.0.1-1', 'curl')).toEqual({});
  });
});
