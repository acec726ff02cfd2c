import type { CommandDefinition } from '../command.ts';
import { COMMON, defineArgument, defineFormat, defineOption, OUTPUT } from '../definitions.ts';

/** The evidence log and the graph over it. */
export const GRAPH_COMMANDS: readonly CommandDefinition[] = [
  {
    path: ['graph', 'import'],
    summary: 'Append documents to the evidence log and project them into the knowledge graph.',
    arguments: [defineArgument('file', 'SBOMs, scans, statements or records', 'several')],
    options: [
      defineOption('--kind <kind>', 'what the files are; without it, it is recognised'),
      defineOption(
        '--subject <digest>',
        'image digest that the files are about; without it, what they name',
      ),
      defineFormat('table', 'json'),
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
    options: [defineFormat('table', 'json'), ...COMMON],
    examples: ['waybill graph rebuild'],
    load: () => import('../commands/graph-rebuild.ts'),
  },
  {
    path: ['graph', 'verify'],
    summary: 'Compute every document, entry and the root of the evidence log again, and compare.',
    arguments: [],
    options: [defineFormat('table', 'json'), ...COMMON],
    examples: ['waybill graph verify'],
    load: () => import('../commands/graph-verify.ts'),
  },
  {
    path: ['graph', 'export'],
    summary:
      'Write the graph in its canonical form: a fact a line, sorted, external identifiers only.',
    arguments: [],
    options: [OUTPUT, ...COMMON],
    examples: ['waybill graph export -o graph.txt'],
    load: () => import('../commands/graph-export.ts'),
  },
  {
    path: ['graph', 'status'],
    summary: 'Say how much the log and the graph hold, and whether they agree.',
    arguments: [],
    options: [defineFormat('table', 'json'), ...COMMON],
    examples: ['waybill graph status', 'waybill graph status --format json'],
    load: () => import('../commands/graph-status.ts'),
  },
];
