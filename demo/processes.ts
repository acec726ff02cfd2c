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
  /** What the program reads from standard input; nothing by default. */
  readonly input?: string;
}

/** A program that runs until it is stopped. */
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
 * Each program leads its own process group, so that its children, such as a git hook, end with it.
 */
const GROUPS = process.platform !== 'win32';

/** Every process that the demo starts. The demo ends only these, by their id. */
export class Processes {
  readonly #running = new Set<ChildProcess>();
  #stopping = false;

  run(
    program: string,
    words: readonly string[],
    { cwd, env, input }: ProcessOptions,
  ): Promise<ProcessResult> {
    return new Promise((done, broken) => {
      if (this.#stopping) throw new Error('the demo is being stopped');
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
      // a program that stops reading is judged by its exit code
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

  /** Starts a server and waits until its output, which goes to `log`, matches `ready`. */
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
        throw new Error(`it ended immediately after its start: ${output().trim()}`);
      if (performance.now() > patience)
        throw new Error(`it did not report in time that it is ready: ${output().trim()}`);
      await pause(POLL_MS);
    }
    return { pid: child.pid ?? -1, output };
  }

  /** Detaches what is still running, so that it continues after this process ends. */
  release(): void {
    for (const child of this.#running) child.unref();
    this.#running.clear();
  }

  /** Ends what is still running: first by a request, then by force. */
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
    // No process of the group is left, which is the goal.
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}
