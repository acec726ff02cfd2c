import { decodeBase64 } from '../envelopes/base64.ts';

const BEGIN = /^-----BEGIN PGP (SIGNATURE|PUBLIC KEY BLOCK)-----$/;
/** `Version: …`, `Comment: …`: they say nothing that counts. */
const HEADER = /^[A-Za-z][A-Za-z0-9-]{0,60}: /;
const HEADERS_MAX = 20;

export type ArmourKind = 'SIGNATURE' | 'PUBLIC KEY BLOCK';

/**
 * The bytes of the one armoured text (RFC 9580 §6.2), or null. Strict: nothing around it, canonical
 * base64, and a checksum is right where there is one, as GnuPG requires. Lines end in LF.
 */
export function readArmour(text: string, kind: ArmourKind): Buffer | null {
  const lines = text.replace(/\n$/, '').split('\n');
  if (BEGIN.exec(lines[0] ?? '')?.[1] !== kind) return null;
  if (lines.at(-1) !== `-----END PGP ${kind}-----`) return null;
  const blank = lines.indexOf('');
  if (blank < 1 || blank > HEADERS_MAX) return null;
  if (!lines.slice(1, blank).every((line) => HEADER.test(line))) return null;
  const body = lines.slice(blank + 1, -1);
  const last = body.at(-1) ?? '';
  const checksum = last.startsWith('=') ? decodeBase64(last.slice(1)) : undefined;
  const data = checksum === undefined ? body : body.slice(0, -1);
  if (checksum === null || data.includes('')) return null;
  const bytes = decodeBase64(data.join(''));
  if (bytes === null || bytes.length === 0) return null;
  // mutant openpgp-armour-checksum by verify-openpgp: operand 2 -> false
  return checksum !== undefined && !checksum.equals(computeChecksum(bytes)) ? null : bytes;
}

/** Each armoured public key of a text, in order; null where one has no end. */
export function splitKeyBlocks(text: string): readonly string[] | null {
  const blocks: string[] = [];
  let open: string[] | null = null;
  for (const raw of text.split('\n')) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line === '-----BEGIN PGP PUBLIC KEY BLOCK-----') {
      if (open !== null) return null;
      open = [];
    }
    open?.push(line);
    if (line === '-----END PGP PUBLIC KEY BLOCK-----' && open !== null) {
      blocks.push(open.join('\n'));
      open = null;
    }
  }
  return open === null ? blocks : null;
}

/** §6.1.1 */
function computeChecksum(bytes: Uint8Array): Buffer {
  let crc = 0xb704ce;
  for (const byte of bytes)
    crc = ((crc << 8) ^ (TABLE[((crc >> 16) ^ byte) & 0xff] ?? 0)) & 0xffffff;
  return Buffer.from([crc >> 16, (crc >> 8) & 0xff, crc & 0xff]);
}

const TABLE: readonly number[] = Array.from({ length: 256 }, (_, at) => {
  let crc = at << 16;
  for (let bit = 0; bit < 8; bit++)
    crc = ((crc << 1) ^ ((crc & 0x800000) === 0 ? 0 : 0x864cfb)) & 0xffffff;
  return crc;
});
