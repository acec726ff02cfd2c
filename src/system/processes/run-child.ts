import { spawn } from 'node:child_process';

export interface ChildRun {
  /** An absolute path, or a name that is on the PATH of `env`. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where it runs; absent: at the root. */
  readonly cwd?: string;
  readonly input?: Uint8Array;
  readonly timeMs: number;
  /** Of stdout; stderr may have 64 KiB, and what is above is dropped. */
  readonly bytesMax: number;
  readonly signal?: AbortSignal | undefined;
}

/** How a child process ended. */
export type ChildEnd =
  | { readonly kind: 'ended'; readonly code: number; readonly out: Buffer; readonly err: Buffer }
  /** It could not be started, or was ended from outside. */
  | { readonly kind: 'failed'; readonly why: string }
  /** It was ended: it took too long, or wrote too much. */
  | { readonly kind: 'slow' }
  | { readonly kind: 'large' };

const ERR_BYTES_MAX = 64 * 1024;

/**
 * Runs a program once, without a shell, with exactly this environment. It ends with all that it has
 * started when its time is over, when it writes too much, or when `signal` ends.
 *
 * @example await runChild({ program: '/usr/bin/pkcs11-tool', args: ['-L'], env, timeMs, bytesMax })
 */
export function runChild(run: ChildRun): Promise<ChildEnd> {
  const { promise, resolve } = Promise.withResolvers<ChildEnd>();
  if (run.signal?.aborted === true) return Promise.resolve({ kind: 'slow' });
  // A group of its own, so that what the program starts ends with it.
  const child = spawn(run.program, run.args, {
    ...{ cwd: run.cwd ?? '/', env: { ...run.env }, stdio: 'pipe' as const, windowsHide: true },
    detached: process.platform !== 'win32',
  });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  const counts = { out: 0, err: 0 };
  const finish = (end: ChildEnd): void => {
    clearTimeout(timer);
    run.signal?.removeEventListener('abort', expire);
    child.stdout.destroy();
    child.stderr.destroy();
    killGroup(child.pid);
    resolve(end);
  };
  const expire = (): void => finish({ kind: 'slow' });
  // mutant child-without-end by run-child: argument 2 -> 2_000_000
  const timer = setTimeout(expire, run.timeMs);
  run.signal?.addEventListener('abort', expire, { once: true });
  child.stdout.on('data', (piece: Buffer) => {
    counts.out += piece.length;
    // mutant child-writes-without-end by run-child: condition -> false
    if (counts.out > run.bytesMax) finish({ kind: 'large' });
    else out.push(piece);
  });
  child.stderr.on('data', (piece: Buffer) => {
    counts.err += piece.length;
    if (counts.err <= ERR_BYTES_MAX) err.push(piece);
  });
  child.stdin.on('error', () => undefined); // its exit code says it
  child.stdin.end(run.input ?? '');
  child.on('error', ({ message }) => finish({ kind: 'failed', why: message }));
  child.on('close', (code) => {
    if (code === null) finish({ kind: 'failed', why: 'it was ended by a signal' });
    else finish({ kind: 'ended', code, out: Buffer.concat(out), err: Buffer.concat(err) });
  });
  return promise;
}

/** What is left of the group; a group that has ended is no error. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
