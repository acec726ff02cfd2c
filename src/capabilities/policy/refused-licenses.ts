import { listRefusedLicences } from './licenses.ts';

/** Licences that the default policy refuses, with the reason. */
export interface RefusedLicenses {
  readonly kind: string;
  readonly reason: string;
  readonly licenses: readonly string[];
}

/**
 * What the default policy refuses: licences that ask more of who runs a service than to keep
 * notices and to pass on source with copies, and licences that forbid uses. Everything else of the
 * SPDX list is accepted.
 */
export const REFUSED_LICENSES: readonly RefusedLicenses[] = [
  {
    kind: 'network copyleft',
    reason: 'who offers the program over a network must offer its source, and often more',
    licenses: [
      'AGPL-1.0-or-later',
      'AGPL-3.0-only',
      'AGPL-3.0-or-later',
      'APSL-1.0+',
      'CAL-1.0',
      'CAL-1.0-Combined-Work-Exception',
      'CPAL-1.0',
      'EUPL-1.0+',
      'NPOSL-3.0',
      'OSL-1.0+',
      'Parity-6.0.0+',
      'RPL-1.1+',
      'RPSL-1.0',
      'Watcom-1.0',
    ],
  },
  {
    kind: 'source-available',
    reason: 'it forbids some uses, such as production, commerce or a competing service',
    licenses: [
      'Aladdin',
      'BUSL-1.1',
      'Elastic-2.0',
      'FSL-1.1-ALv2',
      'FSL-1.1-MIT',
      'Hippocratic-2.1',
      'Hippocratic-3.0-core',
      'MS-LPL',
      'PolyForm-Noncommercial-1.0.0',
      'PolyForm-Small-Business-1.0.0',
      'SSPL-1.0',
    ],
  },
  {
    kind: 'no commerce or no changes',
    reason: 'it forbids commercial use or changed copies',
    licenses: ['CC-BY-NC-1.0+', 'CC-BY-NC-ND-1.0+', 'CC-BY-NC-SA-1.0+', 'CC-BY-ND-1.0+'],
  },
];

/**
 * Types of package URLs of packages that a distribution builds, licenses and publishes the source
 * of.
 */
export const SYSTEM_PACKAGE_TYPES: readonly string[] = ['alpm', 'apk', 'deb', 'rpm'];

/** All that the default policy refuses. */
export function listRefused(): readonly string[] {
  return REFUSED_LICENSES.flatMap(({ licenses }) => licenses);
}

/**
 * Why licences are not accepted.
 *
 * @example explainRefusal(['AGPL-3.0-only'], ['AGPL-3.0-only']) // AGPL-3.0-only is refused: …
 */
export function explainRefusal(expressions: readonly string[], refused: readonly string[]): string {
  const named = expressions.flatMap((expression) => listRefusedLicences(expression, refused));
  const [first] = named;
  if (first === undefined) return 'it is not on the list of allowed licences';
  const reasons = REFUSED_LICENSES.filter(
    ({ licenses }) => listRefusedLicences(first, licenses).length > 0,
  );
  const [known] = reasons;
  const why = known === undefined ? 'this policy refuses it' : `${known.kind}: ${known.reason}`;
  return `${first} is not accepted (${why})`;
}
