import type { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import type { RatingSource, Severity } from '../../core/severity.ts';
import type { Decision } from '../../core/verdict.ts';

/**
 * A fact that could not be gathered. It has no value: every conclusion from it is undetermined, and
 * it contains the failure that says why (foundation 1).
 */
export class UnknownFact {
  readonly failure: Failure;

  constructor(failure: Failure) {
    this.failure = failure;
  }
}

/** @example const facts: Facts = { findings: makeUnknownFact(failure) } */
export function makeUnknownFact(failure: Failure): UnknownFact {
  return new UnknownFact(failure);
}

/**
 * Known elements of a list that may have more: presence can be concluded from it, absence cannot.
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
 * What a gate knows. A missing member was not gathered, which is the same as unknown. Rules are
 * checked against the schema FACTS in catalogue.ts; a test compares both.
 */
export interface Facts {
  readonly image?: Fact<ImageFact>;
  readonly signatures?: FactList<SignatureFact>;
  readonly artifacts?: FactList<ArtifactFact>;
  readonly sbom?: Fact<SbomFact>;
  readonly scan?: Fact<ScanFact>;
  readonly provenance?: Fact<ProvenanceFact>;
  readonly runner?: Fact<RunnerFact>;
  readonly rebuild?: Fact<RebuildFact>;
  readonly systems?: FactList<SystemFact>;
  readonly components?: FactList<ComponentFact>;
  readonly findings?: FactList<FindingFact>;
  readonly advisories?: Fact<AdvisoriesFact>;
  readonly release?: Fact<ReleaseFact>;
  readonly workload?: Fact<WorkloadFact>;
  readonly commit?: Fact<CommitFact>;
  readonly commits?: FactList<JudgedCommitFact>;
  readonly dependencies?: FactList<DependencyFact>;
  readonly build?: Fact<BuildFact>;
  readonly buildGate?: Fact<BuildGateFact>;
}

export interface ImageFact {
  /** The requested reference, with all defaults filled in. */
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
  /** The subject of the certificate; null if that part of the envelope could not be read. */
  readonly identity: Fact<string | null>;
  /** The first reason why it does not count; null if it counts. */
  readonly reason: string | null;
  readonly signedAt: Fact<Instant | null>;
}

export interface ArtifactFact {
  readonly type: ArtifactType;
  readonly mediaType: string;
  readonly digest: string;
  /** From the signed content. */
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
  /** What is in the image and belongs to no component; unknown where the SBOM does not say it. */
  readonly unexplained?: Fact<UnexplainedFact>;
}

export interface UnexplainedFact {
  readonly files: number;
  readonly bytes: number;
  readonly executables: number;
}

/** An operating system that the image consists of. */
export interface SystemFact {
  /** `ID` of os-release(5). */
  readonly id: string;
  readonly release: Fact<string>;
  /** Whether its publisher still writes security updates for everybody. */
  readonly supported: Fact<boolean>;
  /** The end of the last day of that. */
  readonly supportedUntil: Fact<Instant>;
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
  /** The build level of SLSA that verified evidence shows; absent: it was not assessed. */
  readonly level?: Fact<number>;
}

/** Which job on which machine made the image, and when: each part by its own proof. */
export interface RunnerFact {
  readonly job: Fact<RunnerJobFact>;
  readonly machine: Fact<RunnerMachineFact>;
  readonly time: Fact<RunnerTimeFact>;
}

/** What a second build from the recorded materials gave. */
export interface RebuildFact {
  readonly commit: string;
  readonly reproduced: boolean;
  readonly sameContent: boolean;
  readonly difference: string | null;
  readonly at: Instant;
}

export interface RunnerJobFact {
  readonly platform: string;
  readonly builder: string;
  readonly repository: string;
  readonly commit: string;
  readonly invocation: string;
  /** Unknown where the platform does not say whose machine it is. */
  readonly hosted: Fact<boolean>;
}

export interface RunnerMachineFact {
  readonly cloud: string;
  readonly id: string;
  readonly subscription: string;
  /** The trust document allows the subscription for this repository. */
  readonly allowed: boolean;
}

export interface RunnerTimeFact {
  readonly earliest: Instant;
  readonly latest: Instant;
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
   * SPDX expressions as declared; all of them apply. An empty list says that none is stated, which
   * permits nothing.
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
  /** The purl of the affected component. */
  readonly component: string;
  readonly name: string;
  readonly version: string;
  readonly fixed: readonly string[];
  /** The base score behind the severity; absent: a word states it, or it is unknown. */
  readonly score?: Fact<number>;
  /** The vector of CVSS behind it; absent like the score. */
  readonly vector?: Fact<string>;
  /** Who states the severity; absent: it is unknown, or another tool reports it. */
  readonly severityBy?: Fact<RatingSource['by']>;
  /** Whether CISA lists it as exploited; absent: unknown. */
  readonly kev?: Fact<boolean>;
  /** The probability of exploitation, from 0 to 1; absent: unknown. */
  readonly epss?: Fact<number>;
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
  /** The signature is valid, and the allowed signers name its key at that time. */
  readonly trusted: Fact<boolean>;
  /** The principal of the key; null if there is none. */
  readonly signer: Fact<string | null>;
  readonly format: Fact<string | null>;
  readonly author: Fact<string>;
  readonly committer: Fact<string>;
  /** The author is a principal of the signer. */
  readonly authorMatches: Fact<boolean>;
  readonly committerMatches: Fact<boolean>;
  /** Why it does not count; null if it counts. */
  readonly reason: Fact<string | null>;
}

export const DEPENDENCY_KINDS = [
  'direct',
  'transitive',
  'base-image',
  'image',
  'system-package',
] as const;
export const REGISTRY_SOURCES = ['lock', 'written', 'configured', 'default', 'tree'] as const;

export interface DependencyFact {
  readonly ecosystem: string;
  readonly name: string;
  readonly version: Fact<string>;
  readonly purl: Fact<string>;
  readonly pinned: Fact<boolean>;
  readonly why: string;
  /** Known only if the lock or the declaration itself records it; null for a part of the tree. */
  readonly registry: Fact<string | null>;
  readonly registryFrom: (typeof REGISTRY_SOURCES)[number];
  /** `package.json:12`. */
  readonly place: string;
  readonly kind: (typeof DEPENDENCY_KINDS)[number];
  readonly development: boolean;
}

/** What the build gate decided about the commit that an image was built from. */
export interface BuildGateFact {
  readonly verdict: Fact<Decision>;
  readonly decidedAt: Fact<Instant>;
  /** The digest of the policy that it asked. */
  readonly policy: Fact<string>;
}

export interface BuildFact {
  /** Whether there were two builds. */
  readonly rebuilt: Fact<boolean>;
  readonly reproduced: Fact<boolean>;
  /** The first difference of the two builds; null if there is none. */
  readonly difference: Fact<string | null>;
  readonly materialsRecorded: Fact<boolean>;
  /** The first dependency that is not recorded; null if all are. */
  readonly unrecorded: Fact<string | null>;
}
