import { isJsonObject, type JsonObject, type JsonValue } from '../../../../core/json.ts';
import { getOwn } from '../../../../core/own.ts';
import { readText } from '../component-collector.ts';
import { findTool } from '../cyclonedx-claim.ts';
import { listObjects, type StatedComponent, type StatedSbom, toStatement } from './statement.ts';

/** What a CycloneDX document says. */
export function listCycloneDxParts(document: JsonObject): StatedSbom {
  const metadata = isJsonObject(document['metadata']) ? document['metadata'] : {};
  const makers = listObjects(
    ['manufacturer', 'manufacture', 'supplier'].map((key) => getOwn(metadata, key) ?? null),
  );
  const authors = [...listObjects(metadata['authors']), ...makers].filter(
    (one) => readText(one, 'name') !== '' || hasContact(one),
  );
  const tool = findTool(metadata['tools']);
  return {
    says: new Map([
      ['author', toStatement(authors.length > 0)],
      ['author contact', toStatement(authors.some(hasContact))],
      ['author or tool', toStatement(authors.length > 0 || tool !== null)],
      ['tool', toStatement(tool !== null)],
      ['time', toStatement(readText(metadata, 'timestamp') !== '')],
      ['context', toStatement(listObjects(metadata['lifecycles']).length > 0)],
      ['BSI format', toStatement(/^1[.][67]$/.test(readText(document, 'specVersion')))],
    ]),
    components: listComponents(document['components']).map((component) =>
      toComponent(component, listRelated(document)),
    ),
  };
}

const relatedBy = new WeakMap<JsonObject, ReadonlySet<string>>();

/** Everything that the graph of dependencies names, once for each document. */
function listRelated(document: JsonObject): ReadonlySet<string> {
  const known = relatedBy.get(document);
  if (known !== undefined) return known;
  const related = new Set<string>();
  for (const dependency of listObjects(document['dependencies'])) {
    related.add(readText(dependency, 'ref'));
    const needed = dependency['dependsOn'];
    if (Array.isArray(needed))
      for (const ref of needed) if (typeof ref === 'string') related.add(ref);
  }
  relatedBy.set(document, related);
  return related;
}

/** Nested ones too; without files, and without the system, which is none of its packages. */
function listComponents(value: JsonValue | undefined): readonly JsonObject[] {
  return listObjects(value).flatMap((component) => {
    const nested = listComponents(component['components']);
    const isPart = !['file', 'operating-system'].includes(readText(component, 'type'));
    return isPart ? [component, ...nested] : nested;
  });
}

function toComponent(component: JsonObject, related: ReadonlySet<string>): StatedComponent {
  const [name, version] = [readText(component, 'name'), readText(component, 'version')];
  const properties = listObjects(component['properties']).map(
    (one) => [readText(one, 'name'), readText(one, 'value')] as const,
  );
  const unknown = new Set(
    properties.flatMap(([key, value]) => (key === 'waybill:unknown' ? [value] : [])),
  );
  const has = (key: string): boolean => properties.some(([property]) => property === key);
  const parties = listObjects(
    ['supplier', 'manufacturer'].map((key) => getOwn(component, key) ?? null),
  );
  const authors = [...parties, ...listObjects(component['authors'])];
  const isSupplied =
    authors.some((one) => readText(one, 'name') !== '' || hasContact(one)) ||
    ['publisher', 'author'].some((key) => readText(component, key) !== '');
  const hashes = listObjects(component['hashes']).map((one) => readText(one, 'alg'));
  const ofDownloads = listObjects(component['externalReferences'])
    .flatMap((one) => listObjects(one['hashes']))
    .map((one) => readText(one, 'alg'));
  const algorithms = [...hashes, ...ofDownloads];
  const isNamed = readText(component, 'purl') !== '' || readText(component, 'cpe') !== '';
  return {
    label: `${name}${version === '' ? '' : `@${version}`}`,
    says: new Map([
      ['name', toStatement(name !== '')],
      ['version', toStatement(version !== '')],
      ['supplier', toStatement(isSupplied, unknown.has('supplier'))],
      ['supplier contact', toStatement(authors.some(hasContact), unknown.has('supplier'))],
      ['identifier', toStatement(isNamed || isJsonObject(component['swid']))],
      ['hash', toStatement(algorithms.length > 0, unknown.has('hash'))],
      ['SHA-512', toStatement(algorithms.includes('SHA-512'), unknown.has('hash'))],
      [
        'licence',
        toStatement(listObjects(component['licenses']).length > 0, unknown.has('license')),
      ],
      ['relationship', toStatement(related.has(readText(component, 'bom-ref')))],
      ['file name', toStatement(has('bsi:component:filename'))],
      ['executable', toStatement(has('bsi:component:executable'))],
      ['archive', toStatement(has('bsi:component:archive'))],
      ['structured', toStatement(has('bsi:component:structured'))],
    ]),
  };
}

/** An address in the party itself or in one of its contacts. */
function hasContact(party: JsonObject): boolean {
  const { url } = party;
  const urls = Array.isArray(url) ? url : [url];
  if (urls.some((one) => typeof one === 'string' && one !== '')) return true;
  if (readText(party, 'email') !== '') return true;
  return listObjects(party['contact']).some((one) => readText(one, 'email') !== '');
}
