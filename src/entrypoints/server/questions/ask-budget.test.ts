import { describe, expect, it } from 'vitest';
import { AskBudget } from './ask-budget.ts';

const LIMITS = { questionsPerSecondMax: 10, questionsBurstMax: 3 };

describe('how often a client may ask', () => {
  it('several times at once, then as often as the limit says, and each client alone', () => {
    let now = 0;
    const budget = new AskBudget(LIMITS, () => now);
    const take = (client: string) => {
      try {
        budget.take(client);
        return 'taken';
      } catch (thrown) {
        return (thrown as { code: string }).code;
      }
    };
    expect([1, 2, 3, 4].map(() => take('one'))).toEqual([
      ...['taken', 'taken', 'taken'],
      'RATE_EXCEEDED',
    ]);
    expect(take('other')).toBe('taken');
    now += 99;
    expect(take('one')).toBe('RATE_EXCEEDED');
    now += 2;
    expect([take('one'), take('one')]).toEqual(['taken', 'RATE_EXCEEDED']);
    now += 3_600_000;
    expect([1, 2, 3, 4].map(() => take('one')).filter((one) => one === 'taken')).toHaveLength(3);
  });

  it('however many clients there are, a bounded number is remembered', () => {
    const budget = new AskBudget(LIMITS, () => 0);
    for (let at = 0; at < 10_010; at++) budget.take(`client ${at}`);
    expect(budget.size).toBe(10_000);
  });
});
