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
  CLOSED_IMAGE,
  ComponentCollector,
  type Draft,
  failTooMany,
  type ParsedSbom,
  readInstant,
  readList,
  readText,
} from './component-collector.ts';
import { countVulnerabilities, findTool, readClaim } from './cyclonedx-claim.ts';
import { noteLinkedBom, noteServices, readDependencies } from './cyclonedx-dependencies.ts';
import { listOwnProperties, listProperties } from './cyclonedx-properties.ts';
import { noteSupplier, parseMarked, readSkip, readUnexplained, toDigest } from './detail.ts';
import { identifyPackage } from './package-identity.ts';
import type { SbomFormat } from './sbom-format.ts';

interface Reader {
  readonly gathering: ComponentCollector;
  readonly byRef: Map<string, Draft>;
  /** The `bom-ref` of everything that the document describes, a package or not. */
  readonly refs: Set<string>;
  readonly rootPurl: string;
  readonly rootRef: string;
  /** The BOM-Link of this document, without its version; empty where it has no serial number. */
  readonly ownLink: string;
  os: OperatingSystem | null;
  count: number;
}

/** Reads a CycloneDX 1.2 to 1.7 document whose JSON is already parsed. */
export function readCycloneDx(document: JsonObject, format: SbomFormat): Result<ParsedSbom> {
  const metadata = isJsonObject(document['metadata']) ? document['metadata'] : {};
  const root = isJsonObject(metadata['component']) ? metadata['component'] : null;
  const reader: Reader = {
    gathering: new ComponentCollector(),
    byRef: new Map(),
    refs: new Set(),
    rootPurl: root === null ? '' : readText(root, 'purl'),
    rootRef: root === null ? '' : readText(root, 'bom-ref'),
    ownLink: readText(document, 'serialNumber').replace(/^urn:uuid:/, 'urn:cdx:'),
    os: null,
    count: 0,
  };
  const wrong = readTop(reader, document, root);
  if (wrong !== null) return wrong;
  const dependencies = readList(document, 'dependencies');
  if (!dependencies.ok) return dependencies;
  noteServices(reader, document['services']);
  readDependencies(reader, dependencies.value);
  const tool = findTool(metadata['tools']);
  reader.gathering.sourceIsOwnByDefault = tool?.startsWith('syft') === true;
  const compositions = readList(document, 'compositions');
  if (!compositions.ok) return compositions;
  const own = listOwnProperties(metadata);
  for (const skip of own.get('skip') ?? []) addSkip(reader, skip);
  const claim = readClaim(compositions.value, root, own.get('outcome')?.[0]);
  const subject: InventorySubject = {
    name: root === null ? '' : formatFullName(root),
    digest: findSubjectDigest(root),
  };
  const inventory = reader.gathering.finish({
    subject,
    found: own.get('found') ?? [],
    os: reader.os,
    claim,
    isOwn: own.has('outcome'),
    unexplained: readUnexplained(parseMarked(own.get('unexplained')?.[0])?.['unexplained']),
  });
  return ok({
    format,
    encoding: 'json',
    tool,
    createdAt: readInstant(metadata, 'timestamp'),
    subject: subject.digest,
    claim,
    ...countVulnerabilities(document),
    inventory,
  });
}

function addSkip(reader: Reader, text: string): void {
  const skip = readSkip(text);
  if (skip !== null) reader.gathering.skips.push(skip);
}

/**
 * The components, and those inside the described one (cdxgen: workspaces of a repository).
 */
function readTop(
  reader: Reader,
  document: JsonObject,
  root: JsonObject | null,
): Result<never> | null {
  const components = readList(document, 'components');
  if (!components.ok) return components;
  if (root !== null) reader.refs.add(readText(root, 'bom-ref'));
  noteLinks(reader, document);
  if (root !== null) noteLinks(reader, root);
  const nested = root === null ? null : readNested(reader, root);
  if (nested !== null) return nested;
  // A document about a single package lists nothing else: that package is then the content.
  if (root !== null && components.value.length === 0 && reader.count === 0 && isPackage(root))
    return readComponents(reader, [root]);
  // Without the list it is a VEX or another document about packages, not an inventory of them.
  if (!Array.isArray(document['components']) && reader.count === 0)
    reader.gathering.noteUnknown(
      'without a list: the document has no list of components',
      readText(document, 'serialNumber') || 'unnamed',
    );
  return readComponents(reader, components.value);
}

