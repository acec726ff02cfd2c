import { type Digest, parseDigest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { parsePackagePurl } from '../../core/package-purl.ts';
import { formatPurl, type Purl } from '../../core/purl.ts';
import { isSeverity, type Severity } from '../../core/severity.ts';
import { type Rating, rateStatements } from '../advisories/index.ts';

/** A vulnerability that another tool's scanner found. */
export interface SarifFinding {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly severity: Severity;
  readonly score: number | null;
  readonly component: Purl | null;
  /** Empty where the message does not name the package. */
  readonly name: string;
  readonly version: string;
  readonly fixed: readonly string[];
}

/** A list that may be absent; any other value in its place is malformed. */
export function readObjects(
  value: JsonValue | undefined,
  what: string,
  malformed: (why: string) => Failure,
): readonly JsonObject[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((item) => isJsonObject(item)))
    throw malformed(`${what} is not a list of objects`);
  return value as readonly JsonObject[];
}

/** Throws LIMIT_EXCEEDED for a scan with more results than are read. */
export function requireResultsMax(count: number): void {
  if (count > LIMITS.findingsMax)
    throw new Failure(
      'LIMIT_EXCEEDED',
      `the scan has over ${LIMITS.findingsMax} results`,
      'Scan fewer targets at once.',
    );
}

/** Those that are digests, each once. */
export function parseDigests(texts: readonly string[]): readonly Digest[] {
  return [...new Set(texts)].flatMap((text) => {
    const digest = parseDigest(text);
    return digest.ok ? [digest.value] : [];
  });
}

/** The scores and vectors of CVSS that a report states of one finding, each as it is written. */
export type StatedScores = readonly (JsonValue | undefined)[];

/**
 * The worst of them, as of those that advisories state. One that cannot be read may be worse than
 * all others: then the severity is unknown, but for critical.
 */
export function rateStated(scores: StatedScores): Pick<Rating, 'severity' | 'score'> {
  const stated = scores.filter((one) => (one ?? '') !== '');
  const read = (one: JsonValue | undefined): string =>
    typeof one === 'string' || typeof one === 'number' ? String(one) : '';
  const { severity, score } = rateStatements(
    stated.map((one) => ({ type: 'CVSS', vector: read(one), record: '', isOwn: false })),
  );
  return { severity, score };
}

/** The severity that a scanner chose; scores decide only where it has none. */
export function chooseSeverity(text: string, { severity }: Pick<Rating, 'severity'>): Severity {
  const word = text.toLowerCase();
  return isSeverity(word) && word !== 'unknown' ? word : severity;
}

/** One name for a tool that writes its own in several ways: a newer scan of it ends an older. */
export function nameTool(text: string): string {
  return TOOLS.find((name) => name.toLowerCase() === text.toLowerCase()) ?? text.slice(0, 200);
}

const TOOLS = ['Trivy', 'Grype', 'osv-scanner'] as const;

export function toObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

export function toText(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

export function toTexts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

export function toPurl(value: JsonValue | undefined): Purl | null {
  const parts = typeof value === 'string' ? parsePackagePurl(value) : null;
  return parts?.ok === true ? formatPurl(parts.value) : null;
}

export function compareFindings(one: SarifFinding, other: SarifFinding): number {
  const a = `${one.id}\n${one.name}\n${one.version}`;
  const b = `${other.id}\n${other.name}\n${other.version}`;
  return a < b ? -1 : Number(a > b);
}
