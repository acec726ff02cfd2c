import { describe, expect, it } from 'vitest';
import { describeCpe, describeCve, NVD_SAMPLE } from '../../../../test/support/publisher-feeds.ts';
import { judge, translate } from '../../../../test/support/translate-sample.ts';

const ask = (name: string, version: string) =>
  Object.fromEntries(
    Object.entries(judge(NVD_SAMPLE, `pkg:generic/${name}@${version}`)).filter(
      ([, status]) => status !== 'not_affected',
    ),
  );

describe('X9: what NVD says of programs that no package manager installed', () => {
  it('is looked up by product and version, with letters in their order', () => {
    const found = { 'NVD-CVE-2023-0286': 'affected' };
    expect(ask('openssl', '1.1.1')).toEqual(found);
    expect(ask('openssl', '1.1.1s')).toEqual(found);
    expect(ask('openssl', '1.1.1t')).toEqual({});
    expect(ask('openssl', '1.0.2u')).toEqual({});
    expect(ask('openssl', '3.0.7')).toEqual(found);
    expect(ask('openssl', '3.0.8')).toEqual({});
    // Named as what the flaw needs, and not as what has it.
    expect(ask('openssl', '2.0')).toEqual({});
  });

  it('counts updates of OpenSSH to the version, and those of others to the name', () => {
    const found = { 'NVD-CVE-2023-0001': 'affected' };
    expect(ask('openssh', '9.3p2')).toEqual(found);
    expect(ask('openssh', '9.4p1')).toEqual({});
    expect(ask('redis', '7.0.0-rc1')).toEqual({ 'NVD-CVE-2023-0002': 'affected' });
    expect(ask('redis', '7.0.0')).toEqual({});
    expect(ask('redis', '6.2.6')).toEqual({ 'NVD-CVE-2023-0002': 'affected' });
  });

  it('is said of Java by line and update, of any vendor, with what came before', () => {
    const affected = [
      describeCpe('oracle:jdk', '1.8.0:update391'),
      describeCpe('oracle:jre', '17.0.9:*'),
      describeCpe('oracle:openjdk', '*:*', {
        versionStartIncluding: '11',
        versionEndIncluding: '11.0.21',
      }),
      describeCpe('oracle:openjdk', '7:update80'),
    ];
    const sample = { ...NVD_SAMPLE, vulnerabilities: [describeCve('CVE-2024-20918', affected)] };
    const isAffected = (path: string) =>
      judge(sample, `pkg:generic/${path}`)['NVD-CVE-2024-20918'] === 'affected';
    const [yes, no] = [
      [
        ...['openjdk@1.8.0_391-b13', 'eclipse/openjdk@1.8.0_382-b05', 'oracle/openjdk@8u352-b08'],
        ...['openjdk@8.0.391%2B8', 'eclipse/openjdk@17.0.9%2B9', 'openjdk@17'],
        ...['amazon/openjdk@11.0.21%2B9-LTS', 'openjdk@1.7.0_80-b15', 'openjdk@17.0.5%2B8'],
      ],
      [
        ...['openjdk@1.8.0_392-b08', 'eclipse/openjdk@1.8.0_402-b06', 'openjdk@17.0.10%2B7'],
        ...['openjdk@11.0.22%2B7', 'openjdk@21.0.1%2B12', 'openjdk@1.6.0_45-b06', 'openjdk@9.0.4'],
      ],
    ];
    expect(yes.filter((path) => !isAffected(path))).toEqual([]);
    expect(no.filter(isAffected)).toEqual([]);
    // Of other products the namespace is a name of its own.
    expect(() => judge(sample, 'pkg:generic/eclipse/openssl@1.1.1')).toThrow('not covered');
  });

  it('is unknown where it states no version', () => {
    expect(ask('php', '8.2.1')).toEqual({ 'NVD-CVE-2023-0003': 'unknown' });
  });

  it('has its dates and vectors, withdraws what was rejected, and covers nothing alone', () => {
    const { records, claim } = translate(NVD_SAMPLE);
    expect(claim).toEqual({
      covers: [],
      part: null,
      exportedAt: Date.UTC(2025, 0, 2, 3, 4, 5, 678),
    });
    expect(records[0]).toMatchObject({
      aliases: ['CVE-2023-0286'],
      modified: '2024-11-21T07:22:21.703Z',
      severity: [{ type: 'CVSS_V3' }],
    });
    expect(records.at(-1)).toMatchObject({
      id: 'NVD-CVE-2023-0005',
      withdrawn: '2024-11-21T07:22:21.703Z',
      affected: [],
    });
    // Another vendor's product of the same name is none of these programs.
    expect(records.map(({ id }) => id)).not.toContain('NVD-CVE-2023-0004');
  });

  it('with an item that is no CVE is refused', () => {
    const broken = { ...NVD_SAMPLE, vulnerabilities: [{ cve: { id: 'x' } }] };
    expect(() => translate(broken)).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
  });
});
