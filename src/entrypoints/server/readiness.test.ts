import { describe, expect, it } from 'vitest';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { findStale } from './readiness.ts';

const NOW = toInstant(Date.parse('2026-03-01T00:00:00Z'));
const HOUR = 3_600_000;
const find = (ageMs: number) => findStale(toInstant(NOW - ageMs), HOUR, NOW);

describe('readiness by the age of the advisories', () => {
  it('A21: ends one millisecond after the limit, and says how old they are', () => {
    expect(find(HOUR)).toBeNull();
    expect(find(HOUR + 1)).toMatchObject({
      code: 'ADVISORIES_STALE',
      message: expect.stringContaining('are of 2026-02-28T22:59:59.999Z, 1.0 hours ago; 1.0 are'),
    });
  });

  it('A21: is not given by data of unknown age, nor by data of a time that has not come', () => {
    const unknown = { code: 'ADVISORIES_STALE', message: 'the age of the advisories is unknown' };
    expect(findStale(null, HOUR, NOW)).toMatchObject(unknown);
    expect(find(-LIMITS.clockSkewMs)).toBeNull();
    expect(find(-LIMITS.clockSkewMs - 1)).toMatchObject({ code: 'ADVISORIES_STALE' });
  });
});
