import type { GraphPorts } from '../../../capabilities/graph/index.ts';
import { attempt, orThrow, type Result } from '../../../core/result.ts';
import { Reader } from '../questions/reader.ts';
import {
  type CopiedGraph,
  type CopyOptions,
  copyGraph as copyBetween,
} from '../write/copy-graph.ts';
import { enterShard } from '../write/tenants.ts';
import { startWriter, type Writer } from '../write/writer.ts';
import type { SqlConnection } from './dialect.ts';
import { type GraphOptions, type GraphPlace, isServerPlace } from './graph-place.ts';
import { SQLITE } from './sqlite/connect-sqlite.ts';

/** Opens the database for writing. A projection that a migration made stale is first made again. */
export async function openWriter({
  ports,
  shard,
  ...place
}: GraphOptions): Promise<Result<Writer>> {
  return attempt(async () => {
    const entered = await enter(place, 'write', shard);
    return orThrow(await startWriter(entered.connected, ports, entered.shard));
  });
}

/** What a reader needs. Only a writer reads documents. */
export type ReaderOptions = GraphPlace & {
  readonly ports: Pick<GraphPorts, 'matcher'>;
  readonly shard?: number;
};

/** Opens a database that a writer has made. */
export async function openReader({
  ports,
  shard,
  ...place
}: ReaderOptions): Promise<Result<Reader>> {
  return attempt(async () => {
    const entered = await enter(place, 'read', shard);
    return new Reader(entered.connected, ports, entered.shard);
  });
}

/** Copies the graph of one place into another, and compares them. */
export async function copyGraph(
  from: GraphPlace,
  { ports, ...to }: GraphOptions,
  options: CopyOptions,
): Promise<Result<CopiedGraph>> {
  return attempt(async () => {
    const source = await enter(from, 'read', undefined);
    try {
      const target = orThrow(await openWriter({ ...to, ports }));
      try {
        return await copyBetween(source, target, options);
      } finally {
        await target.close();
      }
    } finally {
      await source.connected.close();
    }
  });
}

/** A connection that sees the rows of one tenant alone. */
async function enter(place: GraphPlace, mode: 'write' | 'read', shard: number | undefined) {
  const connected = await connect(place, mode);
  try {
    return { connected, shard: await enterShard(connected, { tenant: place.tenant, shard }) };
  } catch (thrown) {
    await connected.close();
    throw thrown;
  }
}

/** What is done on one connection, which is closed then. */
export async function runOn<T>(
  place: GraphPlace,
  mode: 'write' | 'read',
  work: (connected: SqlConnection) => Promise<T>,
): Promise<Result<T>> {
  return attempt(async () => {
    const connected = await connect(place, mode);
    try {
      return await work(connected);
    } finally {
      await connected.close();
    }
  });
}

/** The driver of the server is loaded where it is used. */
async function connect(place: GraphPlace, mode: 'write' | 'read'): Promise<SqlConnection> {
  if (isServerPlace(place)) {
    const { POSTGRES } = await import('./postgres/connect-postgres.ts');
    return mode === 'write' ? POSTGRES.openForWriting(place) : POSTGRES.openForReading(place);
  }
  return mode === 'write' ? SQLITE.openForWriting(place) : SQLITE.openForReading(place);
}
