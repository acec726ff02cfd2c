import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HttpAnswer, sendRequest } from '../test/support/send-request.ts';
import { root } from '../tools/process.ts';

/** Runs `waybill serve` as a separate process, with a client that keeps its connections. */
export class ServerProcess {
  readonly url: string;
  readonly caFile: string;
  /** Of the process. */
  readonly pid: number;
  readonly #stop: () => Promise<void>;
  readonly #agent: Agent;

  private constructor(url: string, caFile: string, pid: number, stop: () => Promise<void>) {
    this.url = url;
    this.pid = pid;
    this.caFile = caFile;
    this.#stop = stop;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 16, ca: readFileSync(caFile) });
  }

  static start(home: string, ...more: readonly string[]): Promise<ServerProcess> {
    bundle();
    return ServerProcess.startProgram(join(root, 'bin/waybill.js'), home, ...more);
  }

  /** As `start`, with the program of another package. */
  static async startProgram(
    program: string,
    home: string,
    ...more: readonly string[]
  ): Promise<ServerProcess> {
    const args = [program, 'serve', '--home', home, '--listen', '127.0.0.1:0', ...more];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const said: string[] = [];
    for await (const line of createInterface(child.stdout)) if (said.push(line) === 2) break;
    const [url, caFile] = said.map((line) => line.slice(line.lastIndexOf(' ') + 1));
    if (url === undefined || caFile === undefined) throw new Error('waybill serve did not start');
    return new ServerProcess(url, caFile, child.pid ?? 0, async () => {
      child.kill('SIGINT');
      await ended;
    });
  }

  http(method: string, path: string, body = ''): Promise<HttpAnswer> {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    return sendRequest(`${this.url}${path}`, { method, headers, agent: this.#agent }, body);
  }

  /** One review. An answer that does not admit is an error, so that only complete work is timed. */
  async admit(review: string): Promise<number> {
    const started = performance.now();
    const { body } = await this.http('POST', '/admit', review);
    const elapsedMs = performance.now() - started;
    if (!body.includes('"allowed":true')) throw new Error(`not admitted: ${body.slice(0, 1_000)}`);
    return elapsedMs;
  }

  /**
   * Sends a review every `intervalMs`, also before the last answer has arrived, until `during`
   * settles.
   */
  async admitSteadily(
    review: string,
    intervalMs: number,
    during: Promise<unknown>,
  ): Promise<readonly number[]> {
    const state = { going: true };
    const stop = () => {
      state.going = false;
    };
    during.then(stop, stop);
    const started = performance.now();
    const running: Promise<number>[] = [];
    while (state.going) {
      const wait = started + running.length * intervalMs - performance.now();
      if (wait > 0) await sleep(wait);
      running.push(this.admit(review));
    }
    return Promise.all(running);
  }

  /**
   * POSTs a file from a third process. Returns when the sending begins, with a promise of the time
   * to the acknowledgement.
   */
  async upload(
    path: string,
    mediaType: string,
    file: string,
  ): Promise<{ readonly acknowledgedMs: Promise<number> }> {
    const args = [
      join(root, 'bench/upload.ts'),
      `${this.url}${path}`,
      this.caFile,
      mediaType,
      file,
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const sending = await lines.next();
    if (sending.value !== 'sending') throw new Error('the upload did not begin');
    return { acknowledgedMs: lines.next().then(({ value }) => Number(value)) };
  }

  /** The samples of /metrics by name and labels. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const { body } = await this.http('GET', '/metrics');
    const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
    );
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    await this.#stop();
  }
}

let isBundled = false;

/**
 * The first process of a changed checkout bundles it, and the bundler keeps 400 MiB that no server
 * of the package has: another process than the measured one does it.
 */
function bundle(): void {
  if (!isBundled) execFileSync(process.execPath, [join(root, 'bin/waybill.js'), 'version']);
  isBundled = true;
}
