import type { ComponentAnswer, EvidenceAnswer } from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Purl } from '../../../core/purl.ts';
import { inOrder } from '../dialects/dialect.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { readEdgeEvidence } from './evidence.ts';
import type { Scope } from './scope.ts';
import { isSignedEdge } from './signatures.ts';

export async function selectHolders(
  scope: Scope,
  versions: readonly number[],
  releases: readonly number[],
): Promise<readonly number[]> {
  if (releases.length === 0 || versions.length === 0) return [];
  const rows = await queryHeldMembers(scope, releases, versions)
    .select('release_image.release')
    .distinct()
    .execute();
  return rows.map(({ release }) => release);
}

/** The members of these releases that are one of the versions. Each is found by its primary key. */
function queryHeldMembers(scope: Scope, releases: readonly number[], versions: readonly number[]) {
  const { db, shard, known } = scope;
  return db
    .selectFrom('release_image')
    .innerJoin('image_set', inOrder)
    .innerJoin('set_member', inOrder)
    .where('release_image.shard', '=', shard)
    .where('release_image.release', 'in', releases)
    .where('release_image.known_from', '<=', known)
    .whereRef('image_set.shard', '=', 'release_image.shard')
    .whereRef('image_set.image', '=', 'release_image.image')
    .where('image_set.known_from', '<=', known)
    .whereRef('set_member.shard', '=', 'release_image.shard')
    .whereRef('set_member.component_set', '=', 'image_set.component_set')
    .where('set_member.package_version', 'in', versions)
    .$if(scope.ask.signedBy !== null, (query) =>
      query.where((row) => isSignedEdge(scope, row, 'image_set')),
    );
}

export interface HoldingImage {
  readonly release: number;
  readonly image: number;
  readonly digest: Digest;
}

async function queryHoldingImages(
  scope: Scope,
  releases: readonly number[],
  versions: readonly number[],
) {
  return queryHeldMembers(scope, releases, versions)
    .innerJoin('image', (on) =>
      on
        .onRef('image.shard', '=', 'release_image.shard')
        .onRef('image.id', '=', 'release_image.image'),
    )
    .select(['release_image.release', 'release_image.image', 'image.digest'])
    .distinct()
    .execute();
}

/**
 * All images of these releases that contain one of the versions: the images of the components,
 * unless some components are not shown.
 */
export async function readHoldingImages(
  scope: Scope,
  held: ReleaseComponents,
  releases: readonly number[],
  versions: readonly number[],
): Promise<readonly HoldingImage[]> {
  if (held.isCut) {
    const rows = await queryHoldingImages(scope, releases, versions);
    return rows.map((row) => ({ ...row, digest: row.digest as Digest }));
  }
  return [
    ...new Map(
      held.images.map((holding) => [`${holding.release} ${holding.image}`, holding]),
    ).values(),
  ];
}

export interface HeldComponents {
  readonly components: readonly (ComponentAnswer & { readonly version: number })[];
  /** There are more than LIMITS.releaseComponentsMax. */
  readonly more: boolean;
}

export interface ReleaseComponents {
  find(release: number): HeldComponents;
  /** The images of the components that are shown. If `isCut`, there may be others. */
  readonly images: readonly HoldingImage[];
  readonly isCut: boolean;
}

const NONE_HELD: HeldComponents = { components: [], more: false };

/** Where in each release the versions are. A release with very many does not reduce the others. */
export async function readComponents(
  scope: Scope,
  releases: readonly number[],
  versions: readonly number[],
): Promise<ReleaseComponents> {
  const found = new Map<number, HeldComponents>();
  if (releases.length === 0 || versions.length === 0)
    return { find: () => NONE_HELD, images: [], isCut: false };
  const shown = LIMITS.releaseComponentsMax;
  const limit = releases.length * (shown + 1);
  let rows = await queryHeldRows(scope, releases, versions, limit);
  if (rows.length === limit && releases.length > 1) {
    rows = [];
    for (const release of releases)
      rows.push(...(await queryHeldRows(scope, [release], versions, shown + 1)));
  }
  const said = await readInventoryEvidence(scope, rows);
  for (const row of rows) {
    const { components } = found.get(row.release) ?? NONE_HELD;
    const layer = row.layer_digest as Digest | null;
    const component = {
      purl: row.purl as Purl,
      image: row.image_digest as Digest,
      layer,
      path: row.path,
    };
    const more = components.length === shown;
    const version = row.package_version;
    const evidence = said.get(`${row.image} ${version}`) ?? [];
    found.set(row.release, {
      components: more ? components : [...components, { ...component, version, evidence }],
      more,
    });
  }
  const images = rows.map((row) => ({
    release: row.release,
    image: row.image,
    digest: row.image_digest as Digest,
  }));
  const isCut = [...found.values()].some(({ more }) => more);
  return { find: (release) => found.get(release) ?? NONE_HELD, images, isCut };
}

/** The SBOMs that contain each version, by image and version. */
async function readInventoryEvidence(
  scope: Scope,
  rows: readonly { readonly image: number; readonly package_version: number }[],
): Promise<ReadonlyMap<string, readonly EvidenceAnswer[]>> {
  const versions = [...new Set(rows.map((row) => row.package_version))];
  const holding: {
    readonly id: number;
    readonly image: number;
    readonly package_version: number;
  }[] = [];
  for (const images of splitIntoChunks([...new Set(rows.map(({ image }) => image))])) {
    for (const some of splitIntoChunks(versions)) {
      const held = await scope.db
        .selectFrom('image_set')
        .innerJoin('set_member', inOrder)
        .select(['image_set.id', 'image_set.image', 'set_member.package_version'])
        .where('image_set.shard', '=', scope.shard)
        .where('image_set.image', 'in', images)
        .where('image_set.known_from', '<=', scope.known)
        .whereRef('set_member.shard', '=', 'image_set.shard')
        .whereRef('set_member.component_set', '=', 'image_set.component_set')
        .where('set_member.package_version', 'in', some)
        .execute();
      holding.push(...held);
    }
  }
  const said = await readEdgeEvidence(
    scope,
    'image_set',
    holding.map(({ id }) => id),
  );
  const found = new Map<string, EvidenceAnswer[]>();
  for (const { id, image, package_version: version } of holding) {
    const all = [...(found.get(`${image} ${version}`) ?? []), ...(said.get(id) ?? [])];
    const once = [...new Map(all.map((one) => [one.document, one])).values()];
    found.set(`${image} ${version}`, once.slice(0, LIMITS.rowEvidenceMax));
  }
  return found;
}

/** SBOMs of one image that agree on the version but on nothing else give one row each. */
async function queryHeldRows(
  scope: Scope,
  releases: readonly number[],
  versions: readonly number[],
  limit: number,
) {
  return queryHeldMembers(scope, releases, versions)
    .innerJoin('package_version', (on) =>
      on
        .onRef('package_version.shard', '=', 'release_image.shard')
        .onRef('package_version.id', '=', 'set_member.package_version'),
    )
    .innerJoin('image', (on) =>
      on.onRef('image.shard', '=', 'release_image.shard').onRef('image.id', '=', 'image_set.image'),
    )
    .leftJoin('layer', (on) =>
      on
        .onRef('layer.shard', '=', 'release_image.shard')
        .onRef('layer.id', '=', 'set_member.layer'),
    )
    .select([
      'release_image.release',
      'release_image.image',
      'set_member.package_version',
      'set_member.path',
    ])
    .select([
      'package_version.purl',
      'image.digest as image_digest',
      'layer.digest as layer_digest',
    ])
    .distinct()
    .limit(limit)
    .execute();
}
