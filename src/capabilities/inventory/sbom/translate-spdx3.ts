import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn, setOwn } from '../../../core/own.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { failTooMany, readText } from './component-collector.ts';
import { readId, readObjects, readTexts, readType } from './spdx3-elements.ts';
import { Spdx3Licenses } from './spdx3-licenses.ts';

type Members = { [key: string]: JsonValue };

/** SPDX 3.0.1 Software/Package and the classes that are packages too. */
const PACKAGES = new Set(['software_Package', 'ai_AIPackage', 'dataset_DatasetPackage']);
const OTHER_CONTENTS = new Set(['software_File', 'software_Snippet']);
const BOMS = new Set(['software_Sbom', 'Bom', 'Bundle']);

/** Core/HashAlgorithm by the names of SPDX 2; others are in capitals there. */
const ALGORITHMS: Readonly<Record<string, string>> = {
  sha3_224: 'SHA3-224',
  sha3_256: 'SHA3-256',
  sha3_384: 'SHA3-384',
  sha3_512: 'SHA3-512',
  blake2b256: 'BLAKE2b-256',
  blake2b384: 'BLAKE2b-384',
  blake2b512: 'BLAKE2b-512',
};

/** Core/RelationshipType by what SPDX 2 calls it; others say nothing about what is inside. */
const RELATIONS: ReadonlyMap<string, string> = new Map([
  ['contains', 'CONTAINS'],
  ['dependsOn', 'DEPENDS_ON'],
  ['describes', 'DESCRIBES'],
  ['hasDynamicLink', 'DYNAMIC_LINK'],
  ['hasOptionalDependency', 'DEPENDS_ON'],
  ['hasPrerequisite', 'HAS_PREREQUISITE'],
  ['hasProvidedDependency', 'DEPENDS_ON'],
  ['hasStaticLink', 'STATIC_LINK'],
  ['packagedBy', 'CONTAINED_BY'],
]);
const DEVELOPMENT = new Set(['development', 'test']);
const DOCUMENT_ID = 'SPDXRef-DOCUMENT';

/** The members of SPDX 2 that an SPDX 3 document says, and whether it says that it is not whole. */
export interface TranslatedSpdx3 {
  readonly document: JsonObject;
  readonly isPartial: boolean;
}

/** An SPDX 3.0 document in JSON-LD, as SPDX 2 says it: one reader reads both. */
export function translateSpdx3(document: JsonObject): Result<TranslatedSpdx3> {
  const graph = document['@graph'] ?? [document];
  if (!Array.isArray(graph)) return refuse('its @graph is not a list');
  const elements: JsonObject[] = [];
  for (const element of graph) {
    if (!isJsonObject(element)) return refuse('an element of its @graph is not an object');
    elements.push(element);
  }
  const documents = elements.filter((element) => readType(element) === 'SpdxDocument');
  // mutant spdx3-one-document by other-forms: condition -> false
  if (documents.length > 1) return refuse('it has more than one SpdxDocument');
  const packages = elements.filter((element) => PACKAGES.has(readType(element)));
  if (packages.length > LIMITS.componentsMax) return failTooMany(packages.length);
  const repeated = findRepeated(packages);
  if (repeated !== null) return refuse(`it describes ${JSON.stringify(repeated)} twice`);
  return ok(new Spdx3Translator(elements, documents[0] ?? {}).translate(packages));
}

function refuse(why: string): Result<never> {
  return fail('MALFORMED', `not an SPDX 3 document: ${why}`, 'Make the SBOM again.');
}

/** Two packages of one id would be read as one by some and as the other by others. */
function findRepeated(packages: readonly JsonObject[]): string | null {
  const seen = new Set<string>();
  for (const element of packages) {
    const id = readId(element);
    // mutant spdx3-id-twice by other-forms: condition -> false
    if (id !== '' && seen.has(id)) return id.slice(0, 100);
    seen.add(id);
  }
  return null;
}

class Spdx3Translator {
  readonly #elements: readonly JsonObject[];
  readonly #document: JsonObject;
  readonly #byId: ReadonlyMap<string, JsonObject>;
  readonly #licenses: Spdx3Licenses;
  readonly #imported: ReadonlySet<string>;
  readonly #declared = new Map<string, string>();
  readonly #concluded = new Map<string, string>();
  readonly #edges: JsonObject[] = [];
  #isPartial = false;

