import { LIMITS } from '../../core/limits.ts';
import { type AdvisoryHead, isInForce } from './advisory.ts';

/** All names of one vulnerability, by `aliases` alone, and the records that carry them. */
export interface AliasGroup {
  /** Sorted. */
  readonly ids: readonly string[];
  readonly records: readonly AdvisoryHead[];
  /**
   * The CVE ids in it. Two or more are an error of the data that must be reported: the group is not
   * one vulnerability.
   */
  readonly cves: readonly string[];
}

/** A vulnerability as findings name it. */
export interface Vulnerability {
  readonly id: string;
  readonly aliases: readonly string[];
  /** Every record that names it: severity is taken from any of them. */
  readonly records: readonly AdvisoryHead[];
}

/**
 * An alias group that claims that different CVEs are the same, or that is too large to be followed.
 */
export interface AliasConflict {
  readonly cves: readonly string[];
  readonly ids: readonly string[];
}

export function isCve(id: string): boolean {
  return /^CVE-\d{4}-\d{4,}$/.test(id);
}

/** The CVE where there is one, else the GHSA id, else the first by code unit. */
export function chooseDisplayId(ids: readonly string[]): string {
  const sorted = [...ids].sort();
  return sorted.find(isCve) ?? sorted.find((id) => id.startsWith('GHSA-')) ?? sorted[0] ?? '';
}

/** Resolves names of vulnerabilities over one index, each group once. */
export class VulnerabilityNames {
  readonly #heads: (id: string) => readonly AdvisoryHead[];
  readonly #groups = new Map<string, AliasGroup>();
  readonly #conflicts = new Map<string, AliasConflict>();

  constructor(heads: (id: string) => readonly AdvisoryHead[]) {
    this.#heads = heads;
  }

  /** Groups with two CVE ids that were met so far, in the order of their ids. */
  listConflicts(): readonly AliasConflict[] {
    return [...this.#conflicts]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, conflict]) => conflict);
  }

  findGroup(id: string): AliasGroup {
    const known = this.#groups.get(id);
    if (known !== undefined) return known;
    const group = collectGroup(id, this.#heads);
    for (const member of group.ids) this.#groups.set(member, group);
    if (group.cves.length > 1 || group.ids.length >= LIMITS.aliasGroupMax)
      this.#conflicts.set(group.ids.join(), { cves: group.cves, ids: group.ids });
    return group;
  }

  /**
   * What a record speaks of. An advisory of a distribution covers the vulnerabilities in
   * `upstream`; any other is one vulnerability with its aliases. A group with two CVEs is not
   * merged: each CVE that the record itself names stands alone, so that neither is hidden behind
   * the other.
   */
  listVulnerabilities(record: AdvisoryHead): readonly Vulnerability[] {
    const group = this.findGroup(record.id);
    if (group.cves.length === 0 && record.upstream.length > 0)
      return removeDuplicates(record.upstream.flatMap((id) => this.#named(id)));
    if (group.cves.length < 2) return [toVulnerability(group)];
    const own = [record.id, ...record.aliases].filter(isCve);
    return own.length === 0
      ? [separateVulnerability(record.id, group)]
      : own.map((cve) => separateVulnerability(cve, group));
  }

  #named(id: string): readonly Vulnerability[] {
    const group = this.findGroup(id);
    return [group.cves.length < 2 ? toVulnerability(group) : separateVulnerability(id, group)];
  }
}

function toVulnerability(group: AliasGroup): Vulnerability {
  const id = chooseDisplayId(group.ids);
  return { id, aliases: group.ids.filter((other) => other !== id), records: group.records };
}

function separateVulnerability(id: string, group: AliasGroup): Vulnerability {
  const records = group.records.filter((record) => record.id === id || record.aliases.includes(id));
  return {
    id,
    aliases: records.map((record) => record.id).filter((other) => other !== id && !isCve(other)),
    records,
  };
}

function removeDuplicates(vulnerabilities: readonly Vulnerability[]): readonly Vulnerability[] {
  return [
    ...new Map(vulnerabilities.map((vulnerability) => [vulnerability.id, vulnerability])).values(),
  ];
}

/**
 * Follows `aliases` both ways until nothing new appears. A chain over the limit is cut, and
 * reported.
 */
function collectGroup(start: string, heads: (id: string) => readonly AdvisoryHead[]): AliasGroup {
  const ids = new Set([start]);
  const records = new Set<AdvisoryHead>();
  for (const id of ids) {
    for (const record of heads(id)) {
      if (!isInForce(record)) continue;
      records.add(record);
      for (const name of [record.id, ...record.aliases])
        if (ids.size < LIMITS.aliasGroupMax) ids.add(name);
    }
  }
  const sorted = [...ids].sort();
  return { ids: sorted, records: [...records], cves: sorted.filter(isCve) };
}
