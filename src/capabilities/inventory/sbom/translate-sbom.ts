import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import type { NamedMembers } from '../../../formats/json/members.ts';
import { decodeUtf8, parseJson } from '../../../formats/json/parse.ts';
import { readText } from './component-collector.ts';
import { detectEncoding, nameForm } from './recognise-sbom.ts';
import {
  failUnsupported,
  READABLE_SBOMS,
  type SbomEncoding,
  type SbomFormat,
} from './sbom-format.ts';
import { translateSnapshot } from './translate-snapshot.ts';
import { translateSpdx3 } from './translate-spdx3.ts';
import { translateTagValue } from './translate-tag-value.ts';
import { translateXml } from './translate-xml.ts';

/** A document in the members of SPDX 2 or CycloneDX in JSON, which one reader each reads. */
export interface TranslatedSbom {
  readonly document: JsonObject;
  /** Of what has no version of its own in these members. */
  readonly format: SbomFormat;
  /** It says that it does not list everything. */
  readonly isPartial: boolean;
}

/** The members that tell what form a JSON document has. */
export const FORM_MEMBERS: NamedMembers = {
  '@context': 'all',
  detector: 'all',
  job: 'all',
  specFormat: 'all',
};
const CONTEXT = /^https:\/\/spdx\.org\/rdf\/(v?[0-9][0-9A-Za-z.-]{0,20})\/spdx-context\.jsonld$/;
const SPDX3: ReadonlyMap<string, SbomFormat> = new Map([
  ['3.0.0', 'spdx-3.0.0'],
  ['3.0.1', 'spdx-3.0.1'],
]);

/** Whether a JSON document has neither the members of SPDX 2 nor those of CycloneDX. */
export function isTranslated(document: JsonObject): boolean {
  if (document['spdxVersion'] !== undefined || document['bomFormat'] !== undefined) return false;
  return document['@context'] !== undefined || isSnapshot(document);
}

/** A dependency snapshot: what a job of a detector found. */
function isSnapshot({ detector, job }: JsonObject): boolean {
  return isJsonObject(detector) && isJsonObject(job);
}

/** The SBOM that GitHub exports is SPDX 2.3 under one member. */
export function unwrapDocument(document: JsonObject): JsonObject {
  const { sbom, spdxVersion, bomFormat, packages } = document;
  const isAlone = spdxVersion === undefined && bomFormat === undefined && packages === undefined;
  return isAlone && isJsonObject(sbom) ? sbom : document;
}

/** SPDX 3 or a snapshot, read as a whole; `head` has the members that tell which. */
export function translateJson(bytes: Uint8Array, head: JsonObject): Result<TranslatedSbom> {
  const context = head['@context'];
  const version = context === undefined ? undefined : findSpdx3Version(context);
  const format = version === undefined ? undefined : SPDX3.get(version);
  if (context !== undefined && format === undefined)
    return failUnsupported(
      version === undefined
        ? 'its @context is not that of SPDX 3'
        : `SPDX ${version} is neither 3.0.0 nor 3.0.1`,
    );
  const parsed = parseJson(bytes, { bytesMax: LIMITS.documentBytesMax });
  if (!parsed.ok) return parsed;
  const whole = parsed.value as JsonObject;
  if (format === undefined)
    return ok({
      document: translateSnapshot(whole),
      format: 'github-snapshot',
      isPartial: false,
    });
  const translated = translateSpdx3(whole);
  return translated.ok ? ok({ ...translated.value, format }) : translated;
}

/** Further contexts may follow that of SPDX, and may not take its place. */
function findSpdx3Version(context: unknown): string | undefined {
  const first: unknown = Array.isArray(context) ? context[0] : context;
  return typeof first === 'string' ? CONTEXT.exec(first)?.[1] : undefined;
}

/** XML or tag-value, in the members of the JSON form. */
export function translateText(
  bytes: Uint8Array,
  encoding: Exclude<SbomEncoding, 'json'>,
): Result<{ readonly document: JsonObject }> {
  if (bytes.length > LIMITS.documentBytesMax)
    return fail(
      'LIMIT_EXCEEDED',
      `the document has ${bytes.length} bytes, over ${LIMITS.documentBytesMax}`,
      'Split the document.',
    );
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const translated = encoding === 'xml' ? translateXml(text.value) : translateTagValue(text.value);
  return translated.ok ? ok({ document: translated.value }) : translated;
}

/**
 * Any SBOM that is read here, whole, in the members of SPDX 2 or CycloneDX in JSON, with what it
 * says about its version.
 */
export function openDocument(bytes: Uint8Array, bytesMax: number): Result<JsonObject> {
  const encoding = detectEncoding(bytes);
  if (encoding === null) return failUnsupported(nameForm(bytes));
  if (encoding !== 'json') {
    const translated = translateText(bytes, encoding);
    return translated.ok ? ok(translated.value.document) : translated;
  }
  const parsed = parseJson(bytes, { bytesMax });
  if (!parsed.ok) return parsed;
  const document = parsed.value;
  if (!isJsonObject(document)) return fail('UNSUPPORTED', 'it is not an object', READABLE_SBOMS);
  if (!isTranslated(document)) return ok(unwrapDocument(document));
  const translated = translateJson(bytes, document);
  return translated.ok ? ok(nameFormat(translated.value)) : translated;
}

function nameFormat({ document, format }: TranslatedSbom): JsonObject {
  return format === 'github-snapshot'
    ? { bomFormat: 'CycloneDX', ...document }
    : { spdxVersion: format.toUpperCase(), ...document };
}

/** The document as bytes of JSON; a text that is too long for the engine is a RangeError. */
export function encodeDocument(document: JsonObject): Result<Uint8Array> {
  try {
    return ok(Buffer.from(JSON.stringify(document)));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const why = `${readText(document, 'name') || 'the document'} is too large as JSON`;
    return fail('LIMIT_EXCEEDED', why, 'Split the document.', cause);
  }
}
