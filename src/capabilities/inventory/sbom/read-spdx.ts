import type { Digest } from '../../../core/digest.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn, setOwn } from '../../../core/own.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { toSpdxExpression } from '../../../formats/spdx/licence.ts';
import type { InventorySubject, OperatingSystem } from '../../ecosystems/index.ts';
import {
  addUnique,
  ComponentCollector,
  type Draft,
  failTooMany,
  LOST,
  type ParsedSbom,
  readInstant,
  readList,
  readText,
  type SbomClaim,
  type SbomFormat,
} from './component-collector.ts';
import { applyDetail, parseMarked, readSkip, readUnexplained, toDigest } from './detail.ts';
import { identifyPackage } from './package-identity.ts';
import { findForeignElement, listSpdxElements, readSpdxRelation } from './spdx-relations.ts';
import { BUILT_FROM } from './write-spdx.ts';

interface Reader {
  readonly document: JsonObject;
  readonly gathering: ComponentCollector;
  readonly tool: string | null;
  readonly roots: ReadonlySet<string>;
  /** The texts of the LicenseRefs of this document. */
  readonly licenses: ReadonlyMap<string, string>;
  readonly byId: Map<string, Draft>;
  /** Made where a dependency leads to no package. */
  elements: ReadonlySet<string> | null;
  readonly lost: Set<string>;
  os: OperatingSystem | null;
  subject: InventorySubject;
}

/** Reads an SPDX 2.2 or 2.3 document whose JSON is already parsed. */
export function readSpdx(document: JsonObject, format: SbomFormat): Result<ParsedSbom> {
  const packages = readList(document, 'packages');
  if (!packages.ok) return packages;
  const relationships = readList(document, 'relationships');
  if (!relationships.ok) return relationships;
  if (packages.value.length > LIMITS.componentsMax) return failTooMany(packages.value.length);
  const reader = createReader(document, relationships.value);
  if (!Array.isArray(document['packages']))
    reader.gathering.noteUnknown(
      'without a list: the document has no list of packages',
      reader.subject.name,
    );
  const wrong = readPackages(reader, packages.value);
  if (wrong !== null) return wrong;
  const open = readRelationships(reader, relationships.value);
  const own = parseMarked(document['comment']);
  readSkips(reader);
  const claim = readClaim(own?.['outcome'], open);
  const subject =
    typeof own?.['subject'] === 'string'
      ? { ...reader.subject, name: own['subject'] }
      : reader.subject;
  const found = Array.isArray(own?.['found'])
    ? own['found'].filter((kind) => typeof kind === 'string')
    : [];
  const creation = isJsonObject(document['creationInfo']) ? document['creationInfo'] : {};
  reader.gathering.sourceIsOwnByDefault = reader.tool?.startsWith('syft') === true;
  const unexplained = readUnexplained(own?.['unexplained']);
  const inventory = reader.gathering.finish({ subject, found, os: reader.os, claim, unexplained });
  const unknown = Array.isArray(own?.['unknown']) ? own['unknown'] : [];
  const createdAt = unknown.includes('created') ? null : readInstant(creation, 'created');
  return ok({
    format,
    tool: unknown.includes('tool') ? null : reader.tool,
    createdAt,
    subject: subject.digest,
    claim,
    inventory,
  });
}

/** SPDX 2 has no field for it: only documents in our own form say so. */
function readClaim(outcome: JsonValue | undefined, open: boolean): SbomClaim {
  if (open || outcome === 'partial') return 'partial';
  return outcome === 'complete' ? 'complete' : null;
}

function createReader(document: JsonObject, relationships: readonly JsonValue[]): Reader {
  const creation = document['creationInfo'];
  return {
    document,
    gathering: new ComponentCollector(),
    tool: isJsonObject(creation) ? findTool(creation['creators']) : null,
    roots: findRoots(document, relationships),
    licenses: readExtractedLicenses(document['hasExtractedLicensingInfos']),
    byId: new Map(),
    elements: null,
    lost: new Set(),
    os: null,
    subject: { name: readText(document, 'name'), digest: null },
  };
}

