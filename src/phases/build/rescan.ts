import type { AdvisoryIndex } from '../../capabilities/advisories/index.ts';
import type { Inventory } from '../../capabilities/ecosystems/index.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import { inventoryImage } from '../../capabilities/inventory/index.ts';
import {
  type ArtifactTarget,
  type CallOptions,
  openImage,
} from '../../capabilities/registry/index.ts';
import { type Finding, type ScanReport, scanInventory } from '../../capabilities/scanning/index.ts';
import { NOTARY_JWS_TYPE, type SigningKey } from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { formatRepository, type ImageReference } from '../../core/image-reference.ts';
import { formatInstant, type Instant } from '../../core/instant.ts';
import type { ReadingBudget } from '../../core/reading-budget.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { buildVerificationEvidence } from '../../gates/desk/index.ts';
import { createExcuse, toFindingFact } from '../../gates/facts/index.ts';
import {
  type AttachedDocument,
  gatherImage,
  type ImageEvidence,
  type TrustMaterial,
} from '../../gates/image-evidence/index.ts';
import { attachStaged } from './attach.ts';
import { createScanDocument, type ReleaseDocument } from './documents.ts';
import { stageDocument } from './stage.ts';
import { StagingArea } from './staging.ts';
import { type Replacement, replaceOlder } from './superseded.ts';

export interface RescanPorts {
  /** Where the image is, and where its scan is attached. */
  readonly target: ArtifactTarget;
  readonly key: SigningKey;
  readonly tool: { readonly name: string; readonly version: string };
  readonly trust: TrustMaterial;
  readonly advisories: AdvisoryIndex;
  readonly now: () => Instant;
  readonly reading: ReadingBudget;
  /** Resolves after this number of milliseconds. */
  readonly pause: (ms: number) => Promise<unknown>;
}

/** One platform image, scanned again. */
export interface RescannedMember {
  readonly member: Descriptor;
  /** The SBOM that was looked up; null where the layers were read. */
  readonly sbom: Digest | null;
  readonly outcome: ScanReport['outcome'];
  /** What VEX excuses, as of now, has the status `not_affected`. */
  readonly findings: readonly RescannedFinding[];
  /** The manifest of the scan that is attached now. */
  readonly scan: Digest;
  /** When the trusted scan before was made; null where there was none. */
  readonly scannedBefore: Instant | null;
}

export interface RescannedFinding
  extends Pick<Finding, 'id' | 'severity' | 'component' | 'status' | 'fixed'> {
  /** The trusted scan before did not have it. */
  readonly isNew: boolean;
}

export interface RescanOutcome {
  readonly reference: ImageReference;
  readonly subject: Descriptor;
  readonly members: readonly RescannedMember[];
  readonly replacement: Replacement;
  readonly scannedAt: Instant;
  /** What the log records about it. */
  readonly evidence: readonly EvidenceInput[];
}

/**
 * Scans a published image again and attaches the signed scan, then removes the scans that it
 * replaces. The trusted SBOM is looked up where there is one, so that no layer is read. Until the
 * new scan is attached and counts, nothing is removed; a failure leaves what was there.
 */
export async function rescanImage(
  reference: ImageReference,
  ports: RescanPorts,
  options: CallOptions = {},
): Promise<Result<RescanOutcome>> {
  const { target, key, trust, reading } = ports;
  const before = await gatherImage(
    reference,
    ports.now(),
    { source: target, trust, reading },
    options,
  );
  if (!before.ok) return before;
  const { subject, members } = before.value;
  const repository = formatRepository(reference);
  const staging = new StagingArea(target, repository, subject);
  const scans: MemberScan[] = [];
  for (const { descriptor } of members) {
    const scan = await scanMember(reference, before.value, descriptor, ports, options);
    if (!scan.ok) return scan;
    scans.push(scan.value);
    await stageDocument(staging, descriptor, scan.value.document, key, ports.now());
  }
  const scannedAt = ports.now();
  const pinned = { ...reference, digest: subject.digest };
  const staged = await gatherImage(pinned, scannedAt, { source: staging, trust }, options);
  if (!staged.ok) return staged;
  const refused = findRefusal(staged.value);
  if (refused !== null) return refused;
  const attached = await attachStaged(target, repository, staging, ports.pause, options);
  if (!attached.ok) return attached;
  const made = staged.value.documents.items;
  const replacement = await replaceOlder(target, repository, before.value, made, options);
  return ok({
    reference,
    subject,
    members: scans.map((scan) => describeScan(scan, before.value, made, trust, scannedAt)),
    replacement,
    scannedAt,
    evidence: listEvidence(scans, staging, staged.value, trust, scannedAt),
  });
}

interface MemberScan {
  readonly member: Descriptor;
  readonly sbom: Digest | null;
  readonly report: ScanReport;
  readonly document: ReleaseDocument;
  readonly previous: AttachedDocument | null;
}

async function scanMember(
  reference: ImageReference,
  evidence: ImageEvidence,
  member: Descriptor,
  ports: RescanPorts,
  options: CallOptions,
): Promise<Result<MemberScan>> {
  const released = findSbom(evidence, member.digest);
  const inventory =
    released === null
      ? await readLayers(reference, member, ports, options)
      : ok(released.inventory);
  if (!inventory.ok) return inventory;
  const now = ports.now();
  const scan = await scanInventory(inventory.value, ports.advisories, { now });
  if (!scan.ok) return scan;
  const previous = findScan(evidence, member.digest);
  // mutant partial-scan-replaces-a-complete-one by rescan: condition -> false
  if (previous?.outcome === 'complete' && scan.value.outcome === 'partial')
    return failPartial(member, scan.value, previous);
  const { key, tool } = ports;
  const maker = { key, tool, destination: { reference } };
  const document = await createScanDocument(maker, member, scan.value, now);
  if (!document.ok) return document;
  const sbom = released?.digest ?? null;
  return ok({ member, sbom, report: scan.value, document: document.value, previous });
}

