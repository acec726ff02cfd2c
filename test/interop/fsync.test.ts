import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandLine } from '../support/command-line.ts';
import { post, posting, sbomText } from '../support/evidence-load.ts';
import { peer } from '../support/peer.ts';

const writer = resolve(import.meta.dirname, '../support/crash-writer.ts');
const strace = peer('strace');
const DOCUMENTS = 20;

interface SyncCount {
  readonly acknowledged: number;
  /**
   * The lines of the trace with acknowledgements that came before all written bytes of the log were
   * synced.
   */
  readonly early: readonly string[];
}

/**
 * Reads a trace of all threads. An acknowledgement counts if the log was written since the last
 * one. A sync counts when it has returned, and only for bytes that were written before its call.
 */
function acknowledgements(trace: string, acknowledges: (line: string) => boolean): SyncCount {
  const syncing = new Map<string, number>();
  const early: string[] = [];
  let [written, synced, acknowledged, seen] = [0, 0, 0, 0];
  for (const line of trace.split('\n')) {
    const thread = /^\d+/.exec(line)?.[0] ?? '';
    const toLog = /\.db-wal>/.test(line);
    if (toLog && /\bp?write(?:64|v)?\(/.test(line)) written++;
    if (toLog && /\bf(?:data)?sync\(/.test(line)) syncing.set(thread, written);
    if (/\bf(?:data)?sync\b.*= 0$/.test(line)) synced = Math.max(synced, syncing.get(thread) ?? 0);
    if (!acknowledges(line) || written === seen) continue;
    if (synced !== written) early.push(line);
    acknowledged++;
    seen = written;
  }
  return { acknowledged, early };
}

describe.skipIf(strace === null)(
  'every acknowledgement comes after its bytes were synced to the disk',
  () => {
    let folder: string;
    let options: readonly string[];
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'waybill-fsync-'));
      const calls = 'trace=write,writev,sendto,sendmsg,pwrite64,pwritev,fsync,fdatasync';
      // -D: the traced program stays our child, so that stopping it stops it.
      options = ['-D', '-f', '-yy', '-s', '16', '-e', calls, '-o', join(folder, 'trace')];
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    const counted = (acknowledges: (line: string) => boolean): SyncCount =>
      acknowledgements(readFileSync(join(folder, 'trace'), 'utf8'), acknowledges);

    it('of the log itself', () => {
      const args = [
        ...options,
        process.execPath,
        writer,
        join(folder, 'graph.db'),
        '0',
        String(DOCUMENTS),
      ];
      const run = spawnSync(strace ?? '', args, { encoding: 'utf8' });
      expect(run.status, run.stderr).toBe(0);
      const isLine = (line: string): boolean => /write\(1<.*"\d+ sha256:/.test(line);
      expect(counted(isLine)).toEqual({ acknowledged: DOCUMENTS, early: [] });
    });

    it('of `waybill graph import`', async () => {
      const waybill = new CommandLine(folder, [strace ?? '', ...options]);
      const files = Array.from({ length: DOCUMENTS }, (_, at) => `d${at}.json`);
      for (const [at, file] of files.entries()) writeFileSync(join(folder, file), sbomText(at));
      await waybill.output('graph', 'import', ...files);
      const isLine = (line: string): boolean => /write\(1<.*"d\d+\.json: sbom/.test(line);
      expect(counted(isLine)).toEqual({ acknowledged: DOCUMENTS, early: [] });
    });

    it('of `waybill serve`, whose writer is a separate thread', async () => {
      const waybill = new CommandLine(folder, [strace ?? '', ...options]);
      const server = await waybill.start('serve', '--listen', '127.0.0.1:0');
      const url = /https:\S+/.exec(server.line)?.[0] ?? '';
      const agent = new Agent({
        ca: readFileSync(join(waybill.home, 'tls', 'ca.crt')),
        keepAlive: true,
        maxSockets: 1,
      });
      // The handshake also writes to the socket, but it ends before the first document.
      expect(
        await post(url, agent, { path: '/v1/evidence?kind=gossip', body: '{}' }),
      ).toMatchObject({ status: 400 });
      const before = counted(isAnswer).acknowledged;
      for (let at = 0; at < DOCUMENTS; at++)
        expect(await post(url, agent, posting(at))).toMatchObject({ status: 201 });
      agent.destroy();
      await server.stop();
      await waybill.close();
      const { acknowledged, early } = counted(isAnswer);
      expect([acknowledged - before, early]).toEqual([DOCUMENTS, []]);
    });

    const isAnswer = (line: string): boolean =>
      /\b(?:write|writev|sendto|sendmsg)\(\d+<TCP:/.test(line);
  },
);
