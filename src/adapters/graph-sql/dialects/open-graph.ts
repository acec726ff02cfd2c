import type { GraphPorts } from '../../../capabilities/graph/index.ts';
import { attempt, orThrow, type Result } from '../../../core/result.ts';
import { Reader } from '../questions/reader.ts';
import {
  type CopiedGraph,
  type CopyOptions,
  copyGraph as copyBetween,
} from '../write/copy-graph.ts';
import { startWriter, type Writer } from '../write/writer.ts';
import type { SqlConnection } from './dialect.ts';
import { type GraphOptions, type GraphPlace, isServerPlace } from './graph-place.ts';
import { SQLITE } from './sqlite/connect-sqlite.ts';

/** Opens the database for writing. A projection that a migration made stale is first made again. */
export async function openWriter({
  ports,
  shard = 1,
  ...place
}: GraphOptions): Promise<Result<Writer>> {
  return attempt(async () =>
    orThrow(await startWriter(await connect(place, 'write'), ports, shard)),
  );
}

/** What a reader needs. Only a writer reads documents. */
export type ReaderOptions = GraphPlace & {
  readonly ports: Pick<GraphPorts, 'matcher'>;
  readonly shard?: number;
};

/** Opens a database that a writer has made. */
export async function openReader({
  ports,
  shard = 1,
  ...place
}: ReaderOptions): Promise<Result<Reader>> {
  return attempt(async () => new Reader(await connect(place, 'read'), ports, shard));
}

/** Copies the graph of one place into another, and compares them. */
export async function copyGraph(
  from: GraphPlace,
  { ports, shard = 1, ...to }: GraphOptions,
  options: CopyOptions,
): Promise<Result<CopiedGraph>> {
  return attempt(async () => {
    const source = await connect(from, 'read');
    try {
      const target = orThrow(await openWriter({ ...to, ports, shard }));
      try {
        return await copyBetween(source, target, options);
      } finally {
        await target.close();
      }
    } finally {
      await source.close();
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
