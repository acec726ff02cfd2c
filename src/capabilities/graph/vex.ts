import { type Digest, parseDigest } from '../../core/digest.ts';
import { parseInstant } from '../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { parsePurl } from '../../core/purl.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';

/** One OpenVEX statement that excludes something, or includes it again. */
export interface VexStatement {
  /** The vulnerability and its aliases, as they are written. */
  readonly names: readonly string[];
  readonly status: 'not_affected' | 'affected' | 'fixed' | 'under_investigation';
  readonly justification: string | null;
  /**
   * What it is about: images by digest, or packages by purl. A product with subcomponents means
   * these subcomponents within it.
   */
  readonly products: readonly VexProduct[];
  /** Milliseconds; the later statement counts (OpenVEX 0.2.0, "Updating statements"). */
  readonly at: number;
}

export interface VexProduct {
  readonly purl: string | null;
  readonly digests: readonly Digest[];
  /** Purls; empty: the product as a whole. */
  readonly subcomponents: readonly string[];
}

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
  const document = isJsonObject(outer['predicate']) ? outer['predicate'] : outer;
  if (!/^https:\/\/openvex\.dev\/ns(?:\/|$)/.test(readText(document['@context']))) {
    return fail('UNSUPPORTED', 'this is not an OpenVEX document', 'Write VEX as OpenVEX.');
  }
  const at = readMoment(document, 0);
  const statements = document['statements'];
  if (!Array.isArray(statements))
    return fail('MALFORMED', 'the OpenVEX document has no statements', 'Make it again.');
  return ok(statements.filter(isJsonObject).flatMap((statement) => readStatement(statement, at)));
}

function readPayload(payload: JsonValue | undefined): Result<readonly VexStatement[]> {
  const inner = Buffer.from(readText(payload), 'base64');
  const json = parseJson(inner, { bytesMax: LIMITS.vexDocumentBytesMax });
  if (json.ok && isJsonObject(json.value) && json.value['payloadType'] === undefined)
    return readVex(inner);
  return fail('MALFORMED', 'the payload of the envelope is not a statement', 'Make it again.');
}

function readStatement(statement: JsonObject, documentAt: number): readonly VexStatement[] {
  const { vulnerability } = statement;
  const status = STATUSES.find((known) => known === statement['status']);
  // OpenVEX 0.0.1 wrote only the name.
  const named = isJsonObject(vulnerability) ? vulnerability : { name: vulnerability ?? '' };
  const names = [readText(named['name']), ...readTexts(named['aliases'])].filter(
    (name) => name !== '',
  );
  if (status === undefined || names.length === 0) return [];
  const justification =
    readText(statement['justification']) || readText(statement['impact_statement']) || null;
  const products = Array.isArray(statement['products'])
    ? statement['products'].flatMap(readProduct)
    : [];
  return [{ names, status, justification, products, at: readMoment(statement, documentAt) }];
}

function readMoment(object: JsonObject, otherwise: number): number {
  const at = parseInstant(readText(object['last_updated']) || readText(object['timestamp']));
  return at.ok ? at.value : otherwise;
}

function readProduct(value: JsonValue): readonly VexProduct[] {
  const product: JsonObject = isJsonObject(value) ? value : { '@id': value };
  const subcomponents = Array.isArray(product['subcomponents']) ? product['subcomponents'] : [];
  const inner = subcomponents.map((part) => readPurl(isJsonObject(part) ? part : { '@id': part }));
  // An unreadable subcomponent must not turn the statement into one about the whole product.
  if (inner.includes(null)) return [];
  return [
    {
      purl: readPurl(product),
      digests: readDigests(product),
      subcomponents: inner.filter((purl) => purl !== null),
    },
  ];
}

function readPurl(product: JsonObject): string | null {
  const { identifiers } = product;
  const stated = isJsonObject(identifiers) ? readText(identifiers['purl']) : '';
  const text = stated || readText(product['@id']);
  return text.startsWith('pkg:') ? text : null;
}

/** `hashes`, the version of an OCI purl, or a digest as the identifier. */
function readDigests(product: JsonObject): readonly Digest[] {
  const { hashes } = product;
  const texts = isJsonObject(hashes) ? [`sha256:${readText(hashes['sha-256'])}`] : [];
  const purl = readPurl(product);
  const parts = purl === null ? null : parsePurl(purl);
  if (parts?.ok === true && parts.value.type === 'oci') texts.push(parts.value.version ?? '');
  texts.push(/sha256:[0-9a-f]{64}$/.exec(readText(product['@id']))?.[0] ?? '');
  return [...new Set(texts)].flatMap((text) => {
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
