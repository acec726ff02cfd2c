import type { Descriptor, Platform } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import type { Failure } from '../../core/failure.ts';
import type { Result } from '../../core/result.ts';
import type { FilePart } from '../../formats/program/part-reading.ts';

export interface TreeEntry {
  /** Relative to the root, `/` between segments, no `.` or `..`, on every platform. */
  readonly path: string;
  /**
   * `other` is a device, socket or pipe; `unreadable` a folder or file that could not be read;
   * `pseudo` a folder with the state of the machine (`/proc`), whose content is left out.
   */
  readonly kind: 'file' | 'directory' | 'symlink' | 'other' | 'unreadable' | 'pseudo';
  readonly size: number;
  /** The target of a symlink, as written in it. */
  readonly target?: string;
  /** Whether any user may execute the file; absent where the platform does not say. */
  readonly executable?: boolean;
  /** What a `pseudo` folder is: `proc`. */
  readonly fileSystem?: string;
  /** Why an entry is `unreadable`. */
  readonly failure?: Failure;
}

export interface WalkOptions {
  /**
   * Called for each directory after all entries of its parent were given; false leaves its content
   * out.
   */
  readonly descend?: (path: string) => boolean;
}

/**
 * Files below one root.
 *
 * Laws: `entries` gives each path once (an unlistable folder once more, as `unreadable`),
 * the entries of a directory before those of its subdirectories, and follows no symlink. `read`
 * gives a regular file whole; a symlink, a special file and a path outside the root are
 * UNSAFE_PATH, a file over `bytesMax` is LIMIT_EXCEEDED, an absent one FILE_NOT_FOUND; it never
 * throws. `open` gives the same bytes in pieces, each valid until the next is requested, and throws
 * a Failure. `readPart` gives the bytes from an offset, fewer than asked only at the end of the
 * file, under the rules of `read`.
 */
export interface FileTree {
  entries(options?: WalkOptions): AsyncIterable<TreeEntry>;
  read(path: string, bytesMax: number): Promise<Result<Uint8Array>>;
  /**
   * Gives the memory of what `read` gave back at once, where the tree can: nobody may look at it
   * afterwards. Many large archives would else fill the memory until it is collected.
   */
  release?(bytes: Uint8Array): void;
  readPart(path: string, part: FilePart): Promise<Result<Uint8Array>>;
  open(path: string): AsyncIterable<Uint8Array>;
}

/**
 * Raw bytes of one layer, as the registry or archive holds them; nothing about them is trusted yet.
 */
export interface LayerContent {
  readonly descriptor: Descriptor;
  /**
   * May be called more than once; each call reads from the start, and its pieces are not reused.
   */
  open(): AsyncIterable<Uint8Array>;
}

/**
 * One image of one platform. `config` was verified against the manifest with the digest `digest`;
 * the layers were not: the inventory verifies digest, size and diff ID while it streams them.
 */
export interface ImageContent {
  readonly digest: Digest;
  readonly platform: Platform | null;
  readonly config: Uint8Array;
  /** The lowest layer first. */
  readonly layers: readonly LayerContent[];
}
