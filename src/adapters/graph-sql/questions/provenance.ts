import { readPosted } from '../../../capabilities/evidence/index.ts';
import type { DocumentAnswer, Provenance, Question } from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { inOrder } from '../dialects/dialect.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { readBuilds } from './builds.ts';
import { addBuilderClaim, readClaims } from './claims.ts';
import { readCommits } from './commits.ts';
import { readDeployments } from './deployments.ts';
import { readDigests } from './kin.ts';
import { readObserved } from './observed-clusters.ts';
import { readReleaseAnswers } from './release-answers.ts';
import { checkRowsMax, formatCursor, isBelieved, parseCursor, type Scope } from './scope.ts';
import { isSignedDocument } from './signatures.ts';
import { nameImage, resolveSubject } from './subject.ts';
import { readSubjectReleases } from './subject-releases.ts';
import { readRunningAnswers } from './where.ts';

/**
 * Where an image comes from: releases, builds, and every document about it with its verified
 * signers.
 */
export async function answerProvenance(
  scope: Scope,
  { subject }: Question<'provenance'>,
): Promise<Provenance> {
  const meant = await resolveSubject(scope, subject);
  const { all } = meant;
  const released = await readSubjectReleases(scope, meant);
  const answers = await readReleaseAnswers(scope, released.ids);
  const limit = checkRowsMax(scope.ask.page);
  const documents = await readDocuments(scope, await listSubjects(scope, all), limit + 1);
  const shown = documents.slice(0, limit);
  const last = shown.at(-1);
  const made = await readReleaseBuilds(scope, released.ids);
  const builds = await readBuilds(scope, all);
  const claims = await readClaims(
    scope,
    [...answers.values()].map(({ document }) => document),
  );
  const images = await readReleaseImages(scope, released.ids);
  const releases = released.ids.flatMap((id) => {
    const answer = answers.get(id);
    return answer === undefined
      ? []
      : [
          {
            ...answer,
            build: addBuilderClaim(made.get(id) ?? null, claims.get(answer.document)),
            images: images.get(id) ?? [],
          },
        ];
  });
  const running = await readRunningAnswers(
    scope,
    await readDeployments(scope, all, LIMITS.pageRowsMax),
  );
  const commits = await readCommits(
    scope,
    [...releases, ...builds].flatMap(({ source }) => source ?? []),
  );
  return {
    ...nameImage(subject),
    releases,
    commits,
    builds: builds.slice(0, LIMITS.pageRowsMax),
    documents: shown.map(({ answer }) => answer),
    deployments: running.slice(0, LIMITS.pageRowsMax),
    more:
      released.more || builds.length > LIMITS.pageRowsMax || running.length > LIMITS.pageRowsMax,
    ...(await readObserved(scope)),
    next: documents.length > limit && last !== undefined ? formatCursor([last.position]) : null,
  };
}

/** The digests of the images. */
export async function listSubjects(
  scope: Scope,
  images: readonly number[],
): Promise<readonly Digest[]> {
  return [...(await readDigests(scope, images)).values()].flat();
}

async function readReleaseBuilds({ db, shard }: Scope, releases: readonly number[]) {
  if (releases.length === 0) return new Map<number, { id: string; builder: string }>();
  const rows = await db
    .selectFrom('release')
    .innerJoin('build', (on) =>
      on.onRef('build.shard', '=', 'release.shard').onRef('build.id', '=', 'release.build'),
    )
    .select(['release.id', 'build.build_id', 'build.builder'])
    .where('release.shard', '=', shard)
    .where('release.id', 'in', releases)
    .execute();
  return new Map(rows.map((row) => [row.id, { id: row.build_id, builder: row.builder }]));
}

