import type { TargetContext } from '../compose/take-inventory.ts';
import { type Config, type ConfigFlags, loadConfig } from '../config/config.ts';
import type { Call } from './command.ts';

/** The options that choose a configuration; a command declares those that it uses. */
export interface ConfigOptions {
  readonly config?: string | undefined;
  readonly home?: string | undefined;
  readonly policy?: string | undefined;
  readonly trust?: string | undefined;
  readonly notation?: string | undefined;
  readonly insecure?: readonly string[];
}

/** The configuration that applies to one call. */
export async function loadCallConfig({ options, io }: Call<ConfigOptions>): Promise<Config> {
  const names = ['config', 'home', 'policy', 'trust', 'notation'] as const;
  const given = names.flatMap((name) => {
    const value = options[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const config = await loadConfig(Object.fromEntries(given) as ConfigFlags, io.env, io.cwd);
  const insecure = Object.fromEntries(
    (options.insecure ?? []).map((host) => [host, { insecure: true }]),
  );
  return { ...config, registries: { ...config.registries, ...insecure } };
}

/** The options that choose an image; a command declares those that it uses. */
export interface TargetOptions extends ConfigOptions {
  readonly platform?: string | undefined;
  readonly as?: string | undefined;
}

/** What one call says about the targets that it names. */
export function readTargetContext(
  { options, io, signal }: Call<TargetOptions>,
  config: Config,
): TargetContext {
  const { cwd, env, stdin } = io;
  return { config, cwd, env, stdin, platform: options.platform, as: options.as, signal };
}
