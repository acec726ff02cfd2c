import { readdirSync, readFileSync } from 'node:fs';

/** What the processes below one do, by /proc: Linux alone has it. */
export interface TreeSample {
  readonly pids: readonly number[];
  /**
   * Resident memory of all of them: the sum of each one's proportional set size (`Pss` of
   * smaps_rollup), in which a page that several share counts once, divided among them.
   */
  readonly residentBytes: number;
}

/** The process and all below it, now. */
export function sampleTree(root: number): TreeSample {
  const parents = new Map(
    readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [readParent(Number(name))] : [])),
  );
  const isBelow = (pid: number): boolean =>
    pid === root || (pid > 1 && isBelow(parents.get(pid) ?? 0));
  const pids = [...parents.keys()].filter(isBelow);
  return { pids, residentBytes: pids.reduce((sum, pid) => sum + proportionalBytes(pid), 0) };
}

/**
 * Processor time of all processes that this one has waited for, and of those that they waited for.
 */
export function secondsOfChildren(): number {
  const fields = read('/proc/self/stat')
    .replace(/^.*\) /s, '')
    .split(' ');
  // cutime and cstime, proc_pid_stat(5)
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

/** USER_HZ is 100 on every architecture that Node.js runs on. */
const TICKS_PER_SECOND = 100;

/** Whether a process is there still, and is no zombie that only waits to be counted. */
export function isRunning(pid: number): boolean {
  const state = /^\d+ \(.*\) (\S)/s.exec(read(`/proc/${pid}/stat`))?.[1];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

function readParent(pid: number): readonly [number, number] {
  return [pid, Number(/^\d+ \(.*\) \S (\d+)/s.exec(read(`/proc/${pid}/stat`))?.[1] ?? 0)];
}

function proportionalBytes(pid: number): number {
  return 1024 * Number(/^Pss: +(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
}

/** A process that ended meanwhile says nothing. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
