import type { EvidenceKind, LogEntry } from '../../capabilities/evidence/index.ts';
import type {
  GraphQuestions,
  PlaceFilter,
  QuestionOptions,
} from '../../capabilities/graph/index.ts';
import type { Policy } from '../../capabilities/policy/index.ts';
import type { Digest } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Result } from '../../core/result.ts';
import { runWhatIf, type WhatIf, type WhatIfQuestion } from '../../gates/audit/index.ts';
import { readRecordedFacts } from '../../gates/facts/index.ts';
import type { Config } from '../config/config.ts';
import { loadPolicy } from './policy.ts';

/** The graph, and the log that it is made from. */
export interface TrialGraph extends GraphQuestions {
  body(digest: Digest): Promise<Result<Uint8Array>>;
  about(subject: Digest, kind: EvidenceKind | null): Promise<Result<readonly LogEntry[]>>;
}

/** Tries a policy on everything that the gate can judge, page by page. */
export function tryPolicy(
  graph: TrialGraph,
  question: WhatIfQuestion,
  ask: QuestionOptions,
  place: PlaceFilter,
): Promise<Result<WhatIf>> {
  const { gate } = question;
  const page = (after: string | null): QuestionOptions => ({
    ...ask,
    page: { rowsMax: LIMITS.pageRowsMax, after },
  });
  return runWhatIf(
    {
      judged: (after) => graph.ask({ name: 'judged', gate, ...page(after), place }),
      facts: (digest, by) => readRecordedFacts(graph, digest, by),
      body: (digest) => graph.body(digest),
    },
    question,
  );
}

/** The policy in force; null if there is none. Then only the recorded decisions can be compared. */
export async function loadPolicyInForce(config: Config): Promise<Policy | null> {
  const policy = await loadPolicy(config);
  if (policy.ok) return policy.value;
  if (policy.failure.code === 'FILE_NOT_FOUND') return null;
  throw policy.failure;
}
