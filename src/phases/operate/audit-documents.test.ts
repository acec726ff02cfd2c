import { describe, expect, it } from 'vitest';
import type { Digest } from '../../core/digest.ts';
import { toInstant } from '../../core/instant.ts';
import type { RuleResult } from '../../core/verdict.ts';
import type { AuditedImage } from '../../gates/audit/index.ts';
import { buildAuditObjects, writeAuditSarif } from './audit-documents.ts';

const DIGEST = `sha256:${'1'.repeat(64)}` as Digest;
const rule = (more: Partial<RuleResult> = {}): RuleResult => ({
  ...{ rule: 'I17', action: 'deny', outcome: 'broken', reason: 'RULE_BROKEN' },
  ...{ message: 'not signed\nforged', fix: 'sign it' },
  ...more,
});

function audited(
  name: string,
  results: readonly RuleResult[],
  more: Partial<AuditedImage> = {},
): AuditedImage {
  const decision = results.some(({ outcome }) => outcome === 'broken') ? 'deny' : 'allow';
  return {
    ...{ subject: DIGEST, reference: `r.example.com/${name}@${DIGEST}`, release: null },
    place: { cluster: 'eu-1', region: null, namespace: 'shop', kind: 'Deployment', name },
    ...{ decision, results, validUntil: null, basis: {}, previousAt: null, changes: [] },
    evaluation: { refuses: decision === 'deny' },
    ...{ isNews: false, lacksFacts: false, vex: [] },
    ...more,
  } as unknown as AuditedImage;
}

const report = (...all: readonly AuditedImage[]) => ({
  ...{ at: toInstant(Date.UTC(2026, 0, 1, 12, 0, 0, 5)), audited: all, recorded: 0 },
  ...{ undigested: [], undigestedMore: false, observed: true, silent: [] },
});
const options = { cluster: 'eu-1', policy: 'shop' } as const;

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly summary: Readonly<Record<string, number>>;
  readonly results: readonly Readonly<Record<string, unknown>>[];
}
const build = (form: 'policyreport' | 'openreports' | 'events', ...all: readonly AuditedImage[]) =>
  buildAuditObjects(report(...all), { ...options, form }) as readonly Manifest[];

describe('O5: an audit where people look', () => {
  it.each(['policyreport', 'openreports'] as const)('%s: a result for each rule', (form) => {
    const warn = rule({ rule: 'age', action: 'warn' });
    const open = rule({ rule: 'scan', outcome: 'undetermined', message: 'no scan' });
    const [one] = build(form, audited('trips', [rule(), warn, open, rule({ outcome: 'holds' })]));
    expect([one?.kind, one?.summary]).toEqual([
      form === 'openreports' ? 'Report' : 'PolicyReport',
      { pass: 1, fail: 1, warn: 1, error: 1, skip: 0 },
    ]);
    expect(one?.results[0]).toMatchObject({
      ...{ source: 'waybill', policy: 'shop', rule: 'I17', result: 'fail', severity: 'high' },
      message: 'not signed forged; fix: sign it',
      timestamp: { seconds: 1_767_268_800, nanos: 5_000_000 },
      resources: [{ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'trips' }],
      properties: { image: DIGEST, decision: 'deny' },
    });
  });

  it('has what runs in this cluster only, and an image that nobody could judge is an error', () => {
    const place = { cluster: 'us-1', region: null, namespace: 'shop', kind: 'Pod', name: 'x' };
    const all = build(
      'policyreport',
      audited('away', [rule()], { place }),
      audited('released', [rule()], { place: null }),
      audited('silent', [], { decision: 'undetermined' }),
    );
    expect(all.map(({ summary }) => summary)).toEqual([
      { pass: 0, fail: 0, warn: 0, error: 1, skip: 0 },
    ]);
  });

  it('G49, G50: keeps every result, in reports that a cluster can store', () => {
    const long = rule({ message: 'x'.repeat(10_000) });
    const many = Array.from({ length: 1_201 }, (_, at) => audited(`w-${at}`, [long]));
    const all = build('policyreport', ...many);
    expect(all.map(({ results }) => results.length)).toEqual([500, 500, 201]);
    expect(new Set(all.map(({ metadata }) => metadata.name)).size).toBe(3);
    for (const one of all) expect(JSON.stringify(one).length).toBeLessThan(1_500_000);
  });

  it('an event for each workload that is refused, with the same name for the same reason', () => {
    const [first, ...others] = build('events', audited('trips', [rule()]), audited('poi', []));
    expect(first).toMatchObject({
      ...{ kind: 'Event', type: 'Warning', reason: 'ImageDenied' },
      involvedObject: { kind: 'Deployment', name: 'trips', namespace: 'shop' },
      message: expect.stringContaining('I17: not signed forged'),
    });
    expect([others, build('events', audited('trips', [rule()]))[0]?.metadata.name]).toEqual([
      [],
      first?.metadata.name,
    ]);
  });

  it('SARIF: broken rules fail, undetermined ones are open and have no level', () => {
    const open = rule({ rule: 'scan', outcome: 'undetermined' });
    const bytes = writeAuditSarif(report(audited('trips', [rule(), open])), '1.0.0');
    const { runs } = JSON.parse(Buffer.from(bytes).toString()) as {
      runs: readonly [{ results: readonly { kind: string; level: string; ruleId: string }[] }];
    };
    expect(runs[0].results.map(({ kind, level, ruleId }) => [kind, level, ruleId])).toEqual([
      ['fail', 'error', 'I17'],
      ['open', 'none', 'scan'],
    ]);
  });
});
