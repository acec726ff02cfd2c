import type {
  AffectedMatcher,
  MatchSubject,
  SetMember,
} from '../../../capabilities/graph/index.ts';
import type { Projection } from './projection.ts';

/** The id of the lookup of each member of a set, by identity. */
export type MemberLookups = ReadonlyMap<string, number>;

interface Lookup {
  readonly key: string;
  readonly label: string;
  readonly isMatched: boolean;
  readonly ecosystems: readonly string[];
}

/** Where advisories are looked up for each component, as far as it is known. */
export async function internLookups(
  { connected, shard, ids, matcher }: Projection,
  members: readonly SetMember[],
): Promise<MemberLookups> {
  const byKey = new Map<string, Lookup>();
  const keys = new Map<string, string>();
  for (const { identity, component } of members) {
    const lookup = findLookup(matcher, component);
    byKey.set(lookup.key, lookup);
    keys.set(identity, lookup.key);
  }
  const added = await ids.intern('lookup', byKey.keys(), {
    columns: ['label', 'matched'],
    cells: (key) => [byKey.get(key)?.label ?? '', byKey.get(key)?.isMatched === true ? 1 : 0],
  });
  const rows = added.fresh.flatMap((key) =>
    (byKey.get(key)?.ecosystems ?? []).map((one) => [shard, added.ids.get(key) ?? 0, one]),
  );
  await connected.insertRows('lookup_ecosystem', ['shard', 'lookup', 'ecosystem'], rows);
  return new Map([...keys].map(([identity, key]) => [identity, added.ids.get(key) ?? 0]));
}

function findLookup(matcher: AffectedMatcher, subject: MatchSubject): Lookup {
  const named = matcher.listKeys(subject).map(({ ecosystem }) => ecosystem);
  const isMatched = named.length > 0;
  const { label, ecosystems } = isMatched
    ? { label: named[0] ?? '', ecosystems: named.length < 2 ? named : [...new Set(named)] }
    : matcher.describeUnmatched(subject);
  const key = [isMatched ? 'matched' : 'unmatched', label, ...ecosystems].join('\n');
  return { key, label, isMatched, ecosystems };
}

/** Of a new set. */
export async function countLookups(
  { connected, shard }: Projection,
  set: number,
  members: readonly SetMember[],
  lookups: MemberLookups,
): Promise<void> {
  const counts = new Map<number, number>();
  for (const { identity } of members) {
    const lookup = lookups.get(identity) ?? 0;
    counts.set(lookup, (counts.get(lookup) ?? 0) + 1);
  }
  const rows = [...counts].map(([lookup, components]) => [shard, set, lookup, components]);
  rows.sort((one, other) => Number(one[2]) - Number(other[2]));
  const columns = ['shard', 'component_set', 'lookup', 'components'];
  await connected.insertRows('set_lookup', columns, rows);
}
