import type { Failure } from '../../../core/failure.ts';

/** A value, and where it stands: `Dockerfile:3`. */
export interface LocatedValue {
  readonly value: string;
  readonly place: string;
}

/** What a file says about an image: what is built upon, or what is shipped and run. */
export interface LocatedImage extends LocatedValue {
  readonly use: 'base' | 'runs';
}

export interface LocatedEcosystem extends LocatedValue {
  readonly read: boolean;
}

/** What cannot be seen from here, and why; it is said, never guessed. */
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

/** What the files of a repository say, each value once. */
export interface RepositorySurvey {
  readonly ecosystems: readonly LocatedEcosystem[];
  readonly ci: readonly LocatedValue[];
  readonly images: readonly LocatedImage[];
  /** Registries that are named as such, without an image. */
  readonly registries: readonly LocatedValue[];
  readonly componentRegistries: readonly LocatedValue[];
  readonly environments: readonly LocatedValue[];
  readonly unknown: readonly UnknownItem[];
}

/** A value that somebody configured, or that nobody did, or that could not be looked at. */
export type Lookup<T> =
  | { readonly kind: 'found'; readonly value: T; readonly place: string }
  | { readonly kind: 'absent'; readonly why: string }
  | { readonly kind: 'unknown'; readonly cause: Failure };
