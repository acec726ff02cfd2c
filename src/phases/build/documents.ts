import {
  buildSlsaProvenance,
  SLSA_PROVENANCE_TYPE,
  signStatement,
} from '../../capabilities/attestation/index.ts';
import type { Inventory } from '../../capabilities/ecosystems/index.ts';
import { inventoryImage, writeSpdx } from '../../capabilities/inventory/index.ts';
import {
  type CallOptions,
  type OpenedImage,
  openImage,
} from '../../capabilities/registry/index.ts';
import {
  buildVulnsPredicate,
  type ScanReport,
  scanInventory,
  VULNS_TYPE,
} from '../../capabilities/scanning/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { readAlgorithm, takeHex } from '../../core/digest.ts';
import { formatRepository } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import type { JsonObject } from '../../core/json.ts';
import { attempt, ok, type Result } from '../../core/result.ts';
import { buildProvenance } from './provenance.ts';
import type { ReleasePorts, ReleaseRequest } from './request.ts';
import { toVulnerabilityReport } from './scan-report.ts';

export type ReleaseDocumentKind = 'sbom' | 'scan' | 'provenance';

/** One security artifact of an image, before it is attached. */
export interface ReleaseDocument {
  readonly kind: ReleaseDocumentKind;
  /** The document kind; it is also the type of the artifact. */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly createdAt: Instant;
  readonly outcome: 'complete' | 'partial';
}

export interface MemberDocuments {
  readonly member: Descriptor;
  readonly inventory: Inventory;
  readonly report: ScanReport;
  readonly documents: readonly ReleaseDocument[];
}

const SPDX_TYPE = 'application/spdx+json';
const DSSE_TYPE = 'application/vnd.dsse.envelope.v1+json';

/** Inventory, scan and provenance of one platform image (B1, B3, B6, B16, B17). */
export async function describeMember(
  request: ReleaseRequest,
  member: Descriptor,
  ports: ReleasePorts,
  options: CallOptions,
): Promise<Result<MemberDocuments>> {
  const { source, reference } = request.image;
  const image = await openImage(source, formatRepository(reference), member, options);
  if (!image.ok) return image;
  const found = await inventoryImage(image.value, { ...options, reading: ports.reading });
  if (!found.ok) return found;
  const inventory = await attempt(async () => (await ports.complete?.(found.value)) ?? found.value);
  if (!inventory.ok) return inventory;
  const now = ports.now();
  const scan = await scanInventory(inventory.value, ports.advisories, { now });
  if (!scan.ok) return scan;
  const report = scan.value;
  const sbom = createSbomDocument(request, inventory.value, now);
  const scanned = await createScanDocument(request, member, report, now);
  if (!scanned.ok) return scanned;
  const provenance = await createProvenanceDocument(request, image.value, inventory.value, now);
  if (!provenance.ok) return provenance;
  return ok({
    member,
    inventory: inventory.value,
    report,
    documents: [sbom, scanned.value, provenance.value],
  });
}

function createSbomDocument(
  request: ReleaseRequest,
  inventory: Inventory,
  at: Instant,
): ReleaseDocument {
  const bytes = writeSpdx(inventory, { at, tool: request.tool, context: 'build' });
  return { kind: 'sbom', mediaType: SPDX_TYPE, bytes, createdAt: at, outcome: inventory.outcome };
}

/** Who makes a statement, and about an image of which repository. */
export type StatementMaker = Pick<ReleaseRequest, 'key' | 'tool'> & {
  readonly destination: Pick<ReleaseRequest['destination'], 'reference'>;
};

export function createScanDocument(
  request: StatementMaker,
  member: Descriptor,
  report: ScanReport,
  at: Instant,
): Promise<Result<ReleaseDocument>> {
  const predicate = buildVulnsPredicate(toVulnerabilityReport(report, request.tool, at));
  return makeStatementDocument(request, member, {
    kind: 'scan',
    predicateType: VULNS_TYPE,
    predicate,
    at,
    outcome: report.outcome,
  });
}

function createProvenanceDocument(
  request: ReleaseRequest,
  image: OpenedImage,
  inventory: Inventory,
  at: Instant,
): Promise<Result<ReleaseDocument>> {
  const predicate = buildSlsaProvenance(buildProvenance(request, image, inventory));
  const { descriptor } = image;
  return makeStatementDocument(request, descriptor, {
    kind: 'provenance',
    predicateType: SLSA_PROVENANCE_TYPE,
    predicate,
    at,
    outcome: 'complete',
  });
}

interface StatementDraft {
  readonly kind: ReleaseDocumentKind;
  readonly predicateType: string;
  readonly predicate: JsonObject;
  readonly at: Instant;
  readonly outcome: 'complete' | 'partial';
}

async function makeStatementDocument(
  request: StatementMaker,
  about: Descriptor,
  stating: StatementDraft,
): Promise<Result<ReleaseDocument>> {
  const { kind, predicateType, predicate, at, outcome } = stating;
  const { digest } = about;
  const subjects = [
    {
      name: formatRepository(request.destination.reference),
      digest: { [readAlgorithm(digest)]: takeHex(digest) },
    },
  ];
  const envelope = await signStatement({ subjects, predicateType, predicate }, request.key);
  return envelope.ok
    ? ok({ kind, mediaType: DSSE_TYPE, bytes: envelope.value, createdAt: at, outcome })
    : envelope;
}