  constructor(elements: readonly JsonObject[], document: JsonObject) {
    this.#elements = elements;
    this.#document = document;
    this.#byId = new Map(elements.map((element) => [readId(element), element]));
    this.#licenses = new Spdx3Licenses(this.#byId);
    this.#imported = new Set(
      readObjects(document, 'import').map((one) => readText(one, 'externalSpdxId')),
    );
  }

  translate(packages: readonly JsonObject[]): TranslatedSpdx3 {
    for (const element of this.#elements)
      if (Object.hasOwn(element, 'relationshipType')) this.#takeRelationship(element);
    const { notes, own } = this.#readAnnotations();
    const listed = packages.map((element) => this.#toPackage(element, notes));
    const name = readText(this.#document, 'name');
    const document = {
      name: name === '' ? this.#nameRoot() : name,
      ...readComment(this.#document),
      creationInfo: this.#readCreation(),
      documentDescribes: this.#listRoots().map((id) => this.#toId(id)),
      packages: listed,
      files: this.#elements
        .filter((element) => OTHER_CONTENTS.has(readType(element)))
        .map((element) => ({ SPDXID: this.#toId(readId(element)) })),
      relationships: this.#edges,
      hasExtractedLicensingInfos: this.#licenses.listTexts(),
      annotations: own,
    };
    return { document, isPartial: this.#isPartial };
  }

  #toId(id: string): string {
    if (id === readId(this.#document)) return DOCUMENT_ID;
    const word = id.slice(id.lastIndexOf('/') + 1);
    if (word === 'NoAssertionElement') return 'NOASSERTION';
    if (word === 'NoneElement') return 'NONE';
    return this.#imported.has(id) && !this.#byId.has(id) ? `DocumentRef-${id}` : `SPDXRef-${id}`;
  }

  #takeRelationship(element: JsonObject): void {
    const type = readText(element, 'relationshipType');
    const from = readText(element, 'from');
    const targets = readTexts(element, 'to');
    if (type === 'hasDeclaredLicense' || type === 'hasConcludedLicense') {
      const into = type === 'hasDeclaredLicense' ? this.#declared : this.#concluded;
      for (const to of targets) {
        const text = this.#licenses.toExpression(to);
        if (text !== null && !into.has(from)) into.set(from, text);
      }
      return;
    }
    const kind = RELATIONS.get(type);
    if (kind === undefined) return;
    if (element['completeness'] === 'incomplete') this.#isPartial = true;
    const isForDevelopment = DEVELOPMENT.has(readText(element, 'scope')) && kind !== 'CONTAINS';
    for (const to of targets) {
      const [one, other] = [this.#toId(from), this.#toId(to)];
      this.#edges.push(
        isForDevelopment && kind !== 'CONTAINED_BY'
          ? toEdge(other, 'DEV_DEPENDENCY_OF', one)
          : toEdge(one, kind, other),
      );
    }
  }

  #readAnnotations() {
    const notes = new Map<string, JsonObject[]>();
    const own: JsonObject[] = [];
    for (const element of this.#elements) {
      if (readType(element) !== 'Annotation') continue;
      const subject = readText(element, 'subject');
      const note = { comment: readText(element, 'statement') };
      const of = notes.get(subject);
      if (subject === readId(this.#document)) own.push(note);
      else if (of === undefined) notes.set(subject, [note]);
      else of.push(note);
    }
    return { notes, own };
  }

  #toPackage(element: JsonObject, notes: ReadonlyMap<string, readonly JsonObject[]>): JsonObject {
    const id = readId(element);
    const item: Members = { SPDXID: this.#toId(id), name: readText(element, 'name') };
    const put = (member: string, value: string | undefined): void => {
      if (value !== undefined && value !== '') setOwn(item, member, value);
    };
    put('versionInfo', readText(element, 'software_packageVersion'));
    put('downloadLocation', readText(element, 'software_downloadLocation'));
    put('sourceInfo', readText(element, 'software_sourceInfo'));
    put('copyrightText', readText(element, 'software_copyrightText'));
    put('summary', readText(element, 'summary'));
    put('comment', readText(element, 'comment'));
    put('supplier', this.#nameAgent(readText(element, 'suppliedBy')));
    put('primaryPackagePurpose', toPurpose(readText(element, 'software_primaryPurpose')));
    put('licenseDeclared', this.#declared.get(id));
    put('licenseConcluded', this.#concluded.get(id));
    const annotations = notes.get(id);
    if (annotations !== undefined) item['annotations'] = annotations;
    item['externalRefs'] = listIdentifiers(element);
    item['checksums'] = listHashes(element);
    return item;
  }

  #nameAgent(id: string): string {
    const agent = this.#byId.get(id);
    const name = agent === undefined ? '' : readText(agent, 'name');
    if (agent === undefined || name === '') return '';
    const email = readObjects(agent, 'externalIdentifier').find(
      (one) => readText(one, 'externalIdentifierType') === 'email',
    );
    const address = email === undefined ? '' : ` (${readText(email, 'identifier')})`;
    return `${readType(agent) === 'Person' ? 'Person' : 'Organization'}: ${name}${address}`;
  }

  #readCreation(): JsonObject {
    const given = this.#document['creationInfo'] ?? this.#elements[0]?.['creationInfo'];
    const stated = typeof given === 'string' ? this.#byId.get(given) : given;
    const creation = isJsonObject(stated) ? stated : {};
    const tools = readTexts(creation, 'createdUsing').map((id) => this.#byId.get(id));
    const agents = readTexts(creation, 'createdBy').map((id) => this.#byId.get(id));
    // Without a tool, a program may be the agent that made it.
    const programs = agents.filter((one) => one !== undefined && readType(one) === 'SoftwareAgent');
    const names = [...tools, ...programs].flatMap((one) =>
      one === undefined || readText(one, 'name') === '' ? [] : [`Tool: ${readText(one, 'name')}`],
    );
    const authors = readTexts(creation, 'createdBy')
      .filter((id) => !programs.includes(this.#byId.get(id)))
      .map((id) => this.#nameAgent(id))
      .filter((author) => author !== '');
    const types = this.#elements.flatMap((one) => readTexts(one, 'software_sbomType'));
    return {
      created: readText(creation, 'created'),
      creators: [...names, ...authors],
      ...(types.length === 0 ? {} : { comment: `Generation context: ${types.join(', ')}` }),
    };
  }

  /** What the document and its bills of material describe. */
  #listRoots(): readonly string[] {
    const boms = this.#elements.filter((element) => BOMS.has(readType(element)));
    const stated = readTexts(this.#document, 'rootElement');
    const roots = stated.length > 0 ? stated : boms.flatMap((bom) => readTexts(bom, 'rootElement'));
    const found = roots.flatMap((id) => {
      const element = this.#byId.get(id);
      const isBom = element !== undefined && BOMS.has(readType(element));
      return isBom ? readTexts(element, 'rootElement') : [id];
    });
    return [...new Set(found)];
  }

  #nameRoot(): string {
    const [root] = this.#listRoots();
    const element = root === undefined ? undefined : this.#byId.get(root);
    return element === undefined ? '' : readText(element, 'name');
  }
}

function toEdge(from: string, kind: string, to: string): JsonObject {
  return { spdxElementId: from, relationshipType: kind, relatedSpdxElement: to };
}

function readComment(element: JsonObject): JsonObject {
  const comment = readText(element, 'comment');
  return comment === '' ? {} : { comment };
}

/** `operatingSystem` as `OPERATING_SYSTEM`. */
function toPurpose(purpose: string): string {
  return purpose.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** Purls and other names, each once. */
function listIdentifiers(element: JsonObject): readonly JsonObject[] {
  const stated = readText(element, 'software_packageUrl');
  const purls = new Set(stated === '' ? [] : [stated]);
  const others: JsonObject[] = [];
  for (const one of readObjects(element, 'externalIdentifier')) {
    const [type, identifier] = [
      readText(one, 'externalIdentifierType'),
      readText(one, 'identifier'),
    ];
    if (type === 'packageUrl') purls.add(identifier);
    else if (type === 'cpe23' || type === 'cpe22')
      others.push({ referenceType: `${type}Type`, referenceLocator: identifier });
  }
  const ofPurls = [...purls].map((referenceLocator) => ({
    referenceType: 'purl',
    referenceLocator,
  }));
  return [...ofPurls, ...others];
}

function listHashes(element: JsonObject): readonly JsonObject[] {
  return readObjects(element, 'verifiedUsing').flatMap((hash) => {
    const [algorithm, checksumValue] = [readText(hash, 'algorithm'), readText(hash, 'hashValue')];
    if (algorithm === '' || checksumValue === '') return [];
    const name = getOwn(ALGORITHMS, algorithm) ?? algorithm.toUpperCase();
    return [{ algorithm: name, checksumValue }];
  });
}
