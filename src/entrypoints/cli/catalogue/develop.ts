import { type CommandDefinition, defineCommand } from '../command.ts';
import { defineArgument } from '../definitions.ts';
import {
  COMMIT_SETUP_OPTIONS,
  COMMIT_VERIFY_OPTIONS,
  DEPS_OPTIONS,
  FIX_OPTIONS,
  HOOK_INSTALL_OPTIONS,
  HOOK_UNINSTALL_OPTIONS,
  LSP_OPTIONS,
} from '../options/develop.ts';

/** Commits, hooks, dependencies: before there is a release. */
export const DEVELOP_COMMANDS: readonly CommandDefinition[] = [
  defineCommand({
    path: ['commit', 'verify'],
    readsOnly: true,
    summary:
      'Show who signed commits and how, whether author and committer are that signer, and if ' +
      'not, why.',
    arguments: [
      {
        ...defineArgument(
          'rev',
          'commits, or ranges such as main..HEAD; without any, HEAD',
          'optional',
        ),
        several: true,
      },
    ],
    options: COMMIT_VERIFY_OPTIONS,
    examples: [
      'waybill commit verify',
      'waybill commit verify main..HEAD --allowed-signers .allowed_signers',
      'waybill commit verify v1.4 --record --format json',
    ],
    load: () => import('../commands/commit-verify.ts'),
  }),
  defineCommand({
    path: ['commit', 'setup'],
    summary: 'Make git sign every commit and tag with your key, and show what was changed.',
    arguments: [],
    options: COMMIT_SETUP_OPTIONS,
    examples: [
      'waybill commit setup --key ~/.ssh/id_ed25519.pub',
      'waybill commit setup --signature-format openpgp --key 0123… --global --dry-run',
    ],
    load: () => import('../commands/commit-setup.ts'),
  }),
  defineCommand({
    path: ['hook', 'install'],
    summary:
      'Ask the commit gate before each commit and each push of this repository, or on a server ' +
      'before each push is taken. Hooks that are there already run first.',
    arguments: [],
    options: HOOK_INSTALL_OPTIONS,
    examples: ['waybill hook install', 'waybill hook install --server --config /etc/waybill.yaml'],
    load: () =>
      import('../commands/hook.ts').then(({ createHookCommand }) => createHookCommand('install')),
  }),
  defineCommand({
    path: ['hook', 'uninstall'],
    summary: 'Remove the hooks of the commit gate, and restore the hooks that were there before.',
    arguments: [],
    options: HOOK_UNINSTALL_OPTIONS,
    examples: ['waybill hook uninstall'],
    load: () =>
      import('../commands/hook.ts').then(({ createHookCommand }) => createHookCommand('uninstall')),
  }),
  defineCommand({
    path: ['deps'],
    readsOnly: true,
    summary:
      'List the dependencies of a source tree: pinned or not, registry, vulnerabilities, ' +
      'nearest safe version.',
    arguments: [
      {
        ...defineArgument('target', 'folders; without any, this folder', 'optional'),
        several: true,
      },
    ],
    options: DEPS_OPTIONS,
    examples: ['waybill deps', 'waybill deps services/trips --all --format json'],
    load: () => import('../commands/deps.ts'),
  }),
  defineCommand({
    path: ['fix'],
    readsOnly: { unless: 'apply' },
    summary:
      'Pin dependencies and upgrade vulnerable ones to the nearest safe version, shown as a ' +
      'diff first.',
    arguments: [defineArgument('target', 'a folder; without any, this folder', 'optional')],
    options: FIX_OPTIONS,
    examples: [
      'waybill fix',
      'waybill fix --apply',
      'waybill fix services/trips --digest node:22=sha256:4f0c…',
    ],
    load: () => import('../commands/fix.ts'),
  }),
  defineCommand({
    path: ['lsp'],
    readsOnly: true,
    summary:
      'Show findings and missing pins at their lines in an editor, with fixes: a language server ' +
      'on standard input and output, without network.',
    arguments: [],
    options: LSP_OPTIONS,
    examples: ['waybill lsp', 'waybill lsp --home ~/.waybill'],
    load: () => import('../commands/lsp.ts'),
  }),
];
