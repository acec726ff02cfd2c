import {
  type AliasGroup,
  type AliasStatement,
  groupAliases,
} from '../../../capabilities/advisories/index.ts';
import { inOrder } from '../dialects/dialect.ts';
import { splitIntoChunks } from './chunks.ts';
import { addProblem, type Projection } from './projection.ts';

/** What a document changes in what is said of names. */
export interface AliasChanges {
  readonly touched: Set<string>;
  /** Names that this document is the first to give: nothing was said of them before. */
  readonly fresh: Set<string>;
  /** Of the advisories of this document that are believed and stand. */
  readonly statements: AliasStatement[];
}

/**
 * Makes the groups around the touched names anew, from the advisories that stand: a group that one
 * advisory held together falls apart when that advisory is withdrawn.
 */
export async function projectAliases(
  projection: Projection,
  { touched, fresh, statements }: AliasChanges,
): Promise<void> {
  if (touched.size === 0) return;
  // A name that an advisory gave earlier was made known with it: of others nothing is stored.
  const former = [...touched].filter((name) => !fresh.has(name));
  const known = await projection.ids.lookUp('vulnerability', former);
  const earlier = new Set(known.keys());
  const current = await readCurrentGroups(projection, earlier);
  const stored = await readStatements(projection, [...new Set([...earlier, ...current.keys()])]);
  // A name alone is no group, and one that others give as an alias is found by theirs.
  const linked = statements.filter(({ aliases }) => aliases.length > 0);
  const groups = groupAliases(uniteStatements([...stored, ...linked])).filter(
    ({ names }) => names.length > 1,
  );
  const all = groups.flatMap((group) => group.names);
  const { ids } = await projection.ids.intern('vulnerability', [...all, ...current.keys()]);
  const wanted = new Map(
    groups.flatMap((group) => group.names.map((name) => [name, group.names[0] ?? name] as const)),
  );
  const ended = [...current]
    .filter(([name, held]) => held !== wanted.get(name))
    .map(([name]) => ids.get(name) ?? 0);
  await endMemberships(projection, ended);
  const added = [...wanted].filter(([name, group]) => current.get(name) !== group);
  const { connected, shard, position } = projection;
  const rows = added.map(([name, group]) => [
    shard,
    ids.get(name) ?? 0,
    ids.get(group) ?? 0,
    position,
  ]);
  rows.sort((one, other) => Number(one[1]) - Number(other[1]));
  await connected.insertRows(
    'alias_member',
    ['shard', 'vulnerability', 'alias_group', 'known_from'],
    rows,
  );
  await reportConflicts(projection, groups, (name) => touched.has(name) || current.has(name));
}

/** The members of every group that a touched name is in: name -> the group's first name. */
async function readCurrentGroups(
  { connected, shard }: Projection,
  touched: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const members = new Map<string, string>();
  for (const some of splitIntoChunks([...touched])) {
    const rows = await connected.db
      .selectFrom('vulnerability as asked')
      .innerJoin('alias_member as mine', (on) =>
        on.onRef('mine.shard', '=', 'asked.shard').onRef('mine.vulnerability', '=', 'asked.id'),
      )
      .innerJoin('alias_member as other', (on) =>
        on
          .onRef('other.shard', '=', 'asked.shard')
          .onRef('other.alias_group', '=', 'mine.alias_group'),
      )
      .innerJoin('vulnerability as named', (on) =>
        on.onRef('named.shard', '=', 'asked.shard').onRef('named.id', '=', 'other.vulnerability'),
      )
      .innerJoin('vulnerability as first', (on) =>
        on.onRef('first.shard', '=', 'asked.shard').onRef('first.id', '=', 'other.alias_group'),
      )
      .select(['named.name', 'first.name as group'])
      .where('asked.shard', '=', shard)
      .where('asked.name', 'in', some)
      .where('mine.known_to', 'is', null)
      .where('other.known_to', 'is', null)
      .execute();
    for (const { name, group } of rows) members.set(name, group);
  }
  return members;
}

