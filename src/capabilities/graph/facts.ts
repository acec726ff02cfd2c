import { parseDescriptor } from '../../core/descriptor.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { isJsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { decodeUtf8, parseJson } from '../../formats/json/parse.ts';
import type { CveSeverity } from '../advisories/index.ts';
import {
  type EvidenceInput,
  type EvidenceRecord,
  isRecordKind,
  parseRecord,
  type RecordKind,
} from '../evidence/index.ts';
import { buildComponentSet, type ComponentSet } from './component-set.ts';
import type { GraphPorts, ParsedAdvisory, ReportedScan } from './port.ts';

export type RecordFact = {
  [K in RecordKind]: { readonly kind: K; readonly record: EvidenceRecord<K> };
}[RecordKind];

export interface AdvisoryFact {
  /** The record, as text or as its UTF-8. */
  readonly text: string | Uint8Array;
  readonly recordDigest: Digest;
  readonly reading: ParsedAdvisory;
}

export interface IndexMember {
  readonly digest: Digest;
  /** `linux/amd64`; empty where the index does not say. */
  readonly platform: string;
}

/**
 * What a document says, before it is written into the graph. It depends on the bytes and on the
 * ports alone.
 */
export type Fact =
  | RecordFact
  | { readonly kind: 'set'; readonly set: ComponentSet; readonly outcome: 'complete' | 'partial' }
  | { readonly kind: 'scan'; readonly scan: ReportedScan }
  | { readonly kind: 'image'; readonly members: readonly IndexMember[] }
  | {
      readonly kind: 'advisories';
      readonly advisories: readonly AdvisoryFact[];
      /** Severities of CVEs that came beside advisories; of one CVE the last counts. */
      readonly severities: readonly CveSeverity[];
      readonly unreadable: readonly string[];
    }
  | { readonly kind: 'unreadable'; readonly detail: string }
  | { readonly kind: 'document' };

/**
 * Reads a document. A malformed record of Waybill itself is no evidence and is refused. A document
 * of another tool is kept as it is, and the graph says that it could not be read.
 */
export function readFact(input: EvidenceInput, ports: GraphPorts): Result<Fact> {
  const { kind, body } = input;
  if (body.length > LIMITS.documentBytesMax) {
    return refused(`it has ${body.length} bytes, over ${LIMITS.documentBytesMax}`);
  }
  if (isRecordKind(kind)) return readRecordFact(kind, body);
  if (kind === 'sbom') return ok(readSetFact(body, ports));
  if (kind === 'scan') return ok(readScanFact(body, ports));
  if (kind === 'image') return ok(readImageFact(body));
  if (kind === 'advisories') return readAdvisoriesFact(body, ports);
  return ok({ kind: 'document' });
}

function readRecordFact(kind: RecordKind, body: Uint8Array): Result<Fact> {
  const record = parseRecord(kind, body);
  if (!record.ok) return refused(record.failure.message, record.failure);
  return ok({ kind, record: record.value } as RecordFact);
}

function readSetFact(body: Uint8Array, { reader }: GraphPorts): Fact {
  const reading = reader.read(body);
  if (!reading.ok) return unreadable(reading.failure);
  const { components, outcome } = reading.value;
  if (components.length > LIMITS.componentsMax) {
    return { kind: 'unreadable', detail: `LIMIT_EXCEEDED: ${components.length} components` };
  }
  return { kind: 'set', set: buildComponentSet(components), outcome };
}

function readScanFact(body: Uint8Array, { scans }: GraphPorts): Fact {
  const scan = scans.read(body);
  if (!scan.ok) return unreadable(scan.failure);
  return scan.value === null ? { kind: 'document' } : { kind: 'scan', scan: scan.value };
}

/** An index names its members; any other manifest is a single image. */
function readImageFact(body: Uint8Array): Fact {
  const json = parseJson(body, { bytesMax: LIMITS.manifestBytesMax });
  if (!json.ok) return unreadable(json.failure);
  const manifests = isJsonObject(json.value) ? json.value['manifests'] : undefined;
  if (!Array.isArray(manifests)) return { kind: 'image', members: [] };
  if (manifests.length > LIMITS.indexManifestsMax) {
    return { kind: 'unreadable', detail: `LIMIT_EXCEEDED: ${manifests.length} manifests` };
  }
  const members: IndexMember[] = [];
  for (const item of manifests) {
    const descriptor = parseDescriptor(item);
    if (!descriptor.ok) return unreadable(descriptor.failure);
    const { platform } = descriptor.value;
    members.push({
      digest: descriptor.value.digest,
      platform: platform === undefined ? '' : formatPlatform(platform),
    });
  }
  return { kind: 'image', members };
}

export function formatPlatform(platform: {
  os: string;
  architecture: string;
  variant?: string | undefined;
}): string {
  const { os, architecture, variant } = platform;
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/**
 * A batch has one record on each line (NDJSON). Of two records with one id the later modified one
 * counts, or the later of equals.
 */
function readAdvisoriesFact(body: Uint8Array, { matcher }: GraphPorts): Result<Fact> {
  const byId = new Map<string, AdvisoryFact>();
  const severities = new Map<string, CveSeverity>();
  const unreadable: string[] = [];
  let number = 0;
  const add = (fact: AdvisoryFact): void => {
    const twin = byId.get(fact.reading.id);
    if (twin === undefined || !isOlder(fact.reading, twin.reading)) byId.set(fact.reading.id, fact);
  };
  for (const bytes of splitLines(body)) {
    const recalled = matcher.recall?.(number++, bytes) ?? null;
    // mutant recalled-line-of-any-size by graph: operand 2 -> true
    if (recalled !== null && bytes.length <= LIMITS.advisoryBytesMax) {
      add({ text: bytes, recordDigest: recalled.digest ?? sha256(bytes), reading: recalled });
      continue;
    }
    // Line by line: most lines are ASCII even where another one is not.
    const line = decodeUtf8(bytes);
    if (!line.ok) return refused(line.failure.message, line.failure);
    const record = line.value.trim();
    if (record === '') continue;
    const reading = record.length > LIMITS.advisoryBytesMax ? null : matcher.readAdvisory(record);
    if (reading?.ok !== true) {
      const severity = reading === null ? null : matcher.readCveSeverity(record);
      if (severity !== null) {
        severities.set(severity.cve, severity);
        continue;
      }
      unreadable.push(`${reading?.failure.message ?? 'the record is too large'}`.slice(0, 300));
      continue;
    }
    const recordDigest = reading.value.digest ?? sha256(record);
    add({ text: record, recordDigest, reading: reading.value });
  }
  return ok({
    kind: 'advisories',
    advisories: [...byId.values()],
    severities: [...severities.values()],
    unreadable,
  });
}

function* splitLines(body: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf(10, at);
    yield body.subarray(at, end === -1 ? body.length : end);
    at = end === -1 ? body.length : end + 1;
  }
}

/**
 * Whether `one` was superseded by `other`: a feed that is imported late does not replace a newer
 * one.
 */
export function isOlder(
  one: { modified: number | null },
  other: { modified: number | null },
): boolean {
  return (one.modified ?? 0) < (other.modified ?? 0);
}

function unreadable({ code, message }: Failure): Fact {
  return { kind: 'unreadable', detail: `${code}: ${message}`.slice(0, 500) };
}

function refused(why: string, cause?: unknown): Result<never> {
  const remedy = 'Make the document again and import it; the log is unchanged.';
  return failed(new Failure('EVIDENCE_REJECTED', why, remedy, { cause }));
}