function noteLinks({ gathering, ownLink: own }: Reader, holder: JsonObject): void {
  const label = formatFullName(holder) || readText(holder, 'bom-ref') || 'unnamed';
  noteLinkedBom(gathering, holder, { label, own });
}

function isPackage(component: JsonObject): boolean {
  return component['type'] === 'library' && readText(component, 'purl') !== '';
}

function readNested(reader: Reader, component: JsonObject): Result<never> | null {
  const inner = readList(component, 'components');
  return inner.ok ? readComponents(reader, inner.value) : inner;
}

/** The depth is limited by that of the JSON. */
function readComponents(reader: Reader, components: readonly JsonValue[]): Result<never> | null {
  reader.count += components.length;
  if (reader.count > LIMITS.componentsMax) return failTooMany(reader.count);
  for (const component of components) {
    if (!isJsonObject(component))
      return fail('MALFORMED', 'a component of the SBOM is not an object', 'Make the SBOM again.');
    reader.refs.add(readText(component, 'bom-ref'));
    noteLinks(reader, component);
    readComponent(reader, component);
    const wrong = component['components'] === undefined ? null : readNested(reader, component);
    if (wrong !== null) return wrong;
  }
  return null;
}

// Types that are not packages; without a purl they hide none (CycloneDX 1.7 component type).
const NO_PACKAGE = new Set([
  'file',
  'data',
  'container',
  'cryptographic-asset',
  'machine-learning-model',
]);

function readComponent(reader: Reader, component: JsonObject): void {
  const type = readText(component, 'type');
  const purl = readText(component, 'purl');
  // A component with the purl of a package is a package, under any label: nothing hides behind a
  // label.
  if (type === 'operating-system' && /^(?:$|pkg:(?:generic|swid)\/)/.test(purl)) {
    readOs(reader, component);
    return;
  }
  if (purl === '' && (NO_PACKAGE.has(type) || isLockFile(component))) {
    if (type === 'container') noteClosedImage(reader, component);
    return;
  }
  if (purl.startsWith('pkg:deb/') && isSourceRecord(reader, component, purl)) return;
  const label = formatFullName(component) || readText(component, 'bom-ref') || 'unnamed';
  const purls = purl === '' ? [] : [purl];
  const contentsListed = purl === reader.rootPurl || Array.isArray(component['components']);
  const draft = reader.gathering.admit({
    purls,
    version: readText(component, 'version'),
    label,
    contentsListed,
  });
  if (draft === null) return;
  const ref = readText(component, 'bom-ref');
  if (ref !== '' && !reader.byRef.has(ref)) reader.byRef.set(ref, draft);
  fillDraft(reader, draft, component);
}

/** Another image than the described one, such as a base: without its parts it may hold anything. */
function noteClosedImage(reader: Reader, component: JsonObject): void {
  const ref = readText(component, 'bom-ref');
  // mutant cyclonedx-image-without-its-parts by described-parts: condition -> true
  if (Array.isArray(component['components']) || (ref !== '' && ref === reader.rootRef)) return;
  reader.gathering.noteUnknown(CLOSED_IMAGE, formatFullName(component) || ref || 'unnamed');
}

/**
 * cdxgen lists Debian source packages among the installed ones, tagged `source`, with the binaries
 * that each one produces as evidence. An installed package of the same name also has Trivy's
 * package id beside the tag.
 */
