import type { DocumentAnswer, Provenance } from '../../../capabilities/graph/index.ts';
import { formatInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { requireArgument, resolveSubject } from '../ask-subject.ts';
import {
  createEvidenceNodes,
  formatCommit,
  formatEvidence,
  isOwnRecord,
} from '../evidence-text.ts';
import { formatTable } from '../io.ts';
import { createNode, type TreeNode } from '../tree.ts';
import { buildPlacesTree, formatDeployments, formatReleases, groupBy } from './ask-answers.ts';
import { defineQuestion } from './ask-question.ts';
import { createImageNodes } from './ask-where.ts';

/** From release to commit, author, build, image and documents, to where it runs. */
export const askProvenance = defineQuestion(async (reader, call, ask) => {
  const subject = await resolveSubject(call, requireArgument(call, 'of what'), ask);
  const answer = orThrow(await reader.findProvenance(subject, ask));
  return {
    answer: typeof subject === 'string' ? { image: subject, ...answer } : answer,
    text: () => formatProvenance(answer),
    tree: () => buildTree(answer),
    next: answer.next,
    exit: 0,
    notes: [
      ...(answer.more ? ['not all releases, builds or deployments are shown'] : []),
      ...(answer.documents.length > countRecords(answer.documents).length
        ? ['records of one kind are counted; --format json has each']
        : []),
    ],
  };
});

function formatProvenance({
  releases,
  commits,
  builds,
  documents,
  deployments,
}: Provenance): string {
  const committed = commits.map((one) => [
    one.repository,
    one.commit,
    one.author ?? '-',
    one.signed ? (one.signer?.identity ?? 'signed, signer unknown') : 'unsigned',
    formatEvidence(one.evidence),
  ]);
  const built = builds.map(({ id, builder, source, evidence }) => [
    builder,
    id,
    source?.repository ?? '-',
    source?.commit ?? '-',
    formatEvidence(evidence),
  ]);
  const told = countRecords(documents).map(({ last, count }) => [
    last.kind,
    count === 1 ? last.digest : `${count}, the last ${last.digest}`,
    formatInstant(last.recordedAt),
    describeStanding(last),
  ]);
  return (
    formatReleases(releases) +
    (committed.length === 0
      ? 'nothing is known of who committed\n'
      : formatTable(['REPOSITORY', 'COMMIT', 'AUTHOR', 'SIGNED BY', 'EVIDENCE'], committed)) +
    (built.length === 0
      ? 'no build\n'
      : formatTable(['BUILDER', 'BUILD', 'REPOSITORY', 'COMMIT', 'EVIDENCE'], built)) +
    (told.length === 0
      ? 'no document\n'
      : formatTable(['DOCUMENT', 'DIGEST', 'RECORDED', 'VERIFICATION'], told)) +
    formatDeployments(deployments)
  );
}

/**
 * Each document from elsewhere; of records of our own, such as decisions, how many of a kind and
 * the last.
 */
function countRecords(
  documents: readonly DocumentAnswer[],
): readonly { last: DocumentAnswer; count: number }[] {
  const own = groupBy(
    documents.filter(({ kind }) => isOwnRecord(kind)),
    ({ kind }) => kind,
  );
  const others = documents
    .filter(({ kind }) => !isOwnRecord(kind))
    .map((last) => ({ last, count: 1 }));
  const counted = [...own.values()].flatMap((of) => {
    const last = of.at(-1);
    return last === undefined ? [] : [{ last, count: of.length }];
  });
  return [...others, ...counted];
}

function describeStanding({ kind, verifications }: DocumentAnswer): string {
  const last = verifications.at(-1);
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
            `source ${source.host} ${source.repository}`,
            createCommitNode(answer, source.commit),
          ),
      createNode(build === null ? 'build unknown' : `build ${build.id} by ${build.builder}`),
      ...release.images.map(({ image, reference }) => createNode(`image ${reference} ${image}`)),
    );
  });
  return [...roots, createNode('of these images', ...rest)];
}

function createCommitNode({ commits }: Provenance, commit: string): TreeNode {
  const known = commits.find((one) => one.commit === commit);
  if (known === undefined) return createNode(`commit ${commit}: nothing is known of who committed`);
  return createNode(formatCommit(known), ...createEvidenceNodes(known.evidence));
}

function createBuildNodes({ builds }: Provenance): readonly TreeNode[] {
  return builds.map(({ id, builder, source, evidence }) =>
    createNode(
      `build ${id} by ${builder}, of commit ${source?.commit ?? 'unknown'}`,
      ...createEvidenceNodes(evidence),
    ),
  );
}

function createDocumentNodes({ documents }: Provenance): readonly TreeNode[] {
  return countRecords(documents).map(({ last, count }) => {
    const which = count === 1 ? last.digest : `${count}, the last ${last.digest}`;
    return createNode(`${last.kind} ${which}, ${describeStanding(last)}`);
  });
}

function createRunsNode({ deployments }: Provenance): TreeNode {
  if (deployments.length === 0) return createNode('runs nowhere that is known');
  return createNode('runs in', ...buildPlacesTree(deployments, createImageNodes));
}
