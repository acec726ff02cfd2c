import { formatCount } from '../../core/count.ts';
import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import { isJsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { ok, type Result } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import type { SarifFinding } from './reported-finding.ts';
import { parseSarif } from './sarif-read.ts';
import {
  looksLikeTrivy,
  type ParsedTrivyReport,
  parseTrivy,
  type ScannedPart,
} from './trivy-read.ts';

/**
 * Trivy registers no media type for its own report: Waybill attaches reports under this type and
 * looks for it.
 */
export const TRIVY_REPORT_TYPE = 'application/vnd.aquasec.trivy.report+json';

/** A scan by another tool, in either form, with what it does not say. */
export interface ScanDocument {
  readonly form: 'sarif' | 'trivy-json';
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
  /** The only class of packages that it looked at; null if it looked at all, or does not say. */
  readonly part: ScannedPart | null;
  /** What it lacks as evidence, one sentence each; what is missing is never assumed. */
  readonly lacks: readonly string[];
}

/**
 * Reads a SARIF document or a Trivy report.
 *
 * @example readScanDocument(await readFile('trivy.json'))
 */
export function readScanDocument(bytes: Uint8Array): Result<ScanDocument> {
  const json = parseJson(bytes, { bytesMax: LIMITS.documentBytesMax });
  if (!json.ok) return json;
  if (detectForm(json.value) === 'trivy-json') {
    const trivy = parseTrivy(json.value);
    return trivy.ok ? ok(convertTrivy(trivy.value)) : trivy;
  }
  const sarif = parseSarif(json.value);
  if (!sarif.ok) return sarif;
  const { ignored: _, ...said } = sarif.value;
  const document = { form: 'sarif', ...said, hasLooked: said.flaw === null, part: null } as const;
  return ok({ ...document, lacks: listGaps(document) });
}

/** Null for a document that is not a known kind of scan. */
export function recogniseScan(bytes: Uint8Array): ScanDocument['form'] | null {
  const json = parseJson(bytes, { bytesMax: LIMITS.documentBytesMax });
  return json.ok ? detectForm(json.value) : null;
}

function detectForm(value: JsonValue): ScanDocument['form'] | null {
  if (!isJsonObject(value)) return null;
  if (Array.isArray(value['runs'])) return 'sarif';
  return looksLikeTrivy(value) ? 'trivy-json' : null;
}

function convertTrivy(reading: ParsedTrivyReport): ScanDocument {
  const { artifactType: _type, results: _results, ignored: _, ...said } = reading;
  const document = { form: 'trivy-json', ...said } as const;
  return { ...document, lacks: listGaps(document) };
}

/**
 * No scan of another tool proves completeness. This list names what a better document of its kind
 * would have.
 */
function listGaps({
  tool,
  createdAt,
  subjects,
  findings,
  flaw,
}: Omit<ScanDocument, 'lacks'>): readonly string[] {
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
