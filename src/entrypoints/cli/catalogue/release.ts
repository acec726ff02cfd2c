import type { CommandDefinition } from '../command.ts';
import { defineArgument, defineFormat, defineOption, JUDGING, KEY } from '../definitions.ts';

/** Shipping a release. */
export const RELEASE_COMMANDS: readonly CommandDefinition[] = [
  {
    path: ['release'],
    summary:
      'Ship a release: inventory, scan, provenance, signatures, release gate, publication ' +
      'and record in one.',
    arguments: [
      defineArgument(
        'reference',
        'where the release is published: registry.example.com/team/app:tag',
      ),
    ],
    options: [
      defineOption(
        '--image <source>',
        'oci:DIR[:TAG] or an archive to publish; without it the image is in the registry already',
      ),
      defineOption('--name <name>', 'name of the release', { required: true }),
      defineOption('--version <version>', 'version of the release', { required: true }),
      defineOption('--repo <url>', 'source repository; without it, that of the git work tree'),
      defineOption('--commit <commit>', 'source commit; without it, HEAD of the git work tree'),
      defineOption(
        '--host <service>',
        'code host, such as github.com; without it, the host of --repo',
      ),
      defineOption('--builder <id>', 'builder.id of the provenance', {
        fallback: 'https://waybill.dev/builders/local',
      }),
      defineOption('--build-id <id>', 'invocation of the build; without it, one is derived'),
      defineOption('--owner <team>', 'who owns the release'),
      KEY,
      defineOption('--explain', 'show each rule, also those that hold'),
      defineFormat('table', 'json'),
      ...JUDGING,
    ],
    examples: [
      'waybill release registry.example.com/shop/trips:1.4 --image oci:build --name trips ' +
        '--version 1.4',
      'waybill release registry.example.com/shop/trips:1.4 --name trips --version 1.4 --repo ' +
        'https://git.example.com/shop/trips --commit 4f2a…',
    ],
    load: () => import('../commands/release.ts'),
  },
];
