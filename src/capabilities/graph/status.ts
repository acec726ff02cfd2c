import type { EvidenceKind, LogHead } from '../evidence/index.ts';

export interface GraphStatus {
  readonly schemaVersion: number;
  readonly head: LogHead;
  /** How many documents of each kind. */
  readonly documents: Readonly<Partial<Record<EvidenceKind, number>>>;
  readonly problems: readonly GraphProblem[];
  /** Rows by table, each counted up to a bound. */
  readonly rows: Readonly<Record<string, number>>;
}

/** A fact of the evidence that cannot be right, or that could not be read. */
export interface GraphProblem {
  readonly kind:
    | 'unreadable'
    | 'alias-conflict'
    | 'advisory-unreadable'
    | 'cluster-conflict'
    | 'observation-to-come'
    | 'observation-gap';
  readonly subject: string;
  readonly detail: string;
  readonly position: number;
}
