import {
  type ComponentSet,
  foldName,
  type Match,
  type MatchSubject,
  type ParsedAdvisory,
  type SetMember,
} from '../../../capabilities/graph/index.ts';
import { formatPurl, type Purl, parsePurl } from '../../../core/purl.ts';
import { type Cell, inOrder } from '../dialects/dialect.ts';
import { formatStated } from '../stated-form.ts';
import { splitIntoChunks } from './chunks.ts';
import { countLookups, internLookups, type MemberLookups } from './project-lookups.ts';
import { addEdge, type Projection } from './projection.ts';

/** The inventory of one image. The set is stored once, and its versions are matched once. */
export async function projectSet(
  projection: Projection,
  set: ComponentSet,
  outcome: 'complete' | 'partial',
): Promise<void> {
  const { ids, subject } = projection;
  if (subject === null) return; // kept as a document: its subject is unknown
  const image = await ids.internOne('image', subject);
  const added = await ids.intern('component_set', [set.digest], {
    columns: ['size'],
    cells: () => [set.members.length],
  });
  const setId = added.ids.get(set.digest) ?? 0;
  if (added.fresh.length > 0) await addMembers(projection, setId, set.members);
  await addEdge(projection, 'image_set', { image, component_set: setId, outcome });
}

const MEMBER_COLUMNS = [
  'shard',
  'component_set',
  'package_version',
  'layer',
  'path',
  'paths',
  'development',
];

async function addMembers(
  projection: Projection,
  set: number,
  members: readonly SetMember[],
): Promise<void> {
  const { connected, shard, ids } = projection;
  const lookups = await internLookups(projection, members);
  const versions = await internVersions(projection, members, lookups);
  const digests = members.flatMap(({ component }) =>
    component.layer === null ? [] : [component.layer],
  );
  const layers = (await ids.intern('layer', digests)).ids;
  const rows = members.map(({ identity, component, path, paths }): readonly Cell[] => [
    shard,
    set,
    versions.get(identity) ?? 0,
    component.layer === null ? null : (layers.get(component.layer) ?? null),
    path,
    paths,
    component.development ? 1 : 0,
  ]);
  rows.sort((one, other) => Number(one[2]) - Number(other[2]));
  await connected.insertRows('set_member', MEMBER_COLUMNS, rows);
  const held = [...layers.values()].sort((one, other) => one - other);
  await connected.insertRows(
    'set_layer',
    ['shard', 'component_set', 'layer'],
    held.map((layer) => [shard, set, layer]),
  );
  await countLookups(projection, set, members, lookups);
}

/**
 * The ids of all versions. New versions are matched against the advisories that this shard knows.
 */
async function internVersions(
  projection: Projection,
  members: readonly SetMember[],
  lookups: MemberLookups,
): Promise<ReadonlyMap<string, number>> {
  const { ids } = projection;
  const known = await ids.lookUp(
    'package_version',
    members.map(({ identity }) => identity),
  );
  const fresh = members.filter(({ identity }) => !known.has(identity));
  if (fresh.length === 0) return known;
  const packages = await internPackages(projection, fresh);
  const byIdentity = new Map(fresh.map((member) => [member.identity, member]));
  const added = await ids.intern('package_version', byIdentity.keys(), {
    columns: ['package', 'purl', 'version', 'source_name', 'source_version', 'lookup'],
    cells: (identity) => [
      ...toVersionCells(byIdentity.get(identity), packages),
      lookups.get(identity)?.ofVersion ?? 0,
    ],
  });
  const versions = new Map([...known, ...added.ids]);
  await matchNewVersions(projection, fresh, versions);
  return versions;
}

function toVersionCells(
  member: SetMember | undefined,
  packages: ReadonlyMap<string, number>,
): readonly Cell[] {
  if (member === undefined) throw new RangeError('a version without a member');
  const { purl, version, source } = member.component;
  return [packages.get(purl) ?? 0, purl, version, source?.name ?? null, source?.version ?? null];
}

/** Package ids by the purls of their versions. */
async function internPackages(
  { ids }: Projection,
  members: readonly SetMember[],
): Promise<ReadonlyMap<string, number>> {
  const baseOf = new Map<string, { readonly base: string; readonly name: string }>();
  for (const { component } of members) baseOf.set(component.purl, parsePackage(component.purl));
  const names = new Map([...baseOf.values()].map(({ base, name }) => [base, name]));
  const added = await ids.intern('package', names.keys(), {
    columns: ['name', 'folded'],
    cells: (base) => [names.get(base) ?? '', foldName(names.get(base) ?? '')],
  });
  return new Map([...baseOf].map(([purl, { base }]) => [purl, added.ids.get(base) ?? 0]));
}

/**
 * What versions of one package have in common: the purl without version, qualifiers and subpath,
 * and the folded name.
 */
