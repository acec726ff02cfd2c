export { commitFacts, type JudgedCommit, noCommits, readCommits } from './commit-facts.ts';
export { sourceEvidence } from './evidence.ts';
export { judgeSource, type Rebuild } from './judge-source.ts';
export { findingsByPurl, readSource, type SourceReading } from './source-reading.ts';
