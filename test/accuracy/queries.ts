import { findScheme } from '../../src/capabilities/advisories/address.ts';
import { type AdvisoryCollection, judge } from './advisory-collection.ts';
import { NAMED_EXTRAS } from './named-extras.ts';
import type { Score } from './score.ts';

/** What OSV answered for one version of a package. */
export interface PackageQuery {
  readonly ecosystem: string;
  readonly name: string;
  readonly version: string;
  readonly ids: readonly string[];
}

/**
 * An advisory that our data lacks cannot be missed. One that was published after the answers were
 * recorded is not extra: the newest that an answer names shows when that was.
 */
export async function measureQueries(
  queries: readonly PackageQuery[],
  collection: AdvisoryCollection,
): Promise<readonly Score[]> {
  const families = Map.groupBy(queries, ({ ecosystem }) => ecosystem.split(':')[0] ?? '');
  const scores: Score[] = [];
  for (const [ecosystem, asked] of [...families].sort()) {
    const compared = await Promise.all(asked.map((query) => compare(query, collection)));
    scores.push({
      ecosystem,
      asked: asked.length,
      isMatched: asked.some((query) => findScheme(query.ecosystem) !== null),
      found: compared.reduce((sum, { found }) => sum + found, 0),
      missed: compared.flatMap(({ missed }) => missed),
      extra: compared.flatMap(({ extra }) => extra),
      named: compared.flatMap(({ named }) => named),
    });
  }
  return scores;
}

async function compare(query: PackageQuery, collection: AdvisoryCollection) {
  const { ecosystem, name, version, ids } = query;
  const known = await collection.find(ecosystem, name);
  const affecting = known.filter(
    (advisory) => judge(advisory, { ecosystem, name }, version) === 'affected',
  );
  const expected = known.filter(({ id }) => ids.includes(id));
  const newest = Math.max(0, ...expected.map(({ published }) => published ?? 0));
  const describe = (id: string): string => `${ecosystem} ${name} ${version} ${id}`;
  const missed = expected.filter((advisory) => !affecting.includes(advisory));
  const extra = affecting.filter(
    ({ id, published }) => !ids.includes(id) && (published ?? 0) <= newest,
  );
  return {
    found: expected.length - missed.length,
    missed: missed.map(({ id }) => describe(id)),
    extra: extra.filter(({ id }) => !NAMED_EXTRAS.has(id)).map(({ id }) => describe(id)),
    named: extra.filter(({ id }) => NAMED_EXTRAS.has(id)).map(({ id }) => describe(id)),
  };
}
