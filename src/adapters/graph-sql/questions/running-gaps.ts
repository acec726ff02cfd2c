import type { UnreleasedGap } from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import { isRunning } from './deployments.ts';
import { readImageSets } from './findings.ts';
import { isBelieved, type Scope } from './scope.ts';
import { isSignedDeployment } from './signatures.ts';
import { isReleased } from './unreleased-images.ts';

/** A running image of which nobody says what is in it. */
type RunningGap = Omit<UnreleasedGap, 'deployments'>;

interface RunningGaps {
  readonly images: readonly RunningGap[];
  /** There are more of them, or running images that were not examined. */
  readonly more: boolean;
}

/** Images that are examined together; their numbers fit the parameters of one statement. */
const PIECE = 500;

/** Images that run, belong to no recorded release and have no inventory. */
export async function findRunningGaps(scope: Scope): Promise<RunningGaps> {
  const found: RunningGap[] = [];
  let [last, scanned] = [0, 0];
  while (found.length <= LIMITS.unreleasedImagesMax) {
    const ids = await listRunning(scope, last);
    scanned += ids.length;
    found.push(...(await explainImages(scope, await dropReleased(scope, ids))));
    const end = ids.at(-1);
    if (ids.length < PIECE || end === undefined) return cutGaps(found, false);
    if (scanned >= LIMITS.unknownExposureScannedMax) break;
    last = end;
  }
  return cutGaps(found, true);
}

function cutGaps(found: readonly RunningGap[], more: boolean): RunningGaps {
  const max = LIMITS.unreleasedImagesMax;
  return { images: found.slice(0, max), more: more || found.length > max };
}

async function listRunning(scope: Scope, after: number): Promise<readonly number[]> {
  const rows = await scope.db
    .selectFrom('deployment')
    .select('image')
    .distinct()
    .where('deployment.shard', '=', scope.shard)
    .where('deployment.image', '>', after)
    .where((row) => isBelieved(row, 'deployment', scope))
    .where((row) => isRunning(scope, row))
    .$if(scope.ask.signedBy !== null, (query) =>
      query.where((row) => isSignedDeployment(scope, row)),
    )
    .orderBy('image')
    .limit(PIECE)
    .execute();
  return rows.map(({ image }) => image);
}

interface RunningImage {
  readonly id: number;
  readonly digest: Digest;
}

async function dropReleased(
  scope: Scope,
  images: readonly number[],
): Promise<readonly RunningImage[]> {
  if (images.length === 0) return [];
  const rows = await scope.db
    .selectFrom('image')
    .select(['id', 'digest'])
    .where('image.shard', '=', scope.shard)
    .where('image.id', 'in', images)
    .where((row) => row.not(isReleased(scope, row, 'image.id')))
    .orderBy('id')
    .execute();
  return rows.map(({ id, digest }) => ({ id, digest: digest as Digest }));
}

/** Only a release tells the members of an index: what is in none stands alone. */
async function explainImages(
  scope: Scope,
  images: readonly RunningImage[],
): Promise<readonly RunningGap[]> {
  const sets = await readImageSets(
    scope,
    images.map(({ id }) => id),
  );
  const judged = new Set(sets.map(({ image }) => image));
  return images
    .filter(({ id }) => !judged.has(id))
    .map(({ digest }) => ({ image: digest, reason: 'inventory-missing', notCovered: [] }));
}
