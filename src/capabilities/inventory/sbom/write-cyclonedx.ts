import { readAlgorithm, sha256, takeHex } from '../../../core/digest.ts';
import { formatInstant } from '../../../core/instant.ts';
import { getOwn } from '../../../core/own.ts';
import type { Purl } from '../../../core/purl.ts';
import { deriveUuid } from '../../../core/uuid.ts';
import { isSpdxId } from '../../../formats/spdx/licence.ts';
import type { Component, Inventory } from '../../ecosystems/index.ts';
import { findSupplier } from '../../ecosystems/index.ts';
import { describeUnexplained, listUnknowns, toSkipRecord, writeMarked } from './detail.ts';
import { writeDocument } from './document.ts';
import { LicenseWriter } from './license-text.ts';
import { buildVulnerabilities, listFindingProperties } from './sbom-findings.ts';
import { chooseContext, type SbomOptions } from './sbom-options.ts';
import { listTops } from './tops.ts';
import { addUpstream } from './upstream.ts';

/** CycloneDX 1.6 hash-alg by the names that inventories use. */
const CYCLONEDX_ALGORITHMS: Readonly<Record<string, string>> = {
  md5: 'MD5',
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
  'sha3-256': 'SHA3-256',
  'sha3-384': 'SHA3-384',
  'sha3-512': 'SHA3-512',
  'blake2b-256': 'BLAKE2b-256',
  'blake2b-384': 'BLAKE2b-384',
  'blake2b-512': 'BLAKE2b-512',
  blake3: 'BLAKE3',
};

// CycloneDX 1.6 hash-content, in the lower case that inventories use.
const HASH = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/;
const LOCATION = /^(?:https?|git|git[+](?:https?|ssh|git)|ftp):\/\/[!-~]+$/;

export type CycloneDxVersion = '1.4' | '1.5' | '1.6' | '1.7';

/**
 * The inventory as CycloneDX 1.6 JSON; equal input gives equal bytes.
 *
 * @example writeCycloneDx(inventory, { at, tool: { name: 'waybill', version: '0.1.0' } })
 */
export function writeCycloneDx(inventory: Inventory, options: SbomOptions): Uint8Array {
  return writeCycloneDxVersion('1.6', inventory, options);
}

/** The same of any version that is written here. */
export function writeCycloneDxVersion(
  version: CycloneDxVersion,
  inventory: Inventory,
  options: SbomOptions,
): Uint8Array {
  return writeDocument(
    inventory,
    () => `${JSON.stringify(buildCycloneDx(inventory, options, version))}\n`,
  );
}

/** The same as an object, which a writer of another encoding takes. */
export function buildCycloneDx(
  inventory: Inventory,
  options: SbomOptions,
  specVersion: CycloneDxVersion,
): object {
  const licenses = new LicenseWriter();
  const own = new Set(inventory.components.map(({ purl }) => purl));
  const isOld = specVersion === '1.4';
  const body = {
    version: 1,
    metadata: buildMetadata(inventory, options, isOld),
    components: [
      ...buildOsComponent(inventory),
      ...inventory.components.map((component) => buildComponent(component, own, licenses, isOld)),
    ],
    dependencies: buildDependencies(inventory, own),
    compositions: [
      {
        aggregate: inventory.outcome === 'partial' ? 'incomplete' : 'complete',
        assemblies: ['subject'],
      },
    ],
    ...buildVulnerabilities(options.findings, { isOld }),
  };
  const serialNumber = `urn:uuid:${deriveUuid(sha256(JSON.stringify(body)))}`;
  return { bomFormat: 'CycloneDX', specVersion, serialNumber, ...body };
}

