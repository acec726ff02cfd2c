import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/limits.ts';
import { type AnswerRow, collectRows, compareRows, describeChange } from './answer-rows.ts';

const read = (answer: object) => {
  const rows = new Map<string, AnswerRow>();
  collectRows(answer as never, rows);
  return Object.fromEntries(rows);
};

describe('the rows of an answer', () => {
  it('have what a list says, with the row around it; evidence and leases are no news', () => {
    const answer = (until: string, cluster: string) => ({
      releases: [
        {
          ...{ name: 'trips', owner: null, updatedAt: until, evidence: [{ document: until }] },
          ...{ names: ['a', 'b'], deployments: [{ cluster, until, open: true }] },
        },
      ],
    });
    const before = read(answer('1', 'eu-1'));
    expect(Object.values(before)).toEqual([
      { list: 'releases', says: { name: 'trips', names: 'a, b' }, within: null },
      {
        ...{ list: 'releases/deployments', says: { cluster: 'eu-1', open: 'true' } },
        within: { name: 'trips', names: 'a, b' },
      },
    ]);
    expect(compareRows(before, read(answer('2', 'eu-1')))).toEqual([]);
    const changes = compareRows(before, read(answer('2', 'us-1')));
    expect(changes.map(describeChange)).toEqual([
      '+ releases/deployments: us-1 trips',
      '- releases/deployments: eu-1 trips',
    ]);
  });

  it('are bounded, and a name from outside is only a name', () => {
    const many = Array.from({ length: LIMITS.standingRowsMax + 5 }, (_, at) => ({ name: `${at}` }));
    expect(Object.keys(read({ list: many }))).toHaveLength(LIMITS.standingRowsMax);
    expect(read({ list: [JSON.parse('{"__proto__":{"a":"b"},"constructor":"x"}')] })).not.toEqual(
      {},
    );
  });

  it('of any JSON are rows; an answer compared with itself has no change', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (answer) => {
        const rows = read(answer);
        expect(compareRows(rows, read(answer))).toEqual([]);
        for (const row of Object.values(rows))
          expect(describeChange({ change: 'added', row }).length).toBeLessThan(10_000);
      }),
      { numRuns: 50 },
    );
  });
});
