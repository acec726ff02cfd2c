import { createHash } from 'node:crypto';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { quoteText } from '../reason.ts';
import {
  type CommitSignature,
  type GitPerson,
  type HeaderField,
  type ObjectFormat,
  readFields,
  readObjectId,
  readPerson,
  readSignature,
  readSubject,
  removeSignatures,
} from './object-headers.ts';

/** One commit object, byte for byte as in git; nothing in it is trusted yet. */
export interface GitCommit {
  readonly id: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: GitPerson;
  readonly committer: GitPerson;
  /** First line of the message. */
  readonly subject: string;
  readonly signature: CommitSignature | null;
  /**
   * What the signature covers: the object without its signature headers, exactly as git cuts them
   * out.
   */
  readonly payload: Uint8Array;
}

/** A commit has at most one of each of these: two readers must not see two commits (A66). */
const ONLY_ONCE = ['tree', 'author', 'committer', 'encoding', 'gpgsig', 'gpgsig-sha256'];
const SIGNATURE_HEADER = { sha1: 'gpgsig', sha256: 'gpgsig-sha256' } as const;

/**
 * Reads a raw commit object: tree, parents, author and committer in this order and as often as
 * allowed, then any other headers, a blank line, and the message. Lines end in a line feed; a
 * carriage return is part of a line.
 *
 * @example parseCommit(bytesOfTheObject, 'sha1')
 */
export function parseCommit(bytes: Uint8Array, format: ObjectFormat): Result<GitCommit> {
  if (bytes.length > LIMITS.commitBytesMax) {
    return fail(
      'LIMIT_EXCEEDED',
      `a commit of over ${LIMITS.commitBytesMax} bytes`,
      'Leave the commit out.',
    );
  }
  const object = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (object.includes(0)) return malformed('a NUL byte');
  const fields = readFields(object);
  if (typeof fields === 'string') return malformed(fields);
  return buildCommit(object, fields, format);
}

function buildCommit(
  object: Buffer,
  fields: readonly HeaderField[],
  format: ObjectFormat,
): Result<GitCommit> {
  const flaw = findOrderFlaw(fields);
  if (flaw !== null) return malformed(flaw);
  const parents = fields.filter(({ name }) => name === 'parent');
  if (parents.length > LIMITS.commitParentsMax) {
    return fail(
      'LIMIT_EXCEEDED',
      `a commit of over ${LIMITS.commitParentsMax} parents`,
      'Leave the commit out.',
    );
  }
  const ids = [...fields.slice(0, 1), ...parents].map((field) => readObjectId(field, format));
  const [author, committer] = ['author', 'committer'].map((name) =>
    readPerson(fields.find((one) => one.name === name)),
  );
  const [tree, ...parentIds] = ids;
  if (tree === undefined || tree === null || parentIds.includes(null))
    return malformed('a tree or parent is not an object name');
  if (author === null || author === undefined)
    return malformed('the author is not NAME <E-MAIL> TIME ZONE');
  if (committer === null || committer === undefined)
    return malformed('the committer is not NAME <E-MAIL> TIME ZONE');
  return ok({
    id: createHash(format).update(`commit ${object.length}\0`).update(object).digest('hex'),
    tree,
    parents: parentIds as readonly string[],
    author,
    committer,
    subject: readSubject(object, (fields.at(-1)?.to ?? 0) + 1),
    signature: readSignature(fields.find(({ name }) => name === SIGNATURE_HEADER[format])),
    payload: removeSignatures(object, fields),
  });
}

/** Tree, parents, author, committer, and the headers that may follow them. */
function findOrderFlaw(fields: readonly HeaderField[]): string | null {
  const names = fields.map(({ name }) => name);
  // mutant commit-header-twice: value 2 -> false
  const twice = ONLY_ONCE.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (twice !== undefined) return `${twice} occurs twice`;
  const missing = ['tree', 'author', 'committer'].find((name) => !names.includes(name));
  if (missing !== undefined) return `${missing} is missing`;
  const author = names.indexOf('author');
  const begins = names[0] === 'tree' && names[author + 1] === 'committer';
  if (!begins || names.slice(1, author).some((name) => name !== 'parent'))
    return 'its headers are out of order';
  if (names.slice(author).includes('parent')) return 'a parent is after the author';
  if (fields.slice(0, author + 2).some(({ lines }) => lines.length > 1))
    return `a header of one line has a continued line`;
  // Git leaves every header that begins with these letters out of the signed bytes: no header may
  // be hidden in this way.
  const odd = names.find((name) => name.startsWith('gpgsig') && !ONLY_ONCE.includes(name));
  if (odd !== undefined) return `an unknown header ${quoteText(odd)}`;
  return null;
}

function malformed(why: string): Result<never> {
  return fail(
    'MALFORMED',
    `not a commit object: ${why}`,
    'Show it with git cat-file commit, and create it again.',
  );
}
