import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findBundle } from '../tools/checkout/find-bundle.js';
import type { Narrator } from './narrator.ts';
import { Processes, type ProcessResult } from './processes.ts';

const ROOT = resolve(import.meta.dirname, '..');
const WAYBILL = join(ROOT, 'bin/waybill.js');
const TWO_DAYS_AGO = pathToFileURL(join(import.meta.dirname, 'two-days-ago.ts')).href;

/**
 * On a laptop, two servers run beside the commands of the demo. So each has little room for young
 * objects. A command ends before it needs more, and to collect often would cost it time.
 */
const SMALL = '--max-semi-space-size=1';

/** How a command differs from one that is typed in the repository. */
export interface CommandOptions {
  /** Folder below the work folder; the repository by default. */
  readonly at?: string;
  /** A home other than the shop's, below the work folder. */
  readonly home?: string;
  /** Runs as on a machine whose clock shows the day before yesterday. */
  readonly twoDaysAgo?: boolean;
  readonly input?: string;
  /** The command line to show, when a file takes the place of standard input. */
  readonly shownAs?: string;
}

/**
 * Where the demo works: its own folder with a git repository, a home and a registry. The user's
 * configuration has no effect, and the demo writes nothing outside that folder.
 */
export class World {
  readonly folder: string;
  readonly repository: string;
  readonly home: string;
  readonly processes = new Processes();
  readonly commands: string[] = [];
  readonly #narrator: Narrator;
  readonly #notes = new Map<string, string>();
  readonly #keep: boolean;
  #bundle: string | null = null;

  constructor(narrator: Narrator, keep: boolean) {
    this.#narrator = narrator;
    this.#keep = keep;
    this.folder = mkdtempSync(join(realpathSync(tmpdir()), 'waybill-demo-'));
    this.repository = join(this.folder, 'shop');
    this.home = join(this.folder, 'home');
    for (const path of [this.repository, this.home]) mkdirSync(path, { mode: 0o700 });
  }

  /**
   * The command of this checkout. The first that runs bundles its sources, unless that is done
   * already. The others are those of that bundle: nobody changes a source while the demo runs, and
   * to ask 1,400 files about it fifty times would take half a second.
   */
  get program(): string {
    this.#bundle ??= findBundle(ROOT);
    return this.#bundle === null ? WAYBILL : join(this.#bundle, 'bin/waybill.js');
  }

  /** Runs `waybill` from this checkout, as somebody would type it. */
  waybill(words: readonly string[], manner: CommandOptions = {}): Promise<ProcessResult> {
    const shown = manner.shownAs ?? ['waybill', ...words].map(quoted).join(' ');
    this.#tell(manner.twoDaysAgo === true ? `${shown}    # two days ago` : shown);
    return this.processes.run(
      process.execPath,
      [this.program, ...words],
      this.#surroundings(manner),
    );
  }

  git(words: readonly string[], manner: CommandOptions = {}): Promise<ProcessResult> {
    this.#tell(manner.shownAs ?? ['git', ...words].map(quoted).join(' '));
    return this.quietly('git', words, manner);
  }

  /** Runs a command without showing it. */
  quietly(
    program: string,
    words: readonly string[],
    manner: CommandOptions = {},
  ): Promise<ProcessResult> {
    return this.processes.run(program, words, this.#surroundings(manner));
  }

  /** Starts a Waybill server and shows its first lines. */
  async serve(words: readonly string[], ready: RegExp): Promise<string> {
    this.#tell(`${['waybill', ...words].map(quoted).join(' ')} &`);
    const log = join(this.folder, `${words[0]}.log`);
    const node = [SMALL, this.program, ...words];
    const options = { log, ready, outlives: this.#keep };
    const { pid, output } = await this.processes.serve(
      process.execPath,
      node,
      this.#surroundings({ at: '.' }),
      options,
    );
    this.note(`pid ${words[0]}`, String(pid));
    return output();
  }

  /** Writes a file of the repository, or of another place below the work folder. */
  write(path: string, content: string | Uint8Array, at = 'shop'): string {
    const file = join(this.folder, at, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  }

  /** Lines of an output that are worth showing. */
  show(output: string, ...patterns: readonly RegExp[]): void {
    const lines = output
      .split('\n')
      .filter((line) => patterns.some((pattern) => pattern.test(line)));
    this.#narrator.output(lines.map((line) => line.replaceAll(this.folder, '…')));
  }

  /** Remembers a digest or an address for later steps. */
  note(name: string, value: string): void {
    this.#notes.set(name, value);
  }

  recall(name: string): string | null {
    return this.#notes.get(name) ?? null;
  }

  noted(name: string): string {
    const value = this.recall(name);
    if (value === null) throw new Error(`an earlier step should have stored: ${name}`);
    return value;
  }

  /** `name:tag` in the shop's registry. */
  image(name: string): string {
    return `${this.noted('registry')}/shop/${name}`;
  }

  tell(command: string): void {
    this.#tell(command);
  }

  async clean(): Promise<void> {
    await this.processes.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #tell(command: string): void {
    const short = command.replaceAll(this.folder, '…');
    this.commands.push(short);
    this.#narrator.command(short);
  }

  #surroundings({ at = 'shop', home, twoDaysAgo, input }: CommandOptions) {
    const cwd = join(this.folder, at);
    const env = buildEnvironment(
      this.folder,
      home === undefined ? this.home : join(this.folder, home),
    );
    if (twoDaysAgo === true) env['NODE_OPTIONS'] = `--import=${TWO_DAYS_AGO}`;
    return { cwd, env, ...(input === undefined ? {} : { input }) };
  }
}

/**
 * The whole environment of the started programs: no setting of the user, no agent, and proxies that
 * lead nowhere.
 */
function buildEnvironment(folder: string, home: string): NodeJS.ProcessEnv {
  const nowhere = 'http://127.0.0.1:9';
  const kept = ['SystemRoot', 'SYSTEMROOT', 'PATHEXT', 'TEMP', 'TMP', 'TMPDIR'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(kept),
    PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, '.config'),
    GIT_CONFIG_GLOBAL: join(folder, '.gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C.UTF-8',
    MALLOC_ARENA_MAX: '1',
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
    WAYBILL_HOME: home,
    WAYBILL_POLICY: join(folder, 'policy.yaml'),
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    NO_PROXY: '127.0.0.1',
    NO_COLOR: '1',
  };
}

function quoted(word: string): string {
  return /^[\w@%+=:,./~^…-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * Finds a loopback port that is free now. Another program may still take it first, which is then
 * reported.
 */
export async function freePort(): Promise<number> {
  const { promise, resolve: listening } = Promise.withResolvers<number>();
  const server = createServer().listen(0, '127.0.0.1', () => {
    const address = server.address();
    listening(typeof address === 'object' && address !== null ? address.port : 0);
  });
  const port = await promise;
  await new Promise((closed) => server.close(closed));
  return port;
}
