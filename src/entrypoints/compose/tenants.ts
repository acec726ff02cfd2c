import { orThrow } from '../../core/result.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import type { Config } from '../config/config.ts';
import { requireGraph } from './graph.ts';
import { findGraphPlace } from './graph-place.ts';

/** Makes the tables too, where there are none. */
export async function createTenant(config: Config, name: string) {
  const { createTenant: create, runOn } = await import('../../adapters/graph-sql/index.ts');
  makeFolders(config.home, 0o700);
  return orThrow(await runOn(findGraphPlace(config), 'write', (opened) => create(opened, name)));
}

export async function listTenants(config: Config) {
  requireGraph(config);
  const { listTenants: list, runOn } = await import('../../adapters/graph-sql/index.ts');
  return orThrow(await runOn(findGraphPlace(config), 'read', list));
}
