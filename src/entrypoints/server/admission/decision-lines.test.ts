import { afterEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/limits.ts';
import type { LogEntry } from '../log.ts';
import { DecisionLines, tellRefusal, tellVerdict } from './decision-lines.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const rule = (name: string, outcome: 'broken' | 'undetermined' | 'holds') => ({
  ...{ rule: name, action: 'deny', outcome, reason: 'RULE_BROKEN', message: null, fix: null },
});
const workload = {
  ...{ cluster: 'eu-1', namespace: 'shop', kind: 'Pod', name: 'trips', operation: 'CREATE' },
  ...{ user: 'alice', source: '192.0.2.1' },
};
const deny = {
  image: 'registry.example.com/shop/trips:1.0',
  resolved: `registry.example.com/shop/trips:1.0@${DIGEST}`,
  refuses: true,
  cause: null,
  record: null,
  verdict: {
    decision: 'deny',
    results: [rule('B9', 'holds'), rule('I18-scan-fresh', 'broken'), rule('B3', 'undetermined')],
    validUntil: null,
  },
} as const;

let open: DecisionLines | null = null;
afterEach(() => open?.close());

function startLines() {
  const logged: LogEntry[] = [];
  const clock = { ms: 0 };
  const lines = new DecisionLines({
    log: (entry) => void logged.push(entry),
    nowMs: () => clock.ms,
  });
  open = lines;
  return { lines, logged, clock };
}

describe('O6: the line about a decision', () => {
  it('has the verdict, the rules that made it, digest, namespace and duration', () => {
    const told = tellVerdict(deny as never, workload, performance.now());
    expect(told).toMatchObject({
      ...{ level: 'warn', event: 'decision', decision: 'deny', rule: 'I18-scan-fresh' },
      ...{ digest: DIGEST, namespace: 'shop', rules: ['I18-scan-fresh'], source: '192.0.2.1' },
    });
    expect(told['durationMs']).toBeTypeOf('number');
    expect(JSON.stringify(told)).not.toContain('alice');
  });

  it('A76: what a stranger names is bounded, and begins no other line', () => {
    const image = `${'x'.repeat(100_000)}\n{"event":"decision","decision":"allow"}\u202e`;
    const named = { ...workload, namespace: 'a\u0007\nb'.repeat(10_000), name: '\u001b[31m' };
    const told = JSON.stringify(
      tellVerdict({ ...deny, image, resolved: image } as never, named, 0),
    );
    expect(told.length).toBeLessThan(2_000);
    expect(told).not.toMatch(/\\n|\\u0007|\\u001b|\u202e/);
    const refused = tellRefusal({ allowed: false, message: image } as never);
    expect(JSON.stringify(refused).length).toBeLessThan(600);
  });
});

describe('the lines about decisions', () => {
  const told = tellVerdict(deny as never, workload, 0);

  it('of one address that floods leave room for those of others, and are counted', () => {
    const { lines, logged, clock } = startLines();
    for (let at = 0; at < 10_000; at++) lines.write(told, 'flood');
    lines.write(told, 'other');
    expect(logged).toHaveLength(LIMITS.decisionLinesPerAddressMax + 1);
    clock.ms = 1_000;
    lines.write(told, 'flood');
    expect(logged).toHaveLength(LIMITS.decisionLinesPerAddressMax + 2);
    lines.close();
    const left = 10_000 - LIMITS.decisionLinesPerAddressMax;
    expect(logged.at(-1)).toMatchObject({
      event: 'decisions-left-out',
      decisions: left,
      deny: left,
    });
  });

  it('of many addresses are as many as fit, whatever their number', () => {
    const { lines, logged } = startLines();
    for (let at = 0; at < 50_000; at++) lines.write(told, `address-${at}`);
    expect(logged).toHaveLength(LIMITS.decisionLinesMax);
  });

  it('say nothing about what was left out where nothing was', () => {
    const { lines, logged } = startLines();
    lines.write(told, 'one');
    lines.close();
    expect(logged).toHaveLength(1);
  });
});
