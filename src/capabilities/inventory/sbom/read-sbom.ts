import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { ok, type Result } from '../../../core/result.ts';
import { parseJsonMembers } from '../../../formats/json/parse-members.ts';
import type { ParsedSbom } from './component-collector.ts';
import { CYCLONEDX_MEMBERS } from './cyclonedx-members.ts';
import { readCycloneDx } from './read-cyclonedx.ts';
import { readSpdx } from './read-spdx.ts';
import { detectEncoding, nameForm } from './recognise-sbom.ts';
import { failUnsupported, type SbomEncoding, type SbomFormat } from './sbom-format.ts';
import { SpdxContents } from './spdx-contents.ts';
import {
  encodeDocument,
  FORM_MEMBERS,
  isTranslated,
  type TranslatedSbom,
  translateJson,
  translateText,
  unwrapDocument,
} from './translate-sbom.ts';

const SPDX: Readonly<Record<string, SbomFormat>> = {
  'SPDX-2.2': 'spdx-2.2',
  'SPDX-2.3': 'spdx-2.3',
};
const CYCLONEDX: Readonly<Record<string, SbomFormat>> = {
  '1.2': 'cyclonedx-1.2',
  '1.3': 'cyclonedx-1.3',
  '1.4': 'cyclonedx-1.4',
  '1.5': 'cyclonedx-1.5',
  '1.6': 'cyclonedx-1.6',
  '1.7': 'cyclonedx-1.7',
};

/**
 * The claims of an SPDX or CycloneDX document from any tool, in any of the forms that are in use.
 *
 * @example const reading = readSbom(bytes); // inventory.outcome: 'complete' | 'partial'
 */
export function readSbom(bytes: Uint8Array): Result<ParsedSbom> {
  const encoding = detectEncoding(bytes);
  if (encoding === null) return failUnsupported(nameForm(bytes));
  if (encoding === 'json') return readJson(bytes);
  const translated = translateText(bytes, encoding);
  if (!translated.ok) return translated;
  const { document } = translated.value;
  if (encoding === 'xml') return stateEncoding(readCycloneDxDocument(document), encoding);
  const json = encodeDocument(document);
  return json.ok ? stateEncoding(readJson(json.value), encoding) : json;
}

function stateEncoding(read: Result<ParsedSbom>, encoding: SbomEncoding): Result<ParsedSbom> {
  return read.ok ? ok({ ...read.value, encoding }) : read;
}

function readJson(bytes: Uint8Array): Result<ParsedSbom> {
  const contents = new SpdxContents(bytes);
  const spdx = contents.members;
  const members = { ...spdx, ...CYCLONEDX_MEMBERS, ...FORM_MEMBERS, sbom: spdx };
  const parsed = parseJsonMembers(bytes, members, { bytesMax: LIMITS.documentBytesMax });
  if (!parsed.ok) return parsed;
  const document = parsed.value;
  if (!isJsonObject(document)) return failUnsupported('it is not a JSON object');
  if (!isTranslated(document)) return readDocument(unwrapDocument(document), contents);
  const translated = translateJson(bytes, document);
  return translated.ok ? readTranslated(translated.value) : translated;
}

function readTranslated({ document, format, isPartial }: TranslatedSbom): Result<ParsedSbom> {
  if (format === 'github-snapshot') return readCycloneDx(document, format);
  const json = encodeDocument(document);
  if (!json.ok) return json;
  const contents = new SpdxContents(json.value);
  const options = { bytesMax: LIMITS.documentBytesMax };
  const parsed = parseJsonMembers(json.value, contents.members, options);
  if (!parsed.ok) return parsed;
  return readSpdx(parsed.value as JsonObject, contents, format, isPartial);
}

function readDocument(document: JsonObject, contents: SpdxContents): Result<ParsedSbom> {
  const { spdxVersion, bomFormat, specFormat } = document;
  const isCycloneDx = bomFormat ?? specFormat;
  if (spdxVersion !== undefined && isCycloneDx !== undefined)
    return failUnsupported('it claims to be SPDX and CycloneDX');
  if (isCycloneDx === 'CycloneDX') return readCycloneDxDocument(document);
  const format = typeof spdxVersion === 'string' ? getOwn(SPDX, spdxVersion) : undefined;
  if (format !== undefined) return readSpdx(document, contents, format);
  if (spdxVersion !== undefined)
    return failUnsupported(`${quoteValue(spdxVersion)} is neither SPDX-2.2 nor SPDX-2.3`);
  return failUnsupported('it names neither spdxVersion nor bomFormat');
}

function readCycloneDxDocument(document: JsonObject): Result<ParsedSbom> {
  const { specVersion, bomFormat } = document;
  if (bomFormat === undefined && document['specFormat'] === undefined)
    return failUnsupported('it is XML and not of a namespace of CycloneDX');
  const format = typeof specVersion === 'string' ? getOwn(CYCLONEDX, specVersion) : undefined;
  return format === undefined
    ? failUnsupported(`CycloneDX ${quoteValue(specVersion)} is not 1.2 to 1.7`)
    : readCycloneDx(document, format);
}

function quoteValue(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number'
    ? JSON.stringify(value).slice(0, 40)
    : 'a version of another type';
}
