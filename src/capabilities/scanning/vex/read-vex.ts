import { type Digest, parseDigest } from '../../../core/digest.ts';
import { parseInstant } from '../../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { parsePurl } from '../../../core/purl.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';

/** One OpenVEX statement that excludes something, or includes it again. */
export interface VexStatement {
  /** The vulnerability and its aliases, as they are written. */
  readonly names: readonly string[];
  readonly status: 'not_affected' | 'affected' | 'fixed' | 'under_investigation';
  readonly justification: string | null;
  /**
   * What it is about: images by digest, or packages by purl. A product with subcomponents means
   * these subcomponents within it. Null: everything in the image that the document is about; only a
   * statement that includes something may be that wide.
   */
  readonly products: readonly VexProduct[] | null;
  /** Milliseconds; the later statement counts (OpenVEX 0.2.0, "Updating statements"). */
  readonly at: number;
}

export interface VexProduct {
  readonly purl: string | null;
  /** All of them name the product: an image and, for example, the index that it is in. */
  readonly digests: readonly Digest[];
  /** Purls; empty: the product as a whole. */
  readonly subcomponents: readonly string[];
}

/** OpenVEX 0.2.0, "Status Justifications". */
const JUSTIFICATIONS: ReadonlySet<string> = new Set([
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
]);

const STATUSES = ['not_affected', 'affected', 'fixed', 'under_investigation'] as const;

/**
 * The statements of an OpenVEX document: bare, as the predicate of an in-toto statement, or as such
 * a statement in a DSSE envelope. The signature of the envelope is not read here: a verification of
 * the document finds the signer.
 */
export function readVex(bytes: Uint8Array): Result<readonly VexStatement[]> {
  const json = parseJson(bytes, { bytesMax: LIMITS.vexDocumentBytesMax });
  if (!json.ok) return json;
  const outer = isJsonObject(json.value) ? json.value : {};
  if (typeof outer['payloadType'] === 'string') return readPayload(outer['payload']);
  const isInToto = isJsonObject(outer['predicate']);
  const document = isJsonObject(outer['predicate']) ? outer['predicate'] : outer;
  if (!isOpenVex(readText(document['@context']))) {
    return fail(
      'UNSUPPORTED',
      'this is not an OpenVEX document; VEX as CSAF or CycloneDX is not read',
      'Write it as OpenVEX.',
    );
  }
  const at = readMoment(document, 0);
  const statements = document['statements'];
  if (!Array.isArray(statements))
    return fail('MALFORMED', 'the OpenVEX document has no statements', 'Make it again.');
  const inherited = { at, subjects: isInToto ? readSubjects(outer['subject']) : [] };
  return ok(
    statements.filter(isJsonObject).flatMap((statement) => readStatement(statement, inherited)),
  );
}

/** The context of an OpenVEX document, or the predicate type of an in-toto statement with one. */
export function isOpenVex(type: string): boolean {
  return /^https:\/\/openvex\.dev\/ns(?:\/|$)/.test(type);
}

function readPayload(payload: JsonValue | undefined): Result<readonly VexStatement[]> {
  const inner = Buffer.from(readText(payload), 'base64');
  const json = parseJson(inner, { bytesMax: LIMITS.vexDocumentBytesMax });
  if (json.ok && isJsonObject(json.value) && json.value['payloadType'] === undefined)
    return readVex(inner);
  return fail('MALFORMED', 'the payload of the envelope is not a statement', 'Make it again.');
}

/** What a statement takes from the document around it, where it does not say so itself. */
interface Surroundings {
  readonly at: number;
  readonly subjects: readonly VexProduct[];
}

function readStatement(statement: JsonObject, inherited: Surroundings): readonly VexStatement[] {
  const { vulnerability } = statement;
  const status = STATUSES.find((known) => known === statement['status']);
  // OpenVEX 0.0.1 wrote only the name.
  const named = isJsonObject(vulnerability) ? vulnerability : { name: vulnerability ?? '' };
  const names = [readText(named['name']), ...readTexts(named['aliases'])].filter(
    (name) => name !== '',
  );
  if (status === undefined || names.length === 0) return [];
  const justification = readJustification(statement);
  // mutant vex-without-a-reason by read-vex: remove
  if (status === 'not_affected' && justification === null) return [];
  const products = readProducts(statement, status, inherited.subjects);
  return [{ names, status, justification, products, at: readMoment(statement, inherited.at) }];
}

/**
 * OpenVEX 0.2.0, "Status Labels": `not_affected` must have a justification, which is one of five
 * labels, or an impact statement. Without a reason it excludes nothing.
 */
function readJustification(statement: JsonObject): string | null {
  const label = readText(statement['justification']);
  if (JUSTIFICATIONS.has(label)) return label;
  return readText(statement['impact_statement']).trim() || null;
}

/**
 * A product that cannot be understood makes a statement that excludes narrower, and one that
 * includes wider: neither may hide a finding.
 */
function readProducts(
  statement: JsonObject,
  status: VexStatement['status'],
  subjects: readonly VexProduct[],
): readonly VexProduct[] | null {
  const excludes = status === 'not_affected' || status === 'fixed';
  const { products } = statement;
  const parts = readParts(statement['subcomponents']);
  // OpenVEX ATTESTING.md: without products, the subjects of the in-toto statement are meant.
  const own = Array.isArray(products) ? products.map(readProduct) : subjects;
  const limited = own.map((product) => limitProduct(product, parts));
  const understood = limited.filter((product) => product !== null);
  if (excludes) return understood;
  return understood.length === 0 || understood.length < limited.length ? null : understood;
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

/** The subjects of an in-toto statement, by digest only (S14). */
function readSubjects(value: JsonValue | undefined): readonly VexProduct[] {
  const subjects = Array.isArray(value) ? value.filter(isJsonObject) : [];
  return subjects.flatMap(({ digest }) => {
    const hex = isJsonObject(digest) ? readText(digest['sha256']) : '';
    const parsed = parseDigest(`sha256:${hex}`);
    return parsed.ok ? [{ purl: null, digests: [parsed.value], subcomponents: [] }] : [];
  });
}

function readMoment(object: JsonObject, otherwise: number): number {
  const at = parseInstant(readText(object['last_updated']) || readText(object['timestamp']));
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
  const stated = isJsonObject(identifiers) ? readText(identifiers['purl']) : '';
  const text = stated || readText(product['@id']);
  return text.startsWith('pkg:') ? text : null;
}

/**
 * `hashes`, the version of an OCI purl, or a digest as the identifier. Null where it has hashes of
 * which none is SHA-256: then it means one content, and it is unknown which.
 */
function readDigests(product: JsonObject): readonly Digest[] | null {
  const { hashes } = product;
  const named = isJsonObject(hashes) ? readText(hashes['sha-256']) || null : '';
  if (named === null) return null;
  const purl = readPurl(product);
  const parts = purl === null ? null : parsePurl(purl);
  const oci = parts?.ok === true && parts.value.type === 'oci' ? (parts.value.version ?? '') : '';
  const id = /sha256:[0-9a-f]{64}$/.exec(readText(product['@id']))?.[0] ?? '';
  return [...new Set([`sha256:${named}`, oci, id])].flatMap((text) => {
    const digest = parseDigest(text);
    return digest.ok ? [digest.value] : [];
  });
}

function readTexts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function readText(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
