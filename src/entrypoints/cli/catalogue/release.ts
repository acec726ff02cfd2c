import { type CommandDefinition, defineCommand } from '../command.ts';
import { defineArgument } from '../definitions.ts';
import { RELEASE_OPTIONS } from '../options/release.ts';

/** Shipping a release. */
export const RELEASE_COMMANDS: readonly CommandDefinition[] = [
  defineCommand({
    path: ['release'],
    summary:
      'Ship a release: inventory, scan, provenance, signatures, release gate, publication ' +
      'and record in one command.',
    arguments: [
      defineArgument(
        'reference',
        'where to publish the release: registry.example.com/team/app:tag; without it, where the ' +
          'job keeps its images (WAYBILL_RELEASE_REFERENCE, GitLab, github.com)',
        'optional',
      ),
    ],
    options: RELEASE_OPTIONS,
    examples: [
      'waybill release',
      'waybill release registry.example.com/shop/trips:1.4 --dry-run --format markdown',
      'waybill release registry.example.com/shop/trips:1.4 --image oci:build --name trips ' +
        '--version 1.4',
      'waybill release registry.example.com/shop/trips:1.4 --name trips --version 1.4 --repo ' +
        'https://git.example.com/shop/trips --commit 4f2a…',
      'waybill release registry.example.com/shop/trips:1.4 --image oci:build --name trips ' +
        '--version 1.4 --licenses-from "$(go env GOMODCACHE)" --licenses-from .',
    ],
    load: () => import('../commands/release.ts'),
  }),
];
