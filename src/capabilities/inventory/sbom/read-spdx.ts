import type { Digest } from '../../../core/digest.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { setOwn } from '../../../core/own.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { toSpdxExpression } from '../../../formats/spdx/licence.ts';
import type { InventorySubject, OperatingSystem } from '../../ecosystems/index.ts';
import {
  addDependency,
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
} from './component-collector.ts';
import { applyDetail, parseMarked, readSkip, readUnexplained, toDigest } from './detail.ts';
import { identifyPackage } from './package-identity.ts';
import type { SbomFormat } from './sbom-format.ts';
import type { SpdxContents, StatedSpdxPackage } from './spdx-contents.ts';
import { FOREIGN, findForeignElement, readSpdxRelation } from './spdx-relations.ts';

interface Reader {
  readonly document: JsonObject;
  readonly contents: SpdxContents;
  readonly gathering: ComponentCollector;
  readonly tool: string | null;
  readonly roots: ReadonlySet<string>;
  /** The texts of the LicenseRefs of this document. */
  readonly licenses: ReadonlyMap<string, string>;
  readonly byId: Map<string, Draft>;
  /** Where a dependency leads to no package. */
  readonly lost: Set<string>;
  os: OperatingSystem | null;
  subject: InventorySubject;
}

/**
 * Reads a document in the members of SPDX 2 whose JSON is already parsed, and its contents taken.
 * SPDX 3 says beside them that it does not list everything.
 */
