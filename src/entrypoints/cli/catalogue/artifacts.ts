import { type CommandDefinition, defineCommand } from '../command.ts';
import { defineArgument } from '../definitions.ts';
import {
  COPY_OPTIONS,
  DELETE_OPTIONS,
  LOGIN_OPTIONS,
  LOGOUT_OPTIONS,
  PULL_OPTIONS,
  PUSH_OPTIONS,
  TAG_OPTIONS,
} from '../options/artifacts.ts';

/** Artifacts and where they are kept. */
export const ARTIFACT_COMMANDS: readonly CommandDefinition[] = [
  defineCommand({
    path: ['push'],
    summary:
      'Push files to a registry as an artifact, as oras does; with a key also its signature.',
    arguments: [
      defineArgument('reference', 'image reference with a tag'),
      defineArgument(
        'files',
        'files of this folder or below, each as FILE or FILE:TYPE',
        'several',
      ),
    ],
    options: PUSH_OPTIONS,
    examples: [
      'waybill push registry.example.com/shop/report:1.4 report.json:application/json',
      'waybill push registry.example.com/shop/chart:1.4 chart.tgz --artifact-type application/vnd.example.chart',
    ],
    load: () => import('../commands/push.ts'),
  }),
  defineCommand({
    path: ['pull'],
    summary:
      'Write the files of an artifact below a folder; a file appears when its digest is right.',
    arguments: [defineArgument('reference', 'image reference or oci:DIR[:TAG|@DIGEST]')],
    options: PULL_OPTIONS,
    examples: ['waybill pull registry.example.com/shop/report:1.4 --to reports'],
    load: () => import('../commands/pull.ts'),
  }),
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
  defineCommand({
    path: ['tag'],
    summary: 'Give an image or another artifact further tags in its repository.',
    arguments: [
      defineArgument('reference', 'image reference or oci:DIR[:TAG|@DIGEST]'),
      defineArgument('tags', 'the new tags', 'several'),
    ],
    options: TAG_OPTIONS,
    examples: [
      'waybill tag registry.example.com/shop/trips@sha256:… 1.4 latest',
      'waybill tag oci:build:1.4 stable',
    ],
    load: () => import('../commands/tag.ts'),
  }),
  defineCommand({
    path: ['delete'],
    summary:
      'Delete an image or another artifact from its registry; with what is attached to it, if ' +
      'there is any.',
    arguments: [defineArgument('reference', 'image reference or oci:DIR[:TAG|@DIGEST]')],
    options: DELETE_OPTIONS,
    examples: [
      'waybill delete registry.example.com/shop/trips:1.3',
      'waybill delete registry.example.com/shop/trips:1.3 --with-attached --yes',
    ],
    load: () => import('../commands/delete.ts'),
  }),
  defineCommand({
    path: ['login'],
    summary:
      'Log in to a registry: the credentials are tried, and kept where docker and oras find them.',
    arguments: [defineArgument('registry', 'host, with its port if it has one')],
    options: LOGIN_OPTIONS,
    examples: ['waybill login registry.example.com -u ci --password-stdin'],
    load: () => import('../commands/login.ts'),
  }),
  defineCommand({
    path: ['logout'],
    summary: 'Remove the credentials of a registry from where docker and oras keep them.',
    arguments: [defineArgument('registry', 'host, with its port if it has one')],
    options: LOGOUT_OPTIONS,
    examples: ['waybill logout registry.example.com'],
    load: () => import('../commands/logout.ts'),
  }),
];
