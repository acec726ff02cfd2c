import { type Digest, parseDigest } from '../../../core/digest.ts';
import { parseInstant } from '../../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { findImageDigest, takeName, takeObjects, takeText, takeTexts } from './members.ts';
import {
  limitProducts,
  type VexOrigin,
  type VexProduct,
  type VexStatement,
  type VexSurroundings,
} from './vex-statement.ts';

/** OpenVEX 0.2.0, "Status Justifications". */
const JUSTIFICATIONS: ReadonlySet<string> = new Set([
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
]);

const STATUSES = ['not_affected', 'affected', 'fixed', 'under_investigation'] as const;

/** The statements of an OpenVEX document. */
export function readOpenVex(
  document: JsonObject,
  { subjects }: VexSurroundings,
): Result<readonly VexStatement[]> {
  const statements = document['statements'];
  if (!Array.isArray(statements))
    return fail('MALFORMED', 'the OpenVEX document has no statements', 'Make it again.');
  const origin: VexOrigin = {
    format: 'openvex',
    id: takeName(document['@id']),
    author: takeName(document['author']),
  };
  const inherited = { at: readMoment(document, 0), subjects, origin };
  return ok(takeObjects(statements).flatMap((statement) => readStatement(statement, inherited)));
}

/** The context of an OpenVEX document, or the predicate type of an in-toto statement with one. */
export function isOpenVex(type: string): boolean {
  return /^https:\/\/openvex\.dev\/ns(?:\/|$)/.test(type);
}

/** What a statement takes from the document around it, where it does not say so itself. */
interface OuterMembers extends VexSurroundings {
  readonly at: number;
  readonly origin: VexOrigin;
}

function readStatement(statement: JsonObject, inherited: OuterMembers): readonly VexStatement[] {
  const { vulnerability } = statement;
  const status = STATUSES.find((known) => known === statement['status']);
  // OpenVEX 0.0.1 wrote only the name.
  const named = isJsonObject(vulnerability) ? vulnerability : { name: vulnerability ?? '' };
  const names = [takeText(named['name']), ...takeTexts(named['aliases'])].filter(
    (name) => name !== '',
  );
  if (status === undefined || names.length === 0) return [];
  const justification = readJustification(statement);
  // mutant vex-without-a-reason by read-vex: remove
  if (status === 'not_affected' && justification === null) return [];
  const products = readProducts(statement, status, inherited.subjects);
  const { origin } = inherited;
  const at = readMoment(statement, inherited.at);
  return [{ names, status, justification, products, at, origin }];
}

/**
 * OpenVEX 0.2.0, "Status Labels": `not_affected` must have a justification, which is one of five
 * labels, or an impact statement. Without a reason it excludes nothing.
 */
function readJustification(statement: JsonObject): string | null {
  const label = takeText(statement['justification']);
  if (JUSTIFICATIONS.has(label)) return label;
  return takeText(statement['impact_statement']).trim() || null;
}

function readProducts(
  statement: JsonObject,
  status: VexStatement['status'],
  subjects: readonly VexProduct[],
): readonly VexProduct[] | null {
  const { products } = statement;
  const parts = readParts(statement['subcomponents']);
  // OpenVEX ATTESTING.md: without products, the subjects of the in-toto statement are meant.
  const own = Array.isArray(products) ? products.map(readProduct) : subjects;
  const limited = own.map((product) => limitProduct(product, parts));
  return limitProducts(status, limited);
}

/** Null: a part that cannot be read, so it is unknown what is meant. */
function readParts(value: JsonValue | undefined): readonly string[] | null {
  if (value === undefined) return [];
  const parts = Array.isArray(value) ? value : [null];
  const purls = parts.map((part) => readPurl(isJsonObject(part) ? part : { '@id': part }));
  return purls.includes(null) ? null : purls.filter((purl) => purl !== null);
}

/** OpenVEX 0.0.1 wrote the subcomponents beside the products; they limit each of these. */
function limitProduct(
  product: VexProduct | null,
  parts: readonly string[] | null,
): VexProduct | null {
  if (product === null || parts === null) return null;
  // mutant vex-subcomponents-of-statement by vex-claims: remove
  if (parts.length > 0 && product.subcomponents.length === 0)
    return { ...product, subcomponents: parts };
  return parts.length === 0 ? product : null;
}

function readMoment(object: JsonObject, otherwise: number): number {
  const at = parseInstant(takeText(object['last_updated']) || takeText(object['timestamp']));
  return at.ok ? at.value : otherwise;
}

/** Null: it cannot be understood. */
function readProduct(value: JsonValue): VexProduct | null {
  const product: JsonObject = isJsonObject(value) ? value : { '@id': value };
  const subcomponents = readParts(product['subcomponents']);
  const digests = readDigests(product);
  // An unreadable subcomponent must not turn the statement into one about the whole product.
  if (subcomponents === null || digests === null) return null;
  return { purl: readPurl(product), digests, subcomponents };
}

function readPurl(product: JsonObject): string | null {
  const { identifiers } = product;
  const stated = isJsonObject(identifiers) ? takeText(identifiers['purl']) : '';
  const text = stated || takeText(product['@id']);
  return text.startsWith('pkg:') ? text : null;
}

/**
 * `hashes`, the version of an OCI purl, or a digest as the identifier. Null where it has hashes of
 * which none is SHA-256: then it means one content, and it is unknown which.
 */
function readDigests(product: JsonObject): readonly Digest[] | null {
  const { hashes } = product;
  const named = isJsonObject(hashes) ? takeText(hashes['sha-256']) || null : '';
  if (named === null) return null;
  const purl = readPurl(product);
  const oci = purl === null ? '' : (findImageDigest(purl) ?? '');
  const id = /sha256:[0-9a-f]{64}$/.exec(takeText(product['@id']))?.[0] ?? '';
  return [...new Set([`sha256:${named}`, oci, id])].flatMap((text) => {
    const digest = parseDigest(text);
    return digest.ok ? [digest.value] : [];
  });
}
