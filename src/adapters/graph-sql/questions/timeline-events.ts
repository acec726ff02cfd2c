import { readPosted } from '../../../capabilities/evidence/index.ts';
import type { EvidenceAnswer, TimelineEvent } from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { inOrder } from '../dialects/dialect.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { selectDeployments } from './deployments.ts';
import type { ImageSet } from './findings.ts';
import type { Scope } from './scope.ts';

/**
 * An event, and what states it: documents, one document by kind and digest, or a position of the
 * log.
 */
export type ListedEvent = Omit<TimelineEvent, 'evidence'> & {
  readonly stated:
    | readonly EvidenceAnswer[]
    | { readonly kind: string; readonly digest: string }
    | number;
};

export interface ListedEvents {
  readonly events: readonly ListedEvent[];
  /** There are more than LIMITS.timelineEventsMax of one kind. */
  readonly isCut: boolean;
}

/** The images that a timeline is about. */
export interface TimelineImages {
  readonly images: readonly number[];
  readonly digests: ReadonlyMap<string, number>;
}

const MAX = LIMITS.timelineEventsMax;

/** Reads in chunks, and no more than the limit. */
async function readRows<K, R>(
  keys: readonly K[],
  read: (some: readonly K[], limit: number) => Promise<readonly R[]>,
): Promise<{ readonly rows: readonly R[]; readonly isCut: boolean }> {
  const rows: R[] = [];
  for (const some of splitIntoChunks(keys)) {
    rows.push(...(await read(some, MAX + 1 - rows.length)));
    // mutant timeline-that-forgets-its-limit by timeline: condition -> false
    if (rows.length > MAX) return { rows: rows.slice(0, MAX), isCut: true };
  }
  return { rows, isCut: false };
}

export async function listOwners(
  { db, shard, known }: Scope,
  names: readonly string[],
): Promise<ListedEvents> {
  const { rows, isCut } = await readRows(names, (some, limit) =>
    db
      .selectFrom('ownership')
      .select(['release_name', 'owner', 'valid_from', 'known_from'])
      .where('shard', '=', shard)
      .where('release_name', 'in', some)
      .where('known_from', '<=', known)
      .limit(limit)
      .execute(),
  );
  const events = rows.map(
    (row): ListedEvent => ({
      ...{ at: toInstant(row.valid_from), event: 'owned', image: null },
      what: `${row.release_name} by ${row.owner}`,
      stated: row.known_from,
    }),
  );
  return { events, isCut };
}

export async function listBuilds(
  { db, shard, known }: Scope,
  { images }: TimelineImages,
): Promise<ListedEvents> {
  const { rows, isCut } = await readRows(images, (some, limit) =>
    db
      .selectFrom('build_image')
      // from the images to their builds
      .innerJoin('build_fact', inOrder)
      .innerJoin('build', inOrder)
      .select(['build.build_id', 'build.builder', 'build_fact.known_from'])
      .select(['build_fact.started_at', 'build_fact.finished_at'])
      .distinct()
      .where('build_image.shard', '=', shard)
      .where('build_image.image', 'in', some)
      .where('build_image.known_from', '<=', known)
      .whereRef('build_fact.shard', '=', 'build_image.shard')
      .whereRef('build_fact.build', '=', 'build_image.build')
      .where('build_fact.known_from', '<=', known)
      .whereRef('build.shard', '=', 'build_image.shard')
      .whereRef('build.id', '=', 'build_image.build')
      .limit(limit)
      .execute(),
  );
  const once = new Map(rows.map((row) => [row.known_from, row]));
  const events = [...once.values()].flatMap((row): ListedEvent[] => {
    const at = row.finished_at ?? row.started_at;
    const what = `${row.build_id} by ${row.builder}`;
    const stated = row.known_from;
    return at === null ? [] : [{ at: toInstant(at), event: 'built', what, image: null, stated }];
  });
  return { events, isCut };
}

const DOCUMENTS = ['image', 'sbom', 'scan', 'statement', 'signature'];

export async function listDocuments(
  { db, shard, known }: Scope,
  { digests }: TimelineImages,
): Promise<ListedEvents> {
  const { rows, isCut } = await readRows([...digests.keys()], (some, limit) =>
    db
      .selectFrom('log_entry')
      .select(['position', 'kind', 'recorded_at', 'subject', 'media_type'])
      .where('shard', '=', shard)
      .where('subject', 'in', some)
      .where('kind', 'in', DOCUMENTS)
      .where('position', '<=', known)
      .limit(limit)
      .execute(),
  );
  const events = rows.map((row): ListedEvent => {
    const { mediaType, poster } = readPosted(row.media_type);
    return {
      at: toInstant(row.recorded_at),
      event: 'recorded',
      what: `${row.kind} ${mediaType}${poster === null ? '' : `, claimed by ${poster}`}`,
      image: row.subject as Digest,
      stated: row.position,
    };
  });
  return { events, isCut };
}

/** The results about the image itself, not those about documents about it. */
export async function listVerifications(
  scope: Scope,
  { digests }: TimelineImages,
): Promise<ListedEvents> {
  const { db, shard, known } = scope;
  const { rows, isCut } = await readRows([...digests.keys()], (some, limit) =>
    db
      .selectFrom('verification')
      .leftJoin('signer', (on) =>
        on
          .onRef('signer.shard', '=', 'verification.shard')
          .onRef('signer.id', '=', 'verification.signer'),
      )
      .select(['verification.document', 'verification.outcome', 'verification.verified_at'])
      .select(['verification.known_from', 'signer.identity'])
      .where('verification.shard', '=', shard)
      .where('verification.document', 'in', some)
      .where('verification.known_from', '<=', known)
      .limit(limit)
      .execute(),
  );
  const events = rows.map(
    (row): ListedEvent => ({
      at: toInstant(row.verified_at),
      event: 'verified',
      what: row.identity === null ? row.outcome : `${row.outcome}, signed by ${row.identity}`,
      image: row.document as Digest,
      stated: row.known_from,
    }),
  );
  return { events, isCut };
}

