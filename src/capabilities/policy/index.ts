export { FACT_NAMES, FACTS } from './catalogue.ts';
export { type DefaultParameters, defaultPolicy } from './default-policy.ts';
export { type Evaluation, evaluate } from './evaluate.ts';
export {
  type AdvisoriesFact,
  type ArtifactFact,
  type ArtifactType,
  type BuildFact,
  type CommitFact,
  type ComponentFact,
  type DependencyFact,
  type Fact,
  type FactList,
  type Facts,
  type FindingFact,
  type ImageFact,
  type JudgedCommitFact,
  type MaterialFact,
  PartialList,
  type ProvenanceFact,
  partialList,
  type ReleaseFact,
  type SbomFact,
  type ScanFact,
  type SignatureFact,
  Unknown,
  unknownFact,
  type WorkloadFact,
} from './facts.ts';
export { factsDigest, factsJson } from './facts-json.ts';
export { factsFromJson } from './facts-read.ts';
export { factsMarkdown } from './facts-reference.ts';
export { type Exception, type Policy, type PolicyMode, parsePolicy, type Rule, type Scope } from './policy.ts';
export type { Question } from './question.ts';
export type { DecisionRecord, ExceptionRecord } from './record.ts';
