import { Failure, type FailureCode } from '../../core/failure.ts';
import type { PurlParts } from '../../core/purl.ts';
import type { ProgramLayout } from '../../formats/program/loaded-part.ts';
import type { PartReader, PartReading } from '../../formats/program/part-reading.ts';
import type { Component, OperatingSystem, Skip } from './component.ts';
import type { WantedFiles } from './wanted-files.ts';

/**
 * How a target is read: installed packages count in a root file system, locked ones in a source
 * tree.
 */
export type TargetKind = 'root-file-system' | 'source-tree';

/** A component before the whole target is read: its distribution and its layer are added last. */
export interface Draft extends Omit<Component, 'purl' | 'layer' | 'dependsOn'> {
  readonly parts: PurlParts;
  /**
   * Keys (`key`) of other drafts of the same file, as far as they were resolved; where `combine`
   * adds them, of any file of the ecosystem.
   */
  readonly needs: readonly string[];
  readonly key: string;
  /** For a package of a distribution, who made it. */
  readonly maker?: PackageMaker;
  /** Who it says that made it, where only the distribution around it tells whether that is one. */
  readonly vendor?: string;
  /** What its lists of files are called, where that is not its name. */
  readonly listName?: string;
}

/** Whether a package says that the distribution made it, that somebody else did, or nothing. */
export type PackageMaker = 'distribution' | 'other' | 'unstated';

/** Digests by which package managers record files. */
export type FileAlgorithm = 'md5' | 'sha1' | 'sha256';

/** The files of one package of a distribution, as its package manager recorded them. */
export interface OwnedFiles {
  /** Its key, or its name: `libc6:amd64`. */
  readonly package: string;
  /** One a line: paths, or digests in hex with paths, as md5sum(1) prints them. */
  readonly form: 'paths' | `${FileAlgorithm}sums`;
  readonly lines: Uint8Array;
}

