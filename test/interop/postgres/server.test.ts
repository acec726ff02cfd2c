import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectPostgres } from '../../../src/adapters/graph-sql/dialects/postgres/connect-postgres.ts';
import { requireVersion } from '../../../src/adapters/graph-sql/dialects/postgres/session.ts';
import {
  copyGraph,
  openReader,
  openWriter,
  type PostgresPlace,
} from '../../../src/adapters/graph-sql/index.ts';
import { SCHEMA_VERSION } from '../../../src/adapters/graph-sql/schema/migrations.ts';
import type { EvidenceInput } from '../../../src/capabilities/evidence/index.ts';
import { sha256 } from '../../../src/core/digest.ts';
import { toInstant } from '../../../src/core/instant.ts';
import { attempt, orThrow } from '../../../src/core/result.ts';
import { encodeJson, graphPorts as ports } from '../../support/graph-ports.ts';
import { findPeer } from '../../support/peer.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { cutAtCommit } from './cut-at-commit.ts';

const openssl = findPeer('openssl');
const folder = mkdtempSync(join(tmpdir(), 'waybill-pg-tests-'));
const server = await startPostgres(['fsync = off', 'deadlock_timeout = 50ms']);
afterAll(async () => {
  await server?.remove();
  rmSync(folder, { recursive: true });
});

const sbom = (at: number, name = `part-${at}`): EvidenceInput => ({
  kind: 'sbom',
  mediaType: 'application/json',
  body: encodeJson({ complete: true, components: [{ purl: `pkg:npm/${name}@1`, path: `${at}` }] }),
  subject: sha256(`image ${at}`),
});
const NOW = toInstant(1_000);
const refusal = (code: string, text: RegExp) => ({
  ok: false,
  failure: { code, message: expect.stringMatching(text) },
});