function findTool(creators: JsonValue | undefined): string | null {
  if (!Array.isArray(creators)) return null;
  const tool = creators.find(
    (creator) => typeof creator === 'string' && creator.startsWith('Tool:'),
  );
  return typeof tool === 'string' ? tool.slice(5).trim() || null : null;
}

/**
 * What the document describes: `documentDescribes` (2.2) or a DESCRIBES relationship with the
 * document, in either direction.
 */
function findRoots(document: JsonObject, relationships: readonly JsonValue[]): ReadonlySet<string> {
  const roots = new Set<string>();
  const described = document['documentDescribes'];
  if (Array.isArray(described))
    for (const id of described) if (typeof id === 'string') roots.add(id);
  for (const relationship of relationships) {
    if (!isJsonObject(relationship)) continue;
    const kind = relationship['relationshipType'];
    if (kind === 'DESCRIBES' && relationship['spdxElementId'] === 'SPDXRef-DOCUMENT')
      roots.add(readText(relationship, 'relatedSpdxElement'));
    else if (kind === 'DESCRIBED_BY' && relationship['relatedSpdxElement'] === 'SPDXRef-DOCUMENT')
      roots.add(readText(relationship, 'spdxElementId'));
  }
  return roots;
}

function readExtractedLicenses(infos: JsonValue | undefined): ReadonlyMap<string, string> {
  const licenses = new Map<string, string>();
  if (!Array.isArray(infos)) return licenses;
  for (const info of infos) {
    if (!isJsonObject(info)) continue;
    const id = readText(info, 'licenseId');
    const name = readText(info, 'name');
    const text = readText(info, 'extractedText');
    // A whole licence text cannot be compared as a name; a short text is what the package declared.
    licenses.set(id, text.length <= 256 && /^LicenseRef-[0-9a-f]{16}$/.test(id) ? text : name);
  }
  return licenses;
}

function readPackages(reader: Reader, packages: readonly JsonValue[]): Result<never> | null {
  const only = packages.length === 1;
  for (const entry of packages) {
    if (!isJsonObject(entry))
      return fail('MALFORMED', 'a package of the SBOM is not an object', 'Make the SBOM again.');
    const id = readText(entry, 'SPDXID');
    const purls = listPurls(entry);
    if (reader.roots.size === 1 && reader.roots.has(id) && isSubject(entry, purls, only))
      readRoot(reader, entry, purls);
    else if (isOperatingSystem(entry, id, purls)) readOs(reader, entry);
    else if (!isLockFile(reader, entry, purls)) readPackage(reader, entry, id, purls);
  }
  return null;
}

/** The described package is not part of itself, unless it is the only package. */
function isSubject(entry: JsonObject, purls: readonly string[], only: boolean): boolean {
  return !only || purls.length === 0 || entry['primaryPackagePurpose'] === 'CONTAINER';
}

/**
 * An entry with the purl of a package is a package, under any label: nothing hides behind a label.
 */
