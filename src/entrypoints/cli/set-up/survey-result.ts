import type { Failure } from '../../../core/failure.ts';

/** A value and its place: `Dockerfile:3`. */
export interface LocatedValue {
  readonly value: string;
  readonly place: string;
}

/** How a file uses an image: as a base of a build, or as what is shipped and run. */
export interface LocatedImage extends LocatedValue {
  readonly use: 'base' | 'runs';
}

export interface LocatedEcosystem extends LocatedValue {
  readonly read: boolean;
}

/** What is unknown, and why; it is reported, never guessed. */
export interface UnknownItem {
  readonly what:
    | 'registry'
    | 'component registry'
    | 'cluster'
    | 'ci'
    | 'ecosystem'
    | 'commit signing'
    | 'repository';
  readonly why: string;
}

/** The values in the files of a repository, each once. */
export interface RepositorySurvey {
  readonly ecosystems: readonly LocatedEcosystem[];
  readonly ci: readonly LocatedValue[];
  readonly images: readonly LocatedImage[];
  /** Registries that are named without an image. */
  readonly registries: readonly LocatedValue[];
  readonly componentRegistries: readonly LocatedValue[];
  readonly environments: readonly LocatedValue[];
  readonly unknown: readonly UnknownItem[];
}

/** A value that is configured, is not configured, or could not be read. */
export type Lookup<T> =
  | { readonly kind: 'found'; readonly value: T; readonly place: string }
  | { readonly kind: 'absent'; readonly why: string }
  | { readonly kind: 'unknown'; readonly cause: Failure };