describe.skipIf(server === null)('a graph on a PostgreSQL server', () => {
  const own = server as PostgresServer;
  let made = 0;
  let place: PostgresPlace;
  beforeEach(() => {
    const name = `test_${made++}`;
    own.createDatabase(name);
    place = own.place(name);
  });
  afterEach(() => void own.sql('postgres', `drop database "${place.database}" with (force)`));
  const open = async (at = place) => orThrow(await openWriter({ ...at, ports }));
  const listPositions = () =>
    own.sql(place.database, 'select position from log_entry order by position').trim().split('\n');

  it('GS1, GS2, GS3, GS8, GS15: the schema can be distributed; a breach is found', async () => {
    await (await open()).close();
    const rules = readFileSync(join(import.meta.dirname, 'schema-rules.sql'), 'utf8');
    expect(own.sql(place.database, rules)).toBe('');
    own.sql(place.database, 'create table planted (id int generated always as identity)');
    expect(own.sql(place.database, rules)).toMatch(/S1 .*\|planted.*S12 .*\|planted/s);
  });

  it('GS11: several writers that open it at once make one schema, and one order', async () => {
    const writers = await Promise.all(Array.from({ length: 4 }, () => open()));
    const appended = writers.map(async (writer, at) => {
      for (let document = 0; document < 5; document++)
        orThrow(await writer.append([sbom(at * 100 + document)], NOW));
    });
    await Promise.all(appended);
    expect(listPositions()).toEqual(Array.from({ length: 20 }, (_, at) => String(at)));
    for (const writer of writers) await writer.close();
  });

  it('GS12: a commit whose answer was lost is not done again, and is acknowledged', async () => {
    await (await open()).close();
    const proxy = await cutAtCommit(own.port);
    const writer = await open({ ...place, host: '127.0.0.1', port: proxy.port });
    orThrow(await writer.append([sbom(1)], NOW));
    proxy.cutNext();
    const [receipt] = orThrow(await writer.append([sbom(2)], NOW));
    expect([receipt?.fresh, receipt?.position, proxy.cuts()]).toEqual([true, 1, 1]);
    orThrow(await writer.append([sbom(3)], NOW));
    expect(listPositions()).toEqual(['0', '1', '2']);
    await writer.close();
    await proxy.close();
  });

  it('GS12: a writer that loses a deadlock works again, without what it remembered', async () => {
    const writer = await open();
    orThrow(await writer.append([sbom(1), sbom(2)], NOW));
    const first = await hold(place, 'image', sha256('image 1'));
    const second = await hold(place, 'component_set', null);
    // It waits for the first with its place in the log, for which the second waits then. When the
    // first lets go, it comes to what the second holds.
    const news = { ...sbom(3), subject: sha256('image 1') };
    const known = { ...sbom(1), subject: sha256('another image') };
    const appended = writer.append([news, known], NOW);
    await waitForWaiters(1);
    second.claim();
    await waitForWaiters(2);
    await first.end();
    expect(orThrow(await appended).map(({ position }) => position)).toEqual([2, 3]);
    await second.end();
    await vi.waitUntil(() => readDeadlocks() > 0, { timeout: 20_000, interval: 100 });
    orThrow(await writer.append([sbom(4)], NOW));
    orThrow(await writer.verify());
    const live = await exported(place);
    expect(orThrow(await writer.rebuild())).toEqual({ documents: 5 });
    expect(await exported(place)).toEqual(live);
    await writer.close();
  });

  const waitForWaiters = (count: number) =>
    vi.waitUntil(
      () =>
        own
          .sql(place.database, "select 1 from pg_stat_activity where wait_event_type = 'Lock'")
          .split('1').length > count,
      { timeout: 20_000, interval: 20 },
    );
  const readDeadlocks = () =>
    Number(
      own.sql(
        'postgres',
        `select deadlocks from pg_stat_database where datname = '${place.database}'`,
      ),
    );

  it('a writer of an older schema writes no more once a newer one has migrated', async () => {
    const writer = await open();
    orThrow(await writer.append([sbom(1)], NOW));
    own.sql(
      place.database,
      `insert into schema_version values (${SCHEMA_VERSION + 1}, 'a test', 0, '[]')`,
    );
    expect(await writer.append([sbom(2)], NOW)).toMatchObject(refusal('STORE_TOO_NEW', /schema/));
    expect(listPositions()).toEqual(['0']);
    await writer.close();
  });

  it('a graph that is being made again is not asked', async () => {
    await (await open()).close();
    own.sql(place.database, 'update schema_version set stale = 1');
    expect(await openReader({ ...place, ports })).toMatchObject(
      refusal('STORE_LOCKED', /made again/),
    );
  });

  it('migration touches no table of others in the same database', async () => {
    own.sql(place.database, 'create table theirs (id int); insert into theirs values (7)');
    await (await open()).close();
    own.sql(
      place.database,
      'drop table removed_entry; delete from schema_version where version = 17; ' +
        'update schema_version set version = 2 where version = 16',
    );
    await (await open()).close();
    expect(own.sql(place.database, 'select id from theirs').trim()).toBe('7');
  });

  it('a server that went away is tried again at the next call', async () => {
    const writer = await open();
    orThrow(await writer.append([sbom(1)], NOW));
    await own.stop();
    expect(await openReader({ ...place, ports })).toMatchObject(
      refusal('STORE_UNREACHABLE', /reached/),
    );
    await own.start();
    orThrow(await writer.append([sbom(2)], NOW));
    expect(listPositions()).toEqual(['0', '1']);
    await writer.close();
  });

  it('a database that is not there, and a user without rights, are named', async () => {
    expect(await openWriter({ ...place, database: 'nowhere', ports })).toMatchObject(
      refusal('STORE_REFUSED', /nowhere/),
    );
    own.sql(place.database, 'create role guest login');
    const guest = () => openWriter({ ...place, user: 'guest', ports });
    expect(await guest()).toMatchObject(refusal('STORE_REFUSED', /permission denied/));
    own.sql(place.database, 'revoke all on schema public from public');
    expect(await guest()).toMatchObject(refusal('STORE_REFUSED', /refused/));
    own.sql(place.database, 'drop owned by guest; drop role guest');
  });

  it('a server before 15 is refused', () => {
    expect(() => requireVersion(140_012, place)).toThrow(/PostgreSQL 14$/);
    expect(() => requireVersion(150_000, place)).not.toThrow();
  });

  it('texts of strangers with U+0000 and its mark are answered as on SQLite', async () => {
    const file = join(folder, 'nul.db');
    const writer = orThrow(await openWriter({ path: file, ports }));
    const names = ['a%00b', 'a%EE%80%80b', 'a%EE%80%800b'];
    for (const [at, name] of names.entries()) orThrow(await writer.append([sbom(at, name)], NOW));
    await writer.close();
    const signal = new AbortController().signal;
    const copied = await copyGraph(
      { path: file },
      { ...place, ports },
      {
        signal,
        progress: () => undefined,
      },
    );
    expect(copied).toMatchObject({ ok: true, value: { documents: 3, copied: 3 } });
  });

  describe('a password', () => {
    const hba = join(own.data, 'pg_hba.conf');
    const before = readFileSync(hba, 'utf8');
    const file = join(folder, 'pgpass');
    beforeEach(() => {
      writeFileSync(hba, 'local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n');
      own.sql('postgres', "alter role waybill_admin password 'gehe:im'; select pg_reload_conf()");
    });
    afterEach(() => {
      delete process.env['PGPASSFILE'];
      writeFileSync(hba, before);
      own.sql('postgres', 'select pg_reload_conf()');
    });
    const openWith = async (line: string, mode = 0o600) => {
      writeFileSync(file, `# of a test\n${line}\n`);
      chmodSync(file, mode);
      process.env['PGPASSFILE'] = file;
      const opened = await openWriter({ ...place, host: '127.0.0.1', ports });
      if (opened.ok) await opened.value.close();
      return opened;
    };

    it('comes from PGPASSFILE; a wrong one is refused, and no message repeats it', async () => {
      const { port } = own;
      const right = await openWith(`127.0.0.1:${port}:*:waybill_admin:gehe\\:im`);
      expect(right.ok).toBe(true);
      const wrong = await openWith('*:*:*:waybill_admin:geheimer');
      expect(wrong).toMatchObject(refusal('STORE_REFUSED', /authentication failed/));
      expect(JSON.stringify(wrong)).not.toContain('geheim');
      const absent = await openWith('*:*:*:another:gehe\\:im');
      expect(absent).toMatchObject(refusal('STORE_REFUSED', /wants a password of "waybill_admin"/));
    });

    it('of a file that others may read is not taken', async () => {
      const shared = await openWith('*:*:*:waybill_admin:gehe\\:im', 0o644);
      expect(shared).toMatchObject(refusal('STORE_REFUSED', /others may read/));
    });
  });
});