function buildMetadata(inventory: Inventory, options: SbomOptions, isOld: boolean): object {
  const { name, digest } = inventory.subject;
  const hashes =
    digest === null
      ? null
      : [{ alg: CYCLONEDX_ALGORITHMS[readAlgorithm(digest)], content: takeHex(digest) }];
  return {
    ...(isOld ? buildOldOrigin(options) : buildOrigin(inventory, options)),
    ...buildAuthors(options),
    component: {
      type: digest === null ? 'application' : 'container',
      'bom-ref': 'subject',
      name,
      ...(digest === null ? {} : { version: digest, hashes }),
    },
    properties: [
      ...(options.origin === undefined
        ? []
        : [{ name: 'waybill:converter', value: `${options.tool.name}-${options.tool.version}` }]),
      { name: 'waybill:outcome', value: inventory.outcome },
      ...inventory.found.map((value) => ({ name: 'waybill:found', value })),
      ...listUnexplained(inventory),
      ...listFindingProperties(options.findings),
      ...inventory.skips.map((skip) => ({
        name: 'waybill:skip',
        value: writeMarked(toSkipRecord(skip)),
      })),
    ],
  };
}

function listUnexplained(inventory: Inventory): readonly object[] {
  const stated = describeUnexplained(inventory);
  return stated.unexplained === undefined
    ? []
    : [{ name: 'waybill:unexplained', value: writeMarked(stated) }];
}

/** When, in which phase and by which tools it was made, as far as that is known. */
function buildOrigin(inventory: Inventory, options: SbomOptions): object {
  const { at, origin, tool } = options;
  const own = { type: 'application', name: tool.name, version: tool.version };
  if (origin === undefined)
    return {
      timestamp: formatInstant(at),
      lifecycles: [{ phase: chooseContext(inventory, options) }],
      tools: { components: [own] },
    };
  const { createdAt } = origin;
  return {
    ...(createdAt === null ? {} : { timestamp: formatInstant(createdAt) }),
    ...(origin.tool === null
      ? {}
      : { tools: { components: [{ type: 'application', name: origin.tool }, own] } }),
  };
}

function buildAuthors({ author }: SbomOptions): object {
  if (author === undefined) return {};
  const { name, email } = author;
  return { authors: [{ name, ...(email === null ? {} : { email }) }] };
}

/** CycloneDX 1.4 has no phases, and a list of tools that are no components. */
function buildOldOrigin({ at, origin, tool }: SbomOptions): object {
  const own = { name: tool.name, version: tool.version };
  if (origin === undefined) return { timestamp: formatInstant(at), tools: [own] };
  const { createdAt } = origin;
  return {
    ...(createdAt === null ? {} : { timestamp: formatInstant(createdAt) }),
    ...(origin.tool === null ? {} : { tools: [{ name: origin.tool }, own] }),
  };
}

function buildOsComponent({ os }: Inventory): readonly object[] {
  if (os === null) return [];
  return [
    {
      type: 'operating-system',
      'bom-ref': 'operating-system',
      name: os.id,
      ...(os.versionId === null ? {} : { version: os.versionId }),
      ...(os.prettyName === null ? {} : { description: os.prettyName }),
    },
  ];
}

function buildComponent(
  component: Component,
  own: ReadonlySet<Purl>,
  licenses: LicenseWriter,
  isOld: boolean,
): object {
  const { purl, name, version, origin, development } = component;
  const supplier = component.supplier ?? findSupplier(purl);
  const hashes = buildHashes(component);
  return {
    type: 'library',
    'bom-ref': purl,
    ...(supplier === null ? {} : { supplier: { name: supplier } }),
    name,
    version,
    ...(development ? { scope: 'excluded' } : {}),
    ...(hashes.length === 0 ? {} : { hashes }),
    ...(component.licenses.length === 0 ? {} : { licenses: buildLicenses(component, licenses) }),
    purl: addUpstream(component),
    ...(origin !== null && LOCATION.test(origin)
      ? { externalReferences: [{ type: 'distribution', url: origin }] }
      : {}),
    properties: [
      ...buildProperties(component, own, supplier),
      ...(isOld ? listLocations(component) : []),
    ],
    ...(isOld ? {} : buildOccurrences(component)),
  };
}

