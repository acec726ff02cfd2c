import type { Failure } from '../../../core/failure.ts';

/** A value, and where it stands: `Dockerfile:3`. */
export interface Find {
  readonly value: string;
  readonly place: string;
}

/** What a file says about an image: what is built upon, or what is shipped and run. */
export interface ImageFind extends Find {
  readonly use: 'base' | 'runs';
}

export interface EcosystemFind extends Find {
  readonly read: boolean;
}

/** What cannot be seen from here, and why; it is said, never guessed. */
export interface Unknown {
  readonly what: 'registry' | 'component registry' | 'cluster' | 'ci' | 'ecosystem' | 'commit signing' | 'repository';
  readonly why: string;
}

/** What the files of a repository say, each value once. */
export interface RepositoryFinds {
  readonly ecosystems: readonly EcosystemFind[];
  readonly ci: readonly Find[];
  readonly images: readonly ImageFind[];
  /** Registries that are named as such, without an image. */
  readonly registries: readonly Find[];
  readonly componentRegistries: readonly Find[];
  readonly environments: readonly Find[];
  readonly unknown: readonly Unknown[];
}

/** A value that somebody configured, or that nobody did, or that could not be looked at. */
export type Looked<T> =
  | { readonly kind: 'found'; readonly value: T; readonly place: string }
  | { readonly kind: 'absent'; readonly why: string }
  | { readonly kind: 'unknown'; readonly cause: Failure };
