import { attempt, type Result } from '../../core/result.ts';
import type { DeskPorts } from './desk-ports.ts';

/** Does the work when it is its turn, where turns are taken. */
export async function examineInTurn<T>(
  { turns }: Pick<DeskPorts, 'turns'>,
  signal: AbortSignal,
  work: () => Promise<Result<T>>,
): Promise<Result<T>> {
  if (turns === undefined) return work();
  const turn = await attempt(() => turns.take(signal));
  if (!turn.ok) return turn;
  return work().finally(turn.value);
}
