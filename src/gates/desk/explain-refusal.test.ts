import { describe, expect, it } from 'vitest';
import {
  artifact,
  cleanFacts,
  finding,
  LOST,
  NOON,
  shopPolicy,
  signature,
} from '../../../test/support/policy-facts.ts';
import { evaluate, type Facts, makeUnknownFact } from '../../capabilities/policy/index.ts';
import { combineImages, explainRefusal } from './admission.ts';

const IMAGE = 'registry.example.com/shop/trips:1.4';
const UNKNOWN = makeUnknownFact(LOST);

function refuse(changes: Partial<Facts>): readonly string[] {
  const facts = cleanFacts(changes);
  const evaluation = evaluate(shopPolicy(), { gate: 'admission', facts, now: NOON });
  const { verdict, refuses } = evaluation;
  const judged = { image: IMAGE, resolved: IMAGE, verdict, refuses, cause: null, record: null };
  return explainRefusal(combineImages([judged]))
    .split('\n')
    .slice(1);
}

describe('X10: the answer of the webhook', () => {
  it.each<readonly [string, Partial<Facts>]>([
    [
      'broken rules',
      {
        signatures: [signature({ trusted: false, reason: 'nobody trusts it' })],
        artifacts: [artifact('scan', { createdAt: 0 as never })],
        findings: [finding({ severity: 'critical' })],
        advisories: { source: 'sample', updatedAt: NOON },
      },
    ],
    [
      'rules that cannot be decided',
      { signatures: UNKNOWN, artifacts: UNKNOWN, findings: UNKNOWN, sbom: UNKNOWN },
    ],
  ])('has a line for each of %s: what is so, what is required, the fix', (_, changes) => {
    const lines = refuse(changes);
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines)
      expect(line).toMatch(
        /^- [A-Za-z0-9-]+ \[[A-Z_]+\]: (?:cannot be decided: )?(?:(?!Required: |fix: ).)+[^.][.](?: Required: [A-Z][^:]*[^.][.])? fix: [A-Z].*[^.][.]$/,
      );
    const open = lines.filter((line) => line.includes(']: cannot be decided: '));
    expect(open.every((line) => line.includes('. Required: '))).toBe(true);
    expect(lines.filter((line) => line.includes('. Required: '))).toEqual(open);
  });
});
