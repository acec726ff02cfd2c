import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { graphPorts as testPorts } from '../../../test/support/graph-ports.ts';
import { orThrow } from '../../core/result.ts';
import { openReader, openWriter } from './index.ts';

const CHILD = resolve(import.meta.dirname, '../../../test/support/crash-writer.ts');
/** 50 in the interoperability suite. */
const KILLS = Number(process.env['WAYBILL_KILLS'] ?? 5);
const MOMENT_MS_MAX = 250;

/**
 * Runs the importing process, kills it after `ms` of importing and no fewer than so many
 * acknowledgements, and returns what it had acknowledged.
 */
async function killed(
  path: string,
  first: number,
  { ms, fewest }: { readonly ms: number; readonly fewest: number },
): Promise<readonly string[]> {
  const child = spawn(process.execPath, [CHILD, path, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged: string[] = [];
  const lines = createInterface({ input: child.stdout });
  const ready = new Promise<void>((begun) => {
    lines.on('line', (line) => (line === 'ready' ? begun() : acknowledged.push(line)));
  });
  const ended = exited(child);
  const drained = new Promise((done) => lines.once('close', done));
  await Promise.race([ready, ended]);
  await wait(ms);
  await vi.waitUntil(() => acknowledged.length >= fewest, { timeout: 60_000, interval: 1 });
  child.kill('SIGKILL');
  await Promise.all([ended, drained]);
  return acknowledged;
}

const exited = (child: ChildProcess) => new Promise((done) => child.once('exit', done));

it(
  `an import that is killed at ${KILLS} random moments loses nothing that it acknowledged`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-crash-'));
    const path = join(folder, 'graph.db');
    const acknowledged: string[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      // The kills are random on purpose: each run kills at other moments.
      const ms = Math.floor(Math.random() * MOMENT_MS_MAX);
      // Also on a slow machine something is there to be lost.
      const fewest = kill === 0 ? KILLS + 1 : 0;
      acknowledged.push(...(await killed(path, kill * 10_000, { ms, fewest })));
      const reader = orThrow(await openReader({ path, ports: testPorts }));
      for (const line of acknowledged) {
        const [position = '', digest = ''] = line.split(' ');
        const [entry] = orThrow(await reader.entries(Number(position), 1));
        expect(entry, `killed after ${ms} ms`).toMatchObject({
          position: Number(position),
          digest,
        });
      }
      await reader.close();
    }
    expect(acknowledged.length).toBeGreaterThan(KILLS);
    await expectWhole(path);
    rmSync(folder, { recursive: true });
  },
  KILLS * 20_000 + 60_000,
);

async function expectWhole(path: string): Promise<void> {
  const writer = orThrow(await openWriter({ path, ports: testPorts }));
  const reader = orThrow(await openReader({ path, ports: testPorts }));
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
