import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policyText, ruleText } from '../../../../test/support/policy-facts.ts';
import { writeAskedWorld } from '../../../../test/support/question-world.ts';
import { type Config, loadConfig } from '../../config/config.ts';
import { openTrialThreads, tryInThread } from './trial-in-thread.ts';

const question = { name: 'what-if', policy: new Uint8Array() } as const;

describe('truth B1: a policy that somebody sends is tried in a thread of its own', () => {
  let folder: string;
  let config: Config;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'waybill-trial-'));
    config = await loadConfig({ home: folder }, {}, folder);
    await writeAskedWorld(config.database);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is answered, and the thread that answers reviews reads none of it', async () => {
    const tryPolicy = openTrialThreads(config);
    const never = Buffer.from(policyText(ruleText('false', '{ admission: deny }')));
    expect(await tryPolicy(question, never)).toMatchObject({ newlyDenied: [{}] });
    const keys = Array.from({ length: 20_000 }, (_, at) => `k${at}: 1`).join('\n');
    const before = performance.eventLoopUtilization();
    await expect(tryPolicy(question, Buffer.from(keys))).rejects.toMatchObject({
      code: 'POLICY_INVALID',
    });
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.5);
  }, 60_000);

  it('has an end, and its thread too', async () => {
    let ended = 0;
    const start = () =>
      Object.assign(new EventEmitter(), {
        unref: () => undefined,
        async terminate(this: EventEmitter) {
          ended += 1;
          this.emit('exit', 1);
          return 1;
        },
      }) as unknown as Worker;
    const tryPolicy = tryInThread({ start, patienceMs: 20 });
    await expect(tryPolicy(question, Buffer.from('a: 1'))).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(ended).toBeGreaterThan(0);
  });
});
