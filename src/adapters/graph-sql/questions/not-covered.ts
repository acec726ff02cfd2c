import { LIMITS } from '../../../core/limits.ts';
import type { Purl } from '../../../core/purl.ts';
import { inOrder } from '../dialects/dialect.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import type { Scope } from './scope.ts';
import { isSignedEdge } from './signatures.ts';

/** How many components of a set are looked up in one place. */
export interface SetLookup {
  readonly set: number;
  readonly lookup: number;
  /** The lookup of the versions of these components. */
  readonly versions: number;
  readonly components: number;
}

export interface UncoveredComponents {
  /** In the order of their package URLs. */
  readonly purls: readonly Purl[];
  readonly more: boolean;
}

/** The components of these sets that are looked up in one of these places. */
export async function readLookedUp(
  scope: Scope,
  open: readonly SetLookup[],
  rowsMax: number = LIMITS.notCoveredMax,
): Promise<UncoveredComponents> {
  const found = new Set<string>();
  for (const [set, places] of Map.groupBy(open, (one) => one.set)) {
    const lookups = places.map(({ versions }) => versions);
    for (const purl of await readMembers(scope, set, lookups, rowsMax + 1)) found.add(purl);
    if (found.size > rowsMax) break;
  }
  const purls = [...found].slice(0, rowsMax).sort() as Purl[];
  return { purls, more: found.size > rowsMax };
}

/** In the order of their ids: it ends with the first that are enough. */
async function readMembers(
  { db, shard }: Scope,
  set: number,
  lookups: readonly number[],
  rowsMax: number,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('set_member')
    .innerJoin('package_version', inOrder)
    .select('package_version.purl')
    .where('set_member.shard', '=', shard)
    .where('set_member.component_set', '=', set)
    .whereRef('package_version.shard', '=', 'set_member.shard')
    .whereRef('package_version.id', '=', 'set_member.package_version')
    .where('package_version.lookup', 'in', lookups)
    .orderBy('set_member.package_version')
    .limit(rowsMax)
    .execute();
  return rows.map(({ purl }) => purl);
}

export async function readSetLookups(
  { db, shard }: Scope,
  sets: readonly number[],
): Promise<readonly SetLookup[]> {
  const found: SetLookup[] = [];
  for (const some of splitIntoChunks(sets)) {
    const rows = await db
      .selectFrom('set_lookup')
      .select(['component_set as set', 'lookup', 'version_lookup as versions', 'components'])
      .where('shard', '=', shard)
      .where('component_set', 'in', some)
      .execute();
    found.push(...rows);
  }
  return found;
}

/** Of the inventories of each release. */
export async function readReleaseLookups(
  scope: Scope,
  releases: readonly number[],
): Promise<ReadonlyMap<number, readonly SetLookup[]>> {
  const { db, shard, known } = scope;
  if (releases.length === 0) return new Map();
  const rows = await db
    .selectFrom('release_image')
    .innerJoin('image_set', inOrder)
    .innerJoin('set_lookup', inOrder)
    .select(['release_image.release', 'set_lookup.component_set as set'])
    .select(['set_lookup.lookup', 'set_lookup.version_lookup as versions', 'set_lookup.components'])
    .distinct()
    .where('release_image.shard', '=', shard)
    .where('release_image.release', 'in', releases)
    .where('release_image.known_from', '<=', known)
    .whereRef('image_set.shard', '=', 'release_image.shard')
    .whereRef('image_set.image', '=', 'release_image.image')
    .where('image_set.known_from', '<=', known)
    .whereRef('set_lookup.shard', '=', 'release_image.shard')
    .whereRef('set_lookup.component_set', '=', 'image_set.component_set')
    .$if(scope.ask.signedBy !== null, (query) =>
      query.where((row) => isSignedEdge(scope, row, 'image_set')),
    )
    .execute();
  const found = new Map<number, SetLookup[]>();
  for (const { release, ...place } of rows) {
    const places = found.get(release) ?? [];
    places.push(place);
    found.set(release, places);
  }
  return found;
}
