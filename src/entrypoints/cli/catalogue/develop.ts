import type { CommandDefinition } from '../command.ts';
import { argument, COMMON, format, option } from '../definitions.ts';

/** Commits, hooks, dependencies: before there is a release. */
export const DEVELOP_COMMANDS: readonly CommandDefinition[] = [
  {
    path: ['commit', 'verify'],
    summary: 'Show who signed commits and how, whether author and committer are that signer, and the reason if not.',
    arguments: [
      { ...argument('rev', 'commits, or ranges such as main..HEAD; HEAD without any', 'optional'), several: true },
    ],
    options: [
      option(
        '--allowed-signers <file>',
        "who may sign, as ssh-keygen reads it; without it that of waybill.yaml, then git's own of the user or the machine",
      ),
      option('--merge-signer <principal>', 'a platform that merges for others; may stand more than once', {
        several: true,
      }),
      option('--record', 'append what was verified to the evidence log'),
      option('--repo <url>', 'with --record: the repository; without it, the remote origin'),
      format('table', 'json'),
      ...COMMON,
    ],
    examples: [
      'waybill commit verify',
      'waybill commit verify main..HEAD --allowed-signers .allowed_signers',
      'waybill commit verify v1.4 --record --format json',
    ],
    load: () => import('../commands/commit-verify.ts'),
  },
  {
    path: ['hook', 'install'],
    summary: 'Ask the commit gate before each commit and each push of this repository; hooks that are there run first.',
    arguments: [],
    options: [format('table', 'json')],
    examples: ['waybill hook install'],
    load: () => import('../commands/hook.ts').then(({ hookCommand }) => hookCommand('install')),
  },
  {
    path: ['hook', 'uninstall'],
    summary: 'Take the hooks of the commit gate away, and put back what was there before.',
    arguments: [],
    options: [format('table', 'json')],
    examples: ['waybill hook uninstall'],
    load: () => import('../commands/hook.ts').then(({ hookCommand }) => hookCommand('uninstall')),
  },
];
