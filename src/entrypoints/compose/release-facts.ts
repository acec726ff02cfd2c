import type { GraphQuestions } from '../../capabilities/graph/index.ts';
import {
  makeUnknownFact,
  type ReleaseFact,
  type UnknownFact,
} from '../../capabilities/policy/index.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';

/** Without a knowledge graph nobody knows which release an image belongs to. */
export function createUnknownRelease(): UnknownFact {
  const remedy = 'Import the release: waybill release, or waybill graph import.';
  return makeUnknownFact(
    new Failure(
      'FACT_UNKNOWN',
      'no knowledge graph says which release this image belongs to',
      remedy,
    ),
  );
}

/** Documents are not asked for; a page has one row at least. */
const ONE = { rowsMax: 1, after: null };

/** The release that the graph knows an image by; unknown when it knows none, or cannot be asked. */
export async function findRelease(
  graph: GraphQuestions,
  digest: Digest,
): Promise<ReleaseFact | UnknownFact> {
  const found = await graph.ask({ name: 'provenance', subject: digest, page: ONE });
  if (!found.ok)
    return found.failure.code === 'UNKNOWN_NAME' || found.failure.code === 'NOT_FOUND'
      ? createUnknownRelease()
      : makeUnknownFact(found.failure);
  const [release] = found.value.releases;
  if (release === undefined) return createUnknownRelease();
  const unsaid = createUnknownRelease();
  const { name, version, owner, source } = release;
  return {
    name,
    version,
    owner,
    repository: source?.repository ?? unsaid,
    commit: source?.commit ?? unsaid,
  };
}
