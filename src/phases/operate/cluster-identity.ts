import type { DeploymentRecord, RecordFields } from '../../capabilities/evidence/index.ts';
import { describeClusterDifference } from '../../capabilities/graph/index.ts';
import { Failure } from '../../core/failure.ts';
import { formatInstant, type Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';

/**
 * How an observation is to be taken where the clock or the cluster seem to be others than before.
 */
export interface ObservationContext {
  readonly now: Instant;
  /** Whether somebody said when it was made; else it was now. */
  readonly isDated: boolean;
  /** Whether somebody said that the cluster was built anew under its name. */
  readonly isRebuilt: boolean;
}

/**
 * Why an observation cannot follow the last ones of the same cluster name; null where it can. An
 * observation of another cluster would end all that the first runs, and one by a wrong clock would
 * be told in the wrong order.
 */
export function findConflict(
  seen: RecordFields<'deployment'>,
  before: readonly DeploymentRecord[],
  { now, isDated, isRebuilt }: ObservationContext,
): Failure | null {
  // mutant watch-clock-ahead by observation: operand 4 -> 1_000 * $
  if (seen.observedAt > now + LIMITS.clockSkewMs) {
    const why = `the observation would be of ${formatInstant(seen.observedAt)}, which is yet to come`;
    return new Failure('EVIDENCE_REJECTED', why, 'Correct --at, or the clock of this machine.');
  }
  const own = before.find(({ region }) => region === seen.region);
  // One that is still to come was made by a wrong clock, and must not keep out the true ones until
  // then.
  const isLater =
    own !== undefined &&
    own.observedAt > seen.observedAt &&
    own.observedAt <= now + LIMITS.clockSkewMs;
  if (!isDated && isLater) {
    const why =
      `${seen.cluster} was seen at ${formatInstant(own.observedAt)} already, and it is ` +
      `${formatInstant(seen.observedAt)} by this clock`;
    return new Failure(
      'EVIDENCE_REJECTED',
      why,
      'Correct the clock, or say when it was observed: --at.',
    );
  }
  // mutant watch-rebuilt-cluster by observation: operand 2 -> $operand !== $operand2
  if (isRebuilt || own === undefined) return null;
  const other = describeClusterDifference(own, seen);
  if (other === null) return null;
  const remedy =
    'Give each cluster a name of its own: --cluster. The same one, built anew or with all ' +
    'nodes replaced: --rebuilt.';
  return new Failure(
    'EVIDENCE_REJECTED',
    `${seen.cluster} is the name of another cluster: ${other}`,
    remedy,
  );
}
