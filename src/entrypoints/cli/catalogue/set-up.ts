import type { CommandDefinition } from '../command.ts';
import { defineArgument, defineFormat, defineOption, JUDGING } from '../definitions.ts';

/** The first five minutes. */
export const SET_UP_COMMANDS: readonly CommandDefinition[] = [
  {
    path: ['init'],
    summary:
      'Find out what a repository uses, and write waybill.yaml and a policy that only observes.',
    arguments: [
      defineArgument(
        'folder',
        'folder of a repository; without it the whole git work tree',
        'optional',
      ),
    ],
    options: [
      defineOption('--yes', 'ask nothing; so it is too where nobody is at a terminal'),
      defineOption(
        '--hooks',
        'install the hooks that ask the commit gate too, as: waybill hook install',
      ),
      defineOption('--dry-run', 'show what would be written, and write nothing'),
      defineFormat('table', 'json'),
    ],
    examples: ['waybill init', 'waybill init --dry-run', 'waybill init services/trips --yes'],
    load: () => import('../commands/init.ts'),
  },
  {
    path: ['doctor'],
    summary: 'Say what is missing, unsafe or about to expire here, each with what mends it.',
    arguments: [],
    options: [
      defineOption(
        '--online',
        'ask the registries too, whether they answer; nothing else asks the network',
      ),
      defineFormat('table', 'json'),
      ...JUDGING,
    ],
    examples: ['waybill doctor', 'waybill doctor --online --format json'],
    load: () => import('../commands/doctor.ts'),
  },
];
