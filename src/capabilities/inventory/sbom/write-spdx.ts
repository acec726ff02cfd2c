import { readAlgorithm, sha256, takeHex } from '../../../core/digest.ts';
import { formatInstant } from '../../../core/instant.ts';
import { getOwn } from '../../../core/own.ts';
import { encodePercent } from '../../../core/percent.ts';
import type { Purl } from '../../../core/purl.ts';
import type { Component, Inventory } from '../../ecosystems/index.ts';
import { findSupplier } from '../../ecosystems/index.ts';
import {
  type Detail,
  describeUnexplained,
  listUnknowns,
  toSkipRecord,
  writeMarked,
} from './detail.ts';
import { writeDocument } from './document.ts';
import { LicenseWriter } from './license-text.ts';
import { linkAdvisories, linksAdvisory, listAdvisoryLinks } from './sbom-findings.ts';
import { chooseContext, type SbomOptions } from './sbom-options.ts';
import { listTops } from './tops.ts';
import { addUpstream } from './upstream.ts';

/** What the package of an image, a folder or an operating system does not claim. */
const UNASSERTED = {
  supplier: 'NOASSERTION',
  downloadLocation: 'NOASSERTION',
  filesAnalyzed: false,
  licenseConcluded: 'NOASSERTION',
  licenseDeclared: 'NOASSERTION',
  copyrightText: 'NOASSERTION',
} as const;

/**
 * SPDX 2.3 §7.10 algorithms by the names that inventories use; those that the schema lacks are in
 * the detail.
 */
const SPDX_ALGORITHMS: Readonly<Record<string, string>> = {
  sha1: 'SHA1',
  sha224: 'SHA224',
  sha256: 'SHA256',
  sha384: 'SHA384',
  sha512: 'SHA512',
  md5: 'MD5',
  'sha3-256': 'SHA3-256',
  'sha3-384': 'SHA3-384',
  'sha3-512': 'SHA3-512',
  'blake2b-256': 'BLAKE2b-256',
  'blake2b-384': 'BLAKE2b-384',
  'blake2b-512': 'BLAKE2b-512',
  blake3: 'BLAKE3',
};

const HEX = /^[0-9a-f]{8,}$/;
/** SPDX 2.3 §7.7: a URI with a scheme that is unambiguous. */
export const SPDX_LOCATION = /^(?:https?|git|git[+](?:https?|ssh|git)|ftp):\/\/[!-~]+$/;
/** Trivy's text for a source package, which its own reader and ours understand. */
export const BUILT_FROM = 'built package from: ';

export type SpdxVersion = '2.2' | '2.3';

/**
 * The inventory as SPDX 2.3 JSON; equal input gives equal bytes.
 *
 * @example writeSpdx(inventory, { at, tool: { name: 'waybill', version: '0.1.0' } })
 */
export function writeSpdx(inventory: Inventory, options: SbomOptions): Uint8Array {
  return writeSpdxVersion('2.3', inventory, options);
}

/** The same of any version that is written here. */
export function writeSpdxVersion(
  version: SpdxVersion,
  inventory: Inventory,
  options: SbomOptions,
): Uint8Array {
  return writeDocument(
    inventory,
    () => `${JSON.stringify(buildSpdx(inventory, options, version))}\n`,
  );
}

/** The same as an object, which a writer of another encoding takes. */
export function buildSpdx(
  inventory: Inventory,
  options: SbomOptions,
  version: SpdxVersion,
): SpdxDocument {
  const licenses = new LicenseWriter();
  const ids = new Map(inventory.components.map(({ purl }) => [purl, deriveId(purl)]));
  const links = listAdvisoryLinks(options.findings);
  const listed = [
    buildRootPackage(inventory, options),
    ...buildOsPackage(inventory),
    ...inventory.components.map((component) =>
      linkAdvisories(buildPackage(component, ids, licenses, version), links.get(component.purl)),
    ),
  ];
  const packages = version === '2.2' ? listed.map(toOldPackage) : listed;
  const body = {
    packages,
    ...(licenses.references.size === 0
      ? {}
      : { hasExtractedLicensingInfos: buildExtractedLicenses(licenses) }),
    relationships: buildRelationships(inventory, ids),
    ...buildAnnotations(inventory, options),
  };
  const head = { spdxVersion: `SPDX-${version}`, ...buildHead(inventory, options) };
  const digest = takeHex(sha256(JSON.stringify([head, body])));
  const name = encodePercent(inventory.subject.name).slice(0, 200);
  return {
    ...head,
    documentNamespace: `https://waybill.dev/spdx/${name}-${digest.slice(0, 32)}`,
    ...body,
  };
}

