import { type Digest, parseDigest } from '../../core/digest.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { getOwn } from '../../core/own.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import { parseJson } from '../../formats/json/parse.ts';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
/** Its members mean the same. BuildKit writes it; nothing else is read in this form (S14). */
export const OLDER_STATEMENT_TYPE = 'https://in-toto.io/Statement/v0.1';
/** The payload type of a statement in a DSSE envelope. */
export const IN_TOTO_TYPE = 'application/vnd.in-toto+json';

/**
 * The subject of a statement (in-toto ResourceDescriptor): it is matched by digest only, never by
 * name (S14).
 */
export interface StatementSubject {
  readonly name: string | null;
  /** Algorithm to hex: `{ sha256: '…' }`. */
  readonly digest: Readonly<Record<string, string>>;
}

/**
 * An in-toto Statement v1 or v0.1 as read; trust its predicate type only after its signature is
 * verified.
 */
export interface Statement {
  readonly subjects: readonly StatementSubject[];
  readonly predicateType: string;
  readonly predicate: JsonObject;
  /** The predicate where it is a text: cosign attests SPDX in its tag-value form so. */
  readonly text?: string;
}

/**
 * The bytes of a statement, canonical.
 *
 * @example encodeStatement({ subjects, predicateType, predicate })
 */
export function encodeStatement({ subjects, predicateType, predicate }: Statement): Uint8Array {
  const subject = subjects.map(({ name, digest }) => ({
    ...(name === null ? {} : { name }),
    digest: { ...digest },
  }));
  return Buffer.from(
    canonicalizeJson({ _type: STATEMENT_TYPE, subject, predicateType, predicate }),
  );
}

/**
 * Reads a statement (in-toto attestation spec v1/statement.md) within limits; unknown members are
 * ignored, as the specification requires.
 */
export function parseStatement(
  bytes: Uint8Array,
  types: readonly string[] = [STATEMENT_TYPE],
): Result<Statement> {
  const json = parseJson(bytes, { bytesMax: LIMITS.documentBytesMax, foldKeyCase: true });
  if (!json.ok) return json;
  if (!isJsonObject(json.value)) return malformed('it is not an object');
  const { _type: type, subject, predicateType, predicate } = json.value;
  if (typeof type !== 'string' || !types.includes(type))
    return malformed(`its _type is ${JSON.stringify(type ?? null).slice(0, 200)}`);
  if (typeof predicateType !== 'string' || predicateType === '')
    return malformed('predicateType is missing');
  const isText = typeof predicate === 'string';
  // mutant statement-whose-predicate-is-a-text by attestation: condition -> isText
  const text = isText && predicateType === SPDX_TYPE ? predicate : undefined;
  if (predicate !== undefined && text === undefined && !isJsonObject(predicate))
    return malformed('predicate is not an object');
  const subjects = readSubjects(subject);
  if (!subjects.ok) return subjects;
  const stated = isJsonObject(predicate) ? predicate : {};
  const more = text === undefined ? {} : { text };
  return ok({ subjects: subjects.value, predicateType, predicate: stated, ...more });
}

const SPDX_TYPE = 'https://spdx.dev/Document';

function readSubjects(value: JsonValue | undefined): Result<readonly StatementSubject[]> {
  if (!Array.isArray(value) || value.length === 0) return malformed('it has no subject');
  if (value.length > LIMITS.statementSubjectsMax) {
    return fail(
      'LIMIT_EXCEEDED',
      `${value.length} subjects, over ${LIMITS.statementSubjectsMax}`,
      'Split it.',
    );
  }
  const subjects: StatementSubject[] = [];
  for (const item of value as readonly JsonValue[]) {
    const digest = isJsonObject(item) ? readDigests(item['digest']) : null;
    if (!isJsonObject(item) || digest === null) return malformed('a subject has no digest (S14)');
    const name = item['name'] ?? null;
    if (name !== null && typeof name !== 'string')
      return malformed('the name of a subject is not a text');
    subjects.push({ name, digest });
  }
  return ok(subjects);
}

/** in-toto DigestSet: algorithm to lower-case hex, at least one. Null otherwise. */
export function readDigests(value: JsonValue | undefined): Readonly<Record<string, string>> | null {
  if (!isJsonObject(value)) return null;
  const entries = Object.entries(value);
  const sound =
    entries.length > 0 && entries.every(([, hex]) => typeof hex === 'string' && hex !== '');
  return sound ? (value as Readonly<Record<string, string>>) : null;
}

/**
 * The `sha256:` digests that a statement names, bare or in a DSSE envelope; empty for anything
 * else. Nothing here verifies a signature.
 */
export function readStatementSubjects(bytes: Uint8Array): readonly Digest[] {
  const json = parseJson(bytes, { bytesMax: LIMITS.documentBytesMax });
  const payload = json.ok && isJsonObject(json.value) ? json.value['payload'] : undefined;
  const inner = typeof payload === 'string' ? Buffer.from(payload, 'base64') : bytes;
  const statement = parseStatement(inner);
  const subjects = statement.ok ? statement.value.subjects : [];
  return [...new Set(subjects.map(({ digest }) => getOwn(digest, 'sha256')))].flatMap((hex) => {
    const digest = parseDigest(`sha256:${hex}`);
    return digest.ok ? [digest.value] : [];
  });
}

/**
 * Whether the statement is about content of this `sha256:` or `sha512:` digest; names are not
 * compared (A63).
 */
export function isAbout({ subjects }: Statement, digest: string): boolean {
  const [algorithm = '', hex = ''] = digest.split(':');
  return (
    hex !== '' &&
    subjects.some(
      (subject) =>
        Object.hasOwn(subject.digest, algorithm) && getOwn(subject.digest, algorithm) === hex,
    )
  );
}

function malformed(why: string): Result<never> {
  return fail('MALFORMED', `not an in-toto statement: ${why}`, 'Write it as in-toto Statement v1.');
}
