import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { CommandHere } from '../../../test/support/command-line.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { openLedger } from '../compose/graph.ts';
import { loadConfig } from '../config/config.ts';

it('truth C4: a clock that was ahead once is told by verify and by each answer', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-ahead-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const line = new CommandHere(folder);
  const env = { WAYBILL_HOME: line.home };
  const record = async (body: string, at: number) => {
    const { log, close } = await openLedger(await loadConfig({}, env, folder));
    const sbom = { kind: 'sbom', mediaType: 'application/json', subject: null } as const;
    orThrow(await log.append([{ ...sbom, body: Buffer.from(body) }], toInstant(at)));
    await close();
  };
  const tell = async () => {
    const verified = await line.json<{ ahead: readonly object[] }>('graph', 'verify');
    const asked = await line.run('ask', 'owners');
    return [verified.answer.ahead, /position (\d+) of the log is/.exec(asked.stderr)?.[1] ?? null];
  };
  await record('{}', Date.now() + LIMITS.clockSkewMs - 60_000);
  expect(await tell()).toEqual([[], null]);
  await record('[]', Date.now() + LIMITS.clockSkewMs + 3_600_000);
  expect((await tell())[1]).toBe('1');
  await record('[0]', Date.UTC(2099, 0, 1));
  const told = [[{ position: 2, recordedAt: '2099-01-01T00:00:00.000Z' }], '2'];
  expect(await tell()).toEqual(told);
  await record('[1]', Date.now());
  expect(await tell()).toEqual(told);
});
