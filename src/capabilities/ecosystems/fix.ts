import type { Digest } from '../../core/digest.ts';
import type { TextEdit } from '../../formats/text/edits.ts';
import type { DeclaredDependency } from './dependency.ts';

/** What is known of one package beside what the tree says: null where it is not vulnerable. */
export interface Remedy {
  readonly findings: readonly string[];
  /** The nearest version outside of every advisory; null where none is known. */
  readonly safe: string | null;
}

export interface Step {
  readonly place: string;
  readonly what: string;
}

export interface FileText {
  /** With its byte order mark, so that what is not changed keeps every byte. */
  readonly text: string;
  readonly bytes: Uint8Array;
}

export interface FixQuestion {
  /** Of the whole source tree. */
  readonly dependencies: readonly DeclaredDependency[];
  /** Where dependencies are declared, and what planners asked for beside, by path. */
  readonly files: ReadonlyMap<string, FileText>;
  readonly findRemedy: (dependency: DeclaredDependency) => Remedy | null;
  /** The digest of a base image as it is written, or null. */
  readonly findDigest: (image: DeclaredDependency) => Promise<Digest | null>;
  /** The version of a system package, or null. */
  readonly findVersion: (name: string) => string | null;
}

/** Changes of texts, and what is left to others. */
export interface Fix {
  readonly edits: ReadonlyMap<string, readonly TextEdit[]>;
  readonly steps: readonly Step[];
  /** What is wrong and not fixed here, and why. */
  readonly open: readonly Step[];
  /** What has to be run after the changes: nothing is fetched here. */
  readonly commands: readonly string[];
}

/** Plans the fixes of one ecosystem; every character that needs no change stays. */
export interface FixPlanner {
  /** Files that it reads beside those that declare something; they may be absent. */
  listFiles(dependencies: readonly DeclaredDependency[]): readonly string[];
  plan(question: FixQuestion): Promise<Fix>;
}
