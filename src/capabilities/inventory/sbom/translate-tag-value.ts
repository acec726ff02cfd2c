import type { JsonObject, JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn, setOwn } from '../../../core/own.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { readTagValue } from '../../../formats/spdx/tag-value.ts';

type Members = { [key: string]: JsonValue };

/** Tags with one value, by the member of the JSON form; only what is read of a document. */
const DOCUMENT_TAGS: ReadonlyMap<string, string> = new Map([
  ['SPDXVersion', 'spdxVersion'],
  ['DataLicense', 'dataLicense'],
  ['SPDXID', 'SPDXID'],
  ['DocumentName', 'name'],
  ['DocumentNamespace', 'documentNamespace'],
  ['DocumentComment', 'comment'],
]);
const PACKAGE_TAGS: ReadonlyMap<string, string> = new Map([
  ['PackageName', 'name'],
  ['SPDXID', 'SPDXID'],
  ['PackageVersion', 'versionInfo'],
  ['PackageFileName', 'packageFileName'],
  ['PackageSupplier', 'supplier'],
  ['PackageOriginator', 'originator'],
  ['PackageDownloadLocation', 'downloadLocation'],
  ['PackageHomePage', 'homepage'],
  ['PackageSourceInfo', 'sourceInfo'],
  ['PackageLicenseConcluded', 'licenseConcluded'],
  ['PackageLicenseDeclared', 'licenseDeclared'],
  ['PackageCopyrightText', 'copyrightText'],
  ['PackageSummary', 'summary'],
  ['PackageDescription', 'description'],
  ['PackageComment', 'comment'],
  ['PrimaryPackagePurpose', 'primaryPackagePurpose'],
]);
const LICENSE_TAGS: ReadonlyMap<string, string> = new Map([
  ['LicenseID', 'licenseId'],
  ['LicenseName', 'name'],
  ['ExtractedText', 'extractedText'],
]);
const ANNOTATION_TAGS: ReadonlyMap<string, string> = new Map([
  ['Annotator', 'annotator'],
  ['AnnotationDate', 'annotationDate'],
  ['AnnotationType', 'annotationType'],
  ['AnnotationComment', 'comment'],
  ['SPDXREF', 'SPDXREF'],
]);
const OTHERS: ReadonlyMap<string, string> = new Map([['SPDXID', 'SPDXID']]);

/** The tags that begin another element; every tag after one is about that element. */
const ELEMENTS = {
  PackageName: ['packages', PACKAGE_TAGS],
  FileName: ['files', OTHERS],
  SnippetSPDXID: ['snippets', OTHERS],
  SnippetSPDXIdentifier: ['snippets', OTHERS],
  LicenseID: ['hasExtractedLicensingInfos', LICENSE_TAGS],
} as const satisfies Readonly<Record<string, readonly [string, ReadonlyMap<string, string>]>>;
type ListName = 'packages' | 'files' | 'snippets' | 'hasExtractedLicensingInfos' | 'relationships';

/** An SPDX 2 document in tag-value form, as it is in JSON: one reader reads both. */
export function translateTagValue(text: string): Result<JsonObject> {
  const translator = new TagValueTranslator();
  const read = readTagValue(text, {
    tagsMax: LIMITS.sbomTagsMax,
    take: (tag, value, line) => translator.take(tag, value, line),
  });
  return read.ok ? ok(translator.finish()) : read;
}

