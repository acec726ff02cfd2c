import type { GatedSource, GraphQuestions } from '../../capabilities/graph/index.ts';
import {
  type BuildGateFact,
  type CommitFact,
  type Fact,
  type Facts,
  makeUnknownFact,
  UnknownFact,
} from '../../capabilities/policy/index.ts';
import { Failure } from '../../core/failure.ts';
import { toOneLine } from '../../core/one-line.ts';

/** A commit and the address of its repository, as trusted provenance proves them. */
export interface SourceOrigin {
  readonly repository: string;
  readonly commit: string;
}

/** What the source gates recorded about the commit that an image was built from. */
export interface SourceFacts {
  readonly commit: Omit<CommitFact, 'id'>;
  readonly buildGate: Fact<BuildGateFact>;
}

/** What the graph knows about a commit; unknown where it knows nothing or cannot be asked. */
export async function findSourceFacts(
  graph: GraphQuestions,
  origin: SourceOrigin,
): Promise<SourceFacts> {
  const found = await graph.ask({ name: 'gated-source', ...origin });
  if (!found.ok) return createUnknownSource(found.failure);
  return {
    commit: toCommitMembers(found.value, origin),
    buildGate: toGateFact(found.value, origin),
  };
}

/** Nothing is known about a commit. */
export function createUnknownSource(why: Failure): SourceFacts {
  const open = makeUnknownFact(why);
  return { commit: { signed: open, trusted: open, signer: open }, buildGate: open };
}

/**
 * What may be concluded from a commit that a release only claims: that the build gate refused it,
 * and nothing else. The image may be of another commit.
 */
export function narrowToClaim({ buildGate }: SourceFacts, { commit }: SourceOrigin): SourceFacts {
  const why = `nothing shows that the image was made from ${commit}, which is only claimed`;
  const unknown = createUnknownSource(
    new Failure(
      'FACT_UNKNOWN',
      why,
      'Attach the provenance of a builder that the trust document names.',
    ),
  );
  // mutant build-gate-by-claim by gated-source: condition -> false
  if (buildGate instanceof UnknownFact || buildGate.verdict !== 'deny') return unknown;
  return { ...unknown, buildGate };
}

function toCommitMembers(
  { commit }: GatedSource,
  { commit: id }: SourceOrigin,
): SourceFacts['commit'] {
  if (commit === null) return createUnknownSource(createUnjudged(id)).commit;
  const { signed, signer } = commit;
  if (!signed) return { signed, trusted: false, signer: null };
  // mutant signed-commit-without-a-signer by gated-source: condition -> false
  if (signer === null) {
    const why = `nobody trusted signed the commit ${toOneLine(id)} when it was recorded`;
    const open = makeUnknownFact(
      new Failure('FACT_UNKNOWN', why, 'Verify it again: waybill commit verify --record.'),
    );
    return { signed, trusted: open, signer: open };
  }
  return { signed, trusted: true, signer };
}

function toGateFact({ buildGate }: GatedSource, { commit }: SourceOrigin): Fact<BuildGateFact> {
  if (buildGate === null) return makeUnknownFact(createUnjudged(commit));
  const { decision: verdict, decidedAt, policy } = buildGate;
  return { verdict, decidedAt, policy };
}

function createUnjudged(commit: string): Failure {
  return new Failure(
    'FACT_UNKNOWN',
    `no record of this installation says that the commit ${toOneLine(commit)} was judged`,
    'Record it where it is built: waybill gate build --record.',
  );
}

/** The facts about the commit that an image was built from, as far as provenance proves it. */
export function buildOriginFacts(
  provenance: NonNullable<Facts['provenance']>,
  source: SourceFacts | undefined,
): Pick<Facts, 'commit' | 'buildGate'> {
  const known = source ?? createUnknownSource(NO_GRAPH);
  const id = provenance instanceof UnknownFact ? provenance : provenance.commit;
  // Without a proven commit there is a fact of the build gate only where it refused a claimed one.
  if (id instanceof UnknownFact)
    return { commit: id, buildGate: source === undefined ? id : known.buildGate };
  return { commit: { id, ...known.commit }, buildGate: known.buildGate };
}

const NO_GRAPH = new Failure(
  'FACT_UNKNOWN',
  'no knowledge graph says what the source gates decided about the commit',
  'Record it where it is built: waybill gate build --record.',
);

/** The commit of trusted provenance, where its repository is known too. */
export function readOrigin(provenance: NonNullable<Facts['provenance']>): SourceOrigin | null {
  if (provenance instanceof UnknownFact) return null;
  const { repository, commit } = provenance;
  return repository instanceof UnknownFact || commit instanceof UnknownFact
    ? null
    : { repository, commit };
}
