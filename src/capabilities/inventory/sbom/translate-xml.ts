import type { JsonObject, JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn, setOwn } from '../../../core/own.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { parseXml, takeLocalName, type XmlElement } from '../../../formats/xml/parse.ts';

type Members = { [key: string]: JsonValue };

/** How an element of the XML form becomes a value of the JSON form; a function for the odd ones. */
type Form = 'text' | ObjectForm | ((element: XmlElement, names: BomNames) => JsonValue);

interface ObjectForm {
  /** Attributes, which are members of the same name. */
  readonly attributes?: readonly string[];
  /** The member that its own text is. */
  readonly text?: string;
  /** Children that occur once. */
  readonly one?: { readonly [name: string]: Form };
  /** Children that occur any number of times. */
  readonly many?: { readonly [name: string]: Form };
  /** Children that hold a list; `as` is the member that an item is put under. */
  readonly lists?: { readonly [name: string]: { readonly [item: string]: ListItem } };
}

interface ListItem {
  readonly form: Form;
  readonly as?: string;
}

const item = (form: Form, as?: string): ListItem => (as === undefined ? { form } : { form, as });

const HASHES = { hash: item({ attributes: ['alg'], text: 'content' }) };
const PROPERTIES = { property: item({ attributes: ['name'], text: 'value' }) };
const ENTITY: ObjectForm = { one: { name: 'text' }, many: { url: 'text' } };
const PERSON: ObjectForm = { one: { name: 'text', email: 'text' } };
const TOOL: ObjectForm = { one: { vendor: 'text', name: 'text', version: 'text' } };
const IDENTITY: ObjectForm = {
  one: { field: 'text', concludedValue: 'text' },
  lists: { methods: { method: item({ one: { technique: 'text', value: 'text' } }) } },
};
const LICENSE: ObjectForm = { one: { id: 'text', name: 'text', url: 'text', text: 'text' } };

const COMPONENT: {
  attributes: readonly string[];
  one: { [name: string]: Form };
  lists: { [name: string]: { [item: string]: ListItem } };
} = {
  attributes: ['type', 'bom-ref'],
  one: {
    supplier: ENTITY,
    manufacturer: ENTITY,
    author: 'text',
    publisher: 'text',
    group: 'text',
    name: 'text',
    version: 'text',
    description: 'text',
    scope: 'text',
    copyright: 'text',
    cpe: 'text',
    purl: 'text',
    evidence: {
      many: { identity: IDENTITY },
      lists: { occurrences: { occurrence: item({ one: { location: 'text' } }) } },
    },
  },
  lists: {
    hashes: HASHES,
    licenses: { license: item(LICENSE, 'license'), expression: item('text', 'expression') },
    externalReferences: {
      reference: item({
        attributes: ['type'],
        one: { url: 'text', comment: 'text' },
        lists: { hashes: HASHES },
      }),
    },
    properties: PROPERTIES,
    tags: { tag: item('text') },
  },
};
COMPONENT.lists['components'] = { component: item(COMPONENT) };

const SERVICE: {
  attributes: readonly string[];
  lists: { [name: string]: { [item: string]: ListItem } };
} = { attributes: ['bom-ref'], lists: {} };
SERVICE.lists['services'] = { service: item(SERVICE) };

const SOURCE: ObjectForm = { one: { name: 'text', url: 'text' } };
const VULNERABILITY: ObjectForm = {
  one: { id: 'text', source: SOURCE, description: 'text', recommendation: 'text' },
  lists: {
    references: { reference: item({ one: { id: 'text', source: SOURCE } }) },
    ratings: {
      rating: item({
        one: {
          source: SOURCE,
          score: readNumber,
          severity: 'text',
          method: 'text',
          vector: 'text',
        },
      }),
    },
    affects: {
      target: item({
        one: { ref: 'text' },
        lists: { versions: { version: item({ one: { version: 'text', status: 'text' } }) } },
      }),
    },
  },
};

const BOM: ObjectForm = {
  attributes: ['serialNumber'],
  one: {
    metadata: {
      one: {
        timestamp: 'text',
        tools: readTools,
        component: COMPONENT,
        supplier: ENTITY,
        manufacturer: ENTITY,
        manufacture: ENTITY,
      },
      lists: {
        authors: { author: item(PERSON) },
        lifecycles: { lifecycle: item({ one: { phase: 'text' } }) },
        properties: PROPERTIES,
      },
    },
  },
  lists: {
    components: { component: item(COMPONENT) },
    services: { service: item(SERVICE) },
    dependencies: { dependency: item(readDependency) },
    compositions: {
      composition: item({
        one: { aggregate: 'text' },
        lists: {
          assemblies: { assembly: item(readRef) },
          dependencies: { dependency: item(readRef) },
        },
      }),
    },
    vulnerabilities: { vulnerability: item(VULNERABILITY) },
  },
};

/** The prefixes that name the elements of CycloneDX in this document. */
interface BomNames {
  readonly namespace: string;
  readonly prefixes: ReadonlySet<string>;
}

const NAMESPACE = /^https?:\/\/cyclonedx\.org\/schema\/bom\/([0-9]{1,3}\.[0-9]{1,3})$/;

