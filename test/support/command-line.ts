import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type ProcessResult, root, run } from '../../tools/process.ts';
import { commandFile, compiledFolder } from './command-file.ts';
import { requirePublished } from './published-schema.ts';
import { runHere } from './run-here.ts';

/** A command that runs until it is stopped. */
export interface RunningCommand {
  /** The first line of its output. */
  readonly line: string;
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
}

export interface SpawnedCommand {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  readonly ended: Promise<{
    readonly code: number | null;
    readonly lines: readonly string[];
    readonly stderr: string;
  }>;
}

/**
 * The command line as users run it: a separate process with its own home, and only the PATH of our
 * environment.
 */
export class CommandLine {
  readonly folder: string;
  readonly home: string;
  readonly #words: readonly string[];
  /** Where compiled code is stored. A traced process uses only the sources. */
  readonly #compiled: NodeJS.ProcessEnv;
  readonly #running = new Set<ChildProcess>();

  /**
   * `wrapper` is a program with options that runs ours, such as a tracer; `tree` has the sources.
   */
  constructor(folder: string, wrapper: readonly string[] = [], tree: string = root) {
    const traced = wrapper.length > 0;
    this.#compiled = traced ? {} : { NODE_COMPILE_CACHE: compiledFolder() };
    this.#words = [
      ...wrapper,
      process.execPath,
      traced || tree !== root ? join(tree, 'bin/waybill.js') : commandFile(),
    ];
    this.folder = folder;
    this.home = join(folder, 'home');
    mkdirSync(this.home, { recursive: true, mode: 0o700 });
  }

  /** The whole command, for a program that runs it. */
  words(...args: readonly string[]): readonly string[] {
    return [...this.#words, ...args];
  }

  run(...args: readonly string[]): Promise<ProcessResult> {
    return this.runIn(this.folder, ...args);
  }

  runIn(cwd: string, ...args: readonly string[]): Promise<ProcessResult> {
    const [program = '', ...words] = this.#words;
    return run(program, [...words, ...args], { cwd, env: this.env() });
  }

  /** The output of a command that must succeed. */
  async output(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args);
    if (code !== 0)
      throw new Error(`waybill ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
    return stdout;
  }

  /** A command's answer in JSON, with any exit code. It must follow the published schema. */
  async json<T>(
    ...args: readonly string[]
  ): Promise<{ readonly code: number; readonly answer: T }> {
    const { code, stdout, stderr } = await this.run(...args, '--format', 'json');
    if (stdout === '') throw new Error(`waybill ${args.join(' ')} ended with ${code}: ${stderr}`);
    const answer: unknown = JSON.parse(stdout);
    requirePublished(args, answer);
    return { code, answer: answer as T };
  }

  /**
   * Starts a command that the caller may kill. Returns the complete lines of its output when it has
   * ended.
   */
  spawn(...args: readonly string[]): SpawnedCommand {
    const [program = '', ...words] = this.#words;
    const child = spawn(program, [...words, ...args], {
      cwd: this.folder,
      env: this.env(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#running.add(child);
    const chunks: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    const ended = once(child, 'close').then(([code]) => {
      this.#running.delete(child);
      const lines = Buffer.concat(chunks).toString().split('\n').slice(0, -1);
      return { code: code as number | null, lines, stderr: Buffer.concat(errors).toString() };
    });
    return { process: child, ended };
  }

  /** Starts a server command, and waits for the line that says that it is ready. */
  async start(...args: readonly string[]): Promise<RunningCommand> {
    const { process: child, ended } = this.spawn(...args);
    const firstLine = once(createInterface({ input: child.stdout }), 'line').then(([line]) =>
      String(line),
    );
    const line = await Promise.race([firstLine, ended.then(({ stderr }) => new Error(stderr))]);
    if (line instanceof Error) throw new Error(`waybill ${args.join(' ')} ended: ${line.message}`);
    const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
      child.kill(signal);
      await ended;
    };
    return { line, stop };
  }

  /** Stops what was started here. */
  async close(): Promise<void> {
    for (const child of [...this.#running]) {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
  }

  env(): NodeJS.ProcessEnv {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.folder,
      WAYBILL_HOME: this.home,
      ...this.#compiled,
    };
  }
}

/**
 * The same, for tests of what commands do and not of their processes: a command that ends by itself
 * runs in this process, which spares the start of another. Servers are processes of their own.
 */
export class CommandHere extends CommandLine {
  override runIn(cwd: string, ...args: readonly string[]): Promise<ProcessResult> {
    return runHere(args, { cwd, env: this.env() });
  }
}
