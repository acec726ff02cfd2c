import { ASK_COMMANDS } from './catalogue/ask.ts';
import { CLUSTER_COMMANDS } from './catalogue/cluster.ts';
import { DEVELOP_COMMANDS } from './catalogue/develop.ts';
import { GATES_COMMANDS } from './catalogue/gates.ts';
import { GRAPH_COMMANDS } from './catalogue/graph.ts';
import { INVENTORY_COMMANDS } from './catalogue/inventory.ts';
import { OPERATE_COMMANDS } from './catalogue/operate.ts';
import { RELEASE_COMMANDS } from './catalogue/release.ts';
import { SET_UP_COMMANDS } from './catalogue/set-up.ts';
import { SIGNING_COMMANDS } from './catalogue/signing.ts';
import type { CommandDefinition } from './command.ts';
import { defineArgument, SHELLS } from './definitions.ts';

/** What `waybill GROUP` says about a group of commands. */
export const GROUPS: Readonly<Record<string, string>> = {
  advisories: 'the advisory index that findings come from',
  ask: 'questions that the knowledge graph answers',
  cluster: 'what a cluster needs so that its API server asks Waybill',
  commit: 'commits and who signed them',
  gate: 'the verdicts of the gates',
  graph: 'the evidence log and the knowledge graph over it',
  hook: 'git hooks that ask the commit gate',
  key: 'signing keys',
  policy: 'policy documents',
  registry: 'the embedded artifact repository',
  violation: 'what running workloads did against the policy',
  trust: 'who may state what about which repositories',
};

/**
 * Every command, in the order in which a release needs them: set-up, commits, inventory, scan,
 * sign, release, gate, serve, ask.
 */
export const COMMANDS: readonly CommandDefinition[] = [
  ...SET_UP_COMMANDS,
  ...DEVELOP_COMMANDS,
  ...INVENTORY_COMMANDS,
  ...SIGNING_COMMANDS,
  ...RELEASE_COMMANDS,
  ...GATES_COMMANDS,
  ...OPERATE_COMMANDS,
  ...CLUSTER_COMMANDS,
  ...GRAPH_COMMANDS,
  ...ASK_COMMANDS,
  {
    path: ['completion'],
    summary: 'Print the completion script of a shell.',
    arguments: [defineArgument('shell', SHELLS.join(', '))],
    options: [],
    examples: [
      'source <(waybill completion bash)',
      'waybill completion fish > ~/.config/fish/completions/waybill.fish',
    ],
    load: () =>
      import('./commands/completion.ts').then(({ createCompletionCommand }) =>
        createCompletionCommand(COMMANDS, GROUPS),
      ),
  },
];
