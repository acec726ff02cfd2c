import type { CallOf } from '../command.ts';
import { defineFormat, defineOption, JUDGING, LICENCES_FROM, NEEDS_FROM } from '../definitions.ts';
import { VOUCHING } from './signing.ts';

export const RELEASE_OPTIONS = [
  defineOption(
    '--image <source>',
    'oci:DIR[:TAG] or an archive to publish; without it, the image must be in the registry ' +
      'already',
  ),
  defineOption('--name <name>', 'name of the release; without it, that of the image'),
  defineOption('--version <version>', 'version of the release; without it, the tag of the image'),
  defineOption(
    '--repo <url>',
    'claimed source repository; without it, that of the job or of the git work tree',
  ),
  defineOption(
    '--commit <commit>',
    'claimed source commit; without it, that of the job or HEAD of the git work tree',
  ),
  defineOption('--host <service>', 'code host, such as github.com; without it, the host of --repo'),
  defineOption(
    '--builder <id>',
    'who built the image, recorded as claimed; without it, the workflow or pipeline of the job, ' +
      'and outside of one https://waybill.dev/builders/local',
  ),
  defineOption(
    '--build-id <id>',
    'invocation of the build, recorded as claimed; without it, that of the job, or one is made',
  ),
  defineOption(
    '--job-token <source>',
    'the token of the job that proves builder, repository and commit: github, azure, env:NAME or ' +
      'a file; without it, that of the runner where --job-keys is given; never recorded',
  ),
  defineOption('--job-keys <file>', 'the pinned keys of the platform that made --job-token'),
  defineOption('--owner <team>', 'who owns the release'),
  LICENCES_FROM,
  NEEDS_FROM,
  defineOption(
    '--key <name>',
    'key of the key store, see: waybill key list; without it, default, and in a job that can sign ' +
      'without a key, that where there is no such key',
  ),
  ...VOUCHING,
  defineOption('--dry-run', 'show what would be signed and published, and write nothing'),
  defineOption('--step-summary', 'append a report in Markdown to GITHUB_STEP_SUMMARY'),
  defineOption('--explain', 'show each rule, including those that hold'),
  defineFormat(['blocks', 'value'], ['markdown']),
  ...JUDGING,
] as const;
export type ReleaseCall = CallOf<typeof RELEASE_OPTIONS>;
