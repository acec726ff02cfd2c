import type { Answers } from '../generated/answers.ts';
import { type EvidenceRow, findStanding, pickBest, type Standing } from '../parts/evidence.tsx';
import { formatMoment, shortenDigest } from '../text.ts';

type Provenance = Answers['provenance'];

/** The columns of the picture, in the order of the way; the last has two parts. */
export const COLUMNS = [
  ['People'],
  ['Commit'],
  ['Build'],
  ['Release'],
  ['Image'],
  ['Runs in', 'Papers'],
] as const;
export type ColumnName = (typeof COLUMNS)[number][number];

export interface WayNode {
  readonly id: string;
  readonly column: ColumnName;
  readonly title: string;
  readonly line: string;
  /** The subject of a link; null: there is nothing more to see. */
  readonly subject: string | null;
}

/** One step of the way, with what states it. */
export interface WayEdge {
  readonly from: string;
  readonly to: string;
  readonly what: string;
  readonly evidence: readonly EvidenceRow[];
  readonly standing: Standing | 'unknown';
  /** Who signed, or why nobody counts. */
  readonly by: string;
}

export interface Way {
  readonly nodes: readonly WayNode[];
  readonly edges: readonly WayEdge[];
}

/** From people over commit, build and release to images, their papers and where they run. */
export function buildWay(answer: Provenance): Way {
  const nodes = new Map<string, WayNode>();
  const edges: WayEdge[] = [];
  const add = (node: WayNode): string => {
    if (!nodes.has(node.id)) nodes.set(node.id, node);
    return node.id;
  };
  const connect = (
    from: string,
    to: string,
    what: string,
    evidence: readonly EvidenceRow[],
    isClaimed = false,
  ): void => {
    const best = pickBest(evidence);
    const standing = best === undefined ? 'unknown' : findStanding(best);
    edges.push({
      ...{ from, to, what, evidence },
      standing: isClaimed ? 'claimed' : standing,
      by: isClaimed ? 'claimed: nothing proves it' : describeBest(best),
    });
  };
  addCommits(answer, add, connect);
  addBuilds(answer, add, connect);
  addReleases(answer, add, connect);
  addPapers(answer, add, edges);
  addPlaces(answer, add, connect);
  return { nodes: [...nodes.values()], edges };
}

type Add = (node: WayNode) => string;
/** `isClaimed`: a record says so, and nothing proves it. */
type Connect = (
  from: string,
  to: string,
  what: string,
  evidence: readonly EvidenceRow[],
  isClaimed?: boolean,
) => void;
type Source = { readonly host: string; readonly repository: string; readonly commit: string };

function describeBest(best: EvidenceRow | undefined): string {
  if (best === undefined) return 'nothing states it';
  switch (findStanding(best)) {
    case 'signed':
      return best.signers.join(', ');
    case 'claimed':
      return `claimed by ${best.claimedBy}`;
    case 'recorded':
      return 'recorded here';
    case 'unsigned':
      return 'no trusted signature';
  }
}

function nameCommit({ host, repository, commit }: Source): string {
  return `commit ${host} ${repository} ${commit}`;
}

function addCommit(source: Source, add: Add): string {
  return add({
    id: nameCommit(source),
    column: 'Commit',
    title: source.commit.slice(0, 12),
    line: source.repository,
    subject: null,
  });
}

function addCommits({ commits }: Provenance, add: Add, connect: Connect): void {
  for (const one of commits) {
    const to = addCommit(one, add);
    const { author, signed, signer } = one;
    if (author !== null) {
      const person = add({ ...makePerson(author), line: 'author' });
      connect(person, to, 'wrote', one.evidence);
    }
    const who = signed ? (signer?.identity ?? 'an unknown signer') : null;
    if (who !== null && who !== author) {
      const person = add({ ...makePerson(who), line: `signer (${signer?.format ?? 'unknown'})` });
      connect(person, to, 'signed', one.evidence);
    }
  }
}

function makePerson(name: string): WayNode {
  return { id: `person ${name}`, column: 'People', title: name, line: '', subject: null };
}

function addBuilds({ builds }: Provenance, add: Add, connect: Connect): void {
  for (const { id, builder, source, evidence } of builds) {
    const to = addBuild({ id, builder }, add);
    if (source !== null)
      connect(addCommit(source, add), to, 'was built', evidence, isClaimedSource(source));
  }
}

