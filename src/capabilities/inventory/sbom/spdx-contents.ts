import type { Digest } from '../../../core/digest.ts';
import { isJsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { setOwn } from '../../../core/own.ts';
import { JsonItems, JsonRows, type NamedMembers } from '../../../formats/json/members.ts';
import { parseJsonMembers } from '../../../formats/json/parse-members.ts';
import { type JsonRow, KeptTexts } from '../../../formats/json/row.ts';
import { toSpdxExpression } from '../../../formats/spdx/licence.ts';
import { createDraft, type Draft, readText, type Source } from './component-collector.ts';
import { toDigest } from './detail.ts';
import { identifyPackage } from './package-identity.ts';
import { FOREIGN, findForeignElement, readSpdxRelation } from './spdx-relations.ts';
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

const NONE: readonly string[] = [];

/** Tools of SPDX that convert from RDF write the whole name of the type (SPDX 2.3 annex F). */
const PURL_TYPES = ['purl', 'http://spdx.org/rdf/references/purl'] as const;

type SharedLists = Map<string, readonly string[]>;

export type SpdxEdge = readonly [from: string, kind: string, to: string];

const ALL = 'all';
const [ID, NAME, VERSION, PURPOSE, SUMMARY, DECLARED, CONCLUDED] = [0, 1, 2, 3, 4, 5, 6] as const;
const [SOURCE, LOCATION, COMMENT, TEXTS] = [7, 8, 9, 10] as const;
/** Of a reference, a checksum and a relationship. */
const [FIRST, SECOND, THIRD] = [0, 1, 2] as const;
const ELEMENT: NamedMembers = { SPDXID: ALL };
/**
 * Packages and relationships of an SPDX document, taken one by one while the document is read: of
 * each, only what it says about software is kept.
 */
export class SpdxContents {
  /**
   * A draft stands for a package that needs no other part of the document to be read: one purl with
   * the stated version, and no reference to a text elsewhere.
   */
  readonly packages: (Draft | StatedSpdxPackage)[] = [];
  /** The SPDXID and the name of each of them. */
  readonly ids: KeptTexts;
  readonly names: KeptTexts;
  readonly edges: SpdxEdge[] = [];
  /** What the document says that it describes; with two, it describes no single thing. */
  readonly described = new Set<string>();
  readonly #bytes: Uint8Array;
  readonly #licenses: SharedLists = new Map();
  packageCount = 0;
  /** Whether every package is an object. */
  isWellFormed = true;
  /** Of the package that is being read. */
  #purls: readonly string[] = NONE;
  #hashes: Record<string, string> | null = null;
  #notes: string[] = [];
  /** Which members of a document are read. */
  readonly members: NamedMembers = {
    spdxVersion: ALL,
    name: ALL,
    comment: ALL,
    creationInfo: { created: ALL, creators: ALL },
    documentDescribes: ALL,
    hasExtractedLicensingInfos: { licenseId: ALL, name: ALL, extractedText: ALL },
    annotations: { comment: ALL },
    packages: new JsonRows(this.#listColumns(), (row) => this.#takePackage(row)),
    relationships: new JsonRows(
      [
        ['spdxElementId', ALL],
        ['relationshipType', ALL],
        ['relatedSpdxElement', ALL],
      ],
      (row) => this.#takeRelationship(row),
    ),
  };

  /** `bytes` is the document; it is read once more where a file or snippet is looked for. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.ids = new KeptTexts(bytes);
    this.names = new KeptTexts(bytes);
  }

  /** In the order of the numbers above. */
  #listColumns(): JsonRows['columns'] {
    const refs: JsonRows['columns'] = [
      ['referenceType', ALL],
      ['referenceLocator', ALL],
    ];
    const checksums: JsonRows['columns'] = [
      ['algorithm', ALL],
      ['checksumValue', ALL],
    ];
    return [
      ['SPDXID', ALL],
      ['name', ALL],
      ['versionInfo', ALL],
      ['primaryPackagePurpose', ALL],
      ['summary', ALL],
      ['licenseDeclared', ALL],
      ['licenseConcluded', ALL],
      ['sourceInfo', ALL],
      ['downloadLocation', ALL],
      ['comment', ALL],
      ['attributionTexts', ALL],
      ['externalRefs', new JsonRows(refs, (row) => this.#takeReference(row))],
      ['checksums', new JsonRows(checksums, (row) => this.#takeChecksum(row))],
      ['annotations', new JsonRows([['comment', ALL]], (row) => this.#takeNote(row))],
    ];
  }

  #takeReference(row: JsonRow | null): void {
    if (row === null || !PURL_TYPES.some((type) => row.is(FIRST, type))) return;
    const locator = row.text(SECOND);
    if (locator === undefined) return;
    if (this.#purls.length === 0) this.#purls = [locator];
    else (this.#purls as string[]).push(locator);
  }

  #takeChecksum(row: JsonRow | null): void {
    const value = row?.text(SECOND)?.toLowerCase();
    if (row === null || value === undefined) return;
    const algorithm = row.text(FIRST);
    if (algorithm === undefined) return;
    // Most packages have this one and no other.
    if (this.#hashes === null && algorithm === 'SHA256') this.#hashes = { sha256: value };
    else {
      this.#hashes ??= {};
      setOwn(this.#hashes, lowerAlgorithm(algorithm), value);
    }
  }

  #takeNote(row: JsonRow | null): void {
    const comment = row?.text(FIRST);
    if (comment !== undefined) this.#notes.push(comment);
  }

  #takePackage(row: JsonRow | null): void {
    this.packageCount += 1;
    if (this.#purls.length > 1) this.#purls = [...new Set(this.#purls)];
    if (row === null) this.isWellFormed = false;
    else if (this.packageCount <= LIMITS.componentsMax) {
      this.packages.push(this.#readPlain(row) ?? this.#readStated(row));
      this.ids.add(row, ID);
      this.names.add(row, NAME);
    }
    this.#purls = NONE;
    this.#hashes = null;
    if (this.#notes.length > 0) this.#notes = [];
  }

  /** Most packages of most documents; null for all others. */
  #readPlain(row: JsonRow): Draft | null {
    if (!row.isAbsent(PURPOSE) && !row.is(PURPOSE, 'LIBRARY')) return null;
    if (!row.isAbsent(COMMENT) || row.startsWith(SOURCE, BUILT_FROM)) return null;
    if (row.startsWith(ID, 'SPDXRef-OperatingSystem')) return null;
    const identity = this.#purls.length === 1 ? identifyPackage(this.#purls[0] ?? '') : null;
    if (identity?.kind !== 'package' || identity.version === '') return null;
    const version = row.text(VERSION);
    if (identity.version !== version) return null;
    const license = findLicense(row);
    if (license?.startsWith('LicenseRef-') === true) return null;
    // The text of the document is often one for many packages; that of the identity is one more.
    const { purl, name, source } = identity;
    const draft = createDraft({ purl, name, version, source }, this.#hashes ?? {});
    if (license !== null) draft.licenses = shareLicense(this.#licenses, license);
    draft.origin = readOrigin(row);
    draft.layer = readTrivyLayer(row.value(TEXTS), this.#notes);
    return draft;
  }

  #readStated(row: JsonRow): StatedSpdxPackage {
    const source = row.text(SOURCE);
    return {
      id: row.text(ID) ?? '',
      name: row.text(NAME) ?? '',
      version: row.text(VERSION) ?? '',
      hasVersion: !row.isAbsent(VERSION),
      purls: this.#purls,
      purpose: row.text(PURPOSE) ?? '',
      summary: row.text(SUMMARY) ?? '',
      license: findLicense(row),
      hashes: this.#hashes ?? {},
      source: source === undefined ? null : readSource(source),
      origin: readOrigin(row),
      layer: readTrivyLayer(row.value(TEXTS), this.#notes),
      comment: row.text(COMMENT) ?? '',
    };
  }

  /**
   * Takes away from `ids` those of what the document describes, itself included. A document can
   * have a million files and snippets (SPDX 2.3 clauses 8 and 9), and hardly one is ever looked
   * for: none is kept.
   */
  removeDescribed(ids: Set<string>): void {
    ids.delete('SPDXRef-DOCUMENT');
    for (let number = 0; number < this.ids.length; number++) ids.delete(this.ids.get(number));
    if (ids.size === 0) return;
    const elements = new JsonItems(ELEMENT, (item) => {
      if (isJsonObject(item)) ids.delete(readText(item, 'SPDXID'));
    });
    const options = { bytesMax: LIMITS.documentBytesMax };
    const parts = { files: elements, snippets: elements };
    parseJsonMembers(this.#bytes, { ...parts, sbom: parts }, options);
  }

  #takeRelationship(row: JsonRow | null): void {
    const kind = row?.text(SECOND);
    if (row === null || kind === undefined) return;
    if (kind === 'DESCRIBES' && row.is(FIRST, 'SPDXRef-DOCUMENT')) this.#describe(row, THIRD);
    else if (kind === 'DESCRIBED_BY' && row.is(THIRD, 'SPDXRef-DOCUMENT'))
      this.#describe(row, FIRST);
    const isForeign = row.startsWith(FIRST, FOREIGN) || row.startsWith(THIRD, FOREIGN);
    if (!isForeign && readSpdxRelation(kind) === null) return;
    const [from, to] = [row.text(FIRST), row.text(THIRD)];
    if (from === undefined || to === undefined) return;
    if (readSpdxRelation(kind) !== null || findForeignElement(from, kind, to) !== null)
      this.edges.push([from, kind, to]);
  }

  #describe(row: JsonRow, column: number): void {
    if (this.described.size < 2) this.described.add(row.text(column) ?? '');
  }
}

/** A document has few different licences: each is one list, however many packages have it. */
function shareLicense(known: SharedLists, license: string): readonly string[] {
  const present = known.get(license);
  if (present !== undefined) return present;
  const list = Object.freeze([toSpdxExpression(license) ?? license]);
  known.set(license, list);
  return list;
}

/** Declared before concluded; NOASSERTION and NONE state nothing that could be allowed. */
function findLicense(row: JsonRow): string | null {
  for (const column of [DECLARED, CONCLUDED]) {
    const text = row.text(column);
    if (text !== undefined && !saysNothing(text)) return text;
  }
  return null;
}

function saysNothing(text: string): boolean {
  return text === 'NOASSERTION' || text === 'NONE' || text === '';
}

/** A document has many checksums of few algorithms. */
function lowerAlgorithm(name: string): string {
  return name === 'SHA256' ? 'sha256' : name === 'SHA1' ? 'sha1' : name.toLowerCase();
}

function readOrigin(row: JsonRow): string | null {
  const text = row.text(LOCATION);
  return text === undefined || saysNothing(text) ? null : text;
}

function readSource(sourceInfo: string): Source | null {
  if (!sourceInfo.startsWith(BUILT_FROM)) return null;
  const text = sourceInfo.slice(BUILT_FROM.length);
  const space = text.indexOf(' ');
  return space > 0 ? { name: text.slice(0, space), version: text.slice(space + 1) } : null;
}

/** Trivy's `LayerDigest`, else its `LayerDiffID`, in attribution texts or annotations. */
function readTrivyLayer(
  attributionTexts: JsonValue | undefined,
  notes: readonly string[],
): Digest | null {
  if (attributionTexts === undefined && notes.length === 0) return null;
  const texts: readonly JsonValue[] = Array.isArray(attributionTexts)
    ? [...attributionTexts, ...notes]
    : notes;
  for (const mark of ['LayerDigest: ', 'LayerDiffID: ']) {
    const text = texts.find((each) => typeof each === 'string' && each.startsWith(mark));
    const layer = typeof text === 'string' ? toDigest(text.slice(mark.length)) : null;
    if (layer !== null) return layer;
  }
  return null;
}
