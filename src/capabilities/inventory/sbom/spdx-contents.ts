import type { Digest } from '../../../core/digest.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn, setOwn } from '../../../core/own.ts';
import { JsonItems, JsonMark, type NamedMembers } from '../../../formats/json/members.ts';
import { parseJsonMembers } from '../../../formats/json/parse-members.ts';
import { toSpdxExpression } from '../../../formats/spdx/licence.ts';
import { createDraft, type Draft, readText, type Source } from './component-collector.ts';
import { toDigest } from './detail.ts';
import { identifyPackage } from './package-identity.ts';
import { findForeignElement, readSpdxRelation } from './spdx-relations.ts';
import { BUILT_FROM } from './write-spdx.ts';

/** What one package of a document says, whatever the rest of the document says. */
export interface StatedSpdxPackage {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly hasVersion: boolean;
  readonly purls: readonly string[];
  readonly purpose: string;
  readonly summary: string;
  /** As it is written; null where nothing is stated that could be allowed. */
  readonly license: string | null;
  readonly hashes: Record<string, string>;
  readonly source: Source | null;
  readonly origin: string | null;
  readonly layer: Digest | null;
  readonly comment: string;
}

/**
 * A package that needs no other part of the document to be read: one purl with the stated version,
 * and no reference to a text elsewhere.
 */
export interface PlainSpdxPackage {
  readonly id: string;
  readonly name: string;
  readonly draft: Draft;
}

type SharedLists = Map<string, readonly string[]>;

export type SpdxEdge = readonly [from: string, kind: string, to: string];

const ALL = 'all';
const PACKAGE: NamedMembers = {
  SPDXID: ALL,
  name: ALL,
  versionInfo: ALL,
  externalRefs: { referenceType: ALL, referenceLocator: ALL },
  primaryPackagePurpose: ALL,
  summary: ALL,
  licenseDeclared: ALL,
  licenseConcluded: ALL,
  checksums: { algorithm: ALL, checksumValue: ALL },
  sourceInfo: new JsonMark(BUILT_FROM),
  downloadLocation: ALL,
  attributionTexts: ALL,
  annotations: { comment: ALL },
  comment: ALL,
};
const ELEMENT: NamedMembers = { SPDXID: ALL };
const RELATIONSHIP: NamedMembers = {
  spdxElementId: ALL,
  relationshipType: ALL,
  relatedSpdxElement: ALL,
};

/**
 * Packages and relationships of an SPDX document, taken one by one while the document is read: of
 * each, only what it says about software is kept.
 */
