import type { SetMember } from '../../../capabilities/graph/index.ts';
import { createLookup, type Lookup } from './lookup-cache.ts';
import type { Projection } from './projection.ts';

/** The ids of the lookups of a member: as the set leaves it, and as its version has it. */
interface MemberLookup {
  readonly inSet: number;
  readonly ofVersion: number;
}

/** By identity. */
export type MemberLookups = ReadonlyMap<string, MemberLookup>;

/** Where advisories are looked up for each component, as far as it is known. */
export async function internLookups(
  projection: Projection,
  members: readonly SetMember[],
): Promise<MemberLookups> {
  const { matcher, lookups } = projection;
  const doubtful = matcher.findDoubtful(members.map(({ component }) => component));
  const byKey = new Map<string, Lookup>();
  const found = members.map((member) => {
    const { identity, component } = member;
    const ofVersion = lookups.find(member);
    // mutant doubt-of-a-set-is-clean by not-covered: branch -> ofVersion
    const inSet = doubtful.has(component) ? doubt(ofVersion) : ofVersion;
    byKey.set(ofVersion.key, ofVersion);
    byKey.set(inSet.key, inSet);
    return { identity, inSet: inSet.key, ofVersion: ofVersion.key };
  });
  const ids = await internKeys(projection, byKey);
  const getId = (key: string): number => ids.get(key) ?? 0;
  return new Map(
    found.map(({ identity, inSet, ofVersion }) => [
      identity,
      { inSet: getId(inSet), ofVersion: getId(ofVersion) },
    ]),
  );
}

async function internKeys(
  { connected, shard, ids }: Projection,
  byKey: ReadonlyMap<string, Lookup>,
): Promise<ReadonlyMap<string, number>> {
  const added = await ids.intern('lookup', byKey.keys(), {
    columns: ['label', 'matched'],
    cells: (key) => [byKey.get(key)?.label ?? '', byKey.get(key)?.isMatched === true ? 1 : 0],
  });
  const rows = added.fresh.flatMap((key) =>
    (byKey.get(key)?.ecosystems ?? []).map((one) => [shard, added.ids.get(key) ?? 0, one]),
  );
  await connected.insertRows('lookup_ecosystem', ['shard', 'lookup', 'ecosystem'], rows);
  return added.ids;
}

function doubt({ label, ecosystems }: Lookup): Lookup {
  return createLookup(false, label, ecosystems);
}

/** Of a new set. In one set, members of one lookup are all in doubt or none. */
export async function countLookups(
  { connected, shard }: Projection,
  set: number,
  members: readonly SetMember[],
  lookups: MemberLookups,
): Promise<void> {
  const counts = new Map<number, { readonly ofVersion: number; components: number }>();
  for (const { identity } of members) {
    const { inSet, ofVersion } = lookups.get(identity) ?? { inSet: 0, ofVersion: 0 };
    const counted = counts.get(inSet) ?? { ofVersion, components: 0 };
    counted.components++;
    counts.set(inSet, counted);
  }
  const rows = [...counts].map(([lookup, { ofVersion, components }]) => [
    ...[shard, set, lookup, ofVersion, components],
  ]);
  rows.sort((one, other) => Number(one[2]) - Number(other[2]));
  const columns = ['shard', 'component_set', 'lookup', 'version_lookup', 'components'];
  await connected.insertRows('set_lookup', columns, rows);
}
