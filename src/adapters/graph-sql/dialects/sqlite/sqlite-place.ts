import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from '../../../../core/failure.ts';

/**
 * File systems on which the locks or write-ahead logs of SQLite are not safe (statfs(2),
 * sqlite.org/wal.html "network").
 */
const UNSAFE_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9p'],
  [0x65735546, 'FUSE'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x47504653, 'GPFS'],
  [0x0bd00bd0, 'Lustre'],
]);

/** The reason why a file system of this statfs type is refused, or null. */
export function describeUnsafeFileSystem(type: number): string | null {
  return UNSAFE_FILE_SYSTEMS.get(type >>> 0) ?? null;
}

export interface SqlitePlace {
  readonly path: string;
  /** The statfs type of the folder; read from the disk unless given. */
  readonly fileSystemType?: number;
  readonly lockWaitMs?: number;
  /**
   * For work that is to stay small in memory: pages kept, in kB, and no part of the file mapped.
   */
  readonly cacheKb?: number;
  /** Whose rows are read and written; absent: those of shard 1. */
  readonly tenant?: string;
}

/** Refuses a folder on a file system of this statfs type if SQLite may lose data there. */
export function requireSafe(folder: string, fileSystemType: number): void {
  const unsafe = describeUnsafeFileSystem(fileSystemType);
  if (unsafe === null) return;
  const why = `${folder} is on ${unsafe}, where SQLite may lose data`;
  throw new Failure('STORE_UNSAFE', why, 'Put the database on a local disk.');
}

/**
 * The statfs type of a folder. If the folder does not exist yet: of the nearest existing folder
 * above it.
 */
export function requireSafeFolder(folder: string): void {
  if (existsSync(folder)) requireSafe(folder, Number(statfsSync(folder).type));
  else if (dirname(folder) !== folder) requireSafeFolder(dirname(folder));
}
