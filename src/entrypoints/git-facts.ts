import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Failure } from '../core/failure.ts';

const execute = promisify(execFile);

/** Repository and commit of a work tree, as git knows them. */
export interface GitFacts {
  /** Address of the remote `origin`, without credentials; empty where there is none. */
  readonly repository: string;
  readonly commit: string;
  /** Whether tracked files differ from the commit: the commit then does not say what was built. */
  readonly dirty: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What flags leave open is asked of git; a folder that is no work tree has nothing to say. */
export async function gitFacts(cwd: string, env: Environment): Promise<GitFacts> {
  const commit = await git(['rev-parse', '--verify', 'HEAD^{commit}'], cwd, env);
  const repository = await git(['config', '--get', 'remote.origin.url'], cwd, env).catch(() => '');
  // A submodule counts as changed when it stands at another commit; nothing is run within it, where its own
  // configuration would apply.
  const asked = ['status', '--porcelain', '--untracked-files=no', '--ignore-submodules=dirty'];
  const changes = await git(asked, cwd, env, await filtersOff(cwd, env));
  return { repository: withoutCredentials(repository), commit, dirty: changes !== '' };
}

/**
 * A repository's own configuration may name programs. Those that reading runs are switched off, and so is every way of
 * fetching what is missing: whoever made the repository does not decide what runs here.
 */
const HARMLESS = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['core.pager', 'cat'],
  ['core.sshCommand', 'false'],
  ['core.askPass', ''],
  ['credential.helper', ''],
  ['protocol.allow', 'never'],
].flatMap(([name, value]) => ['-c', `${name}=${value}`]);

/** Only what git needs of the environment: no secret of ours reaches it, and no GIT_* of the caller leads it elsewhere. */
const PASSED = ['PATH', 'HOME', 'XDG_CONFIG_HOME', 'USERPROFILE', 'SYSTEMROOT', 'SystemRoot', 'TEMP', 'TMPDIR'];
const SETTLED = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: 'none',
  LC_ALL: 'C',
};

async function git(args: readonly string[], cwd: string, env: Environment, more: Environment = {}): Promise<string> {
  const passed = PASSED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  try {
    const { stdout } = await execute('git', ['--no-pager', ...HARMLESS, ...args], {
      cwd,
      env: { ...Object.fromEntries(passed), ...SETTLED, ...more },
      timeout: 10_000,
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout.trim();
  } catch (thrown) {
    throw gitFailure(cwd, thrown);
  }
}

function gitFailure(cwd: string, thrown: unknown): Failure {
  const { code, stderr } = thrown as { readonly code?: unknown; readonly stderr?: unknown };
  const remedy = 'Name --repo and --commit.';
  if (code === 'ENOENT') return new Failure('USAGE', 'git was not found, or the folder is gone', remedy);
  const said = typeof stderr === 'string' ? (stderr.split('\n').find((line) => line.startsWith('fatal:')) ?? '') : '';
  const why = said === '' ? 'it did not answer' : said.replace(/^fatal: /, '');
  return new Failure('USAGE', `git knows no commit in ${cwd}: ${why}`, remedy);
}

/**
 * Content filters that the repository itself defines would run for `status`; those of the user's own configuration may.
 * They are switched off by the environment, where a name may hold any character.
 */
async function filtersOff(cwd: string, env: Environment): Promise<Environment> {
  const asked = ['config', '--null', '--show-scope', '--name-only', '--get-regexp', '^filter\\.'];
  const fields = (await git(asked, cwd, env).catch(() => '')).split('\0');
  const names = new Set<string>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = /^(filter\..*)\.[^.]*$/s.exec(fields[at + 1] ?? '')?.[1];
    if ((fields[at] === 'local' || fields[at] === 'worktree') && name !== undefined) names.add(name);
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

/** A remote may carry a token in its address, before the host or in a query; a waybill must not. */
export function withoutCredentials(url: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)([^?#]*)/is.exec(url);
  if (scheme !== null) return `${scheme[1]}${(scheme[2] ?? '').replace(/^.*@/s, '')}${scheme[3]}`;
  // scp-like: git@host:path; a password has no place there, but somebody may have put one.
  return url.replace(/^([^/@:]+):[^/@]*@/, '$1@');
}

/** The code host of a repository address: `github.com` of `https://github.com/shop/trips` or `git@github.com:shop/trips`. */
export function hostOf(repository: string): string | null {
  return (
    /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#]*@)?(\[[^\]]*\]|[^/:?#]+)/i.exec(repository)?.[1] ??
    /^[^/@]+@([^:/]+):/.exec(repository)?.[1] ??
    null
  );
}
