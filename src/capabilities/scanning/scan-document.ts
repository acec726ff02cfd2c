import { formatCount } from '../../core/count.ts';
import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import { isJsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { looksLikeGrype, parseGrype } from './grype-read.ts';
import type { SarifFinding } from './reported-finding.ts';
import { parseSarif } from './sarif-read.ts';
import {
  findReport,
  isOwnScanner,
  listVulns,
  type OpenStatement,
  openStatement,
  readScannerName,
  VULNS_TYPES,
} from './scan-statement.ts';
import { looksLikeTrivy, parseTrivy, type ScannedPart } from './trivy-read.ts';
import { findVulnsFlaw, parseVulns, type VulnerabilityReport } from './vulns.ts';

/**
 * Trivy registers no media type for its own report: Waybill attaches reports under this type and
 * looks for it.
 */
export const TRIVY_REPORT_TYPE = 'application/vnd.aquasec.trivy.report+json';

/** A scan by another tool, in either form, with what it does not say. */
export interface ScanDocument {
  readonly form: 'sarif' | 'trivy-json' | 'grype-json' | 'statement';
  readonly tool: string;
  readonly toolVersion: string | null;
  readonly createdAt: Instant | null;
  /**
   * The digests that it names for what was scanned, the one of the configuration included; empty
   * where it names none.
   */
  readonly subjects: readonly Digest[];
  /** Those of the digests under which registries know it. */
  readonly registryDigests: readonly Digest[];
  readonly findings: readonly SarifFinding[];
  /**
   * Why it is no scan, although it can be read: its tool failed, or looked at nothing. What it
   * reports as present still counts.
   */
  readonly flaw: string | null;
  /** Whether its tool looked at packages and ended well, whatever the report says it is about. */
  readonly hasLooked: boolean;
  /** A scan of Waybill itself: who has the inventory can judge it again. */
  readonly isOwn: boolean;
  /** The only class of packages that it looked at; null if it looked at all, or does not say. */
  readonly part: ScannedPart | null;
  /** What it lacks as evidence, one sentence each; what is missing is never assumed. */
  readonly lacks: readonly string[];
}

/**
 * Reads SARIF, a report of Trivy or of Grype, or an in-toto statement with a scan, bare or in a
 * DSSE envelope. No signature is verified.
 *
 * @example readScanDocument(await readFile('trivy.json'))
 */
export function readScanDocument(bytes: Uint8Array): Result<ScanDocument> {
  const json = parseJson(bytes, { bytesMax: LIMITS.documentBytesMax });
  if (!json.ok) return json;
  const statement = openStatement(json.value);
  const read = statement === null ? readReport(json.value) : readStatementScan(statement);
  return read.ok ? ok({ ...read.value, lacks: listGaps(read.value) }) : read;
}

type Reading = Omit<ScanDocument, 'lacks'>;

function readReport(value: JsonValue): Result<Reading> {
  const form = detectReport(value);
  if (form === 'trivy-json') {
    const trivy = parseTrivy(value);
    if (!trivy.ok) return trivy;
    const { artifactType: _type, results: _results, ignored: _, ...said } = trivy.value;
    return ok({ form, ...said, isOwn: false });
  }
  if (form === 'grype-json') {
    const grype = parseGrype(value);
    return grype.ok ? ok({ form, ...grype.value, part: null, isOwn: false }) : grype;
  }
  const sarif = parseSarif(value);
  if (!sarif.ok) return sarif;
  const { ignored: _, ...said } = sarif.value;
  const hasLooked = said.flaw === null;
  return ok({ form: 'sarif', ...said, hasLooked, part: null, isOwn: false });
}

/**
 * The statement says what it is about. A report in it that names another image in registries is of
 * that one: then what it does not list may be here.
 */
function readStatementScan(statement: OpenStatement): Result<Reading> {
  const { predicate, predicateType, subjects } = statement;
  const about = { form: 'statement', subjects, registryDigests: subjects } as const;
  if (VULNS_TYPES.has(predicateType)) {
    const vulns = parseVulns(predicate);
    return vulns.ok ? ok({ ...about, ...describeVulns(vulns.value) }) : vulns;
  }
  const inner = findReport(statement);
  if (detectReport(inner) === null)
    return fail(
      'UNSUPPORTED',
      `the statement ${JSON.stringify(predicateType.slice(0, 100))} holds no scan that is read`,
      'Attest a report of Trivy or Grype, SARIF, or the in-toto predicate vulns/v0.2.',
    );
  const report = readReport(inner);
  if (!report.ok) return report;
  const { registryDigests: named, ...said } = report.value;
  // mutant statement-around-another-image by scan-statement: value -> false
  const isOther = named.length > 0 && !named.some((digest) => subjects.includes(digest));
  const flaw = isOther ? `the report in it is about ${named[0]}` : said.flaw;
  return ok({ ...said, ...about, flaw, hasLooked: said.hasLooked && !isOther });
}

function describeVulns(
  report: VulnerabilityReport,
): Omit<Reading, 'form' | 'subjects' | 'registryDigests'> {
  const { scanner, startedAt, finishedAt } = report;
  const flaw = findVulnsFlaw(report);
  return {
    tool: readScannerName(scanner.uri),
    toolVersion: scanner.version,
    createdAt: finishedAt ?? startedAt,
    findings: listVulns(report),
    flaw,
    hasLooked: flaw === null,
    part: null,
    isOwn: isOwnScanner(scanner.uri),
  };
}

/** Null for a document that is not a known kind of scan. */
export function recogniseScan(bytes: Uint8Array): ScanDocument['form'] | null {
  const json = parseJson(bytes, { bytesMax: LIMITS.documentBytesMax });
  return json.ok ? detectForm(json.value) : null;
}

function detectForm(value: JsonValue): ScanDocument['form'] | null {
  const statement = openStatement(value);
  if (statement === null) return detectReport(value);
  const isScan =
    VULNS_TYPES.has(statement.predicateType) || detectReport(findReport(statement)) !== null;
  return isScan ? 'statement' : null;
}

/** The form of a report as a scanner writes it, without a statement around it. */
function detectReport(value: JsonValue): Exclude<ScanDocument['form'], 'statement'> | null {
  if (!isJsonObject(value)) return null;
  if (Array.isArray(value['runs'])) return 'sarif';
  if (looksLikeTrivy(value)) return 'trivy-json';
  return looksLikeGrype(value) ? 'grype-json' : null;
}

/**
 * No scan of another tool proves completeness. This list names what a better document of its kind
 * would have.
 */
function listGaps({ tool, createdAt, subjects, findings, flaw }: Reading): readonly string[] {
  const countFindings = (wanted: (finding: SarifFinding) => boolean): number =>
    findings.filter(wanted).length;
  const [bare, open, nameless] = [
    countFindings(({ component }) => component === null),
    countFindings(({ severity }) => severity === 'unknown'),
    countFindings(({ name }) => name === ''),
  ];
  return [
    ...(flaw === null ? [] : [flaw]),
    ...(tool === 'unknown' || tool === '' ? ['it names no tool'] : []),
    ...(createdAt === null
      ? [
          'it does not say when it was made; a signed manifest may say so ' +
            '(org.opencontainers.image.created)',
        ]
      : []),
    ...(subjects.length === 0
      ? ['it names no image digest; the image that it is attached to gives the digest']
      : []),
    ...(bare === 0
      ? []
      : [`${bare} of ${formatCount(findings.length, 'finding')} without a package URL`]),
    ...(nameless === 0
      ? []
      : [`${nameless} of ${formatCount(findings.length, 'finding')} without a package`]),
    ...(open === 0
      ? []
      : [`${open} of ${formatCount(findings.length, 'finding')} without a severity`]),
    'it does not say what it covered, so it shows presence and never absence',
  ];
}
