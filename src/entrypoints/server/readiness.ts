import { dateOldest, listStanding } from '../../capabilities/advisories/index.ts';
import { Failure } from '../../core/failure.ts';
import { formatInstant, type Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { attempt } from '../../core/result.ts';
import type { FilesInForce } from './admission/in-force.ts';

/**
 * Why the server should not be asked; null if policy, trust and advisories are in force, and the
 * advisories are at most `ageMaxMs` old. Null as the limit: they may have any age.
 */
export async function findUnready(
  inForce: Pick<FilesInForce, 'get'>,
  ageMaxMs: number | null,
  now: Instant,
): Promise<Failure | null> {
  const ready = await attempt(async () => inForce.get());
  const state = ready.ok ? ready.value : ready;
  if (!state.ok) return state.failure;
  return ageMaxMs === null ? null : findStale(await readDataAge(inForce), ageMaxMs, now);
}

/** When the oldest advisory feed in force was made; null if that is unknown. */
export async function readDataAge(inForce: Pick<FilesInForce, 'get'>): Promise<Instant | null> {
  const state = await inForce.get();
  return state.ok ? dateOldest(listStanding(state.value.advisories.info().coverage)) : null;
}

/** What nobody can date may be of any age, and so may data of a time that has not come. */
export function findStale(at: Instant | null, ageMaxMs: number, now: Instant): Failure | null {
  // mutant advisories-of-unknown-age-are-fresh by readiness: condition -> false
  if (at === null) return refuseStale('the age of the advisories is unknown');
  // mutant advisories-of-tomorrow-are-fresh by readiness: condition -> false
  if (at - now > LIMITS.clockSkewMs)
    return refuseStale(`the advisories are of ${formatInstant(at)}, which has not come`);
  // mutant stale-advisories-are-ready by readiness: condition -> true
  if (now - at <= ageMaxMs) return null;
  const [have, most] = [now - at, ageMaxMs].map((ms) => (ms / 3_600_000).toFixed(1));
  return refuseStale(
    `the advisories are of ${formatInstant(at)}, ${have} hours ago; ${most} are allowed`,
  );
}

function refuseStale(why: string): Failure {
  const remedy = 'Run waybill advisories update; --update-interval does it on a schedule.';
  return new Failure('ADVISORIES_STALE', why, remedy);
}
