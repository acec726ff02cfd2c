import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { createKyselyDialect, StatementCache } from '../dialects/sqlite/sqlite-dialect.ts';
import type { Database } from './schema.ts';

const dialect = createKyselyDialect(new StatementCache(new DatabaseSync(':memory:')));
const db = new Kysely<Database>({ dialect });
const refused = (query: { compile(): unknown }) => expect(() => query.compile()).toThrow(/GS4/);
const accepted = (query: { compile(): unknown }) => expect(() => query.compile()).not.toThrow();

describe('GS4: a statement that does not name its shards does not run', () => {
  const releases = db.selectFrom('release').select('id');

  it('a query needs one shard or a list of shards', () => {
    refused(releases);
    accepted(releases.where('shard', '=', 1));
    accepted(releases.where('shard', 'in', [1, 2]));
  });

  it('a shard in an OR, an inequality or a sub-select confines nothing', () => {
    refused(releases.where((row) => row.or([row('shard', '=', 1), row('id', '=', 1)])));
    refused(releases.where('shard', '>', 1));
    refused(
      releases.where('shard', '=', ({ selectFrom }) =>
        selectFrom('shard').select('shard').limit(1),
      ),
    );
  });

  it('a join of owned tables that does not compare the shard is refused', () => {
    const join = db
      .selectFrom('release')
      .innerJoin('release_image as i', 'i.release', 'release.id')
      .select('release.id')
      .where('release.shard', '=', 1);
    refused(join);
    accepted(join.whereRef('i.shard', '=', 'release.shard'));
    accepted(
      db
        .selectFrom('release')
        .innerJoin('release_image as i', (on) =>
          on.onRef('i.shard', '=', 'release.shard').onRef('i.release', '=', 'release.id'),
        )
        .select('release.id')
        .where('release.shard', '=', 1),
    );
  });

  it('a sub-query needs a shard of its own or the shard of the outer query', () => {
    const outer = releases.where('shard', '=', 1);
    refused(
      outer.where(({ exists, selectFrom }) =>
        exists(selectFrom('ownership').select('ownership.id')),
      ),
    );
    accepted(
      outer.where(({ exists, selectFrom }) =>
        exists(
          selectFrom('ownership')
            .select('ownership.id')
            .whereRef('ownership.shard', '=', 'release.shard'),
        ),
      ),
    );
  });

  it('writes follow the same rule', () => {
    refused(db.updateTable('release').set({ name: 'x' }).where('id', '=', 1));
    accepted(
      db.updateTable('release').set({ name: 'x' }).where('id', '=', 1).where('shard', '=', 1),
    );
    refused(db.deleteFrom('release').where('id', '=', 1));
    accepted(db.deleteFrom('release').where('shard', '=', 1));
    refused(db.insertInto('layer').values({ id: 1, digest: 'x' } as never));
    accepted(db.insertInto('layer').values({ shard: 1, id: 1, digest: 'x' }));
  });

  it('the ON of a left join does not confine the left table', () => {
    const join = db
      .selectFrom('release')
      .leftJoin('release_image as i', (on) =>
        on.on('release.shard', '=', 1).onRef('i.shard', '=', 'release.shard'),
      )
      .select('release.id');
    refused(join);
    accepted(join.where('release.shard', '=', 1));
    refused(
      db
        .selectFrom('release')
        .leftJoin('release_image as i', (on) => on.onRef('i.release', '=', 'release.id'))
        .select('release.id')
        .where('release.shard', '=', 1),
    );
  });

  it('CTEs, derived tables and further tables of a DELETE follow the same rule', () => {
    const listed = (some: typeof releases) => ({
      compile: () =>
        db
          .with('some', () => some)
          .selectFrom('some')
          .select('id')
          .compile(),
    });
    refused(listed(releases));
    accepted(listed(releases.where('shard', '=', 1)));
    refused({ compile: () => db.selectFrom(releases.as('some')).select('id').compile() });
    refused(db.deleteFrom('release').using('layer').where('release.shard', '=', 1));
    refused(
      db.mergeInto('release').using('layer', 'layer.id', 'release.id').whenMatched().thenDelete(),
    );
  });

  it('shared tables need no shard', () => {
    accepted(db.selectFrom('advisory').select('id').where('record_digest', '=', 'x'));
  });

  it('GS5: SQL text is checked too, for shards and for the clock', () => {
    const text = (query: { compile(executor: Kysely<Database>): unknown }) => ({
      compile: () => query.compile(db),
    });
    refused(text(sql`select * from release`));
    accepted(text(sql`select * from release where shard = ${1}`));
    refused(text(sql`select * from ${sql.table('release')}`));
    accepted(text(sql`select * from ${sql.table('release')} where shard = ${1}`));
    refused(text(sql`select * from advisory, release`));
    refused(text(sql`select * from "main"."release" where shard = shard`));
    refused(text(sql`select * from release where shard = current_user`));
    accepted(
      text(sql`select * from release r join layer l on l.shard = r.shard where r.shard in (${1})`),
    );
    accepted(text(sql`select * from advisory`));
    refused(text(sql`update release set released_at = now() where shard = ${1}`));
  });
});
