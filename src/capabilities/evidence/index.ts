export { EVIDENCE_KINDS, type EvidenceKind, RECORD_KINDS, RECORD_MEDIA_TYPE, type RecordKind, isEvidenceKind, isRecordKind } from './kind.ts';
export { type LogLeaf, encodeLeaf, hashLogLeaf } from './leaf.ts';
export { type Consistency, EMPTY_FRONTIER, EMPTY_ROOT, type Frontier, type Inclusion, type TreeHash, computeLeavesRoot, computeRoot, growFrontier, hashLeaf, proveConsistency, proveInclusion, verifyConsistency, verifyInclusion } from './merkle.ts';
export type { EvidenceInput, EvidenceLog, LogEntry, LogHead, Receipt } from './port.ts';
export { type BuildRecord, type CommitRecord, type DecisionEvidence, type DeploymentRecord, type EvidenceRecord, type OwnershipRecord, type RecordFields, type ReleaseRecord, type TagRecord, type VerificationRecord, type ViolationRecord, encodeRecord, parseRecord } from './records.ts';
