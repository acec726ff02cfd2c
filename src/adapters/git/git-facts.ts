import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { removeCredentials } from '../../core/repository-address.ts';
import { type Environment, type GitPlace, type GitRun, gitFailure, runGit } from './run-git.ts';

/** Repository and commit of a work tree, as git knows them. */
export interface GitFacts {
  /** Address of the remote `origin`, without credentials; empty where there is none. */
  readonly repository: string;
  readonly commit: string;
  /**
   * Whether tracked files differ from the commit, or may unseen: the commit then does not say what
   * was built.
   */
  readonly dirty: boolean;
}

/** What flags leave open is asked of git; a folder that is no work tree has nothing to say. */
export async function readGitFacts(cwd: string, env: Environment): Promise<GitFacts> {
  const place = { cwd, env, inHook: false };
  const commit = await askGit(place, ['rev-parse', '--verify', 'HEAD^{commit}']);
  const repository = await askGit(place, ['config', '--get', 'remote.origin.url']).catch(() => '');
  // A submodule counts as changed when it stands at another commit; nothing is run within it, where
  // its own configuration would apply.
  const asked = ['status', '--porcelain', '--untracked-files=no', '--ignore-submodules=dirty'];
  const changes = await askGit(place, asked, { more: await disableFilters(place) });
  const dirty = changes !== '' || (await hidesFiles(place));
  return { repository: removeCredentials(repository), commit, dirty };
}

/**
 * Whether git was told to take files for unchanged without a look (`update-index
 * --assume-unchanged`, `--skip-worktree`): nobody knows then that they are what was committed. Only
 * what a sparse checkout leaves out is simply not there.
 */
async function hidesFiles(place: GitPlace): Promise<boolean> {
  const listed = await askGit(place, ['ls-files', '-v', '-z', '--full-name', '--', ':/']);
  const hidden = listed.split('\0').filter((entry) => /^[a-zS] /.test(entry));
  if (hidden.length === 0 || hidden.some((entry) => !entry.startsWith('S')))
    return hidden.length > 0;
  const asked = ['config', '--type=bool', '--get', 'core.sparseCheckout'];
  const sparse = await askGit(place, asked).catch(() => '');
  if (sparse !== 'true') return true;
  const top = await askGit(place, ['rev-parse', '--show-toplevel']);
  return hidden.some(
    (entry) => lstatSync(join(top, entry.slice(2)), { throwIfNoEntry: false }) !== undefined,
  );
}

async function askGit(place: GitPlace, args: readonly string[], run: GitRun = {}): Promise<string> {
  const outcome = await runGit(place, args, run);
  if (outcome.ok) return outcome.out.trim();
  throw gitFailure(place, outcome, 'Name --repo and --commit.');
}

/**
 * Content filters that the repository itself defines would run for `status`; those of the user's
 * own configuration may. They are switched off by the environment, where a name may hold any
 * character.
 */
async function disableFilters(place: GitPlace): Promise<Environment> {
  const asked = ['config', '--null', '--show-scope', '--name-only', '--get-regexp', '^filter\\.'];
  const fields = (await askGit(place, asked).catch(() => '')).split('\0');
  const names = new Set<string>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = /^(filter\..*)\.[^.]*$/s.exec(fields[at + 1] ?? '')?.[1];
    if ((fields[at] === 'local' || fields[at] === 'worktree') && name !== undefined)
      names.add(name);
  }
  const settings = [...names].flatMap((name) => [
    ...['clean', 'smudge', 'process'].map((key) => [`${name}.${key}`, ''] as const),
    [`${name}.required`, 'false'] as const,
  ]);
  const numbered = settings.flatMap(([key, value], at) => [
    [`GIT_CONFIG_KEY_${at}`, key],
    [`GIT_CONFIG_VALUE_${at}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(numbered) };
}
