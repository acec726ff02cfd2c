import { existsSync, lstatSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { getOwn } from '../../core/own.ts';
import {
  CONFIG_FILE,
  type Config,
  type ConfigFlags,
  type Environment,
  findNamedFile,
  loadConfig,
} from './config.ts';
import type { Settings } from './settings.ts';

/** What a tree may decide about its own judgement, and only at the commit and the build gate. */
const TREE_KEYS = ['policy', 'allowedSigners', 'advisories'] as const;
/** A tree never says whom we trust, where our keys are or how we reach a registry. */
const USER_KEYS = [
  ...(['home', 'trust', 'notation', 'registries', 'keyrings', 'commitRoots'] as const),
  'commitIdentities',
] as const;

/** The folder of the command, and the tree that is judged. */
export interface SourcePlace {
  readonly cwd: string;
  readonly tree: string;
}

/** The user that runs this process; null where the system has no such number. */
type Uid = number | null;

/**
 * The user's configuration, and over it the nearest waybill.yaml of the judged tree, where the user
 * names no file and owns that one. Options and variables win over both. `notes` say what the tree's
 * file decides, or why it decides nothing.
 */
export async function loadSourceConfig(
  flags: ConfigFlags,
  env: Environment,
  { cwd, tree }: SourcePlace,
  uid: Uid = process.getuid?.() ?? null,
): Promise<{ readonly config: Config; readonly notes: readonly string[] }> {
  const config = await loadConfig(flags, env, cwd);
  const file = findNamedFile(flags, env, cwd) === null ? findTreeFile(tree) : null;
  if (file === null || file === config.file) return { config, notes: [] };
  const stranger = describeStranger(file, uid);
  // mutant config-of-another-user by tree-file: remove
  if (stranger !== null) {
    const note = `note: ${file} is not used: ${stranger}; if you trust it, name it: --config ${file}`;
    return { config, notes: [note] };
  }
  const settings = (await import('./settings.ts')).readSettings(file);
  return applySettings(config, { flags, env, file, settings, uid });
}

/** The waybill.yaml in a folder or in the nearest one above it, or null. */
export function findTreeFile(from: string): string | null {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const candidate = join(folder, CONFIG_FILE);
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) return null;
  }
}

/**
 * Why a file may be somebody else's, or null, as git's safe.directory asks it: the file, the link
 * that leads to it and its folder belong to the user. The folder may also belong to root (uid 0).
 */
function describeStranger(file: string, uid: Uid): string | null {
  if (uid === null) return 'this system does not say which user owns it';
  const owners = [lstatSync(file).uid, statSync(file).uid];
  const other = owners.find((owner) => owner !== uid);
  if (other !== undefined) return `it belongs to another user (uid ${other})`;
  const folder = statSync(dirname(file)).uid;
  return folder === uid || folder === 0
    ? null
    : `its folder belongs to another user (uid ${folder})`;
}

interface TreeSettings {
  readonly flags: ConfigFlags;
  readonly env: Environment;
  readonly file: string;
  readonly settings: Settings;
  readonly uid: Uid;
}

function applySettings(config: Config, { flags, env, file, settings, uid }: TreeSettings) {
  const isNamed = (key: (typeof TREE_KEYS)[number]): boolean =>
    (key === 'policy' && flags.policy !== undefined) ||
    (getOwn(env, `WAYBILL_${key.toUpperCase()}`) ?? '') !== '';
  const wanted = TREE_KEYS.filter((key) => settings[key] !== undefined && !isNamed(key));
  const all = wanted.map((key) => [key, resolve(dirname(file), settings[key] ?? '')] as const);
  const strangers = all.flatMap(([key, path]) => {
    const stranger = existsSync(path) ? describeStranger(path, uid) : null;
    return stranger === null ? [] : [{ key, path, stranger }];
  });
  // Somebody else's file decides nothing, also where the user's own file names it.
  // mutant policy-of-another-user by tree-file: value -> $receiver
  const paths = all.filter(([key]) => !strangers.some((other) => other.key === key));
  const decided = paths.map(([key]) => key);
  const ignored = USER_KEYS.filter((key) => settings[key] !== undefined);
  const notes = [
    ...strangers.map(
      ({ key, path, stranger }) => `note: ${path} (${key}) is not used: ${stranger}`,
    ),
    ...(decided.length === 0 ? [] : [`note: ${file} of this tree decides ${decided.join(', ')}`]),
    ...(ignored.length === 0
      ? []
      : [
          `note: ${ignored.join(', ')} of ${file} is not used: a tree does not decide whom we trust`,
        ]),
  ];
  return { config: { ...config, ...Object.fromEntries(paths), file }, notes };
}
