import { parseDigest } from '../../../core/digest.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { formatPurl, parsePurl } from '../../../core/purl.ts';
import { ok, type Result } from '../../../core/result.ts';
import {
  findImageDigest,
  pickMoment,
  takeName,
  takeObject,
  takeObjects,
  takeText,
  unescapeText,
} from './members.ts';
import {
  excludes,
  limitProducts,
  type VexOrigin,
  type VexProduct,
  type VexStatement,
} from './vex-statement.ts';

/** A CycloneDX document with vulnerabilities. */
export function isCycloneDx(document: JsonObject): boolean {
  return document['bomFormat'] === 'CycloneDX' && Array.isArray(document['vulnerabilities']);
}

/**
 * A document that states analyses, and no inventory: it lists no components, or only those that its
 * analyses are about, without a word on how they depend on each other (C28).
 */
export function hasAnalyses(document: JsonObject): boolean {
  const { components, vulnerabilities, dependencies } = document;
  const stated = takeObjects(vulnerabilities);
  if (!stated.some(({ analysis }) => isJsonObject(analysis))) return false;
  const listed = takeObjects(components);
  if (listed.length === 0) return true;
  if (takeObjects(dependencies).length > 0 || listed.length > ANALYSED_MAX) return false;
  const meant = new Set(
    stated
      .filter(({ analysis }) => isJsonObject(analysis))
      .flatMap(({ affects }) => takeObjects(affects).map(({ ref }) => takeText(ref))),
  );
  return listed.every((one) => meant.has(takeText(one['bom-ref'])) && !('components' in one));
}

/** Components that a statement lists only to name them. */
const ANALYSED_MAX = 1_000;

/** CycloneDX 1.4 and later, `vulnerabilities[].analysis.state`. */
const STATES: ReadonlyMap<string, VexStatement['status']> = new Map([
  ['resolved', 'fixed'],
  ['resolved_with_pedigree', 'fixed'],
  ['exploitable', 'affected'],
  ['in_triage', 'under_investigation'],
  ['false_positive', 'not_affected'],
  ['not_affected', 'not_affected'],
]);

const JUSTIFICATIONS: ReadonlySet<string> = new Set([
  'code_not_present',
  'code_not_reachable',
  'requires_configuration',
  'requires_dependency',
  'requires_environment',
  'protected_by_compiler',
  'protected_at_runtime',
  'protected_at_perimeter',
  'protected_by_mitigating_control',
]);

interface Context {
  /** By reference; null for a reference that two components have. */
  readonly components: ReadonlyMap<string, VexProduct | null>;
  /** `urn:cdx:SERIAL/VERSION` of this document, without the version; null where it has none. */
  readonly serial: string | null;
  readonly at: JsonValue | undefined;
  readonly origin: VexOrigin;
}

/** The analyses of a CycloneDX document. A vulnerability without one states nothing. */
export function readCycloneDxVex(document: JsonObject): Result<readonly VexStatement[]> {
  const metadata = takeObject(document['metadata']);
  const serial = takeText(document['serialNumber']);
  const origin: VexOrigin = {
    format: 'cyclonedx',
    id: takeName(serial),
    author: readAuthor(metadata),
  };
  const components = new Map<string, VexProduct | null>();
  for (const one of [metadata['component'], document['components'], document['services']])
    collectComponents(one, components);
  const context = {
    components,
    serial: serial.startsWith(UUID) ? serial.slice(UUID.length) : null,
    at: metadata['timestamp'],
    origin,
  };
  return ok(takeObjects(document['vulnerabilities']).flatMap((one) => readAnalysis(one, context)));
}

const UUID = 'urn:uuid:';

function readAuthor({ authors, manufacturer, supplier, component }: JsonObject): string | null {
  const holders = [
    takeObjects(authors)[0],
    manufacturer,
    supplier,
    takeObject(component)['supplier'],
  ];
  return (
    holders.map((one) => takeName(takeObject(one)['name'])).find((name) => name !== null) ?? null
  );
}

