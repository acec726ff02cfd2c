import type { Result } from '../../core/result.ts';
import type { Skip } from './component.ts';
import type { DeclaredDependency } from './dependency.ts';

/** Reads what the files of one ecosystem declare. It does no I/O: files come from `SourceFiles`. */
export interface DeclarationReader {
  /** Whether a file is read; a link in its place is not followed and is a problem. */
  wants(path: string): boolean;
  /**
   * Whether a file of YAML is read by its content, where no name says enough: asked where no reader
   * wants it.
   */
  recognises?(path: string, text: string): boolean;
  /** `paths` are all wanted files of a source tree, in the order of the walk. */
  read(paths: readonly string[], files: SourceFiles): Promise<Declarations>;
}

/** Files of one source tree. */
export interface SourceFiles {
  readonly signal?: AbortSignal;
  /** Null, with a problem recorded, for a file that cannot be read or parsed. */
  parse<T>(
    file: string,
    bytesMax: number,
    parseBytes: (file: string, bytes: Uint8Array) => Result<T>,
  ): Promise<T | null>;
  /**
   * What several files that were read say together, within the same bounds of time: null, with a
   * problem recorded at the first of them, where it takes too long.
   */
  combine<T>(files: readonly [string, ...string[]], work: () => T): T | null;
}

export interface Declarations {
  /** Whether there was anything to read, so that the ecosystem counts as found. */
  readonly found: boolean;
  readonly dependencies: readonly DeclaredDependency[];
  readonly problems: readonly Skip[];
  /** Kinds of packages that are declared but not read, each with a place. */
  readonly notLookedAt: readonly { readonly kind: string; readonly place: string }[];
}
