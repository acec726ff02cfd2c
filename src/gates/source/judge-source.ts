import type { AdvisoryIndex } from '../../capabilities/advisories/index.ts';
import {
  type BuildFact,
  type Evaluation,
  evaluate,
  evaluateAll,
  type FactList,
  type JudgedCommitFact,
  makeUnknownFact,
  type Policy,
  type Question,
  type RegoEngine,
} from '../../capabilities/policy/index.ts';
import { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import { findCommitFact } from './commit-facts.ts';
import type { SourceAnalysis } from './read-source.ts';
import { buildMaterialsFact, buildSourceFacts } from './source-facts.ts';

/**
 * How two builds of one source compare; `unknown` if a comparison was requested and its result is
 * unknown.
 */
export type Rebuild =
  | { readonly kind: 'not-asked' }
  | { readonly kind: 'equal' }
  | { readonly kind: 'different'; readonly difference: string }
  | { readonly kind: 'unknown'; readonly cause: Failure };

export interface SourceQuestion {
  readonly gate: 'commit' | 'build';
  readonly policy: Policy;
  readonly reading: SourceAnalysis;
  readonly commits: FactList<JudgedCommitFact>;
  /** The commit whose tree is judged; null where it is none. */
  readonly tip: string | null;
  readonly rebuild: Rebuild;
  readonly advisories: AdvisoryIndex;
  readonly now: Instant;
}

/**
 * Decides at the commit or the build gate, with the same evaluation and the same record as at every
 * other gate.
 */
export function judgeSource(asked: SourceQuestion): Evaluation {
  return evaluate(asked.policy, askPolicy(asked));
}

/** The same, with rules in Rego. */
export function judgeSourceWithRego(
  asked: SourceQuestion,
  rego: RegoEngine,
  signal: AbortSignal,
): Promise<Evaluation> {
  return evaluateAll(asked.policy, askPolicy(asked), rego, signal);
}

function askPolicy({
  gate,
  reading,
  commits,
  tip,
  rebuild,
  advisories,
  now,
}: SourceQuestion): Question {
  const commit = findCommitFact(tip, commits);
  const facts = { ...buildSourceFacts(reading, advisories), commit, commits };
  const build =
    gate === 'build'
      ? { build: { ...toRebuildFact(rebuild), ...buildMaterialsFact(reading.declared) } }
      : {};
  return { gate, facts: { ...facts, ...build }, now };
}

/**
 * It is known that there was no second build; this does not claim that a second build would be
 * equal.
 */
function toRebuildFact(rebuild: Rebuild): Pick<BuildFact, 'rebuilt' | 'reproduced' | 'difference'> {
  switch (rebuild.kind) {
    case 'not-asked':
      return {
        rebuilt: false,
        reproduced: makeUnknownFact(NOT_REBUILT),
        difference: makeUnknownFact(NOT_REBUILT),
      };
    case 'equal':
      return { rebuilt: true, reproduced: true, difference: null };
    case 'different':
      return { rebuilt: true, reproduced: false, difference: rebuild.difference };
    case 'unknown':
      return {
        rebuilt: true,
        reproduced: makeUnknownFact(rebuild.cause),
        difference: makeUnknownFact(rebuild.cause),
      };
  }
}

const NOT_REBUILT = new Failure(
  'FACT_UNKNOWN',
  'the image was not built twice',
  'Build twice: --built oci:A --rebuilt oci:B.',
);
