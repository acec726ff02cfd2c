import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../core/failure.ts';
import { formatDatabaseServer, isServerAddress, parseDatabaseServer } from './database-server.ts';

const parse = (text: string) => parseDatabaseServer(text, '/etc/waybill');
const refused = (text: string, message: RegExp) => {
  expect(() => parse(text)).toThrow(message);
  expect(() => parse(text)).toThrow(Failure);
};

describe('the address of a database server', () => {
  it('is encrypted and proves its name beyond this machine, and only there', () => {
    const tls = (text: string) => parse(text).tls;
    expect(tls('postgres://waybill@db.example.com/graph')).toBe('verify');
    expect(tls('postgres://waybill@10.0.0.7/graph')).toBe('verify');
    expect(tls('postgres://waybill@localhost.example.com/graph')).toBe('verify');
    for (const host of ['localhost', '127.0.0.1', '[::1]'])
      expect(tls(`postgresql://${host}/graph`)).toBe('off');
    expect(tls('postgres://localhost/graph?host=/run/postgresql')).toBe('off');
    expect(tls('postgres://db.example.com/graph?sslmode=disable')).toBe('off');
    expect(tls('postgres://127.0.0.1/graph?sslmode=verify-full')).toBe('verify');
  });

  it('that asks for TLS without a proof of the name is refused', () => {
    for (const mode of ['require', 'prefer', 'verify-ca', ''])
      refused(`postgres://db.example.com/graph?sslmode=${mode}`, /sslmode/);
  });

  it('holds no password, and no message repeats what it holds', () => {
    refused('postgres://waybill:geheim@db.example.com/graph', /password/);
    refused('postgres://db.example.com/graph?password=geheim', /password/);
    for (const text of ['postgres://w:geheim@h', 'postgres://w:geheim@h/d#x', 'p://w:geheim@h/d'])
      expect(() => parse(text)).not.toThrow(/geheim/);
  });

  it('has its parts, with a file beside the configuration', () => {
    expect(parse('postgres://way%20bill@db.example.com:6000/gr%40ph?sslrootcert=ca.pem')).toEqual({
      ...{ host: 'db.example.com', port: 6000, database: 'gr@ph', user: 'way bill' },
      ...{ tls: 'verify', authorities: '/etc/waybill/ca.pem' },
    });
    expect(parse('postgres://db.example.com/graph')).toMatchObject({ port: 5432, user: null });
  });

  it('without a host or a database, or with more than Waybill knows, is refused', () => {
    refused('postgres:///graph', /no host/);
    refused('postgres://db.example.com', /no database/);
    refused('postgres://db.example.com/a/b', /no database/);
    refused(
      'postgres://db.example.com/graph?options=-c%20fsync=off',
      /unknown parameter "options"/,
    );
    refused('postgres://db.example.com/gr%00ph', /name nothing/);
    refused('mysql://db.example.com/graph', /is not postgres/);
    refused(`postgres://db.example.com/${'a'.repeat(3_000)}`, /is not postgres/);
  });

  it('is told from a path by its scheme', () => {
    expect(['postgres://h/d', 'POSTGRESQL:x'].map(isServerAddress)).toEqual([true, true]);
    expect(['graph.db', './postgres', '/postgres:'].map(isServerAddress)).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('is read again from what a report writes; any other text is a place or a Failure', () => {
    const part = fc.string({ minLength: 1, unit: fc.constantFrom(...'ab-_.%@ /:?#é') });
    fc.assert(
      fc.property(part, part, fc.boolean(), (database, user, isSocket) => {
        const host = isSocket ? '/run/postgresql' : '127.0.0.1';
        const place = { ...{ host, port: 5432, database, user }, tls: 'off', authorities: null };
        if (database.includes('/')) return;
        expect(parse(formatDatabaseServer({ ...place, tls: 'off' }))).toEqual(place);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parse(`postgres://${text}`);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Failure);
        }
      }),
    );
  });
});