function isSourceRecord(reader: Reader, component: JsonObject, purl: string): boolean {
  const { tags, evidence } = component;
  const binaries =
    isJsonObject(evidence) && evidence['identity'] !== undefined
      ? listEvidenceValues(evidence)
      : [];
  const isTagged = Array.isArray(tags) && tags.includes('source');
  if (binaries.length === 0 && !isTagged) return false;
  const identity = identifyPackage(purl);
  if (identity === null || identity.version === '') return false;
  const { name, version } = identity;
  for (const binary of binaries)
    if (!reader.gathering.sources.has(binary))
      reader.gathering.sources.set(binary, { name, version });
  return isTagged && !listProperties(component).some(([key]) => key === 'aquasecurity:trivy:PkgID');
}

/** `evidence.identity[].methods[].value` of CycloneDX 1.6 (before, `identity` was one object). */
function listEvidenceValues(evidence: JsonObject): readonly string[] {
  const stated = evidence['identity'];
  const identities = Array.isArray(stated) ? stated : [stated];
  const values: string[] = [];
  for (const identity of identities) {
    const methods = isJsonObject(identity) ? identity['methods'] : undefined;
    if (!Array.isArray(methods)) continue;
    for (const method of methods)
      if (isJsonObject(method) && method['technique'] === 'filename')
        values.push(readText(method, 'value'));
  }
  return values;
}

function formatFullName(component: JsonObject): string {
  const group = readText(component, 'group');
  return group === '' ? readText(component, 'name') : `${group}/${readText(component, 'name')}`;
}

/**
 * Trivy lists a lock file that it read as an application; its packages follow as separate
 * components.
 */
function isLockFile(component: JsonObject): boolean {
  if (component['type'] !== 'application') return false;
  return listProperties(component).some(
    ([name]) => name === 'aquasecurity:trivy:Class' || name === 'aquasecurity:trivy:Type',
  );
}

function readOs(reader: Reader, component: JsonObject): void {
  const text = (key: string): string | null => readText(component, key) || null;
  const stated = new Map(listProperties(component));
  reader.os ??= {
    id: stated.get('syft:distro:id') ?? readText(component, 'name'),
    versionId: stated.get('syft:distro:versionID') ?? text('version'),
    prettyName: stated.get('syft:distro:prettyName') ?? text('description'),
  };
}

function fillDraft(reader: Reader, draft: Draft, component: JsonObject): void {
  readLicenses(draft, component['licenses']);
  readHashes(draft, component['hashes']);
  readOrigin(draft, component['externalReferences']);
  readOccurrences(draft, component['evidence']);
  const { supplier } = component;
  if (isJsonObject(supplier)) noteSupplier(draft, readText(supplier, 'name'));
  let development = component['scope'] === 'excluded';
  const said: { source: [string, string, string]; licenses: string[] } = {
    source: ['', '', ''],
    licenses: [],
  };
  for (const [name, value] of listProperties(component)) {
    if (name === 'cdx:npm:package:development') development ||= value === 'true';
    else if (name.startsWith('waybill:')) readOwnProperty(draft, name.slice(8), value, said);
    else if (name.startsWith('aquasecurity:trivy:'))
      readTrivyProperty(draft, name.slice(19), value, said.source);
    else if (name.startsWith('syft:location:')) readSyftProperty(draft, name, value);
  }
  if (said.licenses.length > 0) draft.licenses = said.licenses;
  if (said.source[0] !== '') draft.source = buildSource(said.source);
  (development ? reader.gathering.development : reader.gathering.shipped).add(draft.purl);
}

/** Name, version, and the epoch and release that Trivy stores separately. */
function buildSource([name, version, epoch]: readonly [string, string, string]): {
  name: string;
  version: string;
} {
  return { name, version: epoch === '' || epoch === '0' ? version : `${epoch}:${version}` };
}

type PropertyState = { readonly source: [string, string, string]; licenses: string[] };

function readOwnProperty(draft: Draft, key: string, value: string, said: PropertyState): void {
  if (key === 'source:name') said.source[0] = value;
  else if (key === 'source:version') said.source[1] = value;
  else if (key === 'layer') draft.layer = toDigest(value);
  else if (key === 'origin') draft.origin = value;
  else if (key === 'location') addUnique(draft, 'locations', value);
  else if (key === 'license') said.licenses.push(value);
  else if (key === 'licensesFrom') draft.licensesFrom = value;
  else if (key === 'hash' && value.includes('='))
    setOwn(draft.hashes, value.slice(0, value.indexOf('=')), value.slice(value.indexOf('=') + 1));
  else if (key === 'dependsOn') {
    const identity = identifyPackage(value);
    if (identity !== null) addDependency(draft, identity.purl);
  }
}

