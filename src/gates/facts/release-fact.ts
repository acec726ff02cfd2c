import type { GraphQuestions, ReleaseAnswer } from '../../capabilities/graph/index.ts';
import {
  makeUnknownFact,
  type ReleaseFact,
  type UnknownFact,
} from '../../capabilities/policy/index.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';

/** Without a knowledge graph the release of an image is unknown. */
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

/** No documents are requested; a page has at least one row. */
const ONE = { rowsMax: 1, after: null };

/**
 * The release that the graph knows for an image; unknown if there is none or the graph cannot be
 * asked.
 */
export async function findRelease(
  graph: GraphQuestions,
  digest: Digest,
): Promise<ReleaseFact | UnknownFact> {
  const found = await graph.ask({ name: 'provenance', subject: digest, page: ONE });
  if (!found.ok)
    return found.failure.code === 'UNKNOWN_NAME' || found.failure.code === 'NOT_FOUND'
      ? createUnknownRelease()
      : makeUnknownFact(found.failure);
  return toReleaseFact(found.value.releases[0] ?? null);
}

/** A release of the graph as a fact; null if the graph knows none. */
export function toReleaseFact(release: ReleaseAnswer | null): ReleaseFact | UnknownFact {
  const unknown = createUnknownRelease();
  if (release === null) return unknown;
  const { name, version, owner, source } = release;
  // mutant posted-release-proves-commit: condition -> false
  const unproven = isOnlyClaimed(release) ? createClaimedRelease(release) : null;
  const repository = unproven ?? source?.repository ?? unknown;
  return { name, version, owner, repository, commit: unproven ?? source?.commit ?? unknown };
}

/** Whether somebody posted the record to a server, and nobody's trusted signature covers it. */
function isOnlyClaimed({ evidence }: ReleaseAnswer): boolean {
  return (
    evidence.every(({ claimedBy, signers }) => claimedBy !== undefined && signers.length === 0) &&
    evidence.length > 0
  );
}

function createClaimedRelease({ name, evidence }: ReleaseAnswer): UnknownFact {
  const poster = evidence[0]?.claimedBy ?? 'somebody';
  return makeUnknownFact(
    new Failure(
      'FACT_UNKNOWN',
      `the token ${poster} claims from which commit ${name} was made, and nothing proves it`,
      'Release it with waybill release on the machine that keeps the graph.',
    ),
  );
}
