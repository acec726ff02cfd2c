import type { Instant } from '../../core/instant.ts';
import type { ImageEvidence } from './image-evidence.ts';

/** The earliest moment at which a trusted signature stops being valid. */
export function findValidUntil(evidence: ImageEvidence): Instant | null {
  const all = [
    ...evidence.signatures.items,
    ...evidence.documents.items.flatMap((found) => found.signatures),
  ];
  const ends = all.flatMap(({ result }) =>
    result.kind === 'trusted' && result.validUntil !== null ? [result.validUntil] : [],
  );
  return ends.length === 0 ? null : (Math.min(...ends) as Instant);
}
