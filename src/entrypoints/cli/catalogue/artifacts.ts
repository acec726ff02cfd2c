import { type CommandDefinition, defineCommand } from '../command.ts';
import { defineArgument } from '../definitions.ts';
import { COPY_OPTIONS } from '../options/artifacts.ts';

/** Artifacts and where they are kept. */
export const ARTIFACT_COMMANDS: readonly CommandDefinition[] = [
  defineCommand({
    path: ['copy'],
    summary:
      'Copy a whole release to another registry, a layout or an archive: all platforms, and ' +
      'everything that is attached to them.',
    arguments: [
      defineArgument(
        'from',
        'image reference, oci:DIR[:TAG|@DIGEST], oci-archive:FILE or docker-archive:FILE',
      ),
      defineArgument(
        'to',
        'image reference, oci:DIR[:TAG] or oci-archive:FILE[:TAG]; without a tag, that of the ' +
          'source',
      ),
    ],
    options: COPY_OPTIONS,
    examples: [
      'waybill copy registry.example.com/shop/trips:1.4 mirror.example.com/shop/trips',
      'waybill copy registry.example.com/shop/trips:1.4 oci-archive:trips.tar',
      'waybill copy oci-archive:trips.tar registry.example.net/shop/trips:1.4',
      'waybill copy registry.example.com/shop/trips:1.4 oci:release --dry-run',
    ],
    load: () => import('../commands/copy.ts'),
  }),
];
