import { PREDICATE_NAMES } from '../../../capabilities/attestation/index.ts';
import type { CallOf } from '../command.ts';
import { defineOption, FORM, KEY, NOTATION, PLATFORM, REGISTRY, TRUST } from '../definitions.ts';
import { SIGNATURE_FORMAT, VOUCHING } from './signing.ts';

/** How a statement about an image is signed and attached. */
const STATING = [
  SIGNATURE_FORMAT,
  ...VOUCHING,
  KEY,
  PLATFORM,
  defineOption('--as <repository>', 'for an image on disk: the repository that it belongs to'),
  FORM,
  TRUST,
  NOTATION,
  ...REGISTRY,
] as const;
export type StatingCall = CallOf<typeof STATING>;

export const ATTEST_OPTIONS = [
  defineOption('--predicate <file>', 'what is stated, as JSON', { required: true }),
  defineOption(
    '--type <type>',
    `what kind of statement it is: ${PREDICATE_NAMES.join(', ')}, or any type as https://…`,
    { required: true },
  ),
  defineOption('--schema <file>', 'JSON Schema that the predicate must follow'),
  ...STATING,
] as const;
export type AttestCall = CallOf<typeof ATTEST_OPTIONS>;

export const PROVENANCE_RUNNER_OPTIONS = [
  defineOption(
    '--job-token <source>',
    'the token of this job: github, azure, env:NAME or a file; it is verified, and recorded nowhere',
    { required: true },
  ),
  defineOption('--job-keys <file>', 'the pinned keys of the platform that made --job-token', {
    required: true,
  }),
  defineOption(
    '--machine <source>',
    'azure: the metadata service of this machine; or a file with its answer for this image',
    { required: true },
  ),
  defineOption(
    '--time-from <url>',
    'RFC 3161 authority that says when; its root is in the trust store that the entry about ' +
      'machines names',
    { required: true },
  ),
  ...STATING,
] as const;
export type ProvenanceRunnerCall = CallOf<typeof PROVENANCE_RUNNER_OPTIONS>;

export const PROVENANCE_ASSESS_OPTIONS = [
  defineOption('--level <level>', 'ends with 1 where the level is lower', {
    choices: ['0', '1', '2', '3'],
    fallback: '0',
  }),
  defineOption(
    '--as <repository>',
    'for an image on disk: the repository whose trust applies; without it, no signature counts',
  ),
  FORM,
  TRUST,
  NOTATION,
  ...REGISTRY,
] as const;
export type ProvenanceAssessCall = CallOf<typeof PROVENANCE_ASSESS_OPTIONS>;

export const REBUILD_OPTIONS = [
  defineOption(
    '--command <command>',
    'what builds the image, for /bin/sh in the tree of the commit; it leaves an OCI layout in ' +
      '$WAYBILL_OUTPUT',
    { required: true },
  ),
  defineOption('--source <folder>', 'a git repository that has the commit', { fallback: '.' }),
  defineOption(
    '--commit <commit>',
    'the commit to build; without it, the one that trusted provenance records',
  ),
  defineOption('--timeout <duration>', 'how long the build may take', { fallback: '30m' }),
  defineOption(
    '--pass-env <name>',
    'a variable that the build gets beside PATH; may be given more than once',
    { several: true },
  ),
  ...STATING,
] as const;
export type RebuildCall = CallOf<typeof REBUILD_OPTIONS>;
