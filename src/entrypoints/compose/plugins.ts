import { join } from 'node:path';
import type { PluginFolder } from '../../adapters/plugins/index.ts';
import { getOwn } from '../../core/own.ts';
import type { Config } from '../config/config.ts';

/** The plugins of notation, where notation keeps them. */
export function locatePlugins(
  { notation, plugins }: Config,
  env: PluginFolder['env'],
): PluginFolder {
  return {
    folder: join(notation, 'plugins'),
    env,
    variables: (name) => getOwn(plugins, name)?.environment ?? [],
  };
}
