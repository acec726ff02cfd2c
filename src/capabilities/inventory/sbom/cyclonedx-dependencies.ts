import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import {
  addDependency,
  type ComponentCollector,
  type Draft,
  LOST,
  readText,
} from './component-collector.ts';

/** What a document describes, by its `bom-ref`. */
interface DescribedParts {
  readonly gathering: ComponentCollector;
  readonly byRef: ReadonlyMap<string, Draft>;
  /** Everything that the document describes, a package or not. */
  readonly refs: Set<string>;
}

/** CycloneDX 1.6: a dependency may lead to a service, which is no package. */
export function noteServices(reader: DescribedParts, services: JsonValue | undefined): void {
  if (!Array.isArray(services)) return;
  for (const service of services) {
    if (!isJsonObject(service)) continue;
    reader.refs.add(readText(service, 'bom-ref'));
    noteServices(reader, service['services']);
  }
}

export function readDependencies(reader: DescribedParts, dependencies: readonly JsonValue[]): void {
  const lost = new Set<string>();
  for (const dependency of dependencies)
    if (isJsonObject(dependency)) readDependency(reader, dependency, lost);
  for (const ref of lost) reader.gathering.noteUnknown(LOST, ref);
}

/**
 * `lost` gets what the graph of dependencies names and the document does not describe (CycloneDX
 * 1.6, `refLinkType`): it is in the software, and the list is not whole.
 */
function readDependency(reader: DescribedParts, dependency: JsonObject, lost: Set<string>): void {
  const from = readText(dependency, 'ref');
  const draft = reader.byRef.get(from);
  const { dependsOn } = dependency;
  // mutant dependency-of-nothing by described-parts: condition -> false
  if (from !== '' && !reader.refs.has(from)) lost.add(from);
  if (!Array.isArray(dependsOn)) return;
  for (const ref of dependsOn) {
    if (typeof ref !== 'string') continue;
    const needed = reader.byRef.get(ref);
    // A BOM-Link names an element of another document.
    if (ref.startsWith('urn:cdx:'))
      reader.gathering.noteUnknown('in a document that was not read', ref);
    else if (needed === undefined && !reader.refs.has(ref)) lost.add(ref);
    if (draft !== undefined && needed !== undefined) addDependency(draft, needed.purl);
  }
}

/**
 * CycloneDX 1.6 externalReference `bom`: the parts of a component, or of all that the document is
 * about, are in another document. `own` is the BOM-Link of this document, which says nothing.
 */
export function noteLinkedBom(
  gathering: ComponentCollector,
  holder: JsonObject,
  { label, own }: { readonly label: string; readonly own: string },
): void {
  const references = holder['externalReferences'];
  if (!Array.isArray(references)) return;
  const isOther = (reference: JsonValue): boolean =>
    isJsonObject(reference) &&
    reference['type'] === 'bom' &&
    (own === '' || !readText(reference, 'url').startsWith(own));
  // mutant cyclonedx-parts-in-another-document by foreign-forms: condition -> false
  if (references.some(isOther))
    gathering.noteUnknown('with its parts in a document that was not read', label);
}
