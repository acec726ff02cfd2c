import { isAbsolute } from 'node:path';
import { Failure } from '../../core/failure.ts';

/** A key as a URI of RFC 7512 names it, and where to find what is needed for it. */
export interface Pkcs11Uri {
  readonly token: string | null;
  readonly slotId: number | null;
  /** The label of the key. */
  readonly object: string | null;
  /** Lower-case hex. */
  readonly id: string | null;
  /** The library of the device; null: the one that the environment names. */
  readonly modulePath: string | null;
  /** The file with the PIN; null where the URI names none. */
  readonly pinFile: string | null;
  /** The file with the chain; null where the token has all of it. */
  readonly chain: string | null;
}

const URI_MAX = 4_096;
const NAMES = ['token', 'slot-id', 'object', 'id', 'type', 'module-path', 'pin-source', 'chain'];
const PATH = NAMES.slice(0, 5);

/**
 * What follows `pkcs11:` (RFC 7512 §2.3). Throws USAGE for what is none, for a PIN in the URI, and
 * for an attribute that is not honoured: a key that matches less than was asked is another key.
 *
 * @example parsePkcs11Uri('token=release;object=ci?module-path=/usr/lib/softhsm/libsofthsm2.so')
 */
export function parsePkcs11Uri(text: string): Pkcs11Uri {
  // Before anything of it is shown, also where the rest is malformed.
  // mutant pin-in-the-uri by pkcs11: condition -> false
  if (text.includes('pin-value'))
    throw new Failure(
      'USAGE',
      'a PIN in the name of a key would be in the list of processes and in logs',
      'Put it into a file that only you can read, and name that: pin-source=FILE.',
    );
  const at = text.indexOf('?');
  const path = splitAttributes(at === -1 ? text : text.slice(0, at), ';');
  const query = splitAttributes(at === -1 ? '' : text.slice(at + 1), '&');
  if (text.length > URI_MAX || path === null || query === null) throw malformed(text);
  for (const name of path.keys()) if (!PATH.includes(name)) throw unknown(name);
  for (const name of query.keys())
    if (!NAMES.includes(name) || PATH.includes(name)) throw unknown(name);
  const [object = null, token = null] = [readText(path, 'object'), readText(path, 'token')];
  const [id, type] = [path.get('id'), readText(path, 'type')];
  if (object === null && id === undefined) throw malformed(text);
  if (type !== undefined && type !== 'private') throw unknown(`type=${type}`);
  return {
    ...{ token, object, slotId: readSlot(path), id: id === undefined ? null : id.toString('hex') },
    modulePath: readPath(query, 'module-path'),
    pinFile: readPath(query, 'pin-source'),
    chain: readText(query, 'chain') ?? null,
  };
}

/** The attributes with their bytes; null for what is no list of them, or names one twice. */
function splitAttributes(text: string, separator: string): ReadonlyMap<string, Buffer> | null {
  const attributes = new Map<string, Buffer>();
  for (const part of text === '' ? [] : text.split(separator)) {
    const equals = part.indexOf('=');
    const value = equals < 1 ? null : decodePercent(part.slice(equals + 1));
    const name = part.slice(0, Math.max(equals, 0));
    if (value === null || value.length === 0 || attributes.has(name)) return null;
    attributes.set(name, value);
  }
  return attributes;
}

/** RFC 3986 §2.1; the bytes may be no text, as in an id. */
function decodePercent(text: string): Buffer | null {
  if (/[\s\p{Cc}]|%(?![0-9A-Fa-f]{2})/u.test(text)) return null;
  const pieces = text
    .split('%')
    .map((piece, index) =>
      index === 0
        ? Buffer.from(piece)
        : Buffer.concat([Buffer.from(piece.slice(0, 2), 'hex'), Buffer.from(piece.slice(2))]),
    );
  return Buffer.concat(pieces);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function readText(attributes: ReadonlyMap<string, Buffer>, name: string): string | undefined {
  const bytes = attributes.get(name);
  if (bytes === undefined) return undefined;
  try {
    const text = utf8.decode(bytes);
    if (!/[\p{Cc}]/u.test(text)) return text;
  } catch {
    // It is no text.
  }
  throw new Failure('USAGE', `${name} is no printable text`, 'Write it as the token has it.');
}

function readSlot(attributes: ReadonlyMap<string, Buffer>): number | null {
  const text = readText(attributes, 'slot-id');
  if (text === undefined) return null;
  if (!/^\d{1,10}$/.test(text)) throw unknown('slot-id');
  return Number(text);
}

function readPath(attributes: ReadonlyMap<string, Buffer>, name: string): string | null {
  const text = readText(attributes, name)?.replace(/^file:(?:\/\/)?/, '');
  if (text === undefined) return null;
  if (isAbsolute(text)) return text;
  throw new Failure('USAGE', `${name} is not an absolute path`, `Write ${name}=/FOLDER/FILE.`);
}

function unknown(name: string): Failure {
  const known = NAMES.join(', ');
  return new Failure(
    'USAGE',
    `${JSON.stringify(name.slice(0, 100))} of a PKCS#11 key is not honoured here`,
    `Use ${known}.`,
  );
}

function malformed(text: string): Failure {
  const shown = JSON.stringify(text.slice(0, 100));
  if (/ /.test(text))
    return new Failure('USAGE', `${shown} has a blank`, 'Write %20 for it, also in paths.');
  const form = 'pkcs11:token=LABEL;object=KEY?module-path=/usr/lib/softhsm/libsofthsm2.so';
  return new Failure('USAGE', `${shown} names no key of a token`, `Write it like ${form}.`);
}
