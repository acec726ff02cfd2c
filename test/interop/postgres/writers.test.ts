import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, expect, it, vi } from 'vitest';
import {
  openReader,
  openWriter,
  type PostgresPlace,
} from '../../../src/adapters/graph-sql/index.ts';
import { orThrow } from '../../../src/core/result.ts';
import { root } from '../../../tools/process.ts';
import { graphPorts as ports } from '../../support/graph-ports.ts';
import { startPostgres } from '../../support/postgres-server.ts';

const CHILD = resolve(root, 'test/support/crash-writer.ts');
const WRITERS = 8;
const KILLS = Number(process.env['WAYBILL_KILLS'] ?? 50);
const MOMENT_MS_MAX = 500;

const server = await startPostgres(['deadlock_timeout = 100ms']);
afterAll(() => server?.remove());

/** A writer that is killed after some time; what it had acknowledged. */
async function runUntilKilled(place: PostgresPlace, first: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [CHILD, JSON.stringify(place), String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged: string[] = [];
  const lines = createInterface({ input: child.stdout });
  const ready = new Promise<void>((begun) => {
    lines.on('line', (line) => (line === 'ready' ? begun() : acknowledged.push(line)));
  });
  const ended = once(child, 'exit');
  const drained = once(lines, 'close');
  await Promise.race([ready, ended]);
  expect(child.exitCode, 'it ended by itself').toBeNull();
  await wait(Math.random() * MOMENT_MS_MAX);
  // Also on a slow machine something is there to be lost.
  const fewest = Math.floor(Math.random() * 4);
  await vi.waitUntil(() => acknowledged.length >= fewest, {
    ...{ timeout: 120_000, interval: 1 },
  });
  child.kill('SIGKILL');
  await Promise.all([ended, drained]);
  return acknowledged;
}

it.skipIf(server === null)(
  `GS11: ${WRITERS} writers, killed ${KILLS} times in all, lose nothing and double nothing`,
  async () => {
    if (server === null) return;
    server.createDatabase('writers');
    const place = server.place('writers');
    await orThrow(await openWriter({ ...place, ports })).close();
    let kills = 0;
    const acknowledged: string[] = [];
    const writers = Array.from({ length: WRITERS }, async (_, writer) => {
      for (let run = 0; kills < KILLS; run++) {
        kills++;
        const first = writer * 100_000 + run * 1_000;
        acknowledged.push(...(await runUntilKilled(place, first)));
      }
    });
    await Promise.all(writers);
    const rows = server.sql('writers', 'select position, digest from log_entry order by position');
    const stored = rows
      .trim()
      .split('\n')
      .map((row) => row.replace('|', ' '));
    console.info(`${acknowledged.length} acknowledged, ${stored.length} stored, ${kills} kills`);
    expect(acknowledged.length).toBeGreaterThan(KILLS);
    const known = new Set(stored);
    expect(acknowledged.filter((line) => !known.has(line))).toEqual([]);
    expect(stored.map((row) => Number(row.split(' ')[0]))).toEqual(stored.map((_, at) => at));
    const repeated = server.sql(
      'writers',
      'select kind, subject, digest from log_entry group by kind, subject, digest ' +
        'having count(*) > 1',
    );
    expect(repeated).toBe('');
    await expectRebuildEqual(place);
  },
  1_800_000,
);

async function expectRebuildEqual(place: PostgresPlace): Promise<void> {
  const writer = orThrow(await openWriter({ ...place, ports }));
  const reader = orThrow(await openReader({ ...place, ports }));
  const exported = async () => {
    const lines: string[] = [];
    for await (const line of reader.export()) lines.push(line);
    return lines;
  };
  orThrow(await writer.verify());
  const live = await exported();
  orThrow(await writer.rebuild());
  expect(await exported()).toEqual(live);
  await reader.close();
  await writer.close();
}
