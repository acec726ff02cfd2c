export {
  type CommitsRead,
  commitFacts,
  type JudgedCommit,
  noCommits,
  readCommits,
} from './commit-facts.ts';
export { type SourceDecided, sourceEvidence } from './evidence.ts';
export type { Step } from './fix-npm.ts';
export { type FileChange, type FixKnowledge, type FixPlan, planFixes, requireUnchanged } from './fix-plan.ts';
export { judgeSource, type Rebuild, type SourceQuestion } from './judge-source.ts';
export { dependencyFacts, materialsOf } from './source-facts.ts';
export { findingsByPurl, readSource, type SourcePorts, type SourceReading } from './source-reading.ts';
