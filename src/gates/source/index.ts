export { type JudgedCommit, buildCommitFacts, createUnknownCommits, readCommits } from './commit-facts.ts';
export { buildSourceEvidence } from './evidence.ts';
export { type Rebuild, judgeSource } from './judge-source.ts';
export { type SourceAnalysis, groupFindingsByPurl, readSource } from './read-source.ts';
