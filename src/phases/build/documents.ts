import {
  IN_TOTO_TYPE,
  SLSA_PROVENANCE_TYPE,
  signDsse,
  slsaProvenance,
  statement,
  VULNS_TYPE,
  vulnsPredicate,
} from '../../capabilities/attestation/index.ts';
import type { Inventory } from '../../capabilities/ecosystems/index.ts';
import { inventoryImage, writeSpdx } from '../../capabilities/inventory/index.ts';
import { type CallOptions, type OpenedImage, openImage } from '../../capabilities/registry/index.ts';
import { type ScanReport, scan } from '../../capabilities/scanning/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { algorithmOf, hexOf } from '../../core/digest.ts';
import { repositoryOf } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import type { JsonObject } from '../../core/json.ts';
import { ok, type Result } from '../../core/result.ts';
import { provenanceOf } from './provenance.ts';
import type { ReleasePorts, ReleaseRequest } from './request.ts';
import { reportOf } from './scan-report.ts';

export type MadeKind = 'sbom' | 'scan' | 'provenance';

/** One security artifact of an image, before it is attached. */
export interface MadeDocument {
  readonly kind: MadeKind;
  /** Also the type of the artifact. */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly createdAt: Instant;
  readonly outcome: 'complete' | 'partial';
}

export interface MemberDocuments {
  readonly member: Descriptor;
  readonly inventory: Inventory;
  readonly report: ScanReport;
  readonly documents: readonly MadeDocument[];
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
  const image = await openImage(source, repositoryOf(reference), member, options);
  if (!image.ok) return image;
  const inventory = await inventoryImage(image.value, options);
  if (!inventory.ok) return inventory;
  const now = ports.now();
  const report = scan(inventory.value, ports.advisories, { now });
  const sbom = sbomDocument(request, inventory.value, now);
  const scanned = await scanDocument(request, member, report, now);
  if (!scanned.ok) return scanned;
  const provenance = await provenanceDocument(request, image.value, inventory.value, now);
  if (!provenance.ok) return provenance;
  return ok({ member, inventory: inventory.value, report, documents: [sbom, scanned.value, provenance.value] });
}

function sbomDocument(request: ReleaseRequest, inventory: Inventory, at: Instant): MadeDocument {
  const bytes = writeSpdx(inventory, { at, tool: request.tool, context: 'build' });
  return { kind: 'sbom', mediaType: SPDX_TYPE, bytes, createdAt: at, outcome: inventory.outcome };
}

function scanDocument(
  request: ReleaseRequest,
  member: Descriptor,
  report: ScanReport,
  at: Instant,
): Promise<Result<MadeDocument>> {
  const predicate = vulnsPredicate(reportOf(report, request.tool, at));
  return stated(request, member, { kind: 'scan', predicateType: VULNS_TYPE, predicate, at, outcome: report.outcome });
}

function provenanceDocument(
  request: ReleaseRequest,
  image: OpenedImage,
  inventory: Inventory,
  at: Instant,
): Promise<Result<MadeDocument>> {
  const predicate = slsaProvenance(provenanceOf(request, image, inventory, at));
  const { descriptor } = image;
  return stated(request, descriptor, {
    kind: 'provenance',
    predicateType: SLSA_PROVENANCE_TYPE,
    predicate,
    at,
    outcome: 'complete',
  });
}

interface Stating {
  readonly kind: MadeKind;
  readonly predicateType: string;
  readonly predicate: JsonObject;
  readonly at: Instant;
  readonly outcome: 'complete' | 'partial';
}

async function stated(request: ReleaseRequest, about: Descriptor, stating: Stating): Promise<Result<MadeDocument>> {
  const { kind, predicateType, predicate, at, outcome } = stating;
  const { digest } = about;
  const subjects = [
    { name: repositoryOf(request.destination.reference), digest: { [algorithmOf(digest)]: hexOf(digest) } },
  ];
  const envelope = await signDsse(IN_TOTO_TYPE, statement({ subjects, predicateType, predicate }), request.key);
  return envelope.ok ? ok({ kind, mediaType: DSSE_TYPE, bytes: envelope.value, createdAt: at, outcome }) : envelope;
}
