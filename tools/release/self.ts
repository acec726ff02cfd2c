import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BuiltCommit } from '../image/checkout.ts';
import { root, run } from '../process.ts';

/**
 * The Waybill that was just built, as it will be installed. It makes the documents of its own
 * release.
 */
export class Self {
  /** The installed package. */
  readonly folder: string;
  readonly #home: string;
  #stop: (() => void) | null = null;

  constructor(built: BuiltCommit, scratch: string, home: string) {
    this.folder = join(scratch, 'waybill');
    this.#home = home;
    for (const { path, content } of built.packaged) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), content);
    }
  }

  /** The standard output of a command that must succeed. Its error output is shown. */
  output(...args: readonly string[]): Promise<string> {
    return this.#outputIn(root, args);
  }

  /**
   * Writes the inventory of a folder. It names the folder only by its last name, without its path.
   */
  async writeSbom(folder: string, path: string): Promise<void> {
    await this.#outputIn(dirname(folder), [
      'sbom',
      basename(folder),
      '--format',
      'spdx-json',
      '--output',
      path,
    ]);
  }

  async #outputIn(cwd: string, args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await run(process.execPath, [this.#script(), ...args], {
      cwd,
      env: this.#env(),
    });
    process.stderr.write(stderr);
    if (code !== 0) throw new Error(`waybill ${args.join(' ')} ended with ${code}\n${stdout}`);
    return stdout;
  }

  /** Starts the embedded registry over a folder, on loopback, and returns its address. */
  async serveRegistry(store: string): Promise<string> {
    const args = [this.#script(), 'registry', 'serve', store, '--listen', '127.0.0.1:0'];
    const child = spawn(process.execPath, args, {
      env: this.#env(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#stop = () => child.kill('SIGTERM');
    for await (const line of createInterface({ input: child.stdout })) {
      const address = /127\.0\.0\.1:\d+/.exec(line)?.[0];
      if (address !== undefined) return address;
    }
    throw new Error('the embedded registry did not start');
  }

  close(): void {
    this.#stop?.();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #script(): string {
    return join(this.folder, 'bin/waybill.js');
  }

  #env(): NodeJS.ProcessEnv {
    const { PATH, HOME } = process.env;
    return { PATH, HOME, WAYBILL_HOME: this.#home };
  }
}