function buildHashes({ hashes }: Component): readonly object[] {
  return sortEntries(hashes)
    .filter(([algorithm, value]) => fitsCycloneDx(algorithm, value))
    .map(([algorithm, content]) => ({ alg: getOwn(CYCLONEDX_ALGORITHMS, algorithm), content }));
}

function fitsCycloneDx(algorithm: string, value: string): boolean {
  return Object.hasOwn(CYCLONEDX_ALGORITHMS, algorithm) && HASH.test(value);
}

function sortEntries(hashes: Component['hashes']): readonly [string, string][] {
  return Object.entries(hashes).sort(([one], [other]) => (one < other ? -1 : 1));
}

/**
 * An identifier alone, one expression where all are expressions (1.6 allows no second one beside
 * it), else identifiers and names.
 */
function buildLicenses({ licenses }: Component, writer: LicenseWriter): readonly object[] {
  const [only = '', ...others] = licenses;
  if (others.length === 0 && isSpdxId(only)) return [{ license: { id: only } }];
  if (licenses.every((text) => isKnown(writer, text)))
    return [{ expression: writer.joinExpressions(licenses) }];
  return licenses.map((text) => ({ license: isSpdxId(text) ? { id: text } : { name: text } }));
}

function isKnown(writer: LicenseWriter, text: string): boolean {
  return writer.toExpression(text) === text;
}

function buildOccurrences({ locations }: Component): object {
  return locations.length === 0
    ? {}
    : { evidence: { occurrences: locations.map((location) => ({ location })) } };
}

/** CycloneDX 1.4 has no occurrences. */
function listLocations({ locations }: Component): readonly object[] {
  return locations.map((value) => ({ name: 'waybill:location', value }));
}

function buildProperties(
  component: Component,
  own: ReadonlySet<Purl>,
  supplier: string | null,
): readonly object[] {
  const { source, layer, origin } = component;
  const list: { name: string; value: string }[] = [];
  const put = (key: string, value: string): number => list.push({ name: `waybill:${key}`, value });
  if (source !== null) {
    // Where Trivy reads it; a version in one piece means the same to it.
    list.push({ name: 'aquasecurity:trivy:SrcName', value: source.name });
    list.push({ name: 'aquasecurity:trivy:SrcVersion', value: source.version });
  }
  if (layer !== null) put('layer', layer);
  if (origin !== null && !LOCATION.test(origin)) put('origin', origin);
  if (component.licenses.length > 1) for (const text of component.licenses) put('license', text);
  if (component.licensesFrom !== undefined) put('licensesFrom', component.licensesFrom);
  for (const [algorithm, value] of sortEntries(component.hashes))
    if (!fitsCycloneDx(algorithm, value)) put('hash', `${algorithm}=${value}`);
  for (const purl of component.dependsOn) if (!own.has(purl)) put('dependsOn', purl);
  for (const what of listUnknowns(component, supplier)) put('unknown', what);
  return list;
}

/**
 * Only components whose needs are known: an entry with an empty list would say that it has none,
 * and a missing one says that they may be unknown (CycloneDX 1.6, dependency).
 */
function buildDependencies(inventory: Inventory, own: ReadonlySet<Purl>): readonly object[] {
  const needs = new Map(
    inventory.components.map(({ purl, dependsOn }) => [
      purl,
      dependsOn.filter((one) => own.has(one)),
    ]),
  );
  const direct: readonly string[] =
    inventory.direct?.filter((purl) => own.has(purl)) ?? listTops(needs);
  const roots = inventory.os === null ? direct : ['operating-system', ...direct];
  return [
    ...(roots.length === 0 ? [] : [{ ref: 'subject', dependsOn: roots }]),
    ...[...needs].flatMap(([ref, dependsOn]) =>
      // mutant dependencies-that-are-unknown by foreign-forms: condition -> false
      dependsOn.length === 0 ? [] : [{ ref, dependsOn }],
    ),
  ];
}
