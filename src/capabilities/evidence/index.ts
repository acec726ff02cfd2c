export {
  EVIDENCE_KINDS,
  type EvidenceKind,
  isEvidenceKind,
  isRecordKind,
  RECORD_KINDS,
  RECORD_MEDIA_TYPE,
  type RecordKind,
} from './kind.ts';
export { encodeLeaf, hashOfLeaf, type LogLeaf } from './leaf.ts';
export {
  type Consistency,
  consistencyProof,
  EMPTY_FRONTIER,
  EMPTY_ROOT,
  type Frontier,
  grown,
  type Inclusion,
  inclusionProof,
  leafHash,
  rootOf,
  rootOfLeaves,
  type TreeHash,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts';
export type { EvidenceInput, EvidenceLog, LogEntry, LogHead, Receipt } from './port.ts';
export {
  type BuildRecord,
  type CommitRecord,
  type DecisionEvidence,
  type DeploymentRecord,
  encodeRecord,
  type OwnershipRecord,
  parseRecord,
  type RecordFields,
  type RecordOf,
  type ReleaseRecord,
  type TagRecord,
  type VerificationRecord,
  type ViolationRecord,
} from './records.ts';
