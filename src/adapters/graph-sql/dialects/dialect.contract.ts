import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../../core/failure.ts';
import { SCHEMA_VERSION } from '../schema/migrations.ts';
import { isOwned, TABLES } from '../schema/schema.ts';
import { type DraftingDialect, inOrder, type SqlConnection, type SqlDialect } from './dialect.ts';

/** A place with no database yet. */
export interface EmptyPlace<Place> {
  readonly place: Place;
  /** Makes the database at this place look like one that was left at another version. */
  setVersion(version: number): Promise<void>;
  remove(): Promise<void>;
}

const LARGE = Number.MAX_SAFE_INTEGER;
const BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const IMAGE_COLUMNS = ['shard', 'id', 'digest'] as const;
const readImages = ({ db }: SqlConnection, shard = 1) =>
  db.selectFrom('image').select(['id', 'digest']).where('shard', '=', shard).execute();
const insertImages = (connected: SqlConnection, ...ids: readonly number[]) =>
  connected.insertRows(
    'image',
    IMAGE_COLUMNS,
    ids.map((id) => [1, id, `image ${id}`]),
  );
const refusal = (code: string) => expect.objectContaining({ code });

/** The laws of a dialect; `makePlace` gives a new place for each test. */
export function describeSqlDialect<Place>(
  name: string,
  dialect: SqlDialect<Place> | DraftingDialect<Place>,
  makePlace: () => Promise<EmptyPlace<Place>>,
): void {
  describe(`${name}, as a dialect`, () => {
    let empty: EmptyPlace<Place>;
    beforeEach(async () => {
      empty = await makePlace();
    });
    afterEach(() => empty.remove());

    describeOpening(dialect, () => empty);
    if ('draft' in dialect) describeDrafts(dialect, () => empty.place);
    describe('an open database', () => {
      let writer: SqlConnection;
      beforeEach(async () => {
        writer = await dialect.openForWriting(empty.place);
      });
      afterEach(() => writer.close());

      describeStatements(() => writer);
      describeTurns(
        () => writer,
        () => dialect.openForReading(empty.place),
      );
    });
  });
}

function describeDrafts<Place>(dialect: DraftingDialect<Place>, getPlace: () => Place): void {
  const begin = async () => {
    const draft = await dialect.draft(getPlace());
    if (draft === null) throw new RangeError('the place is not empty');
    await insertImages(draft.connection, 1);
    return draft;
  };

  it('a draft is seen by nobody before it is published, and then by everybody', async () => {
    const draft = await begin();
    await expect(dialect.openForReading(getPlace())).rejects.toBeInstanceOf(Failure);
    expect(await draft.publish()).toBe(true);
    await draft.discard();
    const writer = await dialect.openForWriting(getPlace());
    expect([writer.schemaVersion, await writer.isStale()]).toEqual([SCHEMA_VERSION, false]);
    await insertImages(writer, 2);
    expect(await readImages(writer)).toHaveLength(2);
    await writer.close();
  });

  it('a draft that is discarded leaves nothing', async () => {
    const draft = await begin();
    await draft.discard();
    await expect(dialect.openForReading(getPlace())).rejects.toBeInstanceOf(Failure);
    expect(await dialect.draft(getPlace())).not.toBeNull();
  });

  it('a draft does not replace what somebody else made meanwhile, and can be read', async () => {
    const draft = await begin();
    await (await dialect.openForWriting(getPlace())).close();
    expect(await draft.publish()).toBe(false);
    const refused = await dialect.openForReading(draft.place);
    expect(await readImages(refused)).toHaveLength(1);
    await refused.close();
    await draft.discard();
    expect(await dialect.draft(getPlace())).toBeNull();
    const reader = await dialect.openForReading(getPlace());
    expect(await readImages(reader)).toEqual([]);
    await reader.close();
  });
}

