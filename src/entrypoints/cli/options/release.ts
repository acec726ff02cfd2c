import type { CallOf } from '../command.ts';
import { defineOption, FORM, JUDGING, KEY, LICENCES_FROM, NEEDS_FROM } from '../definitions.ts';

export const RELEASE_OPTIONS = [
  defineOption(
    '--image <source>',
    'oci:DIR[:TAG] or an archive to publish; without it, the image must be in the registry ' +
      'already',
  ),
  defineOption('--name <name>', 'name of the release', { required: true }),
  defineOption('--version <version>', 'version of the release', { required: true }),
  defineOption('--repo <url>', 'claimed source repository; without it, that of the git work tree'),
  defineOption('--commit <commit>', 'claimed source commit; without it, HEAD of the git work tree'),
  defineOption('--host <service>', 'code host, such as github.com; without it, the host of --repo'),
  defineOption('--builder <id>', 'who built the image; recorded as claimed, never as proven', {
    fallback: 'https://waybill.dev/builders/local',
  }),
  defineOption(
    '--build-id <id>',
    'invocation of the build, recorded as claimed; without it, one is derived',
  ),
  defineOption(
    '--job-token <source>',
    'the token of the job that proves builder, repository and commit: github, azure, env:NAME or ' +
      'a file; never recorded',
  ),
  defineOption('--job-keys <file>', 'the pinned keys of the platform that made --job-token'),
  defineOption('--owner <team>', 'who owns the release'),
  LICENCES_FROM,
  NEEDS_FROM,
  KEY,
  defineOption('--explain', 'show each rule, including those that hold'),
  FORM,
  ...JUDGING,
] as const;
export type ReleaseCall = CallOf<typeof RELEASE_OPTIONS>;
