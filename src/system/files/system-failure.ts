import { Failure, type FailureCode, toFailure } from '../../core/failure.ts';

const CODES: Readonly<Record<string, readonly [FailureCode, string]>> = {
  ENOSPC: ['DISK_FULL', 'Free some space and run it again.'],
  EDQUOT: ['DISK_FULL', 'Free some space, or ask for a larger quota, and run it again.'],
  EFBIG: ['DISK_FULL', 'Raise the limit of file sizes (ulimit -f) and run it again.'],
  EROFS: ['FILE_UNWRITABLE', 'Name a folder that may be written to.'],
  ENOENT: ['FILE_NOT_FOUND', 'Check the path.'],
  ENOTDIR: ['FILE_NOT_FOUND', 'Check the path: a part of it is a file.'],
  EADDRINUSE: ['PORT_IN_USE', 'Listen on another port, or end the other process.'],
  EADDRNOTAVAIL: ['PORT_IN_USE', 'Listen on an address of this machine.'],
};

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
 * What was thrown, as a Failure: what the operating system refused is no defect of Waybill, whoever
 * asked it.
 */
export function toSystemFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure && thrown.code !== 'INTERNAL') return thrown;
  const cause = thrown instanceof Failure && thrown.cause !== undefined ? thrown.cause : thrown;
  const { code, syscall } = readErrno(cause);
  const known = CODES[code];
  if (known !== undefined && syscall !== '')
    return new Failure(known[0], readMessage(cause), known[1], { cause });
  if (code !== 'EACCES' && code !== 'EPERM') return toFailure(thrown);
  const denied = READING.has(syscall) ? 'FILE_UNREADABLE' : 'FILE_UNWRITABLE';
  return new Failure(denied, readMessage(cause), 'Check who owns it and its permissions.', {
    cause,
  });
}

function readErrno(thrown: unknown): { readonly code: string; readonly syscall: string } {
  const { code, syscall } = thrown instanceof Error ? (thrown as NodeJS.ErrnoException) : {};
  return { code: String(code ?? ''), syscall: syscall ?? '' };
}

function readMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
