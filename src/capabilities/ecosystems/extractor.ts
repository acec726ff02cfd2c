import { Failure, type FailureCode } from '../../core/failure.ts';
import type { PurlParts } from '../../core/purl.ts';
import type { Component, OperatingSystem, Skip } from './component.ts';

/**
 * How a target is read: installed packages count in a root file system, locked ones in a source
 * tree.
 */
export type TargetKind = 'root-file-system' | 'source-tree';

/** A component before the whole target is read: its distribution and its layer are added last. */
export interface Draft extends Omit<Component, 'purl' | 'layer' | 'dependsOn'> {
  readonly parts: PurlParts;
  /** Keys (`key`) of other drafts of the same file, as far as they were resolved. */
  readonly needs: readonly string[];
  readonly key: string;
}

export interface FoundFile {
  /** The path by which the extractor wanted it. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What was read from one file. */
export interface Extraction {
  readonly drafts: readonly Draft[];
  readonly skips: readonly Skip[];
  readonly os?: OperatingSystem;
  /** Licence expressions of one package of a distribution. */
  readonly licenses?: { readonly package: string; readonly expressions: readonly string[] };
  /**
   * The file requires packages, which another file must lock or install (`covers`). Where none
   * does, this is why the inventory is partial.
   */
  readonly declares?: Skip;
  /** Keys of drafts that the project itself requires; absent where the file does not say. */
  readonly direct?: readonly string[];
  /** Paths that a package of a distribution owns, one per line, from the root. */
  readonly owned?: Uint8Array;
}

/**
 * Reads one format. The host finds, bounds and opens files; an extractor only parses bytes, does no
 * I/O, and throws only Failure, which becomes a Skip and makes the inventory partial.
 */
export interface Extractor {
  readonly name: string;
  /** Whether finding such a file means that a package database is here. */
  readonly database: boolean;
  readonly reads: readonly TargetKind[];
  readonly bytesMax: number;
  /** Whether it is the database that a whole distribution is installed by. */
  readonly system?: true;
  wants(path: string): boolean;
  extract(file: FoundFile): Extraction;
  /**
   * The folder in which, and below which, a file that was read says what is installed: its
   * ecosystem's declarations in it are covered.
   */
  covers?(path: string): string | null;
  /** Whether a file does not count beside others that were read. */
  isShadowed?(path: string, paths: ReadonlySet<string>): boolean;
  /**
   * What is left of an extraction where a package of the distribution owns the file and its
   * advisories cover it; the same object where nothing changes.
   */
  reduceOwned?(extraction: Extraction, path: string): Extraction;
}

export const NOTHING: Extraction = { drafts: [], skips: [] };

export function createSkip(
  location: string,
  code: FailureCode,
  message: string,
  remedy: string,
  cause?: unknown,
): Skip {
  return {
    location,
    cause: new Failure(
      code,
      `${location}: ${message}`,
      remedy,
      cause === undefined ? {} : { cause },
    ),
  };
}

/** The last segment of a path. */
export function takeBaseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The part before the last segment; empty for a path of one. */
export function takeDirectory(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}
