import { type Digest, sha256 } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { type Purl, parsePurl } from '../../core/purl.ts';
import { ok, orThrow, type Result } from '../../core/result.ts';
import type { Severity } from '../../core/severity.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { describePurlType, listAddresses, type PackageAddress } from '../ecosystems/index.ts';
import { findAddress, namesSource } from './address.ts';
import type { Advisory, AffectedPackage, SeverityVector } from './advisory.ts';
import { type AdvisoryRecord, readAdvisoryRecord } from './advisory-record.ts';
import { type MatchStatus, matchAdvisory, selectEntries } from './match.ts';
import { parseOsv } from './parse-osv.ts';
import { rateStatements } from './severity.ts';
import { isInRange, takeVersType } from './version-range.ts';

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
  /** What it says alone, with all that it states of its packages. */
  readonly severity: Severity;
  readonly score: number | null;
  /** What it states about severity: as a whole, and of one of its packages or another. */
  readonly stated: readonly SeverityVector[];
  readonly statedOfPackages: readonly SeverityVector[];
  readonly handle: unknown;
  /** The digest of the text of the record, where it is already known. */
  readonly digest?: Digest;
}

/** What the CNA or CISA states about the severity of a CVE. */
export interface CveSeverity {
  readonly cve: string;
  readonly stated: readonly SeverityVector[];
}

interface MatchSubject {
  readonly purl: Purl;
  readonly source: { readonly name: string; readonly version: string } | null;
}

interface AffectedMatch {
  readonly status: Exclude<MatchStatus, 'not_affected'>;
  readonly rule: string;
  readonly fixed: readonly string[];
  /** What the advisory states about severity of this package alone. */
  readonly stated: readonly SeverityVector[];
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
      : listAddresses(address).flatMap(({ ecosystems, name }) =>
          ecosystems.map((ecosystem) => ({ ecosystem, name })),
        );
  },

  match(subject: MatchSubject, advisory: ParsedAdvisory): AffectedMatch | null {
    const address = locateAddress(subject);
    if (address === null || advisory.withdrawn !== null) return null;
    const { handle } = advisory;
    const record = handle instanceof LateRecord ? handle.read() : (handle as Advisory);
    const matches = listAddresses(address).map((one) => ({
      ...matchAdvisory(one, record),
      stated: selectEntries(one, record).flatMap(({ severities }) => severities),
    }));
    const found =
      matches.find(({ status }) => status === 'affected') ??
      matches.find(({ status }) => status === 'unknown');
    if (found === undefined || found.status === 'not_affected') return null;
    const { status, rule, fixed, stated } = found;
    return { status, rule, fixed, stated };
  },

  /** A record that is no advisory, and gives only the severity of a CVE; null for any other. */
  readCveSeverity(record: string): CveSeverity | null {
    const json = parseJson(record, { bytesMax: LIMITS.advisoryBytesMax });
    const read = json.ok ? readAdvisoryRecord(json.value) : json;
    if (!read.ok || read.value.kind !== 'severity') return null;
    const { id, severities } = read.value.advisory;
    return { cve: id.toUpperCase(), stated: severities };
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
    const [type, parts] = [takeVersType(range), parsePurl(purl)];
    // The versions of another ecosystem have another order.
    // mutant range-of-another-ecosystem by version-ranges: condition -> false
    if (type !== null && (!parts.ok || parts.value.type !== type)) return null;
    return isInRange(range, (bound) =>
      scheme.isDoubtful?.(version, bound) === true ? null : scheme.compare(version, bound),
    );
  },
};

/** The packages of a record, read again when a version is matched. */
class LateRecord {
  readonly #text: Uint8Array | string;
  #advisory: Advisory | null = null;

