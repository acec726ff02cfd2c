import type { CommandDefinition } from '../command.ts';

/** Commits, hooks, dependencies: before there is a release. */
export const DEVELOP_COMMANDS: readonly CommandDefinition[] = [];