function describeOpening<Place>(
  dialect: SqlDialect<Place>,
  getEmpty: () => EmptyPlace<Place>,
): void {
  const fill = async () => {
    const writer = await dialect.openForWriting(getEmpty().place);
    await insertImages(writer, 1);
    await writer.close();
  };

  it('a reader creates no database; a writer creates one with every declared table', async () => {
    await expect(dialect.openForReading(getEmpty().place)).rejects.toBeInstanceOf(Failure);
    const writer = await dialect.openForWriting(getEmpty().place);
    expect([writer.schemaVersion, await writer.isStale()]).toEqual([SCHEMA_VERSION, false]);
    for (const table of Object.keys(TABLES)) {
      const query = writer.db.selectFrom(table as 'layer').selectAll();
      const rows = isOwned(table) ? query.where('shard', '=', 1) : query;
      expect(await rows.execute(), table).toEqual([]);
    }
    await writer.close();
  });

  it('a reader that cannot write reads the data after the writer is closed', async () => {
    await fill();
    const reader = await dialect.openForReading(getEmpty().place);
    expect(await readImages(reader)).toEqual([{ id: 1, digest: 'image 1' }]);
    await expect(insertImages(reader, 2)).rejects.toBeInstanceOf(Failure);
    await reader.close();
  });

  it('a later schema is STORE_TOO_NEW for writers and readers', async () => {
    await fill();
    await getEmpty().setVersion(SCHEMA_VERSION + 1);
    const later = refusal('STORE_TOO_NEW');
    await expect(dialect.openForReading(getEmpty().place)).rejects.toEqual(later);
    await expect(dialect.openForWriting(getEmpty().place)).rejects.toEqual(later);
  });

  it('an older schema is STORE_LOCKED for readers; a writer migrates it', async () => {
    await fill();
    await getEmpty().setVersion(1);
    const older = refusal('STORE_LOCKED');
    await expect(dialect.openForReading(getEmpty().place)).rejects.toEqual(older);
    const writer = await dialect.openForWriting(getEmpty().place);
    expect([await writer.isStale(), await readImages(writer)]).toEqual([true, []]);
    await writer.markReplayed();
    expect([writer.schemaVersion, await writer.isStale()]).toEqual([SCHEMA_VERSION, false]);
    await writer.close();
  });
}

function describeStatements(getWriter: () => SqlConnection): void {
  it('numbers, texts, bytes and nulls are read as they were written', async () => {
    const { db, insertRows } = getWriter();
    await insertRows('document', ['shard', 'digest', 'body'], [[1, 'dígest 𝄞', BYTES]]);
    const said = ['severity', 'score', 'stated', 'package_stated'];
    const columns = ['advisory_id', 'record', 'modified', 'withdrawn', ...said];
    const cells = ['A-1', '{}', LARGE, null, 'high', 9.5, '', ''];
    await insertRows('advisory', ['record_digest', ...columns], [['d', ...cells]]);
    const document = await db.selectFrom('document').selectAll().where('shard', '=', 1).execute();
    expect(document).toEqual([{ shard: 1, digest: 'dígest 𝄞', body: expect.any(Uint8Array) }]);
    expect([...(document[0]?.body ?? [])]).toEqual([...BYTES]);
    const advisories = await db.selectFrom('advisory').selectAll().execute();
    expect(advisories).toMatchObject([{ modified: LARGE, withdrawn: null, score: 9.5 }]);
    const text = { advisory_id: 'A-2', record: Buffer.from('dígest 𝄞'), modified: null };
    await insertRows(
      'advisory',
      ['record_digest', ...columns],
      [['e', ...Object.values(text), ...cells.slice(3)]],
    );
    const [, second] = await db.selectFrom('advisory').selectAll().orderBy('id').execute();
    expect(second).toMatchObject({ record: 'dígest 𝄞', modified: null });
    expect(typeof advisories[0]?.id).toBe('number');
  });

  it('counts are numbers', async () => {
    await insertImages(getWriter(), 1, 2, 3);
    const counted = getWriter()
      .db.selectFrom('image')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('shard', '=', 1);
    expect(await counted.executeTakeFirst()).toEqual({ count: 3 });
  });

  it('GS1, GS4: a statement that does not name its shard does not run', async () => {
    const { db, insertRows } = getWriter();
    await expect(db.selectFrom('image').select('id').execute()).rejects.toThrow(/GS4/);
    await expect(insertRows('image', ['id', 'digest'], [[1, 'x']])).rejects.toThrow(/GS1/);
    expect(await readImages(getWriter())).toEqual([]);
  });

  it('an existing row is refused, or left as it is with `ignore`', async () => {
    const { insertRows } = getWriter();
    await insertImages(getWriter(), 1);
    const other = [[1, 1, 'another']];
    await expect(insertRows('image', IMAGE_COLUMNS, other)).rejects.toBeInstanceOf(Failure);
    await insertRows('image', IMAGE_COLUMNS, other, true);
    expect(await readImages(getWriter())).toEqual([{ id: 1, digest: 'image 1' }]);
  });

  it('a row without its parent row is refused', async () => {
    const columns = ['shard', 'id', 'key', 'code_host', 'url'];
    const orphan = getWriter().insertRows('repository', columns, [[1, 1, 'key', 7, 'url']]);
    await expect(orphan).rejects.toBeInstanceOf(Failure);
  });

  it('ids are found by key in one shard; an unknown key has no id', async () => {
    const { insertRows, findIds } = getWriter();
    await insertImages(getWriter(), 1, 2);
    await insertRows('image', IMAGE_COLUMNS, [[2, 9, 'image 2']]);
    const ids = await findIds('image', 'digest', 1, ['image 2', 'image 3']);
    expect([...ids]).toEqual([['image 2', 2]]);
    expect([...(await findIds('image', 'digest', 2, ['image 2']))]).toEqual([['image 2', 9]]);
    expect((await findIds('image', 'digest', 1, [])).size).toBe(0);
  });

  it('a conflict may change the existing row, and the new row is returned', async () => {
    const add = (count: number) =>
      getWriter()
        .db.insertInto('id_block')
        .values({ shard: 1, name: 'image', next_id: count })
        .onConflict((conflict) =>
          conflict
            .columns(['shard', 'name'])
            .doUpdateSet((row) => ({ next_id: row('id_block.next_id', '+', count) })),
        )
        .returning('next_id')
        .executeTakeFirst();
    expect([await add(3), await add(4)]).toEqual([{ next_id: 3 }, { next_id: 7 }]);
  });

  it('a text is read in batches: all rows of its shard and no others', async () => {
    const ids = Array.from({ length: 1_203 }, (_, at) => at + 1);
    await getWriter().takeTurn((turn) => turn.transaction(() => insertImages(getWriter(), ...ids)));
    await getWriter().insertRows('image', IMAGE_COLUMNS, [[2, 9, 'of another shard']]);
    const sql = 'select id from image where shard = ? order by id';
    const read: unknown[] = [];
    for await (const rows of getWriter().queryRows(sql, 1)) {
      expect(rows.length).toBeLessThan(ids.length);
      read.push(...rows.map(({ id }) => id));
    }
    expect(read).toEqual(ids);
  });

  it('an ordered join gives the rows of the plain join, and names its shard', async () => {
    await insertImages(getWriter(), 1, 2, 3);
    const edges = [
      [1, 1, 1, 2, '', 0],
      [1, 2, 1, 3, '', 0],
    ];
    const columns = ['shard', 'id', 'image_index', 'member', 'platform', 'known_from'];
    await getWriter().insertRows('image_member', columns, edges);
    const members = getWriter()
      .db.selectFrom('image_member as edge')
      .innerJoin('image as member', inOrder)
      .select('member.digest')
      .where('edge.shard', '=', 1)
      .whereRef('member.id', '=', 'edge.member')
      .orderBy('member.id');
    await expect(members.execute()).rejects.toThrow(/GS4/);
    const named = members.whereRef('member.shard', '=', 'edge.shard');
    expect(await named.execute()).toEqual([{ digest: 'image 2' }, { digest: 'image 3' }]);
  });
}

