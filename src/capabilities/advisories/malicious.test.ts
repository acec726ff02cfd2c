import { describe, expect, it } from 'vitest';
import { orThrow } from '../../core/result.ts';
import { readOsv } from './parse-osv.ts';
import { rateStatements, stateSeverities } from './severity.ts';
import { pickTitle } from './title.ts';

const affected = [{ package: { ecosystem: 'npm', name: 'a' }, versions: ['1.0.0'] }];
const LOW = {
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N' }],
};

function rate(...values: readonly object[]) {
  const heads = values.map((value) => orThrow(readOsv({ affected, ...value } as never)));
  const named = { id: 'MAL-2024-1', aliases: ['GHSA-1'] };
  return rateStatements(stateSeverities(named, { heads, own: new Set(), entries: [] }));
}

describe('SCA-4: a malicious package', () => {
  it('is critical without a score, and says so in words of its own', () => {
    expect(rate({ id: 'MAL-2024-1' })).toEqual({
      severity: 'critical',
      score: null,
      vector: null,
      source: { by: 'advisory', record: 'MAL-2024-1', method: 'word', text: 'malicious' },
    });
    expect(rate({ id: 'GHSA-1' }).severity).toBe('unknown');
  });

  it('stays critical whatever other records say of it', () => {
    expect(rate({ id: 'GHSA-1', ...LOW }, { id: 'MAL-2024-1' }).severity).toBe('critical');
    expect(rate({ id: 'MAL-2024-1', ...LOW }).severity).toBe('critical');
    const unread = { severity: [{ type: 'CVSS_V3', score: 'CVSS:9.9/X:Y' }] };
    expect(rate({ id: 'MAL-2024-1', ...unread }).severity).toBe('critical');
  });

  it('is called malicious before everything else that it is called', () => {
    const read = (value: object) => orThrow(readOsv({ affected, ...value } as never));
    const records = [
      read({ id: 'GHSA-1', summary: 'Embedded code' }),
      read({ id: 'MAL-2024-1', summary: 'Malicious code in a (npm)' }),
    ];
    expect(pickTitle('GHSA-1', records)).toBe('malicious package: Malicious code in a (npm)');
    expect(pickTitle('MAL-2', [read({ id: 'MAL-2' })])).toBe('malicious package');
  });
});