function readTrivyProperty(
  draft: Draft,
  key: string,
  value: string,
  source: [string, string, string],
): void {
  if (key === 'SrcName') source[0] = value;
  else if (key === 'SrcVersion') source[1] = value + source[1];
  else if (key === 'SrcRelease') source[1] = `${source[1]}-${value}`;
  else if (key === 'SrcEpoch') source[2] = value;
  else if (key === 'PackageSource') draft.source ??= parseSource(draft, value);
  else if (key === 'LayerDigest') draft.layer = toDigest(value);
  else if (key === 'LayerDiffID') draft.layer ??= toDigest(value);
  else if (key === 'FilePath') addUnique(draft, 'locations', value);
}

/**
 * cdxgen copies dpkg's `Source: name (version)`, where the version is only present if it differs
 * from the binary's.
 */
function parseSource(draft: Draft, text: string): Draft['source'] {
  const [, name, version] = /^(\S{1,200})(?: \((\S{1,200})\))?$/.exec(text) ?? [];
  return name === undefined ? null : { name, version: version ?? draft.version };
}

function readSyftProperty(draft: Draft, name: string, value: string): void {
  if (name.endsWith(':layerID')) draft.layer ??= toDigest(value);
  else if (name.endsWith(':path')) addUnique(draft, 'locations', value);
}

function readLicenses(draft: Draft, licenses: JsonValue | undefined): void {
  if (!Array.isArray(licenses)) return;
  for (const choice of licenses) {
    if (!isJsonObject(choice)) continue;
    const license = isJsonObject(choice['license']) ? choice['license'] : {};
    const text =
      readText(choice, 'expression') || readText(license, 'id') || readText(license, 'name');
    addUnique(draft, 'licenses', toSpdxExpression(text) ?? text);
  }
}

function readHashes(draft: Pick<Draft, 'hashes'>, hashes: JsonValue | undefined): void {
  if (!Array.isArray(hashes)) return;
  for (const hash of hashes) {
    if (!isJsonObject(hash)) continue;
    const algorithm = readText(hash, 'alg').toLowerCase().replace(/^sha-/, 'sha');
    const content = readText(hash, 'content').toLowerCase();
    if (algorithm !== '' && content !== '') setOwn(draft.hashes, algorithm, content);
  }
}

function readOrigin(draft: Draft, references: JsonValue | undefined): void {
  if (!Array.isArray(references)) return;
  const found = references.find(
    (reference) => isJsonObject(reference) && reference['type'] === 'distribution',
  );
  if (!isJsonObject(found)) return;
  draft.origin ??= readText(found, 'url') || null;
  // cyclonedx-npm identifies a package by the hashes of its download.
  if (Object.keys(draft.hashes).length === 0) readHashes(draft, found['hashes']);
}

function readOccurrences(draft: Draft, evidence: JsonValue | undefined): void {
  if (!isJsonObject(evidence)) return;
  const { occurrences } = evidence;
  if (!Array.isArray(occurrences)) return;
  for (const occurrence of occurrences)
    if (isJsonObject(occurrence)) addUnique(draft, 'locations', readText(occurrence, 'location'));
}

/** From the purl of the image, its version (Syft), or a container's own hash. */
function findSubjectDigest(root: JsonObject | null): Digest | null {
  if (root === null) return null;
  const identity = identifyPackage(readText(root, 'purl'));
  const digest = identity?.kind === 'image' ? toDigest(identity.version) : null;
  const version = digest ?? toDigest(readText(root, 'version'));
  if (version !== null || root['type'] !== 'container') return version;
  const draft = { hashes: {} as Record<string, string> };
  readHashes(draft, root['hashes']);
  return draft.hashes['sha256'] === undefined ? null : toDigest(`sha256:${draft.hashes['sha256']}`);
}
