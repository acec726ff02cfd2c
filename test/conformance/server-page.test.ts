import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/entrypoints/server/metrics.ts';
import { root } from '../../tools/process.ts';

const read = (path: string): string => readFileSync(resolve(root, path), 'utf8');
const page = read('docs/reference/server.md');
/** What registers endpoints. */
const ROUTES = [
  'app',
  'page/page',
  'evidence/inbox-routes',
  'graphql/routes',
  'questions/routes',
  'admission/exceptions-route',
  'standing/routes',
].map((name) => `src/entrypoints/server/${name}.ts`);
const all = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, name]) => name ?? '').sort();

describe('docs/reference/server.md', () => {
  it('has every metric and no other', async () => {
    const metrics = createMetrics();
    metrics.cached(true);
    expect(all(page, /^\| `(waybill_\w+)` \|/gm)).toEqual(
      all(await metrics.text(), /^# TYPE (waybill_\w+) /gm),
    );
  });

  it('has every endpoint and no other', () => {
    const routes = all(ROUTES.map(read).join('\n'), /(?:app|scope)\.(?:get|post)\('([^']+)'/g);
    const named = all(page, /^\| `(?:GET|POST) ([^?`]+)/gm).map((path) =>
      path
        .replace('QUESTION', ':question')
        .replace('FILE', ':file')
        .replace('/ID', '/:id')
        .replace('/NAME', '/:name'),
    );
    expect(named.sort()).toEqual(routes);
  });

  it('has every failure code that has its own status', () => {
    const table =
      /const STATUS[^{]*\{([^}]*)\}/.exec(read('src/entrypoints/server/app.ts'))?.[1] ?? '';
    const codes = [...table.matchAll(/(\w+): (\d+)/g)];
    expect(codes.length).toBeGreaterThan(8);
    for (const [, code, status] of codes) {
      const row = page.split('\n').find((line) => line.startsWith(`| ${status} |`));
      expect(row).toContain(`\`${code}\``);
    }
  });
});