/** What the writers of other encodings need of it. */
export interface SpdxDocument {
  readonly spdxVersion: string;
  readonly documentNamespace: string;
  readonly packages: readonly object[];
  readonly relationships: readonly object[];
}

/** SPDX 2.2 requires more than 2.3, and has neither purposes nor references to advisories. */
function toOldPackage(item: {
  readonly primaryPackagePurpose?: string;
  readonly externalRefs?: readonly object[];
}): object {
  const { primaryPackagePurpose: _, externalRefs, ...rest } = item;
  return {
    licenseConcluded: 'NOASSERTION',
    copyrightText: 'NOASSERTION',
    ...rest,
    ...(externalRefs === undefined
      ? {}
      : {
          externalRefs: externalRefs.map((one) => ({
            ...one,
            referenceCategory: linksAdvisory(one) ? 'OTHER' : 'PACKAGE_MANAGER',
          })),
        }),
  };
}

function buildHead(inventory: Inventory, options: SbomOptions) {
  const partial =
    inventory.outcome === 'partial'
      ? ' This inventory is partial: the annotations say what could not be read.'
      : '';
  const { origin } = options;
  const unknown = listUnknownOrigin(options);
  return {
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: inventory.subject.name === '' ? 'unnamed' : inventory.subject.name,
    creationInfo: {
      created: formatWholeSeconds(options),
      creators: [
        ...(origin === undefined || origin.tool === null ? [] : [`Tool: ${origin.tool}`]),
        `Tool: ${options.tool.name}-${options.tool.version}`,
        ...listAuthors(options),
      ],
      comment: `${describeOrigin(inventory, options)}${partial}`,
    },
    comment: writeMarked({
      subject: inventory.subject.name,
      outcome: inventory.outcome,
      found: inventory.found,
      ...describeUnexplained(inventory),
      ...(unknown.length === 0 ? {} : { unknown }),
    }),
  };
}

/** SPDX 2.3 §6.8. */
function listAuthors({ author }: SbomOptions): readonly string[] {
  if (author === undefined) return [];
  return [`Organization: ${author.name}${author.email === null ? '' : ` (${author.email})`}`];
}

/** SPDX requires a tool and a time: those of the conversion stand where the source has none. */
export function listUnknownOrigin({ origin }: SbomOptions): readonly string[] {
  if (origin === undefined) return [];
  return [
    ...(origin.tool === null ? ['tool'] : []),
    ...(origin.createdAt === null ? ['created'] : []),
  ];
}

export function describeOrigin(inventory: Inventory, options: SbomOptions): string {
  if (options.origin === undefined)
    return `Generation context: ${chooseContext(inventory, options)}.`;
  const lacks = [
    ...(options.origin.tool === null ? ['names no tool'] : []),
    ...(options.origin.createdAt === null ? ['does not say when it was made'] : []),
  ];
  return `Converted from another SBOM${lacks.length === 0 ? '' : `, which ${lacks.join(' and ')}`}.`;
}

/** SPDX 2.3 §6.9 has no fractions of a second. */
export function formatWholeSeconds({ at, origin }: SbomOptions): string {
  return formatInstant(origin?.createdAt ?? at).replace(/[.][0-9]+Z$/, 'Z');
}

/** Name and version, joined so that a space separates them again. */
export function isPlainSource({ name, version }: NonNullable<Component['source']>): boolean {
  return name !== '' && version !== '' && !/\s/.test(name) && !/^\s|\s$/.test(version);
}

