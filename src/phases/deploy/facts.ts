import type { Material } from '../../capabilities/attestation/index.ts';
import type { Component, Inventory } from '../../capabilities/inventory/index.ts';
import {
  type ArtifactFact,
  type ComponentFact,
  type FactList,
  type Facts,
  type FindingFact,
  type MaterialFact,
  partialList,
  type ReleaseFact,
  type SignatureFact,
  type Unknown,
  unknownFact,
} from '../../capabilities/policy/index.ts';
import { formatPlatform } from '../../capabilities/registry/index.ts';
import { type AdvisoryIndex, type Finding, scan } from '../../capabilities/scanning/index.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { formatImageReference, repositoryOf } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import { isJsonObject } from '../../core/json.ts';
import { parsePurl } from '../../core/purl.ts';
import type { WorkloadAsked } from './admission.ts';
import { standingOf } from './documents.ts';
import type { DocumentFound, ImageEvidence, SignatureFound } from './found.ts';
import type { TrustMaterial } from './gathering.ts';

export interface FactSources {
  readonly trust: TrustMaterial;
  readonly advisories: AdvisoryIndex;
  /** What the knowledge graph says of the release; an Unknown where there is no graph. */
  readonly release: ReleaseFact | Unknown;
}

/** What was found turned into what rules may ask. Whatever is not whole is no empty list but an unknown (foundation 1). */
export function imageFacts(evidence: ImageEvidence, now: Instant, sources: FactSources): Facts {
  const sboms = ofKind(evidence, 'sbom');
  const scans = ofKind(evidence, 'scan');
  const members = evidence.members.map((member) => memberFacts(evidence, member.descriptor.digest, now, sources));
  return {
    image: imageFact(evidence),
    signatures: wholeOrPartial(
      evidence.signatures.items.map((one) => signatureFact(evidence, one, sources.trust)),
      evidence.signatures.missing,
    ),
    artifacts: wholeOrPartial(
      evidence.documents.items.map(artifactFact),
      evidence.documents.missing ?? unreadableStatement(evidence),
    ),
    sbom: sbomFact(evidence, sboms, members),
    scan: scanFact(evidence, scans),
    provenance: provenanceFact(evidence),
    components: joined(members.map((member) => member.components)),
    findings: withAttached(joined(members.map((member) => member.findings)), scans),
    advisories: advisoriesFact(sources.advisories),
    release: sources.release,
  };
}

/** The facts of an image together with those of the workload that asks for it. */
export function admissionFacts(facts: Facts, { cluster, namespace, kind, name }: WorkloadAsked): Facts {
  return { ...facts, workload: { cluster, namespace, kind, name } };
}

function imageFact({ reference, subject, members }: ImageEvidence): NonNullable<Facts['image']> {
  const [only, ...others] = members;
  const platform = others.length === 0 && only?.platform != null ? formatPlatform(only.platform) : null;
  return {
    reference: formatImageReference({ ...reference, digest: subject.digest }),
    registry: reference.registry,
    repository: reference.repository,
    tag: reference.tag,
    digest: subject.digest,
    platform,
  };
}

function signatureFact({ reference }: ImageEvidence, found: SignatureFound, trust: TrustMaterial): SignatureFact {
  const standing = standingOf({ repository: repositoryOf(reference), trust }, 'image', [found], null);
  const signer = found.result.kind === 'undetermined' ? null : found.result.signer;
  return {
    format: signer?.format ?? 'notary',
    trusted: standing.kind === 'undetermined' ? unknownFact(standing.cause) : standing.kind === 'counts',
    identity: signer?.identity ?? null,
    reason:
      standing.kind === 'does-not-count'
        ? standing.why
        : standing.kind === 'undetermined'
          ? standing.cause.message
          : null,
    signedAt: signer?.signedAt ?? null,
  };
}

function artifactFact(found: DocumentFound): ArtifactFact {
  const { standing, createdAt } = found;
  const signer = standing.kind === 'undetermined' ? null : standing.signer;
  const reason =
    standing.kind === 'does-not-count'
      ? standing.why
      : standing.kind === 'undetermined'
        ? standing.cause.message
        : null;
  return {
    type: found.kind,
    mediaType: found.document?.mediaType ?? 'unknown',
    digest: found.document?.digest ?? found.manifest.digest,
    createdAt:
      createdAt ?? unknownFact(missing(`the ${found.kind} ${found.manifest.digest} does not say when it was made`)),
    trusted: standing.kind === 'undetermined' ? unknownFact(standing.cause) : standing.kind === 'counts',
    identity: signer?.identity ?? null,
    reason: found.content.kind === 'unreadable' ? found.content.cause.message : reason,
  };
}

