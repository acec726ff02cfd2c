import type { Subject } from '../../../capabilities/graph/index.ts';
import { Failure } from '../../../core/failure.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import type { Cause, CauseFilter } from './blast-cause.ts';
import { readImageSets } from './findings.ts';
import { readDigests } from './kin.ts';
import type { Scope } from './scope.ts';
import { resolveSubject } from './subject.ts';
import { explainGaps } from './unknown-exposure.ts';

/**
 * What is built on an image: what has all its layers, as far as SBOMs name the layers of
 * components. A layer without a component is not seen, so an image with the same components counts
 * too.
 */
export async function createBaseCause(scope: Scope, base: Subject): Promise<Cause> {
  const { all } = await resolveSubject(scope, base);
  const sets = await readImageSets(scope, all);
  const bases = await listLayers(
    scope,
    sets.map((set) => set.component_set),
  );
  // mutant base-without-layers by blast-radius: condition -> false
  if (bases.length === 0)
    throw new Failure(
      'FACT_UNKNOWN',
      'no SBOM of this image says in which layers its components are',
      'Import an SBOM that does: waybill sbom IMAGE writes one.',
    );
  const own = new Set(all);
  return {
    matched: [...(await readDigests(scope, all)).values()].flat(),
    matchedMore: false,
    listImages: async (wanted) => {
      const images = new Set<number>();
      // mutant image-that-is-its-own-base by blast-radius: condition -> true
      for (const layers of bases)
        for (const image of await listHolders(scope, layers, wanted))
          if (!own.has(image)) images.add(image);
      return [...images].slice(0, wanted.limit);
    },
    listReleases: async () => [],
    selectUnknown: async (releases) => {
      const open = new Set((await explainGaps(scope, releases)).keys());
      for (const id of await selectLayerless(scope, releases)) open.add(id);
      return [...open];
    },
  };
}

/** The layers of each inventory; one that names no layer is left out. */
async function listLayers(
  { db, shard }: Scope,
  sets: readonly number[],
): Promise<readonly (readonly number[])[]> {
  const found: (readonly number[])[] = [];
  for (const set of new Set(sets)) {
    const rows = await db
      .selectFrom('set_layer')
      .select('layer')
      .where('shard', '=', shard)
      .where('component_set', '=', set)
      .execute();
    if (rows.length > 0) found.push(rows.map(({ layer }) => layer));
  }
  return found;
}

/** The images whose inventory is in all of these layers, and maybe in others. */
async function listHolders(
  { db, shard, known }: Scope,
  layers: readonly number[],
  { among, limit }: CauseFilter,
): Promise<readonly number[]> {
  // mutant base-by-one-shared-layer by blast-radius: remove call
  const holding = db
    .selectFrom('set_layer')
    .select('component_set')
    .where('shard', '=', shard)
    .where('layer', 'in', layers)
    .groupBy('component_set')
    .having(({ fn }) => fn.countAll<number>(), '=', layers.length);
  const rows = await db
    .selectFrom('image_set')
    .select('image')
    .distinct()
    .where('shard', '=', shard)
    .where('component_set', 'in', holding)
    .where('known_from', '<=', known)
    .$if(among !== null, (query) => query.where('image', 'in', among ?? []))
    .limit(limit)
    .execute();
  return rows.map(({ image }) => image);
}

/** Releases with an inventory that names no layer. */
async function selectLayerless(
  { db, shard, known }: Scope,
  releases: readonly number[],
): Promise<readonly number[]> {
  const found = new Set<number>();
  for (const some of splitIntoChunks(releases)) {
    const rows = await db
      .selectFrom('release_image')
      .innerJoin('image_set', (on) =>
        on
          .onRef('image_set.shard', '=', 'release_image.shard')
          .onRef('image_set.image', '=', 'release_image.image'),
      )
      .leftJoin('set_layer', (on) =>
        on
          .onRef('set_layer.shard', '=', 'image_set.shard')
          .onRef('set_layer.component_set', '=', 'image_set.component_set'),
      )
      .select('release_image.release')
      .distinct()
      .where('release_image.shard', '=', shard)
      .where('release_image.release', 'in', some)
      .where('image_set.known_from', '<=', known)
      .where('set_layer.layer', 'is', null)
      .execute();
    for (const { release } of rows) found.add(release);
  }
  return [...found];
}
