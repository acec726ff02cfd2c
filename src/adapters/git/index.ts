export { type GitFacts, gitFacts } from './git-facts.ts';
export { type GitOptions, type GitRepository, type GitSetting, openGit } from './repository.ts';
