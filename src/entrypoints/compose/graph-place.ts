import type { GraphPlace } from '../../adapters/graph-sql/index.ts';
import type { Config } from '../config/config.ts';
import { isThere } from './is-there.ts';

/** Where log and graph are. `cacheKb` bounds the pages of a file that are kept in memory. */
export function findGraphPlace(config: Config, cacheKb?: number): GraphPlace {
  const { server, database, tenant } = config;
  const whose = tenant === null ? {} : { tenant };
  if (server !== null) return { ...server, ...whose };
  return { path: database, ...whose, ...(cacheKb === undefined ? {} : { cacheKb }) };
}

/** Whether there may be a log: a server is asked when it is needed. */
export function mayHaveLog({ server, database }: Config): boolean {
  return server !== null || isThere(database);
}
