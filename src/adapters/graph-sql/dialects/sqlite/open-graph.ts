import type { GraphPorts } from '../../../../capabilities/graph/index.ts';
import { attempt, orThrow, type Result } from '../../../../core/result.ts';
import { Reader } from '../../questions/reader.ts';
import { startWriter, type Writer } from '../../write/writer.ts';
import { SQLITE } from './connect-sqlite.ts';
import type { SqlitePlace } from './sqlite-place.ts';

/** Where a graph is, which shard it uses, and what it is projected with. */
export interface GraphOptions extends SqlitePlace {
  readonly ports: GraphPorts;
  readonly shard?: number;
}

/** Opens the database for writing. A projection that a migration made stale is first made again. */
export async function openWriter({
  ports,
  shard = 1,
  ...place
}: GraphOptions): Promise<Result<Writer>> {
  return attempt(async () =>
    orThrow(await startWriter(await SQLITE.openForWriting(place), ports, shard)),
  );
}

/** What a reader needs. Only a writer reads documents. */
export type ReaderOptions = Omit<GraphOptions, 'ports'> & {
  readonly ports: Pick<GraphPorts, 'matcher'>;
};

/** Opens a database that a writer has made. */
export async function openReader({
  ports,
  shard = 1,
  ...place
}: ReaderOptions): Promise<Result<Reader>> {
  return attempt(async () => new Reader(await SQLITE.openForReading(place), ports, shard));
}
