import { Failure, type FailureCode, toFailure } from '../../core/failure.ts';
import { getOwn } from '../../core/own.ts';

/** What the operating system reports, for any operation. */
export type ErrnoKind =
  | 'absent'
  | 'address-taken'
  | 'denied'
  | 'exists'
  | 'folder'
  | 'full'
  | 'link'
  | 'name'
  | 'read-only';

/** The one table of errno(3) names; a name that is not in it has no meaning of its own here. */
const KINDS: Readonly<Record<string, ErrnoKind>> = {
  ENOENT: 'absent',
  ENOTDIR: 'absent',
  EADDRINUSE: 'address-taken',
  EADDRNOTAVAIL: 'address-taken',
  EACCES: 'denied',
  EPERM: 'denied',
  EEXIST: 'exists',
  EISDIR: 'folder',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  ELOOP: 'link',
  EMLINK: 'link',
  ENAMETOOLONG: 'name',
  EROFS: 'read-only',
};

const REMEDIES: Readonly<Record<string, string>> = {
  ENOTDIR: 'Check the path: one of its parent folders is a file.',
  EADDRINUSE: 'Listen on another port, or end the other process.',
  EADDRNOTAVAIL: 'Listen on an address of this machine.',
  ENOSPC: 'Free some space and run the command again.',
  EDQUOT: 'Free some space, or request a larger quota, and run the command again.',
  EFBIG: 'Raise the limit of file sizes (ulimit -f) and run the command again.',
};

/** `ENOENT` and similar; empty when nothing of that kind was thrown. */
export function readErrno(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
}

/** Null for an error that is not known here. */
export function classifyErrno(thrown: unknown): ErrnoKind | null {
  return getOwn(KINDS, readErrno(thrown)) ?? null;
}

/** Whether the file, or the folder that it would be in, does not exist. */
export function isAbsent(thrown: unknown): boolean {
  return classifyErrno(thrown) === 'absent';
}

/** Reading a file or folder; writing one; making one that must not exist yet. */
export type FileAction = 'read' | 'write' | 'create';

/**
 * The error that was thrown while this was done to `path`, as a Failure; a Failure stays as it is.
 */
export function toFileFailure(path: string, thrown: unknown, action: FileAction = 'read'): Failure {
  if (thrown instanceof Failure) return thrown;
  return action === 'read' ? toReadFailure(path, thrown) : toWriteFailure(path, thrown, action);
}

function toReadFailure(path: string, thrown: unknown): Failure {
  const make = (code: FailureCode, why: string, remedy: string): Failure =>
    new Failure(code, `${path} ${why}`, remedy, { cause: thrown });
  switch (classifyErrno(thrown)) {
    case 'absent':
      return make('FILE_NOT_FOUND', 'does not exist', 'Check the path.');
    case 'folder':
      return make('FILE_UNREADABLE', 'is a folder', 'Name a file.');
    case 'link':
      return make('UNSAFE_PATH', 'is a symbolic link, or a loop of them', 'Name the file itself.');
    default: {
      const why = `cannot be read (${readErrno(thrown) || 'unknown error'})`;
      return make('FILE_UNREADABLE', why, 'Check the path and its permissions.');
    }
  }
}

function toWriteFailure(path: string, thrown: unknown, action: FileAction): Failure {
  const cause = { cause: thrown };
  const kind = classifyErrno(thrown);
  const message = `${path} could not be written`;
  if (kind === 'full')
    return new Failure('DISK_FULL', message, getOwn(REMEDIES, readErrno(thrown)) ?? '', cause);
  if (kind === 'exists' && action === 'create') {
    const remedy = 'Choose another name; an existing file is never overwritten.';
    return new Failure('FILE_UNWRITABLE', `${path} exists already`, remedy, cause);
  }
  const remedy =
    kind === 'name'
      ? 'Use a shorter name or path.'
      : 'Check that the folder exists and is writable.';
  return new Failure('FILE_UNWRITABLE', message, remedy, cause);
}

/** Calls that only read; all other calls would have changed something. */
const READING = new Set([
  'open',
  'read',
  'scandir',
  'stat',
  'lstat',
  'fstat',
  'readlink',
  'realpath',
  'access',
]);

/**
 * The error of an unknown operation, as a Failure: what the operating system refused is not a
 * defect of Waybill.
 */
export function toSystemFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure && thrown.code !== 'INTERNAL') return thrown;
  const cause = thrown instanceof Failure && thrown.cause !== undefined ? thrown.cause : thrown;
  const syscall = cause instanceof Error ? (cause as NodeJS.ErrnoException).syscall : undefined;
  const [code, remedy] = chooseSystemCode(cause, syscall) ?? [];
  if (code === undefined || remedy === undefined) return toFailure(thrown);
  const message = cause instanceof Error ? cause.message : String(cause);
  return new Failure(code, message, getOwn(REMEDIES, readErrno(cause)) ?? remedy, { cause });
}

function chooseSystemCode(
  cause: unknown,
  syscall: string | undefined,
): readonly [FailureCode, string] | null {
  const kind = classifyErrno(cause);
  const code = READING.has(syscall ?? '') ? 'FILE_UNREADABLE' : 'FILE_UNWRITABLE';
  if (kind === 'denied') return [code, 'Check its owner and its permissions.'];
  if (syscall === undefined) return null;
  if (kind === 'full') return ['DISK_FULL', 'Free some space and run the command again.'];
  if (kind === 'absent') return ['FILE_NOT_FOUND', 'Check the path.'];
  if (kind === 'name') return [code, 'Use a shorter name or path.'];
  if (kind === 'link') return ['UNSAFE_PATH', 'Name the file itself, not a loop of links.'];
  if (kind === 'address-taken') return ['PORT_IN_USE', 'Listen on another port.'];
  if (kind === 'read-only') return ['FILE_UNWRITABLE', 'Name a folder that is writable.'];
  return null;
}
