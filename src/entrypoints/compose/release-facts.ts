import type { Ask, GraphQuestions } from '../../capabilities/graph/index.ts';
import { type ReleaseFact, type Unknown, unknownFact } from '../../capabilities/policy/index.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';

/** Without a knowledge graph nobody knows which release an image belongs to. */
export function releaseUnknown(): Unknown {
  const remedy = 'Import the release: waybill release, or waybill graph import.';
  return unknownFact(
    new Failure('FACT_UNKNOWN', 'no knowledge graph says which release this image belongs to', remedy),
  );
}

const ALL: Ask = {
  asOf: null,
  knownAt: null,
  signedBy: null,
  owner: null,
  since: null,
  page: { rowsMax: 1, after: null },
};

/** The release that the graph knows an image by; unknown when it knows none, or cannot be asked. */
export async function releaseOf(graph: GraphQuestions, digest: Digest): Promise<ReleaseFact | Unknown> {
  const found = await graph.provenanceOf(digest, ALL);
  if (!found.ok)
    return found.failure.code === 'UNKNOWN_NAME' || found.failure.code === 'NOT_FOUND'
      ? releaseUnknown()
      : unknownFact(found.failure);
  const [release] = found.value.releases;
  if (release === undefined) return releaseUnknown();
  const unsaid = releaseUnknown();
  const { name, version, owner, source } = release;
  return { name, version, owner, repository: source?.repository ?? unsaid, commit: source?.commit ?? unsaid };
}
