import type {
  AdvisoryDocument,
  AdvisoryDocuments,
  FeedImport,
} from '../../../../capabilities/advisories/index.ts';
import type { Digest } from '../../../../core/digest.ts';
import { Failure } from '../../../../core/failure.ts';
import { toInstant } from '../../../../core/instant.ts';
import { attempt, ok, type Result } from '../../../../core/result.ts';
import { readDocumentBody } from '../../questions/document-body.ts';
import { enterShard } from '../../write/tenants.ts';
import type { SqlConnection } from '../dialect.ts';
import { toFeedImport } from '../feed-import.ts';
import { POSTGRES } from './connect-postgres.ts';
import type { PostgresPlace } from './postgres-place.ts';

/** The advisories of the log on a server. Null if there is no log yet. */
export async function openServerDocuments(
  place: PostgresPlace,
): Promise<Result<AdvisoryDocuments | null>> {
  const opened = await openShard(place);
  if (opened.ok) return ok(createDocuments(opened.value.connected, opened.value.shard));
  return opened.failure.code === 'NOT_FOUND' ? ok(null) : opened;
}

/** None where there is no graph yet. */
export async function listServerEcosystems(
  place: PostgresPlace,
): Promise<Result<readonly string[]>> {
  const opened = await openShard(place);
  if (!opened.ok) return opened.failure.code === 'NOT_FOUND' ? ok([]) : opened;
  const { shard } = opened.value;
  const { db, close } = opened.value.connected;
  try {
    return await attempt(async () => {
      const rows = await db
        .selectFrom('lookup_ecosystem as place')
        .innerJoin('lookup', (on) =>
          on.onRef('lookup.shard', '=', 'place.shard').onRef('lookup.id', '=', 'place.lookup'),
        )
        .select('place.ecosystem')
        .distinct()
        .where('place.shard', '=', shard)
        .where('lookup.matched', '=', 1)
        .orderBy('place.ecosystem')
        .execute();
      return rows.map(({ ecosystem }) => ecosystem);
    });
  } finally {
    await close();
  }
}

function openShard(place: PostgresPlace) {
  return attempt(async () => {
    const connected = await POSTGRES.openForReading(place);
    try {
      return { connected, shard: await enterShard(connected, place) };
    } catch (thrown) {
      await connected.close();
      throw thrown;
    }
  });
}

function createDocuments({ db, close }: SqlConnection, shard: number): AdvisoryDocuments {
  const select = (kind: 'advisories' | 'feeds') =>
    db
      .selectFrom('log_entry')
      .select(['position', 'digest', 'recorded_at'])
      .where('shard', '=', shard)
      .where('kind', '=', kind);
  const listSince = async (kind: 'advisories' | 'feeds', position: number) => {
    const rows = await select(kind).where('position', '>=', position).orderBy('position').execute();
    return rows.map(toDocument);
  };
  const read = async (digest: Digest): Promise<Uint8Array> => {
    const body = await readDocumentBody({ db, shard }, digest);
    if (body !== null) return body;
    const remedy = 'Restore it from a backup.';
    throw new Failure('STORE_CORRUPT', `the log has no document ${digest}`, remedy);
  };
  return {
    findNewest: () =>
      attempt(async () => {
        const row = await select('advisories')
          .orderBy('position', 'desc')
          .limit(1)
          .executeTakeFirst();
        return row === undefined ? null : toDocument(row);
      }),
    listSince: (position) => attempt(() => listSince('advisories', position)),
    listFeedsSince: (position) =>
      attempt(async () => {
        const imports: FeedImport[] = [];
        for (const { digest } of await listSince('feeds', position))
          imports.push(await toFeedImport(await read(digest)));
        return imports;
      }),
    read: (digest) => attempt(() => read(digest)),
    close,
  };
}

function toDocument(row: {
  readonly position: number;
  readonly digest: string;
  readonly recorded_at: number;
}): AdvisoryDocument {
  return {
    position: row.position,
    digest: row.digest as Digest,
    recordedAt: toInstant(row.recorded_at),
  };
}
