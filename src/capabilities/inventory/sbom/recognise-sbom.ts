import type { SbomEncoding } from './sbom-format.ts';

/** How far the first words of a document may be behind comments and white space. */
const HEAD_BYTES = 4_096;

/** How a document is written, by its first character; null for one that no SBOM begins with. */
export function detectEncoding(bytes: Uint8Array): SbomEncoding | null {
  const head = readHead(bytes);
  const first = head.slice(0, 1);
  // Of nothing at all, the reader of JSON says what is wrong.
  if (first === '{' || first === '') return 'json';
  if (first === '<') return /<rdf:RDF[\s>]/.test(head) ? null : 'xml';
  return findFirstTag(head) === 'SPDXVersion' ? 'tag-value' : null;
}

/** What a document is that is not read, for the message. */
export function nameForm(bytes: Uint8Array): string {
  const head = readHead(bytes);
  if (head.startsWith('<')) return 'it is SPDX as RDF/XML';
  const body = head.replace(/^---/, '').trimStart();
  if (/^(?:SPDXID|spdxVersion|name|creationInfo)\s*:/.test(body)) return 'it is YAML';
  return 'it is neither a JSON object, nor XML, nor SPDX tag-value';
}

/** The tag of the first line that is neither empty nor a comment. */
function findFirstTag(head: string): string {
  for (const line of head.split('\n')) {
    const content = line.trim();
    if (content === '' || content.startsWith('#')) continue;
    const colon = content.indexOf(':');
    return colon === -1 ? '' : content.slice(0, colon).trimEnd();
  }
  return '';
}

/** What a document claims to be. */
export interface RecognisedSbom {
  readonly standard: 'spdx' | 'cyclonedx' | 'github';
  readonly encoding: SbomEncoding;
  /** That it is attached with; null where nobody registered one. */
  readonly mediaType: string | null;
}

/**
 * Whether bytes look like an SBOM that `readSbom` reads, without parsing them.
 *
 * @example recogniseSbom(bytes) // { standard: 'spdx', encoding: 'json', mediaType: … }
 */
export function recogniseSbom(bytes: Uint8Array): RecognisedSbom | null {
  const encoding = detectEncoding(bytes);
  if (encoding === 'json') return recogniseJson(bytes);
  if (encoding === 'tag-value') return { standard: 'spdx', encoding, mediaType: 'text/spdx' };
  return encoding === 'xml' && CYCLONEDX_NAMESPACE.test(readHead(bytes))
    ? { standard: 'cyclonedx', encoding, mediaType: 'application/vnd.cyclonedx+xml' }
    : null;
}

const CYCLONEDX_NAMESPACE = /["']https?:\/\/cyclonedx\.org\/schema\/bom\/1\./;
const SPDX: RecognisedSbom = {
  ...{ standard: 'spdx', encoding: 'json', mediaType: 'application/spdx+json' },
};
const CYCLONEDX: RecognisedSbom = {
  ...{ standard: 'cyclonedx', encoding: 'json', mediaType: 'application/vnd.cyclonedx+json' },
};
const SNAPSHOT: RecognisedSbom = { standard: 'github', encoding: 'json', mediaType: null };

function recogniseJson(bytes: Uint8Array): RecognisedSbom | null {
  if (readHead(bytes).slice(0, 1) !== '{') return null;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (hasMember(buffer, '"spdxVersion"', /^"spdxVersion"\s*:\s*"SPDX-2[.][23]"/)) return SPDX;
  if (hasMember(buffer, '"bomFormat"', /^"bomFormat"\s*:\s*"CycloneDX"/)) return CYCLONEDX;
  const context = /^"@context"\s*:[\s[]*"https:\/\/spdx\.org\/rdf\/3\.0\.[01]\//;
  if (hasMember(buffer, '"@context"', context)) return SPDX;
  const isSnapshot =
    hasMember(buffer, '"detector"', /^"detector"\s*:\s*[{]/) &&
    hasMember(buffer, '"manifests"', /^"manifests"\s*:\s*[{]/);
  return isSnapshot ? SNAPSHOT : null;
}

function hasMember(buffer: Buffer, key: string, member: RegExp): boolean {
  const at = buffer.indexOf(key);
  return at !== -1 && member.test(buffer.toString('latin1', at, at + 100));
}

/** The beginning, without a byte order mark and white space. */
function readHead(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, HEAD_BYTES))
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
}
