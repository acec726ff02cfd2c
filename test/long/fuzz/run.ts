import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { Figure, LongResult } from '../report.ts';
import { Chance } from './chance.ts';
import { findSilentCuts, MAY_BE_SILENT } from './cuts.ts';
import {
  CASE_WALL_MS_MAX,
  type CaseCall,
  type FuzzData,
  type FuzzReply,
  THREAD_MIB_MAX,
} from './protocol.ts';

/** Seeds that found a fault once. They run first, each time. */
export const KEPT_FILE = join(import.meta.dirname, 'kept-seeds.json');

export interface KeptSeed {
  readonly target: string;
  readonly seed: number;
  /** What it found, for people. */
  readonly found: string;
}

interface FuzzOptions {
  readonly seconds: number;
  readonly seed: number;
  /** At most so many rounds over all targets, so that a sample has the same cases everywhere. */
  readonly roundsMax: number;
  /** Only targets with this in their name. */
  readonly filter: string;
  readonly say: (line: string) => void;
}

const CASES_AT_ONCE = 20;
const FAULTS_OF_ONE_TARGET_MAX = 3;
const LOOK_MS = 250;
/** The planted hang; the others end sooner, also on a busy machine. */
const PLANTED_WALL_MS_MAX = 8_000;

export function readKept(): readonly KeptSeed[] {
  return existsSync(KEPT_FILE) ? JSON.parse(readFileSync(KEPT_FILE, 'utf8')) : [];
}

/** Runs kept seeds, then every target in turn until the time is over. Keeps what found a fault. */
export async function fuzz(options: FuzzOptions): Promise<LongResult> {
  const thread = new FuzzThread();
  try {
    const names = await thread.start();
    const unfound = await tryPlanted(thread, names);
    const chosen = names.flatMap((name, at) =>
      name.includes(options.filter) && !isPlanted(name) ? [at] : [],
    );
    const found = await tryTargets(thread, names, chosen, options);
    keep(found);
    const faults = found.map(({ target, seed, found: why }) => `${target}, seed ${seed}: ${why}`);
    return {
      kind: 'fuzz',
      tried: chosen.length,
      faults: [...unfound, ...faults, ...listCutFaults()],
      figures: makeFigures(thread, chosen.length),
    };
  } finally {
    await thread.end();
  }
}

async function tryTargets(
  thread: FuzzThread,
  names: readonly string[],
  chosen: readonly number[],
  { seconds, seed, roundsMax, say }: FuzzOptions,
): Promise<readonly KeptSeed[]> {
  const end = performance.now() + seconds * 1_000;
  const found: KeptSeed[] = [];
  const run = async (at: number, seeds: readonly number[]): Promise<void> => {
    const target = names[at] ?? '';
    const before = found.filter((one) => one.target === target).length;
    if (before >= FAULTS_OF_ONE_TARGET_MAX) return;
    const faults = await thread.run(at, seeds);
    for (const { seed: of, fault } of faults.slice(0, FAULTS_OF_ONE_TARGET_MAX - before)) {
      found.push({ target, seed: of, found: fault });
      say(`FAULT ${target}, seed ${of}: ${fault}`);
    }
  };
  for (const kept of readKept()) {
    const at = names.indexOf(kept.target);
    if (chosen.includes(at)) await run(at, [kept.seed]);
  }
  for (let rounds = 0; rounds < roundsMax && (performance.now() < end || rounds === 0); rounds++) {
    for (const at of chosen) {
      if (performance.now() >= end && rounds > 0) break;
      await run(at, listSeeds(seed, names[at] ?? '', rounds));
    }
  }
  return found;
}

/** Those of a target, whatever other targets there are. */
function listSeeds(seed: number, target: string, round: number): readonly number[] {
  const start = createHash('sha256').update(`${seed} ${round} ${target}`).digest().readUInt32LE();
  const chance = new Chance(start);
  return Array.from({ length: CASES_AT_ONCE }, () => chance.below(2 ** 31));
}

const isPlanted = (name: string): boolean => name.startsWith('planted: ');

/** The planted faults that were not found: then the run proves nothing. */
async function tryPlanted(
  thread: FuzzThread,
  names: readonly string[],
): Promise<readonly string[]> {
  const unfound: string[] = [];
  for (const [at, name] of names.entries()) {
    if (!isPlanted(name)) continue;
    const faults = await thread.run(at, [1], PLANTED_WALL_MS_MAX);
    if (faults.length === 0) unfound.push(`a fault that was put in is not found: ${name}`);
  }
  thread.cases = 0;
  return unfound;
}

