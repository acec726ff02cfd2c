import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWriter } from '../../src/adapters/graph-sql/index.ts';
import type { Digest } from '../../src/core/digest.ts';
import { toInstant } from '../../src/core/instant.ts';
import { orThrow } from '../../src/core/result.ts';
import { graphPorts } from '../../src/entrypoints/compose/graph-ports.ts';
import type { LogEntry } from '../../src/entrypoints/server/log.ts';
import { makeRelease } from '../support/estate.ts';
import { storeKey } from '../support/in-process.ts';
import { HOUR_MS, nowInstant, Scene } from '../support/scene.ts';

let scene: Scene;
let digest: Digest;
const logged: LogEntry[] = [];

beforeAll(async () => {
  scene = await Scene.open();
  storeKey(scene, 'default', scene.release);
  ({ digest } = await scene.publish('trips', { at: toInstant(Date.now() - 48 * HOUR_MS) }));
  const writer = orThrow(await openWriter({ path: scene.config.database, ports: graphPorts }));
  const gone = `sha256:${'a'.repeat(64)}` as Digest;
  const inputs = [makeRelease(scene, 'trips', digest), makeRelease(scene, 'gone', gone)];
  orThrow(await writer.append(inputs, nowInstant()));
  await writer.close();
  const rescan = { everyMs: 1_500, key: 'default' };
  await scene.serve({ rescan, log: (entry) => void logged.push(entry) });
}, 60_000);
afterAll(() => scene.close());

const find = (event: string) => logged.find((entry) => entry.event === event);
const until = async (done: () => boolean | Promise<boolean>): Promise<void> => {
  const end = Date.now() + 90_000;
  while (!(await done()) && Date.now() < end) await pause(50);
};

describe('O6: a server that scans released images again', { timeout: 60_000 }, () => {
  it('admits what it denied for the age of its scan, and says what it did', async () => {
    const image = `${scene.registry.registry}/shop/trips@${digest}`;
    const first = await scene.admit(image);
    expect([first.allowed, first.status?.message]).toEqual([
      false,
      expect.stringContaining('I18-scan-fresh'),
    ]);
    await until(() => find('rescan') !== undefined);
    expect(find('rescan')).toMatchObject({ level: 'warn', images: 1, failed: 1, replaced: 1 });
    expect(find('rescan-image-failed')).toMatchObject({ code: 'NOT_FOUND' });
    expect((await scene.admit(image)).allowed).toBe(true);
    const { body } = await scene.http('GET', '/metrics');
    expect(body).toContain('waybill_rescan_images{outcome="scanned"} 1');
    expect(body).toMatch(/waybill_rescans_total\{outcome="done"\} [1-9]/);
  });

  it('writes one line for each decision', () => {
    const told = logged.filter(({ event }) => event === 'decision');
    expect(told.map(({ decision, rule }) => [decision, rule])).toEqual([
      ['deny', 'I18-scan-fresh'],
      ['allow', null],
    ]);
    expect(told[0]).toMatchObject({ digest, namespace: 'shop', kind: 'Pod', refuses: true });
  });

  it('also for a review that cannot be read', async () => {
    await scene.http('POST', '/admit', '{"not": "a review"}');
    expect(find('review-refused')).toMatchObject({ level: 'warn', decision: 'undetermined' });
  });
});
