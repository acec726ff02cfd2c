import type { Difference } from '../../../capabilities/graph/index.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { inOrder } from '../dialects/dialect.ts';
import { toChange } from './diff-change.ts';
import { readImageSets } from './findings.ts';
import type { Scope } from './scope.ts';

/** The components that only the images of one side have, by package. */
export async function diffComponents(
  scope: Scope,
  before: readonly number[],
  after: readonly number[],
): Promise<readonly Difference[]> {
  const [old, now] = [await listSets(scope, before), await listSets(scope, after)];
  const gone = groupByPackage(await queryOnly(scope, old, now));
  const come = groupByPackage(await queryOnly(scope, now, old));
  return [...new Set([...gone.keys(), ...come.keys()])].flatMap((name) =>
    pairVersions(gone.get(name) ?? [], come.get(name) ?? []).map(([from, to]) => ({
      ...{ what: 'component', name, severity: null },
      ...toChange(from, to),
    })),
  );
}

async function listSets(scope: Scope, images: readonly number[]): Promise<readonly number[]> {
  const sets = await readImageSets(scope, images);
  return [...new Set(sets.map((set) => set.component_set))];
}

type Member = Awaited<ReturnType<typeof queryOnly>>[number];

function groupByPackage(members: readonly Member[]): ReadonlyMap<string, readonly Member[]> {
  return Map.groupBy(members, ({ package_purl: purl }) => purl);
}

/**
 * Of several versions it is unknown which took the place of which. Where only the qualifiers are
 * others, the whole package URL is shown.
 */
function pairVersions(
  gone: readonly Member[],
  come: readonly Member[],
): readonly (readonly [string | null, string | null])[] {
  const [from, to] = [gone[0], come[0]];
  if (from === undefined || to === undefined || gone.length > 1 || come.length > 1)
    return [
      ...gone.map(({ version }) => [version, null] as const),
      ...come.map(({ version }) => [null, version] as const),
    ];
  return from.version === to.version ? [[from.purl, to.purl]] : [[from.version, to.version]];
}

/** The versions in one of the first sets and in none of the others. */
async function queryOnly(scope: Scope, sets: readonly number[], others: readonly number[]) {
  const { db, shard } = scope;
  if (sets.length === 0) return [];
  const rows = await db
    .selectFrom('set_member')
    // in this order: from the members to their names
    .innerJoin('package_version', inOrder)
    .innerJoin('package', inOrder)
    .select(['package_version.version', 'package_version.purl', 'package.purl as package_purl'])
    .distinct()
    .where('set_member.shard', '=', shard)
    .where('set_member.component_set', 'in', sets)
    .$if(others.length > 0, (query) =>
      query.where((row) =>
        row.not(
          row.exists(
            row
              .selectFrom('set_member as other')
              .select('other.package_version')
              .where('other.shard', '=', shard)
              .where('other.component_set', 'in', others)
              .whereRef('other.package_version', '=', 'set_member.package_version'),
          ),
        ),
      ),
    )
    .whereRef('package_version.shard', '=', 'set_member.shard')
    .whereRef('package_version.id', '=', 'set_member.package_version')
    .whereRef('package.shard', '=', 'set_member.shard')
    .whereRef('package.id', '=', 'package_version.package')
    .limit(LIMITS.questionVersionsMax + 1)
    .execute();
  if (rows.length <= LIMITS.questionVersionsMax) return rows;
  throw new Failure(
    'LIMIT_EXCEEDED',
    `more than ${LIMITS.questionVersionsMax} components are different`,
    'Ask about one image of each.',
  );
}
