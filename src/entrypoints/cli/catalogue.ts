import type { CommandDefinition } from './command.ts';

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
  provenance: 'where images come from, and what proves it',
  registry: 'the embedded artifact repository',
  sbom: 'what software is made of, and the documents that say it',
  violation: 'what running workloads did against the policy',
  standing: 'questions that waybill serve asks again, and who is told',
  tenant: 'whose rows are whose in one database',
  token: 'who may read and write through waybill serve',
  trust: 'who may state what about which repositories',
  vex: 'statements about how vulnerabilities concern images',
};

interface CataloguePart {
  /** The first words of its commands, which no other part has. */
  readonly words: readonly string[];
  /** Loads the definitions only when one of the words, or every command, is asked for. */
  readonly load: () => Promise<readonly CommandDefinition[]>;
}

/**
 * The parts of the catalogue, in the order in which a release needs them: set-up, commits,
 * inventory, scan, sign, release, gate, serve, ask.
 */
export const PARTS: readonly CataloguePart[] = [
  {
    words: ['init', 'doctor', 'version'],
    load: () => import('./catalogue/set-up.ts').then((part) => part.SET_UP_COMMANDS),
  },
  {
    words: ['commit', 'hook', 'deps', 'fix', 'lsp'],
    load: () => import('./catalogue/develop.ts').then((part) => part.DEVELOP_COMMANDS),
  },
  {
    words: ['sbom', 'scan', 'licences', 'why', 'advisories'],
    load: () => import('./catalogue/inventory.ts').then((part) => part.INVENTORY_COMMANDS),
  },
  {
    words: [
      'key',
      'trust',
      'sign',
      'attach',
      'attest',
      'provenance',
      'rebuild',
      'vex',
      'verify',
      'discover',
    ],
    load: () => import('./catalogue/signing.ts').then((part) => part.SIGNING_COMMANDS),
  },
  {
    words: ['push', 'pull', 'copy', 'tag', 'delete', 'login', 'logout'],
    load: () => import('./catalogue/artifacts.ts').then((part) => part.ARTIFACT_COMMANDS),
  },
  {
    words: ['release'],
    load: () => import('./catalogue/release.ts').then((part) => part.RELEASE_COMMANDS),
  },
  {
    words: ['gate', 'pin', 'policy'],
    load: () => import('./catalogue/gates.ts').then((part) => part.GATES_COMMANDS),
  },
  {
    words: ['serve', 'watch', 'audit', 'rescan', 'violation', 'registry'],
    load: () => import('./catalogue/operate.ts').then((part) => part.OPERATE_COMMANDS),
  },
  {
    words: ['cluster'],
    load: () => import('./catalogue/cluster.ts').then((part) => part.CLUSTER_COMMANDS),
  },
  {
    words: ['collect', 'graph'],
    load: () => import('./catalogue/graph.ts').then((part) => part.GRAPH_COMMANDS),
  },
  {
    words: ['ask'],
    load: () => import('./catalogue/ask.ts').then((part) => part.ASK_COMMANDS),
  },
  {
    words: ['standing'],
    load: () => import('./catalogue/standing.ts').then((part) => part.STANDING_COMMANDS),
  },
  {
    words: ['token', 'tenant'],
    load: () => import('./catalogue/tokens.ts').then((part) => part.TOKEN_COMMANDS),
  },
  {
    words: ['completion'],
    load: () =>
      import('./catalogue/completion.ts').then((part) => [
        part.defineCompletion(() => loadCommands(), GROUPS),
      ]),
  },
];

/** The commands of the part that has this first word; every command if none has it. */
export async function loadCommands(word?: string): Promise<readonly CommandDefinition[]> {
  const named = PARTS.filter(({ words }) => word !== undefined && words.includes(word));
  const parts = await Promise.all((named.length > 0 ? named : PARTS).map(({ load }) => load()));
  return parts.flat();
}