const ROOT = 'SPDXRef-Subject';
const OS = 'SPDXRef-OperatingSystem';

function deriveId(purl: Purl): string {
  return `SPDXRef-Package-${sha256(purl).slice(7, 31)}`;
}

function buildRootPackage({ subject }: Inventory, { origin }: SbomOptions) {
  const { digest } = subject;
  const checksum =
    digest === null
      ? null
      : { algorithm: readAlgorithm(digest).toUpperCase(), checksumValue: takeHex(digest) };
  return {
    name: subject.name === '' ? 'unnamed' : subject.name,
    SPDXID: ROOT,
    ...(checksum === null ? {} : { versionInfo: digest, checksums: [checksum] }),
    ...UNASSERTED,
    ...(digest !== null ? { primaryPackagePurpose: 'CONTAINER' } : {}),
    // mutant purpose-that-no-document-states by foreign-forms: condition -> digest === null
    ...(digest === null && origin === undefined ? { primaryPackagePurpose: 'SOURCE' } : {}),
  };
}

function buildOsPackage({ os }: Inventory) {
  if (os === null) return [];
  const detail = os.prettyName === null ? {} : { summary: os.prettyName };
  return [
    {
      name: os.id,
      SPDXID: OS,
      ...(os.versionId === null ? {} : { versionInfo: os.versionId }),
      ...detail,
      ...UNASSERTED,
      // The published JSON schema has this spelling; the text of clause 7.24 has a hyphen.
      primaryPackagePurpose: 'OPERATING_SYSTEM',
    },
  ];
}

function buildPackage(
  component: Component,
  ids: ReadonlyMap<Purl, string>,
  licenses: LicenseWriter,
  spdx: SpdxVersion,
) {
  const { purl, name, version, source, origin } = component;
  const supplier = component.supplier ?? findSupplier(purl);
  const declared =
    component.licenses.length === 0 ? 'NOASSERTION' : licenses.joinExpressions(component.licenses);
  const checksums = buildChecksums(component, spdx);
  return {
    name: name === '' ? 'unnamed' : name,
    SPDXID: ids.get(purl),
    versionInfo: version,
    supplier: supplier === null ? 'NOASSERTION' : `Organization: ${supplier}`,
    downloadLocation: origin !== null && SPDX_LOCATION.test(origin) ? origin : 'NOASSERTION',
    filesAnalyzed: false,
    ...(checksums.length === 0 ? {} : { checksums }),
    ...(source === null || !isPlainSource(source)
      ? {}
      : { sourceInfo: `${BUILT_FROM}${source.name} ${source.version}` }),
    // Absent licenseConcluded and copyrightText mean NOASSERTION since SPDX 2.3 (§7.13, §7.17).
    licenseDeclared: declared,
    comment: writeMarked(buildDetail(component, ids, supplier, spdx)),
    externalRefs: [
      {
        referenceCategory: 'PACKAGE-MANAGER',
        referenceType: 'purl',
        referenceLocator: addUpstream(component),
      },
    ],
  };
}

function buildChecksums({ hashes }: Component, spdx: SpdxVersion) {
  return sortEntries(hashes)
    .filter(([algorithm, value]) => fitsSpdx(algorithm, value, spdx))
    .map(([algorithm, checksumValue]) => ({
      algorithm: getOwn(SPDX_ALGORITHMS, algorithm),
      checksumValue,
    }));
}

export function sortEntries(hashes: Component['hashes']): readonly [string, string][] {
  return Object.entries(hashes).sort(([one], [other]) => (one < other ? -1 : 1));
}

/** SPDX 2.2 has the first generations alone. */
function fitsSpdx(algorithm: string, value: string, spdx: SpdxVersion): boolean {
  if (spdx === '2.2' && !/^(?:sha[0-9]+|md5)$/.test(algorithm)) return false;
  return Object.hasOwn(SPDX_ALGORITHMS, algorithm) && HEX.test(value);
}

