import { LIMITS } from '../../core/limits.ts';
import { ok, type Result } from '../../core/result.ts';
import { type AdvisoryHead, isInForce } from './advisory.ts';

/** What one advisory says: its id and the other names of the same vulnerability. */
export interface AliasStatement {
  readonly id: string;
  readonly aliases: readonly string[];
}

/** All names of one vulnerability, by `aliases` alone (never `related` or `upstream`). */
export interface AliasGroup<T extends AliasStatement = AliasStatement> {
  /** Sorted. */
  readonly names: readonly string[];
  /** The links between the names, in the order in which they were found. */
  readonly statements: readonly T[];
  /**
   * The CVE ids in it. Two or more are an error of the data that must be reported: such a group is
   * not one vulnerability.
   */
  readonly cves: readonly string[];
}

/** A vulnerability under the name that findings use. */
export interface Vulnerability<T extends AliasStatement = AdvisoryHead> {
  readonly id: string;
  readonly aliases: readonly string[];
  /** Every record that names it: the severity may come from any of them. */
  readonly records: readonly T[];
}

/**
 * An alias group that calls different CVEs the same, or that is too large to follow.
 */
export interface AliasConflict {
  readonly cves: readonly string[];
  readonly ids: readonly string[];
}

export function isCve(id: string): boolean {
  return /^CVE-\d{4}-\d+$/i.test(id);
}

/**
 * The one name under which a vulnerability is shown, everywhere: its CVE id, else its GHSA id, else
 * the first of its names by code unit.
 */
export function chooseDisplayName(names: readonly string[]): string {
  const sorted = [...names].sort();
  return sorted.find(isCve) ?? sorted.find((name) => name.startsWith('GHSA-')) ?? sorted[0] ?? '';
}

/** The name to show first, then the others by code unit. */
export function sortNames(names: readonly string[]): readonly string[] {
  const first = chooseDisplayName(names);
  return [first, ...[...names].sort().filter((name) => name !== first)];
}

/**
 * The groups of all names in these statements. They are always computed from all statements in
 * force: groups that only grow could not be undone when an advisory is withdrawn.
 */
export function groupAliases(statements: Iterable<AliasStatement>): readonly AliasGroup[] {
  const byName = new Map<string, AliasStatement[]>();
  for (const statement of statements) {
    addStatement(byName, statement.id, statement);
    for (const name of statement.aliases) addStatement(byName, name, statement);
  }
  const grouped = new Set<string>();
  const groups: AliasGroup[] = [];
  for (const name of [...byName.keys()].sort()) {
    if (grouped.has(name)) continue;
    const collector = new AliasCollector<AliasStatement>(name, Infinity);
    for (const next of collector.names) collector.add(byName.get(next) ?? []);
    for (const member of collector.names) grouped.add(member);
    groups.push(collector.finish());
  }
  return groups;
}

/** The collector takes a statement once, however often it names the name. */
function addStatement(
  byName: Map<string, AliasStatement[]>,
  name: string,
  statement: AliasStatement,
): void {
  const found = byName.get(name);
  if (found === undefined) byName.set(name, [statement]);
  else found.push(statement);
}

/** Follows `aliases` both ways until nothing new appears, or until `namesMax` names are known. */
class AliasCollector<T extends AliasStatement> {
  /** Grows during the iteration. */
  readonly names: Set<string>;
  readonly #namesMax: number;
  readonly #statements = new Set<T>();

  constructor(start: string, namesMax: number) {
    this.names = new Set([start]);
    this.#namesMax = namesMax;
  }

  add(statements: Iterable<T>): void {
    for (const statement of statements) {
      this.#statements.add(statement);
      this.#addName(statement.id);
      for (const name of statement.aliases) this.#addName(name);
    }
  }

  #addName(name: string): void {
    if (this.names.size < this.#namesMax) this.names.add(name);
  }

  finish(): AliasGroup<T> {
    const names = [...this.names].sort();
    return { names, statements: [...this.#statements], cves: names.filter(isCve) };
  }
}

type HeadGroup = AliasGroup<AdvisoryHead>;
type HeadFinder = (id: string) => Promise<Result<readonly AdvisoryHead[]>>;

/** Resolves names of vulnerabilities over one index, each group once. */
export class VulnerabilityNames {
  readonly #findHeads: HeadFinder;
  readonly #groups = new Map<string, HeadGroup>();
  readonly #conflicts = new Map<string, AliasConflict>();

  constructor(findHeads: HeadFinder) {
    this.#findHeads = findHeads;
  }

  /** Groups with two CVE ids that were found so far, in the order of their ids. */
  listConflicts(): readonly AliasConflict[] {
    return [...this.#conflicts]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, conflict]) => conflict);
  }

  /** The group of a name; a chain over the limit is cut, and reported as a conflict. */
  async findGroup(name: string): Promise<Result<HeadGroup>> {
    const known = this.#groups.get(name);
    if (known !== undefined) return ok(known);
    const collector = new AliasCollector<AdvisoryHead>(name, LIMITS.aliasGroupMax);
    for (const next of collector.names) {
      const heads = await this.#findHeads(next);
      // mutant failed-alias-lookup-is-not-none by scan: branch -> continue;
      if (!heads.ok) return heads;
      collector.add(heads.value.filter(isInForce));
    }
    const group = collector.finish();
    for (const member of group.names) this.#groups.set(member, group);
    if (group.cves.length > 1 || group.names.length >= LIMITS.aliasGroupMax)
      this.#conflicts.set(group.names.join(), { cves: group.cves, ids: group.names });
    return ok(group);
  }

  /** What a record speaks of, by the names that `listSpokenNames` gives. */
  async listVulnerabilities(record: AdvisoryHead): Promise<Result<readonly Vulnerability[]>> {
    const own = await this.findGroup(record.id);
    if (!own.ok) return own;
    const byId = new Map<string, Vulnerability>();
    for (const name of listSpokenNames(record, own.value)) {
      const group = await this.findGroup(name);
      if (!group.ok) return group;
      const vulnerability = nameVulnerability(name, group.value);
      byId.set(vulnerability.id, vulnerability);
    }
    return ok([...byId.values()]);
  }
}

/**
 * The names that a record speaks of, one of each vulnerability; `group` is the group of the record.
 * An advisory of a distribution covers the vulnerabilities in `upstream`; any other is one
 * vulnerability with its aliases. A group with two CVEs is not merged: each CVE that the record
 * itself names stands alone, so that neither is hidden behind the other.
 */
export function listSpokenNames(
  record: Pick<AdvisoryHead, 'id' | 'aliases' | 'upstream'>,
  { cves }: Pick<AliasGroup, 'cves'>,
): readonly string[] {
  if (cves.length === 0 && record.upstream.length > 0) return record.upstream;
  const own = cves.length < 2 ? [] : [record.id, ...record.aliases].filter(isCve);
  return own.length === 0 ? [record.id] : own;
}

/** The one vulnerability that a spoken name means; `group` is the group of that name. */
export function nameVulnerability<T extends AliasStatement>(
  name: string,
  { names, statements, cves }: AliasGroup<T>,
): Vulnerability<T> {
  if (cves.length < 2) {
    const [id = name, ...aliases] = sortNames(names);
    return { id, aliases, records: statements };
  }
  const records = statements.filter(({ id, aliases }) => id === name || aliases.includes(name));
  const others = records.map(({ id }) => id).filter((id) => id !== name && !isCve(id));
  return { id: name, aliases: [...new Set(others)].sort(), records };
}
