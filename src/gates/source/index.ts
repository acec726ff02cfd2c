export {
  buildCommitFacts,
  createUnknownCommits,
  type JudgedCommit,
  readCommits,
} from './commit-facts.ts';
export { buildSourceEvidence } from './evidence.ts';
export { judgeSource, type Rebuild } from './judge-source.ts';
export { groupFindingsByPurl, readSource, type SourceAnalysis } from './read-source.ts';
