import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecordFields } from '../../capabilities/evidence/index.ts';
import { applyChanges } from '../../capabilities/graph/index.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { ObservationSeries } from './observation-series.ts';

type Fields = RecordFields<'deployment'>;

const LEASE = 900_000;
const seen = (ms: number, names: readonly string[], more: Partial<Fields> = {}): Fields => ({
  ...{ cluster: 'eu-1', region: 'west', observedAt: toInstant(ms), leaseMs: LEASE },
  nodes: [{ name: 'n1', uid: 'u1', zone: null }],
  workloads: names.map((name) => ({ namespace: 'shop', kind: 'Pod', name, images: [] })),
  ...more,
});

describe('P12: the observations that one watcher sends', () => {
  it('begin with everything, and then say what began and what ended', () => {
    const series = new ObservationSeries();
    expect(series.next(seen(1_000, ['a', 'b']))).toMatchObject({ isWhole: true });
    const step = series.next(seen(2_000, ['b', 'c']));
    expect(step?.isWhole).toBe(false);
    expect(step?.record).toMatchObject({
      changes: { since: 1_000, ended: [{ namespace: 'shop', kind: 'Pod', name: 'a' }] },
      workloads: [{ name: 'c' }],
    });
    expect(step?.record.nodes).toBeUndefined();
  });

  it('say nothing while nothing changes, and renew the lease before it ends', () => {
    const series = new ObservationSeries();
    series.next(seen(0, ['a']));
    expect(series.next(seen(LEASE / 3 - 1, ['a']))).toBeNull();
    expect(series.next(seen(LEASE / 3, ['a']))?.record).toMatchObject({
      ...{ changes: { since: 0, ended: [] }, workloads: [] },
    });
  });

  it.each([
    ['in another region', (ms: number) => seen(ms, ['a'], { region: 'east' })],
    ['after a lease', () => seen(LEASE + 1, ['a'])],
  ])('are whole again %s', (_, next) => {
    const series = new ObservationSeries();
    series.next(seen(0, ['a']));
    expect(series.next(next(10))?.isWhole).toBe(true);
  });

  it('are whole again each hour, and after one was lost', () => {
    const series = new ObservationSeries();
    series.next(seen(0, ['a']));
    let whole = 0;
    for (let ms = LEASE / 3; ms <= LIMITS.watchWholeMs; ms += LEASE / 3)
      if (series.next(seen(ms, ['a']))?.isWhole === true) whole += 1;
    expect(whole).toBe(1);
    series.begin();
    expect(series.next(seen(LIMITS.watchWholeMs + 1, ['a']))?.isWhole).toBe(true);
  });

  it('lead to what is there, whatever happened in between', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'));
    fc.assert(
      fc.property(fc.array(names, { minLength: 1, maxLength: 10 }), (states) => {
        const series = new ObservationSeries();
        let folded: Parameters<typeof applyChanges>[0] | null = null;
        for (const [index, state] of states.entries()) {
          const step = series.next(seen(1_000 * (index + 1), state));
          if (step === null) continue;
          const record = {
            apiVersion: 'waybill.dev/v1',
            kind: 'Deployment',
            ...step.record,
          } as const;
          folded = folded === null || step.isWhole ? record : applyChanges(folded, record);
          expect(folded.workloads.map(({ name }) => name).toSorted()).toEqual(state.toSorted());
          expect(folded.nodes).toHaveLength(1);
        }
      }),
      { numRuns: 100 },
    );
  });
});
