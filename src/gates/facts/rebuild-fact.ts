import type { RebuildStatement } from '../../capabilities/attestation/index.ts';
import { type Facts, makeUnknownFact, type RebuildFact } from '../../capabilities/policy/index.ts';
import type { Digest } from '../../core/digest.ts';
import type { ImageEvidence } from '../image-evidence/image-evidence.ts';
import { createMissingFailure } from './fact-lists.ts';

/**
 * What trusted second builds of an image gave. Of several the best counts, so that another one
 * takes nothing away (S15); of an index, that of the image that fared worst.
 */
export function buildRebuildFact(evidence: ImageEvidence): NonNullable<Facts['rebuild']> {
  const { documents, members } = evidence;
  const best = members.map(({ descriptor }) => findBest(evidence, descriptor.digest));
  const [worst] = best.toSorted((one, other) => rate(one) - rate(other));
  if (worst !== undefined && worst !== null) return toFact(worst);
  const why = 'not every platform has a trusted statement of a second build';
  const remedy = 'Build it again from its commit: waybill rebuild.';
  return makeUnknownFact(documents.missing ?? createMissingFailure(why, remedy));
}

function findBest({ documents }: ImageEvidence, member: Digest): RebuildStatement | null {
  const stated = documents.items.flatMap(({ about, content, standing }) =>
    // mutant rebuild-by-a-stranger by rebuild-fact: operand 3 -> false
    content.kind !== 'rebuild' || about !== member || standing.kind !== 'counts'
      ? []
      : [content.rebuild],
  );
  const [best = null] = stated.toSorted(
    (one, other) => rate(other) - rate(one) || other.finishedAt - one.finishedAt,
  );
  return best;
}

function rate(statement: RebuildStatement | null): number {
  if (statement === null) return 0;
  return statement.reproduced ? 3 : statement.sameContent ? 2 : 1;
}

function toFact(statement: RebuildStatement): RebuildFact {
  const { commit, reproduced, sameContent, difference, finishedAt: at } = statement;
  return { commit, reproduced, sameContent, difference, at };
}