/** What the advisories that stand say about any of the names. */
async function readStatements(
  { connected, shard }: Projection,
  names: readonly string[],
): Promise<readonly AliasStatement[]> {
  const statements: AliasStatement[] = [];
  for (const some of splitIntoChunks(names)) {
    // In these orders: from the names to what is believed.
    const byName = connected.db
      .selectFrom('vulnerability as named')
      .innerJoin('advisory_belief as belief', inOrder)
      .innerJoin('advisory', inOrder)
      .innerJoin('advisory_alias as said', inOrder)
      .select(['advisory.advisory_id as id', 'said.alias'])
      .where('named.shard', '=', shard)
      .where('named.name', 'in', some)
      .whereRef('belief.shard', '=', 'named.shard')
      .whereRef('belief.vulnerability', '=', 'named.id')
      .where('belief.known_to', 'is', null)
      .whereRef('advisory.id', '=', 'belief.advisory')
      .where('advisory.withdrawn', 'is', null)
      .whereRef('said.advisory', '=', 'advisory.id');
    const byAlias = connected.db
      .selectFrom('advisory_alias as hit')
      .innerJoin('advisory', inOrder)
      .innerJoin('advisory_belief as belief', inOrder)
      .innerJoin('advisory_alias as said', inOrder)
      .select(['advisory.advisory_id as id', 'said.alias'])
      .where('hit.alias', 'in', some)
      .whereRef('advisory.id', '=', 'hit.advisory')
      .where('advisory.withdrawn', 'is', null)
      .where('belief.shard', '=', shard)
      .whereRef('belief.advisory', '=', 'advisory.id')
      .where('belief.known_to', 'is', null)
      .whereRef('said.advisory', '=', 'advisory.id');
    for (const { id, alias } of [...(await byName.execute()), ...(await byAlias.execute())])
      statements.push({ id, aliases: [alias] });
  }
  return statements;
}

/** One statement for each id. */
function uniteStatements(statements: Iterable<AliasStatement>): readonly AliasStatement[] {
  const united = new Map<string, Set<string>>();
  for (const { id, aliases } of statements) {
    const known = united.get(id) ?? new Set();
    for (const alias of aliases) known.add(alias);
    united.set(id, known);
  }
  return [...united].map(([id, aliases]) => ({ id, aliases: [...aliases] }));
}

async function endMemberships(
  { connected, shard, position }: Projection,
  vulnerabilities: readonly number[],
): Promise<void> {
  for (const some of splitIntoChunks(vulnerabilities)) {
    await connected.db
      .updateTable('alias_member')
      .set({ known_to: position })
      .where('shard', '=', shard)
      .where('vulnerability', 'in', some)
      .where('known_to', 'is', null)
      .execute();
  }
}

/** A group with two CVE ids is reported, and the report ends when the group falls apart. */
async function reportConflicts(
  projection: Projection,
  groups: readonly AliasGroup[],
  isConcerned: (name: string) => boolean,
): Promise<void> {
  const { connected, shard, position } = projection;
  const wanted = new Set(
    groups.filter(({ cves }) => cves.length > 1).map((group) => group.names.join(' ')),
  );
  const standing = await connected.db
    .selectFrom('problem')
    .select(['id', 'subject'])
    .where('shard', '=', shard)
    .where('kind', '=', 'alias-conflict')
    .where('known_to', 'is', null)
    .execute();
  for (const { id, subject } of standing) {
    if (wanted.delete(subject) || !subject.split(' ').some(isConcerned)) continue;
    await connected.db
      .updateTable('problem')
      .set({ known_to: position })
      .where('shard', '=', shard)
      .where('id', '=', id)
      .execute();
  }
  for (const subject of [...wanted].sort()) {
    await addProblem(
      projection,
      'alias-conflict',
      subject,
      'advisories call two CVE ids one vulnerability',
    );
  }
}
