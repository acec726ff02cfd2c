import type { CommandDefinition } from '../command.ts';
import {
  COMMON,
  defineArgument,
  defineFormat,
  defineOption,
  POLICY,
  REGISTRY,
} from '../definitions.ts';

/** Commits, hooks, dependencies: before there is a release. */
export const DEVELOP_COMMANDS: readonly CommandDefinition[] = [
  {
    path: ['commit', 'verify'],
    summary:
      'Show who signed commits and how, whether author and committer are that signer, and ' +
      'the reason if not.',
    arguments: [
      {
        ...defineArgument(
          'rev',
          'commits, or ranges such as main..HEAD; HEAD without any',
          'optional',
        ),
        several: true,
      },
    ],
    options: [
      defineOption(
        '--allowed-signers <file>',
        "who may sign, as ssh-keygen reads it; without it that of waybill.yaml, then git's " +
          'own of the user or the machine',
      ),
      defineOption(
        '--merge-signer <principal>',
        'a platform that merges for others, beside the mergeSigners of the policy; may stand ' +
          'more than once',
        { several: true },
      ),
      POLICY,
      defineOption('--record', 'append what was verified to the evidence log'),
      defineOption('--repo <url>', 'with --record: the repository; without it, the remote origin'),
      defineFormat('table', 'json'),
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
    summary:
      'Ask the commit gate before each commit and each push of this repository; hooks that ' +
      'are there run first.',
    arguments: [],
    options: [defineFormat('table', 'json')],
    examples: ['waybill hook install'],
    load: () =>
      import('../commands/hook.ts').then(({ createHookCommand }) => createHookCommand('install')),
  },
  {
    path: ['hook', 'uninstall'],
    summary: 'Take the hooks of the commit gate away, and put back what was there before.',
    arguments: [],
    options: [defineFormat('table', 'json')],
    examples: ['waybill hook uninstall'],
    load: () =>
      import('../commands/hook.ts').then(({ createHookCommand }) => createHookCommand('uninstall')),
  },
  {
    path: ['deps'],
    summary:
      'List what a source tree declares: pinned or not, from which registry, vulnerable, ' +
      'nearest safe version.',
    arguments: [
      { ...defineArgument('target', 'folders; this one without any', 'optional'), several: true },
    ],
    options: [
      defineOption('--all', 'show also what only a lock names, is pinned and has no finding'),
      defineFormat('table', 'json'),
      ...COMMON,
    ],
    examples: ['waybill deps', 'waybill deps services/trips --all --format json'],
    load: () => import('../commands/deps.ts'),
  },
  {
    path: ['fix'],
    summary:
      'Pin dependencies and upgrade vulnerable ones to the nearest safe version, as a diff first.',
    arguments: [defineArgument('target', 'a folder; this one without any', 'optional')],
    options: [
      defineOption(
        '--apply',
        'write the changes; nothing is written where a file changed meanwhile',
      ),
      defineOption(
        '--digest <image=digest>',
        'the digest of a base image as it is written; may stand more than once',
        {
          several: true,
        },
      ),
      defineOption('--resolve', 'ask registries for the digests of base images'),
      defineOption(
        '--versions-from <target>',
        'an image or SBOM that tells the versions of system packages',
      ),
      defineFormat('table', 'json'),
      ...REGISTRY,
    ],
    examples: [
      'waybill fix',
      'waybill fix --apply',
      'waybill fix services/trips --digest node:22=sha256:4f0c…',
    ],
    load: () => import('../commands/fix.ts'),
  },
];
