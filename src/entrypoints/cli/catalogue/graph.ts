import { type CommandDefinition, defineCommand } from '../command.ts';
import { defineArgument } from '../definitions.ts';
import { COLLECT_OPTIONS } from '../options/collect.ts';
import {
  GRAPH_BACKUP_OPTIONS,
  GRAPH_CHECKPOINT_OPTIONS,
  GRAPH_COPY_OPTIONS,
  GRAPH_EXPORT_OPTIONS,
  GRAPH_IMPORT_OPTIONS,
  GRAPH_INBOX_OPTIONS,
  GRAPH_PROOF_OPTIONS,
  GRAPH_PRUNE_OPTIONS,
  GRAPH_REBUILD_OPTIONS,
  GRAPH_RESTORE_OPTIONS,
  GRAPH_STATUS_OPTIONS,
  GRAPH_VERIFY_OPTIONS,
} from '../options/graph.ts';

/** The evidence log and the graph over it. */
export const GRAPH_COMMANDS: readonly CommandDefinition[] = [
  defineCommand({
    path: ['collect'],
    summary:
      'Bring the documents of folders, registries and git repositories into the log, each once; ' +
      'what cannot be read is kept in the inbox.',
    arguments: [
      defineArgument('place', 'a folder, git:PATH, registry:HOST/REPOSITORY, or -', 'several'),
    ],
    options: COLLECT_OPTIONS,
    examples: [
      'waybill collect sboms --watch 30s',
      'waybill collect registry:registry.example.com/shop/trips git:.',
    ],
    load: () => import('../commands/collect.ts'),
  }),
  defineCommand({
    path: ['graph', 'import'],
    summary: 'Append documents to the evidence log and project them into the knowledge graph.',
    arguments: [defineArgument('file', 'SBOMs, scans, statements or records', 'several')],
    options: GRAPH_IMPORT_OPTIONS,
    examples: [
      'waybill graph import app.spdx.json --subject sha256:…',
      'waybill graph import deployment.json --kind deployment',
    ],
    load: () => import('../commands/graph-import.ts'),
  }),
  defineCommand({
    path: ['graph', 'rebuild'],
    summary: 'Replay the evidence log into a new graph and compare it with the live one.',
    arguments: [],
    options: GRAPH_REBUILD_OPTIONS,
    examples: ['waybill graph rebuild'],
    load: () => import('../commands/graph-rebuild.ts'),
  }),
  defineCommand({
    path: ['graph', 'copy'],
    summary:
      'Copy the evidence log and the graph to a PostgreSQL server, or to a file, and prove that ' +
      'the copy is equal.',
    arguments: [],
    options: GRAPH_COPY_OPTIONS,
    examples: ['waybill graph copy --to postgres://waybill@db.example.com/waybill'],
    load: () => import('../commands/graph-copy.ts'),
  }),
  defineCommand({
    path: ['graph', 'backup'],
    summary:
      'Save log and graph into a file while others use them, and prove that the file is equal.',
    arguments: [],
    options: GRAPH_BACKUP_OPTIONS,
    examples: ['waybill graph backup --to backup.db'],
    load: () => import('../commands/graph-backup.ts'),
  }),
  defineCommand({
    path: ['graph', 'restore'],
    summary: 'Bring log and graph back from a backup, and prove that they are equal to it.',
    arguments: [],
    options: GRAPH_RESTORE_OPTIONS,
    examples: ['waybill graph restore --from backup.db'],
    load: () => import('../commands/graph-restore.ts'),
  }),
  defineCommand({
    path: ['graph', 'prune'],
    summary:
      'Remove old verdicts, observations, scans and violations; the log verifies as before, and ' +
      'what the present rests on stays.',
    arguments: [],
    options: GRAPH_PRUNE_OPTIONS,
    examples: [
      'waybill graph prune --older-than 400d --dry-run',
      'waybill graph prune --older-than 90d --kind deployment',
    ],
    load: () => import('../commands/graph-prune.ts'),
  }),
  defineCommand({
    path: ['graph', 'verify'],
    readsOnly: true,
    summary:
      'Compute the hash of every document and entry and the root of the evidence log again, ' +
      'and compare; or verify an exported proof without the log.',
    arguments: [],
    options: GRAPH_VERIFY_OPTIONS,
    examples: [
      'waybill graph verify',
      'waybill graph verify --since checkpoint.txt',
      'waybill graph verify --proof entry.tlog-proof --document app.spdx.json --log-key KEY',
    ],
    load: () => import('../commands/graph-verify.ts'),
  }),
  defineCommand({
    path: ['graph', 'checkpoint'],
    summary: 'Verify the evidence log, and sign its size and root as a checkpoint (C2SP).',
    arguments: [],
    options: GRAPH_CHECKPOINT_OPTIONS,
    examples: ['waybill graph checkpoint -o checkpoint.txt'],
    load: () => import('../commands/graph-checkpoint.ts'),
  }),
  defineCommand({
    path: ['graph', 'proof'],
    readsOnly: true,
    summary: 'Prove that an entry is in the log, or that the log continues a checkpoint.',
    arguments: [],
    options: GRAPH_PROOF_OPTIONS,
    examples: ['waybill graph proof --position 0', 'waybill graph proof --since checkpoint.txt'],
    load: () => import('../commands/graph-proof.ts'),
  }),
  defineCommand({
    path: ['graph', 'export'],
    summary:
      'Write the graph in its canonical form: one fact per line, sorted, with external ' +
      'identifiers only.',
    arguments: [],
    options: GRAPH_EXPORT_OPTIONS,
    examples: ['waybill graph export -o graph.txt'],
    load: () => import('../commands/graph-export.ts'),
  }),
  defineCommand({
    path: ['graph', 'inbox'],
    summary: 'List the documents that arrived and are not in the log, and why; retry or drop one.',
    arguments: [],
    options: GRAPH_INBOX_OPTIONS,
    examples: ['waybill graph inbox', 'waybill graph inbox --retry ID'],
    load: () => import('../commands/graph-inbox.ts'),
  }),
  defineCommand({
    path: ['graph', 'status'],
    readsOnly: true,
    summary: 'Show how much the log and the graph contain, and whether they agree.',
    arguments: [],
    options: GRAPH_STATUS_OPTIONS,
    examples: ['waybill graph status', 'waybill graph status --format json'],
    load: () => import('../commands/graph-status.ts'),
  }),
];
