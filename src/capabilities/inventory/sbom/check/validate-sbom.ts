import { parseInstant } from '../../../../core/instant.ts';
import { isJsonObject, type JsonObject } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { getOwn } from '../../../../core/own.ts';
import { parsePurlPattern } from '../../../../core/purl.ts';
import { ok, type Result } from '../../../../core/result.ts';
import { readText } from '../component-collector.ts';
import { failUnsupported } from '../sbom-format.ts';
import { openDocument } from '../translate-sbom.ts';
import { fitsAlgorithm } from './hash-lengths.ts';
import { isLicenceText } from './licence-rules.ts';
import { listObjects } from './statement.ts';

/** A rule of the standard that a document breaks. */
export interface SbomBreach {
  /** The element, as the document names it; `document` for the document itself. */
  readonly where: string;
  readonly what: string;
}

export interface SbomValidation {
  readonly breaches: readonly SbomBreach[];
  /** Further ones that are not listed. */
  readonly more: number;
}

const BREACHES_MAX = 1_000;

/**
 * The rules of SPDX and CycloneDX that say what a document means: required members, ids that are
 * there once, references that lead somewhere, and values that are what they claim to be. A document
 * that cannot be read at all is a failure.
 *
 * @example validateSbom(bytes) // { breaches: [], more: 0 }
 */
export function validateSbom(bytes: Uint8Array): Result<SbomValidation> {
  const opened = openDocument(bytes, LIMITS.documentBytesMax);
  if (!opened.ok) return opened;
  const found = new BreachList();
  const document = opened.value;
  const version = readText(document, 'spdxVersion');
  const isCycloneDx = document['bomFormat'] === 'CycloneDX';
  if (isCycloneDx && /^(?:1[.][2-7])?$/.test(readText(document, 'specVersion')))
    validateCycloneDx(document, found);
  else if (/^SPDX-2[.][23]$/.test(version)) validateSpdx(document, found, true);
  else if (/^SPDX-3[.]0[.][01]$/.test(version)) validateSpdx(document, found, false);
  else return failUnsupported('it is of a version that is not read');
  return ok({ breaches: found.list, more: found.count - found.list.length });
}

class BreachList {
  readonly list: SbomBreach[] = [];
  count = 0;

  /** Notes a breach unless the rule holds. */
  require(holds: boolean, where: string, what: string): void {
    if (holds) return;
    this.count += 1;
    if (this.list.length < BREACHES_MAX) this.list.push({ where: where.slice(0, 200), what });
  }
}

const SPDX_ID = /^SPDXRef-[A-Za-z0-9.-]+$/;
const NAMESPACE = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s#]+$/;
const CREATOR = /^(?:Person|Organization|Tool): *\S/;

/** SPDX 2.3 clauses 6 to 11; of SPDX 3 what its translation keeps. */
function validateSpdx(document: JsonObject, found: BreachList, isTwo: boolean): void {
  if (isTwo) validateHead(document, found);
  const ids = new Set<string>();
  const packages = listObjects(document['packages']);
  const parts = ['files', 'snippets'].flatMap((key) => listObjects(getOwn(document, key)));
  for (const item of [...packages, ...parts]) {
    const id = readText(item, 'SPDXID');
    if (isTwo) found.require(SPDX_ID.test(id), id || 'an element', 'its SPDXID is not one');
    found.require(!ids.has(id), id, 'its id is given twice');
    ids.add(id);
  }
  for (const item of packages) validatePackage(item, found, isTwo);
  for (const relationship of listObjects(document['relationships'])) {
    const kind = readText(relationship, 'relationshipType');
    const ends = ['spdxElementId', 'relatedSpdxElement'].map((key) => readText(relationship, key));
    for (const end of ends)
      found.require(isKnownElement(end, ids), end || 'a relationship', `${kind} leads nowhere`);
  }
  const described = document['documentDescribes'];
  for (const id of Array.isArray(described) ? described : [])
    found.require(typeof id === 'string' && ids.has(id), String(id), 'it is described and absent');
}

function validateHead(document: JsonObject, found: BreachList): void {
  const creation = isJsonObject(document['creationInfo']) ? document['creationInfo'] : {};
  const creators = Array.isArray(creation['creators']) ? creation['creators'] : [];
  const text = (key: string): string => readText(document, key);
  const rule = (holds: boolean, what: string): void => found.require(holds, 'document', what);
  rule(text('dataLicense') === 'CC0-1.0', 'dataLicense is not CC0-1.0');
  rule(text('SPDXID') === 'SPDXRef-DOCUMENT', 'SPDXID is not SPDXRef-DOCUMENT');
  rule(text('name') !== '', 'it has no name');
  rule(NAMESPACE.test(text('documentNamespace')), 'documentNamespace is not a URI without #');
  rule(parseInstant(readText(creation, 'created')).ok, 'created is not a time in UTC');
  const areCreators = creators.every((one) => typeof one === 'string' && CREATOR.test(one));
  rule(creators.length > 0 && areCreators, 'creators are not persons, organisations or tools');
}