/** A CycloneDX document in XML, as it is in JSON: one reader reads both. */
export function translateXml(text: string): Result<JsonObject> {
  const bounds = { bytesMax: LIMITS.documentBytesMax, elementsMax: LIMITS.sbomElementsMax };
  const parsed = parseXml(text, bounds);
  if (!parsed.ok)
    return fail(
      'MALFORMED',
      `not a CycloneDX document in XML: ${parsed.failure.message}`,
      'Make the SBOM again.',
    );
  const root = parsed.value;
  const names = findNames(root);
  if (names === null || takeLocalName(root) !== 'bom') return ok({});
  const specVersion = NAMESPACE.exec(names.namespace)?.[1] ?? '';
  try {
    return ok({ bomFormat: 'CycloneDX', specVersion, ...readObject(root, BOM, names) });
  } catch (thrown) {
    if (thrown instanceof RepeatedElement)
      return fail('DUPLICATE_KEY', thrown.message, 'Make the SBOM again.');
    throw thrown;
  }
}

function findNames({ name, attributes }: XmlElement): BomNames | null {
  const own = name.includes(':') ? name.slice(0, name.indexOf(':')) : '';
  const namespace = attributes.get(own === '' ? 'xmlns' : `xmlns:${own}`) ?? '';
  if (!NAMESPACE.test(namespace)) return null;
  const prefixes = new Set([own]);
  for (const [key, value] of attributes)
    if (value === namespace && key.startsWith('xmlns:')) prefixes.add(key.slice(6));
  return { namespace, prefixes };
}

/** An element that occurs twice would be read as one by some and as the other by others. */
class RepeatedElement extends Error {}

/** The local name of an element of CycloneDX; null for one of an extension. */
function findLocalName(element: XmlElement, { namespace, prefixes }: BomNames): string | null {
  const { name, attributes } = element;
  const colon = name.indexOf(':');
  const prefix = colon === -1 ? '' : name.slice(0, colon);
  const stated = attributes.get(prefix === '' ? 'xmlns' : `xmlns:${prefix}`);
  const isOwn = stated === undefined ? prefixes.has(prefix) : stated === namespace;
  return isOwn ? name.slice(colon + 1) : null;
}

function readForm(element: XmlElement, form: Form, names: BomNames): JsonValue {
  if (form === 'text') return element.text.trim();
  return typeof form === 'function' ? form(element, names) : readObject(element, form, names);
}

function readObject(element: XmlElement, form: ObjectForm, names: BomNames): JsonObject {
  const members: Members = {};
  for (const name of form.attributes ?? []) {
    const value = element.attributes.get(name);
    if (value !== undefined) setOwn(members, name, value as JsonValue);
  }
  if (form.text !== undefined) setOwn(members, form.text, element.text.trim() as JsonValue);
  const one = new Map(Object.entries(form.one ?? {}));
  const many = new Map(Object.entries(form.many ?? {}));
  const lists = new Map(Object.entries(form.lists ?? {}));
  for (const child of element.children) {
    const name = findLocalName(child, names);
    if (name === null) continue;
    const repeated = many.get(name);
    if (repeated !== undefined) {
      addTo(members, name, readForm(child, repeated, names));
      continue;
    }
    const [single, list] = [one.get(name), lists.get(name)];
    if (single === undefined && list === undefined) continue;
    // mutant xml-element-twice by other-forms: condition -> false
    if (Object.hasOwn(members, name))
      throw new RepeatedElement(`the SBOM has <${name}> twice in line ${child.line}`);
    if (single !== undefined) setOwn(members, name, readForm(child, single, names));
    else if (list !== undefined) setOwn(members, name, readItems(child, list, names) as JsonValue);
  }
  return members;
}

function readItems(
  element: XmlElement,
  items: { readonly [item: string]: ListItem },
  names: BomNames,
): readonly JsonValue[] {
  const forms = new Map(Object.entries(items));
  return element.children.flatMap((child) => {
    const found = forms.get(findLocalName(child, names) ?? '');
    if (found === undefined) return [];
    const value = readForm(child, found.form, names);
    return [found.as === undefined ? value : { [found.as]: value }];
  });
}

function addTo(members: Members, name: string, value: JsonValue): void {
  const list = getOwn(members, name);
  if (Array.isArray(list)) list.push(value);
  else setOwn(members, name, [value]);
}

/** A list of tools before 1.5, and components since. */
function readTools(element: XmlElement, names: BomNames): JsonValue {
  const read = readObject(
    element,
    { lists: { components: { component: item(COMPONENT) } }, many: { tool: TOOL } },
    names,
  );
  const { components, tool } = read;
  return components === undefined ? (tool ?? []) : { components };
}

/** A number as JSON has it; a text where it is none, which nothing reads as a score. */
function readNumber({ text }: XmlElement): JsonValue {
  return /^[0-9]{1,2}(?:[.][0-9]{1,6})?$/.test(text.trim()) ? Number(text) : text.trim();
}

function readDependency(element: XmlElement, names: BomNames): JsonValue {
  const needed = element.children.filter((child) => findLocalName(child, names) === 'dependency');
  return { ref: readRef(element), dependsOn: needed.map(readRef) };
}

function readRef({ attributes }: XmlElement): string {
  return attributes.get('ref') ?? '';
}
