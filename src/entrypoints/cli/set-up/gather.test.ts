import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { openLedger } from '../../compose/graph.ts';
import { loadConfig } from '../../config/config.ts';
import { checkClock } from './check-home.ts';
import { gatherObservations } from './gather.ts';

const DAY_MS = 24 * 60 * 60_000;

it('truth C4: the doctor compares the clock with what the log recorded last', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-clock-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const env = { WAYBILL_HOME: join(folder, 'home') };
  const load = () => loadConfig({}, env, folder);
  const check = async (now: Instant) => {
    const signal = new AbortController().signal;
    const options = { cwd: folder, env, config: load, online: false, now, signal };
    return checkClock(await gatherObservations(options));
  };
  const now = toInstant(Date.now());
  expect((await check(now)).status).toBe('ok');
  const { log, close } = await openLedger(await load());
  const body = Buffer.from('{}');
  const sbom = { kind: 'sbom', mediaType: 'application/json', subject: null, body } as const;
  orThrow(await log.append([sbom], toInstant(now + DAY_MS)));
  await close();
  const behind = await check(now);
  expect([behind.status, behind.message]).toEqual([
    'problem',
    expect.stringContaining('entry 0 of the log ('),
  ]);
  const later = toInstant(now + 2 * DAY_MS);
  expect((await check(later)).status).toBe('ok');
  // What was recorded since by a true clock does not hide it.
  const again = await openLedger(await load());
  orThrow(await again.log.append([{ ...sbom, body: Buffer.from('[]') }], now));
  await again.close();
  expect([(await check(now)).status, (await check(later)).status]).toEqual(['problem', 'ok']);
});