  constructor(text: Uint8Array | string) {
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
  readonly readCveSeverity = affectedMatcher.readCveSeverity;
  readonly describeUnmatched = affectedMatcher.describeUnmatched;
  readonly findDoubtful = affectedMatcher.findDoubtful;
  readonly inRange = affectedMatcher.inRange;
  readonly #known = new Map<Digest, AdvisorySummary>();

  /** `line` is the record as the log stores it, `record` what was read from its feed. */
  remember(line: Uint8Array, record: AdvisoryRecord | null): void {
    if (record?.kind !== 'advisory' || this.#known.size >= REMEMBERED_MAX) return;
    this.#known.set(sha256(line), summarize(record.advisory));
  }

  readAdvisory(record: string): Result<ParsedAdvisory> {
    const digest = sha256(record);
    const known = this.#known.get(digest);
    if (known === undefined) return affectedMatcher.readAdvisory(record);
    return ok({ ...known, handle: new LateRecord(record), digest });
  }
}

/** The same for one batch, whose lines are remembered and then recalled by their number. */
export class BatchMatcher {
  readonly readAdvisory = affectedMatcher.readAdvisory;
  readonly listKeys = affectedMatcher.listKeys;
  readonly match = affectedMatcher.match;
  readonly readCveSeverity = affectedMatcher.readCveSeverity;
  readonly describeUnmatched = affectedMatcher.describeUnmatched;
  readonly findDoubtful = affectedMatcher.findDoubtful;
  readonly inRange = affectedMatcher.inRange;
  #known: (AdvisorySummary | null)[] = [];

  /** Of each line, in their order. */
  remember(line: Uint8Array, record: AdvisoryRecord | null): void {
    const isAdvisory = record?.kind === 'advisory';
    this.#known.push(isAdvisory ? { ...summarize(record.advisory), digest: sha256(line) } : null);
  }

  recall(number: number, line: Uint8Array): ParsedAdvisory | null {
    const known = this.#known[number] ?? null;
    return known === null ? null : { ...known, handle: new LateRecord(line) };
  }

  forget(): void {
    this.#known = [];
  }
}

type AdvisorySummary = Omit<ParsedAdvisory, 'handle'>;

function toParsedAdvisory(advisory: Advisory): ParsedAdvisory {
  return { ...summarize(advisory), handle: advisory };
}

/** What an advisory says, without what matching needs of it. */
function summarize(advisory: Advisory): AdvisorySummary {
  const { id, aliases, upstream, modified, published, withdrawn, affected } = advisory;
  const { severities: stated } = advisory;
  const statedOfPackages = listPackageSeverities(affected);
  const said = [...stated, ...statedOfPackages];
  const { severity, score } = rateSaid(id, said);
  const packages = affected.length < 2 ? affected.map(nameOnly) : listPackages(affected);
  const named = { id, aliases, upstream, modified, published, withdrawn, packages };
  return { ...named, severity, score, stated, statedOfPackages };
}

/** What one statement alone means, of those that were rated before. */
const rated = new Map<string, Pick<ParsedAdvisory, 'severity' | 'score'>>();
const RATED_MAX = 5_000;

/** Most records state one vector, and thousands the same one. */
function rateSaid(record: string, said: readonly SeverityVector[]) {
  const [only] = said;
  const isAlone = only !== undefined && said.length === 1 && only.by === undefined;
  const key = isAlone ? `${only.type}\n${only.vector}` : null;
  const known = key === null ? undefined : rated.get(key);
  if (known !== undefined) return known;
  const { severity, score } = rateStatements(said.map((one) => ({ ...one, record, isOwn: false })));
  if (key !== null && rated.size < RATED_MAX) rated.set(key, { severity, score });
  return { severity, score };
}

type AdvisoryPackage = ParsedAdvisory['packages'][number];

/** Each once. */
function listPackages(affected: Advisory['affected']): readonly AdvisoryPackage[] {
  const packages: AdvisoryPackage[] = [];
  const known = new Set<string>();
  for (let at = 0; at < affected.length; at++) {
    const entry = affected[at] as AdvisoryPackage;
    const before = packages.at(-1);
    // Entries of one package mostly follow each other.
    if (before?.name === entry.name && before.ecosystem === entry.ecosystem) continue;
    const key = `${entry.ecosystem}\n${entry.name}`;
    if (known.has(key)) continue;
    known.add(key);
    packages.push(nameOnly(entry));
  }
  return packages;
}

function nameOnly({ ecosystem, name }: AdvisoryPackage): AdvisoryPackage {
  return { ecosystem, name };
}

/** Each once. */
function listPackageSeverities(affected: Advisory['affected']): readonly SeverityVector[] {
  let unique: Map<string, SeverityVector> | null = null;
  let before: readonly SeverityVector[] = [];
  for (let at = 0; at < affected.length; at++) {
    const { severities } = affected[at] as AffectedPackage;
    if (severities.length === 0 || severities === before) continue;
    before = severities;
    unique ??= new Map();
    for (const one of severities) unique.set(`${one.type}\n${one.of ?? ''}\n${one.vector}`, one);
  }
  return unique === null ? [] : [...unique.values()];
}

/** The version is that of the purl. */
function locateAddress({ purl, source }: MatchSubject): PackageAddress | null {
  const addressing = findAddress({ purl, version: '', source });
  return addressing.kind === 'address' ? addressing.address : null;
}
