import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSeverity, pickWorseSeverity, rateScore, SEVERITIES } from './severity.ts';

describe('B17: the severity of a score', () => {
  it.each([
    [10, 'critical'],
    [9, 'critical'],
    [8.9, 'high'],
    [7, 'high'],
    [6.9, 'medium'],
    [4, 'medium'],
    [3.9, 'low'],
    [0.1, 'low'],
    [0, 'none'],
  ] as const)('%d is %s', (score, severity) => {
    expect(rateScore(score)).toBe(severity);
  });

  it.each([Number.NaN, -0.1, 10.1, Number.POSITIVE_INFINITY])(
    '%d is not a score: the severity is unknown, never none',
    (score) => {
      expect(rateScore(score)).toBe('unknown');
    },
  );
});

describe('the worse of two severities', () => {
  const any = fc.constantFrom(...SEVERITIES, 'unknown' as const);

  it('is never milder than the known one', () => {
    fc.assert(
      fc.property(any, fc.constantFrom(...SEVERITIES), (one, known) => {
        const worst = pickWorseSeverity(one, known);
        expect(worst).not.toBe('unknown');
        expect(SEVERITIES.indexOf(worst as typeof known)).toBeLessThanOrEqual(
          SEVERITIES.indexOf(known),
        );
      }),
    );
  });

  it('does not depend on the order, and is unknown only when both are', () => {
    fc.assert(
      fc.property(any, any, (one, other) => {
        expect(pickWorseSeverity(one, other)).toBe(pickWorseSeverity(other, one));
        expect(pickWorseSeverity(one, other) === 'unknown').toBe(
          one === 'unknown' && other === 'unknown',
        );
      }),
    );
  });
});

it('a severity is one of six words, in lower case', () => {
  expect([...SEVERITIES, 'unknown'].every(isSeverity)).toBe(true);
  expect(['Critical', 'moderate', '', 'toString', '__proto__'].some(isSeverity)).toBe(false);
});