function buildDetail(
  component: Component,
  ids: ReadonlyMap<Purl, string>,
  supplier: string | null,
  spdx: SpdxVersion,
): Detail {
  const { locations, layer, origin, hashes } = component;
  const rest = sortEntries(hashes).filter(
    ([algorithm, value]) => !fitsSpdx(algorithm, value, spdx),
  );
  const elsewhere = component.dependsOn.filter((purl) => !ids.has(purl));
  const unknown = listUnknowns(component, supplier);
  return {
    ...(component.licenses.length > 1 ? { licenses: component.licenses } : {}),
    ...(component.licensesFrom === undefined ? {} : { licensesFrom: component.licensesFrom }),
    ...(locations.length === 0 ? {} : { locations }),
    ...(layer === null ? {} : { layer }),
    ...(component.supplier === undefined ? {} : { supplier: component.supplier }),
    ...(rest.length === 0 ? {} : { hashes: Object.fromEntries(rest) }),
    ...(component.source === null || isPlainSource(component.source)
      ? {}
      : { source: component.source }),
    ...(origin === null || SPDX_LOCATION.test(origin) ? {} : { origin }),
    ...(elsewhere.length === 0 ? {} : { dependsOn: elsewhere }),
    ...(unknown.length === 0 ? {} : { unknown }),
  };
}

function buildExtractedLicenses(licenses: LicenseWriter): readonly object[] {
  return [...licenses.references]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([licenseId, text]) => ({
      licenseId,
      name: text === '' ? 'empty' : text,
      extractedText: text,
    }));
}

function buildRelationships(
  inventory: Inventory,
  ids: ReadonlyMap<Purl, string>,
): readonly object[] {
  const all = [buildRelationship('SPDXRef-DOCUMENT', 'DESCRIBES', ROOT)];
  if (inventory.os !== null) all.push(buildRelationship(ROOT, 'CONTAINS', OS));
  const isPart = listParts(inventory);
  const verb = inventory.subject.digest === null ? 'DEPENDS_ON' : 'CONTAINS';
  for (const { purl, dependsOn, development } of inventory.components) {
    const id = ids.get(purl) ?? '';
    if (development) all.push(buildRelationship(id, 'DEV_DEPENDENCY_OF', ROOT));
    else if (isPart(purl)) all.push(buildRelationship(ROOT, verb, id));
    for (const needed of dependsOn) {
      const to = ids.get(needed);
      if (to !== undefined) all.push(buildRelationship(id, 'DEPENDS_ON', to));
    }
  }
  // SPDX 2.3 §11.1: NOASSERTION says that there may be more.
  if (inventory.outcome === 'partial') all.push(buildRelationship(ROOT, 'CONTAINS', 'NOASSERTION'));
  return all;
}

/**
 * What stands directly below the root. An image contains each of its packages. A source tree
 * contains none of them: it depends on some, which depend on the others.
 */
export function listParts({ subject, components, direct }: Inventory): (purl: Purl) => boolean {
  if (subject.digest !== null) return () => true;
  const shipped = components.filter(({ development }) => !development);
  const own = new Set(shipped.map(({ purl }) => purl));
  const needs = shipped.map(
    ({ purl, dependsOn }) => [purl, dependsOn.filter((one) => own.has(one))] as const,
  );
  const parts = new Set(listTops(new Map(needs), direct ?? null));
  // mutant spdx-tree-contains-all by write-sbom: value -> () => true
  return (purl) => parts.has(purl);
}

function buildRelationship(
  spdxElementId: string,
  relationshipType: string,
  relatedSpdxElement: string,
): object {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}

function buildAnnotations({ skips }: Inventory, options: SbomOptions): object {
  if (skips.length === 0) return {};
  const about = {
    annotationDate: formatWholeSeconds(options),
    annotationType: 'OTHER',
    annotator: `Tool: ${options.tool.name}-${options.tool.version}`,
  };
  return {
    annotations: skips.map((skip) => ({ ...about, comment: writeMarked(toSkipRecord(skip)) })),
  };
}
