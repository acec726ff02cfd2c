import { formatInstant } from '../../../../core/instant.ts';
import {
  buildPlacesTree,
  createImageNodes,
  defineDeploymentsTable,
  defineReleasesTable,
  formatSource,
  noteUnseen,
} from '../answer-text.ts';
import {
  createEvidenceNodes,
  formatCommit,
  formatEvidence,
  isOwnRecord,
} from '../evidence-text.ts';
import type { SourceAnswer } from '../shapes.ts';
import { createNode, defineTable, type TreeNode, type View } from '../view.ts';
import type { DocumentAnswer, Provenance } from './answer.ts';

const COMMITS = defineTable({
  rows: ({ commits }: Provenance) => commits,
  columns: {
    REPOSITORY: ({ repository }) => repository,
    COMMIT: ({ commit }) => commit,
    AUTHOR: ({ author }) => author,
    'SIGNED BY': ({ signed, signer }) =>
      signed ? (signer?.identity ?? 'signed, signer unknown') : 'unsigned',
    EVIDENCE: ({ evidence }) => formatEvidence(evidence),
  },
  none: 'no commit is known\n',
});

const BUILDS = defineTable({
  rows: ({ builds }: Provenance) => builds,
  columns: {
    BUILDER: formatBuilder,
    BUILD: ({ id }) => id,
    REPOSITORY: ({ source }) => formatSource(source, 'repository'),
    COMMIT: ({ source }) => formatSource(source, 'commit'),
    EVIDENCE: ({ evidence }) => formatEvidence(evidence),
  },
  none: 'no build\n',
});

const DOCUMENTS = defineTable({
  rows: ({ documents }: Provenance) => countRecords(documents),
  columns: {
    DOCUMENT: ({ last }) => last.kind,
    DIGEST: formatCounted,
    RECORDED: ({ last }) => formatInstant(last.recordedAt),
    VERIFICATION: ({ last }) => describeStanding(last),
  },
  none: 'no document\n',
});

/** From release to commit, author, build, image and documents, and then to where it runs. */
export const view: View<Provenance> = {
  tables: [defineReleasesTable(), COMMITS, BUILDS, DOCUMENTS, defineDeploymentsTable()],
  buildTree,
  listNotes: ({ more, documents, ...places }) => [
    ...noteUnseen(places),
    ...(more ? ['not all releases, builds or deployments are shown'] : []),
    ...(documents.length > countRecords(documents).length
      ? ['records of one kind are counted; --format json has each']
      : []),
  ],
};

interface CountedDocument {
  readonly last: DocumentAnswer;
  readonly count: number;
}

/**
 * Each document from elsewhere; for records of Waybill itself, such as decisions, the number of
 * each kind and the last one.
 */
function countRecords(documents: readonly DocumentAnswer[]): readonly CountedDocument[] {
  const own = Map.groupBy(
    documents.filter(({ kind }) => isOwnRecord(kind)),
    ({ kind }) => kind,
  );
  const others = documents
    .filter(({ kind }) => !isOwnRecord(kind))
    .map((last) => ({ last, count: 1 }));
  const counted = [...own.values()].flatMap((group) => {
    const last = group.at(-1);
    return last === undefined ? [] : [{ last, count: group.length }];
  });
  return [...others, ...counted];
}

function formatCounted({ last, count }: CountedDocument): string {
  return count === 1 ? last.digest : `${count}, the last ${last.digest}`;
}

function describeStanding({ kind, verifications, claimedBy }: DocumentAnswer): string {
  const last = verifications.at(-1);
  if (last === undefined && claimedBy !== undefined) return `claimed by ${claimedBy}`;
  if (last === undefined && isOwnRecord(kind)) return 'recorded here';
  return last === undefined
    ? 'not verified'
    : `${last.outcome} ${last.signer?.identity ?? ''}`.trim();
}

function buildTree(answer: Provenance): readonly TreeNode[] {
  const rest = [
    ...createBuildNodes(answer),
    ...createDocumentNodes(answer),
    createRunsNode(answer),
  ];
  if (answer.releases.length === 0) return [createNode('no release is known', ...rest)];
  const roots = answer.releases.map((release) => {
    const { source, build } = release;
    return createNode(
      `release ${release.name}@${release.version}, ${formatInstant(release.releasedAt)}, ` +
        `owner ${release.owner ?? 'unknown'}`,
      ...createEvidenceNodes(release.evidence),
      source === null
        ? createNode('source unknown')
        : createNode(
            `source ${formatSource(source, 'host')} ${formatSource(source, 'repository')}`,
            ...createClaimNodes(source),
            createCommitNode(answer, source.commit),
          ),
      createNode(build === null ? 'build unknown' : `build ${build.id} by ${formatBuilder(build)}`),
      ...release.images.map(({ image, reference }) => createNode(`image ${reference} ${image}`)),
    );
  });
  return [...roots, createNode('of these images', ...rest)];
}

function createClaimNodes(source: SourceAnswer): readonly TreeNode[] {
  if (source.claimed?.includes('commit') !== true) return [];
  return [
    createNode('the commit is only claimed: nothing shows that the images were made from it'),
  ];
}

function formatBuilder({ builder, claimed }: { builder: string; claimed?: true | undefined }) {
  return claimed === true ? `${builder} (claimed)` : builder;
}

function createCommitNode({ commits }: Provenance, commit: string): TreeNode {
  const known = commits.find((one) => one.commit === commit);
  if (known === undefined) return createNode(`commit ${commit}: author unknown`);
  return createNode(formatCommit(known), ...createEvidenceNodes(known.evidence));
}

function createBuildNodes({ builds }: Provenance): readonly TreeNode[] {
  return builds.map((build) =>
    createNode(
      `build ${build.id} by ${formatBuilder(build)}, of commit ` +
        `${formatSource(build.source, 'commit') ?? 'unknown'}`,
      ...createEvidenceNodes(build.evidence),
    ),
  );
}

function createDocumentNodes({ documents }: Provenance): readonly TreeNode[] {
  return countRecords(documents).map((counted) =>
    createNode(`${counted.last.kind} ${formatCounted(counted)}, ${describeStanding(counted.last)}`),
  );
}

function createRunsNode({ deployments, observed }: Provenance): TreeNode {
  if (!observed) return createNode('where it runs is not known: no cluster was observed');
  if (deployments.length === 0) return createNode('not known to run');
  return createNode('runs in', ...buildPlacesTree(deployments, createImageNodes));
}
