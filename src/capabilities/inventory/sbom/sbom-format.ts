import { fail, type Result } from '../../../core/result.ts';

export type SbomFormat =
  | 'spdx-2.2'
  | 'spdx-2.3'
  | 'spdx-3.0.0'
  | 'spdx-3.0.1'
  | 'cyclonedx-1.2'
  | 'cyclonedx-1.3'
  | 'cyclonedx-1.4'
  | 'cyclonedx-1.5'
  | 'cyclonedx-1.6'
  | 'cyclonedx-1.7'
  | 'github-snapshot';

/** How a document is written. */
export type SbomEncoding = 'json' | 'tag-value' | 'xml';

/** The remedy for a document of another format. */
export const READABLE_SBOMS =
  'Give SPDX 2.2 or 2.3 as JSON or tag-value, SPDX 3.0 as JSON, CycloneDX 1.2 to 1.7 as JSON or ' +
  'XML, or a dependency snapshot of GitHub.';

export function failUnsupported(why: string): Result<never> {
  return fail('UNSUPPORTED', `not an SBOM that Waybill reads: ${why}`, READABLE_SBOMS);
}
