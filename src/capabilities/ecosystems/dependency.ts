import type { Purl } from '../../core/purl.ts';
import type { Skip } from './component.ts';

export const DEPENDENCY_KINDS = [
  'direct',
  'transitive',
  'base-image',
  'image',
  'system-package',
] as const;
export type DependencyKind = (typeof DEPENDENCY_KINDS)[number];

/**
 * Where the registry of a dependency is stated. `lock`: the lock file records the address that it
 * was taken from. `written`: the declaration itself names it, as an image reference does.
 * `configured`: a registry is set in `.npmrc`, which another machine may override. `default`:
 * nothing in the tree names one. `tree`: it is a part of this source tree.
 */
export const REGISTRY_SOURCES = ['lock', 'written', 'configured', 'default', 'tree'] as const;
export type RegistrySource = (typeof REGISTRY_SOURCES)[number];

export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/**
 * Whether the tree fixes what is installed; `unknown` where the tree alone does not show it.
 */
export type PinState = 'yes' | 'no' | 'unknown';

/** One dependency as a source tree declares it, and as its lock resolves it. */
export interface DeclaredDependency {
  /** The purl type of what is declared: `npm`, `oci`, `deb`. */
  readonly ecosystem: string;
  /** As its ecosystem names it: `@scope/name`, `docker.io/library/node`, `curl`. */
  readonly name: string;
  /** What is locked or pinned: a version or a digest; null where the tree does not say. */
  readonly version: string | null;
  /** As it is requested: `^1.2.0`, `20-slim`; null for what only the lock names. */
  readonly requested: string | null;
  /** With the version where there is one; null where the name gives none. */
  readonly purl: Purl | null;
  readonly pinned: PinState;
  /** One sentence: why it is pinned, or is not. */
  readonly why: string;
  /**
   * Host and path, without scheme and credentials; null for a dependency without a registry, or
   * with one that nothing names.
   */
  readonly registry: string | null;
  readonly registryFrom: RegistrySource;
  /**
   * Whether the tree holds a hash of the content, or for a system package its version: a recorded
   * material.
   */
  readonly recorded: boolean;
  readonly place: Place;
  readonly kind: DependencyKind;
  readonly development: boolean;
}

/** A kind of dependency that is declared here but not read by this version. */
export interface UnreadKind {
  readonly kind: string;
  readonly places: readonly string[];
}

/**
 * What a source tree declares. `partial` is a fact of its own: an incomplete list shows no absence
 * (foundation 1).
 */
export interface DeclaredDependencies {
  /** By file and line, then by name. */
  readonly dependencies: readonly DeclaredDependency[];
  readonly outcome: 'complete' | 'partial';
  /** What could not be read, or contradicts itself. */
  readonly problems: readonly Skip[];
  readonly notLookedAt: readonly UnreadKind[];
  /** The ecosystems with something that was read, by name. */
  readonly found: readonly string[];
}
