import type { CommandDefinition } from '../command.ts';
import { argument, format, JUDGING, KEY, option } from '../definitions.ts';

/** Shipping a release. */
export const RELEASE_COMMANDS: readonly CommandDefinition[] = [
  {
    path: ['release'],
    summary: 'Ship a release: inventory, scan, provenance, signatures, release gate, publication and record in one.',
    arguments: [argument('reference', 'where the release is published: registry.example.com/team/app:tag')],
    options: [
      option(
        '--image <source>',
        'oci:DIR[:TAG] or an archive to publish; without it the image is in the registry already',
      ),
      option('--name <name>', 'name of the release', { required: true }),
      option('--version <version>', 'version of the release', { required: true }),
      option('--repo <url>', 'source repository; without it, that of the git work tree'),
      option('--commit <commit>', 'source commit; without it, HEAD of the git work tree'),
      option('--host <service>', 'code host, such as github.com; without it, the host of --repo'),
      option('--builder <id>', 'builder.id of the provenance', { fallback: 'https://waybill.dev/builders/local' }),
      option('--build-id <id>', 'invocation of the build; without it, one is derived'),
      option('--owner <team>', 'who owns the release'),
      KEY,
      option('--explain', 'show each rule, also those that hold'),
      format('table', 'json'),
      ...JUDGING,
    ],
    examples: [
      'waybill release registry.example.com/shop/trips:1.4 --image oci:build --name trips --version 1.4',
      'waybill release registry.example.com/shop/trips:1.4 --name trips --version 1.4 --repo https://git.example.com/shop/trips --commit 4f2a…',
    ],
    load: () => import('../commands/release.ts'),
  },
];
