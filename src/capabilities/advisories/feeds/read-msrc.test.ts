import { describe, expect, it } from 'vitest';
import { MSRC_CSAF_SAMPLE, MSRC_SAMPLE } from '../../../../test/support/system-feeds.ts';
import { judge, translate } from '../../../../test/support/translate-sample.ts';
import { toInstant } from '../../../core/instant.ts';

const server = (build: string) => `pkg:generic/microsoft/windows-server@${build}`;
const TCP = 'MSRC-CVE-2024-38063';

describe('X9, I4: the security updates of Microsoft', () => {
  it('say by builds which Windows is affected, and nothing of its other products', () => {
    const { format, records, claim } = translate(MSRC_SAMPLE);
    expect([format, records.map(({ id }) => id)]).toEqual(['MSRC', [TCP, 'MSRC-CVE-2024-0001']]);
    const exportedAt = toInstant(Date.parse('2024-09-05T07:00:00Z'));
    expect(claim).toEqual({ covers: [], part: null, exportedAt });
    expect(records[0]).toMatchObject({
      aliases: ['CVE-2024-38063'],
      modified: '2024-08-13T07:00:00.000Z',
      affected: [
        { package: { ecosystem: 'Microsoft:Windows Server', name: '10.0.20348' } },
        { package: { ecosystem: 'Microsoft:Windows', name: '10.0.17763' } },
        { package: { ecosystem: 'Microsoft:Windows Server', name: '10.0.26100' } },
      ],
    });
  });

  it('of two builds of one line the later one has the fix, and a later one has it too', () => {
    const of = (build: string) => judge(MSRC_SAMPLE, server(build))[TCP];
    expect(of('10.0.20348.2113')).toBe('affected');
    // The update without a restart has a lower build.
    expect(of('10.0.20348.2635')).toBe('affected');
    expect(of('10.0.20348.2655')).toBe('not_affected');
    expect(of('10.0.20348.3000')).toBe('not_affected');
    // How often it was updated is unknown.
    expect(of('10.0.20348')).toBe('affected');
    expect(of('10.0.26100.1')).toBe('affected');
  });

  it('are those of this Windows: a client is no server of the same build, nor the reverse', () => {
    const old = '10.0.17763.1';
    expect(judge(MSRC_SAMPLE, server(old))).toEqual({ 'MSRC-CVE-2024-0001': 'unknown' });
    expect(judge(MSRC_SAMPLE, `pkg:generic/microsoft/windows-client@${old}`)).toEqual({
      [TCP]: 'affected',
    });
    // Its hive does not say which it is.
    expect(judge(MSRC_SAMPLE, `pkg:generic/microsoft/windows@${old}`)).toEqual({
      [TCP]: 'affected',
      'MSRC-CVE-2024-0001': 'unknown',
    });
    expect(() => judge(MSRC_SAMPLE, 'pkg:generic/microsoft/windows-server@2022')).toThrow('build');
    expect(() => judge(MSRC_SAMPLE, 'pkg:generic/other/windows-server@10.0.1.1')).toThrow();
  });

  it('in CSAF say the same, in the words of the document and not in those of its impact', () => {
    const { format, records } = translate(MSRC_CSAF_SAMPLE);
    expect([format, records.length]).toEqual(['CSAF', 1]);
    expect(records[0]).toMatchObject({
      id: TCP,
      affected: [
        { ecosystem_specific: { severity: 'Critical' } },
        { package: { ecosystem: 'Microsoft:Windows', name: '10.0.17763' } },
      ],
    });
    const of = (build: string) => judge(MSRC_CSAF_SAMPLE, server(build))[TCP];
    expect([of('10.0.20348.2654'), of('10.0.20348.2655')]).toEqual(['affected', 'not_affected']);
    const [vulnerability] = MSRC_CSAF_SAMPLE.vulnerabilities;
    const never = { ...vulnerability, product_status: { known_not_affected: ['11923'] } };
    const open = { ...vulnerability, product_status: { under_investigation: ['11923'] } };
    const saying = (one: object) => ({ ...MSRC_CSAF_SAMPLE, vulnerabilities: [one] });
    expect(judge(saying(never), server('10.0.20348.1'))).toEqual({ [TCP]: 'not_affected' });
    expect(judge(saying(open), server('10.0.20348.1'))).toEqual({ [TCP]: 'unknown' });
  });

  it('without a list of vulnerabilities are refused: half of a month hides the rest', () => {
    const cut = { ...MSRC_SAMPLE, Vulnerability: null };
    expect(() => translate(cut)).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
  });
});
