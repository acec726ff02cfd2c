import { createHash } from 'node:crypto';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { quoteText } from '../reason.ts';
import type { SignedObject } from './commit-signer.ts';
import {
  findSignatureFormat,
  type GitPerson,
  type HeaderField,
  type ObjectFormat,
  readFields,
  readObjectId,
  readPerson,
  readSubject,
  removeSignatures,
} from './object-headers.ts';

const TARGETS = ['commit', 'tree', 'blob', 'tag'] as const;

/**
 * One annotated tag, byte for byte as in git; nothing in it is trusted yet. Its one person is
 * author and committer of what is signed.
 */
export interface GitTag extends SignedObject {
  readonly id: string;
  /** The name that the tag says it has; a ref may have another one. */
  readonly name: string;
  readonly target: { readonly id: string; readonly type: (typeof TARGETS)[number] };
  readonly tagger: GitPerson;
  /** First line of the message. */
  readonly subject: string;
}

const HEADERS = ['object', 'type', 'tag', 'tagger'];
/** git may put the signature for the other hash into a header of these names. */
const SIGNATURES = ['gpgsig', 'gpgsig-sha256'];

/**
 * Reads a raw tag object: object, type, tag and tagger in this order and once each, a blank line,
 * and the message, at whose end the signature is.
 *
 * @example parseTag(bytesOfTheObject, 'sha1')
 */
export function parseTag(bytes: Uint8Array, format: ObjectFormat): Result<GitTag> {
  if (bytes.length > LIMITS.commitBytesMax)
    return fail(
      'LIMIT_EXCEEDED',
      `a tag of over ${LIMITS.commitBytesMax} bytes`,
      'Leave the tag out.',
    );
  const object = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (object.includes(0)) return malformed('a NUL byte');
  const fields = readFields(object);
  if (typeof fields === 'string') return malformed(fields);
  const flaw = findOrderFlaw(fields);
  if (flaw !== null) return malformed(flaw);
  return buildTag(object, fields, format);
}

/** The four headers, and only signatures after them (A66). */
function findOrderFlaw(fields: readonly HeaderField[]): string | null {
  const names = fields.map(({ name }) => name);
  if (HEADERS.some((name, at) => names[at] !== name)) return 'its headers are out of order';
  const more = names.slice(HEADERS.length);
  // mutant tag-unknown-header by git/tag: value -> undefined
  const odd = more.find((name, at) => !SIGNATURES.includes(name) || more.indexOf(name) !== at);
  if (odd !== undefined) return `a header ${quoteText(odd)} that is unknown or occurs twice`;
  if (fields.slice(0, HEADERS.length).some(({ lines }) => lines.length > 1))
    return 'a header of one line has a continued line';
  return null;
}

function buildTag(
  object: Buffer,
  fields: readonly HeaderField[],
  format: ObjectFormat,
): Result<GitTag> {
  const [first, second, third, fourth] = fields;
  const target = first === undefined ? null : readObjectId(first, format);
  const type = TARGETS.find((one) => one === readText(second));
  const name = readText(third);
  const tagger = readPerson(fourth);
  if (target === null || type === undefined) return malformed('it names no object of git');
  if (name === null || name === '') return malformed('its name is no text');
  if (tagger === null) return malformed('the tagger is not NAME <E-MAIL> TIME ZONE');
  const starts = findSignatures(object);
  // mutant tag-of-two-signatures by git/tag: remove
  if (starts.length > 1) return malformed('it has more than one signature');
  const [start] = starts;
  const payload = object.subarray(0, start ?? object.length);
  const text = start === undefined ? null : object.subarray(start);
  return ok({
    id: createHash(format).update(`tag ${object.length}\0`).update(object).digest('hex'),
    name,
    target: { id: target, type },
    tagger,
    author: tagger,
    committer: tagger,
    subject: readSubject(payload, (fields.at(-1)?.to ?? 0) + 1),
    signature: text === null ? null : { format: findSignatureFormat(text) ?? 'unknown', text },
    payload: removeSignatures(payload, fields),
  });
}

function readText(field: HeaderField | undefined): string | null {
  const line = field?.lines[0]?.subarray(0, -1);
  const text = line?.toString('utf8');
  return line !== undefined && text !== undefined && Buffer.from(text).equals(line) ? text : null;
}

const BEGIN = '-----BEGIN ';

/** Where a line begins a signature. git takes the last one, and what is before it is signed. */
function findSignatures(object: Buffer): readonly number[] {
  const starts: number[] = [];
  for (
    let at = object.indexOf(BEGIN);
    at >= 0 && starts.length < 2;
    at = object.indexOf(BEGIN, at + 1)
  )
    if ((at === 0 || object[at - 1] === 0x0a) && findSignatureFormat(object.subarray(at)) !== null)
      starts.push(at);
  return starts;
}

function malformed(why: string): Result<never> {
  return fail(
    'MALFORMED',
    `not a tag object: ${why}`,
    'Show it with git cat-file tag, and create it again.',
  );
}