/** The images that each release names, without their members. */
async function readReleaseImages({ db, shard, known }: Scope, releases: readonly number[]) {
  const found = new Map<number, { image: Digest; reference: string }[]>();
  for (const some of splitIntoChunks(releases)) {
    const rows = await db
      .selectFrom('release_image')
      // from the releases to their images, never through all images by digest
      .innerJoin('image', inOrder)
      .select(['release_image.release', 'release_image.reference', 'image.digest'])
      .where('release_image.shard', '=', shard)
      .whereRef('image.shard', '=', 'release_image.shard')
      .whereRef('image.id', '=', 'release_image.image')
      .where('release_image.release', 'in', some)
      .where('release_image.member', '=', 0)
      .where('release_image.known_from', '<=', known)
      .orderBy('image.digest')
      .limit(LIMITS.pageRowsMax)
      .execute();
    for (const { release, digest, reference } of rows) {
      found.set(release, [...(found.get(release) ?? []), { image: digest as Digest, reference }]);
    }
  }
  return found;
}

interface LoggedDocument {
  readonly position: number;
  readonly answer: DocumentAnswer;
}

async function readDocuments(
  scope: Scope,
  subjects: readonly Digest[],
  limit: number,
): Promise<readonly LoggedDocument[]> {
  const after = parseCursor(scope.ask.page.after, ['number'])?.[0];
  const entries = await scope.db
    .selectFrom('log_entry')
    .select(['position', 'kind', 'digest', 'media_type', 'recorded_at', 'subject'])
    .where('shard', '=', scope.shard)
    .where('subject', 'in', subjects)
    .where('position', '<=', scope.known)
    .$if(after !== undefined, (query) => query.where('position', '>', Number(after)))
    .$if(scope.ask.signedBy !== null, (query) =>
      query.where((row) => isSignedDocument(scope, row, 'log_entry.digest')),
    )
    .orderBy('position')
    .limit(limit)
    .execute();
  const verifications = await readVerifications(scope, [
    ...new Set(entries.map((entry) => entry.digest)),
  ]);
  return entries.map((entry) => ({
    position: entry.position,
    answer: {
      kind: entry.kind,
      digest: entry.digest as Digest,
      subject: entry.subject as Digest,
      ...toMediaTypeAnswer(entry.media_type),
      recordedAt: toInstant(entry.recorded_at),
      verifications: verifications.get(entry.digest) ?? [],
    },
  }));
}

function toMediaTypeAnswer(marked: string): Pick<DocumentAnswer, 'mediaType' | 'claimedBy'> {
  const { mediaType, poster } = readPosted(marked);
  return { mediaType, ...(poster === null ? {} : { claimedBy: poster }) };
}

async function readVerifications(scope: Scope, documents: readonly string[]) {
  const { db, shard } = scope;
  const found = new Map<string, DocumentAnswer['verifications'][number][]>();
  if (documents.length === 0) return found;
  const rows = await db
    .selectFrom('verification')
    .leftJoin('signer', (on) =>
      on
        .onRef('signer.shard', '=', 'verification.shard')
        .onRef('signer.id', '=', 'verification.signer'),
    )
    .select([
      'verification.document',
      'verification.outcome',
      'verification.reason',
      'verification.trust_revision',
    ])
    .select([
      'verification.id',
      'verification.verified_at',
      'signer.format',
      'signer.identity',
      'signer.thumbprint',
    ])
    .where('verification.shard', '=', shard)
    .where('verification.document', 'in', documents)
    .where((row) => isBelieved(row, 'verification', scope))
    .execute();
  for (const row of rows.sort((one, other) => one.id - other.id)) {
    const { format, identity, thumbprint } = row;
    const signer = format === null || identity === null ? null : { format, identity, thumbprint };
    const outcome = row.outcome as 'trusted' | 'untrusted' | 'undetermined';
    const verifiedAt = toInstant(row.verified_at);
    const list = found.get(row.document) ?? [];
    list.push({
      outcome,
      signer,
      trustRevision: row.trust_revision,
      verifiedAt,
      reason: row.reason,
    });
    found.set(row.document, list);
  }
  return found;
}
