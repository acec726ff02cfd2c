import type { DeploymentRecord, RecordFields } from '../../capabilities/evidence/index.ts';
import { describeClusterDifference } from '../../capabilities/graph/index.ts';
import { Failure } from '../../core/failure.ts';
import { formatInstant, type Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';

/** How to accept an observation if the clock or the cluster seems to have changed. */
export interface ObservationContext {
  readonly now: Instant;
  /** Whether the user gave its time; otherwise the time is now. */
  readonly isDated: boolean;
  /** Whether the user said that the cluster was rebuilt under its name. */
  readonly isRebuilt: boolean;
}

/**
 * Why an observation cannot follow the last ones of the same cluster name; null if it can. An
 * observation of another cluster would end everything that the first one runs, and one with a wrong
 * clock would be in the wrong order.
 */
export function findConflict(
  seen: RecordFields<'deployment'>,
  before: readonly DeploymentRecord[],
  { now, isDated, isRebuilt }: ObservationContext,
): Failure | null {
  // mutant watch-clock-ahead by observation: operand 4 -> 1_000 * $
  if (seen.observedAt > now + LIMITS.clockSkewMs) {
    const why = `the time of the observation is in the future: ${formatInstant(seen.observedAt)}`;
    return new Failure('EVIDENCE_REJECTED', why, 'Correct --at, or the clock of this machine.');
  }
  const own = before.find(({ region }) => region === seen.region);
  // An observation in the future was made by a wrong clock. It must not block the true ones until
  // then.
  const isLater =
    own !== undefined &&
    own.observedAt > seen.observedAt &&
    own.observedAt <= now + LIMITS.clockSkewMs;
  if (!isDated && isLater) {
    const why =
      `${seen.cluster} was last observed at ${formatInstant(own.observedAt)}, ` +
      `but this clock says ${formatInstant(seen.observedAt)}`;
    return new Failure(
      'EVIDENCE_REJECTED',
      why,
      'Correct the clock, or give the time of the observation: --at.',
    );
  }
  // mutant watch-rebuilt-cluster by observation: operand 2 -> $operand !== $operand2
  if (isRebuilt || own === undefined) return null;
  const other = describeClusterDifference(own, seen);
  if (other === null) return null;
  const remedy =
    'Give each cluster its own name: --cluster. If it is the same cluster, rebuilt or with all ' +
    'nodes replaced: --rebuilt.';
  return new Failure(
    'EVIDENCE_REJECTED',
    `${seen.cluster} is the name of another cluster: ${other}`,
    remedy,
  );
}
