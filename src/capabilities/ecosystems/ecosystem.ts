import type { PurlParts } from '../../core/purl.ts';
import type { OperatingSystem } from './component.ts';
import type { DeclarationReader } from './declarations.ts';
import type { Draft, Extraction, Extractor, FileAlgorithm } from './extractor.ts';
import type { FixPlanner } from './fix.ts';
import type { LicencePlace, NamedPackage } from './licence-place.ts';
import type { AdvisoryNaming } from './package-address.ts';
import type { RequirementPlace } from './requirement-place.ts';

/**
 * All that Waybill knows of one ecosystem. A member that is left out is not supported: an ecosystem
 * without `advisories` is never matched, and the scan reports it. `list.ts` is the only list; no
 * other code asks which ecosystem something is.
 */
export interface Ecosystem {
  /** One word, as reports and surveys show it: `npm`. */
  readonly name: string;
  /** The purl types of its packages; each belongs to one ecosystem. */
  readonly purlTypes: readonly string[];
  /** How its own tools write the name of a package; `namespace/name` where it is left out. */
  readonly formatName?: (parts: PurlParts) => string;
  /** The name of its packages in advisories, and the order of its versions. */
  readonly advisories?: AdvisoryNaming;
  /** The files by which its packages are found. */
  readonly extractors?: readonly Extractor[];
  /**
   * What its files say together: an extraction for each one, in the same order. Called once for a
   * target, with all files that count; throws only Failure. `readLink` gives the target of a link
   * at a real path; null where there is none.
   */
  readonly combine?: (
    files: readonly ExtractedFile[],
    readLink: (path: string) => string | null,
  ) => readonly Extraction[];
  /** What shows that it is used here; the first marker that matches a path counts. */
  readonly markers?: readonly FileMarker[];
  /**
   * Folders at a fixed place of a root file system. Where links lead such a folder elsewhere, its
   * files are read there: a database on another path must not hide packages.
   */
  readonly fixedFolders?: readonly string[];
  /** A folder, in any place, that its packages are installed into. */
  readonly installFolder?: InstallFolder;
  /** What a source tree requires, with pins and registries. */
  readonly declarations?: DeclarationReader;
  /** What its files say about registries, for a user who sets Waybill up. */
  readonly mentions?: MentionReader;
  /** Pins and upgrades of declared dependencies. */
  readonly fixes?: FixPlanner;
  /** Where folders of its packages keep what one says of its licence, the best place first. */
  readonly listLicencePlaces?: (one: NamedPackage) => readonly LicencePlace[];
  /**
   * Where a folder of its packages keeps what one of them requires, for an ecosystem whose files in
   * a tree do not say it; null for a package that is in no such folder.
   */
  readonly findRequirements?: (one: NamedPackage) => RequirementPlace | null;
  /** Who supplies its packages, by the namespace of their purls. */
  readonly suppliers?: Readonly<Record<string, string>>;
  /** Set where its packages are those of a distribution. */
  readonly distribution?: Distribution;
}

/** What one file said by itself. */
export interface ExtractedFile {
  readonly path: string;
  readonly extraction: Extraction;
}

export interface FileMarker {
  /** Matches a path from the root, with `/` between segments. */
  readonly pattern: RegExp;
  /**
   * `read`: an inventory lists packages by it. `declares`: it only requires packages. `unread`: its
   * packages are not listed, which makes the inventory of a source tree partial.
   */
  readonly means: 'read' | 'declares' | 'unread';
}

/** `node_modules`: it is read in any place, and behind any link that leads to it. */
export interface InstallFolder {
  readonly name: string;
  /** A lock replaces the folder beside it, which is then not read. */
  isLock(path: string): boolean;
  /**
   * What a link at this path leads to, where packages are found by it: links of one kind say the
   * same of what is behind them. Null for every other path.
   */
  classifyLink(path: string): string | null;
}

/** What is specific to the packages of a distribution. */
export interface Distribution {
  /** As in "its Debian packages". */
  readonly title: string;
  /** Vendor and release, which are known after the whole target is read. */
  completeParts(parts: PurlParts, os: OperatingSystem | null): PurlParts;
  /** The file with the licences of a package, where the database itself does not name them. */
  findLicencePath?(draft: Draft): string;
  /** Whether the advisories for a package cover a file that it installed. */
  coversFile(draft: Draft, path: string, os: OperatingSystem | null): boolean;
  /** How its database records the content of files, and the paths that show that it is used. */
  readonly files?: { readonly algorithm: FileAlgorithm; readonly sign: RegExp };
}

/** A value that a file names, and where: `.npmrc:3`. */
export interface Mention {
  readonly value: string;
  readonly place: string;
}

export interface FileMentions {
  /** Registries of packages: host and path. */
  readonly registries: readonly Mention[];
  /** Images that a build starts from. */
  readonly images: readonly Mention[];
}

/** Reports what a person configured, not what a gate may believe: these are not facts. */
export interface MentionReader {
  wants(path: string): boolean;
  /** Larger files are named and skipped; `surveyFileBytesMax` by default. */
  bytesMax?(path: string): number;
  read(path: string, text: string): FileMentions;
}