function describeTurns(
  getWriter: () => SqlConnection,
  openReader: () => Promise<SqlConnection>,
): void {
  const transact = (work: () => Promise<void>) =>
    getWriter().takeTurn((turn) => turn.transaction(work));

  it('a transaction is all or nothing, and others see it only when it is done', async () => {
    const reader = await openReader();
    await transact(async () => {
      await insertImages(getWriter(), 1);
      expect(await readImages(reader)).toEqual([]);
    });
    expect(await readImages(reader)).toHaveLength(1);
    const half = transact(async () => {
      await insertImages(getWriter(), 2);
      throw new Failure('INTERNAL', 'half way', 'Report this.');
    });
    await expect(half).rejects.toThrow('half way');
    const refused = transact(() => insertImages(getWriter(), 3, 1));
    await expect(refused).rejects.toBeInstanceOf(Failure);
    expect(await readImages(getWriter())).toHaveLength(1);
    await transact(() => insertImages(getWriter(), 4));
    expect(await readImages(reader)).toHaveLength(2);
    await reader.close();
  });

  it('a snapshot sees one state, even if others write meanwhile', async () => {
    const reader = await openReader();
    await insertImages(getWriter(), 1);
    await reader.takeTurn((turn) =>
      turn.snapshot(async () => {
        expect(await readImages(reader)).toHaveLength(1);
        await transact(() => insertImages(getWriter(), 2));
        expect(await readImages(reader)).toHaveLength(1);
      }),
    );
    expect(await readImages(reader)).toHaveLength(2);
    await reader.close();
  });

  it('a partly read text does not bind its reader to an old state', async () => {
    const reader = await openReader();
    const many = Array.from({ length: 1_203 }, (_, at) => at + 1);
    await transact(() => insertImages(getWriter(), ...many));
    for await (const _ of reader.queryRows('select id from image where shard = ?', 1)) break;
    await insertImages(getWriter(), 2_000);
    expect(await readImages(reader)).toHaveLength(many.length + 1);
    await reader.close();
  });

  it('turns do not overlap and keep their order, even on failure; close waits', async () => {
    const seen: number[] = [];
    const { takeTurn } = getWriter();
    const turns = [3, 1, 2].map((at) =>
      takeTurn(async () => {
        seen.push(at);
        await new Promise((resolve) => setTimeout(resolve, at));
        seen.push(at);
        if (at === 1) throw new Failure('INTERNAL', 'no', 'Report this.');
      }),
    );
    const outcomes = await Promise.allSettled(turns);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(seen).toEqual([3, 3, 1, 1, 2, 2]);
    const reader = await openReader();
    const last = reader.takeTurn(() => readImages(reader));
    await reader.close();
    expect(await last).toEqual([]);
  });
}
