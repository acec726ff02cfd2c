import type { DocumentAnswer, Provenance } from '../../../capabilities/graph/index.ts';
import { formatInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { requireArgument, subjectOf } from '../asking-subject.ts';
import { commitText, evidenceNodes, evidenceText, isOwnRecord } from '../evidence-text.ts';
import { table } from '../io.ts';
import { node, type TreeNode } from '../tree.ts';
import { grouped, placesTree, releasesText, runningText } from './ask-answers.ts';
import { question } from './ask-question.ts';
import { imageNodes } from './ask-where.ts';

/** From release to commit, author, build, image and documents, to where it runs. */
export const askProvenance = question(async (reader, call, ask) => {
  const subject = await subjectOf(call, requireArgument(call, 'of what'), ask);
  const answer = orThrow(await reader.provenanceOf(subject, ask));
  return {
    answer: typeof subject === 'string' ? { image: subject, ...answer } : answer,
    text: () => textOf(answer),
    tree: () => treeOf(answer),
    next: answer.next,
    exit: 0,
    notes: [
      ...(answer.more ? ['not all releases, builds or deployments are shown'] : []),
      ...(answer.documents.length > toldBy(answer.documents).length
        ? ['records of one kind are counted; --format json has each']
        : []),
    ],
  };
});

function textOf({ releases, commits, builds, documents, deployments }: Provenance): string {
  const committed = commits.map((one) => [
    one.repository,
    one.commit,
    one.author ?? '-',
    one.signed ? (one.signer?.identity ?? 'signed, signer unknown') : 'unsigned',
    evidenceText(one.evidence),
  ]);
  const built = builds.map(({ id, builder, source, evidence }) => [
    builder,
    id,
    source?.repository ?? '-',
    source?.commit ?? '-',
    evidenceText(evidence),
  ]);
  const told = toldBy(documents).map(({ last, count }) => [
    last.kind,
    count === 1 ? last.digest : `${count}, the last ${last.digest}`,
    formatInstant(last.recordedAt),
    standingOf(last),
  ]);
  return (
    releasesText(releases) +
    (committed.length === 0
      ? 'nothing is known of who committed\n'
      : table(['REPOSITORY', 'COMMIT', 'AUTHOR', 'SIGNED BY', 'EVIDENCE'], committed)) +
    (built.length === 0 ? 'no build\n' : table(['BUILDER', 'BUILD', 'REPOSITORY', 'COMMIT', 'EVIDENCE'], built)) +
    (told.length === 0 ? 'no document\n' : table(['DOCUMENT', 'DIGEST', 'RECORDED', 'VERIFICATION'], told)) +
    runningText(deployments)
  );
}

/** Each document from elsewhere; of records of our own, such as decisions, how many of a kind and the last. */
function toldBy(documents: readonly DocumentAnswer[]): readonly { last: DocumentAnswer; count: number }[] {
  const own = grouped(
    documents.filter(({ kind }) => isOwnRecord(kind)),
    ({ kind }) => kind,
  );
  const others = documents.filter(({ kind }) => !isOwnRecord(kind)).map((last) => ({ last, count: 1 }));
  const counted = [...own.values()].flatMap((of) => {
    const last = of.at(-1);
    return last === undefined ? [] : [{ last, count: of.length }];
  });
  return [...others, ...counted];
}

function standingOf({ kind, verifications }: DocumentAnswer): string {
  const last = verifications.at(-1);
  if (last === undefined && isOwnRecord(kind)) return 'recorded here';
  return last === undefined ? 'not verified' : `${last.outcome} ${last.signer?.identity ?? ''}`.trim();
}

function treeOf(answer: Provenance): readonly TreeNode[] {
  const rest = [...buildNodes(answer), ...documentNodes(answer), runsNode(answer)];
  if (answer.releases.length === 0) return [node('no release is known', ...rest)];
  const roots = answer.releases.map((release) => {
    const { source, build } = release;
    return node(
      `release ${release.name}@${release.version}, ${formatInstant(release.releasedAt)}, owner ${release.owner ?? 'unknown'}`,
      ...evidenceNodes(release.evidence),
      source === null
        ? node('source unknown')
        : node(`source ${source.host} ${source.repository}`, commitNode(answer, source.commit)),
      node(build === null ? 'build unknown' : `build ${build.id} by ${build.builder}`),
      ...release.images.map(({ image, reference }) => node(`image ${reference} ${image}`)),
    );
  });
  return [...roots, node('of these images', ...rest)];
}

function commitNode({ commits }: Provenance, commit: string): TreeNode {
  const known = commits.find((one) => one.commit === commit);
  if (known === undefined) return node(`commit ${commit}: nothing is known of who committed`);
  return node(commitText(known), ...evidenceNodes(known.evidence));
}

function buildNodes({ builds }: Provenance): readonly TreeNode[] {
  return builds.map(({ id, builder, source, evidence }) =>
    node(`build ${id} by ${builder}, of commit ${source?.commit ?? 'unknown'}`, ...evidenceNodes(evidence)),
  );
}

function documentNodes({ documents }: Provenance): readonly TreeNode[] {
  return toldBy(documents).map(({ last, count }) => {
    const which = count === 1 ? last.digest : `${count}, the last ${last.digest}`;
    return node(`${last.kind} ${which}, ${standingOf(last)}`);
  });
}

function runsNode({ deployments }: Provenance): TreeNode {
  if (deployments.length === 0) return node('runs nowhere that is known');
  return node('runs in', ...placesTree(deployments, imageNodes));
}
