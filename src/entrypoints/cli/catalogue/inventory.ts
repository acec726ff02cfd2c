import { type CommandDefinition, defineCommand } from '../command.ts';
import { defineArgument, TARGETS } from '../definitions.ts';
import {
  ADVISORIES_IMPORT_OPTIONS,
  ADVISORIES_INFO_OPTIONS,
  ADVISORIES_PACK_OPTIONS,
  ADVISORIES_PULL_OPTIONS,
  ADVISORIES_PUSH_OPTIONS,
  ADVISORIES_UPDATE_OPTIONS,
  LICENCES_OPTIONS,
  SCAN_OPTIONS,
  WHY_OPTIONS,
} from '../options/inventory.ts';
import { SBOM_COMMANDS } from './sbom.ts';

/** Inventory and scan. */
export const INVENTORY_COMMANDS: readonly CommandDefinition[] = [
  ...SBOM_COMMANDS,
  defineCommand({
    path: ['scan'],
    readsOnly: true,
    summary:
      'Find known vulnerabilities in a source tree, an image or an SBOM, and report what is ' +
      'not covered.',
    arguments: [
      defineArgument('target', 'as for sbom; sbom:FOLDER is every SBOM below the folder', 'any'),
    ],
    options: SCAN_OPTIONS,
    examples: [
      'waybill scan .',
      'waybill scan sbom:app.spdx.json --format sarif -o findings.sarif',
      'waybill scan oci:build --fail-on critical',
      'waybill scan sbom:stored --format json -o findings.json',
    ],
    load: () => import('../commands/scan.ts'),
  }),
  defineCommand({
    path: ['licences'],
    readsOnly: true,
    summary:
      'Report the licences of a source tree, an image or an SBOM, and what the policy says of them.',
    arguments: [TARGETS],
    options: LICENCES_OPTIONS,
    examples: [
      'waybill licences .',
      'waybill licences oci:build --group-by licence',
      'waybill licences sbom:app.spdx.json --policy policy.yaml --format json',
    ],
    load: () => import('../commands/licences.ts'),
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
      'waybill why golang.org/x/text --needs-from "$(go env GOMODCACHE)"',
    ],
    load: () => import('../commands/why.ts'),
  }),
  defineCommand({
    path: ['advisories', 'import'],
    summary:
      'Build the advisory index from OSV records: JSON, NDJSON (also gzipped), zip, tar or a ' +
      'folder; or from secdb, the trackers of Debian and Ubuntu, CSAF of Red Hat, SUSE and ' +
      'Microsoft, NVD, KEV and EPSS.',
    arguments: [
      defineArgument('file', 'files or folders with advisories; - for standard input', 'several'),
    ],
    options: ADVISORIES_IMPORT_OPTIONS,
    examples: [
      'waybill advisories import all.zip',
      'waybill advisories import debian.osv.ndjson.gz ghsa.osv.ndjson.gz',
      'waybill advisories import our-own.json --covers npm,Debian:12',
      'waybill advisories import main.json community.json',
    ],
    load: () => import('../commands/advisories-import.ts'),
  }),
  defineCommand({
    path: ['advisories', 'update'],
    summary:
      'Bring the advisory index to what OSV publishes, for the ecosystems that the graph, the ' +
      'configuration and the named targets need.',
    arguments: [defineArgument('target', 'as for waybill sbom: what it has is needed too', 'any')],
    options: ADVISORIES_UPDATE_OPTIONS,
    examples: [
      'waybill advisories update .',
      'waybill advisories update --ecosystem npm --ecosystem Debian',
      'waybill advisories update --from https://mirror.example.com/osv/',
      'waybill advisories update --from oci://registry.example.com/security/advisories:latest',
    ],
    load: () => import('../commands/advisories-update.ts'),
  }),
  defineCommand({
    path: ['advisories', 'pack'],
    summary: 'Write the advisory index as one signed file, for where there is no network.',
    arguments: [defineArgument('repository', 'the repository whose trust counts for it')],
    options: ADVISORIES_PACK_OPTIONS,
    examples: [
      'waybill advisories pack registry.example.com/security/advisories --to advisories.tar',
    ],
    load: () => import('../commands/advisories-pack.ts'),
  }),
  defineCommand({
    path: ['advisories', 'push'],
    summary: 'Push the advisory index to a registry, signed, with a number that only grows.',
    arguments: [
      defineArgument('reference', 'registry and repository; the tag is latest without one'),
    ],
    options: ADVISORIES_PUSH_OPTIONS,
    examples: ['waybill advisories push registry.example.com/security/advisories'],
    load: () => import('../commands/advisories-push.ts'),
  }),
  defineCommand({
    path: ['advisories', 'pull'],
    summary: 'Import a signed advisory index, never an older or an unsigned one.',
    arguments: [defineArgument('index', 'an index in a registry, oci-archive:FILE or oci:DIR')],
    options: ADVISORIES_PULL_OPTIONS,
    examples: [
      'waybill advisories pull registry.example.com/security/advisories:latest',
      'waybill advisories pull oci-archive:advisories.tar --as ' +
        'registry.example.com/security/advisories',
    ],
    load: () => import('../commands/advisories-pull.ts'),
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
