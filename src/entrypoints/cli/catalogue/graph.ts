import type { CommandDefinition } from '../command.ts';
import { argument, COMMON, format, OUTPUT, option } from '../definitions.ts';

/** The evidence log and the graph over it. */
export const GRAPH_COMMANDS: readonly CommandDefinition[] = [
  {
    path: ['graph', 'import'],
    summary: 'Append documents to the evidence log and project them into the knowledge graph.',
    arguments: [argument('file', 'SBOMs, scans, statements or records', 'several')],
    options: [
      option('--kind <kind>', 'what the files are; without it, it is recognised'),
      option('--subject <digest>', 'image digest that the files are about; without it, what they name'),
      format('table', 'json'),
      ...COMMON,
    ],
    examples: [
      'waybill graph import app.spdx.json --subject sha256:…',
      'waybill graph import deployment.json --kind deployment',
    ],
    load: () => import('../commands/graph-import.ts'),
  },
  {
    path: ['graph', 'rebuild'],
    summary: 'Replay the evidence log into a new graph and compare it with the live one.',
    arguments: [],
    options: [format('table', 'json'), ...COMMON],
    examples: ['waybill graph rebuild'],
    load: () => import('../commands/graph-rebuild.ts'),
  },
  {
    path: ['graph', 'verify'],
    summary: 'Compute every document, entry and the root of the evidence log again, and compare.',
    arguments: [],
    options: [format('table', 'json'), ...COMMON],
    examples: ['waybill graph verify'],
    load: () => import('../commands/graph-verify.ts'),
  },
  {
    path: ['graph', 'export'],
    summary: 'Write the graph in its canonical form: a fact a line, sorted, external identifiers only.',
    arguments: [],
    options: [OUTPUT, ...COMMON],
    examples: ['waybill graph export -o graph.txt'],
    load: () => import('../commands/graph-export.ts'),
  },
  {
    path: ['graph', 'status'],
    summary: 'Say how much the log and the graph hold, and whether they agree.',
    arguments: [],
    options: [format('table', 'json'), ...COMMON],
    examples: ['waybill graph status', 'waybill graph status --format json'],
    load: () => import('../commands/graph-status.ts'),
  },
];