export async function listDecisions(
  { db, shard, known }: Scope,
  { digests }: TimelineImages,
): Promise<ListedEvents> {
  const { rows, isCut } = await readRows([...digests.keys()], (some, limit) =>
    db
      .selectFrom('verdict')
      .select(['subject', 'gate', 'decision', 'workload', 'first_at', 'document'])
      .where('shard', '=', shard)
      .where('subject', 'in', some)
      .where('known_from', '<=', known)
      .limit(limit)
      .execute(),
  );
  const events = rows.map(
    (row): ListedEvent => ({
      at: toInstant(row.first_at),
      event: 'decided',
      what: [row.decision, 'at', row.gate, ...(row.workload === null ? [] : [row.workload])].join(
        ' ',
      ),
      image: row.subject as Digest,
      stated: { kind: 'decision', digest: row.document },
    }),
  );
  return { events, isCut };
}

/** Where it ran, from when, and until when. */
export async function listRuns(scope: Scope, { images }: TimelineImages): Promise<ListedEvents> {
  const { rows, isCut } = await readRows(images, (some, limit) =>
    selectDeployments(scope).where('deployment.image', 'in', some).limit(limit).execute(),
  );
  const events = rows.flatMap((row): ListedEvent[] => {
    const place = `${row.cluster_name} ${row.namespace}/${row.workload_kind}/${row.workload_name}`;
    const what = `${place}/${row.container}`;
    const image = row.image_digest as Digest;
    const [from, to] = [row.valid_from, row.valid_to];
    const began = { at: toInstant(from), event: 'started', what, image } as const;
    const known = { ...began, stated: row.known_from };
    if (to === null) return [known];
    return [known, { at: toInstant(to), event: 'ended', what, image, stated: row.known_from }];
  });
  return { events, isCut };
}

export async function listViolations(
  { db, shard, known }: Scope,
  { digests }: TimelineImages,
): Promise<ListedEvents> {
  const { rows, isCut } = await readRows([...digests.keys()], (some, limit) =>
    db
      .selectFrom('violation')
      .select(['at', 'rule', 'severity', 'cluster', 'namespace', 'workload_name', 'image'])
      .select('document')
      .where('shard', '=', shard)
      .where('image', 'in', some)
      .where('known_from', '<=', known)
      .limit(limit)
      .execute(),
  );
  const events = rows.map(
    (row): ListedEvent => ({
      at: toInstant(row.at),
      event: 'violated',
      what: `${row.rule} (${row.severity}) in ${row.cluster} ${row.namespace}/${row.workload_name}`,
      image: row.image as Digest | null,
      stated: { kind: 'violation', digest: row.document },
    }),
  );
  return { events, isCut };
}

/** When this log learned that an advisory affects a component, and that it does no longer. */
export async function listFindings(
  { db, shard, known }: Scope,
  sets: readonly ImageSet[],
): Promise<ListedEvents> {
  const { rows, isCut } = await readRows(
    [...new Set(sets.map((set) => set.component_set))],
    (some, limit) =>
      db
        .selectFrom('set_member')
        // from the members to the facts about them
        .innerJoin('affected', inOrder)
        .innerJoin('package_version', inOrder)
        .innerJoin('vulnerability', inOrder)
        .select(['set_member.component_set', 'package_version.purl', 'vulnerability.name'])
        .select(['affected.status', 'affected.known_from', 'affected.known_to'])
        .where('set_member.shard', '=', shard)
        .where('set_member.component_set', 'in', some)
        .whereRef('affected.shard', '=', 'set_member.shard')
        .whereRef('affected.package_version', '=', 'set_member.package_version')
        .where('affected.known_from', '<=', known)
        .whereRef('package_version.shard', '=', 'set_member.shard')
        .whereRef('package_version.id', '=', 'set_member.package_version')
        .whereRef('vulnerability.shard', '=', 'set_member.shard')
        .whereRef('vulnerability.id', '=', 'affected.vulnerability')
        .limit(limit)
        .execute(),
  );
  const moments = await readMoments(
    { db, shard },
    rows.flatMap((row) => [row.known_from, ...(row.known_to === null ? [] : [row.known_to])]),
  );
  const once = new Map<string, ListedEvent>();
  const add = (event: 'affected' | 'cleared', what: string, position: number): void => {
    const at = moments.get(position);
    if (at === undefined || position > known) return;
    once.set(`${event} ${what} ${position}`, {
      ...{ at: toInstant(at), event, what, image: null, stated: position },
    });
  };
  for (const row of rows) {
    const doubt = row.status === 'affected' ? '' : ' (not known whether)';
    const what = `${row.name} in ${row.purl}${doubt}`;
    add('affected', what, row.known_from);
    // mutant finding-that-ended-later by timeline: condition -> false
    if (row.known_to !== null) add('cleared', what, row.known_to);
  }
  return { events: [...once.values()], isCut };
}

async function readMoments(
  { db, shard }: Pick<Scope, 'db' | 'shard'>,
  positions: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const moments = new Map<number, number>();
  for (const some of splitIntoChunks([...new Set(positions)])) {
    const rows = await db
      .selectFrom('log_entry')
      .select(['position', 'recorded_at'])
      .where('shard', '=', shard)
      .where('position', 'in', some)
      .execute();
    for (const { position, recorded_at: at } of rows) moments.set(position, at);
  }
  return moments;
}
