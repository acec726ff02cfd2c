import type { CommandDefinition } from '../command.ts';
import { argument, COMMON, format, JUDGING, option, POLICY, REGISTRY } from '../definitions.ts';

const ON_COMMITS = [
  option('--explain', 'show each rule with its evidence'),
  option('--allowed-signers <file>', 'who may sign commits; without it as: waybill commit verify'),
  option('--record', 'append the commit and the decision to the evidence log'),
  option('--repo <url>', 'with --record: the repository; without it, the remote origin'),
  format('table', 'json'),
  POLICY,
  ...REGISTRY,
];

/** Gates and the policy that they ask. */
export const GATES_COMMANDS: readonly CommandDefinition[] = [
  {
    path: ['gate', 'commit'],
    summary:
      'Ask whether commits may be made or pushed: who signed them, what their tree depends on. Reads objects of git.',
    arguments: [argument('rev', 'a commit, or a range such as main..HEAD; HEAD without one', 'optional')],
    options: [
      option('--staged', 'judge what is staged, before there is a commit (for a pre-commit hook)'),
      option('--push', 'judge what git names on standard input (for a pre-push hook)'),
      option('--remote <name>', 'with --push: the remote, whose branches are known already'),
      ...ON_COMMITS,
    ],
    examples: ['waybill gate commit', 'waybill gate commit main..HEAD --explain', 'waybill gate commit --staged'],
    load: () => import('../commands/gate-commit.ts'),
  },
  {
    path: ['gate', 'build'],
    summary:
      'Ask whether a commit may be built: signed, pinned, from allowed registries, no major finding, materials recorded.',
    arguments: [argument('target', 'a folder of the source; this one without any', 'optional')],
    options: [
      option('--commit <rev>', 'the commit that is built; without it HEAD'),
      option('--built <image>', 'what the build made, to be compared with --rebuilt'),
      option('--rebuilt <image>', 'what a second build of the same commit made'),
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
    arguments: [argument('target', 'images', 'several')],
    options: [option('--explain', 'show each rule with its evidence'), format('table', 'json'), ...JUDGING],
    examples: ['waybill gate release registry.example.com/shop/trips:1.4 --explain'],
    load: () => import('../commands/gate.ts').then(({ gateCommand }) => gateCommand('release')),
  },
  {
    path: ['gate', 'admission'],
    summary: 'Ask whether an image may run in a cluster, without a cluster.',
    arguments: [argument('target', 'images', 'several')],
    options: [
      option('--explain', 'show each rule with its evidence'),
      option('--namespace <name>', 'namespace of the workload', { fallback: 'default' }),
      format('table', 'json'),
      ...JUDGING,
    ],
    examples: ['waybill gate admission registry.example.com/shop/trips:1.4 --explain'],
    load: () => import('../commands/gate.ts').then(({ gateCommand }) => gateCommand('admission')),
  },
  {
    path: ['policy', 'show'],
    summary: 'Print the policy in force, or the default one to start from.',
    arguments: [],
    options: [option('--default', 'the default policy, whatever is configured'), POLICY, ...COMMON],
    examples: ['waybill policy show --default > policy.yaml'],
    load: () => import('../commands/policy-show.ts'),
  },
  {
    path: ['policy', 'check'],
    summary: 'Load a policy document and say what is wrong with it.',
    arguments: [argument('file', 'policy documents', 'several')],
    options: [format('table', 'json'), ...COMMON],
    examples: ['waybill policy check policy.yaml'],
    load: () => import('../commands/policy-check.ts'),
  },
];
