import { type CommandDefinition, defineCommand } from '../command.ts';
import { defineArgument, TARGETS } from '../definitions.ts';
import {
  ADVISORIES_IMPORT_OPTIONS,
  ADVISORIES_INFO_OPTIONS,
  SBOM_OPTIONS,
  SCAN_OPTIONS,
  WHY_OPTIONS,
} from '../options/inventory.ts';

/** Inventory and scan. */
export const INVENTORY_COMMANDS: readonly CommandDefinition[] = [
  defineCommand({
    path: ['sbom'],
    readsOnly: true,
    summary: 'List what a source tree or an image is made of.',
    arguments: [TARGETS],
    options: SBOM_OPTIONS,
    examples: [
      'waybill sbom .',
      'waybill sbom oci:build --format spdx-json -o app.spdx.json',
      'waybill sbom registry.example.com/shop/trips:1.4',
    ],
    load: () => import('../commands/sbom.ts'),
  }),
  defineCommand({
    path: ['scan'],
    readsOnly: true,
    summary:
      'Find known vulnerabilities in a source tree, an image or an SBOM, and report what is ' +
      'not covered.',
    arguments: [TARGETS],
    options: SCAN_OPTIONS,
    examples: [
      'waybill scan .',
      'waybill scan sbom:app.spdx.json --format sarif -o findings.sarif',
      'waybill scan oci:build --fail-on critical',
    ],
    load: () => import('../commands/scan.ts'),
  }),
  defineCommand({
    path: ['why'],
    readsOnly: true,
    summary:
      'Show why a component is in a source tree, an image or an SBOM: the shortest paths to it.',
    arguments: [
      defineArgument('component', 'a name, name@version or package URL'),
      defineArgument('target', 'as for waybill sbom; without it, the current folder', 'optional'),
    ],
    options: WHY_OPTIONS,
    examples: [
      'waybill why minimist',
      'waybill why pkg:npm/minimist@1.2.5 registry.example.com/shop/trips:1.4',
    ],
    load: () => import('../commands/why.ts'),
  }),
  defineCommand({
    path: ['advisories', 'import'],
    summary:
      'Build the advisory index from OSV records: JSON, NDJSON (also gzipped), zip, tar or a folder.',
    arguments: [
      defineArgument('file', 'files or folders with OSV records; - for standard input', 'several'),
    ],
    options: ADVISORIES_IMPORT_OPTIONS,
    examples: [
      'waybill advisories import all.zip',
      'waybill advisories import debian.osv.ndjson.gz ghsa.osv.ndjson.gz',
      'waybill advisories import our-own.json --covers npm,Debian:12',
    ],
    load: () => import('../commands/advisories-import.ts'),
  }),
  defineCommand({
    path: ['advisories', 'info'],
    readsOnly: true,
    summary: 'Show where the advisory data came from, how old it is and what it covers.',
    arguments: [],
    options: ADVISORIES_INFO_OPTIONS,
    examples: ['waybill advisories info', 'waybill advisories info --verify --format json'],
    load: () => import('../commands/advisories-info.ts'),
  }),
];