export class SpdxContents {
  readonly packages: (PlainSpdxPackage | StatedSpdxPackage)[] = [];
  readonly edges: SpdxEdge[] = [];
  /** What the document says that it describes; with two, it describes no single thing. */
  readonly described = new Set<string>();
  readonly #bytes: Uint8Array;
  readonly #licenses: SharedLists = new Map();
  packageCount = 0;
  /** Whether every package is an object. */
  isWellFormed = true;
  /** Which members of a document are read. */
  readonly members: NamedMembers = {
    spdxVersion: ALL,
    name: ALL,
    comment: ALL,
    creationInfo: { created: ALL, creators: ALL },
    documentDescribes: ALL,
    hasExtractedLicensingInfos: { licenseId: ALL, name: ALL, extractedText: ALL },
    annotations: { comment: ALL },
    packages: new JsonItems(PACKAGE, (item) => this.#takePackage(item)),
    relationships: new JsonItems(RELATIONSHIP, (item) => this.#takeRelationship(item)),
  };

  /** `bytes` is the document; it is read once more where a file or snippet is looked for. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  #takePackage(item: JsonValue): void {
    this.packageCount += 1;
    if (!isJsonObject(item)) this.isWellFormed = false;
    else if (this.packageCount <= LIMITS.componentsMax)
      this.packages.push(readPlain(item, this.#licenses) ?? readStated(item));
  }

  /**
   * Takes away from `ids` those of what the document describes, itself included. A document can
   * have a million files and snippets (SPDX 2.3 clauses 8 and 9), and hardly one is ever looked
   * for: none is kept.
   */
  removeDescribed(ids: Set<string>): void {
    ids.delete('SPDXRef-DOCUMENT');
    for (const { id } of this.packages) ids.delete(id);
    if (ids.size === 0) return;
    const elements = new JsonItems(ELEMENT, (item) => {
      if (isJsonObject(item)) ids.delete(readText(item, 'SPDXID'));
    });
    const options = { bytesMax: LIMITS.documentBytesMax };
    parseJsonMembers(this.#bytes, { files: elements, snippets: elements }, options);
  }

  #takeRelationship(item: JsonValue): void {
    if (!isJsonObject(item)) return;
    const { spdxElementId: from, relationshipType: kind, relatedSpdxElement: to } = item;
    if (kind === 'DESCRIBES' && from === 'SPDXRef-DOCUMENT') this.#describe(to);
    else if (kind === 'DESCRIBED_BY' && to === 'SPDXRef-DOCUMENT') this.#describe(from);
    if (typeof from !== 'string' || typeof to !== 'string' || typeof kind !== 'string') return;
    if (readSpdxRelation(kind) === null && findForeignElement(from, kind, to) === null) return;
    this.edges.push([from, kind, to]);
  }

  #describe(id: JsonValue | undefined): void {
    if (this.described.size < 2) this.described.add(typeof id === 'string' ? id : '');
  }
}

/** Most packages of most documents; null for all others. */
function readPlain(entry: JsonObject, licenses: SharedLists): PlainSpdxPackage | null {
  const { primaryPackagePurpose: purpose, comment, sourceInfo } = entry;
  if (purpose !== undefined && purpose !== 'LIBRARY') return null;
  if (comment !== undefined || (typeof sourceInfo === 'string' && isBuiltFrom(sourceInfo)))
    return null;
  const id = readText(entry, 'SPDXID');
  if (id.startsWith('SPDXRef-OperatingSystem')) return null;
  const purls = listPurls(entry);
  const identity = purls.length === 1 ? identifyPackage(purls[0] ?? '') : null;
  if (identity?.kind !== 'package' || identity.version === '') return null;
  const version = entry['versionInfo'];
  if (identity.version !== version) return null;
  const license = findLicense(entry);
  if (license?.startsWith('LicenseRef-') === true) return null;
  // The text of the document is often one for many packages; that of the identity is one more.
  const { purl, name: title, source } = identity;
  const draft = createDraft({ purl, name: title, version, source });
  if (license !== null) draft.licenses = shareLicense(licenses, license);
  draft.hashes = readChecksums(entry['checksums']);
  draft.origin = readOrigin(entry);
  draft.layer = readTrivyLayer(entry);
  const name = readText(entry, 'name');
  return { id, name: name === draft.name ? draft.name : name, draft };
}

/** A document has few different licences: each is one list, however many packages have it. */
function shareLicense(known: SharedLists, license: string): readonly string[] {
  const present = known.get(license);
  if (present !== undefined) return present;
  const list = Object.freeze([toSpdxExpression(license) ?? license]);
  known.set(license, list);
  return list;
}

function readStated(entry: JsonObject): StatedSpdxPackage {
  const { comment, sourceInfo } = entry;
  return {
    id: readText(entry, 'SPDXID'),
    name: readText(entry, 'name'),
    version: readText(entry, 'versionInfo'),
    hasVersion: entry['versionInfo'] !== undefined,
    purls: listPurls(entry),
    purpose: readText(entry, 'primaryPackagePurpose'),
    summary: readText(entry, 'summary'),
    license: findLicense(entry),
    hashes: readChecksums(entry['checksums']),
    source: typeof sourceInfo === 'string' ? readSource(sourceInfo) : null,
    origin: readOrigin(entry),
    layer: readTrivyLayer(entry),
    comment: typeof comment === 'string' ? comment : '',
  };
}

const NONE: readonly string[] = [];

/** The purls that a package states, each once. */
export function listPurls(entry: JsonObject): readonly string[] {
  const refs = entry['externalRefs'];
  if (!Array.isArray(refs)) return NONE;
  let purls: string[] = [];
  for (const ref of refs) {
    if (!isJsonObject(ref) || ref['referenceType'] !== 'purl') continue;
    const locator = ref['referenceLocator'];
    if (typeof locator !== 'string') continue;
    if (purls.length === 0) purls = [locator];
    else purls.push(locator);
  }
  return purls.length < 2 ? purls : [...new Set(purls)];
}

/** Declared before concluded; NOASSERTION and NONE state nothing that could be allowed. */
function findLicense(entry: JsonObject): string | null {
  for (const key of ['licenseDeclared', 'licenseConcluded']) {
    const text = getOwn(entry, key);
    if (typeof text === 'string' && text !== 'NOASSERTION' && text !== 'NONE' && text !== '')
      return text;
  }
  return null;
}

/** A document has many checksums of few algorithms. */
function lowerAlgorithm(name: string): string {
  return name === 'SHA256' ? 'sha256' : name === 'SHA1' ? 'sha1' : name.toLowerCase();
}

function readChecksums(checksums: JsonValue | undefined): Record<string, string> {
  const hashes: Record<string, string> = {};
  if (!Array.isArray(checksums)) return hashes;
  for (const checksum of checksums) {
    if (!isJsonObject(checksum)) continue;
    const { algorithm, checksumValue } = checksum;
    if (typeof algorithm === 'string' && typeof checksumValue === 'string')
      setOwn(hashes, lowerAlgorithm(algorithm), checksumValue.toLowerCase());
  }
  return hashes;
}

function readOrigin({ downloadLocation: text }: JsonObject): string | null {
  return typeof text === 'string' && text !== 'NOASSERTION' && text !== 'NONE' && text !== ''
    ? text
    : null;
}

function isBuiltFrom(sourceInfo: string): boolean {
  return sourceInfo.startsWith(BUILT_FROM);
}

function readSource(sourceInfo: string): Source | null {
  if (!isBuiltFrom(sourceInfo)) return null;
  const text = sourceInfo.slice(BUILT_FROM.length);
  const space = text.indexOf(' ');
  return space > 0 ? { name: text.slice(0, space), version: text.slice(space + 1) } : null;
}

/** Trivy's `LayerDigest`, else its `LayerDiffID`, in attribution texts or annotations. */
function readTrivyLayer(entry: JsonObject): Digest | null {
  const { attributionTexts, annotations } = entry;
  if (attributionTexts === undefined && annotations === undefined) return null;
  const texts: (JsonValue | undefined)[] = Array.isArray(attributionTexts)
    ? [...attributionTexts]
    : [];
  if (Array.isArray(annotations))
    for (const each of annotations) texts.push(isJsonObject(each) ? each['comment'] : '');
  for (const mark of ['LayerDigest: ', 'LayerDiffID: ']) {
    const text = texts.find((each) => typeof each === 'string' && each.startsWith(mark));
    const layer = typeof text === 'string' ? toDigest(text.slice(mark.length)) : null;
    if (layer !== null) return layer;
  }
  return null;
}
