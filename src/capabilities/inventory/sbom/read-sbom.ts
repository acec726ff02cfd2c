import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { fail, type Result } from '../../../core/result.ts';
import { parseJsonMembers } from '../../../formats/json/parse-members.ts';
import { type ParsedSbom, READABLE_SBOMS, type SbomFormat } from './component-collector.ts';
import { CYCLONEDX_MEMBERS } from './cyclonedx-members.ts';
import { readCycloneDx } from './read-cyclonedx.ts';
import { readSpdx } from './read-spdx.ts';
import { SpdxContents } from './spdx-contents.ts';

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
 * The claims of an SPDX or CycloneDX JSON document from any tool.
 *
 * @example const reading = readSbom(bytes); // inventory.outcome: 'complete' | 'partial'
 */
export function readSbom(bytes: Uint8Array): Result<ParsedSbom> {
  const first = readFirstCharacter(bytes);
  if (first !== '{' && first !== '') return failUnsupported('it is not a JSON object');
  const contents = new SpdxContents(bytes);
  const members = { ...contents.members, ...CYCLONEDX_MEMBERS };
  const parsed = parseJsonMembers(bytes, members, { bytesMax: LIMITS.documentBytesMax });
  if (!parsed.ok) return parsed;
  return isJsonObject(parsed.value)
    ? readDocument(parsed.value, contents)
    : failUnsupported('it is not a JSON object');
}

function readDocument(document: JsonObject, contents: SpdxContents): Result<ParsedSbom> {
  const { spdxVersion, bomFormat, specVersion } = document;
  if (spdxVersion !== undefined && bomFormat !== undefined)
    return failUnsupported('it claims to be SPDX and CycloneDX');
  if (bomFormat === 'CycloneDX') {
    const format = typeof specVersion === 'string' ? findFormat(CYCLONEDX, specVersion) : undefined;
    if (format === undefined)
      return failUnsupported(`CycloneDX ${quoteValue(specVersion)} is not 1.2 to 1.7`);
    return readCycloneDx(document, format);
  }
  const format = typeof spdxVersion === 'string' ? findFormat(SPDX, spdxVersion) : undefined;
  if (format !== undefined) return readSpdx(document, contents, format);
  if (spdxVersion !== undefined)
    return failUnsupported(`${quoteValue(spdxVersion)} is neither SPDX-2.2 nor SPDX-2.3`);
  return failUnsupported('it names neither spdxVersion nor bomFormat');
}

function findFormat(
  table: Readonly<Record<string, SbomFormat>>,
  key: string,
): SbomFormat | undefined {
  return getOwn(table, key);
}

function quoteValue(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number'
    ? JSON.stringify(value).slice(0, 40)
    : 'a version of another type';
}

function failUnsupported(why: string): Result<never> {
  return fail('UNSUPPORTED', `not an SBOM that Waybill reads: ${why}`, READABLE_SBOMS);
}

/**
 * Whether bytes look like an SBOM that `readSbom` reads, without parsing them.
 *
 * @example recogniseSbom(bytes) // 'spdx'
 */
export function recogniseSbom(bytes: Uint8Array): 'spdx' | 'cyclonedx' | null {
  if (readFirstCharacter(bytes) !== '{') return null;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (hasMember(buffer, '"spdxVersion"', /^"spdxVersion"\s*:\s*"SPDX-2[.][23]"/)) return 'spdx';
  return hasMember(buffer, '"bomFormat"', /^"bomFormat"\s*:\s*"CycloneDX"/) ? 'cyclonedx' : null;
}

function hasMember(buffer: Buffer, key: string, member: RegExp): boolean {
  const at = buffer.indexOf(key);
  return at !== -1 && member.test(buffer.toString('latin1', at, at + 80));
}

/**
 * The first character that is neither white space nor a byte order mark; empty where there is none
 * near.
 */
function readFirstCharacter(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 1_024))
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart()
    .slice(0, 1);
}
