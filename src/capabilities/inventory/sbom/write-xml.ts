import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { getOwn } from '../../../core/own.ts';
import type { Inventory } from '../../ecosystems/index.ts';
import { readText } from './component-collector.ts';
import { writeDocument } from './document.ts';
import type { SbomOptions } from './sbom-options.ts';
import { buildCycloneDx, type CycloneDxVersion } from './write-cyclonedx.ts';

/** The inventory as CycloneDX XML; equal input gives equal bytes. */
export function writeXml(
  version: CycloneDxVersion,
  inventory: Inventory,
  options: SbomOptions,
): Uint8Array {
  return writeDocument(inventory, () =>
    formatBom(buildCycloneDx(inventory, options, version) as unknown as JsonObject),
  );
}

function formatBom(bom: JsonObject): string {
  const namespace = `http://cyclonedx.org/schema/bom/${readText(bom, 'specVersion')}`;
  const metadata = isJsonObject(bom['metadata']) ? bom['metadata'] : {};
  const attributes = {
    xmlns: namespace,
    serialNumber: readText(bom, 'serialNumber'),
    version: '1',
  };
  const root = formatElement('bom', attributes, [
    formatMetadata(metadata),
    formatList('components', bom['components'], formatComponent),
    formatList('dependencies', bom['dependencies'], formatDependency),
    formatList('compositions', bom['compositions'], formatComposition),
    formatList('vulnerabilities', bom['vulnerabilities'], formatVulnerability),
  ]);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`;
}

/** In the order of the schema, which is a sequence. */
function formatMetadata(metadata: JsonObject): string {
  const { tools, component } = metadata;
  const ofTools = isJsonObject(tools)
    ? formatElement('tools', {}, [formatList('components', tools['components'], formatComponent)])
    : formatList('tools', tools, (tool) =>
        formatElement('tool', {}, formatTexts(tool, ['vendor', 'name', 'version'])),
      );
  return formatElement('metadata', {}, [
    ...formatTexts(metadata, ['timestamp']),
    formatList('lifecycles', metadata['lifecycles'], (one) =>
      formatElement('lifecycle', {}, formatTexts(one, ['phase'])),
    ),
    ofTools,
    formatList('authors', metadata['authors'], (one) =>
      formatElement('author', {}, formatTexts(one, ['name', 'email'])),
    ),
    isJsonObject(component) ? formatComponent(component) : '',
    formatList('properties', metadata['properties'], formatProperty),
  ]);
}

function formatComponent(component: JsonObject): string {
  const { supplier, evidence } = component;
  const ref = component['bom-ref'];
  const attributes = {
    type: readText(component, 'type'),
    ...(typeof ref === 'string' ? { 'bom-ref': ref } : {}),
  };
  return formatElement('component', attributes, [
    isJsonObject(supplier) ? formatElement('supplier', {}, formatTexts(supplier, ['name'])) : '',
    ...formatTexts(component, ['group', 'name', 'version', 'description', 'scope']),
    formatList('hashes', component['hashes'], (hash) =>
      formatElement('hash', { alg: readText(hash, 'alg') }, [
        escapeText(readText(hash, 'content')),
      ]),
    ),
    formatList('licenses', component['licenses'], formatLicense),
    ...formatTexts(component, ['purl']),
    formatList('externalReferences', component['externalReferences'], (one) =>
      formatElement('reference', { type: readText(one, 'type') }, formatTexts(one, ['url'])),
    ),
    formatList('properties', component['properties'], formatProperty),
    isJsonObject(evidence)
      ? formatElement('evidence', {}, [
          formatList('occurrences', evidence['occurrences'], (one) =>
            formatElement('occurrence', {}, formatTexts(one, ['location'])),
          ),
        ])
      : '',
  ]);
}

function formatLicense(choice: JsonObject): string {
  const { license } = choice;
  return isJsonObject(license)
    ? formatElement('license', {}, formatTexts(license, ['id', 'name']))
    : formatTexts(choice, ['expression']).join('');
}

function formatProperty(property: JsonObject): string {
  const text = escapeText(readText(property, 'value'));
  return formatElement('property', { name: readText(property, 'name') }, [text]);
}

function formatDependency(dependency: JsonObject): string {
  const { dependsOn } = dependency;
  const needed = Array.isArray(dependsOn) ? dependsOn.filter((one) => typeof one === 'string') : [];
  return formatElement(
    'dependency',
    { ref: readText(dependency, 'ref') },
    needed.map((ref) => formatElement('dependency', { ref }, [])),
  );
}

function formatComposition(composition: JsonObject): string {
  const { assemblies } = composition;
  const refs = Array.isArray(assemblies) ? assemblies.filter((one) => typeof one === 'string') : [];
  return formatElement('composition', {}, [
    ...formatTexts(composition, ['aggregate']),
    formatElement(
      'assemblies',
      {},
      refs.map((ref) => formatElement('assembly', { ref }, [])),
    ),
  ]);
}

function formatVulnerability(vulnerability: JsonObject): string {
  return formatElement('vulnerability', {}, [
    ...formatTexts(vulnerability, ['id']),
    formatSource(vulnerability['source']),
    formatList('references', vulnerability['references'], (one) =>
      formatElement('reference', {}, [...formatTexts(one, ['id']), formatSource(one['source'])]),
    ),
    formatList('ratings', vulnerability['ratings'], formatRating),
    ...formatTexts(vulnerability, ['description', 'recommendation']),
    formatList('affects', vulnerability['affects'], (one) =>
      formatElement('target', {}, [
        ...formatTexts(one, ['ref']),
        formatList('versions', one['versions'], (version) =>
          formatElement('version', {}, formatTexts(version, ['version', 'status'])),
        ),
      ]),
    ),
  ]);
}

function formatSource(source: JsonValue | undefined): string {
  return isJsonObject(source)
    ? formatElement('source', {}, formatTexts(source, ['name', 'url']))
    : '';
}

function formatRating(rating: JsonObject): string {
  const { score } = rating;
  return formatElement('rating', {}, [
    formatSource(rating['source']),
    typeof score === 'number' ? formatElement('score', {}, [String(score)]) : '',
    ...formatTexts(rating, ['severity', 'method', 'vector']),
  ]);
}

function formatList(
  name: string,
  list: JsonValue | undefined,
  format: (item: JsonObject) => string,
): string {
  const items = Array.isArray(list) ? list.filter(isJsonObject) : [];
  return items.length === 0 ? '' : formatElement(name, {}, items.map(format));
}

function formatTexts(holder: JsonObject, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    const value = getOwn(holder, name);
    return typeof value === 'string' ? [formatElement(name, {}, [escapeText(value)])] : [];
  });
}

function formatElement(
  name: string,
  attributes: Readonly<Record<string, string>>,
  content: readonly string[],
): string {
  const stated = Object.entries(attributes).map(([key, text]) => ` ${key}="${escapeText(text)}"`);
  const inner = content.join('');
  return inner === ''
    ? `<${name}${stated.join('')}/>`
    : `<${name}${stated.join('')}>${inner}</${name}>`;
}

/** Text of others; what XML 1.0 has no form for is replaced. */
function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll(/[&<>"'\t\n\r]/g, (char) => `&#${char.codePointAt(0)};`);
}
