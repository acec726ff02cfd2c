import { Failure, toFailure } from '../../core/failure.ts';
import { classifyErrno } from '../files/errno.ts';

const KEEP = 'What was acknowledged before is kept.';

/**
 * What SQLite reports, as a Failure with a remedy; the primary result code is the low byte
 * (sqlite.org/rescode.html).
 */
export function sqliteFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const code = readResultCode(thrown);
  if (code === null) return systemFailure(thrown);
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  const cause = { cause: thrown };
  switch (code) {
    case 5:
    case 6:
      return new Failure(
        'STORE_LOCKED',
        `another process holds the database: ${why}`,
        'End the other process or wait for it.',
        cause,
      );
    case 13:
      return new Failure(
        'DISK_FULL',
        `the disk is full: ${why}`,
        `Free some space and run the command again. ${KEEP}`,
        cause,
      );
    case 11:
    case 26:
      return new Failure(
        'STORE_CORRUPT',
        `the database is damaged: ${why}`,
        'Restore it from a backup; the old file was left as it is.',
        cause,
      );
    case 8:
    case 10:
      return new Failure(
        'FILE_UNWRITABLE',
        `the database cannot be written: ${why}`,
        `Check the file and its disk. ${KEEP}`,
        cause,
      );
    case 14:
      return new Failure(
        'FILE_UNREADABLE',
        `the database cannot be opened: ${why}`,
        'Check the path and its permissions.',
        cause,
      );
    default:
      return toFailure(thrown);
  }
}

/** The error of the operating system when the file or its folder is made. */
function systemFailure(thrown: unknown): Failure {
  const kind = classifyErrno(thrown);
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  const cause = { cause: thrown };
  if (kind === 'full') {
    return new Failure(
      'DISK_FULL',
      `the disk is full: ${why}`,
      'Free some space and run the command again.',
      cause,
    );
  }
  if (kind === null || kind === 'link' || kind === 'address-taken') return toFailure(thrown);
  return new Failure(
    'FILE_UNWRITABLE',
    `the database cannot be created: ${why}`,
    'Choose another place for the database.',
    cause,
  );
}

/** The primary result code of an error of SQLite, or null. */
export function readResultCode(thrown: unknown): number | null {
  if (typeof thrown !== 'object' || thrown === null || !('errcode' in thrown)) return null;
  return typeof thrown.errcode === 'number' ? thrown.errcode & 0xff : null;
}
