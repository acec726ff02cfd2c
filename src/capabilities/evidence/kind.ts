/**
 * The kind of a document of evidence. `said`: the same document about the same subject, given
 * again, adds nothing. `stands`: the latest document counts, so that a return to an earlier text is
 * a change (a policy rolled back, an advisory restored).
 */
export const EVIDENCE_KINDS = {
  release: 'said',
  image: 'said',
  sbom: 'said',
  scan: 'said',
  statement: 'said',
  signature: 'said',
  verification: 'said',
  advisories: 'stands',
  /** What an import of advisories covers, behind the advisories that it read. */
  feeds: 'said',
  policy: 'stands',
  trust: 'stands',
  ownership: 'said',
  decision: 'said',
  /**
   * The facts of a decision, by the digest that the decision names; large lists are separate
   * documents.
   */
  facts: 'said',
  deployment: 'said',
  violation: 'said',
  tag: 'said',
  build: 'said',
  commit: 'said',
} as const satisfies Record<string, 'said' | 'stands'>;

export type EvidenceKind = keyof typeof EVIDENCE_KINDS;

export function isEvidenceKind(text: string): text is EvidenceKind {
  return Object.hasOwn(EVIDENCE_KINDS, text);
}

/**
 * Kinds whose bytes are a record of Waybill: they are read strictly, and refused when malformed.
 */
export const RECORD_KINDS = {
  release: 'Release',
  verification: 'Verification',
  ownership: 'Ownership',
  decision: 'Decision',
  deployment: 'Deployment',
  violation: 'Violation',
  tag: 'Tag',
  build: 'Build',
  commit: 'Commit',
  feeds: 'Feeds',
} as const satisfies Partial<Record<EvidenceKind, string>>;

export type RecordKind = keyof typeof RECORD_KINDS;

export function isRecordKind(kind: EvidenceKind): kind is RecordKind {
  return Object.hasOwn(RECORD_KINDS, kind);
}

/** The media type under which Waybill's own records are kept. */
export const RECORD_MEDIA_TYPE = 'application/vnd.waybill.record.v1+json';
