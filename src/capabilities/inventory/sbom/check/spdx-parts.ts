import { isJsonObject, type JsonObject } from '../../../../core/json.ts';
import { readText } from '../component-collector.ts';
import { parseMarked } from '../detail.ts';
import { readSpdxRelation } from '../spdx-relations.ts';
import {
  hasAddress,
  listObjects,
  type StatedComponent,
  type StatedSbom,
  toStatement,
} from './statement.ts';

const SILENT = new Set(['', 'NOASSERTION', 'NONE']);

/** What a document in the members of SPDX 2 says. */
export function listSpdxParts(document: JsonObject): StatedSbom {
  const creation = isJsonObject(document['creationInfo']) ? document['creationInfo'] : {};
  const stated = creation['creators'];
  const creators = Array.isArray(stated) ? stated.filter((one) => typeof one === 'string') : [];
  const authors = creators.filter((one) => /^(?:Person|Organization):\s*\S/.test(one));
  const own = parseMarked(document['comment'])?.['unknown'];
  const isUnknown = (what: string): boolean => Array.isArray(own) && own.includes(what);
  const roots = listRoots(document);
  const related = listRelated(document);
  const packages = listObjects(document['packages']);
  return {
    says: new Map([
      ['author', toStatement(authors.length > 0)],
      ['author contact', toStatement(authors.some(hasAddress))],
      ['author or tool', toStatement(creators.length > 0)],
      [
        'tool',
        toStatement(
          creators.some((one) => one.startsWith('Tool:')),
          isUnknown('tool'),
        ),
      ],
      ['time', toStatement(readText(creation, 'created') !== '', isUnknown('created'))],
      ['context', toStatement(readText(creation, 'comment').includes('Generation context: '))],
      ['BSI format', toStatement(readText(document, 'spdxVersion') === 'SPDX-3.0.1')],
    ]),
    components: packages
      .filter((item) => !isSubjectOrSystem(item, roots, packages.length))
      .map((item) => toComponent(item, related)),
  };
}

function listRoots(document: JsonObject): ReadonlySet<string> {
  const described = document['documentDescribes'];
  const roots = Array.isArray(described) ? described.filter((one) => typeof one === 'string') : [];
  const pairs = listObjects(document['relationships'])
    .filter((one) => readText(one, 'relationshipType') === 'DESCRIBES')
    .map((one) => readText(one, 'relatedSpdxElement'));
  return new Set([...roots, ...pairs]);
}

/** What the document describes is not a part of itself, unless it is all that there is. */
function isSubjectOrSystem(item: JsonObject, roots: ReadonlySet<string>, count: number): boolean {
  const purpose = readText(item, 'primaryPackagePurpose');
  const id = readText(item, 'SPDXID');
  if (/^OPERATING[-_]SYSTEM$/.test(purpose) || id.startsWith('SPDXRef-OperatingSystem'))
    return true;
  return roots.size === 1 && roots.has(id) && count > 1;
}

function listRelated(document: JsonObject): ReadonlySet<string> {
  return new Set(
    listObjects(document['relationships'])
      .filter((one) => readSpdxRelation(readText(one, 'relationshipType')) !== null)
      .flatMap((one) => [readText(one, 'spdxElementId'), readText(one, 'relatedSpdxElement')]),
  );
}

function toComponent(item: JsonObject, related: ReadonlySet<string>): StatedComponent {
  const id = readText(item, 'SPDXID');
  const [name, version] = [readText(item, 'name'), readText(item, 'versionInfo')];
  const own = parseMarked(item['comment'])?.['unknown'];
  const isUnknown = (what: string): boolean => Array.isArray(own) && own.includes(what);
  const suppliers = ['supplier', 'originator'].map((key) => readText(item, key));
  const supplied = suppliers.filter((text) => !SILENT.has(text));
  const noSupplier = suppliers.includes('NOASSERTION') || isUnknown('supplier');
  const licences = ['licenseDeclared', 'licenseConcluded'].map((key) => readText(item, key));
  const checksums = listObjects(item['checksums']).map((one) => readText(one, 'algorithm'));
  const references = listObjects(item['externalRefs']).map((one) => readText(one, 'referenceType'));
  const isNamed = references.some((type) => /^(?:purl|cpe2[23]Type|swid|swh|gitoid)$/.test(type));
  return {
    label: `${name === '' ? id : name}${version === '' ? '' : `@${version}`}`,
    says: new Map([
      ['name', toStatement(!SILENT.has(name))],
      ['version', toStatement(!SILENT.has(version), version === 'NOASSERTION')],
      ['supplier', toStatement(supplied.length > 0, noSupplier)],
      ['supplier contact', toStatement(supplied.some(hasAddress), noSupplier)],
      ['identifier', toStatement(isNamed)],
      ['hash', toStatement(checksums.length > 0, isUnknown('hash'))],
      ['SHA-512', toStatement(checksums.includes('SHA512'), isUnknown('hash'))],
      ['licence', toStatement(licences.some(isLicence), licences.includes('NOASSERTION'))],
      ['relationship', toStatement(related.has(id))],
      ['file name', toStatement(!SILENT.has(readText(item, 'packageFileName')))],
      ['executable', 'missing'],
      ['archive', 'missing'],
      ['structured', 'missing'],
    ]),
  };
}

/** NONE says that there is no licence, which is a statement about it. */
function isLicence(text: string): boolean {
  return text !== '' && text !== 'NOASSERTION';
}
