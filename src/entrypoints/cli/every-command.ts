import { loadCommands } from './catalogue.ts';

/** Every command, for the reference pages and the tests. A command line loads only its own part. */
export const COMMANDS = await loadCommands();
