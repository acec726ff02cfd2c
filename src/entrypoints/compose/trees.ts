import type {
  GitOptions,
  GitRepository,
  HookProgram,
  HookSide,
  SettingsScope,
} from '../../adapters/git/index.ts';

export async function openTree(path: string) {
  const { openFileTree } = await import('../../adapters/filesystem/index.ts');
  return openFileTree(path);
}

/**
 * A git repository, read through its objects; `inHook` if git runs us and names the index that is
 * committed.
 */
export async function openGit(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
  options: GitOptions = {},
) {
  const { openGit: open } = await import('../../adapters/git/index.ts');
  return open(path, env, options);
}

/** The hooks of a repository. */
export async function openHooks(repository: GitRepository) {
  const { installHooks, uninstallHooks } = await import('../../adapters/git/index.ts');
  return {
    install: (program: HookProgram, side: HookSide) => installHooks(repository, program, side),
    uninstall: (side: HookSide) => uninstallHooks(repository, side),
  };
}

/** Settings of git, of the repository around `cwd` or of the user. */
export async function changeGitSettings(
  {
    cwd,
    env,
  }: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
  settings: readonly (readonly [name: string, value: string])[],
  scope: SettingsScope,
) {
  const { changeSettings } = await import('../../adapters/git/index.ts');
  return changeSettings({ cwd, env, inHook: false }, settings, scope);
}

/** Repository and commit of a work tree. */
export async function readGitFacts(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
) {
  const { readGitFacts: facts } = await import('../../adapters/git/index.ts');
  return facts(path, env);
}
