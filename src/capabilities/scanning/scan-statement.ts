import { Buffer } from 'node:buffer';
import { type Digest, parseDigest } from '../../core/digest.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { compareFindings, nameTool, type SarifFinding, toPurl } from './reported-finding.ts';
import { rateVulns, readVulnsPlace, type VulnerabilityReport } from './vulns.ts';

/**
 * A statement about an image, as another tool made it. Nothing here verifies a signature: what it
 * says is a claim, like everything that a scan of another tool says.
 */
export interface OpenStatement {
  readonly predicateType: string;
  readonly predicate: JsonObject;
  /** The `sha256:` digests that it is about. */
  readonly subjects: readonly Digest[];
}

/** The types of `vulns` predicates, which have equal members. */
export const VULNS_TYPES: ReadonlySet<string> = new Set([
  'https://in-toto.io/attestation/vulns/v0.1',
  'https://in-toto.io/attestation/vulns/v0.2',
]);

/** `cosign attest --type vuln`: the result of the scanner is its whole report. */
const COSIGN_VULN = 'https://cosign.sigstore.dev/attestation/vuln/v1';

/** Whether statements of this type are scans by definition. */
export function isScanType(predicateType: string): boolean {
  return VULNS_TYPES.has(predicateType) || predicateType === COSIGN_VULN;
}

/**
 * An in-toto statement of any version, bare or in a DSSE envelope; null for anything else. An
 * envelope in an envelope is none.
 */
export function openStatement(value: JsonValue): OpenStatement | null {
  if (!isJsonObject(value)) return null;
  if (typeof value['payloadType'] !== 'string') return readStatement(value);
  const { payload } = value;
  if (typeof payload !== 'string') return null;
  const bytes = Buffer.from(payload, 'base64');
  const json = parseJson(bytes, { bytesMax: LIMITS.documentBytesMax });
  return json.ok && isJsonObject(json.value) ? readStatement(json.value) : null;
}

function readStatement(value: JsonObject): OpenStatement | null {
  const { _type: type, predicateType, predicate, subject } = value;
  if (typeof type !== 'string' || !/^https:\/\/in-toto\.io\/Statement\//.test(type)) return null;
  if (typeof predicateType !== 'string' || !isJsonObject(predicate)) return null;
  return { predicateType, predicate, subjects: readSubjects(subject) };
}

function readSubjects(value: JsonValue | undefined): readonly Digest[] {
  const listed = Array.isArray(value) ? value.slice(0, LIMITS.statementSubjectsMax) : [];
  const found = listed.filter(isJsonObject).flatMap(({ digest }) => {
    const hex = isJsonObject(digest) ? digest['sha256'] : undefined;
    const parsed = parseDigest(`sha256:${typeof hex === 'string' ? hex : ''}`);
    return parsed.ok ? [parsed.value] : [];
  });
  return [...new Set(found)];
}

/**
 * Where a predicate may hold the report of a scanner: the predicate itself, the result of a scan by
 * cosign's type, or the data of a custom one.
 */
export function findReport({ predicateType, predicate }: OpenStatement): JsonValue {
  const { scanner, Data: data } = predicate;
  if (predicateType === COSIGN_VULN)
    return isJsonObject(scanner) ? (scanner['result'] ?? null) : null;
  if (typeof data !== 'string') return data ?? predicate;
  const json = parseJson(Buffer.from(data), { bytesMax: LIMITS.documentBytesMax });
  return json.ok ? json.value : null;
}

/** The tool that a `vulns` predicate names by a URI: `pkg:github/aquasecurity/trivy@0.71`. */
export function readScannerName(uri: string): string {
  const last = uri.split(/[?#]/, 1)[0]?.split('/').filter(Boolean).at(-1) ?? '';
  return nameTool(last.split('@', 1)[0] || 'unknown');
}

/** A scan of Waybill itself. */
export function isOwnScanner(uri: string): boolean {
  return uri.startsWith('https://waybill.dev/');
}

/** The findings of a `vulns` predicate, one for each place that its annotations name. */
export function listVulns({ results }: VulnerabilityReport): readonly SarifFinding[] {
  const findings = results.flatMap((result) => {
    const { annotations } = result;
    const severity = rateVulns(result);
    return (annotations.length === 0 ? [{}] : annotations).map((annotation): SarifFinding => {
      const { component, ...place } = readVulnsPlace(annotation);
      const id = result.id.slice(0, 200);
      return { id, aliases: [], severity, score: null, component: toPurl(component), ...place };
    });
  });
  return findings.sort(compareFindings);
}
