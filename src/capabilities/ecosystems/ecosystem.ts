import type { PurlParts } from '../../core/purl.ts';
import type { OperatingSystem } from './component.ts';
import type { DeclarationReader } from './declarations.ts';
import type { Extractor } from './extractor.ts';
import type { FixPlanner } from './fix.ts';
import type { AdvisoryNaming } from './package-address.ts';

/**
 * All that Waybill knows of one ecosystem. What a member is left out for is not done: an ecosystem
 * without `advisories` is never matched, and says so. `list.ts` is the only list; nobody else asks
 * which ecosystem something is.
 */
export interface Ecosystem {
  /** One word, as reports and surveys show it: `npm`. */
  readonly name: string;
  /** The purl types of its packages; each belongs to one ecosystem. */
  readonly purlTypes: readonly string[];
  /** How its own tools write the name of a package; `namespace/name` where it is left out. */
  readonly formatName?: (parts: PurlParts) => string;
  /** What advisories call its packages, and how its versions are ordered. */
  readonly advisories?: AdvisoryNaming;
  /** By what files its packages are found. */
  readonly extractors?: readonly Extractor[];
  /** What shows that it is used here; the first that matches a path counts. */
  readonly markers?: readonly FileMarker[];
  /**
   * Folders at a fixed place of a root file system. Where links lead such a folder elsewhere, its
   * files are looked for there: a database on another path must not hide packages.
   */
  readonly fixedFolders?: readonly string[];
  /** A folder of any place that its packages are installed into. */
  readonly installFolder?: InstallFolder;
  /** What a source tree asks for, with pins and registries. */
  readonly declarations?: DeclarationReader;
  /** What its files say of registries, for somebody who sets Waybill up. */
  readonly mentions?: MentionReader;
  /** Pins and upgrades of what is declared. */
  readonly fixes?: FixPlanner;
  /** Who supplies its packages, by the namespace of their purls. */
  readonly suppliers?: Readonly<Record<string, string>>;
  /** Where its packages are those of a distribution. */
  readonly distribution?: Distribution;
}

export interface FileMarker {
  /** Of a path from the root, with `/` between segments. */
  readonly pattern: RegExp;
  /**
   * `read`: an inventory lists packages by it. `declares`: it only asks for packages. `unread`: it
   * stands for packages that are not listed, which makes the inventory of a source tree partial.
   */
  readonly means: 'read' | 'declares' | 'unread';
}

/** `node_modules`: looked for wherever it lies, and wherever links lead from there. */
export interface InstallFolder {
  readonly name: string;
  /** A lock stands for the folder beside it, which is not looked into then. */
  isLock(path: string): boolean;
  /**
   * Whether a link at this path is one by which packages are found, and what for: links of one
   * kind say the same of what is behind them. Null for every other path.
   */
  classifyLink(path: string): string | null;
}

/** What is true of packages that a distribution consists of. */
export interface Distribution {
  /** As in "its Debian packages". */
  readonly title: string;
  /** Vendor and release, which are known when the whole target is. */
  completeParts(parts: PurlParts, os: OperatingSystem | null): PurlParts;
  /** Where the licences of a package are, by its name. */
  findLicencePath(name: string): string;
}

/** A value that a file names, and where: `.npmrc:3`. */
export interface Mention {
  readonly value: string;
  readonly place: string;
}

export interface FileMentions {
  /** Registries of packages: host and path. */
  readonly registries: readonly Mention[];
  /** Images that something is built upon. */
  readonly images: readonly Mention[];
}

/** Says what a person meant, not what a gate may believe: nothing here is a fact. */
export interface MentionReader {
  wants(path: string): boolean;
  read(path: string, text: string): FileMentions;
}
