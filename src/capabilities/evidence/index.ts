export {
  type Checkpoint,
  formatCheckpoint,
  parseCheckpoint,
} from '../../formats/log/checkpoint.ts';
export {
  type Consistency,
  computeLeavesRoot,
  computeRoot,
  EMPTY_FRONTIER,
  EMPTY_ROOT,
  type Frontier,
  growFrontier,
  hashLeaf,
  type Inclusion,
  proveConsistency,
  proveInclusion,
  proveInclusions,
  type TreeHash,
  verifyConsistency,
  verifyInclusion,
} from '../../formats/log/merkle.ts';
export {
  EVIDENCE_KINDS,
  type EvidenceKind,
  isEvidenceKind,
  isRecordKind,
  RECORD_KINDS,
  RECORD_MEDIA_TYPE,
  type RecordKind,
} from './kind.ts';
export { encodeLeaf, hashLogLeaf, type LogLeaf } from './leaf.ts';
export { isAhead, type LogStamp } from './log-clock.ts';
export {
  formatConsistencyProof,
  formatInclusionProof,
  type LogProof,
  openCheckpoint,
  type ProofClaim,
  type ProvenLog,
  parseLogProof,
  verifyLogProof,
} from './log-proof.ts';
export type {
  DocumentProofs,
  EvidenceInput,
  EvidenceLog,
  LogEntry,
  LogHead,
  Receipt,
  VerifiedLog,
} from './port.ts';
export { markPosted, POSTED_MARK, readPosted } from './poster.ts';
export {
  type BuildRecord,
  type CommitRecord,
  type DecisionEvidence,
  type DeploymentRecord,
  type EvidenceRecord,
  encodeRecord,
  type FeedsRecord,
  type OwnershipRecord,
  parseRecord,
  type RecordFields,
  type ReleaseRecord,
  type TagRecord,
  type VerificationRecord,
  type ViolationRecord,
} from './records.ts';
export {
  formatNoteVerifier,
  isSignedByLog,
  type NoteVerifier,
  openNote,
  parseNoteVerifier,
  signNote,
} from './signed-note.ts';
