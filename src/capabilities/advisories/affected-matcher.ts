import type { Instant } from '../../core/instant.ts';
import { type Purl, parsePurl } from '../../core/purl.ts';
import { ok, type Result } from '../../core/result.ts';
import type { Severity } from '../../core/severity.ts';
import type { PackageAddress } from '../ecosystems/index.ts';
import { findAddress } from './address.ts';
import type { Advisory } from './advisory.ts';
import { type MatchStatus, matchAdvisory } from './match.ts';
import { parseOsv } from './parse-osv.ts';
import { rateVectors } from './severity.ts';
import { isInRange } from './version-range.ts';

/** One OSV record as the graph keeps it; `handle` is given back for matching. */
export interface ParsedAdvisory {
  readonly id: string;
  readonly aliases: readonly string[];
  /** The vulnerabilities that it covers without being one of them. */
  readonly upstream: readonly string[];
  readonly modified: Instant | null;
  readonly published: Instant | null;
  readonly withdrawn: Instant | null;
  readonly packages: readonly { readonly ecosystem: string; readonly name: string }[];
  readonly severity: Severity;
  readonly score: number | null;
  readonly handle: unknown;
}

interface MatchSubject {
  readonly purl: Purl;
  readonly source: { readonly name: string; readonly version: string } | null;
}

interface AffectedMatch {
  readonly status: Exclude<MatchStatus, 'not_affected'>;
  readonly rule: string;
  readonly fixed: readonly string[];
}

/**
 * What the graph asks of scanning when it writes `affected` (foundation 3: versions are compared at
 * write time).
 */
export const affectedMatcher = {
  readAdvisory(record: string): Result<ParsedAdvisory> {
    const read = parseOsv(record);
    return read.ok ? ok(toParsedAdvisory(read.value)) : read;
  },

  listKeys(
    subject: MatchSubject,
  ): readonly { readonly ecosystem: string; readonly name: string }[] {
    const address = locateAddress(subject);
    return address === null
      ? []
      : address.ecosystems.map((ecosystem) => ({ ecosystem, name: address.name }));
  },

  match(subject: MatchSubject, advisory: ParsedAdvisory): AffectedMatch | null {
    const address = locateAddress(subject);
    if (address === null || advisory.withdrawn !== null) return null;
    const { status, rule, fixed } = matchAdvisory(address, advisory.handle as Advisory);
    return status === 'not_affected' ? null : { status, rule, fixed };
  },

  /** A range as people write it (version-range.ts); null where versions cannot be compared. */
  inRange(purl: Purl, range: string): boolean | null {
    const address = locateAddress({ purl, source: null });
    if (address === null) return null;
    const { scheme, version } = address;
    return isInRange(range, (bound) => scheme.compare(version, bound));
  },
};

function toParsedAdvisory(advisory: Advisory): ParsedAdvisory {
  const { id, aliases, upstream, modified, published, withdrawn, affected } = advisory;
  const named = new Map(
    affected.map(({ ecosystem, name }) => [`${ecosystem}\n${name}`, { ecosystem, name }]),
  );
  const { severity, score } = rateVectors([
    ...advisory.severities,
    ...affected.flatMap((entry) => entry.severities),
  ]);
  const facts = { id, aliases, upstream, modified, published, withdrawn };
  return { ...facts, packages: [...named.values()], severity, score, handle: advisory };
}

function locateAddress({ purl, source }: MatchSubject): PackageAddress | null {
  const parts = parsePurl(purl);
  if (!parts.ok) return null;
  const addressing = findAddress({ purl, version: parts.value.version ?? '', source });
  return addressing.kind === 'address' ? addressing.address : null;
}
