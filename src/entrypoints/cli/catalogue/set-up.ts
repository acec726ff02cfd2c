import { type CommandDefinition, defineCommand } from '../command.ts';
import { defineArgument } from '../definitions.ts';
import { DOCTOR_OPTIONS, INIT_OPTIONS, VERSION_OPTIONS } from '../options/set-up.ts';

/** The first five minutes. */
export const SET_UP_COMMANDS: readonly CommandDefinition[] = [
  defineCommand({
    path: ['init'],
    summary:
      'Find out what a repository uses, and write waybill.yaml and a policy that only observes.',
    arguments: [
      defineArgument(
        'folder',
        'folder of a repository; without it, the whole git work tree',
        'optional',
      ),
    ],
    options: INIT_OPTIONS,
    examples: ['waybill init', 'waybill init --dry-run', 'waybill init services/trips --yes'],
    load: () => import('../commands/init.ts'),
  }),
  defineCommand({
    path: ['doctor'],
    readsOnly: true,
    summary: 'Report what is missing, unsafe or about to expire here, and how to fix it.',
    arguments: [],
    options: DOCTOR_OPTIONS,
    examples: ['waybill doctor', 'waybill doctor --online --format json'],
    load: () => import('../commands/doctor.ts'),
  }),
  defineCommand({
    path: ['version'],
    summary:
      'Print the version with what it was built as, its Node.js, database and advisory data.',
    arguments: [],
    options: VERSION_OPTIONS,
    examples: ['waybill version', 'waybill version --format json'],
    load: () => import('../commands/version.ts'),
  }),
];
