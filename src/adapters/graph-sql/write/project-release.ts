import type {
  BuildRecord,
  CommitRecord,
  OwnershipRecord,
  ReleaseRecord,
  TagRecord,
} from '../../../capabilities/evidence/index.ts';
import { formatPlatform, type IndexMember } from '../../../capabilities/graph/index.ts';
import { internSigner } from './project-verification.ts';
import { addEdge, addEvidence, type Projection } from './projection.ts';

/** A release, its commit and build, and its images with the platform members that are known. */
export async function projectRelease(projection: Projection, record: ReleaseRecord): Promise<void> {
  const { connected, shard, ids, position, digest } = projection;
  const commit = record.source === null ? null : await internCommit(projection, record.source);
  const build = record.build === null ? null : await internBuild(projection, record.build);
  const id = await ids.allocate('release', 1);
  await connected.insertRows(
    'release',
    [
      'shard',
      'id',
      'document',
      'name',
      'version',
      'released_at',
      'owner',
      'code_commit',
      'build',
      'known_from',
    ],
    [
      [
        shard,
        id,
        digest,
        record.name,
        record.version,
        record.releasedAt,
        record.owner,
        commit,
        build,
        position,
      ],
    ],
  );
  const artifacts = record.artifacts.map((artifact) => [shard, id, artifact.kind, artifact.digest]);
  await connected.insertRows(
    'release_artifact',
    ['shard', 'release', 'kind', 'digest'],
    artifacts,
    true,
  );
  for (const { reference, digest: image, platforms } of record.images) {
    const imageId = await ids.internOne('image', image);
    const members = platforms.map((member) => ({
      digest: member.digest,
      platform: member.platform === null ? '' : formatPlatform(member.platform),
    }));
    await addMembers(projection, imageId, members);
    await addReleaseImage(projection, id, imageId, reference, false);
    for (const member of await listMembers(projection, imageId))
      await addReleaseImage(projection, id, member, reference, true);
  }
}

/** A newly known index: releases that contain the index also contain its members. */
export async function projectImage(
  projection: Projection,
  members: readonly IndexMember[],
): Promise<void> {
  const { connected, shard, ids, digest } = projection;
  const image = await ids.internOne('image', digest);
  await addMembers(projection, image, members);
  const releases = await connected.db
    .selectFrom('release_image')
    .select(['release', 'reference'])
    .where('shard', '=', shard)
    .where('image', '=', image)
    .execute();
  const memberIds = await listMembers(projection, image);
  for (const { release, reference } of releases) {
    for (const member of memberIds)
      await addReleaseImage(projection, release, member, reference, true);
  }
}

async function addMembers(
  projection: Projection,
  image: number,
  members: readonly IndexMember[],
): Promise<void> {
  const ids = (
    await projection.ids.intern(
      'image',
      members.map(({ digest }) => digest),
    )
  ).ids;
  for (const { digest, platform } of members)
    await addEdge(projection, 'image_member', {
      image_index: image,
      member: ids.get(digest) ?? 0,
      platform,
    });
}

/**
 * The members of an index and, if a member is an index too, its members. Each once, in the order of
 * their ids.
 */
async function listMembers(
  { connected, shard }: Projection,
  image: number,
): Promise<readonly number[]> {
  const found = new Set<number>();
  for (let level: readonly number[] = [image]; level.length > 0; ) {
    const rows = await connected.db
      .selectFrom('image_member')
      .select('member')
      .distinct()
      .where('shard', '=', shard)
      .where('image_index', 'in', level)
      .orderBy('member')
      .execute();
    level = rows
      .map((row) => row.member)
      .filter((member) => member !== image && !found.has(member));
    for (const member of level) found.add(member);
  }
  return [...found].sort((one, other) => one - other);
}

async function addReleaseImage(
  projection: Projection,
  release: number,
  image: number,
  reference: string,
  member: boolean,
): Promise<void> {
  await addEdge(
    projection,
    'release_image',
    { release, image },
    { reference, member: member ? 1 : 0 },
  );
}

/** A build and the images that it made. */
export async function projectBuild(projection: Projection, record: BuildRecord): Promise<void> {
  const { connected, shard, ids, position } = projection;
  const build = await internBuild(projection, record);
  const commit = record.source === null ? null : await internCommit(projection, record.source);
  const id = await ids.allocate('build_fact', 1);
  await connected.insertRows(
    'build_fact',
    ['shard', 'id', 'build', 'code_commit', 'started_at', 'finished_at', 'known_from'],
    [[shard, id, build, commit, record.startedAt, record.finishedAt, position]],
  );
  await addEvidence(projection, 'build_fact', [id]);
  for (const product of record.products) {
    const image = await ids.internOne('image', product);
    await addEdge(projection, 'build_image', { build, image });
  }
}

export async function projectCommit(projection: Projection, record: CommitRecord): Promise<void> {
  const { connected, shard, ids, position } = projection;
  const commit = await internCommit(projection, record.source);
  const signer = record.signer === null ? null : await internSigner(projection, record.signer);
  const id = await ids.allocate('commit_fact', 1);
  await connected.insertRows(
    'commit_fact',
    [
      'shard',
      'id',
      'code_commit',
      'author',
      'committer',
      'committed_at',
      'signed',
      'signer',
      'known_from',
    ],
    [
      [
        shard,
        id,
        commit,
        record.author,
        record.committer,
        record.committedAt,
        record.signed ? 1 : 0,
        signer,
        position,
      ],
    ],
  );
  await addEvidence(projection, 'commit_fact', [id]);
}

export async function projectOwnership(
  projection: Projection,
  record: OwnershipRecord,
): Promise<void> {
  const { connected, shard, ids, position } = projection;
  const id = await ids.allocate('ownership', 1);
  await connected.insertRows(
    'ownership',
    ['shard', 'id', 'release_name', 'owner', 'valid_from', 'known_from'],
    [[shard, id, record.release, record.owner, record.from, position]],
  );
}

export async function projectTag(projection: Projection, record: TagRecord): Promise<void> {
  const { connected, shard, ids, position } = projection;
  const id = await ids.allocate('tag', 1);
  await connected.insertRows(
    'tag',
    ['shard', 'id', 'repository', 'tag', 'digest', 'observed_at', 'known_from'],
    [[shard, id, record.repository, record.tag, record.digest, record.observedAt, position]],
  );
}

interface Source {
  readonly host: string;
  readonly repository: string;
  readonly commit: string;
}

async function internCommit(
  { ids }: Projection,
  { host, repository, commit }: Source,
): Promise<number> {
  const hostId = await ids.internOne('code_host', host);
  const repositoryKey = JSON.stringify([host, repository]);
  const repositoryRow = { columns: ['code_host', 'url'], cells: () => [hostId, repository] };
  const repositoryId = await ids.internOne('repository', repositoryKey, repositoryRow);
  const key = JSON.stringify([host, repository, commit]);
  return ids.internOne('code_commit', key, {
    columns: ['repository', 'hash'],
    cells: () => [repositoryId, commit],
  });
}

async function internBuild(
  { ids }: Projection,
  { id, builder }: { readonly id: string; readonly builder: string },
): Promise<number> {
  const key = JSON.stringify([builder, id]);
  return ids.internOne('build', key, {
    columns: ['build_id', 'builder'],
    cells: () => [id, builder],
  });
}
