import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PostgresPlace } from '../../src/adapters/graph-sql/index.ts';
import { findPeer } from './peer.ts';

/** A real server of PostgreSQL, on loopback and a socket, under a user without privileges. */
export interface PostgresServer {
  /** The folder of the socket. */
  readonly folder: string;
  readonly port: number;
  readonly data: string;
  /** The program. */
  readonly psql: string;
  /** A database in it, through the socket. */
  place(database: string): PostgresPlace;
  /** Runs SQL as the owner of the server, with psql; what it prints. */
  sql(database: string, text: string): string;
  createDatabase(name: string): void;
  /** Ends the server as an operator would, and waits for it. */
  stop(): Promise<void>;
  /** Starts it again, after `stop`. */
  start(): Promise<void>;
  remove(): Promise<void>;
}

const DEBIAN = '/usr/lib/postgresql';
/** The administrator: programs have roles of their own. */
const OWNER = 'waybill_admin';

/** The folder of the programs of the newest PostgreSQL that is here, or null. */
export function findPostgres(): string | null {
  const named = process.env['WAYBILL_POSTGRES'];
  if (named !== undefined) return named;
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  const [newest] = versions.map(Number).sort((one, other) => other - one);
  const folder = newest === undefined ? null : `${DEBIAN}/${newest}/bin`;
  if (folder !== null && existsSync(`${folder}/initdb`)) return folder;
  return findPeer('initdb')?.replace(/\/initdb$/, '') ?? null;
}

/** Starts a server; `settings` are lines of postgresql.conf. Null where none is installed. */
export async function startPostgres(
  settings: readonly string[] = [],
  tls: CertificateFiles | null = null,
): Promise<PostgresServer | null> {
  const programs = findPostgres();
  if (programs === null) return null;
  const user = findUnprivileged();
  const folder = mkdtempSync(join(tmpdir(), 'waybill-pg-'));
  if (user !== null) chownSync(folder, user.uid, user.gid);
  const cluster = { programs, user, folder, data: join(folder, 'data'), port: await findPort() };
  initialise(cluster, settings, tls);
  const server = buildServer(cluster);
  await server.start();
  return server;
}

interface CertificateFiles {
  readonly key: string;
  readonly certificate: string;
}

type User = { readonly uid: number; readonly gid: number } | null;

interface Cluster {
  /** The folder of the programs. */
  readonly programs: string;
  readonly user: User;
  readonly folder: string;
  readonly data: string;
  readonly port: number;
}

function initialise(
  { programs, user, folder, data, port }: Cluster,
  settings: readonly string[],
  tls: CertificateFiles | null,
): void {
  execFileSync(
    `${programs}/initdb`,
    ['-D', data, '-U', OWNER, '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
    { ...user, cwd: folder, stdio: 'pipe' },
  );
  const conf = [
    `port = ${port}`,
    "listen_addresses = '127.0.0.1'",
    `unix_socket_directories = '${folder}'`,
    ...settings,
  ];
  writeFileSync(join(data, 'postgresql.auto.conf'), `${conf.join('\n')}\n`);
  if (tls === null) return;
  for (const [name, from] of [
    ['server.key', tls.key],
    ['server.crt', tls.certificate],
  ] as const) {
    writeFileSync(join(data, name), readFileSync(from), { mode: 0o600 });
    if (user !== null) chownSync(join(data, name), user.uid, user.gid);
  }
}

function buildServer({ programs, user, folder, data, port }: Cluster): PostgresServer {
  let child: ChildProcess | null = null;
  const psql = `${programs}/psql`;
  const sql = (database: string, text: string): string =>
    execFileSync(
      psql,
      [
        ...['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', folder, '-p', String(port)],
        ...['-U', OWNER, '-d', database],
      ],
      { ...user, cwd: folder, encoding: 'utf8', stdio: 'pipe', input: text },
    );
  const stop = async () => {
    const stopped = child;
    child = null;
    if (stopped === null || stopped.exitCode !== null) return;
    const ended = new Promise((resolve) => stopped.once('exit', resolve));
    stopped.kill('SIGINT');
    await ended;
  };
  return {
    ...{ folder, port, data, sql, psql, stop },
    place: (database) => ({
      ...{ host: folder, port, database, user: OWNER, tls: 'off', authorities: null },
    }),
    createDatabase: (name) => void sql('postgres', `create database "${name}"`),
    start: async () => {
      child = spawn(`${programs}/postgres`, ['-D', data], {
        ...user,
        cwd: folder,
        stdio: 'ignore',
      });
      await waitUntilReady(() => sql('postgres', 'select 1'));
    },
    remove: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function waitUntilReady(ask: () => void): Promise<void> {
  for (let tried = 0; ; tried++) {
    try {
      return ask();
    } catch (thrown) {
      if (tried === 200) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** The server refuses to run as root. */
function findUnprivileged(): User {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function findPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}
