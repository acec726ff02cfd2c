import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toInstant } from '../../src/core/instant.ts';
import { isJsonObject, type JsonValue } from '../../src/core/json.ts';
import { orThrow } from '../../src/core/result.ts';
import { createMetrics } from '../../src/entrypoints/server/metrics.ts';
import { parseYaml } from '../../src/formats/yaml/parse.ts';
import { root } from '../../tools/process.ts';

const FOLDER = 'integrations/monitoring';
const read = (file: string): string => readFileSync(resolve(root, FOLDER, file), 'utf8');

/** Every text in a document under one of these names. */
function listTexts(value: JsonValue, names: ReadonlySet<string>): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((one) => listTexts(one, names));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    typeof member === 'string' && names.has(name) ? [member] : listTexts(member ?? null, names),
  );
}

/** The names of metrics in an expression: every word with an underscore that is no function. */
function listMetrics(expression: string): readonly string[] {
  const bare = expression.replaceAll(
    /"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(?:by|without) \([^)]*\)/g,
    ' ',
  );
  const words = bare.match(/[a-z_][a-z0-9_]*(?!\w|\s*\()/g) ?? [];
  return words.filter((word) => word.includes('_') || word === 'up');
}

/** What one series of a server is called, a histogram by its parts. */
async function listServed(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const metrics = createMetrics(
    async () => toInstant(1_000),
    async () => [{ store: 'ca:acme', endsAt: toInstant(1_000) }],
    async () => [{ name: 'ci', endsAt: toInstant(1_000), revocation: 'good' }],
  );
  metrics.updated(true);
  metrics.reviewed('deny', 1);
  metrics.cached(true);
  metrics.audited({ counts: { allow: 1, deny: 1, undetermined: 1 }, undigested: 1 }, 1);
  metrics.rescanned({ images: 1, failed: 1, newFindings: 1 }, 1);
  const served = new Map<string, Set<string>>();
  for (const line of (await metrics.text()).split('\n')) {
    const [, name, labels = ''] = /^([a-z_][a-z0-9_]*)(?:\{([^}]*)\})? /.exec(line) ?? [];
    if (name === undefined) continue;
    const known = served.get(name) ?? new Set();
    for (const [label] of labels.matchAll(/[a-z_]+(?==)/g)) known.add(label);
    served.set(name, known);
  }
  return served;
}

const rules = orThrow(parseYaml(read('alerts.yaml'), { bytesMax: 1_000_000 }));
const trials = orThrow(parseYaml(read('alerts.test.yaml'), { bytesMax: 1_000_000 }));
const dashboard = JSON.parse(read('dashboard.json')) as JsonValue;
const documents: readonly (readonly [string, readonly string[]])[] = [
  ['alerts.yaml', listTexts(rules, new Set(['expr']))],
  ['alerts.test.yaml', listTexts(trials, new Set(['series']))],
  ['dashboard.json', listTexts(dashboard, new Set(['expr']))],
];
/** Those that Prometheus adds. */
const OF_PROMETHEUS = new Set(['up']);
const LABELS_OF_PROMETHEUS = new Set(['job', 'instance']);

describe('O6: alert rules and dashboard', () => {
  it.each(documents)('%s names only metrics that a server has', async (_, expressions) => {
    const served = await listServed();
    const named = [...new Set(expressions.flatMap(listMetrics))];
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((name) => !served.has(name) && !OF_PROMETHEUS.has(name))).toEqual([]);
  });

  it.each(documents)('%s asks only for labels that the metric has', async (_, expressions) => {
    const served = await listServed();
    const asked = expressions.flatMap((expression) =>
      [...expression.matchAll(/([a-z_][a-z0-9_]*)\{([^}]*)\}/g)].flatMap(
        ([, name = '', labels = '']) =>
          [...labels.matchAll(/[a-z_]+(?==)/g)].map(([label]) => ({ name, label })),
      ),
    );
    const unknown = asked.filter(
      ({ name, label }) =>
        !LABELS_OF_PROMETHEUS.has(label) && !(served.get(name)?.has(label) ?? false),
    );
    expect(unknown).toEqual([]);
  });

  it('show or watch every metric of Waybill', async () => {
    const served = [...(await listServed()).keys()].filter((name) => name.startsWith('waybill_'));
    const named = new Set(documents.flatMap(([, expressions]) => expressions.flatMap(listMetrics)));
    const families = [...named].map((name) => name.replace(/_(?:bucket|count|sum)$/, ''));
    const missing = served.filter(
      (name) => !families.includes(name.replace(/_(?:bucket|count|sum)$/, '')),
    );
    expect(missing).toEqual([]);
  });

  it('each alert says what it means, and how bad it is', () => {
    const texts = read('alerts.yaml');
    const alerts = texts.match(/- alert: /g) ?? [];
    for (const part of ['summary:', 'description:', 'severity:'])
      expect(texts.split(part).length - 1).toBe(alerts.length);
    const lines = [...texts.matchAll(/`((?:audit|rescan)-[a-z-]+)`/g)].map(
      ([, name]) => name ?? '',
    );
    const page = readFileSync(resolve(root, 'docs/reference/server.md'), 'utf8');
    expect(lines.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});