function collectComponents(
  value: JsonValue | undefined,
  found: Map<string, VexProduct | null>,
): void {
  for (const component of Array.isArray(value) ? takeObjects(value) : [takeObject(value)]) {
    const ref = takeText(component['bom-ref']);
    const product = toProduct(takeText(component['purl']), component['hashes']);
    // mutant cyclonedx-reference-of-two by read-cyclonedx-vex: value -> product
    const meant = found.has(ref) ? null : product;
    if (ref !== '') found.set(ref, meant);
    collectComponents(component['components'] ?? [], found);
  }
}

/** Null: nothing identifies it. */
function toProduct(purl: string, hashes?: JsonValue): VexProduct | null {
  const named = purl.startsWith('pkg:') ? purl : null;
  const image = named === null ? null : findImageDigest(named);
  if (image !== null) return { purl: named, digests: [image], subcomponents: [] };
  if (named !== null) return { purl: named, digests: [], subcomponents: [] };
  const contents = takeObjects(hashes).filter(({ alg }) => alg === 'SHA-256');
  const digests = contents.flatMap(({ content }) => {
    const digest = parseDigest(`sha256:${takeText(content).toLowerCase()}`);
    return digest.ok ? [digest.value] : [];
  });
  return digests.length === 0 ? null : { purl: null, digests, subcomponents: [] };
}

function readAnalysis(vulnerability: JsonObject, context: Context): readonly VexStatement[] {
  const { id, references, affects, updated, published, created } = vulnerability;
  const analysis = takeObject(vulnerability['analysis']);
  const status = STATES.get(takeText(analysis['state']));
  const others = takeObjects(references).map((one) => takeText(one['id']));
  const names = [takeText(id), ...others].filter((name) => name !== '');
  if (status === undefined || names.length === 0) return [];
  const justification = readReason(analysis);
  // mutant cyclonedx-without-a-reason by read-cyclonedx-vex: remove
  if (status === 'not_affected' && justification === null) return [];
  const found = takeObjects(affects).flatMap((one) => readAffected(one, status, context));
  const { lastUpdated, firstIssued } = analysis;
  const at = pickMoment(lastUpdated, firstIssued, updated, context.at, published, created);
  const products = limitProducts(status, found);
  return [{ names, status, justification, products, at, origin: context.origin }];
}

/**
 * As for OpenVEX: a label of the list, or a text that says why. That a match is false is a reason.
 */
function readReason({ state, justification, detail }: JsonObject): string | null {
  const label = takeText(justification);
  if (JUSTIFICATIONS.has(label)) return label;
  return takeName(detail) ?? (state === 'false_positive' ? state : null);
}

/** The product behind a reference, in the versions that it is limited to. */
function readAffected(
  affected: JsonObject,
  status: VexStatement['status'],
  context: Context,
): readonly (VexProduct | null)[] {
  const product = resolve(takeText(affected['ref']), context);
  const limits = takeObjects(affected['versions']);
  if (product === null) return [null];
  const parts = product.purl === null ? null : parsePurl(product.purl);
  const isFixed = parts?.ok !== true || parts.value.version !== null || product.digests.length > 0;
  if (limits.length === 0 || isFixed || !excludes({ status })) return [product];
  // What is said of some versions is said of no other one.
  // mutant cyclonedx-some-versions-are-all by read-cyclonedx-vex: value -> [product]
  return limits.map(({ version, status: meant }) => {
    const isOne = takeText(version) !== '' && meant !== 'unknown';
    return isOne
      ? { ...product, purl: formatPurl({ ...parts.value, version: takeText(version) }) }
      : null;
  });
}

/**
 * A reference within the document, or a BOM-Link (`urn:cdx:SERIAL/VERSION#REF`) to this one or to
 * another one, whose references can be read where they are package URLs.
 */
function resolve(ref: string, { components, serial }: Context): VexProduct | null {
  if (components.has(ref)) return components.get(ref) ?? null;
  if (ref.startsWith('pkg:')) return toProduct(ref);
  const [, linked = '', fragment = ''] =
    /^urn:(?:cdx|uuid):([^/#]{1,100})[^#]{0,40}#(.+)$/s.exec(ref) ?? [];
  const named = unescapeText(fragment);
  const isHere = serial !== null && linked.toLowerCase() === serial.toLowerCase();
  if (isHere) return components.get(named) ?? components.get(fragment) ?? null;
  return named.startsWith('pkg:') ? toProduct(named) : null;
}
