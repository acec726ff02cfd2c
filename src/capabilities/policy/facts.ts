import type { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import type { Severity } from '../../core/severity.ts';

/**
 * A fact that nobody could gather. It is no value: whatever is concluded from it is undetermined,
 * and it carries the failure that says why (foundation 1).
 */
export class UnknownFact {
  readonly failure: Failure;

  constructor(failure: Failure) {
    this.failure = failure;
  }
}

/** @example const facts: Facts = { findings: unknownFact(failure) } */
export function makeUnknownFact(failure: Failure): UnknownFact {
  return new UnknownFact(failure);
}

/**
 * Known elements of a list that may have more: presence may be concluded from it, absence may not.
 */
export class PartialList<T> {
  readonly items: readonly T[];
  readonly rest: UnknownFact;

  constructor(items: readonly T[], rest: UnknownFact) {
    this.items = items;
    this.rest = rest;
  }
}

export function makePartialList<T>(items: readonly T[], failure: Failure): PartialList<T> {
  return new PartialList(items, new UnknownFact(failure));
}

export type Fact<T> = T | UnknownFact;
export type FactList<T> = readonly T[] | PartialList<T> | UnknownFact;

/**
 * What a gate knows. A member that is absent was not gathered, which is the same as unknown. The
 * schema that rules are checked against is FACTS in catalogue.ts; a test holds both equal.
 */
export interface Facts {
  readonly image?: Fact<ImageFact>;
  readonly signatures?: FactList<SignatureFact>;
  readonly artifacts?: FactList<ArtifactFact>;
  readonly sbom?: Fact<SbomFact>;
  readonly scan?: Fact<ScanFact>;
  readonly provenance?: Fact<ProvenanceFact>;
  readonly components?: FactList<ComponentFact>;
  readonly findings?: FactList<FindingFact>;
  readonly advisories?: Fact<AdvisoriesFact>;
  readonly release?: Fact<ReleaseFact>;
  readonly workload?: Fact<WorkloadFact>;
  readonly commit?: Fact<CommitFact>;
  readonly commits?: FactList<JudgedCommitFact>;
  readonly dependencies?: FactList<DependencyFact>;
  readonly build?: Fact<BuildFact>;
}

export interface ImageFact {
  /** As it was asked for, with nothing left to default. */
  readonly reference: string;
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: Fact<string>;
  /** `linux/amd64`; null for an index. */
  readonly platform: Fact<string | null>;
}

export interface SignatureFact {
  readonly format: string;
  /**
   * Verified, and made by an identity that the trust document names for this repository and kind of
   * statement.
   */
  readonly trusted: Fact<boolean>;
  /**
   * The subject of the certificate as it was found; null when the envelope could not be read that
   * far.
   */
  readonly identity: Fact<string | null>;
  /** The first reason why it does not count; null when it does. */
  readonly reason: string | null;
  readonly signedAt: Fact<Instant | null>;
}

export interface ArtifactFact {
  readonly type: ArtifactType;
  readonly mediaType: string;
  readonly digest: string;
  /** As the signed content says. */
  readonly createdAt: Fact<Instant>;
  readonly trusted: Fact<boolean>;
  readonly identity: Fact<string | null>;
  readonly reason: string | null;
}

export const ARTIFACT_TYPES = ['sbom', 'scan', 'provenance', 'vex', 'other'] as const;
export type ArtifactType = (typeof ARTIFACT_TYPES)[number];

export interface SbomFact {
  readonly complete: Fact<boolean>;
  readonly count: Fact<number>;
  readonly createdAt: Fact<Instant>;
}

export interface ScanFact {
  readonly complete: Fact<boolean>;
  readonly createdAt: Fact<Instant>;
}

export interface ProvenanceFact {
  readonly builder: Fact<string>;
  readonly repository: Fact<string>;
  readonly commit: Fact<string>;
  readonly materials: FactList<MaterialFact>;
}

export interface MaterialFact {
  readonly uri: string;
  readonly digest: Fact<string>;
}

export interface ComponentFact {
  readonly purl: string;
  readonly type: string;
  readonly name: string;
  readonly version: Fact<string>;
  /**
   * SPDX expressions as declared; all of them apply. An empty list declares nothing, which is
   * unknown.
   */
  readonly licenses: Fact<readonly string[]>;
}

export const FINDING_STATUSES = ['affected', 'not_affected'] as const;

export interface FindingFact {
  readonly id: string;
  readonly aliases: readonly string[];
  /** `unknown` is no level: comparing it is an error. */
  readonly severity: Fact<Severity>;
  readonly status: Fact<'affected' | 'not_affected' | 'unknown'>;
  /** The purl of what is affected. */
  readonly component: string;
  readonly name: string;
  readonly version: string;
  readonly fixed: readonly string[];
}

export interface AdvisoriesFact {
  readonly source: Fact<'imported' | 'sample'>;
  readonly updatedAt: Fact<Instant>;
}

export interface ReleaseFact {
  readonly name: Fact<string>;
  readonly version: Fact<string>;
  readonly owner: Fact<string | null>;
  readonly repository: Fact<string>;
  readonly commit: Fact<string>;
}

export interface WorkloadFact {
  readonly cluster: Fact<string>;
  readonly namespace: Fact<string>;
  readonly kind: Fact<string>;
  readonly name: Fact<string>;
}

export interface CommitFact {
  readonly id: Fact<string>;
  readonly signed: Fact<boolean>;
  readonly trusted: Fact<boolean>;
  readonly signer: Fact<string | null>;
}

/** One of the commits that the decision is about. */
export interface JudgedCommitFact {
  readonly id: Fact<string>;
  readonly signed: Fact<boolean>;
  /**
   * The signature holds, and its key is one of somebody whom the allowed signers name at that time.
   */
  readonly trusted: Fact<boolean>;
  /** The principal of the key; null where there is none. */
  readonly signer: Fact<string | null>;
  readonly format: Fact<string | null>;
  readonly author: Fact<string>;
  readonly committer: Fact<string>;
  /** The author is a principal of the signer. */
  readonly authorMatches: Fact<boolean>;
  readonly committerMatches: Fact<boolean>;
  /** Why it does not count; null where it does. */
  readonly reason: Fact<string | null>;
}

export const DEPENDENCY_KINDS = ['direct', 'transitive', 'base-image', 'system-package'] as const;
export const REGISTRY_SOURCES = ['lock', 'written', 'configured', 'default', 'tree'] as const;

export interface DependencyFact {
  readonly ecosystem: string;
  readonly name: string;
  readonly version: Fact<string>;
  readonly purl: Fact<string>;
  readonly pinned: Fact<boolean>;
  readonly why: string;
  /**
   * Known only where the lock or the declaration itself records it; null for a part of the tree.
   */
  readonly registry: Fact<string | null>;
  readonly registryFrom: (typeof REGISTRY_SOURCES)[number];
  /** `package.json:12`. */
  readonly place: string;
  readonly kind: (typeof DEPENDENCY_KINDS)[number];
  readonly development: boolean;
}

export interface BuildFact {
  /** Whether somebody built twice. */
  readonly rebuilt: Fact<boolean>;
  readonly reproduced: Fact<boolean>;
  /** The first difference of the two builds; null where there is none. */
  readonly difference: Fact<string | null>;
  readonly materialsRecorded: Fact<boolean>;
  /** The first dependency that is not recorded; null where all are. */
  readonly unrecorded: Fact<string | null>;
}
