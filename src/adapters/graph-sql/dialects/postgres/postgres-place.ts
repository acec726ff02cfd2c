/** Where a database of a PostgreSQL server is, and as whom it is opened. It holds no secret. */
export interface PostgresPlace {
  /** A name or an address, or the folder of a Unix socket, which begins with a slash. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** Null: PGUSER, or the name of the user of the operating system. */
  readonly user: string | null;
  /**
   * `verify`: the certificate of the server must be valid and name the host. `authorities` is a
   * file of certificates (PEM) that count instead of those of Node.js.
   */
  readonly tls: 'off' | 'verify';
  readonly authorities: string | null;
  readonly lockWaitMs?: number;
  /** Whose rows are read and written; absent: those of shard 1. */
  readonly tenant?: string;
}

/** For people, in messages. */
export function formatPlace({ host, port, database }: PostgresPlace): string {
  const place = host.startsWith('/') ? `${host}/.s.PGSQL.${port}` : `${host}:${port}`;
  return `${JSON.stringify(database)} at ${place}`;
}
