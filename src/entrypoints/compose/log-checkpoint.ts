import { join } from 'node:path';
import {
  type Checkpoint,
  type EvidenceLog,
  formatCheckpoint,
  type LogHead,
  type NoteVerifier,
  openCheckpoint,
  verifyConsistency,
} from '../../capabilities/evidence/index.ts';
import { Failure } from '../../core/failure.ts';
import { orThrow } from '../../core/result.ts';
import type { Config } from '../config/config.ts';

type Log = Pick<EvidenceLog, 'head' | 'consistency'>;

/** The key of this log, and the newest checkpoint that it kept. */
export async function openLogKeeper(config: Config) {
  const { openLogKeeper: open } = await import('../../adapters/keys-file/index.ts');
  return open(join(config.home, 'log'));
}

type Keeper = Awaited<ReturnType<typeof openLogKeeper>>;

/** The checkpoint in a note that this key signed. */
export function readCheckpoint(note: Uint8Array, verifier: NoteVerifier): Checkpoint {
  return orThrow(openCheckpoint(note, verifier));
}

/** STORE_CORRUPT where the log does not begin with everything that the checkpoint names. */
export async function requireContinuation(log: Log, before: Checkpoint): Promise<void> {
  const { size, root } = orThrow(await log.head());
  if (before.size > size)
    throw refuseLog(`it has ${size} entries, and the checkpoint has ${before.size}`);
  if (before.size === 0) return;
  const { proof } = orThrow(await log.consistency(before.size));
  const consistent = verifyConsistency({
    ...{ sizeBefore: before.size, rootBefore: before.root },
    ...{ sizeAfter: size, rootAfter: root, proof },
  });
  // mutant log-continues-checkpoint by log-checkpoint: remove
  if (!consistent.ok) throw refuseLog(`its first ${before.size} entries are others`);
}

/** Signs the head of the log and keeps it, after a comparison with what was kept before. */
export async function signHead(log: Log, keeper: Keeper): Promise<string> {
  await requireKept(log, keeper);
  return keepHead(orThrow(await log.head()), keeper);
}

/** Signs a head that was read after the comparison, and keeps it. */
export function keepHead({ size, root }: LogHead, keeper: Keeper): string {
  const note = keeper.sign(formatCheckpoint({ origin: keeper.verifier.name, size, root }));
  keeper.keep(note);
  return note;
}

/** Compares the log with the checkpoint that was kept last; without one there is nothing to do. */
export async function requireKept(log: Log, keeper: Keeper): Promise<void> {
  const kept = keeper.readKept();
  if (kept !== null) await requireContinuation(log, readCheckpoint(kept, keeper.verifier));
}

function refuseLog(why: string): Failure {
  return new Failure(
    'STORE_CORRUPT',
    `the log does not continue the checkpoint: ${why}`,
    'Something recorded was changed or removed. Restore the log from a backup.',
  );
}
