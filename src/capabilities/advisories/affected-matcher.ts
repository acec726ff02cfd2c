import { type Digest, sha256 } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import { type Purl, parsePurl } from '../../core/purl.ts';
import { ok, orThrow, type Result } from '../../core/result.ts';
import type { Severity } from '../../core/severity.ts';
import { describePurlType, type PackageAddress } from '../ecosystems/index.ts';
import { findAddress, namesSource } from './address.ts';
import type { Advisory } from './advisory.ts';
import type { AdvisoryRecord } from './advisory-record.ts';
import { type MatchStatus, matchAdvisory } from './match.ts';
import { parseOsv } from './parse-osv.ts';
import { rateVectors } from './severity.ts';
import { isInRange } from './version-range.ts';

/** One OSV record as the graph keeps it; `handle` is passed back for matching. */
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
  /** The digest of the text of the record, where it is already known. */
  readonly digest?: Digest;
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
 * What the graph needs from advisories when it writes `affected` (foundation 3: versions are
 * compared at write time).
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
    const { handle } = advisory;
    const record = handle instanceof LateRecord ? handle.read() : (handle as Advisory);
    const { status, rule, fixed } = matchAdvisory(address, record);
    return status === 'not_affected' ? null : { status, rule, fixed };
  },

  /** An SBOM without any source package may hide that of a component (Surroundings). */
  findDoubtful<S extends MatchSubject>(subjects: readonly S[]): ReadonlySet<S> {
    if (subjects.some(namesSource)) return new Set();
    const surroundings = { distro: null, namesSources: false };
    return new Set(
      subjects.filter(({ purl, source }) => {
        const addressing = findAddress({ purl, version: '', source }, surroundings);
        return addressing.kind === 'address' && addressing.doubt !== null;
      }),
    );
  },

  /** The type of its purl, and the ecosystem of OSV if this type is in one alone. */
  describeUnmatched({ purl }: MatchSubject): {
    readonly label: string;
    readonly ecosystems: readonly string[];
  } {
    const parts = parsePurl(purl);
    const { label, osv } = describePurlType(parts.ok ? parts.value.type : '');
    return { label, ecosystems: osv === null ? [] : [osv] };
  },

  /** A range as people write it (version-range.ts); null where versions cannot be compared. */
  inRange(purl: Purl, range: string): boolean | null {
    const address = locateAddress({ purl, source: null });
    if (address === null) return null;
    const { scheme, version } = address;
    return isInRange(range, (bound) => scheme.compare(version, bound));
  },
};

/** The packages of a record, read again when a version is matched. */
class LateRecord {
  readonly #text: string;
  #advisory: Advisory | null = null;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Advisory {
    this.#advisory ??= orThrow(parseOsv(this.#text));
    return this.#advisory;
  }
}

/** Memory is bounded: beyond this many records, a record is read again. */
const REMEMBERED_MAX = 50_000;

/** The same matcher, which does not read a record again when its meaning was remembered. */
export class RememberingMatcher {
  readonly listKeys = affectedMatcher.listKeys;
  readonly match = affectedMatcher.match;
  readonly describeUnmatched = affectedMatcher.describeUnmatched;
  readonly findDoubtful = affectedMatcher.findDoubtful;
  readonly inRange = affectedMatcher.inRange;
  readonly #known = new Map<Digest, Omit<ParsedAdvisory, 'handle'>>();

  /** `line` is the record as the log stores it, `record` what was read from its feed. */
  remember(line: string, { kind, advisory }: AdvisoryRecord): void {
    if (kind !== 'advisory' || this.#known.size >= REMEMBERED_MAX) return;
    const { handle: _, ...known } = toParsedAdvisory(advisory);
    this.#known.set(sha256(line), known);
  }

  readAdvisory(record: string): Result<ParsedAdvisory> {
    const digest = sha256(record);
    const known = this.#known.get(digest);
    if (known === undefined) return affectedMatcher.readAdvisory(record);
    return ok({ ...known, handle: new LateRecord(record), digest });
  }
}

/** The same for one batch of lines, which are read in the order in which they were remembered. */
export class BatchMatcher {
  readonly listKeys = affectedMatcher.listKeys;
  readonly match = affectedMatcher.match;
  readonly describeUnmatched = affectedMatcher.describeUnmatched;
  readonly findDoubtful = affectedMatcher.findDoubtful;
  readonly inRange = affectedMatcher.inRange;
  #known: { readonly line: string; readonly reading: ParsedAdvisory }[] = [];
  #next = 0;

  remember(line: string, { kind, advisory }: AdvisoryRecord): void {
    if (kind !== 'advisory') return;
    const { handle: _, ...known } = toParsedAdvisory(advisory);
    this.#known.push({ line, reading: { ...known, handle: new LateRecord(line) } });
  }

  readAdvisory(record: string): Result<ParsedAdvisory> {
    const known = this.#known[this.#next];
    if (known?.line !== record) return affectedMatcher.readAdvisory(record);
    this.#next++;
    return ok(known.reading);
  }

  forget(): void {
    this.#known = [];
    this.#next = 0;
  }
}

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
