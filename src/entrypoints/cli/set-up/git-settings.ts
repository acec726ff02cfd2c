import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fail, ok, type Result } from '../../../core/result.ts';
import {
  CHILD_ENVIRONMENT,
  type Environment,
  pickEnvironment,
} from '../../../system/processes/child-environment.ts';

const execute = promisify(execFile);

/** The settings of git that are needed here. No others are kept, because some contain tokens. */
export interface GitSettings {
  readonly version: string;
  /** Null outside of a work tree. */
  readonly topLevel: string | null;
  readonly hooksFolder: string | null;
  readonly remote: string | null;
  readonly signs: boolean;
  readonly format: string;
  readonly hasSigningKey: boolean;
  readonly allowedSignersFile: string | null;
}

/** Reads only configuration: no hook, filter, pager or helper runs, and nothing is fetched. */
export async function readGitSettings(
  folder: string,
  env: Environment,
): Promise<Result<GitSettings>> {
  const ask = createGitRunner(folder, env);
  const version = await ask('--version');
  if (version === null)
    return fail(
      'FILE_NOT_FOUND',
      'git was not found, or did not answer',
      'Install git 2.34 or newer.',
    );
  const [topLevel, list] = [
    await ask('rev-parse', '--show-toplevel'),
    await ask('config', '--null', '--list'),
  ];
  const settings = parseSettings(list ?? '');
  const allowed = settings.get('gpg.ssh.allowedsignersfile');
  return ok({
    version: /\d{1,9}\.\d{1,9}(?:\.\d{1,9})?/.exec(version)?.[0] ?? 'unknown',
    topLevel: topLevel === null ? null : topLevel.replace(/\r?\n$/, ''),
    hooksFolder:
      (await ask('rev-parse', '--path-format=absolute', '--git-path', 'hooks'))?.replace(
        /\r?\n$/,
        '',
      ) ?? null,
    remote: settings.get('remote.origin.url') ?? null,
    signs: isTrue(settings.get('commit.gpgsign')),
    format: settings.get('gpg.format') ?? 'openpgp',
    hasSigningKey: settings.has('user.signingkey'),
    allowedSignersFile: allowed === undefined ? null : await expandPath(allowed, ask),
  });
}

type GitRunner = (...args: readonly string[]) => Promise<string | null>;

function createGitRunner(folder: string, env: Environment): GitRunner {
  const settled = {
    ...pickEnvironment(env, CHILD_ENVIRONMENT),
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    LC_ALL: 'C',
  };
  return async (...args) => {
    try {
      const options = { cwd: folder, env: settled, timeout: 10_000, maxBuffer: 16 * 1024 * 1024 };
      return (await execute('git', ['--no-pager', '-c', 'core.fsmonitor=false', ...args], options))
        .stdout;
    } catch {
      return null; // no work tree, no such setting, or no git; the version shows which
    }
  };
}

/** The last value of each name counts, as in git. */
function parseSettings(list: string): ReadonlyMap<string, string> {
  const entries = list.split('\0').map((entry) => {
    const end = entry.indexOf('\n');
    return end === -1
      ? ([entry, 'true'] as const)
      : ([entry.slice(0, end), entry.slice(end + 1)] as const);
  });
  return new Map(entries);
}

function isTrue(value: string | undefined): boolean {
  return /^(?:true|yes|on|[1-9]\d*)$/i.test(value ?? '');
}

/** Resolves `~` as git itself does. */
async function expandPath(path: string, ask: GitRunner): Promise<string> {
  if (!path.startsWith('~')) return path;
  return (
    (await ask('config', '--path', '--get', 'gpg.ssh.allowedSignersFile'))?.replace(/\r?\n$/, '') ??
    path
  );
}