/** A signed statement that cannot be read could be any kind, so no kind can be said to be absent. */
function unreadableStatement(evidence: ImageEvidence): Failure | null {
  const open = evidence.documents.items.find(
    (found) => found.content.kind === 'unreadable' && (found.standing.kind !== 'does-not-count' || isSigned(found)),
  );
  return open?.content.kind === 'unreadable' ? open.content.cause : null;
}

function isSigned(found: DocumentFound): boolean {
  return found.signatures.some((signature) => signature.result.kind === 'trusted');
}

interface MemberFacts {
  readonly count: number;
  readonly complete: boolean | Failure;
  readonly components: FactList<ComponentFact>;
  readonly findings: FactList<FindingFact>;
}

/** SBOMs that disagree are united; only those that count can make the union whole (foundation 2). */
function memberFacts(evidence: ImageEvidence, member: Digest, now: Instant, sources: FactSources): MemberFacts {
  const about = ofKind(evidence, 'sbom').filter((found) => found.about === member);
  const readings = about.flatMap((found) => (found.content.kind === 'sbom' ? [found.content.sbom.inventory] : []));
  const gap = gapOf(evidence, about, member);
  const united = uniteInventories(readings);
  const components = [...united.components].map(componentFact);
  const report = scan(united, sources.advisories, { now });
  const findings = report.findings.map(findingFact);
  const uncovered =
    report.outcome === 'complete' ? null : missing(`the advisory data does not cover all components of ${member}`);
  return {
    count: components.length,
    complete: gap ?? true,
    components: wholeOrPartial(components, gap),
    findings: wholeOrPartial(findings, gap ?? uncovered),
  };
}

/** Why absence cannot be concluded about a member; null when it can. */
function gapOf(evidence: ImageEvidence, about: readonly DocumentFound[], member: Digest): Failure | null {
  if (evidence.documents.missing !== null) return evidence.documents.missing;
  const counting = about.filter((found) => found.standing.kind === 'counts');
  const broken = counting.find((found) => found.content.kind === 'unreadable');
  if (broken?.content.kind === 'unreadable') return broken.content.cause;
  const open = about.find((found) => found.standing.kind === 'undetermined');
  const whole = counting.some(
    (found) => found.content.kind === 'sbom' && found.content.sbom.inventory.outcome === 'complete',
  );
  if (whole) return null;
  if (open?.standing.kind === 'undetermined') return open.standing.cause;
  if (counting.length === 0) return missing(`no trusted SBOM of ${member} was found`);
  return missing(`the SBOM of ${member} is partial: ${skipOf(counting)}`);
}

function skipOf(counting: readonly DocumentFound[]): string {
  for (const { content } of counting) {
    const skip = content.kind === 'sbom' ? content.sbom.inventory.skips[0] : undefined;
    if (skip !== undefined) return `${skip.location}: ${skip.cause.message}`;
  }
  return 'it says so';
}

function uniteInventories(inventories: readonly Inventory[]): Inventory {
  const components = new Map<string, Component>();
  for (const inventory of inventories)
    for (const component of inventory.components) components.set(component.purl, component);
  const first = inventories[0];
  return {
    subject: first?.subject ?? { name: 'nothing', digest: null },
    os: first?.os ?? null,
    components: [...components.values()],
    outcome: 'complete',
    skips: [],
    found: [],
  };
}

function componentFact(component: Component): ComponentFact {
  const type = parsePurl(component.purl);
  const undeclared = missing(`${component.purl} declares no licence`);
  return {
    purl: component.purl,
    type: type.ok ? type.value.type : 'unknown',
    name: component.name,
    version: component.version === '' ? unknownFact(missing(`${component.purl} has no version`)) : component.version,
    licenses: component.licenses.length === 0 ? unknownFact(undeclared) : component.licenses,
  };
}

function findingFact(finding: Finding): FindingFact {
  const { id, aliases, severity, status, component, name, version, fixed } = finding;
  return { id, aliases, severity, status, component, name, version, fixed };
}

/** An attached scan, by whomever, can add findings; it never removes one. */
function withAttached(matched: FactList<FindingFact>, scans: readonly DocumentFound[]): FactList<FindingFact> {
  const attached = scans.flatMap((found) => (found.content.kind === 'scan' ? found.content.scan.findings : []));
  const known = itemsOf(matched);
  const named = (finding: FindingFact): string[] =>
    [finding.id, ...finding.aliases].map((id) => `${id} ${finding.name}`);
  const names = new Set(known.flatMap(named));
  const added = attached.filter((finding) => !named(finding).some((name) => names.has(name)));
  return withItems(matched, [...known, ...added]);
}

