import { type CommandDefinition, defineCommand } from '../command.ts';
import { defineArgument, TARGETS } from '../definitions.ts';
import {
  SBOM_CHECK_OPTIONS,
  SBOM_DIFF_OPTIONS,
  SBOM_MERGE_OPTIONS,
  SBOM_OPTIONS,
  SBOM_REDACT_OPTIONS,
  SBOM_VALIDATE_OPTIONS,
} from '../options/inventory.ts';

const FILES = defineArgument('file', 'an SBOM; - reads it from standard input', 'several');

/** The inventory, and what is done with the document of one; a folder `check` is `./check`. */
export const SBOM_COMMANDS: readonly CommandDefinition[] = [
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
      'waybill sbom oci:build --licenses-from ~/.nuget/packages',
    ],
    load: () => import('../commands/sbom.ts'),
  }),
  defineCommand({
    path: ['sbom', 'check'],
    readsOnly: true,
    summary: 'Check that an SBOM has the elements that NTIA, CISA or BSI ask for.',
    arguments: [FILES],
    options: SBOM_CHECK_OPTIONS,
    examples: ['waybill sbom check app.spdx.json', 'waybill sbom check app.cdx.xml --profile bsi'],
    load: () => import('../commands/sbom-check.ts'),
  }),
  defineCommand({
    path: ['sbom', 'validate'],
    readsOnly: true,
    summary: 'Check that an SBOM keeps the rules of SPDX or CycloneDX.',
    arguments: [FILES],
    options: SBOM_VALIDATE_OPTIONS,
    examples: ['waybill sbom validate app.spdx.json'],
    load: () => import('../commands/sbom-validate.ts'),
  }),
  defineCommand({
    path: ['sbom', 'diff'],
    readsOnly: true,
    summary: 'Show what one inventory has and another has not, of SBOMs, images or source trees.',
    arguments: [
      defineArgument('before', 'as for waybill sbom'),
      defineArgument('after', 'as for waybill sbom'),
    ],
    options: SBOM_DIFF_OPTIONS,
    examples: [
      'waybill sbom diff old.spdx.json new.cdx.json',
      'waybill sbom diff app.spdx.json registry.example.com/shop/trips:1.4 --exit-code',
    ],
    load: () => import('../commands/sbom-diff.ts'),
  }),
  defineCommand({
    path: ['sbom', 'merge'],
    readsOnly: true,
    summary: 'Write one SBOM of several inventories, with each component once.',
    arguments: [TARGETS],
    options: SBOM_MERGE_OPTIONS,
    examples: ['waybill sbom merge web.spdx.json worker.cdx.json --name shop -o shop.spdx.json'],
    load: () => import('../commands/sbom-merge.ts'),
  }),
  defineCommand({
    path: ['sbom', 'redact'],
    readsOnly: true,
    summary: 'Write an SBOM again without what tells how and where the software is built.',
    arguments: [defineArgument('file', 'an SBOM; - reads it from standard input')],
    options: SBOM_REDACT_OPTIONS,
    examples: [
      'waybill sbom redact app.spdx.json -o public.spdx.json',
      'waybill sbom redact app.cdx.json --remove suppliers --format cyclonedx-json',
    ],
    load: () => import('../commands/sbom-redact.ts'),
  }),
];
