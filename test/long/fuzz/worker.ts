import { workerData } from 'node:worker_threads';
import { Failure } from '../../../src/core/failure.ts';
import { Chance } from './chance.ts';
import { mutate } from './mutate.ts';
import { PLANTED } from './planted.ts';
import {
  CASE_CPU_MS_MAX,
  CASE_MIB_MAX,
  type CaseAnswer,
  type CaseCall,
  type FuzzData,
} from './protocol.ts';
import type { Target } from './target.ts';
import { loadTargets } from './targets.ts';

/** The input of one case: a valid one, changed by chance from the seed. */
export function makeInput({ form, samples }: Target, seed: number): Uint8Array {
  const chance = new Chance(seed);
  return mutate(form, chance.among(samples), chance);
}

/** Why this outcome is a fault: anything but a value or a failure of our own kind. */
export async function findFault(target: Target, input: Uint8Array): Promise<string | null> {
  try {
    const outcome: unknown = await target.read(input);
    return isFailure(outcome) && outcome.failure.code === 'INTERNAL'
      ? describe(outcome.failure)
      : null;
  } catch (thrown) {
    return thrown instanceof Failure && thrown.code !== 'INTERNAL' ? null : describe(thrown);
  }
}

function isFailure(outcome: unknown): outcome is { readonly failure: Failure } {
  return (
    typeof outcome === 'object' &&
    outcome !== null &&
    'failure' in outcome &&
    outcome.failure instanceof Failure
  );
}

function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `threw ${String(thrown).slice(0, 200)}`;
  const cause = thrown.cause instanceof Error ? thrown.cause : thrown;
  const place = /\/src\/(\S+:\d+):\d+\)?$/m.exec(cause.stack ?? '')?.[1] ?? '';
  return `${thrown.name}: ${cause.message.slice(0, 200)} at ${place}`;
}

const MIB = 1024 * 1024;
const measureMiB = (): number => {
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / MIB;
};

async function runCase(target: Target, seed: number): Promise<CaseAnswer> {
  const input = makeInput(target, seed);
  const [cpu, memory] = [process.threadCpuUsage(), measureMiB()];
  const fault = await findFault(target, input);
  const used = process.threadCpuUsage(cpu);
  const cpuMs = (used.user + used.system) / 1_000;
  const mib = measureMiB() - memory;
  const slow = cpuMs > CASE_CPU_MS_MAX ? `took ${cpuMs.toFixed(0)} ms of the processor` : null;
  const large = mib > CASE_MIB_MAX ? `took ${mib.toFixed(0)} MiB of memory` : null;
  return { kind: 'case', cpuMs, mib, fault: fault ?? slow ?? large, inputBytes: input.length };
}

async function serve({ port, current }: FuzzData): Promise<void> {
  const targets = [...(await loadTargets()), ...PLANTED];
  const clock = new Int32Array(current);
  port.on('message', ({ target: at, seeds }: CaseCall) => {
    void (async () => {
      const target = targets[at];
      if (target === undefined) return;
      for (const seed of seeds) {
        Atomics.store(clock, 0, seed);
        Atomics.add(clock, 1, 1);
        const answer = await runCase(target, seed);
        if (answer.fault !== null) port.postMessage({ ...answer, seed });
      }
      port.postMessage({ kind: 'done', cases: seeds.length });
    })();
  });
  const names = targets.map(({ name }) => name);
  port.postMessage({ kind: 'ready', names });
}

if (workerData !== null) void serve(workerData as FuzzData);
