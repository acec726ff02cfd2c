import { describe, expect, it } from 'vitest';
import { orThrow } from '../../../core/result.ts';
import { parseSuite } from '../suite/parse-suite.ts';
import { trySuite } from '../suite/try-suite.ts';
import { LIBRARY } from './library.ts';

describe.each(LIBRARY)('the policy $name of the library', ({ name, policy, tests }) => {
  const report = () =>
    orThrow(trySuite(policy, orThrow(parseSuite(tests)).tests, { mutate: true }));

  it('decides as its tests say, which show each rule both ways and every branch', () => {
    const { outcomes, coverage } = report();
    expect(outcomes.flatMap(({ test, wrong }) => wrong.map((one) => [test.name, one]))).toEqual([]);
    expect(coverage.flatMap(({ rule, missing }) => missing.map((one) => [rule, one]))).toEqual([]);
    for (const { holds, broken, undetermined } of coverage) {
      expect(Math.min(holds, broken)).toBeGreaterThan(0);
      expect(undetermined).toBeGreaterThanOrEqual(0);
    }
  });

  it('has tests that notice every change of a rule', () => {
    expect(report().mutants).toMatchObject({ survived: [], more: false });
  });

  it('says of each rule what is wrong and how to fix it', () => {
    const { policy: read } = report();
    for (const { message, fix } of read.rules) expect([message, fix]).not.toContain(null);
    expect(tests).toContain(`policy: ${name}.yaml`);
  });
});
