import type {
  DeploymentAnswer,
  Estate,
  EstateImage,
  ReleaseAnswer,
} from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { type DeployedRow, readDeployments } from './deployments.ts';
import { readDigests } from './kin.ts';
import { readObserved } from './observed-clusters.ts';
import { readReleaseAnswers } from './release-answers.ts';
import { checkRowsMax, formatCursor, isBelieved, parseCursor, type Scope } from './scope.ts';
import { findUndigested, NO_CONTAINERS, toAnswer } from './undigested-containers.ts';

/**
 * Every image that was released or runs, by id. A running member of a released index is reported
 * with the index: the index was signed, and a gate is asked about the index.
 */
export async function answerEstate(scope: Scope): Promise<Estate> {
  const limit = checkRowsMax(scope.ask.page);
  const after = Number(parseCursor(scope.ask.page.after, ['number'])?.[0] ?? 0);
  const ids = await readImagesFrom(scope, after, limit + 1);
  const shown = ids.slice(0, limit);
  const last = shown.at(-1);
  const releases = await readNewestReleases(scope, shown);
  const members = await readMembers(scope, shown);
  const running = await readDeploymentsByImage(scope, [
    ...new Set([...shown, ...[...members.values()].flat()]),
  ]);
  const digests = await readDigests(scope, shown);
  const images = shown.flatMap((id): EstateImage[] => {
    const digest = digests.get(id)?.[0];
    const family = [id, ...(members.get(id) ?? [])];
    return digest === undefined
      ? []
      : [toEstateImage(digest, releases.get(id) ?? null, listDeployments(running, family))];
  });
  const isFirst = scope.ask.page.after === null;
  const undigested = isFirst ? await findUndigested(scope) : NO_CONTAINERS;
  return {
    images,
    next: ids.length > limit && last !== undefined ? formatCursor([last]) : null,
    ...toAnswer(undigested),
    ...(await readObserved(scope)),
  };
}

interface ReleasedImage {
  /** The newest first. */
  readonly references: readonly string[];
  readonly release: ReleaseAnswer;
}

function toEstateImage(
  digest: Digest,
  released: ReleasedImage | null,
  deployments: readonly DeploymentAnswer[],
): EstateImage {
  const most = LIMITS.exposureDeploymentsMax;
  return {
    digest,
    reference: released?.references[0] ?? deployments[0]?.reference ?? '',
    references: released?.references ?? [],
    release: released?.release ?? null,
    deployments: deployments.slice(0, most),
    deploymentsMore: deployments.length > most,
  };
}

function listDeployments(
  running: ReadonlyMap<number, readonly DeployedRow[]>,
  family: readonly number[],
) {
  return family.flatMap((id) => (running.get(id) ?? []).map(({ answer }) => answer));
}

/**
 * Images of releases, and running images that belong to no release, neither as themselves nor as a
 * member.
 */
async function readImagesFrom(
  scope: Scope,
  after: number,
  limit: number,
): Promise<readonly number[]> {
  const { db, shard, known } = scope;
  const released = await db
    .selectFrom('release_image')
    .select('image')
    .distinct()
    .where('shard', '=', shard)
    .where('member', '=', 0)
    .where('image', '>', after)
    .where('known_from', '<=', known)
    .orderBy('image')
    .limit(limit)
    .execute();
  const strays = await db
    .selectFrom('deployment')
    .select('image')
    .distinct()
    .where('shard', '=', shard)
    .where('image', '>', after)
    .where('valid_to', 'is', null)
    .where((row) => isBelieved(row, 'deployment', scope))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('release_image')
            .select('release_image.id')
            .where('release_image.shard', '=', shard)
            .whereRef('release_image.shard', '=', 'deployment.shard')
            .whereRef('release_image.image', '=', 'deployment.image')
            .where('release_image.known_from', '<=', known),
        ),
      ),
    )
    .orderBy('image')
    .limit(limit)
    .execute();
  const ids = new Set([...released, ...strays].map(({ image }) => image));
  return [...ids].sort((one, other) => one - other).slice(0, limit);
}

/**
 * The members of indexes, except the members that were released by themselves. Those have a row of
 * their own.
 */
async function readMembers(
  scope: Scope,
  images: readonly number[],
): Promise<ReadonlyMap<number, readonly number[]>> {
  const { db, shard, known } = scope;
  const members = new Map<number, number[]>();
  for (const some of splitIntoChunks(images)) {
    const rows = await db
      .selectFrom('image_member')
      .select(['image_index', 'member'])
      .distinct()
      .where('shard', '=', shard)
      .where('image_index', 'in', some)
      .where('known_from', '<=', known)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('release_image')
              .select('release_image.id')
              .where('release_image.shard', '=', shard)
              .whereRef('release_image.shard', '=', 'image_member.shard')
              .whereRef('release_image.image', '=', 'image_member.member')
              .where('release_image.member', '=', 0)
              .where('release_image.known_from', '<=', known),
          ),
        ),
      )
      .execute();
    for (const { image_index: index, member } of rows)
      members.set(index, [...(members.get(index) ?? []), member]);
  }
  return members;
}

async function readNewestReleases(
  scope: Scope,
  images: readonly number[],
): Promise<ReadonlyMap<number, ReleasedImage>> {
  const newest = new Map<number, { readonly id: number; readonly references: Set<string> }>();
  for (const some of splitIntoChunks(images)) {
    const rows = await scope.db
      .selectFrom('release_image')
      .innerJoin('release', (on) =>
        on
          .onRef('release.shard', '=', 'release_image.shard')
          .onRef('release.id', '=', 'release_image.release'),
      )
      .select(['release_image.image', 'release_image.reference', 'release.id'])
      .where('release_image.shard', '=', scope.shard)
      .where('release_image.image', 'in', some)
      .where('release_image.known_from', '<=', scope.known)
      .orderBy('release_image.member', 'desc')
      .orderBy('release.released_at')
      .orderBy('release.id')
      .execute();
    for (const { image, id, reference } of rows) {
      const references = newest.get(image)?.references ?? new Set();
      references.delete(reference); // a set keeps the place of what it has
      newest.set(image, { id, references: references.add(reference) });
    }
  }
  const found = new Map<number, ReleasedImage>();
  for (const some of splitIntoChunks([...newest])) {
    const answers = await readReleaseAnswers(scope, [...new Set(some.map(([, { id }]) => id))]);
    for (const [image, { id, references }] of some) {
      const release = answers.get(id);
      if (release !== undefined)
        found.set(image, { references: [...references].reverse(), release });
    }
  }
  return found;
}

async function readDeploymentsByImage(
  scope: Scope,
  images: readonly number[],
): Promise<ReadonlyMap<number, readonly DeployedRow[]>> {
  const by = new Map<number, DeployedRow[]>();
  // Each image has its own bound: an image that runs ten thousand times does not hide the others.
  const rows = await readDeployments(scope, images, LIMITS.statusRowsMax);
  for (const row of rows) {
    const list = by.get(row.image) ?? [];
    list.push(row);
    by.set(row.image, list);
  }
  return by;
}
