import type { Material } from '../../capabilities/attestation/index.ts';
import { isJsonObject } from '../../core/json.ts';
import { getOwn } from '../../core/own.ts';
import type { ImageEvidence } from '../image-evidence/image-evidence.ts';
import { findOrigin } from './provenance-fact.ts';

/** From what an image was made, as its trusted provenance records it. */
export interface BuildSource {
  readonly commit: string;
  readonly repository: string | null;
  /** The base image by name and digest; null where none is recorded. */
  readonly base: string | null;
}

/**
 * The recorded materials of an image, so that it can be built again. A commit that is only claimed
 * will do: the second build shows whether the claim is true. Null where none is recorded, or two.
 */
export function findBuildSource(evidence: ImageEvidence): BuildSource | null {
  const counting = evidence.documents.items.flatMap(({ content, standing }) =>
    // mutant rebuild-from-materials-of-a-stranger by rebuild-fact: operand 2 -> false
    content.kind !== 'provenance' || standing.kind !== 'counts' ? [] : [content.provenance],
  );
  const bases = new Set(counting.flatMap(({ materials }) => materials.flatMap(readBase)));
  const [only = null, ...others] = bases;
  const base = others.length === 0 ? only : null;
  const origin = findOrigin(evidence);
  if (origin !== null) return { ...origin, base };
  const claims = counting.flatMap(({ internalParameters: { claimed } }) => {
    if (!isJsonObject(claimed) || typeof claimed['commit'] !== 'string') return [];
    const { commit, repository } = claimed;
    return [{ commit, repository: typeof repository === 'string' ? repository : null }];
  });
  const [claim] = claims;
  if (claim === undefined || claims.some(({ commit }) => commit !== claim.commit)) return null;
  return { ...claim, base };
}

function readBase({ name, uri, digest }: Material): readonly string[] {
  const hex = digest === null ? undefined : getOwn(digest, 'sha256');
  return name === 'base image' && hex !== undefined ? [`${uri ?? ''}@sha256:${hex}`] : [];
}
