import type { CallOf } from '../command.ts';
import {
  COMMON,
  defineFormat,
  defineOption,
  FORM,
  NOTATION,
  OUTPUT,
  PLATFORM,
  REGISTRY,
  TRUST,
} from '../definitions.ts';

export const SBOM_OPTIONS = [
  defineFormat(['blocks', 'value'], ['spdx-json', 'cyclonedx-json']),
  OUTPUT,
  PLATFORM,
  ...REGISTRY,
] as const;
export type SbomCall = CallOf<typeof SBOM_OPTIONS>;

export const WHY_OPTIONS = [
  defineFormat(['blocks', 'value']),
  defineOption('--all', 'show every path: one from each package where a path starts'),
  PLATFORM,
  ...REGISTRY,
] as const;
export type WhyCall = CallOf<typeof WHY_OPTIONS>;

export const SCAN_OPTIONS = [
  defineFormat(['blocks', 'value', 'findings']),
  defineOption('--fail-on <severity>', 'exit with 1 for findings of this severity or worse', {
    choices: ['critical', 'high', 'medium', 'low', 'unknown', 'never'],
    fallback: 'low',
  }),
  defineOption(
    '--vex <file>',
    'OpenVEX, bare, as in-toto statement or in DSSE, signed (FILE.jws.sig) by a signer who is ' +
      'trusted for vex; may be given more than once',
    { several: true },
  ),
  TRUST,
  NOTATION,
  defineOption(
    '--allow-partial',
    'exit with 0 even if not everything could be looked up, but something was',
  ),
  OUTPUT,
  PLATFORM,
  ...REGISTRY,
] as const;
export type ScanCall = CallOf<typeof SCAN_OPTIONS>;

export const ADVISORIES_IMPORT_OPTIONS = [
  defineOption(
    '--covers <ecosystem>',
    'say that the files are all that there is of this ecosystem, such as npm or Debian:12; needed ' +
      'for small files only; several with commas, or given more than once',
    { several: true },
  ),
  FORM,
  ...COMMON,
] as const;
export type AdvisoriesImportCall = CallOf<typeof ADVISORIES_IMPORT_OPTIONS>;

export const ADVISORIES_INFO_OPTIONS = [
  defineOption('--verify', 'read the whole index and check it'),
  FORM,
  ...COMMON,
] as const;
export type AdvisoriesInfoCall = CallOf<typeof ADVISORIES_INFO_OPTIONS>;