class TagValueTranslator {
  readonly #document: Members = {};
  readonly #creation: Members = {};
  readonly #creators: string[] = [];
  readonly #lists: Record<ListName, Members[]> = {
    packages: [],
    files: [],
    snippets: [],
    hasExtractedLicensingInfos: [],
    relationships: [],
  };
  readonly #annotations: Members[] = [];
  #element: Members = this.#document;
  #tags = DOCUMENT_TAGS;

  take(tag: string, value: string, line: number): Result<unknown> {
    if (tag === 'Relationship') return this.#takeRelationship(value, line);
    if (tag === 'Annotator') this.#annotations.push({});
    if (ANNOTATION_TAGS.has(tag)) {
      const annotation = this.#annotations.at(-1);
      if (annotation !== undefined)
        return setOnce(annotation, ANNOTATION_TAGS.get(tag) ?? '', value, line);
    }
    if (tag === 'Creator') return ok(this.#creators.push(value));
    if (tag === 'Created') return setOnce(this.#creation, 'created', value, line);
    if (tag === 'CreatorComment') return setOnce(this.#creation, 'comment', value, line);
    if (Object.hasOwn(ELEMENTS, tag)) this.#begin(tag as keyof typeof ELEMENTS, value);
    if (this.#tags === PACKAGE_TAGS) {
      if (tag === 'ExternalRef') return this.#takeReference(value, line);
      if (tag === 'PackageChecksum') return this.#takeChecksum(value, line);
      if (tag === 'PackageAttributionText')
        return ok(addTo(this.#element, 'attributionTexts', value));
    }
    const member = this.#tags.get(tag);
    return member === undefined ? ok(null) : setOnce(this.#element, member, value, line);
  }

  #begin(tag: keyof typeof ELEMENTS, value: string): void {
    const [list, tags] = ELEMENTS[tag];
    this.#element = list === 'snippets' ? { SPDXID: value } : {};
    this.#tags = tags;
    this.#lists[list].push(this.#element);
  }

  /** `SPDXRef-A DEPENDS_ON SPDXRef-B`. */
  #takeRelationship(value: string, line: number): Result<unknown> {
    const [from = '', kind = '', to, ...rest] = value.split(/\s+/, 4);
    if (to === undefined || rest.length > 0)
      return refuse(`the relationship in line ${line} does not name two elements`);
    return ok(
      this.#lists.relationships.push({
        spdxElementId: from,
        relationshipType: kind,
        relatedSpdxElement: to,
      }),
    );
  }

  /** `PACKAGE-MANAGER purl pkg:npm/a@1`. */
  #takeReference(value: string, line: number): Result<unknown> {
    const [category = '', type = '', locator, ...rest] = value.split(/\s+/, 4);
    if (locator === undefined || rest.length > 0)
      return refuse(`the reference in line ${line} has no category, type and locator`);
    const reference = {
      referenceCategory: category,
      referenceType: type,
      referenceLocator: locator,
    };
    return ok(addTo(this.#element, 'externalRefs', reference));
  }

  /** `SHA256: 0123…`. */
  #takeChecksum(value: string, line: number): Result<unknown> {
    const colon = value.indexOf(':');
    if (colon === -1) return refuse(`the checksum in line ${line} has no algorithm`);
    const checksumValue = value.slice(colon + 1).trim();
    const checksum = { algorithm: value.slice(0, colon).trim(), checksumValue };
    return ok(addTo(this.#element, 'checksums', checksum));
  }

  finish(): JsonObject {
    const own = this.#document['SPDXID'];
    const isOfDocument = ({ SPDXREF }: Members): boolean =>
      SPDXREF === undefined || SPDXREF === own;
    const ofPackages = Map.groupBy(
      this.#annotations.filter((annotation) => !isOfDocument(annotation)),
      ({ SPDXREF }) => SPDXREF,
    );
    for (const item of this.#lists.packages) {
      const annotations = ofPackages.get(item['SPDXID'] ?? '');
      if (annotations !== undefined) item['annotations'] = annotations;
    }
    return {
      ...this.#document,
      creationInfo: { ...this.#creation, creators: this.#creators },
      ...this.#lists,
      annotations: this.#annotations.filter(isOfDocument),
    };
  }
}

/** A value that is given twice would be read as one by some and as the other by others. */
function setOnce(holder: Members, member: string, value: string, line: number): Result<unknown> {
  // mutant tag-given-twice by other-forms: condition -> false
  if (Object.hasOwn(holder, member))
    return fail(
      'DUPLICATE_KEY',
      `not SPDX tag-value: line ${line} gives ${member} a second time`,
      'Correct the document.',
    );
  setOwn(holder, member, value as JsonValue);
  return ok(null);
}

function addTo(holder: Members, member: string, value: JsonValue): null {
  const list = getOwn(holder, member);
  if (Array.isArray(list)) list.push(value);
  else setOwn(holder, member, [value]);
  return null;
}

function refuse(why: string): Result<never> {
  return fail('MALFORMED', `not SPDX tag-value: ${why}`, 'Correct the document.');
}
