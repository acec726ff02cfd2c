import { Failure } from '../../core/failure.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { type GitPlace, type GitRefusal, runGit } from './run-git.ts';

/** One setting of git, before and after. */
export interface SettingChange {
  readonly name: string;
  /** Null where it was not set in this scope. */
  readonly before: string | null;
  readonly after: string;
  readonly did: 'set' | 'unchanged' | 'would be set';
}

export interface SettingsScope {
  /** Of this repository, or of the user. */
  readonly scope: 'local' | 'global';
  readonly dryRun: boolean;
}

/**
 * Sets these settings of git, all or none: where one cannot be set, those before it get their old
 * values back. `git config` writes the file, so its locks and links are respected.
 */
export async function changeSettings(
  place: GitPlace,
  settings: readonly (readonly [name: string, value: string])[],
  { scope, dryRun }: SettingsScope,
): Promise<Result<readonly SettingChange[]>> {
  const config = (...args: readonly string[]) =>
    runGit(place, ['config', `--${scope}`, ...args], { asConfigured: true });
  const changes: SettingChange[] = [];
  for (const [name, after] of settings) {
    const found = await config('--get-all', '--null', name);
    // git-config(1): 1 is for a setting that is not there.
    if (!found.ok && found.exit !== 1) return failed(toFailure(found, scope));
    const values = found.ok ? found.out.split('\0').slice(0, -1) : [];
    // mutant setting-with-several-values by commit-setup: condition -> false
    if (values.length > 1) return failed(refuseSeveral(name, scope));
    const [before = null] = values;
    const did = before === after ? 'unchanged' : dryRun ? 'would be set' : 'set';
    changes.push({ name, before, after, did });
  }
  const made: SettingChange[] = [];
  for (const change of changes.filter(({ did }) => did === 'set')) {
    const answer = await config(change.name, change.after);
    if (!answer.ok) {
      // mutant settings-half-written by commit-setup: remove
      for (const { name, before } of made.toReversed())
        await (before === null ? config('--unset', name) : config(name, before));
      return failed(toFailure(answer, scope));
    }
    made.push(change);
  }
  return ok(changes);
}

function toFailure({ isAbsent, said }: GitRefusal, scope: string): Failure {
  if (isAbsent)
    return new Failure('USAGE', 'git was not found, or the folder is gone', 'Install git.');
  const remedy =
    scope === 'local' ? 'Run this in a repository, or add --global.' : 'Correct ~/.gitconfig.';
  return new Failure('USAGE', `git cannot change its settings: ${said}`, remedy);
}

function refuseSeveral(name: string, scope: string): Failure {
  return new Failure(
    'CONFIG_INVALID',
    `git has several values of ${name}`,
    `Keep one: git config --${scope} --get-all ${name}`,
  );
}
