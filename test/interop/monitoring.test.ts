import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMetrics } from '../../src/entrypoints/server/metrics.ts';
import { root, run } from '../../tools/process.ts';
import { peer } from '../support/peer.ts';

const promtool = peer('promtool');
const folder = resolve(root, 'integrations/monitoring');
const ask = (...args: readonly string[]) => run(promtool ?? 'absent', args, { cwd: folder });

describe.skipIf(promtool === null)('promtool, on what we give to Prometheus', () => {
  it('O6: accepts the alert rules, and they fire as their test says', async () => {
    const checked = await ask('check', 'rules', 'alerts.yaml');
    expect([checked.code, checked.stderr]).toEqual([0, '']);
    const tried = await ask('test', 'rules', 'alerts.test.yaml');
    expect([tried.code, tried.stdout + tried.stderr]).toEqual([
      0,
      expect.stringContaining('SUCCESS'),
    ]);
  });

  it('O6: reads every expression of the dashboard', async () => {
    const text = readFileSync(join(folder, 'dashboard.json'), 'utf8');
    const found = [...text.matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)];
    expect(found.length).toBeGreaterThan(10);
    const rules = found.map(([, quoted = '""'], at) => {
      const expression = `${JSON.parse(quoted)}`
        .replaceAll('$job', 'waybill')
        .replaceAll('$__rate_interval', '5m');
      return `      - record: panel:${at}\n        expr: ${JSON.stringify(expression)}\n`;
    });
    const scratch = mkdtempSync(join(tmpdir(), 'waybill-dashboard-'));
    onTestFinished(() => rmSync(scratch, { recursive: true }));
    const file = join(scratch, 'panels.yaml');
    writeFileSync(file, `groups:\n  - name: panels\n    rules:\n${rules.join('')}`);
    const { code, stderr } = await ask('check', 'rules', file);
    expect([code, stderr]).toEqual([0, '']);
  });

  it('O6: reads what the server says about itself', async () => {
    const metrics = createMetrics();
    metrics.reviewed('deny', 1);
    metrics.rescanned({ images: 1, failed: 0, newFindings: 0 }, 1);
    const scratch = mkdtempSync(join(tmpdir(), 'waybill-metrics-'));
    onTestFinished(() => rmSync(scratch, { recursive: true }));
    const own = (await metrics.text())
      .split('\n')
      .filter((line) => /^(?:# \w+ )?waybill_/.test(line))
      .join('\n');
    writeFileSync(join(scratch, 'metrics'), `${own}\n`);
    const words = ['-c', `"$0" check metrics < metrics`, promtool ?? 'absent'];
    const { code, stdout, stderr } = await run('sh', words, { cwd: scratch });
    expect([code, stdout + stderr]).toEqual([0, '']);
  });
});
