import type { CommandDefinition } from '../command.ts';
import { argument, COMMON, format, JUDGING, option, POLICY } from '../definitions.ts';

/** Gates and the policy that they ask. */
export const GATES_COMMANDS: readonly CommandDefinition[] = [
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
