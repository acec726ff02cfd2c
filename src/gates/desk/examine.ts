import type { Facts, ReleaseFact, UnknownFact } from '../../capabilities/policy/index.ts';
import type { ArtifactSource, CallOptions } from '../../capabilities/registry/index.ts';
import type { ImageReference } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import { ok, type Result } from '../../core/result.ts';
import { buildImageFacts } from '../facts/facts.ts';
import { gatherImage } from '../image-evidence/gather.ts';
import { findValidUntil } from '../image-evidence/valid-until.ts';
import type { DocumentsInForce } from './desk-ports.ts';

export interface ExaminationInput {
  readonly source: ArtifactSource;
  readonly inForce: Pick<DocumentsInForce, 'trust' | 'advisories'>;
  readonly release: ReleaseFact | UnknownFact;
  readonly now: Instant;
}

/** What a gate would be told of an image: the very facts, for who asks the same again later. */
export interface ImageExamination {
  readonly facts: Facts;
  /** When the first of the signatures that count lapses. */
  readonly validUntil: Instant | null;
}

/** Gathers and weighs an image as admission does, and remembers nothing of it. */
export async function examineImage(
  reference: ImageReference,
  { source, inForce, release, now }: ExaminationInput,
  options: CallOptions = {},
): Promise<Result<ImageExamination>> {
  const { trust, advisories } = inForce;
  const evidence = await gatherImage(reference, now, { source, trust }, options);
  if (!evidence.ok) return evidence;
  const facts = await buildImageFacts(evidence.value, now, { trust, advisories, release });
  if (!facts.ok) return facts;
  return ok({ facts: facts.value, validUntil: findValidUntil(evidence.value) });
}
