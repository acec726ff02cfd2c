import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { formatPurl, type Purl, parsePurl } from '../../core/purl.ts';
import { parseJson } from '../../formats/json/parse.ts';
import type { Chain } from './questions/why/answer.ts';

/** What an SBOM relates: elements by their id within the document. */
interface ComponentRelations {
  readonly labels: ReadonlyMap<string, string>;
  /** The elements that are the package. */
  readonly targets: ReadonlySet<string>;
  readonly roots: readonly string[];
  /** From what needs or contains to what is needed or contained. */
  readonly edges: ReadonlyMap<string, readonly string[]>;
}

/**
 * The shortest way from what an SBOM describes to one of its packages, over what depends on and
 * what contains what. The document is somebody's: whatever does not fit is left out, and a document
 * that cannot be read says so.
 *
 * @example dependencyChain(bytes, purl) // { kind: 'path', steps: ['shop/trips', 'pkg:npm/a@1', 'pkg:npm/b@2'] }
 */
export function findDependencyChain(bytes: Uint8Array, purl: Purl): Chain {
  if (bytes.length > LIMITS.whyDocumentBytesMax) {
    return { kind: 'unknown', why: `the document has over ${LIMITS.whyDocumentBytesMax} bytes` };
  }
  const json = parseJson(bytes, { bytesMax: LIMITS.whyDocumentBytesMax });
  if (!json.ok)
    return {
      kind: 'unknown',
      why: `the document is no JSON that can be read: ${json.failure.code}`,
    };
  const document = json.value;
  if (!isJsonObject(document)) return { kind: 'unknown', why: 'the document is no SBOM' };
  const related =
    document['bomFormat'] === 'CycloneDX'
      ? readCycloneDx(document, purl)
      : readSpdx(document, purl);
  if (related === null) return { kind: 'unknown', why: 'relations of this format are not read' };
  if (related.targets.size === 0)
    return { kind: 'unknown', why: 'the document does not name it by this purl' };
  const path = findShortestPath(related);
  return path === null
    ? { kind: 'listed' }
    : { kind: 'path', steps: path.map((id) => pickLabel(related, id)) };
}

function pickLabel({ labels }: ComponentRelations, id: string): string {
  return labels.get(id) ?? id;
}

/**
 * Breadth first: every element is visited once, so loops end and the first way found is a shortest
 * one.
 */
function findShortestPath({ roots, edges, targets }: ComponentRelations): readonly string[] | null {
  const cameFrom = new Map<string, string | null>(roots.map((root) => [root, null]));
  const queue = [...cameFrom.keys()];
  for (let at = 0; at < queue.length; at++) {
    const id = queue[at] ?? '';
    if (targets.has(id)) return tracePath(id, cameFrom);
    for (const next of edges.get(id) ?? []) {
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, id);
      queue.push(next);
    }
  }
  return null;
}

function tracePath(id: string, cameFrom: ReadonlyMap<string, string | null>): readonly string[] {
  const way = [id];
  for (let from = cameFrom.get(id) ?? null; from !== null; from = cameFrom.get(from) ?? null)
    way.unshift(from);
  return way;
}

class RelationCollector {
  readonly labels = new Map<string, string>();
  readonly targets = new Set<string>();
  readonly roots: string[] = [];
  readonly edges = new Map<string, string[]>();
  readonly #purl: Purl;

  constructor(purl: Purl) {
    this.#purl = purl;
  }

