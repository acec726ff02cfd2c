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
  if (source === null || unproven !== null) {
    const open = unproven ?? unknown;
    return { name, version, owner, repository: open, commit: open };
  }
  return { name, version, owner, ...buildSourceFacts(source) };
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

/** Repository and commit of a release; what is only claimed is unknown to a rule. */
export function buildSourceFacts({
  repository,
  commit,
  claimed = [],
}: Pick<NonNullable<ReleaseAnswer['source']>, 'repository' | 'commit' | 'claimed'>): Pick<
  ReleaseFact,
  'repository' | 'commit'
> {
  const readFact = (key: 'repository' | 'commit', value: string): string | UnknownFact =>
    // mutant release-claim-is-no-fact by cli-release-claims: condition -> false
    claimed.includes(key)
      ? makeUnknownFact(
          new Failure(
            'FACT_UNKNOWN',
            `the ${key} ${value} is only claimed: nothing shows that the image was made from it`,
            'Attach the provenance of a builder that the trust document names, and ask ' +
              `provenance.${key}.`,
          ),
        )
      : value;
  return { repository: readFact('repository', repository), commit: readFact('commit', commit) };
}
