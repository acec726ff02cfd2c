import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

export interface ProcessResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProcessOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** What the program reads on standard input; without it, nothing. */
  readonly input?: string;
}

/** A program that goes on until it is stopped. */
export interface Service {
  readonly pid: number;
  /** What it has written so far. */
  readonly output: () => string;
}

const COMMAND_MS_MAX = 180_000;
const START_MS_MAX = 90_000;
const STOP_MS_MAX = 5_000;
const POLL_MS = 20;

/**
 * Each program leads a group of its own, so that what it has started itself, such as a hook of git,
 * ends with it.
 */
const GROUPS = process.platform !== 'win32';

/** Every process that the demo starts; it ends these by their id, and no others. */
export class Processes {
  readonly #running = new Set<ChildProcess>();
  #stopping = false;

  run(
    program: string,
    words: readonly string[],
    { cwd, env, input }: ProcessOptions,
  ): Promise<ProcessResult> {
    return new Promise((done, broken) => {
      if (this.#stopping) throw new Error('the demo is being ended');
      const child = spawn(program, words, {
        cwd,
        env,
        stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        detached: GROUPS,
        timeout: COMMAND_MS_MAX,
        killSignal: 'SIGKILL',
      });
      this.#running.add(child);
      const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
      child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
      child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
      // a program that reads no further is judged by how it ends
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input);
      child.on('error', broken);
      child.on('close', (code) => {
        this.#running.delete(child);
        done({
          code: code ?? -1,
          stdout: String(Buffer.concat(stdout)),
          stderr: String(Buffer.concat(stderr)),
        });
      });
    });
  }

  /**
   * Starts a program that serves, and waits until its output, which goes to `log`, matches `ready`.
   */
  async serve(
    program: string,
    words: readonly string[],
    { cwd, env }: ProcessOptions,
    {
      log,
      ready,
      outlives,
    }: { readonly log: string; readonly ready: RegExp; readonly outlives: boolean },
  ): Promise<Service> {
    const file = openSync(log, 'w');
    const child = spawn(program, words, {
      cwd,
      env,
      stdio: ['ignore', file, file],
      detached: outlives || GROUPS,
    });
    closeSync(file);
    this.#running.add(child);
    child.once('close', () => this.#running.delete(child));
    child.once('error', () => this.#running.delete(child));
    const output = (): string => readFileSync(log, 'utf8');
    const patience = performance.now() + START_MS_MAX;
    while (!ready.test(output())) {
      if (hasEnded(child))
        throw new Error(`it ended as soon as it was started: ${output().trim()}`);
      if (performance.now() > patience)
        throw new Error(`it did not say in time that it is ready: ${output().trim()}`);
      await pause(POLL_MS);
    }
    return { pid: child.pid ?? -1, output };
  }

  /** Lets go of what is still running, so that it outlives this process. */
  release(): void {
    for (const child of this.#running) child.unref();
    this.#running.clear();
  }

  /** Ends what is still running: asked first, then forced. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#running].map(end));
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const ended = once(child, 'close'); // which waits for all that write where it wrote
  signal(child, 'SIGTERM');
  const force = globalThis.setTimeout(() => signal(child, 'SIGKILL'), STOP_MS_MAX);
  await ended;
  clearTimeout(force);
}

function signal(child: ChildProcess, name: 'SIGTERM' | 'SIGKILL'): void {
  if (!GROUPS || child.pid === undefined) return void child.kill(name);
  try {
    process.kill(-child.pid, name);
  } catch {
    // Nobody of the group is left, which is what was wanted.
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}
