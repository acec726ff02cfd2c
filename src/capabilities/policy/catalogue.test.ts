import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  cleanFacts,
  finding,
  NOON,
  policyText,
  shopPolicy,
} from '../../../test/support/policy-facts.ts';
import { orThrow } from '../../core/result.ts';
import type { Decision } from '../../core/verdict.ts';
import { FACT_NAMES, FACTS } from './catalogue.ts';
import type { CelType } from './cel/type.ts';
import { evaluate } from './evaluate.ts';
import { formatFactsMarkdown } from './facts-reference.ts';
import { parsePolicy } from './policy.ts';

/** The names of all fields, at every depth. */
function describeFields(type: CelType): unknown {
  if (type.kind === 'list') return describeFields(type.of);
  if (type.kind !== 'object') return null;
  return Object.fromEntries(
    Object.entries(type.fields).map(([field, of]) => [field, describeFields(of)]),
  );
}

function describeNames(value: unknown): unknown {
  if (Array.isArray(value))
    return value.length === 0 || typeof value[0] !== 'object' ? null : describeNames(value[0]);
  if (typeof value !== 'object' || value === null) return null;
  return Object.fromEntries(
    Object.entries(value).map(([field, item]) => [field, describeNames(item)]),
  );
}

describe('the schema of facts', () => {
  it('has the fields that gates fill, no more and no fewer', () => {
    const facts = cleanFacts({
      findings: [
        finding({ kev: true, epss: 0.5, score: 9.8, vector: 'CVSS:3.1/…', severityBy: 'cna' }),
      ],
      provenance: {
        builder: 'b',
        repository: 'r',
        commit: 'c',
        materials: [{ uri: 'u', digest: 'd' }],
        level: 1,
      },
    });
    expect(Object.keys(facts).sort()).toEqual([...FACT_NAMES].sort());
    for (const name of FACT_NAMES)
      expect(describeNames(facts[name])).toEqual(describeFields(FACTS[name].type));
  });

  it('is what docs/reference/facts.md says, word for word', () => {
    const page = readFileSync(new URL('../../../docs/reference/facts.md', import.meta.url), 'utf8');
    expect(page).toBe(formatFactsMarkdown());
    for (const name of FACT_NAMES) expect(page).toContain(`### \`${name}\``);
  });

  it('documents nothing that does not exist', () => {
    const page = readFileSync(new URL('../../../docs/reference/facts.md', import.meta.url), 'utf8');
    const documented = [...page.matchAll(/^### `(\w+)`$/gm)].map(([, name]) => name);
    expect(documented).toEqual([...FACT_NAMES]);
  });
});

describe('the cost of a decision', () => {
  const list = `[${Array.from({ length: 95 }, (_, at) => at).join()}]`;
  const heavy = `${list}.all(a, ${list}.all(b, ${list}.all(c, a + b + c >= 0)))`;
  const rules = (count: number): string =>
    Array.from(
      { length: count },
      (_, at) =>
        `  - { id: r${at}, description: d, gates: { build: deny }, require: "${heavy}" }\n`,
    ).join('');

  it('G45: all rules of one decision share a budget, so costly rules cannot block a gate', () => {
    const ask = (count: number): Decision => {
      const policy = orThrow(parsePolicy(policyText(rules(count))));
      return evaluate(policy, { gate: 'build', facts: {}, now: NOON }).verdict.decision;
    };
    expect(ask(1)).toBe('undetermined');
    const started = process.cpuUsage();
    expect(ask(100)).toBe('undetermined');
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(3_000);
  });

  it('a rule over ten thousand findings and components stays within its budget', () => {
    const findings = Array.from({ length: 10_000 }, (_, at) => finding({ id: `CVE-2024-${at}` }));
    const components = Array.from({ length: 10_000 }, (_, at) => ({
      purl: `pkg:npm/p${at}@1`,
      type: 'npm',
      name: `p${at}`,
      version: '1',
      licenses: [at % 2 === 0 ? 'MIT OR Apache-2.0' : 'ISC'],
    }));
    const question = {
      gate: 'release',
      facts: cleanFacts({ findings, components }),
      now: NOON,
    } as const;
    expect(evaluate(shopPolicy(), question).verdict.decision).toBe('allow');
  });

  it('ten thousand exceptions take time that grows linearly with the findings', () => {
    const written =
      'exceptions:\n  - { rule: B23-no-critical-finding, match: { component: "pkg:npm/left" ' +
      '}, owner: o, reason: r, expires: 2099-01-01 }\n';
    const findings = Array.from({ length: 10_000 }, (_, at) =>
      finding({ id: `CVE-2024-${at}`, severity: 'critical' }),
    );
    const started = process.cpuUsage();
    const asked = evaluate(shopPolicy({}, written), {
      gate: 'release',
      facts: cleanFacts({ findings }),
      now: NOON,
    });
    expect(asked.verdict.decision).toBe('allow');
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(1_500);
  });
});