function isKnownElement(id: string, ids: ReadonlySet<string>): boolean {
  return (
    ids.has(id) ||
    id === 'SPDXRef-DOCUMENT' ||
    id === 'NOASSERTION' ||
    id === 'NONE' ||
    id.startsWith('DocumentRef-')
  );
}

function validatePackage(item: JsonObject, found: BreachList, isTwo: boolean): void {
  const where = readText(item, 'SPDXID') || readText(item, 'name') || 'a package';
  found.require(readText(item, 'name') !== '', where, 'it has no name');
  if (isTwo) found.require(readText(item, 'downloadLocation') !== '', where, 'no downloadLocation');
  for (const checksum of listObjects(item['checksums'])) {
    const [algorithm, value] = [
      readText(checksum, 'algorithm'),
      readText(checksum, 'checksumValue'),
    ];
    found.require(
      fitsAlgorithm(algorithm, value),
      where,
      `a checksum is no ${algorithm || 'checksum'}`,
    );
  }
  for (const key of ['licenseDeclared', 'licenseConcluded']) {
    const text = readText(item, key);
    found.require(text === '' || isLicenceText(text), where, `${key} is no SPDX expression`);
  }
  for (const reference of listObjects(item['externalRefs']))
    if (reference['referenceType'] === 'purl')
      validatePurl(readText(reference, 'referenceLocator'), where, found);
}

function validatePurl(text: string, where: string, found: BreachList): void {
  found.require(parsePurlPattern(text).ok, where, 'its package URL is not one');
}

const SERIAL = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TYPES = new Set([
  ...['application', 'framework', 'library', 'container', 'platform', 'operating-system'],
  ...['device', 'device-driver', 'firmware', 'file', 'machine-learning-model', 'data'],
  'cryptographic-asset',
]);

/** CycloneDX 1.7: components, dependencies and what they refer to. */
function validateCycloneDx(document: JsonObject, found: BreachList): void {
  const metadata = isJsonObject(document['metadata']) ? document['metadata'] : {};
  const serial = readText(document, 'serialNumber');
  found.require(
    serial === '' || SERIAL.test(serial),
    'document',
    'serialNumber is no URN of a UUID',
  );
  const time = readText(metadata, 'timestamp');
  found.require(time === '' || parseInstant(time).ok, 'document', 'timestamp is no time');
  const refs = new Set<string>();
  const root = metadata['component'];
  validateComponents([...(isJsonObject(root) ? [root] : [])], found, refs);
  validateComponents(listObjects(document['components']), found, refs);
  noteServices(listObjects(document['services']), refs);
  const seen = new Set<string>();
  for (const dependency of listObjects(document['dependencies'])) {
    const ref = readText(dependency, 'ref');
    found.require(!seen.has(ref), ref, 'its dependencies are given twice');
    seen.add(ref);
    const needed = dependency['dependsOn'];
    for (const one of [ref, ...(Array.isArray(needed) ? needed : [])])
      found.require(
        typeof one === 'string' && (refs.has(one) || one.startsWith('urn:cdx:')),
        String(one) || 'a dependency',
        'it is in the dependencies and not described',
      );
  }
}

function noteServices(services: readonly JsonObject[], refs: Set<string>): void {
  for (const service of services) {
    refs.add(readText(service, 'bom-ref'));
    noteServices(listObjects(service['services']), refs);
  }
}

function validateComponents(
  components: readonly JsonObject[],
  found: BreachList,
  refs: Set<string>,
): void {
  for (const component of components) {
    const ref = readText(component, 'bom-ref');
    const where = ref || readText(component, 'name') || 'a component';
    found.require(TYPES.has(readText(component, 'type')), where, 'its type is none of CycloneDX');
    found.require(readText(component, 'name') !== '', where, 'it has no name');
    found.require(ref === '' || !refs.has(ref), where, 'its bom-ref is given twice');
    if (ref !== '') refs.add(ref);
    for (const hash of listObjects(component['hashes'])) {
      const [algorithm, value] = [readText(hash, 'alg'), readText(hash, 'content')];
      found.require(fitsAlgorithm(algorithm, value), where, `a hash is no ${algorithm || 'hash'}`);
    }
    for (const choice of listObjects(component['licenses'])) {
      const licence = isJsonObject(choice['license']) ? choice['license'] : {};
      const text = readText(choice, 'expression') || readText(licence, 'id');
      found.require(text === '' || isLicenceText(text), where, 'a licence is no SPDX expression');
    }
    const purl = readText(component, 'purl');
    if (purl !== '') validatePurl(purl, where, found);
    validateComponents(listObjects(component['components']), found, refs);
  }
}