function addBuild(
  { id, builder }: { readonly id: string; readonly builder: string },
  add: Add,
): string {
  return add({
    id: `build ${builder} ${id}`,
    column: 'Build',
    title: id,
    line: builder,
    subject: null,
  });
}

/** Whether nothing proves that it was made from this commit. */
function isClaimedSource({ claimed }: { readonly claimed?: readonly string[] }): boolean {
  return claimed !== undefined && claimed.length > 0;
}

function addReleases({ releases, builds }: Provenance, add: Add, connect: Connect): void {
  for (const release of releases) {
    const { name, version, releasedAt, source, build, images, evidence } = release;
    const id = add({
      id: `release ${release.document}`,
      column: 'Release',
      title: `${name}@${version}`,
      line: formatMoment(releasedAt),
      subject: `${name}@${version}`,
    });
    if (build !== null) {
      const from = addBuild(build, add);
      connect(from, id, 'made', evidence, build.claimed === true);
      const isTraced = builds.some((one) => one.id === build.id && one.source !== null);
      if (source !== null && !isTraced)
        connect(addCommit(source, add), from, 'was built', evidence, isClaimedSource(source));
    } else if (source !== null)
      connect(addCommit(source, add), id, 'was released', evidence, isClaimedSource(source));
    for (const { image, reference } of images)
      connect(id, addImage(image, reference, add), 'consists of', evidence);
  }
}

function addImage(digest: string, reference: string, add: Add): string {
  return add({
    id: `image ${digest}`,
    column: 'Image',
    title: reference.replace(/^.*\//, '').replace(/@sha.*$/, ''),
    line: shortenDigest(digest),
    subject: digest,
  });
}

/** Documents of others about the images, with what was verified; own records are in the table. */
function addPapers({ documents }: Provenance, add: Add, edges: WayEdge[]): void {
  for (const paper of documents) {
    if (!PAPERS.has(paper.kind)) continue;
    const last = paper.verifications.at(-1);
    const to = add({
      id: `paper ${paper.digest}`,
      column: 'Papers',
      title: paper.kind,
      line: shortenDigest(paper.digest),
      subject: null,
    });
    const signer = last?.signer?.identity ?? null;
    const isSigned = last?.outcome === 'trusted' && signer !== null;
    edges.push({
      from: addImage(paper.subject, paper.subject, add),
      to,
      what: 'is described by',
      evidence: [
        {
          document: paper.digest,
          kind: paper.kind,
          signers: isSigned ? [signer] : [],
          ...(paper.claimedBy === undefined ? {} : { claimedBy: paper.claimedBy }),
        },
      ],
      standing: isSigned ? 'signed' : paper.claimedBy === undefined ? 'unsigned' : 'claimed',
      by: describePaper(last?.outcome ?? null, signer, paper.claimedBy),
    });
  }
}

/** A signature is no paper of its own: whom it makes count is said of what it covers. */
const PAPERS: ReadonlySet<string> = new Set(['sbom', 'scan', 'statement', 'vex']);

function describePaper(
  outcome: 'trusted' | 'untrusted' | 'undetermined' | null,
  signer: string | null,
  claimedBy: string | undefined,
): string {
  if (outcome === 'trusted') return signer ?? 'trusted';
  if (outcome !== null) return `${outcome}${signer === null ? '' : `: ${signer}`}`;
  return claimedBy === undefined ? 'not verified' : `claimed by ${claimedBy}`;
}

function addPlaces(answer: Provenance, add: Add, connect: Connect): void {
  const known = new Set(answer.releases.flatMap(({ images }) => images.map(({ image }) => image)));
  const [single] = known.size === 1 ? known : [];
  for (const {
    cluster,
    region,
    namespace,
    workload,
    image,
    reference,
    open,
    evidence,
  } of answer.deployments) {
    const to = add({
      id: `place ${JSON.stringify([cluster, region, namespace, workload])}`,
      column: 'Runs in',
      title: `${workload.kind}/${workload.name}`,
      line: `${cluster} ${namespace}${open ? '' : ' (ended)'}`,
      subject: null,
    });
    // What runs of an index is a member of it.
    const from =
      !known.has(image) && single !== undefined
        ? `image ${single}`
        : addImage(image, reference, add);
    connect(from, to, open ? 'runs in' : 'ran in', evidence);
  }
}
