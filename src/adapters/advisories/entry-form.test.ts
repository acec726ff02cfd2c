import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AffectedPackage } from '../../capabilities/advisories/index.ts';
import { formatEntry, parseEntries } from './entry-form.ts';

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('1.2.3-4+deb12u1', '"', '\\', ' \n', 'é', '\ud800'),
);
const event = fc.record({
  kind: fc.constantFrom('introduced', 'fixed', 'last_affected', 'limit'),
  version: text,
});
const entry = fc.record({
  ecosystem: fc.constant('npm'),
  name: fc.constant('x'),
  ranges: fc.array(
    fc.record({ type: fc.constantFrom('SEMVER', 'ECOSYSTEM', 'GIT'), events: fc.array(event) }),
  ),
  versions: fc.array(text),
  severities: fc.array(
    fc.record(
      { type: fc.constantFrom('CVSS_V3', 'CVSS_V4'), vector: text, of: fc.constant('CVE-2026-1') },
      { requiredKeys: ['type', 'vector'] },
    ),
  ),
});

it('an entry is read as it was written, whatever its versions are, and is compact JSON', () => {
  fc.assert(
    fc.property(entry, (one) => {
      const written = formatEntry(one as AffectedPackage);
      expect(JSON.stringify(JSON.parse(written))).toBe(written);
      expect(parseEntries(`[${written}]`, 'npm', 'x')).toEqual([one]);
    }),
  );
});
