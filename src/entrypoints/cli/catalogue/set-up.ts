import type { CommandDefinition } from '../command.ts';

/** The first five minutes. */
export const SET_UP_COMMANDS: readonly CommandDefinition[] = [];
