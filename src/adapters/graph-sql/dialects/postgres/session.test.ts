import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PeerCertificate } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../../../core/failure.ts';
import { SCHEMA_VERSION } from '../../schema/migrations.ts';
import { findPassword } from './password.ts';
import { claimShard, runTransaction } from './postgres-connection.ts';
import type { PostgresPlace } from './postgres-place.ts';
import { buildOptions, requireVersion } from './session.ts';

// What test/interop/postgres proves on a real server, as far as it needs none.

const PLACE: PostgresPlace = {
  ...{ host: 'db.example.com', port: 5432, database: 'graph', user: 'waybill' },
  ...{ tls: 'verify', authorities: null },
};

it('a server before 15 is refused', () => {
  expect(() => requireVersion(140_012, PLACE)).toThrow(/PostgreSQL 14$/);
  expect(() => requireVersion(150_000, PLACE)).not.toThrow();
});

it('a certificate counts for the name in the address alone', () => {
  const { ssl } = buildOptions(PLACE);
  if (typeof ssl !== 'object') throw new RangeError('the connection is not encrypted');
  const judge = (name: string) =>
    ssl.checkServerIdentity?.('', {
      subject: { CN: name },
      subjectaltname: `DNS:${name}`,
    } as PeerCertificate);
  expect(ssl.rejectUnauthorized).toBe(true);
  expect(judge('db.example.com')).toBeUndefined();
  expect(judge('other.example.com')).toBeInstanceOf(Error);
});

describe('a password file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'waybill-pgpass-'));
    process.env['PGPASSFILE'] = join(folder, 'pgpass');
    writeFileSync(join(folder, 'pgpass'), 'x:1:*:*:no\n*:*:graph:waybill:a\\:b\n', { mode: 0o600 });
  });
  afterEach(() => {
    delete process.env['PGPASSFILE'];
    rmSync(folder, { recursive: true });
  });

  it('gives the first line that fits', () => {
    expect(findPassword(PLACE)).toBe('a:b');
    expect(() => findPassword({ ...PLACE, database: 'other' })).toThrow(/wants a password/);
  });

  it.skipIf(process.platform === 'win32')('that others may read does not count', () => {
    chmodSync(join(folder, 'pgpass'), 0o640);
    expect(() => findPassword(PLACE)).toThrow(/others may read/);
  });
});

describe('a transaction', () => {
  const lost = () => new Failure('STORE_UNREACHABLE', 'lost', 'x');
  const deadlock = () => new Failure('STORE_LOCKED', 'x', 'x', { cause: { code: '40P01' } });
  /** A session whose first commits end as they are told, and which knows what became of them. */
  const makeSession = (commits: (Failure | null)[], status: string) => ({
    begin: async () => ({ rows: [{ id: '7' }], count: 1 }),
    end: async () => {
      const failure = commits.shift() ?? null;
      if (failure !== null) throw failure;
    },
    abandon: async () => undefined,
    execute: async () => ({ rows: [{ status }], count: 1 }),
  });
  const count = () => {
    const counts = { works: 0, forgotten: 0 };
    return { counts, forget: () => void counts.forgotten++, work: async () => ++counts.works };
  };

  it('GS12: that lost a deadlock is done again, without what was remembered', async () => {
    const { counts, work, forget } = count();
    expect(await runTransaction(makeSession([deadlock()], 'aborted'), work, forget)).toBe(2);
    expect(counts).toEqual({ works: 2, forgotten: 1 });
  });

  it('GS12: whose commit had no answer is done again only if it was not committed', async () => {
    const one = count();
    expect(await runTransaction(makeSession([lost()], 'committed'), one.work, one.forget)).toBe(1);
    expect(one.counts).toEqual({ works: 1, forgotten: 0 });
    const other = count();
    await runTransaction(makeSession([lost()], 'aborted'), other.work, other.forget);
    expect(other.counts).toEqual({ works: 2, forgotten: 1 });
  });

  it('that fails of itself is not done again', async () => {
    const { counts, forget } = count();
    const work = async () => {
      counts.works++;
      throw new Failure('INTERNAL', 'no', 'x');
    };
    await expect(runTransaction(makeSession([], 'aborted'), work, forget)).rejects.toThrow('no');
    expect(counts).toEqual({ works: 1, forgotten: 1 });
  });

  it('GS11: does not write under a schema that became newer', async () => {
    const claim = (version: number) =>
      claimShard({ execute: async () => ({ rows: [{ version }], count: 1 }) }, 1);
    await expect(claim(SCHEMA_VERSION)).resolves.toBeUndefined();
    await expect(claim(SCHEMA_VERSION + 1)).rejects.toMatchObject({ code: 'STORE_TOO_NEW' });
  });
});
