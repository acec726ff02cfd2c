import { Buffer } from 'node:buffer';
import { parseDigest } from '../../../core/digest.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, failed, ok, type Result } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { findVexFormat, VEX_FORMATS } from './formats.ts';
import { takeObject, takeObjects, takeText } from './members.ts';
import { createSizeFailure, type VexProduct, type VexStatement } from './vex-statement.ts';

/**
 * The statements of a VEX document in any form of the list: bare, as the predicate of an in-toto
 * statement, or as such a statement in a DSSE envelope. The signature of the envelope is not read
 * here: a verification of the document finds the signer.
 */
export function readVex(bytes: Uint8Array): Result<readonly VexStatement[]> {
  const outer = readOuter(bytes);
  if (!outer.ok) return outer;
  const { payloadType, payload } = outer.value;
  return typeof payloadType === 'string' ? readPayload(payload) : readStatements(outer.value);
}

function readOuter(bytes: Uint8Array): Result<JsonObject> {
  const json = parseJson(bytes, { bytesMax: LIMITS.vexDocumentBytesMax });
  return json.ok ? ok(takeObject(json.value)) : json;
}

function readStatements(outer: JsonObject): Result<readonly VexStatement[]> {
  const { predicate } = outer;
  const isInToto = isJsonObject(predicate);
  const document = isInToto ? predicate : outer;
  const format = findVexFormat(document);
  if (format === null)
    return fail(
      'UNSUPPORTED',
      `this is no VEX document that is read: ${VEX_FORMATS.map(({ name }) => name).join(', ')}`,
      'Write it in one of these forms.',
    );
  const subjects = isInToto ? readSubjects(outer['subject']) : [];
  const read = format.read(document, { subjects });
  return read.ok ? limitStatements(read.value) : read;
}

/** Each product of each statement is compared with each finding of its vulnerability. */
function limitStatements(statements: readonly VexStatement[]): Result<readonly VexStatement[]> {
  const products = statements.reduce((sum, one) => sum + 1 + (one.products?.length ?? 0), 0);
  // mutant vex-products-unbounded by read-vex: condition -> true
  return products <= LIMITS.vexProductsMax ? ok(statements) : failed(createSizeFailure());
}

function readPayload(payload: JsonValue | undefined): Result<readonly VexStatement[]> {
  const inner = readOuter(Buffer.from(takeText(payload), 'base64'));
  if (inner.ok && Object.keys(inner.value).length > 0 && inner.value['payloadType'] === undefined)
    return readStatements(inner.value);
  return fail('MALFORMED', 'the payload of the envelope is not a statement', 'Make it again.');
}

/** The subjects of an in-toto statement, by digest only (S14). */
function readSubjects(value: JsonValue | undefined): readonly VexProduct[] {
  return takeObjects(value).flatMap(({ digest }) => {
    const parsed = parseDigest(`sha256:${takeText(takeObject(digest)['sha256'])}`);
    return parsed.ok ? [{ purl: null, digests: [parsed.value], subcomponents: [] }] : [];
  });
}
