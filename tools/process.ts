import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '..');

export interface ProcessResult {
  readonly code: number;
  /** True when the process was ended because its time was over. */
  readonly timedOut?: true;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProcessOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** `show` lets the child write to our terminal; `keep` returns its output. */
  readonly output?: 'keep' | 'show';
  readonly timeoutMs?: number;
}

/**
 * Runs one program to its end, without a shell and without standard input.
 *
 * @example await run(process.execPath, ['--version'])
 */
export function run(
  program: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessResult> {
  return new Promise((done, broken) => {
    const child = spawn(program, args, {
      cwd: options.cwd ?? root,
      env: options.env ?? process.env,
      stdio: [
        'ignore',
        options.output === 'show' ? 'inherit' : 'pipe',
        options.output === 'show' ? 'inherit' : 'pipe',
      ],
      ...(options.timeoutMs === undefined
        ? {}
        : { timeout: options.timeoutMs, killSignal: 'SIGKILL' as const }),
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', broken);
    child.on('close', (code, signal) =>
      done({
        code: code ?? 1,
        ...(options.timeoutMs !== undefined && signal === 'SIGKILL' ? { timedOut: true } : {}),
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
  });
}

/**
 * The script of each tool that package.json pins. This Node.js runs it, never another one on the
 * PATH.
 */
const TOOLS = {
  biome: 'node_modules/@biomejs/biome/bin/biome',
  tsc: 'node_modules/typescript/bin/tsc',
  depcruise: 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
  knip: 'node_modules/knip/bin/knip.js',
  vitest: 'node_modules/vitest/vitest.mjs',
} as const;

/** Runs a pinned tool; `cwd` may be another folder. */
export function runTool(
  tool: keyof typeof TOOLS,
  args: readonly string[],
  options: ProcessOptions = {},
) {
  return run(process.execPath, [resolve(root, TOOLS[tool]), ...args], options);
}
