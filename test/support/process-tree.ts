import { readdirSync, readFileSync } from 'node:fs';

/** Reads the state of a process tree from /proc, which only Linux has. */
export interface TreeSample {
  readonly pids: readonly number[];
  /**
   * Resident memory of all processes: the sum of their proportional set sizes (`Pss` of
   * smaps_rollup). A shared page counts once, divided among its processes.
   */
  readonly residentBytes: number;
}

/** The process and all its descendants at present. */
export function sampleTree(root: number): TreeSample {
  const parents = new Map(
    readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [readParent(Number(name))] : [])),
  );
  const isBelow = (pid: number): boolean =>
    pid === root || (pid > 1 && isBelow(parents.get(pid) ?? 0));
  const pids = [...parents.keys()].filter(isBelow);
  return { pids, residentBytes: pids.reduce((sum, pid) => sum + proportionalBytes(pid), 0) };
}

/** Processor time of all ended children of this process, and of their ended children. */
export function secondsOfChildren(): number {
  const fields = read('/proc/self/stat')
    .replace(/^.*\) /s, '')
    .split(' ');
  // cutime and cstime, proc_pid_stat(5)
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

/** USER_HZ is 100 on every architecture that Node.js runs on. */
const TICKS_PER_SECOND = 100;

/** True when a process still exists and is not a zombie. */
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

/** A process that has ended meanwhile does not count. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
