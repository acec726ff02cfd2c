import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Finished, root, run } from '../../tools/process.ts';

/** A command that goes on until it is stopped. */
export interface RunningCommand {
  /** The first line of its output. */
  readonly line: string;
  readonly process: ChildProcess;
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
}

/** The command line as people run it: a process of its own, its own home, and nothing of our environment but the PATH. */
export class CommandLine {
  readonly folder: string;
  readonly home: string;
  readonly #running = new Set<RunningCommand>();

  constructor(folder: string) {
    this.folder = folder;
    this.home = join(folder, 'home');
    mkdirSync(this.home, { recursive: true, mode: 0o700 });
  }

  run(...args: readonly string[]): Promise<Finished> {
    return run(process.execPath, [join(root, 'bin/waybill.js'), ...args], { cwd: this.folder, env: this.env() });
  }

  /** The output of a command that must succeed. */
  async output(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args);
    if (code !== 0) throw new Error(`waybill ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
    return stdout;
  }

  /** A command's answer in JSON, whatever its exit code. */
  async json<T>(...args: readonly string[]): Promise<{ readonly code: number; readonly answer: T }> {
    const { code, stdout, stderr } = await this.run(...args, '--format', 'json');
    if (stdout === '') throw new Error(`waybill ${args.join(' ')} ended with ${code}: ${stderr}`);
    return { code, answer: JSON.parse(stdout) as T };
  }

  /** Starts a command that serves, and waits for the line that says so. */
  async start(...args: readonly string[]): Promise<RunningCommand> {
    const child = spawn(process.execPath, [join(root, 'bin/waybill.js'), ...args], {
      cwd: this.folder,
      env: this.env(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const errors: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
    const ended = once(child, 'exit');
    const lines = createInterface({ input: child.stdout });
    const [line] = (await Promise.race([once(lines, 'line'), ended.then(() => [null])])) as [string | null];
    if (line === null) throw new Error(`waybill ${args.join(' ')} ended: ${errors.join('')}`);
    const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
      this.#running.delete(running);
      child.kill(signal);
      await ended;
    };
    const running: RunningCommand = { line, process: child, stop };
    this.#running.add(running);
    return running;
  }

  /** Stops what was started here. */
  async close(): Promise<void> {
    for (const running of [...this.#running]) await running.stop('SIGKILL');
  }

  env(): NodeJS.ProcessEnv {
    return { PATH: process.env['PATH'] ?? '', HOME: this.folder, WAYBILL_HOME: this.home };
  }
}
