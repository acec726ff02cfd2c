import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { LogEntry } from '../../src/entrypoints/server/log.ts';
import { makeRecord, OsvMirror } from '../support/osv-mirror.ts';
import { Scene } from '../support/scene.ts';

const JAN = '2026-01-01T00:00:00Z';
const SOON = { timeout: 30_000, interval: 100 };
let scene: Scene;
let mirror: OsvMirror;
const logged: LogEntry[] = [];

beforeAll(async () => {
  scene = await Scene.open();
  mirror = await OsvMirror.start();
  mirror.put('ecosystems.txt', 'npm\nDebian\n');
  mirror.publish('npm', [makeRecord('GHSA-1', JAN)]);
  const updates = { ...scene.config.updates, from: mirror.url, ecosystems: ['npm', 'Debian'] };
  Object.assign(scene.config, { updates });
  await scene.serve({
    updateEveryMs: 1_000,
    advisoryAgeMaxMs: 100 * 365 * 86_400_000,
    log: (entry) => void logged.push(entry),
  });
}, 60_000);
afterAll(async () => {
  await scene.close();
  await mirror.close();
});

const find = (event: string) => logged.find((entry) => entry.event === event);

it('A21: a server updates its advisories by itself, and says how old they are', async () => {
  await vi.waitUntil(() => find('advisories-updated') !== undefined, SOON);
  expect(find('advisories-updated')).toMatchObject({ level: 'warn', added: 1, failed: 1 });
  expect(find('advisories-of-ecosystem')).toMatchObject({ ecosystem: 'Debian', code: 'NOT_FOUND' });
  const { body } = await scene.http('GET', '/metrics');
  expect(body).toMatch(/waybill_advisories_data_timestamp_seconds \d{10}/);
  expect(body).toMatch(/waybill_advisory_updates_total\{outcome="failed"\} [1-9]/);
  const ready = await scene.http('GET', '/readyz');
  expect(ready.body).toMatch(/^ok\nadvisories: data of \d{4}-\d\d-\d\dT[\d:.]+Z\n$/);
}, 60_000);

it('A21: is not ready with advisories over the limit, and tells everybody why', async () => {
  const old = await Scene.open();
  try {
    await old.serve({ advisoryAgeMaxMs: 1 });
    const { status, body } = await old.http('GET', '/readyz');
    expect(status).toBe(503);
    expect(body).toMatch(/^not ready \[ADVISORIES_STALE\]\nadvisories: data of \d{4}-/);
    expect(await old.http('GET', '/healthz')).toMatchObject({ status: 200 });
  } finally {
    await old.close();
  }
}, 60_000);