/** The gates would take the newer one, and admit less than before for want of data here. */
function failPartial(
  { digest }: Descriptor,
  { notCovered }: ScanReport,
  { createdAt }: AttachedDocument,
): Result<never> {
  const [gap] = notCovered;
  const at = createdAt === null ? '' : ` of ${formatInstant(createdAt)}`;
  return fail(
    'FACT_UNKNOWN',
    `the scan of ${digest} would be partial, so the complete one${at} stays: ` +
      `${gap?.why ?? 'not everything was looked up'}`,
    'Import the advisories that are missing: waybill advisories import. Then run it again.',
  );
}

/** The newest trusted SBOM of a platform image that can be read, whole ones before others. */
function findSbom(
  { documents }: ImageEvidence,
  member: Digest,
): { readonly digest: Digest; readonly inventory: Inventory } | null {
  const sboms = documents.items.flatMap(({ about, standing, content, manifest, createdAt }) =>
    // mutant sbom-of-a-stranger-is-scanned by rescan: remove operand 2
    about === member && standing.kind === 'counts' && content.kind === 'sbom'
      ? [{ digest: manifest.digest, inventory: content.sbom.inventory, at: createdAt ?? 0 }]
      : [],
  );
  const rank = ({ inventory }: { readonly inventory: Inventory }): number =>
    inventory.outcome === 'complete' ? 1 : 0;
  const [best] = sboms.toSorted((one, other) => rank(other) - rank(one) || other.at - one.at);
  return best === undefined ? null : best;
}

/** The newest trusted scan of a platform image that can be read, as the gates take it. */
function findScan({ documents }: ImageEvidence, member: Digest): AttachedDocument | null {
  const scans = documents.items.filter(
    ({ about, standing, content }) =>
      about === member && standing.kind === 'counts' && content.kind === 'scan',
  );
  const at = ({ createdAt }: AttachedDocument): number => createdAt ?? 0;
  return scans.toSorted((one, other) => at(other) - at(one))[0] ?? null;
}

async function readLayers(
  reference: ImageReference,
  member: Descriptor,
  { target }: RescanPorts,
  options: CallOptions,
): Promise<Result<Inventory>> {
  const image = await openImage(target, formatRepository(reference), member, options);
  return image.ok ? inventoryImage(image.value, options) : image;
}

/** What the gates would not count is not attached: it would only look like a fresh scan. */
function findRefusal({ documents }: ImageEvidence): Result<never> | null {
  // mutant scan-that-would-not-count by rescan: value -> undefined
  const bad = documents.items.find(
    ({ standing, content }) => standing.kind !== 'counts' || content.kind !== 'scan',
  );
  if (bad === undefined && documents.items.length > 0 && documents.missing === null) return null;
  const { standing } = bad ?? { standing: null };
  const why =
    standing?.kind === 'does-not-count'
      ? standing.why
      : standing?.kind === 'undetermined'
        ? standing.cause.message
        : 'it cannot be read back';
  return fail(
    'EVIDENCE_REJECTED',
    `a scan by this key would not count, and is not attached: ${why}`,
    'Use a key that the trust document names for scan in this repository: waybill trust list.',
  );
}

function describeScan(
  { member, sbom, report, previous }: MemberScan,
  before: ImageEvidence,
  made: readonly AttachedDocument[],
  trust: TrustMaterial,
  at: Instant,
): RescannedMember {
  const excuse = createExcuse(before, trust, at);
  const known = listKnown(previous);
  const findings = report.findings.map((finding): RescannedFinding => {
    const { id, aliases, severity, component, fixed } = finding;
    const isNew = ![id, ...aliases].some((name) => known.has(`${name} ${component}`));
    const isExcused = excuse(toFindingFact(finding), member.digest).status === 'not_affected';
    const status = isExcused ? 'not_affected' : finding.status;
    return { id, severity, component, fixed, status, isNew };
  });
  const scan = made.find(({ about }) => about === member.digest)?.manifest.digest;
  return {
    ...{ member, sbom, findings, outcome: report.outcome },
    scan: scan ?? member.digest,
    scannedBefore: previous?.createdAt ?? null,
  };
}

function listKnown(previous: AttachedDocument | null): ReadonlySet<string> {
  if (previous?.content.kind !== 'scan') return new Set();
  const { findings } = previous.content.scan;
  return new Set(
    findings.flatMap(({ id, aliases, component }) =>
      [id, ...aliases].map((name) => `${name} ${component}`),
    ),
  );
}

/** The scans, the signatures on them and what was verified, as a release records them. */
function listEvidence(
  scans: readonly MemberScan[],
  { artifacts }: StagingArea,
  staged: ImageEvidence,
  trust: TrustMaterial,
  at: Instant,
): readonly EvidenceInput[] {
  const documents = scans.map(
    ({ member, document }): EvidenceInput => ({
      kind: 'scan',
      mediaType: document.mediaType,
      body: document.bytes,
      subject: member.digest,
    }),
  );
  const signatures = artifacts.flatMap(({ subject, blobs }) =>
    blobs
      .filter(({ descriptor }) => descriptor.mediaType === NOTARY_JWS_TYPE)
      .map(
        ({ bytes }): EvidenceInput => ({
          ...{ kind: 'signature', mediaType: NOTARY_JWS_TYPE, body: bytes, subject },
        }),
      ),
  );
  return [...documents, ...signatures, ...buildVerificationEvidence(staged, trust, at)];
}