function sbomFact(
  evidence: ImageEvidence,
  sboms: readonly DocumentFound[],
  members: readonly MemberFacts[],
): NonNullable<Facts['sbom']> {
  const counting = sboms.filter((found) => found.standing.kind === 'counts');
  const open = members.find((member) => member.complete !== true)?.complete;
  if (counting.length === 0) return unknownFact(open instanceof Failure ? open : missing('no trusted SBOM was found'));
  const made = counting.map((found) => found.createdAt).filter((at) => at !== null);
  return {
    complete: evidence.documents.missing !== null ? unknownFact(evidence.documents.missing) : open === undefined,
    count: members.reduce((sum, member) => sum + member.count, 0),
    createdAt:
      made.length === 0
        ? unknownFact(missing('the SBOM does not say when it was made'))
        : (Math.max(...made) as Instant),
  };
}

/** The newest scan that counts of each member, and of those the oldest: every member was scanned since. */
function scanFact(evidence: ImageEvidence, scans: readonly DocumentFound[]): NonNullable<Facts['scan']> {
  const { missing: gap } = evidence.documents;
  const newest = evidence.members.map(({ descriptor }) => newestScan(scans, descriptor.digest));
  const dated = newest.flatMap((found) => (found?.createdAt == null ? [] : [{ ...found, createdAt: found.createdAt }]));
  if (dated.length < evidence.members.length) {
    return unknownFact(gap ?? missing('not every platform has a trusted scan that says when it was made'));
  }
  const silent = dated.find((found) => found.outcome === null);
  const unsaid = missing(`the scan ${silent?.manifest.digest} does not say whether it is complete`);
  const complete = silent === undefined ? dated.every((found) => found.outcome === 'complete') : unknownFact(unsaid);
  return { complete, createdAt: Math.min(...dated.map((found) => found.createdAt)) as Instant };
}

function newestScan(scans: readonly DocumentFound[], member: Digest): DocumentFound | undefined {
  return scans
    .filter((found) => found.about === member && found.standing.kind === 'counts' && found.content.kind === 'scan')
    .sort((one, other) => (other.createdAt ?? 0) - (one.createdAt ?? 0))[0];
}

function provenanceFact(evidence: ImageEvidence): NonNullable<Facts['provenance']> {
  const counting = ofKind(evidence, 'provenance').find((found) => found.standing.kind === 'counts');
  if (counting?.content.kind !== 'provenance') {
    return unknownFact(evidence.documents.missing ?? missing('no trusted provenance was found'));
  }
  const { builder, externalParameters, materials } = counting.content.provenance;
  const source = isJsonObject(externalParameters['source']) ? externalParameters['source'] : {};
  const said = (key: string): string | Unknown => {
    const value = source[key];
    return typeof value === 'string' ? value : unknownFact(missing(`the provenance does not name the ${key}`));
  };
  return { builder, repository: said('repository'), commit: said('commit'), materials: materials.map(materialFact) };
}

function materialFact({ uri, name, digest }: Material): MaterialFact {
  const place = uri ?? name ?? 'unnamed';
  const [first] = Object.entries(digest ?? {});
  return { uri: place, digest: first === undefined ? unknownFact(missing(`${place} has no digest`)) : first.join(':') };
}

function advisoriesFact(index: AdvisoryIndex): NonNullable<Facts['advisories']> {
  const { source, importedAt } = index.info();
  return { source, updatedAt: importedAt ?? unknownFact(missing('the advisory data does not say how old it is')) };
}

function ofKind(evidence: ImageEvidence, kind: DocumentFound['kind']): readonly DocumentFound[] {
  return evidence.documents.items.filter((found) => found.kind === kind);
}

function wholeOrPartial<T>(items: readonly T[], gap: Failure | null): FactList<T> {
  return gap === null ? items : partialList(items, gap);
}

function joined<T>(lists: readonly FactList<T>[]): FactList<T> {
  const items = lists.flatMap((list) => [...itemsOf(list)]);
  const open = lists.map(gapIn).find((gap) => gap !== null);
  return wholeOrPartial(items, open ?? null);
}

function itemsOf<T>(list: FactList<T>): readonly T[] {
  if ('failure' in list) return [];
  return 'rest' in list ? list.items : list;
}

function gapIn<T>(list: FactList<T>): Failure | null {
  if ('failure' in list) return list.failure;
  return 'rest' in list ? list.rest.failure : null;
}

function withItems<T>(list: FactList<T>, items: readonly T[]): FactList<T> {
  return wholeOrPartial(items, gapIn(list));
}

function missing(why: string): Failure {
  return new Failure('FACT_UNKNOWN', why, 'Attach the document, signed by an identity that the trust document names.');
}
