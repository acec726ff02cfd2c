import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import type { Purl } from '../../../core/purl.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { readText } from './component-collector.ts';
import { identifyStated } from './package-identity.ts';
import { READABLE_SBOMS } from './sbom-format.ts';
import { readSpdxRelation, type SpdxRelation } from './spdx-relations.ts';
import { openDocument } from './translate-sbom.ts';

/** One element of an SBOM; a document may use an id twice. */
export interface SbomElement {
  readonly id: string;
  readonly name: string;
  /** The first purl that can be read; null where there is none. */
  readonly purl: Purl | null;
}

/** The relations of an SBOM: elements by their id within the document. */
export interface SbomRelations {
  readonly elements: readonly SbomElement[];
  readonly roots: readonly string[];
  /** From the element that needs or contains another to that other element. */
  readonly edges: ReadonlyMap<string, readonly string[]>;
  /**
   * The same without "contains" where something needs what is contained: an image contains every
   * package, which does not say why.
   */
  readonly reasons: ReadonlyMap<string, readonly string[]>;
}

/**
 * The dependencies and contents in an SPDX or CycloneDX JSON document. The document is not trusted:
 * what does not fit is left out. Fails where the document cannot be read.
 */
export function readSbomRelations(bytes: Uint8Array, bytesMax: number): Result<SbomRelations> {
  const opened = openDocument(bytes, bytesMax);
  if (!opened.ok) {
    const { code, remedy } = opened.failure;
    return fail(code, `the document is not readable: ${code}`, remedy);
  }
  const document = opened.value;
  if (document['bomFormat'] === 'CycloneDX') return ok(readCycloneDx(document));
  if (typeof document['spdxVersion'] === 'string') return ok(readSpdx(document));
  return failUnsupported('relations of this format are not supported');
}

function failUnsupported(why: string): Result<never> {
  return fail('UNSUPPORTED', why, READABLE_SBOMS);
}

class RelationCollector implements SbomRelations {
  readonly elements: SbomElement[] = [];
  readonly roots: string[] = [];
  readonly edges = new Map<string, string[]>();
  readonly reasons = new Map<string, string[]>();
  readonly #contents: (readonly [from: string, to: string])[] = [];
  readonly #needed = new Set<string>();

  addElement(id: string, name: string, version: string, purls: readonly string[]): void {
    if (id === '') return;
    const label = version === '' ? name : `${name}@${version}`;
    this.elements.push({ id, name: label, purl: findPurl(purls, version) });
  }

  addEdge(kind: SpdxRelation['kind'], from: string, to: string): void {
    if (from === '' || to === '' || from === to) return;
    addTo(this.edges, from, to);
    if (kind === 'content') {
      this.#contents.push([from, to]);
      return;
    }
    addTo(this.reasons, from, to);
    this.#needed.add(to);
  }

  finish(): SbomRelations {
    // mutant chain-through-contents by sbom-chain: condition -> true
    for (const [from, to] of this.#contents)
      if (!this.#needed.has(to)) addTo(this.reasons, from, to);
    return this;
  }
}

function addTo(edges: Map<string, string[]>, from: string, to: string): void {
  const targets = edges.get(from);
  if (targets === undefined) edges.set(from, [to]);
  else targets.push(to);
}

function findPurl(purls: readonly string[], version: string): Purl | null {
  for (const text of purls) {
    const identity = identifyStated(text, version);
    if (identity !== null) return identity.purl;
  }
  return null;
}

function readCycloneDx(document: JsonObject): SbomRelations {
  const gathered = new RelationCollector();
  const metadata = document['metadata'];
  const root =
    isJsonObject(metadata) && isJsonObject(metadata['component']) ? metadata['component'] : null;
  if (root !== null) {
    gathered.roots.push(readRef(root));
    addNested(gathered, root);
  }
  for (const component of readObjects(document['components'])) addNested(gathered, component);
  for (const entry of readObjects(document['dependencies'])) {
    for (const to of readTexts(entry['dependsOn']))
      gathered.addEdge('dependency', readText(entry, 'ref'), to);
  }
  return gathered.finish();
}

/** A component without a reference is named by its purl, as in tools that leave references out. */
function readRef(component: JsonObject): string {
  return (
    readText(component, 'bom-ref') || readText(component, 'purl') || readText(component, 'name')
  );
}

/** A nested component is contained in its parent; the depth is limited by that of the JSON. */
function addNested(gathered: RelationCollector, component: JsonObject): void {
  const ref = readRef(component);
  const [name, version] = [readText(component, 'name'), readText(component, 'version')];
  gathered.addElement(ref, name, version, [readText(component, 'purl')]);
  for (const inner of readObjects(component['components'])) {
    gathered.addEdge('content', ref, readRef(inner));
    addNested(gathered, inner);
  }
}

function readSpdx(document: JsonObject): SbomRelations {
  const gathered = new RelationCollector();
  for (const item of readObjects(document['packages'])) {
    const [name, version] = [readText(item, 'name'), readText(item, 'versionInfo')];
    gathered.addElement(readText(item, 'SPDXID'), name, version, listPurls(item));
  }
  gathered.roots.push(...readTexts(document['documentDescribes']));
  for (const relationship of readObjects(document['relationships']))
    addRelationship(gathered, relationship);
  return gathered.finish();
}

function addRelationship(gathered: RelationCollector, relationship: JsonObject): void {
  const from = readText(relationship, 'spdxElementId');
  const to = readText(relationship, 'relatedSpdxElement');
  const kind = readText(relationship, 'relationshipType');
  if (kind === 'DESCRIBES') gathered.roots.push(to);
  if (kind === 'DESCRIBED_BY') gathered.roots.push(from);
  const relation = readSpdxRelation(kind);
  const pair = [from, to] as const;
  if (relation !== null)
    gathered.addEdge(relation.kind, ...(relation.reversed ? ([to, from] as const) : pair));
}

function readObjects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function readTexts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** The purls that a package states, each once. */
function listPurls(entry: JsonObject): readonly string[] {
  const refs = readObjects(entry['externalRefs']).filter((ref) => ref['referenceType'] === 'purl');
  return [...new Set(readTexts(refs.map((ref) => ref['referenceLocator'] ?? null)))];
}