/** A session that holds rows of a table, and may ask for the lock of the shard then. */
async function hold(place: PostgresPlace, table: 'image' | 'component_set', digest: string | null) {
  const held = Promise.withResolvers<void>();
  const claimed = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const other = await connectPostgres(place, 'write', async () => SCHEMA_VERSION);
  const done = other.takeTurn((turn) =>
    turn.transaction(async () => {
      await other.db
        .selectFrom(table)
        .select('id')
        .where('shard', '=', 1)
        .$if(digest !== null, (query) => query.where('digest', '=', digest ?? ''))
        .forUpdate()
        .execute();
      held.resolve();
      await Promise.race([claimed.promise, ended.promise]);
      if (digest === null) await turn.claimShard(1);
    }),
  );
  await held.promise;
  return {
    claim: () => claimed.resolve(),
    end: async () => {
      ended.resolve();
      await done;
      await other.close();
    },
  };
}

async function exported(place: PostgresPlace): Promise<readonly string[]> {
  const reader = orThrow(await openReader({ ...place, ports }));
  const lines: string[] = [];
  for await (const line of reader.export()) lines.push(line);
  await reader.close();
  return lines;
}

describe.skipIf(server === null || openssl === null)('the connection to another machine', () => {
  it('is encrypted, to a server whose certificate counts and names the host', async () => {
    const files = makeCertificate();
    const secured = await startPostgres(['fsync = off', 'ssl = on'], files);
    if (secured === null) throw new Error('there was a server before');
    secured.createDatabase('secured');
    const place: PostgresPlace = {
      ...{ ...secured.place('secured'), host: '127.0.0.1' },
      ...{ tls: 'verify', authorities: files.certificate },
    };
    const tried = async (more: Partial<PostgresPlace>) => {
      const opened = await openWriter({ ...place, ...more, ports });
      if (opened.ok) await opened.value.close();
      return opened;
    };
    expect((await tried({})).ok).toBe(true);
    const other = refusal('STORE_REFUSED', /altnames|certificate/i);
    expect(await tried({ host: 'localhost' })).toMatchObject(other);
    expect(await tried({ authorities: null })).toMatchObject(
      refusal('STORE_REFUSED', /certificate/),
    );
    const plain = { ...place, port: (server as PostgresServer).port };
    expect(await attempt(async () => orThrow(await openWriter({ ...plain, ports })))).toMatchObject(
      refusal('STORE_UNREACHABLE', /SSL/),
    );
    await secured.remove();
  });
});

/** For 127.0.0.1 alone. */
function makeCertificate() {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  execFileSync(
    openssl ?? '',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-subj', '/CN=db', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'],
      ...['-keyout', key, '-out', certificate],
    ],
    { stdio: 'ignore' },
  );
  return { key, certificate };
}
