import {
  type AliasGroup,
  type AliasStatement,
  isCve,
  listSpokenNames,
  nameVulnerability,
  type Vulnerability,
} from '../../../capabilities/advisories/index.ts';
import { inOrder } from '../dialects/dialect.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { isBelieved, type Scope } from './scope.ts';
import {
  findCoveringVulnerabilities,
  type NamedVulnerability,
  readGroups,
} from './vulnerabilities.ts';

/** What one advisory says of one version. */
export interface AffectedRow {
  readonly package_version: number;
  /** The advisory, by the id of its name. */
  readonly vulnerability: number;
  readonly name: string;
  readonly status: string;
  readonly rule: string;
  readonly fixed: string;
  /** What it states about severity of this package alone (stated-form.ts). */
  readonly stated: string;
}

/** An advisory or another name in a group. */
export interface GroupMember extends AliasStatement {
  readonly vulnerability: number;
}

/** One vulnerability of one version, with all that advisories say of the two. */
export interface NamedFinding<R extends AffectedRow = AffectedRow> {
  readonly row: R;
  readonly vulnerability: Vulnerability<GroupMember>;
  /** In the order of their ids. */
  readonly said: readonly AffectedRow[];
}

/**
 * The findings that are reported at these rows. A vulnerability is one finding of a version,
 * however many advisories speak of it, and it is named as a scan names it: it is reported at the
 * row of the first of them. An advisory that covers several vulnerabilities is a finding of each.
 * `cut` are the versions of which there are more rows than these.
 */
export async function nameFindings<R extends AffectedRow>(
  scope: Scope,
  rows: readonly R[],
  cut: readonly number[],
): Promise<readonly NamedFinding<R>[]> {
  const names = new SpokenNames(scope);
  await names.load(rows);
  const others = cut.length === 0 ? [] : await readOtherRows(scope, names, rows, cut);
  await names.loadKnown(others);
  const said = [...rows, ...others];
  const byFinding = new Map<string, Map<number, AffectedRow>>();
  for (const row of said) {
    for (const { id } of names.list(row)) {
      const key = `${row.package_version} ${id}`;
      const twins = byFinding.get(key) ?? new Map<number, AffectedRow>();
      byFinding.set(key, twins.set(row.vulnerability, row));
    }
  }
  return rows.flatMap((row) =>
    names.list(row).flatMap((vulnerability): NamedFinding<R>[] => {
      const twins = byFinding.get(`${row.package_version} ${vulnerability.id}`)?.values() ?? [];
      const all = [...twins].sort((one, other) => one.vulnerability - other.vulnerability);
      return all[0]?.vulnerability === row.vulnerability ? [{ row, vulnerability, said: all }] : [];
    }),
  );
}

/** What advisories beyond the rows may say of the same findings of the versions that were cut. */
async function readOtherRows(
  scope: Scope,
  names: SpokenNames,
  rows: readonly AffectedRow[],
  cut: readonly number[],
): Promise<readonly AffectedRow[]> {
  const asked = rows.filter((row) => cut.includes(row.package_version));
  const advisories = await names.findOthers(asked.flatMap((row) => names.list(row)));
  return readAffectedRows(scope, cut, advisories);
}

/** What advisories speak of, each group and each advisory read once. */
class SpokenNames {
  readonly #scope: Scope;
  readonly #groups = new Map<string, AliasGroup<GroupMember>>();
  readonly #upstream = new Map<number, readonly NamedVulnerability[]>();
  readonly #spoken = new Map<number, readonly Vulnerability<GroupMember>[]>();

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** Everything that the advisories of the rows speak of. */
  async load(rows: readonly AffectedRow[]): Promise<void> {
    await this.#loadGroups(rows.map(({ vulnerability: id, name }) => ({ id, name })));
    await this.#loadUpstream(rows);
    await this.#loadGroups([...this.#upstream.values()].flat());
  }

  /** Of the advisories of other rows no more than is loaded: nobody asks what else they cover. */
  async loadKnown(rows: readonly AffectedRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#loadGroups(rows.map(({ vulnerability: id, name }) => ({ id, name })));
    await this.#loadUpstream(rows);
    this.#spoken.clear();
  }

