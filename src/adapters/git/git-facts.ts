import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { removeCredentials } from '../../core/repository-address.ts';
import type { Environment } from '../../system/processes/child-environment.ts';
import { type GitPlace, type GitRun, gitFailure, runGit } from './run-git.ts';

/** Repository and commit of a work tree, as git reports them. */
export interface GitFacts {
  /** Address of the remote `origin`, without credentials. Empty if there is none. */
  readonly repository: string;
  readonly commit: string;
  /**
   * Whether tracked files differ from the commit, or may differ without git noticing. If so, the
   * commit does not say what was built.
   */
  readonly dirty: boolean;
}

/**
 * Asks git for every fact that the flags leave open. A folder that is not a work tree has no facts.
 */
export async function readGitFacts(cwd: string, env: Environment): Promise<GitFacts> {
  const place = { cwd, env, inHook: false };
  const commit = await askGit(place, ['rev-parse', '--verify', 'HEAD^{commit}']);
  const repository = await askGit(place, ['config', '--get', 'remote.origin.url']).catch(() => '');
  // A submodule counts as changed when it is at another commit. Nothing runs inside a submodule,
  // because its own configuration would apply there.
  const asked = ['status', '--porcelain', '--untracked-files=no', '--ignore-submodules=dirty'];
  const changes = await askGit(place, asked, { more: await disableFilters(place) });
  const dirty = changes !== '' || (await hidesFiles(place));
  return { repository: removeCredentials(repository), commit, dirty };
}

/**
 * Whether git was set to take files as unchanged without a check (`update-index
 * --assume-unchanged`, `--skip-worktree`). Then it is unknown whether they are what was committed.
 * Only the files that a sparse checkout leaves out are simply not there.
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
  throw gitFailure(place, outcome, 'Run it in a clone of the repository.');
}

/**
 * `status` would run the content filters that the repository itself defines. The filters of the
 * user's own configuration may run. The environment switches the others off, because a name may
 * hold any character there.
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
