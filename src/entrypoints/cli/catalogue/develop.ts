import type { CommandDefinition } from '../command.ts';
import { argument, COMMON, format, option, POLICY, REGISTRY } from '../definitions.ts';

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
      option(
        '--merge-signer <principal>',
        'a platform that merges for others, beside the mergeSigners of the policy; may stand more than once',
        { several: true },
      ),
      POLICY,
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
  {
    path: ['deps'],
    summary: 'List what a source tree declares: pinned or not, from which registry, vulnerable, nearest safe version.',
    arguments: [{ ...argument('target', 'folders; this one without any', 'optional'), several: true }],
    options: [
      option('--all', 'show also what only a lock names, is pinned and has no finding'),
      format('table', 'json'),
      ...COMMON,
    ],
    examples: ['waybill deps', 'waybill deps services/trips --all --format json'],
    load: () => import('../commands/deps.ts'),
  },
  {
    path: ['fix'],
    summary: 'Pin dependencies and upgrade vulnerable ones to the nearest safe version, as a diff first.',
    arguments: [argument('target', 'a folder; this one without any', 'optional')],
    options: [
      option('--apply', 'write the changes; nothing is written where a file changed meanwhile'),
      option('--digest <image=digest>', 'the digest of a base image as it is written; may stand more than once', {
        several: true,
      }),
      option('--resolve', 'ask registries for the digests of base images'),
      option('--versions-from <target>', 'an image or SBOM that tells the versions of system packages'),
      format('table', 'json'),
      ...REGISTRY,
    ],
    examples: ['waybill fix', 'waybill fix --apply', 'waybill fix services/trips --digest node:22=sha256:4f0c…'],
    load: () => import('../commands/fix.ts'),
  },
];
