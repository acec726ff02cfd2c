import type { AdvisoryIndex } from '../../capabilities/advisories/index.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import type {
  Evaluation,
  FactList,
  Policy,
  RegoEngine,
  ReleaseFact,
  UnknownFact,
} from '../../capabilities/policy/index.ts';
import type { ArtifactSource } from '../../capabilities/registry/index.ts';
import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import type { ReadingBudget } from '../../core/reading-budget.ts';
import type { Result } from '../../core/result.ts';
import type { Exposure } from '../facts/exposure-facts.ts';
import type { SourceFacts, SourceOrigin } from '../facts/gated-source.ts';
import type { ReadLimits, TrustMaterial } from '../image-evidence/gather-context.ts';
import type { WorkloadRequest } from './admission.ts';

/** The documents in force at this moment; each one changes as a whole. */
export interface DocumentsInForce {
  readonly policy: Policy;
  readonly trust: TrustMaterial;
  readonly advisories: AdvisoryIndex;
  /** Changes whenever the advisory data does. */
  readonly advisoriesRevision: string;
  /** What evaluates rules in Rego; absent: they are undetermined. */
  readonly rego?: RegoEngine;
}

/** The facts of an image that come from the knowledge graph, and from no registry. */
export interface GraphFacts {
  readonly release: ReleaseFact | UnknownFact;
  /** What is known against it, whatever repository it is in. */
  readonly exposures: FactList<Exposure>;
  /** What the source gates decided about its commit; absent: nobody was asked. */
  readonly source?: SourceFacts;
}

export interface DeskPorts {
  readonly source: ArtifactSource;
  /** How much of the documents of one image this desk reads; absent: everything. */
  readonly limits?: ReadLimits;
  /** Bytes of documents behind the evidence that it keeps; absent: `evidenceCacheBytesMax`. */
  readonly keptBytesMax?: number;
  /** Absent: who uses this desk may end its thread. */
  readonly reading?: ReadingBudget;
  readonly inForce: () => Promise<Result<DocumentsInForce>>;
  /** What the knowledge graph knows about an image of these members. */
  readonly graph: (
    image: Digest,
    members: readonly Digest[],
    /** What trusted provenance proves; null: nothing. */
    origin: SourceOrigin | null,
  ) => Promise<GraphFacts>;
  readonly now: () => Instant;
  /** A signal that aborts after this number of milliseconds. */
  readonly deadline: (ms: number) => AbortSignal;
  /**
   * Called for each new decision. An admission waits for it: a recorder delays it only while too
   * many admissions wait to be recorded.
   */
  readonly decided: (decided: DecisionEvent) => void | Promise<void>;
  /** Whose turn it is to be examined; absent: everybody's, at once. */
  readonly turns?: ExaminationTurns;
  readonly counted: { readonly verified: () => void; readonly cached: (hit: boolean) => void };
}

/** A limited number of images is examined at once, for each source in turn. */
export interface ExaminationTurns {
  /** Gives what ends the turn; rejects with a Failure if there is none in time. */
  readonly take: (signal: AbortSignal) => Promise<() => void>;
  /** For whom is examined what is asked now: nobody waits for the turn of somebody else. */
  readonly lane: () => string;
}

export interface DecisionEvent {
  readonly subject: Digest;
  readonly workload: WorkloadRequest | null;
  readonly evaluation: Evaluation;
  /** The facts as they are recorded, where another thread has made them; absent: not made yet. */
  readonly factsEvidence?: readonly EvidenceInput[];
  /** The VEX that was verified for it; absent or null: none, or it was not looked for. */
  readonly vex?: VerifiedVex | null;
  readonly now: Instant;
}

/** VEX at an admission: what it is worth recording, and what strangers may have made. */
export interface VerifiedVex {
  /** Equal where the same was verified, under the same trust document, with the same result. */
  readonly revision: Digest;
  /** Of signers that the trust document knows. */
  readonly known: readonly EvidenceInput[];
  /** Of all others; recorded if there is room, because it may take back what counted once. */
  readonly others: readonly EvidenceInput[];
}