function isOperatingSystem(entry: JsonObject, id: string, purls: readonly string[]): boolean {
  const purpose = entry['primaryPackagePurpose'];
  const isMarked = purpose === 'OPERATING_SYSTEM' || purpose === 'OPERATING-SYSTEM';
  if (!isMarked && !id.startsWith('SPDXRef-OperatingSystem')) return false;
  return purls.every((purl) => /^pkg:(?:generic|swid)\//.test(purl));
}

/**
 * Trivy lists a lock file that it read as a package; its packages follow as separate packages.
 */
function isLockFile(reader: Reader, entry: JsonObject, purls: readonly string[]): boolean {
  return (
    purls.length === 0 &&
    reader.tool?.startsWith('trivy') === true &&
    entry['primaryPackagePurpose'] === 'APPLICATION' &&
    entry['versionInfo'] === undefined
  );
}

const NONE: readonly string[] = [];

/** The purls that a package states, each once. */
export function listPurls(entry: JsonObject): readonly string[] {
  const refs = entry['externalRefs'];
  if (!Array.isArray(refs)) return NONE;
  let first: string | null = null;
  let more: string[] | null = null;
  for (const ref of refs) {
    if (!isJsonObject(ref) || ref['referenceType'] !== 'purl') continue;
    const locator = ref['referenceLocator'];
    if (typeof locator !== 'string' || locator === first) continue;
    if (first === null) first = locator;
    else more = [...(more ?? [first]), locator];
  }
  return more ?? (first === null ? NONE : [first]);
}

function readRoot(reader: Reader, entry: JsonObject, purls: readonly string[]): void {
  reader.subject = { name: readText(entry, 'name'), digest: findSubjectDigest(entry, purls) };
}

/**
 * The digest of the described image: from its purl, its version (Syft), or a container's checksum.
 */
function findSubjectDigest(entry: JsonObject, purls: readonly string[]): Digest | null {
  for (const purl of purls) {
    const identity = identifyPackage(purl);
    const digest = identity?.kind === 'image' ? toDigest(identity.version) : null;
    if (digest !== null) return digest;
  }
  const version = toDigest(readText(entry, 'versionInfo'));
  if (version !== null || entry['primaryPackagePurpose'] !== 'CONTAINER') return version;
  const hashes = collectChecksums(entry);
  return hashes['sha256'] === undefined ? null : toDigest(`sha256:${hashes['sha256']}`);
}

function collectChecksums(entry: JsonObject): Readonly<Record<string, string>> {
  const draft = { hashes: {} };
  readChecksums(draft, entry['checksums']);
  return draft.hashes;
}

function readOs(reader: Reader, entry: JsonObject): void {
  const text = (key: string): string | null => readText(entry, key) || null;
  reader.os ??= {
    id: readText(entry, 'name'),
    versionId: text('versionInfo'),
    prettyName: text('summary'),
  };
}

function readPackage(
  reader: Reader,
  entry: JsonObject,
  id: string,
  purls: readonly string[],
): void {
  const name = readText(entry, 'name');
  const stated = { purls, version: readText(entry, 'versionInfo'), label: name || id || 'unnamed' };
  const draft = reader.gathering.admit(stated);
  if (draft === null) return;
  if (id !== '' && !reader.byId.has(id)) reader.byId.set(id, draft);
  const license = findLicense(reader, entry);
  if (license !== null) addUnique(draft.licenses, license);
  readChecksums(draft, entry['checksums']);
  readSource(draft, entry['sourceInfo']);
  const origin = entry['downloadLocation'];
  if (typeof origin === 'string' && origin !== 'NOASSERTION' && origin !== 'NONE' && origin !== '')
    draft.origin ??= origin;
  readTrivyRemarks(draft, entry);
  const detail = entry['comment'] === undefined ? null : parseMarked(entry['comment']);
  if (detail !== null) applyDetail(draft, detail);
}

/** Declared before concluded; NOASSERTION and NONE state nothing that could be allowed. */
function findLicense(reader: Reader, entry: JsonObject): string | null {
  for (const key of ['licenseDeclared', 'licenseConcluded']) {
    const text = getOwn(entry, key);
    if (typeof text !== 'string' || text === 'NOASSERTION' || text === 'NONE' || text === '')
      continue;
    const declared = text.startsWith('LicenseRef-') ? (reader.licenses.get(text) ?? text) : text;
    return toSpdxExpression(declared) ?? declared;
  }
  return null;
}

function readChecksums(draft: Pick<Draft, 'hashes'>, checksums: JsonValue | undefined): void {
  if (!Array.isArray(checksums)) return;
  for (const checksum of checksums) {
    if (!isJsonObject(checksum)) continue;
    const { algorithm, checksumValue } = checksum;
    if (typeof algorithm === 'string' && typeof checksumValue === 'string')
      setOwn(draft.hashes, algorithm.toLowerCase(), checksumValue.toLowerCase());
  }
}

function readSource(draft: Draft, sourceInfo: JsonValue | undefined): void {
  if (typeof sourceInfo !== 'string' || !sourceInfo.startsWith(BUILT_FROM)) return;
  const text = sourceInfo.slice(BUILT_FROM.length);
  const space = text.indexOf(' ');
  if (space > 0) draft.source = { name: text.slice(0, space), version: text.slice(space + 1) };
}

/** Trivy's `LayerDigest` and `LayerDiffID`, as attribution texts or annotations. */
function readTrivyRemarks(draft: Draft, entry: JsonObject): void {
  const { attributionTexts, annotations } = entry;
  if (attributionTexts === undefined && annotations === undefined) return;
  const texts = Array.isArray(attributionTexts) ? [...attributionTexts] : [];
  if (Array.isArray(annotations))
    for (const each of annotations) texts.push(isJsonObject(each) ? (each['comment'] ?? '') : '');
  for (const mark of ['LayerDigest: ', 'LayerDiffID: ']) {
    const text = texts.find((each) => typeof each === 'string' && each.startsWith(mark));
    if (typeof text === 'string') draft.layer ??= toDigest(text.slice(mark.length));
  }
}

/**
 * Whether an edge says that there is more than the document knows; other edges give dependencies.
 */
function readRelationships(reader: Reader, relationships: readonly JsonValue[]): boolean {
  let open = false;
  const development = new Set<string>();
  for (const [from, kind, to] of listEdges(relationships)) {
    const foreign = findForeignElement(from, kind, to);
    // mutant spdx-element-of-another-document by foreign-forms: remove
    if (foreign !== null) reader.gathering.noteUnknown('in a document that was not read', foreign);
    const relation = readSpdxRelation(kind);
    if (relation !== null) {
      const [needing, needed] = relation.reversed ? [to, from] : [from, to];
      if (relation.kind === 'dependency') addDependency(reader, needing, needed);
      if (relation.development) development.add(needed);
    }
    if (to === 'NOASSERTION' && (kind === 'CONTAINS' || kind === 'DEPENDS_ON')) open = true;
  }
  for (const id of reader.lost) reader.gathering.noteUnknown(LOST, id);
  if (development.size > 0) markDevelopment(reader, development, relationships);
  return open;
}

type Edge = readonly [from: string, kind: string, to: string];

function* listEdges(relationships: readonly JsonValue[]): Generator<Edge> {
  for (const entry of relationships) {
    if (!isJsonObject(entry)) continue;
    const from = entry['spdxElementId'];
    const to = entry['relatedSpdxElement'];
    const kind = entry['relationshipType'];
    if (typeof from === 'string' && typeof to === 'string' && typeof kind === 'string')
      yield [from, kind, to];
  }
}

function addDependency(reader: Reader, from: string, to: string): void {
  const needing = reader.byId.get(from);
  const needed = reader.byId.get(to);
  if (needing !== undefined && needed !== undefined) needing.dependsOn.push(needed.purl);
  else for (const id of [from, to]) if (!isDescribed(reader, id)) reader.lost.add(id);
}

/** SPDX 2.3 clause 11.1: an element of this document, or of another one, which was noted before. */
function isDescribed(reader: Reader, id: string): boolean {
  if (reader.byId.has(id) || !id.startsWith('SPDXRef-')) return true;
  reader.elements ??= listSpdxElements(reader.document);
  // mutant spdx-dependency-on-nothing by described-parts: value -> true
  return reader.elements.has(id);
}

/**
 * For development only: so marked, and not needed or contained by anything that is shipped. Our own
 * documents mark only what is so.
 */
function markDevelopment(
  reader: Reader,
  development: ReadonlySet<string>,
  relationships: readonly JsonValue[],
): void {
  const needed = new Set<string>();
  const isOwn = parseMarked(reader.document['comment']) !== null;
  // mutant spdx-development-is-also-shipped by foreign-forms: argument -> []
  for (const [from, kind, to] of listEdges(isOwn ? [] : relationships)) {
    const relation = readSpdxRelation(kind);
    if (relation === null || relation.development) continue;
    if (!development.has(relation.reversed ? to : from)) needed.add(relation.reversed ? from : to);
  }
  const { development: marked, shipped } = reader.gathering;
  for (const [id, { purl }] of reader.byId)
    (development.has(id) && !needed.has(id) ? marked : shipped).add(purl);
}

function readSkips(reader: Reader): void {
  const { annotations } = reader.document;
  if (!Array.isArray(annotations)) return;
  for (const annotation of annotations) {
    const skip = isJsonObject(annotation) ? readSkip(annotation['comment']) : null;
    if (skip !== null) reader.gathering.skips.push(skip);
  }
}
