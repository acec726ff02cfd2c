import type { AffectedMatcher, Question } from '../../../capabilities/graph/index.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { createBaseCause } from './blast-base.ts';
import type { Cause } from './blast-cause.ts';
import { createBuilderCause, createCommitCause, createPersonCause } from './blast-origins.ts';
import { createSignerCause } from './blast-signers.ts';
import { matchVersions } from './packages.ts';
import type { Scope } from './scope.ts';
import { explainGaps } from './unknown-exposure.ts';

/** What the question is about: exactly one thing. UNKNOWN_NAME where nothing is called so. */
export async function findCause(
  scope: Scope,
  question: Question<'blast-radius'>,
  matcher: AffectedMatcher,
): Promise<Cause> {
  const { component, base, builder, signer, key, commit, person } = question;
  const given = [component, base, builder, signer, key, commit, person].filter(
    (one) => one !== null && one !== undefined,
  );
  // mutant blast-radius-of-two-causes by blast-radius: condition -> false
  if (given.length !== 1)
    throw new Failure(
      'USAGE',
      `the question is about ${given.length} things`,
      'Give one of component, base, builder, signer, key, commit and person.',
    );
  if (component != null) return createComponentCause(scope, component, matcher);
  if (base != null) return createBaseCause(scope, base);
  if (builder != null) return createBuilderCause(scope, builder);
  if (commit != null) return createCommitCause(scope, commit);
  if (person != null) return createPersonCause(scope, person);
  return signer != null
    ? createSignerCause(scope, 'identity', signer)
    : createSignerCause(scope, 'thumbprint', key ?? '');
}

async function createComponentCause(
  scope: Scope,
  component: NonNullable<Question<'blast-radius'>['component']>,
  matcher: AffectedMatcher,
): Promise<Cause> {
  const found = await matchVersions(scope, component, matcher);
  const { db, shard, known } = scope;
  return {
    matched: found.packages.slice(0, LIMITS.notComparedMax),
    matchedMore: found.more || found.packages.length > LIMITS.notComparedMax,
    listImages: async ({ among, limit }) => {
      const images = new Set<number>();
      for (const some of splitIntoChunks(found.versions)) {
        const rows = await db
          .selectFrom('set_member')
          .innerJoin('image_set', (on) =>
            on
              .onRef('image_set.shard', '=', 'set_member.shard')
              .onRef('image_set.component_set', '=', 'set_member.component_set'),
          )
          .select('image_set.image')
          .distinct()
          .where('set_member.shard', '=', shard)
          .where('set_member.package_version', 'in', some)
          .where('image_set.known_from', '<=', known)
          .$if(among !== null, (query) => query.where('image_set.image', 'in', among ?? []))
          .limit(limit)
          .execute();
        for (const { image } of rows) images.add(image);
        if (images.size >= limit) break;
      }
      return [...images];
    },
    listReleases: async () => [],
    selectUnknown: async (releases) => {
      const open = await explainGaps(scope, releases);
      // A version that could not be compared with the range may be meant.
      return found.unclear.length > 0 ? releases : [...open.keys()];
    },
  };
}
