import type { Purl } from '../../core/purl.ts';
import type { Skip } from './component.ts';

export const DEPENDENCY_KINDS = ['direct', 'transitive', 'base-image', 'system-package'] as const;
export type DependencyKind = (typeof DEPENDENCY_KINDS)[number];

/**
 * Who says where a dependency comes from. `lock`: the lock file records the address that it was
 * taken from. `written`: the declaration itself names it, as an image reference does. `configured`:
 * a registry is set in `.npmrc`, which another machine may override. `default`: nothing in the tree
 * names one. `tree`: it is a part of this source tree.
 */
export const REGISTRY_SOURCES = ['lock', 'written', 'configured', 'default', 'tree'] as const;
export type RegistrySource = (typeof REGISTRY_SOURCES)[number];

export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/**
 * Whether what is taken is fixed by what stands in the tree; `unknown` where nobody can tell from
 * the tree alone.
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
  /** As it is asked for: `^1.2.0`, `20-slim`; null for what only the lock names. */
  readonly requested: string | null;
  /** With the version where there is one; null where the name makes none. */
  readonly purl: Purl | null;
  readonly pinned: PinState;
  /** One sentence: why it is pinned, or is not. */
  readonly why: string;
  /**
   * Host and path, without scheme and credentials; null for what comes from none, or from one that
   * nothing names.
   */
  readonly registry: string | null;
  readonly registryFrom: RegistrySource;
  /**
   * Whether the tree holds a hash of the content, or for a system package its version: a material
   * that is recorded.
   */
  readonly recorded: boolean;
  readonly place: Place;
  readonly kind: DependencyKind;
  readonly development: boolean;
}

/** A kind of dependency that is declared here and not read by this version. */
export interface UnreadKind {
  readonly kind: string;
  readonly places: readonly string[];
}

/**
 * What a source tree declares. Partial is a fact of its own: a list that lacks elements shows no
 * absence (foundation 1).
 */
export interface DeclaredDependencies {
  /** By file and line, then by name. */
  readonly dependencies: readonly DeclaredDependency[];
  readonly outcome: 'complete' | 'partial';
  /** What could not be read, or contradicts itself. */
  readonly problems: readonly Skip[];
  readonly notLookedAt: readonly UnreadKind[];
  /** Ecosystems of which something was read, by name. */
  readonly found: readonly string[];
}
