import type { CommandDefinition } from '../command.ts';
import {
  COMMON,
  defineArgument,
  defineFormat,
  defineOption,
  OUTPUT,
  PLATFORM,
  REGISTRY,
  TARGETS,
} from '../definitions.ts';

/** Inventory and scan. */
export const INVENTORY_COMMANDS: readonly CommandDefinition[] = [
  {
    path: ['sbom'],
    summary: 'List what a source tree or an image is made of.',
    arguments: [TARGETS],
    options: [
      defineFormat('table', 'json', 'spdx-json', 'cyclonedx-json'),
      OUTPUT,
      PLATFORM,
      ...REGISTRY,
    ],
    examples: [
      'waybill sbom .',
      'waybill sbom oci:build --format spdx-json -o app.spdx.json',
      'waybill sbom registry.example.com/shop/trips:1.4',
    ],
    load: () => import('../commands/sbom.ts'),
  },
  {
    path: ['scan'],
    summary:
      'Find known vulnerabilities in a source tree, an image or an SBOM, and say what is not ' +
      'covered.',
    arguments: [TARGETS],
    options: [
      defineFormat('table', 'json', 'sarif'),
      defineOption('--fail-on <severity>', 'exit with 1 at findings this severe or worse', {
        choices: ['critical', 'high', 'medium', 'low', 'unknown', 'never'],
        fallback: 'low',
      }),
      defineOption('--allow-partial', 'exit with 0 also when not everything could be looked up'),
      OUTPUT,
      PLATFORM,
      ...REGISTRY,
    ],
    examples: [
      'waybill scan .',
      'waybill scan sbom:app.spdx.json --format sarif -o findings.sarif',
      'waybill scan oci:build --fail-on critical',
    ],
    load: () => import('../commands/scan.ts'),
  },
  {
    path: ['advisories', 'import'],
    summary: 'Build the advisory index from OSV records: JSON, NDJSON (also gzipped) or zip.',
    arguments: [defineArgument('file', 'files with OSV records; - for standard input', 'several')],
    options: [defineFormat('table', 'json'), ...COMMON],
    examples: [
      'waybill advisories import all.zip',
      'waybill advisories import debian.osv.ndjson.gz ghsa.osv.ndjson.gz',
    ],
    load: () => import('../commands/advisories-import.ts'),
  },
  {
    path: ['advisories', 'info'],
    summary: 'Say where the advisory data came from, how old it is and what it covers.',
    arguments: [],
    options: [
      defineOption('--verify', 'read the whole index and check it'),
      defineFormat('table', 'json'),
      ...COMMON,
    ],
    examples: ['waybill advisories info', 'waybill advisories info --verify --format json'],
    load: () => import('../commands/advisories-info.ts'),
  },
];
