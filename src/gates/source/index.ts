export {
  type CommitBatch,
  listCommitsBefore,
  readBatch,
  readPushedBatches,
  readReceivedBatches,
  STAGED,
} from './commit-batch.ts';
export {
  buildCommitFacts,
  createUnknownCommits,
  type JudgedCommit,
  READ_AT_ONCE,
  readCommits,
} from './commit-facts.ts';
export { createDocumentTree } from './document-tree.ts';
export { buildCommitEvidence, buildSourceEvidence } from './evidence.ts';
export { type CommitVerdict, judgeCommit, judgeTag } from './judge-commit.ts';
export { judgeSourceWithRego, type Rebuild } from './judge-source.ts';
export { narrowTree } from './narrow-tree.ts';
export { readPushedRefs, readReceivedRefs } from './pushed-refs.ts';
export { groupFindingsByPurl, readSource, type SourceAnalysis } from './read-source.ts';
