import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import type { Facts } from '../../capabilities/policy/index.ts';
import type { ArtifactSource, CallOptions } from '../../capabilities/registry/index.ts';
import type { ImageReference } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import type { ReadingBudget } from '../../core/reading-budget.ts';
import { ok, type Result } from '../../core/result.ts';
import { buildImageFacts } from '../facts/facts.ts';
import { findOrigin } from '../facts/provenance-fact.ts';
import { gatherImage } from '../image-evidence/gather.ts';
import { findValidUntil } from '../image-evidence/valid-until.ts';
import type { DeskPorts, DocumentsInForce } from './desk-ports.ts';
import { buildVexEvidence } from './evidence.ts';

export interface ExaminationInput {
  readonly source: ArtifactSource;
  readonly inForce: Pick<DocumentsInForce, 'trust' | 'advisories'>;
  readonly graph: DeskPorts['graph'];
  readonly now: Instant;
  readonly reading?: ReadingBudget;
}

/**
 * What a gate would know about an image: the facts themselves, so that a caller can ask again
 * later.
 */
export interface ImageExamination {
  readonly facts: Facts;
  /** When the first signature that counts expires. */
  readonly validUntil: Instant | null;
  /** The VEX that was read, and what was verified of it: what an audit records. */
  readonly vex: readonly EvidenceInput[];
}

/** Gathers and weighs an image as admission does, and caches nothing. */
export async function examineImage(
  reference: ImageReference,
  { source, inForce, graph, now, reading }: ExaminationInput,
  options: CallOptions = {},
): Promise<Result<ImageExamination>> {
  const { trust, advisories } = inForce;
  const evidence = await gatherImage(
    reference,
    now,
    { source, trust, ...(reading === undefined ? {} : { reading }) },
    options,
  );
  if (!evidence.ok) return evidence;
  const { subject, members } = evidence.value;
  const known = await graph(
    subject.digest,
    members.map(({ descriptor }) => descriptor.digest),
    findOrigin(evidence.value),
  );
  const facts = await buildImageFacts(evidence.value, now, { trust, advisories, ...known });
  if (!facts.ok) return facts;
  return ok({
    facts: facts.value,
    validUntil: findValidUntil(evidence.value),
    vex: buildVexEvidence(evidence.value, trust, now),
  });
}
