import { dateOldest } from '../../../capabilities/advisories/index.ts';
import type { Findings, FindingsCoverage } from '../../../capabilities/graph/index.ts';
import { LIMITS } from '../../../core/limits.ts';
import { countRejected, explainOpen, type JudgedLookup, Lookups } from './feed-coverage.ts';
import { readLookedUp, readSetLookups, type SetLookup } from './not-covered.ts';
import type { Scope } from './scope.ts';

type CoverageAnswer = Pick<
  Findings,
  'notCovered' | 'notCoveredMore' | 'coverage' | 'updatedAt' | 'rejected'
>;

/** Which components of these sets can be judged, and how old the data is. */
export async function describeCoverage(
  scope: Scope,
  sets: readonly number[],
): Promise<CoverageAnswer> {
  const places = await readSetLookups(scope, sets);
  const lookups = new Lookups(scope);
  const judged = await lookups.judge(places.map(({ lookup }) => lookup));
  const open = places.filter(({ lookup }) => isOpen(judged.get(lookup)));
  const { purls, more } = await readLookedUp(scope, open);
  const coverage = listCoverage(places, judged);
  return {
    notCovered: purls,
    notCoveredMore: more || coverage.length > LIMITS.notCoveredMax,
    coverage: coverage.slice(0, LIMITS.notCoveredMax),
    updatedAt: lookups.date(places.map(({ lookup }) => lookup)),
    rejected: await countRejected(scope),
  };
}

function isOpen(lookup: JudgedLookup | undefined): boolean {
  return lookup === undefined || explainOpen(lookup, null) !== null;
}

function listCoverage(
  places: readonly SetLookup[],
  judged: ReadonlyMap<number, JudgedLookup>,
): readonly FindingsCoverage[] {
  const rows = [...Map.groupBy(places, ({ lookup }) => lookup)].flatMap(
    ([id, counted]): FindingsCoverage[] => {
      const lookup = judged.get(id);
      if (lookup === undefined) return [];
      return [
        {
          ecosystem: lookup.label,
          components: counted.reduce((sum, { components }) => sum + components, 0),
          reason: explainOpen(lookup, null),
          updatedAt: dateOldest(lookup.feeds),
          feeds: [...new Set(lookup.feeds.map(({ feed }) => feed))],
        },
      ];
    },
  );
  const rank = ({ reason }: FindingsCoverage): number => (reason === null ? 1 : 0);
  return rows.sort(
    (one, other) =>
      rank(one) - rank(other) ||
      other.components - one.components ||
      (one.ecosystem < other.ecosystem ? -1 : 1),
  );
}