function makeFigures(thread: FuzzThread, targets: number): readonly Figure[] {
  const figure = (what: string, value: number, unit = ''): Figure => {
    return { what, value, unit, max: null };
  };
  return [figure('fuzz: readers and gates', targets), figure('fuzz: cases', thread.cases)];
}

/** Every file of an extractor, cut at each byte. */
function listCutFaults(): readonly string[] {
  return findSilentCuts(Number.POSITIVE_INFINITY)
    .filter((name) => !MAY_BE_SILENT.includes(name))
    .map((name) => `extractor ${name} says less of a file that was cut, and not that it was`);
}

/** Adds to the kept seeds; people commit the file with the fix. */
function keep(found: readonly KeptSeed[]): void {
  const kept = readKept();
  const fresh = found.filter(
    (one) => !kept.some(({ target, seed }) => target === one.target && seed === one.seed),
  );
  if (fresh.length === 0) return;
  writeFileSync(KEPT_FILE, `${JSON.stringify([...kept, ...fresh], null, 2)}\n`);
}

interface Fault {
  readonly seed: number;
  readonly fault: string;
}

/** The thread that runs the cases: ended, and started again, when a case hangs or fills it. */
class FuzzThread {
  cases = 0;
  #worker: Worker | null = null;
  #port: MessagePort | null = null;
  #clock = new Int32Array(new SharedArrayBuffer(8));
  #replies: (FuzzReply | string)[] = [];
  #arrived: () => void = () => undefined;

  async start(): Promise<readonly string[]> {
    const { port1, port2 } = new MessageChannel();
    this.#clock = new Int32Array(new SharedArrayBuffer(8));
    const data: FuzzData = { port: port2, current: this.#clock.buffer as SharedArrayBuffer };
    const worker = new Worker(new URL('worker.ts', import.meta.url), {
      workerData: data,
      transferList: [port2],
      resourceLimits: { maxOldGenerationSizeMb: THREAD_MIB_MAX },
    });
    worker.on('error', (thrown: NodeJS.ErrnoException) => {
      const why =
        thrown.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? `took over ${THREAD_MIB_MAX} MiB of memory`
          : `ended the thread: ${String(thrown)}`;
      this.#take(why.slice(0, 300));
    });
    this.#replies = [];
    port1.on('message', (reply: FuzzReply) => this.#take(reply));
    [this.#worker, this.#port] = [worker, port1];
    const ready = await this.#next();
    if (typeof ready === 'string') throw new Error(`the thread did not start: ${ready}`);
    return ready.kind === 'ready' ? ready.names : [];
  }

  /** The faults that these seeds find in one target. */
  async run(
    target: number,
    seeds: readonly number[],
    wallMsMax = CASE_WALL_MS_MAX,
  ): Promise<readonly Fault[]> {
    const faults: Fault[] = [];
    this.#port?.postMessage({ target, seeds } satisfies CaseCall);
    for (;;) {
      const reply = await this.#next(wallMsMax);
      if (typeof reply === 'string') {
        const seed = Atomics.load(this.#clock, 0);
        faults.push({ seed, fault: reply });
        await this.end();
        await this.start();
        return faults;
      }
      if (reply.kind === 'done') {
        this.cases += reply.cases;
        return faults;
      }
      if (reply.kind === 'case' && reply.fault !== null)
        faults.push({ seed: reply.seed, fault: reply.fault });
    }
  }

  async end(): Promise<void> {
    this.#port?.close();
    await this.#worker?.terminate();
    this.#worker = null;
  }

  /** The next message, or why there will be none. */
  async #next(wallMsMax = CASE_WALL_MS_MAX): Promise<FuzzReply | string> {
    let [begun, since] = [Atomics.load(this.#clock, 1), performance.now()];
    for (;;) {
      const reply = this.#replies.shift();
      if (reply !== undefined) return reply;
      await this.#wait();
      const now = Atomics.load(this.#clock, 1);
      if (now !== begun) [begun, since] = [now, performance.now()];
      else if (performance.now() - since > wallMsMax)
        return `gave no answer within ${wallMsMax} ms`;
    }
  }

  /** Until something arrives, and for a moment at most. */
  #wait(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK_MS);
      this.#arrived = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #take(reply: FuzzReply | string): void {
    this.#replies.push(reply);
    this.#arrived();
  }
}
