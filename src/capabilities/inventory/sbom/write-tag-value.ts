import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { getOwn } from '../../../core/own.ts';
import type { Inventory } from '../../ecosystems/index.ts';
import { readText } from './component-collector.ts';
import { writeDocument } from './document.ts';
import type { SbomOptions } from './sbom-options.ts';
import { buildSpdx, type SpdxVersion } from './write-spdx.ts';

/** Tags by the member whose text they give, in the order of SPDX 2.3 clauses 6 and 7. */
const DOCUMENT = [
  ['spdxVersion', 'SPDXVersion'],
  ['dataLicense', 'DataLicense'],
  ['SPDXID', 'SPDXID'],
  ['name', 'DocumentName'],
  ['documentNamespace', 'DocumentNamespace'],
  ['comment', 'DocumentComment'],
] as const;
const PACKAGE = [
  ['name', 'PackageName'],
  ['SPDXID', 'SPDXID'],
  ['versionInfo', 'PackageVersion'],
  ['supplier', 'PackageSupplier'],
  ['downloadLocation', 'PackageDownloadLocation'],
  ['primaryPackagePurpose', 'PrimaryPackagePurpose'],
  ['sourceInfo', 'PackageSourceInfo'],
  ['licenseConcluded', 'PackageLicenseConcluded'],
  ['licenseDeclared', 'PackageLicenseDeclared'],
  ['copyrightText', 'PackageCopyrightText'],
  ['summary', 'PackageSummary'],
  ['comment', 'PackageComment'],
] as const;
const LICENSE = [
  ['licenseId', 'LicenseID'],
  ['extractedText', 'ExtractedText'],
  ['name', 'LicenseName'],
] as const;
const ANNOTATION = [
  ['annotator', 'Annotator'],
  ['annotationDate', 'AnnotationDate'],
  ['annotationType', 'AnnotationType'],
] as const;

/** The inventory as SPDX in tag-value form; equal input gives equal bytes. */
export function writeTagValue(
  version: SpdxVersion,
  inventory: Inventory,
  options: SbomOptions,
): Uint8Array {
  return writeDocument(inventory, () =>
    formatTagValue(buildSpdx(inventory, options, version) as unknown as JsonObject),
  );
}

function formatTagValue(document: JsonObject): string {
  const creation = isJsonObject(document['creationInfo']) ? document['creationInfo'] : {};
  const creators = Array.isArray(creation['creators']) ? creation['creators'] : [];
  const blocks = [
    [
      ...formatTags(document, DOCUMENT),
      ...creators.map((creator) => formatTag('Creator', creator)),
      formatTag('Created', creation['created']),
      formatTag('CreatorComment', creation['comment']),
    ],
    ...listObjects(document['packages']).map(formatPackage),
    ...listObjects(document['hasExtractedLicensingInfos']).map((one) => formatTags(one, LICENSE)),
    listObjects(document['relationships']).map(formatRelationship),
    ...listObjects(document['annotations']).map((one) => [
      ...formatTags(one, ANNOTATION),
      formatTag('SPDXREF', document['SPDXID']),
      formatTag('AnnotationComment', one['comment']),
    ]),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function formatPackage(item: JsonObject): readonly string[] {
  const tags = formatTags(item, PACKAGE);
  const checksums = listObjects(item['checksums']).map((one) =>
    formatTag(
      'PackageChecksum',
      `${readText(one, 'algorithm')}: ${readText(one, 'checksumValue')}`,
    ),
  );
  const references = listObjects(item['externalRefs']).map((one) => {
    // JSON of SPDX 2.2 has another spelling.
    const category = readText(one, 'referenceCategory').replace('_', '-');
    const words = ['referenceType', 'referenceLocator'].map((word) => readText(one, word));
    return formatTag('ExternalRef', [category, ...words].join(' '));
  });
  return [...tags, 'FilesAnalyzed: false', ...checksums, ...references];
}

function formatRelationship(relationship: JsonObject): string {
  const words = ['spdxElementId', 'relationshipType', 'relatedSpdxElement'];
  return formatTag('Relationship', words.map((word) => readText(relationship, word)).join(' '));
}

function formatTags(
  holder: JsonObject,
  tags: readonly (readonly [member: string, tag: string])[],
): readonly string[] {
  return tags.flatMap(([member, tag]) => {
    const value = getOwn(holder, member);
    return typeof value === 'string' ? [formatTag(tag, value)] : [];
  });
}

/** Tags whose value may have several lines; all others have one (SPDX 2.3 clauses 6 to 12). */
const TEXTS = new Set([
  'AnnotationComment',
  'CreatorComment',
  'DocumentComment',
  'ExtractedText',
  'PackageComment',
  'PackageCopyrightText',
  'PackageSourceInfo',
  'PackageSummary',
]);

function formatTag(tag: string, value: JsonValue | undefined): string {
  const text = typeof value === 'string' ? value.toWellFormed() : '';
  if (!TEXTS.has(tag)) return `${tag}: ${toLine(text)}`;
  const isPlain = text !== '' && text === text.trim() && !/[\r\n]|<\/?text>/.test(text);
  // The form has no way to write the mark of the end inside a text.
  return isPlain
    ? `${tag}: ${text}`
    : `${tag}: <text>${text.replaceAll('</text>', '</ text>')}</text>`;
}

/** One line that does not begin as a text of several lines does. */
function toLine(text: string): string {
  const line = text
    .split(/\s/)
    .filter((word) => word !== '')
    .join(' ');
  return line === '' ? 'unnamed' : line.replace(/^<text>/, '< text>');
}

function listObjects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
