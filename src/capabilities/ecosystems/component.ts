import type { Digest } from '../../core/digest.ts';
import type { Failure } from '../../core/failure.ts';
import type { Purl } from '../../core/purl.ts';

/** One package of a release, as installed or as locked. */
export interface Component {
  /** Canonical, with version; for Debian the binary package, with `distro` and `arch`. */
  readonly purl: Purl;
  readonly name: string;
  readonly version: string;
  /**
   * SPDX licence expressions as declared; empty when no licence is declared, which is *unknown*,
   * not "none".
   */
  readonly licenses: readonly string[];
  /** What states the licences, where that is not the subject itself; absent where it is. */
  readonly licensesFrom?: string;
  /** For Debian the source package, which advisories name: it may have a version of its own. */
  readonly source: { readonly name: string; readonly version: string } | null;
  /** Where it was found, relative to the root, `!/` between archive and member. */
  readonly locations: readonly string[];
  /** For an image, the layer that added it. */
  readonly layer: Digest | null;
  /**
   * Content hashes as the package manager recorded them, by SPDX algorithm name in lower case
   * (`sha512`).
   */
  readonly hashes: Readonly<Record<string, string>>;
  /**
   * Who made it, as the package itself says; absent where it says nothing, or what its purl shows.
   */
  readonly supplier?: string;
  /** Where the package manager says that it came from; null when it does not say. */
  readonly origin: string | null;
  /** What it depends on, as far as its manifest says. */
  readonly dependsOn: readonly Purl[];
  /** Only for development: not part of what is shipped. */
  readonly development: boolean;
}

/** The distribution that /etc/os-release names. */
export interface OperatingSystem {
  readonly id: string;
  readonly versionId: string | null;
  readonly prettyName: string | null;
}

/** A place that could not be read whole; it makes the inventory partial. */
export interface Skip {
  readonly location: string;
  readonly cause: Failure;
}

/**
 * The contents of a target. `partial` is a fact of its own: absence may only be concluded from a
 * complete inventory (foundation 2).
 */
export interface Inventory {
  readonly subject: InventorySubject;
  readonly os: OperatingSystem | null;
  /** Sorted by purl, each purl once (locations merged). */
  readonly components: readonly Component[];
  readonly outcome: 'complete' | 'partial';
  readonly skips: readonly Skip[];
  /**
   * The kinds of package database that were found: `dpkg`, `npm-lock`, `node-modules`, …
   */
  readonly found: readonly string[];
  /**
   * What belongs to no component; null or absent where it was not counted, which is *unknown*: in a
   * source tree, and for a document that does not say it.
   */
  readonly unexplained?: UnexplainedFiles | null;
  /** What a reader should know and what hides nothing: absence may be concluded all the same. */
  readonly notes?: readonly string[];
  /**
   * What the subject itself requires, sorted; absent where nothing says it. Documents write it as
   * the dependencies of their root.
   */
  readonly direct?: readonly Purl[];
}

/** Files of a root file system that belong to no component; links are not counted. */
export interface UnexplainedFiles {
  readonly files: number;
  readonly bytes: number;
  /** Programs, libraries and plug-ins of machine code among them, by their first bytes. */
  readonly executables: number;
}

export interface InventorySubject {
  /** How the target was named; a digest for images, a path for trees. */
  readonly name: string;
  readonly digest: Digest | null;
}
