// docs/adr/0003-two-kinds-of-time.md
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Interval,
  listIntervals,
  type Observation,
} from '../../src/capabilities/graph/index.ts';
import { type Instant, toInstant } from '../../src/core/instant.ts';

const START = Date.UTC(2026, 10, 22);
const at = (minute: number): Instant => toInstant(START + minute * 60_000);
const observation = (
  minute: number,
  leaseMinutes: number,
  keys: readonly string[],
): Observation => ({
  observedAt: at(minute),
  leaseMs: leaseMinutes * 60_000,
  keys: new Set(keys),
});

/** A cluster's observations in the order of their time. */
const history = fc
  .array(
    fc.tuple(
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 20 }),
      fc.subarray(['a', 'b', 'c']),
    ),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((steps) => {
    let minute = 0;
    return steps.map(([pause, lease, keys]) => {
      minute += pause;
      return observation(minute, lease, keys);
    });
  });

const running = (intervals: readonly Interval[], when: Instant): string[] =>
  intervals
    .filter(({ from, to }) => from <= when && (to === null || when < to))
    .map(({ key }) => key)
    .sort();

/**
 * The specification, written differently: what ran is what the last observation saw, during its
 * lease.
 */
function specified(observations: readonly Observation[], when: Instant): string[] {
  const last = observations.findLast(({ observedAt }) => observedAt <= when);
  if (last === undefined) return [];
  const next = observations.find(({ observedAt }) => observedAt > last.observedAt);
  const leaseEnd = last.observedAt + last.leaseMs;
  const silent = next !== undefined && leaseEnd < next.observedAt;
  return silent && when >= leaseEnd ? [] : [...last.keys].sort();
}

describe('foundation 3: valid time', () => {
  it('the last observation says what runs, until its lease ends without another', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 0, max: 400 }), (observations, minute) => {
        expect(running(listIntervals(observations), at(minute))).toEqual(
          specified(observations, at(minute)),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it('a silent cluster ends when its lease ends, whenever the next observation comes', () => {
    const lastSeen = observation(0, 10, ['a']);
    for (const minute of [11, 60, 10_000]) {
      const [first] = listIntervals([lastSeen, observation(minute, 10, ['a'])]);
      expect(first).toEqual({ key: 'a', from: at(0), to: at(10) });
    }
    expect(listIntervals([lastSeen, observation(10, 10, ['a'])])).toEqual([
      { key: 'a', from: at(0), to: null },
    ]);
  });

  it('one workload never runs twice at one moment', () => {
    fc.assert(
      fc.property(history, (observations) => {
        for (const key of ['a', 'b', 'c']) {
          const own = listIntervals(observations).filter((interval) => interval.key === key);
          const sorted = own.sort((one, other) => one.from - other.from);
          sorted.slice(1).forEach((next, index) => {
            expect(sorted[index]?.to ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(next.from);
          });
        }
      }),
    );
  });
});

describe('foundation 3: knowledge time', () => {
  it('a known end stays: later observations add and never rewrite', () => {
    fc.assert(
      fc.property(history, fc.nat(), (observations, cut) => {
        const known = listIntervals(observations.slice(0, cut % (observations.length + 1)));
        const all = listIntervals(observations);
        for (const ended of known.filter(({ to }) => to !== null))
          expect(all).toContainEqual(ended);
        for (const open of known.filter(({ to }) => to === null)) {
          expect(all.some(({ key, from }) => key === open.key && from === open.from)).toBe(true);
        }
      }),
    );
  });
});
