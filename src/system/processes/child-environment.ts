import { delimiter } from 'node:path';
import { getOwn } from '../../core/own.ts';
import { filterSearchPath } from '../../core/search-path.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Only what a program needs from the environment to find itself. No secret of ours reaches it, and
 * no GIT_* variable of the caller sends git elsewhere.
 */
export const CHILD_ENVIRONMENT = [
  'PATH',
  'HOME',
  'XDG_CONFIG_HOME',
  'USERPROFILE',
  'SYSTEMROOT',
  'SystemRoot',
  'TEMP',
  'TMPDIR',
] as const;

/**
 * What a child process gets of an environment: the named variables, and a PATH without relative
 * folders. Node looks for the program on this PATH too, and a relative one is in the repository.
 */
export function pickEnvironment(
  env: Environment,
  names: readonly string[],
): Readonly<Record<string, string>> {
  const picked = names.flatMap((name) => {
    const value = getOwn(env, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(picked), PATH: filterSearchPath(env['PATH'], delimiter) };
}
