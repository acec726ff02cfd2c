import type { SeverityVector } from './advisory.ts';

/**
 * Red Hat and those that rebuild its packages publish errata of three kinds: `RHSA-…` for security,
 * `RHBA-…` for bugs, `RHEA-…` for enhancements. AlmaLinux (`AL`), Rocky Linux (`RL`, `RX`) and
 * Oracle (`EL`) name theirs in the same way (access.redhat.com/articles/explaining_redhat_errata).
 */
const ERRATUM = /^(?:RH|AL|RL|RX|EL)([SBE])A-\d{4}[:-]/;

/** What an erratum says in ways of its own, beside the members of OSV. */
export interface ErratumFacts {
  /** The vulnerabilities that it covers, where only `related` has them (AlmaLinux). */
  readonly upstream: readonly string[];
  /** The word before the title: `Important: openssl security update`. */
  readonly severities: readonly SeverityVector[];
  /** Whether it is about a vulnerability at all. */
  readonly isSecurity: boolean;
}

/** Null for a record that is no erratum. */
export function describeErratum(
  id: string,
  names: { readonly related: readonly string[]; readonly others: readonly string[] },
  summary: unknown,
): ErratumFacts | null {
  const kind = ERRATUM.exec(id)?.[1];
  if (kind === undefined) return null;
  const cves = names.related.filter((name) => /^CVE-\d{4}-\d+$/.test(name));
  const title = typeof summary === 'string' ? summary.slice(0, 40) : '';
  const word = /^(Critical|Important|Moderate|Low): /.exec(title)?.[1];
  return {
    upstream: names.others.length === 0 ? cves : [],
    severities: word === undefined ? [] : [{ type: 'DATABASE', vector: word }],
    // mutant erratum-about-a-bug-is-a-finding by errata: value -> true
    isSecurity: kind === 'S' || cves.length > 0 || names.others.length > 0,
  };
}
