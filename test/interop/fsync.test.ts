import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const child = resolve(import.meta.dirname, '../support/crash-writer.ts');
const strace = (() => {
  try {
    return execFileSync('sh', ['-c', 'command -v strace'], { encoding: 'utf8' }).trim();
  } catch {
    console.warn('skipped: strace is not installed, so system calls cannot be traced');
    return null;
  }
})();

it.skipIf(strace === null)('every acknowledgement of an import comes after its bytes were synced to the disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-fsync-'));
  const trace = join(folder, 'trace');
  const options = ['-f', '-y', '-s', '16', '-e', 'trace=write,pwrite64,fsync,fdatasync', '-o', trace];
  const run = spawnSync(strace ?? '', [...options, process.execPath, child, join(folder, 'graph.db'), '0', '20'], {
    encoding: 'utf8',
  });
  expect(run.status, run.stderr).toBe(0);
  let [acknowledged, written, synced] = [0, false, false];
  for (const line of readFileSync(trace, 'utf8').split('\n')) {
    const toLog = /graph\.db-wal>/.test(line);
    if (toLog && /pwrite64\(|write\(/.test(line)) [written, synced] = [true, false];
    if (toLog && /f(data)?sync\(/.test(line)) synced = true;
    if (/write\(1<.*"\d+ sha256:/.test(line)) {
      expect([written, synced], `acknowledgement ${acknowledged}: ${line}`).toEqual([true, true]);
      acknowledged++;
      [written, synced] = [false, false];
    }
  }
  expect(acknowledged).toBe(20);
  rmSync(folder, { recursive: true });
});
