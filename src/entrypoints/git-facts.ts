import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Failure } from '../core/failure.ts';

const execute = promisify(execFile);

/** Repository and commit of a work tree, as git knows them. */
export interface GitFacts {
  readonly repository: string;
  readonly commit: string;
  /** Whether tracked files differ from the commit: the commit then does not say what was built. */
  readonly dirty: boolean;
}

/** What flags leave open is asked of git; a folder that is no work tree has nothing to say. */
export async function gitFacts(cwd: string, env: Readonly<Record<string, string | undefined>>): Promise<GitFacts> {
  const commit = await git(['rev-parse', '--verify', 'HEAD^{commit}'], cwd, env);
  const repository = await git(['config', '--get', 'remote.origin.url'], cwd, env).catch(() => '');
  const dirty = (await git(['status', '--porcelain', '--untracked-files=no'], cwd, env)) !== '';
  return { repository: withoutCredentials(repository), commit, dirty };
}

/** Only what git needs of the environment: no secret of ours reaches a child. */
async function git(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const passed = Object.fromEntries(
    ['PATH', 'HOME', 'USERPROFILE', 'SYSTEMROOT'].map((name) => [name, env[name] ?? '']),
  );
  try {
    const { stdout } = await execute('git', [...args], {
      cwd,
      env: { ...passed, GIT_TERMINAL_PROMPT: '0' },
      timeout: 10_000,
      maxBuffer: 1024 * 1024,
    });
    return stdout.trim();
  } catch (cause) {
    throw new Failure('NOT_FOUND', `git ${args[0]} did not answer in ${cwd}`, 'Name --repo and --commit.', { cause });
  }
}

/** A remote may carry a token in its address; a waybill must not. */
function withoutCredentials(url: string): string {
  return url.replace(/^([a-z+]+:\/\/)[^/@]*@/i, '$1');
}

/** The code host of a repository address: `github.com` of `https://github.com/shop/trips` or `git@github.com:shop/trips`. */
export function hostOf(repository: string): string | null {
  return (
    /^[a-z+]+:\/\/(?:[^/@]*@)?([^/:]+)/i.exec(repository)?.[1] ?? /^[^/@]+@([^:/]+):/.exec(repository)?.[1] ?? null
  );
}