  /** The vulnerabilities that the advisory of a row speaks of, as far as they are loaded. */
  list({ vulnerability, name }: AffectedRow): readonly Vulnerability<GroupMember>[] {
    const known = this.#spoken.get(vulnerability);
    if (known !== undefined) return known;
    const own = this.#groups.get(name) ?? formGroup([{ id: vulnerability, name }]);
    const { aliases = [] } = own.statements.find(({ id }) => id === name) ?? {};
    const upstream = (this.#upstream.get(vulnerability) ?? []).map((covered) => covered.name);
    const byId = new Map<string, Vulnerability<GroupMember>>();
    for (const spoken of listSpokenNames({ id: name, aliases, upstream }, own)) {
      const group = this.#groups.get(spoken);
      if (group === undefined) continue;
      const found = nameVulnerability(spoken, group);
      byId.set(found.id, found);
    }
    const listed = [...byId.values()];
    this.#spoken.set(vulnerability, listed);
    return listed;
  }

  /**
   * Other advisories that may speak of these: members of their groups, and those that cover one.
   */
  async findOthers(
    vulnerabilities: readonly Vulnerability<GroupMember>[],
  ): Promise<readonly number[]> {
    const groups = new Set(vulnerabilities.flatMap(({ id }) => this.#groups.get(id) ?? []));
    const members = [...groups].flatMap(({ statements }) => statements);
    const found = new Set(members.map((member) => member.vulnerability));
    for (const names of splitIntoChunks([...groups].flatMap((group) => group.names)))
      for (const id of await findCoveringVulnerabilities(this.#scope, names)) found.add(id);
    return [...found];
  }

  async #loadGroups(named: readonly NamedVulnerability[]): Promise<void> {
    const missing = new Map(
      named.filter(({ name }) => !this.#groups.has(name)).map((one) => [one.id, one]),
    );
    if (missing.size === 0) return;
    const found = await readGroups(this.#scope, [...missing.keys()]);
    const fresh = [...missing.values()].map((one) => found.get(one.id) ?? [one]);
    const torn = fresh.filter((group) => group.filter(({ name }) => isCve(name)).length > 1);
    const aliases = await readAliases(this.#scope, torn.flat());
    for (const members of fresh) {
      if (this.#groups.has(members[0]?.name ?? '')) continue;
      const group = formGroup(members, aliases);
      for (const { name } of members) this.#groups.set(name, group);
    }
  }

  async #loadUpstream(rows: readonly AffectedRow[]): Promise<void> {
    // An advisory that is one of the CVEs covers none: it is not read.
    const covering = rows.filter(
      ({ name, vulnerability }) =>
        this.#groups.get(name)?.cves.length === 0 && !this.#upstream.has(vulnerability),
    );
    const ids = [...new Set(covering.map((row) => row.vulnerability))];
    for (const id of ids) this.#upstream.set(id, []);
    for (const [id, names] of await readUpstream(this.#scope, ids)) this.#upstream.set(id, names);
  }
}

/** `aliases` of each advisory: they decide only where a group has two CVEs. */
function formGroup(
  members: readonly NamedVulnerability[],
  aliases: ReadonlyMap<number, readonly string[]> = new Map(),
): AliasGroup<GroupMember> {
  const names = members.map(({ name }) => name).sort();
  const statements = members.map(({ id, name }) => ({
    id: name,
    aliases: aliases.get(id) ?? [],
    vulnerability: id,
  }));
  return { names, statements, cves: names.filter(isCve) };
}

/** What these advisories say of these versions, which are few. */
async function readAffectedRows(
  scope: Scope,
  versions: readonly number[],
  advisories: readonly number[],
): Promise<readonly AffectedRow[]> {
  const found: AffectedRow[] = [];
  for (const ids of splitIntoChunks(advisories)) {
    const rows = await scope.db
      .selectFrom('affected')
      .innerJoin('vulnerability', (on) =>
        on
          .onRef('vulnerability.shard', '=', 'affected.shard')
          .onRef('vulnerability.id', '=', 'affected.vulnerability'),
      )
      .select(['affected.package_version', 'affected.vulnerability', 'vulnerability.name'])
      .select(['affected.status', 'affected.rule', 'affected.fixed', 'affected.stated'])
      .where('affected.shard', '=', scope.shard)
      .where('affected.package_version', 'in', versions)
      .where('affected.vulnerability', 'in', ids)
      .where((row) => isBelieved(row, 'affected', scope))
      .execute();
    found.push(...rows);
  }
  return found;
}

/** The names that the believed advisories cover, by advisory. */
async function readUpstream(
  scope: Scope,
  advisories: readonly number[],
): Promise<ReadonlyMap<number, readonly NamedVulnerability[]>> {
  const covered = new Map<number, NamedVulnerability[]>();
  for (const some of splitIntoChunks(advisories)) {
    const rows = await scope.db
      .selectFrom('advisory_belief as belief')
      .innerJoin('advisory_upstream as said', inOrder)
      .innerJoin('vulnerability as named', inOrder)
      .select(['belief.vulnerability', 'named.id', 'named.name'])
      .where('belief.shard', '=', scope.shard)
      .where('belief.vulnerability', 'in', some)
      .where((row) => isBelieved(row, 'belief', scope))
      .whereRef('said.advisory', '=', 'belief.advisory')
      .whereRef('named.shard', '=', 'belief.shard')
      .whereRef('named.name', '=', 'said.name')
      .execute();
    for (const { vulnerability, id, name } of rows) {
      const names = covered.get(vulnerability) ?? [];
      names.push({ id, name });
      covered.set(vulnerability, names);
    }
  }
  return covered;
}

/** What the believed advisories call themselves beside their ids, by advisory. */
async function readAliases(
  scope: Scope,
  members: readonly NamedVulnerability[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const aliases = new Map<number, string[]>();
  for (const some of splitIntoChunks(members.map(({ id }) => id))) {
    const rows = await scope.db
      .selectFrom('advisory_belief as belief')
      .innerJoin('advisory', inOrder)
      .innerJoin('advisory_alias as said', inOrder)
      .select(['belief.vulnerability', 'said.alias'])
      .where('belief.shard', '=', scope.shard)
      .where('belief.vulnerability', 'in', some)
      .where((row) => isBelieved(row, 'belief', scope))
      .whereRef('advisory.id', '=', 'belief.advisory')
      .where('advisory.withdrawn', 'is', null)
      .whereRef('said.advisory', '=', 'advisory.id')
      .execute();
    for (const { vulnerability, alias } of rows) {
      const names = aliases.get(vulnerability) ?? [];
      names.push(alias);
      aliases.set(vulnerability, names);
    }
  }
  return aliases;
}
