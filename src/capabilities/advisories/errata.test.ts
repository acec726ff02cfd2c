import { describe, expect, it } from 'vitest';
import { orThrow } from '../../core/result.ts';
import { parseOsv } from './parse-osv.ts';

const affected = [{ package: { ecosystem: 'AlmaLinux:8', name: 'bash' }, versions: ['1-1'] }];
const read = (record: object) =>
  orThrow(parseOsv(JSON.stringify({ id: 'ALSA-2024:0001', affected, ...record })));

describe('D15 B4: errata of Red Hat and those that rebuild its packages', () => {
  it('cover the vulnerabilities that only `related` names, and rate them by their title', () => {
    const related = ['CVE-2024-0001', 'CVE-2024-0002', 'ALSA-2023:1'];
    const summary = 'Important: bash security update';
    expect(read({ related, summary })).toMatchObject({
      upstream: ['CVE-2024-0001', 'CVE-2024-0002'],
      affected: [{ severities: [{ type: 'DATABASE', vector: 'Important' }] }],
    });
    // Of others, `related` says no more than that.
    expect(read({ id: 'GHSA-aaaa-bbbb-cccc', related, summary })).toMatchObject({
      upstream: [],
      affected: [{ severities: [] }],
    });
  });

  it('keep what they say in the members of OSV', () => {
    const severity = [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }];
    const said = read({
      related: ['CVE-2024-0001'],
      upstream: ['CVE-2024-0003'],
      severity,
      summary: 'Low: x',
    });
    expect(said.upstream).toEqual(['CVE-2024-0003']);
    expect(said.affected[0]?.severities).toEqual([]);
    expect(said.severities).toEqual([{ type: 'CVSS_V3', vector: severity[0]?.score }]);
  });

  it.each([
    ['ALBA-2024:0001', [], 0],
    ['RHEA-2024:0001', [], 0],
    ['ALBA-2024:0001', ['CVE-2024-0001'], 1],
    ['ALSA-2024:0001', [], 1],
  ])(
    '%s with %j is about %i packages: a bug alone is no vulnerability',
    (id, related, packages) => {
      expect(read({ id, related }).affected).toHaveLength(packages);
    },
  );
});
