import type { Digest } from '../../core/digest.ts';
import { formatInstant, type Instant } from '../../core/instant.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import { hashLeaf, type TreeHash } from '../../formats/log/merkle.ts';
import type { EvidenceKind } from './kind.ts';

/**
 * What the log says about one document. The position is the place of the leaf in the tree, so it is
 * not written again.
 */
export interface LogLeaf {
  readonly kind: EvidenceKind;
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly subject: Digest | null;
  readonly recordedAt: Instant;
}

/**
 * The bytes of a leaf: canonical JSON, so that anyone can compute its hash from what the log shows.
 */
export function encodeLeaf(leaf: LogLeaf): string {
  return canonicalizeJson({
    apiVersion: 'waybill.dev/log/v1',
    digest: leaf.digest,
    kind: leaf.kind,
    mediaType: leaf.mediaType,
    recordedAt: formatInstant(leaf.recordedAt),
    size: leaf.size,
    subject: leaf.subject,
  });
}

export function hashLogLeaf(leaf: LogLeaf): TreeHash {
  return hashLeaf(encodeLeaf(leaf));
}
