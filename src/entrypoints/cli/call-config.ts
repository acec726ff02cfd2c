import { type Config, type ConfigFlags, loadConfig } from '../config/config.ts';
import type { Call } from './command.ts';

/** The configuration that applies to one call. */
export function loadCallConfig({ options, io }: Call): Config {
  const names = ['config', 'home', 'policy', 'trust', 'notation'] as const;
  const given = names.flatMap((name) => {
    const value = options.text(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const config = loadConfig(Object.fromEntries(given) as ConfigFlags, io.env, io.cwd);
  const insecure = Object.fromEntries(
    options.texts('insecure').map((host) => [host, { insecure: true }]),
  );
  return { ...config, registries: { ...config.registries, ...insecure } };
}

export function wantsJson({ options }: Call): boolean {
  return options.text('format') === 'json';
}
