import type { CommandDefinition } from '../command.ts';
import {
  COMMON,
  defineArgument,
  defineFormat,
  defineOption,
  JUDGING,
  POLICY,
  REGISTRY,
} from '../definitions.ts';

const ON_COMMITS = [
  defineOption('--explain', 'show each rule with its evidence'),
  defineOption(
    '--allowed-signers <file>',
    'who may sign commits; without it as: waybill commit verify',
  ),
  defineOption('--record', 'append the commit and the decision to the evidence log'),
  defineOption('--repo <url>', 'with --record: the repository; without it, the remote origin'),
  defineFormat('table', 'json'),
  POLICY,
  ...REGISTRY,
];

/** Gates and the policy that they ask. */
export const GATES_COMMANDS: readonly CommandDefinition[] = [
  {
    path: ['gate', 'commit'],
    summary:
      'Ask whether commits may be made or pushed: who signed them, what their tree depends ' +
      'on. Reads objects of git.',
    arguments: [
      defineArgument(
        'rev',
        'a commit, or a range such as main..HEAD; HEAD without one',
        'optional',
      ),
    ],
    options: [
      defineOption(
        '--staged',
        'judge what is staged, before there is a commit (for a pre-commit hook)',
      ),
      defineOption('--push', 'judge what git names on standard input (for a pre-push hook)'),
      defineOption('--remote <name>', 'with --push: the remote, whose branches are known already'),
      ...ON_COMMITS,
    ],
    examples: [
      'waybill gate commit',
      'waybill gate commit main..HEAD --explain',
      'waybill gate commit --staged',
    ],
    load: () => import('../commands/gate-commit.ts'),
  },
  {
    path: ['gate', 'build'],
    summary:
      'Ask whether a commit may be built: signed, pinned, from allowed registries, no major ' +
      'finding, materials recorded.',
    arguments: [
      defineArgument('target', 'a folder of the source; this one without any', 'optional'),
    ],
    options: [
      defineOption('--commit <rev>', 'the commit that is built; without it HEAD'),
      defineOption('--built <image>', 'what the build made, to be compared with --rebuilt'),
      defineOption('--rebuilt <image>', 'what a second build of the same commit made'),
      ...ON_COMMITS,
    ],
    examples: [
      'waybill gate build',
      'waybill gate build services/trips --commit v1.4 --explain',
      'waybill gate build --built oci:one --rebuilt oci:two',
    ],
    load: () => import('../commands/gate-build.ts'),
  },
  {
    path: ['gate', 'release'],
    summary: 'Ask whether a release may be shipped.',
    arguments: [defineArgument('target', 'images', 'several')],
    options: [
      defineOption('--explain', 'show each rule with its evidence'),
      defineFormat('table', 'json'),
      ...JUDGING,
    ],
    examples: ['waybill gate release registry.example.com/shop/trips:1.4 --explain'],
    load: () =>
      import('../commands/gate.ts').then(({ createGateCommand }) => createGateCommand('release')),
  },
  {
    path: ['gate', 'admission'],
    summary: 'Ask whether an image may run in a cluster, without a cluster.',
    arguments: [defineArgument('target', 'images', 'several')],
    options: [
      defineOption('--explain', 'show each rule with its evidence'),
      defineOption('--namespace <name>', 'namespace of the workload', { fallback: 'default' }),
      defineFormat('table', 'json'),
      ...JUDGING,
    ],
    examples: ['waybill gate admission registry.example.com/shop/trips:1.4 --explain'],
    load: () =>
      import('../commands/gate.ts').then(({ createGateCommand }) => createGateCommand('admission')),
  },
  {
    path: ['policy', 'show'],
    summary: 'Print the policy in force, or the default one to start from.',
    arguments: [],
    options: [
      defineOption('--default', 'the default policy, whatever is configured'),
      POLICY,
      ...COMMON,
    ],
    examples: ['waybill policy show --default > policy.yaml'],
    load: () => import('../commands/policy-show.ts'),
  },
  {
    path: ['policy', 'check'],
    summary: 'Load a policy document and say what is wrong with it.',
    arguments: [defineArgument('file', 'policy documents', 'several')],
    options: [defineFormat('table', 'json'), ...COMMON],
    examples: ['waybill policy check policy.yaml'],
    load: () => import('../commands/policy-check.ts'),
  },
];
