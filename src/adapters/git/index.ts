export { type GitFacts, readGitFacts } from './git-facts.ts';
export type { HookName, HookProgram, HookSide } from './hook-script.ts';
export { type HookChange, installHooks, uninstallHooks } from './hooks.ts';
export { type GitOptions, type GitRepository, type GitSetting, openGit } from './repository.ts';
export { changeSettings, type SettingChange, type SettingsScope } from './signing-settings.ts';
