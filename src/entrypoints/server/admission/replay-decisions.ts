import { readFile, rm } from 'node:fs/promises';
import {
  type EvidenceInput,
  encodeRecord,
  parseRecord,
} from '../../../capabilities/evidence/index.ts';
import type { Failure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import { attempt, orThrow } from '../../../core/result.ts';
import { isBusy } from './busy-database.ts';
import type { DecisionJournal } from './decision-journal.ts';
import type { DecisionLogPorts } from './decision-log.ts';
import { readJournal } from './journal-entry.ts';

export interface ReplayPorts extends Pick<DecisionLogPorts, 'append' | 'lost' | 'pause'> {
  readonly now: () => Instant;
  readonly signal: AbortSignal;
}

const APPENDED_AT_ONCE = 200;
const RETRY_MS = 500;

/**
 * Puts what a killed process left in its journals into the log, and removes it. What was in the log
 * already stays there once. Returns the number of decisions.
 */
export async function replayDecisions(
  journals: readonly Pick<DecisionJournal, 'left'>[],
  ports: ReplayPorts,
): Promise<number> {
  let decisions = 0;
  const sums = new Map<string, { readonly input: EvidenceInput; count: number }>();
  const paths = journals.flatMap(({ left }) => left);
  const done: string[] = [];
  for (const path of paths) {
    const read = await attempt(() => readFile(path));
    if (!read.ok) {
      ports.lost(read.failure);
      continue;
    }
    const inputs: EvidenceInput[] = [];
    for (const { inputs: held, sum } of readJournal(read.value).entries) {
      const [first] = held;
      const known = sum === undefined ? undefined : sums.get(sum);
      if (sum === undefined) inputs.push(...held);
      else if (known !== undefined) known.count += 1;
      else if (first !== undefined) sums.set(sum, { input: first, count: 1 });
    }
    if (!(await store(inputs, ports))) return decisions;
    decisions += inputs.filter(({ kind }) => kind === 'decision').length;
    done.push(path);
  }
  const summed = [...sums.values()].map(({ input, count }) => withCount(input, count));
  if (!(await store(summed, ports))) return decisions;
  for (const path of done) await rm(path, { force: true });
  return decisions + [...sums.values()].reduce((total, { count }) => total + count, 0);
}

/** The record of a sum that was kept as its first decision and a number. */
function withCount(input: EvidenceInput, count: number): EvidenceInput {
  const record = parseRecord('decision', input.body);
  if (!record.ok || count === 1) return input;
  const { apiVersion: _, kind: __, ...fields } = record.value;
  return { ...input, body: encodeRecord('decision', { ...fields, decisions: count }) };
}

/** False if the server stops, or the disk takes nothing: then all is tried at the next start. */
async function store(inputs: readonly EvidenceInput[], ports: ReplayPorts): Promise<boolean> {
  for (let at = 0; at < inputs.length; at += APPENDED_AT_ONCE) {
    const batch = inputs.slice(at, at + APPENDED_AT_ONCE);
    const stored = await storeBatch(batch, ports);
    if (stored === null) continue;
    if (stored.code !== 'EVIDENCE_REJECTED') {
      ports.lost(stored);
      return false;
    }
    // One record that is refused does not take the others with it.
    for (const input of batch) {
      const alone = await storeBatch([input], ports);
      if (alone !== null) ports.lost(alone);
    }
  }
  return true;
}

/** Null when it is stored. A locked database is tried again until the server stops. */
async function storeBatch(
  batch: readonly EvidenceInput[],
  { append, now, pause, signal }: ReplayPorts,
): Promise<Failure | null> {
  for (;;) {
    const stored = await attempt(async () => orThrow(await append(batch, now())));
    if (stored.ok) return null;
    if (!isBusy(stored.failure) || signal.aborted) return stored.failure;
    await (pause?.(RETRY_MS) ?? new Promise((resolve) => setTimeout(resolve, RETRY_MS)));
  }
}
