const LATER =
  'it has no date of publication; no recorded answer names it, and its fix is a release of Go ' +
  'after those of all advisories that answers name';

/**
 * Findings that the recorded answers of OSV do not have, each looked up: the version is in the
 * range that the advisory itself states.
 */
export const NAMED_EXTRAS: ReadonlyMap<string, string> = new Map([
  ...['GO-2026-5026', 'GO-2026-5942', 'GO-2026-5972', 'GO-2026-6088', 'GO-2026-6089'].map(
    (id) => [id, LATER] as const,
  ),
  ...['GO-2026-6090', 'GO-2026-6091', 'GO-2026-6179', 'GO-2026-6180', 'GO-2026-6218'].map(
    (id) => [id, LATER] as const,
  ),
  ['GO-2026-6222', 'it has no date of publication, and no recorded answer names it'],
  ['PYSEC-2021-108', 'its range and its list have 1.24.3; the answer has neither it nor an alias'],
  ['GHSA-g9g8-vgvw-g3vf', 'published in June 2026; no recorded answer names it'],
]);
