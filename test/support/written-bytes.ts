import { existsSync, readFileSync } from 'node:fs';

const COUNTERS = '/proc/self/io';

/** Whether this machine counts what a process writes (Linux). */
export const countsWrites = existsSync(COUNTERS);

/** The bytes that this process has given to `write` and its kin so far (proc_pid_io(5), wchar). */
export function readWrittenBytes(): number {
  const [, bytes] = /^wchar: (\d+)$/m.exec(readFileSync(COUNTERS, 'latin1')) ?? [];
  return Number(bytes);
}