  addElement(id: string, name: string, purls: readonly string[]): void {
    if (id === '') return;
    const known = purls.map(toCanonical).find((purl) => purl !== '');
    this.labels.set(id, known ?? name);
    if (known !== undefined && isSame(known, this.#purl)) this.targets.add(id);
  }

  addEdge(from: string, to: string): void {
    if (from === '' || to === '' || from === to) return;
    const targets = this.edges.get(from);
    if (targets === undefined) this.edges.set(from, [to]);
    else targets.push(to);
  }
}

function toCanonical(text: string): string {
  const parts = parsePurl(text);
  return parts.ok ? formatPurl(parts.value) : '';
}

/** Qualifiers and subpath say more of one version; which is meant is told by the others. */
function isSame(one: string, other: string): boolean {
  return one === other || one.replace(/[?#].*$/, '') === other.replace(/[?#].*$/, '');
}

function readCycloneDx(document: JsonObject, purl: Purl): ComponentRelations {
  const gathered = new RelationCollector(purl);
  const metadata = document['metadata'];
  const root =
    isJsonObject(metadata) && isJsonObject(metadata['component']) ? metadata['component'] : null;
  const rootRef = root === null ? '' : readRef(root);
  if (root !== null) {
    gathered.roots.push(rootRef);
    addNested(gathered, root);
  }
  for (const component of readObjects(document['components'])) addNested(gathered, component);
  for (const entry of readObjects(document['dependencies'])) {
    for (const to of readTexts(entry['dependsOn'])) gathered.addEdge(readText(entry, 'ref'), to);
  }
  return gathered;
}

/** A component without a reference is named by its purl, as tools do that leave it out. */
function readRef(component: JsonObject): string {
  return (
    readText(component, 'bom-ref') || readText(component, 'purl') || readText(component, 'name')
  );
}

/** What stands inside a component is contained in it; the depth is bounded by that of the JSON. */
function addNested(gathered: RelationCollector, component: JsonObject): void {
  const ref = readRef(component);
  const version = readText(component, 'version');
  const name = `${readText(component, 'name')}${version === '' ? '' : `@${version}`}`;
  gathered.addElement(ref, name, [readText(component, 'purl')]);
  for (const inner of readObjects(component['components'])) {
    gathered.addEdge(ref, readRef(inner));
    addNested(gathered, inner);
  }
}

/** SPDX 2.3 clause 11: which way a relationship leads. */
const LEADS_ON = new Set([
  'DEPENDS_ON',
  'CONTAINS',
  'HAS_PREREQUISITE',
  'DYNAMIC_LINK',
  'STATIC_LINK',
  'PACKAGES',
]);
const LEADS_BACK = /^(?:CONTAINED_BY|PREREQUISITE_FOR|PACKAGE_OF|(?:[A-Z]+_)?DEPENDENCY_OF)$/;

function readSpdx(document: JsonObject, purl: Purl): ComponentRelations | null {
  if (typeof document['spdxVersion'] !== 'string') return null;
  const gathered = new RelationCollector(purl);
  for (const item of readObjects(document['packages'])) {
    const refs = readObjects(item['externalRefs']).filter(
      (ref) => readText(ref, 'referenceType') === 'purl',
    );
    const name = `${readText(item, 'name')}${readText(item, 'versionInfo') === '' ? '' : `@${readText(item, 'versionInfo')}`}`;
    gathered.addElement(
      readText(item, 'SPDXID'),
      name,
      refs.map((ref) => readText(ref, 'referenceLocator')),
    );
  }
  gathered.roots.push(...readTexts(document['documentDescribes']));
  for (const relationship of readObjects(document['relationships']))
    addRelationship(gathered, relationship);
  return gathered;
}

function addRelationship(gathered: RelationCollector, relationship: JsonObject): void {
  const from = readText(relationship, 'spdxElementId');
  const to = readText(relationship, 'relatedSpdxElement');
  const kind = readText(relationship, 'relationshipType');
  if (kind === 'DESCRIBES') gathered.roots.push(to);
  else if (kind === 'DESCRIBED_BY') gathered.roots.push(from);
  else if (LEADS_ON.has(kind)) gathered.addEdge(from, to);
  else if (LEADS_BACK.test(kind)) gathered.addEdge(to, from);
}

function readObjects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function readTexts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function readText(object: JsonObject, key: string): string {
  const value = object[key];
  return typeof value === 'string' ? value : '';
}
