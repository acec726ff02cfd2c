import { findNearNames } from '../../capabilities/graph/index.ts';
import type { TargetContext } from '../compose/take-inventory.ts';
import {
  type Config,
  type ConfigFlags,
  findUnknownVariables,
  loadConfig,
  VARIABLES,
} from '../config/config.ts';
import { loadSourceConfig } from '../config/tree-file.ts';
import type { Call } from './command.ts';
import { type Io, makePrintable, paintErr, sayNote } from './io.ts';

/** The options that choose a configuration; a command declares those that it uses. */
export interface ConfigOptions {
  readonly config?: string | undefined;
  readonly home?: string | undefined;
  readonly policy?: string | undefined;
  readonly trust?: string | undefined;
  readonly notation?: string | undefined;
  readonly insecure?: readonly string[];
}

/** The configuration that applies to one call: the user's, never that of the current folder. */
export async function loadCallConfig({ options, io }: Call<ConfigOptions>): Promise<Config> {
  warnOfVariables(io);
  return addInsecure(options, await loadConfig(readFlags(options), io.env, io.cwd));
}

/**
 * For the commit gate and the build gate only: the tree's own waybill.yaml may name its policy.
 * What it decides, and what it may not decide, is printed.
 */
export async function loadSourceCallConfig(
  { options, io }: Call<ConfigOptions>,
  tree: string = io.cwd,
): Promise<Config> {
  warnOfVariables(io);
  const place = { cwd: io.cwd, tree };
  const { config, notes } = await loadSourceConfig(readFlags(options), io.env, place);
  for (const note of notes) sayNote(io, `${makePrintable(note)}\n`);
  return addInsecure(options, config);
}

function warnOfVariables(io: Io): void {
  const unknown = findUnknownVariables(io.env).toSorted();
  if (unknown.length === 0) return;
  const shown = unknown.slice(0, SHOWN_MAX).map(describeVariable);
  const more = unknown.length - shown.length;
  const names = [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
  io.err(
    `${paintErr(io, 'yellow', 'warning:')} no variable of Waybill, and without effect: ` +
      `${makePrintable(names)}; docs/reference/commands.md lists those that it reads\n`,
  );
}

const SHOWN_MAX = 10;
const PREFIX = /^WAYBILL_/;

/** A name that only contains it, such as RELEASE_IMAGE for an IMAGE of others, is no correction. */
const LETTERS_MAX = 2;

function describeVariable(name: string): string {
  const asked = name.replace(PREFIX, '');
  const known = Object.keys(VARIABLES)
    .map((one) => one.replace(PREFIX, ''))
    .filter((one) => Math.abs(one.length - asked.length) <= LETTERS_MAX);
  const [near] = findNearNames(asked, known, 1);
  return near === undefined ? name : `${name} (did you mean WAYBILL_${near}?)`;
}

function readFlags(options: ConfigOptions): ConfigFlags {
  const names = ['config', 'home', 'policy', 'trust', 'notation'] as const;
  const given = names.flatMap((name) => {
    const value = options[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(given) as ConfigFlags;
}

function addInsecure({ insecure = [] }: ConfigOptions, config: Config): Config {
  const named = Object.fromEntries(insecure.map((host) => [host, { insecure: true }]));
  return { ...config, registries: { ...config.registries, ...named } };
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
