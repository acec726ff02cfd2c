import type { CallOf } from '../command.ts';
import {
  COMMON,
  defineFormat,
  defineOption,
  FORM,
  KEY,
  LICENCES_FROM,
  NEEDS_FROM,
  NOTATION,
  OUTPUT,
  PLATFORM,
  POLICY,
  REGISTRY,
  TRUST,
} from '../definitions.ts';

/**
 * The words of SBOM_WRITERS, and GitHub's; a command loads no writer to know them, and a test holds
 * them equal.
 */
export const SBOM_DOCUMENTS = [
  'spdx-json',
  'spdx-tag-value',
  'spdx-2.2-json',
  'spdx-2.2-tag-value',
  'spdx-3-json',
  'cyclonedx-json',
  'cyclonedx-xml',
  'cyclonedx-1.4-json',
  'cyclonedx-1.4-xml',
  'cyclonedx-1.5-json',
  'cyclonedx-1.5-xml',
  'cyclonedx-1.7-json',
  'cyclonedx-1.7-xml',
] as const;
export const SBOM_FORMATS = [...SBOM_DOCUMENTS, 'github-json'] as const;

const AUTHOR = defineOption(
  '--author <name>',
  'who states the document besides the tool, such as "Shop <sbom@shop.example>"',
);

export const SBOM_OPTIONS = [
  AUTHOR,
  defineFormat(['blocks', 'value'], SBOM_FORMATS),
  LICENCES_FROM,
  NEEDS_FROM,
  OUTPUT,
  PLATFORM,
  defineOption(
    '--manifest <folder>',
    'write the document as sbom-tool does, as FOLDER/_manifest/spdx_2.2/manifest.spdx.json (with ' +
      'spdx-3-json, spdx_3.0), with its checksum beside it; nothing is overwritten',
  ),
  defineOption(
    '--with-findings',
    'scan it too: CycloneDX has the vulnerabilities, SPDX links their advisories',
  ),
  ...REGISTRY,
] as const;
export type SbomCall = CallOf<typeof SBOM_OPTIONS>;

export const SBOM_CHECK_OPTIONS = [
  defineFormat(['blocks', 'value']),
  defineOption('--profile <name>', 'whose elements; without it, all; may be given more than once', {
    choices: ['ntia', 'cisa-2025', 'bsi'],
    several: true,
  }),
  OUTPUT,
] as const;
export type SbomCheckCall = CallOf<typeof SBOM_CHECK_OPTIONS>;

export const SBOM_VALIDATE_OPTIONS = [defineFormat(['blocks', 'value']), OUTPUT] as const;
export type SbomValidateCall = CallOf<typeof SBOM_VALIDATE_OPTIONS>;

export const SBOM_DIFF_OPTIONS = [
  defineFormat(['blocks', 'value']),
  defineOption('--exit-code', 'exit with 1 if there is a difference'),
  OUTPUT,
  PLATFORM,
  ...REGISTRY,
] as const;
export type SbomDiffCall = CallOf<typeof SBOM_DIFF_OPTIONS>;

const DOCUMENT = {
  ...defineOption('--format <format>', 'format of the document'),
  choices: SBOM_DOCUMENTS,
  fallback: 'spdx-json',
} as const;

export const SBOM_MERGE_OPTIONS = [
  DOCUMENT,
  AUTHOR,
  defineOption('--name <name>', 'name of the whole', { fallback: 'merged' }),
  OUTPUT,
  PLATFORM,
  ...REGISTRY,
] as const;
export type SbomMergeCall = CallOf<typeof SBOM_MERGE_OPTIONS>;

export const SBOM_REDACT_OPTIONS = [
  DOCUMENT,
  defineOption(
    '--remove <what>',
    'what is left out; without it, locations and origins; may be given more than once',
    { choices: ['locations', 'origins', 'suppliers', 'layers', 'skips'], several: true },
  ),
  OUTPUT,
] as const;
export type SbomRedactCall = CallOf<typeof SBOM_REDACT_OPTIONS>;

export const LICENCES_OPTIONS = [
  FORM,
  defineOption('--group-by <what>', 'list components, or licences with their components', {
    choices: ['component', 'licence'],
    fallback: 'component',
  }),
  POLICY,
  LICENCES_FROM,
  OUTPUT,
  PLATFORM,
  ...REGISTRY,
] as const;
export type LicencesCall = CallOf<typeof LICENCES_OPTIONS>;

