import type { Digest } from '../../core/digest.ts';
import type { TextEdit } from '../../formats/text/edits.ts';
import type { DeclaredDependency } from './dependency.ts';

/** What is known of one package besides what the tree says: null where it is not vulnerable. */
export interface Remedy {
  readonly findings: readonly string[];
  /** The nearest version that no advisory covers; null where none is known. */
  readonly safe: string | null;
}

export interface Step {
  readonly place: string;
  readonly what: string;
}

export interface FileText {
  /** With its byte order mark, so that unchanged text keeps every byte. */
  readonly text: string;
  readonly bytes: Uint8Array;
}

export interface FixQuestion {
  /** Of the whole source tree. */
  readonly dependencies: readonly DeclaredDependency[];
  /** Where dependencies are declared, and the files that planners requested, by path. */
  readonly files: ReadonlyMap<string, FileText>;
  readonly findRemedy: (dependency: DeclaredDependency) => Remedy | null;
  /** The digest of a base image as it is written, or null. */
  readonly findDigest: (image: DeclaredDependency) => Digest | null;
  /** The version of a system package, or null. */
  readonly findVersion: (name: string) => string | null;
  /** Whether the user asked for it: planners leave all else as it is. */
  readonly isAsked: (dependency: DeclaredDependency) => boolean;
}

/** Changes of texts, and what they leave open. */
export interface Fix {
  readonly edits: ReadonlyMap<string, readonly TextEdit[]>;
  readonly steps: readonly Step[];
  /** What is wrong and not fixed here, and why. */
  readonly open: readonly Step[];
  /** What must be run after the changes: nothing is fetched here. */
  readonly commands: readonly string[];
  /** Package URLs whose findings are gone after the changes and the commands. */
  readonly fixed: ReadonlySet<string>;
}

/**
 * Plans the fixes of one ecosystem, without waiting; every character that needs no change stays.
 */
export interface FixPlanner {
  /** Files that it reads besides those with declarations; they may be absent. */
  listFiles(dependencies: readonly DeclaredDependency[]): readonly string[];
  plan(question: FixQuestion): Fix;
}
