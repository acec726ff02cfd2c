import type { GraphPlace } from '../../adapters/graph-sql/index.ts';
import type { Config } from '../config/config.ts';
import { isThere } from './is-there.ts';

/** Where log and graph are. `cacheKb` bounds the pages of a file that are kept in memory. */
export function findGraphPlace({ server, database }: Config, cacheKb?: number): GraphPlace {
  if (server !== null) return server;
  return cacheKb === undefined ? { path: database } : { path: database, cacheKb };
}

/** Whether there may be a log: a server is asked when it is needed. */
export function mayHaveLog({ server, database }: Config): boolean {
  return server !== null || isThere(database);
}