export const WHY_OPTIONS = [
  defineFormat(['blocks', 'value']),
  defineOption('--all', 'show every path: one from each package where a path starts'),
  NEEDS_FROM,
  PLATFORM,
  ...REGISTRY,
] as const;
export type WhyCall = CallOf<typeof WHY_OPTIONS>;

export const SCAN_OPTIONS = [
  defineFormat(['blocks', 'value', 'tree', 'findings']),
  defineOption('--fail-on <severity>', 'exit with 1 for findings of this severity or worse', {
    choices: ['critical', 'high', 'medium', 'low', 'unknown', 'never'],
    fallback: 'low',
  }),
  defineOption(
    '--vex <file>',
    'VEX (OpenVEX, CSAF or CycloneDX), bare, as in-toto statement or in DSSE, signed (FILE.jws.sig) by a signer who is ' +
      'trusted for vex; may be given more than once',
    { several: true },
  ),
  TRUST,
  NOTATION,
  defineOption(
    '--only-fixed',
    'leave out findings without a fixed version; how many is said, and they do not count',
  ),
  defineOption(
    '--baseline <file>',
    'a scan of before (--format json, SARIF or what graph import reads): what it has is shown as ' +
      'known and does not count, unless it became more severe',
  ),
  defineOption(
    '--explain',
    'name the releases that have a component with findings, who owns them and where they run',
  ),
  defineOption('--group-by <what>', 'divide the findings, in a table and in Markdown', {
    choices: ['severity', 'package', 'vulnerability', 'location', 'target'],
  }),
  defineOption(
    '--allow-partial',
    'exit with 0 even if not everything could be looked up, but something was',
  ),
  defineOption(
    '--targets <file>',
    'file with one more target on each line; may be given more than once',
    { several: true },
  ),
  OUTPUT,
  PLATFORM,
  ...REGISTRY,
] as const;
export type ScanCall = CallOf<typeof SCAN_OPTIONS>;

export const ADVISORIES_IMPORT_OPTIONS = [
  defineOption(
    '--covers <ecosystem>',
    'say that the files are all that there is of this ecosystem, such as npm or Debian:12; ' +
      'needed for small files only; several with commas, or given more than once',
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

const OF_REPOSITORY = defineOption(
  '--as <repository>',
  'for an index on disk: the repository that it was packed for, whose trust counts',
);

export const ADVISORIES_UPDATE_OPTIONS = [
  defineOption(
    '--from <url>',
    'a mirror: https://HOST/PATH/ with the files of the export of OSV, or an index that ' +
      'was pushed, oci://REGISTRY/REPOSITORY[:TAG] (WAYBILL_UPDATE_FROM)',
  ),
  defineOption(
    '--ecosystem <name>',
    'an ecosystem as OSV names it, such as npm or Debian; may be given more than once',
    { several: true },
  ),
  defineOption('--ca <file>', 'certificates to trust beside those of Node.js, PEM'),
  defineOption(
    '--without-exploitation',
    'do not read what CISA (KEV) and FIRST (EPSS) say of exploitation',
  ),
  defineOption(
    '--without-support',
    'do not read until when systems are supported, as endoflife.date says it',
  ),
  OF_REPOSITORY,
  TRUST,
  NOTATION,
  FORM,
  PLATFORM,
  ...REGISTRY,
] as const;
export type AdvisoriesUpdateCall = CallOf<typeof ADVISORIES_UPDATE_OPTIONS>;

export const ADVISORIES_PULL_OPTIONS = [OF_REPOSITORY, TRUST, NOTATION, FORM, ...REGISTRY] as const;
export type AdvisoriesPullCall = CallOf<typeof ADVISORIES_PULL_OPTIONS>;

const NUMBER = defineOption(
  '--number <number>',
  'number of the index; without it, the one behind the last',
);

export const ADVISORIES_PUSH_OPTIONS = [KEY, NUMBER, TRUST, NOTATION, FORM, ...REGISTRY] as const;
export type AdvisoriesPushCall = CallOf<typeof ADVISORIES_PUSH_OPTIONS>;

export const ADVISORIES_PACK_OPTIONS = [
  defineOption('--to <file>', 'the file to write, an oci-archive', { required: true }),
  defineOption('--previous <file>', 'the file of the last time: the new one has its changes too'),
  KEY,
  NUMBER,
  TRUST,
  NOTATION,
  FORM,
  ...REGISTRY,
] as const;
export type AdvisoriesPackCall = CallOf<typeof ADVISORIES_PACK_OPTIONS>;