export function readSpdx(
  document: JsonObject,
  contents: SpdxContents,
  format: SbomFormat,
  isPartial = false,
): Result<ParsedSbom> {
  const packages = readList(document, 'packages');
  if (!packages.ok) return packages;
  const relationships = readList(document, 'relationships');
  if (!relationships.ok) return relationships;
  if (contents.packageCount > LIMITS.componentsMax) return failTooMany(contents.packageCount);
  if (!contents.isWellFormed)
    return fail('MALFORMED', 'a package of the SBOM is not an object', 'Make the SBOM again.');
  const reader = createReader(document, contents);
  if (!Array.isArray(document['packages']))
    reader.gathering.noteUnknown(
      'without a list: the document has no list of packages',
      reader.subject.name,
    );
  readPackages(reader);
  for (const id of reader.roots) if (id.startsWith(FOREIGN)) noteForeign(reader, id);
  const open = readRelationships(reader);
  const own = parseMarked(document['comment']);
  readSkips(reader);
  const claim = readClaim(own?.['outcome'], open || isPartial);
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
  const inventory = reader.gathering.finish({
    subject,
    found,
    os: reader.os,
    claim,
    isOwn: own !== null,
    unexplained,
  });
  const unknown = Array.isArray(own?.['unknown']) ? own['unknown'] : [];
  const createdAt = unknown.includes('created') ? null : readInstant(creation, 'created');
  return ok({
    format,
    encoding: 'json',
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

function createReader(document: JsonObject, contents: SpdxContents): Reader {
  const creation = document['creationInfo'];
  return {
    document,
    contents,
    gathering: new ComponentCollector(),
    tool: isJsonObject(creation) ? findTool(creation['creators']) : null,
    roots: findRoots(document, contents),
    licenses: readExtractedLicenses(document['hasExtractedLicensingInfos']),
    byId: new Map(),
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
function findRoots(document: JsonObject, { described }: SpdxContents): ReadonlySet<string> {
  const roots = new Set(described);
  const stated = document['documentDescribes'];
  if (Array.isArray(stated)) for (const id of stated) if (typeof id === 'string') roots.add(id);
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

function readPackages(reader: Reader): void {
  const { packages, ids, names, edges } = reader.contents;
  const only = packages.length === 1;
  const root = reader.roots.size === 1 ? ([...reader.roots][0] ?? null) : null;
  const isNamed = root !== null || edges.length > 0;
  for (const [at, entry] of packages.entries()) {
    const id = isNamed ? ids.get(at) : '';
    const isRoot = isNamed && id === root;
    if ('purl' in entry) {
      if (isRoot && !only)
        reader.subject = { name: names.get(at), digest: toDigest(entry.version) };
      else {
        const draft = reader.gathering.adopt(entry);
        if (edges.length > 0) rememberId(reader, id, draft);
      }
    } else if (isRoot && isSubject(entry, only))
      reader.subject = { name: entry.name, digest: findSubjectDigest(entry) };
    else if (isOperatingSystem(entry)) readOs(reader, entry);
    else if (!isLockFile(reader, entry)) readPackage(reader, entry);
  }
}

function rememberId({ byId }: Reader, id: string, draft: Draft): void {
  if (id !== '' && !byId.has(id)) byId.set(id, draft);
}

/** The described package is not part of itself, unless it is the only package. */
function isSubject({ purls, purpose }: StatedSpdxPackage, only: boolean): boolean {
  return !only || purls.length === 0 || purpose === 'CONTAINER';
}

/**
 * An entry with the purl of a package is a package, under any label: nothing hides behind a label.
 */
function isOperatingSystem({ id, purls, purpose }: StatedSpdxPackage): boolean {
  const isMarked = purpose === 'OPERATING_SYSTEM' || purpose === 'OPERATING-SYSTEM';
  if (!isMarked && !id.startsWith('SPDXRef-OperatingSystem')) return false;
  return purls.every((purl) => /^pkg:(?:generic|swid)\//.test(purl));
}

/**
 * Trivy lists a lock file that it read as a package; its packages follow as separate packages.
 */
function isLockFile({ tool }: Reader, { purls, purpose, hasVersion }: StatedSpdxPackage): boolean {
  return (
    purls.length === 0 &&
    tool?.startsWith('trivy') === true &&
    purpose === 'APPLICATION' &&
    !hasVersion
  );
}

/**
 * The digest of the described image: from its purl, its version (Syft), or a container's checksum.
 */
function findSubjectDigest({ purls, version, purpose, hashes }: StatedSpdxPackage): Digest | null {
  for (const purl of purls) {
    const identity = identifyPackage(purl);
    const digest = identity?.kind === 'image' ? toDigest(identity.version) : null;
    if (digest !== null) return digest;
  }
  const digest = toDigest(version);
  if (digest !== null || purpose !== 'CONTAINER') return digest;
  return hashes['sha256'] === undefined ? null : toDigest(`sha256:${hashes['sha256']}`);
}

function readOs(reader: Reader, { name, version, summary }: StatedSpdxPackage): void {
  reader.os ??= { id: name, versionId: version || null, prettyName: summary || null };
}

function readPackage(reader: Reader, entry: StatedSpdxPackage): void {
  const { id, name, purls, version, license, source, layer } = entry;
  const draft = reader.gathering.admit({ purls, version, label: name || id || 'unnamed' });
  if (draft === null) return;
  rememberId(reader, id, draft);
  if (license !== null) addUnique(draft, 'licenses', nameLicense(reader, license));
  for (const [algorithm, value] of Object.entries(entry.hashes))
    setOwn(draft.hashes, algorithm, value);
  if (source !== null) draft.source = source;
  draft.origin ??= entry.origin;
  draft.layer ??= layer;
  const detail = entry.comment === '' ? null : parseMarked(entry.comment);
  if (detail !== null) applyDetail(draft, detail);
}

function nameLicense({ licenses }: Reader, text: string): string {
  const declared = text.startsWith('LicenseRef-') ? (licenses.get(text) ?? text) : text;
  return toSpdxExpression(declared) ?? declared;
}

/**
 * Whether an edge says that there is more than the document knows; other edges give dependencies.
 */
function readRelationships(reader: Reader): boolean {
  let open = false;
  const development = new Set<string>();
  for (const [from, kind, to] of reader.contents.edges) {
    const foreign = findForeignElement(from, kind, to);
    // mutant spdx-element-of-another-document by foreign-forms: remove
    if (foreign !== null && !reader.roots.has(foreign)) noteForeign(reader, foreign);
    const relation = readSpdxRelation(kind);
    if (relation !== null) {
      const [needing, needed] = relation.reversed ? [to, from] : [from, to];
      if (relation.kind === 'dependency') readDependency(reader, needing, needed);
      if (relation.development) development.add(needed);
    }
    // mutant spdx-relation-with-the-unknown by described-parts: condition -> kind === 'CONTAINS'
    if (to === 'NOASSERTION') open = true;
  }
  if (reader.lost.size > 0) reader.contents.removeDescribed(reader.lost);
  // mutant spdx-dependency-on-nothing by described-parts: remove
  for (const id of reader.lost) reader.gathering.noteUnknown(LOST, id);
  if (development.size > 0) markDevelopment(reader, development);
  return open;
}

function noteForeign({ gathering }: Reader, id: string): void {
  gathering.noteUnknown('in a document that was not read', id);
}

function readDependency(reader: Reader, from: string, to: string): void {
  const needing = reader.byId.get(from);
  const needed = reader.byId.get(to);
  if (needing !== undefined && needed !== undefined) addDependency(needing, needed.purl);
  // SPDX 2.3 clause 11.1: an element of this document, or of another one, which was noted before.
  else
    for (const id of [from, to])
      if (!reader.byId.has(id) && id.startsWith('SPDXRef-')) reader.lost.add(id);
}

/**
 * For development only: so marked, and not needed or contained by anything that is shipped. Our own
 * documents mark only what is so.
 */
function markDevelopment(reader: Reader, development: ReadonlySet<string>): void {
  const needed = new Set<string>();
  const isOwn = parseMarked(reader.document['comment']) !== null;
  // mutant spdx-development-is-also-shipped by foreign-forms: argument -> []
  for (const [from, kind, to] of isOwn ? [] : reader.contents.edges) {
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
