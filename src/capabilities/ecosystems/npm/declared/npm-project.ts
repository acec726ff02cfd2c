import type { NpmLock } from '../lock/read-lock.ts';
import type { Npmrc } from './npmrc.ts';
import type { NpmManifest } from './read-manifest.ts';

/** One project: a lock with the manifests that it is for, or a manifest without a lock. */
export interface NpmProject {
  readonly lock: NpmLock | null;
  /** Without a lock: that of another package manager for these manifests, which is not read. */
  readonly otherLock: string | null;
  /** By folder, relative to the folder of the lock; the root is the empty text. */
  readonly manifests: readonly {
    readonly file: string;
    readonly folder: string;
    readonly manifest: NpmManifest;
  }[];
  readonly npmrc: Npmrc;
}