export function parsePackage(purl: Purl): { readonly base: string; readonly name: string } {
  const parts = parsePurl(purl);
  if (!parts.ok) throw parts.failure;
  const { type, namespace, name } = parts.value;
  const base = formatPurl({ type, namespace, name, version: null, qualifiers: {}, subpath: null });
  return { base, name: name.toLowerCase() };
}

async function matchNewVersions(
  projection: Projection,
  fresh: readonly SetMember[],
  versions: ReadonlyMap<string, number>,
): Promise<void> {
  const { connected, shard, ids, matcher } = projection;
  const subjects = fresh.map(({ identity, component }) => {
    const subject: MatchSubject = { purl: component.purl, source: component.source };
    return {
      subject,
      version: versions.get(identity) ?? 0,
      keys: matcher.listKeys(subject).map(formatMatchKey),
    };
  });
  const keyIds = (
    await ids.intern(
      'match_key',
      subjects.flatMap(({ keys }) => keys),
    )
  ).ids;
  const rows = subjects.flatMap(({ version, keys }) =>
    keys.map((key) => [shard, keyIds.get(key) ?? 0, version]),
  );
  await connected.insertRows('version_key', ['shard', 'match_key', 'package_version'], rows, true);
  const advisories = await readAdvisories(projection, [...keyIds.keys()]);
  if (advisories.size === 0) return;
  const affected = subjects.flatMap(({ subject, version, keys }) =>
    [...collectReadings(keys, advisories)].flatMap(([vulnerability, reading]) => {
      const match = matcher.match(subject, reading);
      return match === null ? [] : [toAffectedRow(projection, vulnerability, version, match)];
    }),
  );
  await connected.insertRows('affected', AFFECTED_COLUMNS, sortRows(affected));
}

/** An advisory may name a version under several of its keys. It is matched once. */
function collectReadings(
  keys: readonly string[],
  advisories: ReadonlyMap<string, readonly BelievedAdvisory[]>,
): ReadonlyMap<number, ParsedAdvisory> {
  const found = new Map<number, ParsedAdvisory>();
  for (const key of keys)
    for (const { vulnerability, reading } of advisories.get(key) ?? [])
      found.set(vulnerability, reading);
  return found;
}

export const AFFECTED_COLUMNS = [
  'shard',
  'vulnerability',
  'package_version',
  'status',
  'rule',
  'fixed',
  'stated',
  'known_from',
];

/**
 * The valid time of `affected` is open on both sides: a version has a flaw from its creation. A
 * correction that it never had the flaw ends the belief, not the fact.
 */
export function toAffectedRow(
  { shard, position }: Projection,
  vulnerability: number,
  version: number,
  match: Match,
): readonly Cell[] {
  return [
    shard,
    vulnerability,
    version,
    match.status,
    match.rule,
    JSON.stringify(match.fixed),
    formatStated(match.stated),
    position,
  ];
}

export function sortRows(rows: (readonly Cell[])[]): readonly (readonly Cell[])[] {
  return rows.sort(
    (one, other) => Number(one[1]) - Number(other[1]) || Number(one[2]) - Number(other[2]),
  );
}

export function formatMatchKey({
  ecosystem,
  name,
}: {
  readonly ecosystem: string;
  readonly name: string;
}): string {
  return `${ecosystem}/${name}`;
}

interface BelievedAdvisory {
  readonly vulnerability: number;
  readonly reading: ParsedAdvisory;
}

/**
 * The advisories that this shard believes and that are not withdrawn, by the keys that they name.
 */
async function readAdvisories(
  projection: Projection,
  keys: readonly string[],
): Promise<ReadonlyMap<string, readonly BelievedAdvisory[]>> {
  const { connected, shard, readings } = projection;
  const byKey = new Map<string, BelievedAdvisory[]>();
  for (const some of splitIntoChunks(keys)) {
    const rows = await connected.db
      .selectFrom('advisory_package as named')
      // in this order: from the keys to the believed advisories
      .innerJoin('advisory', inOrder)
      .innerJoin('advisory_belief as belief', inOrder)
      .select(['named.key', 'named.advisory', 'belief.vulnerability'])
      .where('named.key', 'in', some)
      .whereRef('advisory.id', '=', 'named.advisory')
      .where('advisory.withdrawn', 'is', null)
      .where('belief.shard', '=', shard)
      .whereRef('belief.advisory', '=', 'named.advisory')
      .where('belief.known_to', 'is', null)
      .execute();
    const read = await readings.load([...new Set(rows.map((row) => row.advisory))]);
    for (const { key, advisory, vulnerability } of rows) {
      const reading = read.get(advisory);
      if (reading === undefined) continue;
      const believed = byKey.get(key) ?? [];
      believed.push({ vulnerability, reading });
      byKey.set(key, believed);
    }
  }
  return byKey;
}