export interface FoundFile {
  /** The path by which the extractor wanted it. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** A file of machine code, with what its tables say, which are read once. */
export interface ProgramFile {
  readonly path: string;
  readonly size: number;
  /** One for each architecture; empty for another format. */
  readonly layouts: readonly ProgramLayout[];
}

/** What was read from one file. */
export interface Extraction {
  readonly drafts: readonly Draft[];
  readonly skips: readonly Skip[];
  /** What was read in one of several possible ways: which, and why that is right. */
  readonly notes?: readonly string[];
  readonly os?: OperatingSystem;
  /** Licence expressions of one package of a distribution. */
  readonly licenses?: { readonly package: string; readonly expressions: readonly string[] };
  /**
   * Files, by path from its own folder, that belong to what it lists or to the application that it
   * describes.
   */
  readonly explains?: readonly string[];
  /** What a program says that it is, where that names no component for certain. */
  readonly identity?: string;
  /** Keys of drafts that the project itself requires; absent where the file does not say. */
  readonly direct?: readonly string[];
  /** The file requires packages, which another file must lock or install. */
  readonly declares?: ProjectManifest;
  /** The file locks packages for manifests: `CoverageCheck`. */
  readonly locks?: CoverageCheck;
  /** The folder whose manifests it locks, where that is not its own. */
  readonly lockFolder?: string;
  /** Why the inventory is partial where the file locks packages and no manifest is beside it. */
  readonly lacksManifest?: Skip;
  /** The file shows that a package is installed. */
  readonly installs?: InstalledPackage;
  /** Files that packages of a distribution installed; of one file a line with its digest counts. */
  readonly owned?: readonly OwnedFiles[];
  /**
   * What the file says, for other files of its project: `complete` of those, or
   * `Ecosystem.combine`, knows its class.
   */
  readonly document?: object;
  /** Called when all files are read: what the file gives beside them, in place of this. */
  readonly complete?: (find: DocumentFinder) => Extraction;
  /** Files that a package of another kind installed, as its own record says. */
  readonly recorded?: RecordedFiles;
}

/** It counts where the file that describes the package was read. */
export interface RecordedFiles {
  /** The path of that file; the recording file itself may be it. */
  readonly of: string;
  readonly files: readonly RecordedFile[];
}

export interface RecordedFile {
  /** From the root. */
  readonly path: string;
  /** In bytes, null where it is not recorded: a file of another size is not the recorded one. */
  readonly size: number | null;
}

/** The document of the file at a path, if one of that class was read there. */
export type DocumentFinder = <T extends object>(
  path: string,
  kind: abstract new (...parts: never[]) => T,
) => T | null;

/** A file of a source tree that requires packages. */
export interface ProjectManifest {
  readonly path: string;
  /** What a lock calls the project; null where it has no name. */
  readonly name: string | null;
  readonly requests: readonly PackageRequest[];
  /**
   * Why the inventory is partial where nothing locks or installs what it requires; null where it
   * requires nothing.
   */
  readonly uncovered: Skip | null;
  /** Its own version; absent or null where it has none. */
  readonly version?: string | null;
  /** Patterns of the folders whose manifests share its lock. */
  readonly members?: readonly string[];
  /** Names whose versions it sets itself, no matter who asks for them. */
  readonly overridden?: readonly string[];
}

export interface PackageRequest {
  readonly name: string;
  /** As written: a range, a tag, an address. */
  readonly spec: string;
  /** `peer`: some versions of the package manager neither lock nor install it. */
  readonly kind: 'required' | 'optional' | 'peer' | 'optional-peer';
  /** Only for development; absent where it is not, or the manifest does not say so. */
  readonly development?: boolean;
}

/**
 * Null for a manifest that the lock is not for: a lock above it says nothing of it unless it names
 * it. Otherwise what the lock lacks of it; empty where they agree. `wasRead` tells whether the
 * inventory read a file.
 */
export type CoverageCheck = (
  manifest: ProjectManifest,
  wasRead: (path: string) => boolean,
) => readonly Skip[] | null;

export interface InstalledPackage {
  /** Manifests in this folder, and below it, find the package. */
  readonly folder: string;
  /** As manifests there call it. */
  readonly name: string;
  /** Its own folder: what it needs is found there or above. */
  readonly home: string;
  /** Names that it cannot do without. */
  readonly needs: readonly string[];
  /** Where a package of that name is, below one of the folders above. */
  locate(folder: string, name: string): string;
  meets(request: PackageRequest): boolean;
}

/**
 * Reads one format. The host finds, bounds and opens files; an extractor only parses bytes, does no
 * I/O, keeps no view of the bytes, and throws only Failure, which becomes a Skip and makes the
 * inventory partial.
 */
export interface Extractor {
  readonly name: string;
  /** Whether finding such a file means that a package database is here. */
  readonly database: boolean;
  readonly reads: readonly TargetKind[];
  readonly bytesMax: number;
  /** Whether it is the database that a whole distribution is installed by. */
  readonly system?: true;
  /** By its path: `FileTable` finds those who want a file. */
  readonly wants: WantedFiles;
  /** Whether it wants a file by its first bytes: asked for each that no name says enough of. */
  recognises?(head: Uint8Array, size: number): boolean;
  /**
   * Whether a wanted or recognised file is to be read whole, where parts of it can be read first:
   * true unless they show that there is nothing in it to extract.
   */
  isWorthReading?(path: string, size: number, read: PartReader): Promise<boolean>;
  extract(file: FoundFile): Extraction;
  /**
   * What machine code says of its own build: asked of every program, whatever it is called. It gets
   * the parts that it asks for. Null where the program says nothing that is read here; else the
   * program belongs to what was found.
   */
  readProgram?(program: ProgramFile): PartReading<Extraction | null>;
  /**
   * Folders whose names alone say which packages are installed: `extract` gets the path of each one
   * that has something in it, and no bytes. A root file system only.
   */
  readonly namedFolders?: NamedFolders;
  /** Whether a file does not count beside others that were read. */
  isShadowed?(path: string, paths: ReadonlySet<string>): boolean;
  /**
   * Whether a file counts for nothing where a package of the distribution installed it: the
   * advisories of that package cover it, and those of its origin do not know its fixes.
   */
  readonly yieldsToOwner?: true;
  /** The folder whose files belong to the package that this file describes. */
  findOwnFolder?(path: string): string;
}

export interface NamedFolders {
  /** The folder that they are in. */
  readonly root: string;
  /** Whether a folder with that name is one of them. */
  wants(name: string): boolean;
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

/** The place and why, the place once: many causes begin with it. */
export function describeSkip({ location, cause }: Skip): string {
  return cause.message.startsWith(`${location}: `)
    ? cause.message
    : `${location}: ${cause.message}`;
}

/** The last segment of a path. */
export function takeBaseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The part before the last segment; empty for a path of one. */
export function takeDirectory(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}
