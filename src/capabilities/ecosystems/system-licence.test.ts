import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSpdxExpression } from '../../formats/spdx/licence.ts';
import { judgeLicence } from '../policy/licenses.ts';
import { readSystemLicence } from './system-licence.ts';

describe('B13 B24: the licence field of a package database', () => {
  it.each([
    ['MIT', 'MIT'],
    [
      'GPL-2.0-or-later WITH Classpath-exception-2.0',
      'GPL-2.0-or-later WITH Classpath-exception-2.0',
    ],
    ['GPLv2+ and BSD', 'GPL-2.0-or-later AND LicenseRef-rpm-BSD'],
    ['(ASL 2.0 or MIT) and Public Domain', '(Apache-2.0 OR MIT) AND LicenseRef-rpm-Public-Domain'],
    ['LGPLv2+ with exceptions', 'LicenseRef-rpm-LGPL-2.0-or-later-with-exceptions'],
    ['GPL2 MIT', '(GPL-2.0-only AND MIT)'],
    ['(MIT', 'LicenseRef-rpm-MIT'],
    ['custom:x y', 'LicenseRef-rpm-custom-x-y'],
  ])('%s is read as %s', (text, expression) => {
    expect(readSystemLicence(text, 'rpm')).toEqual([expression]);
  });

  it('refuses AGPL also under an older name and with an exception, and keeps silence apart', () => {
    for (const text of ['AGPLv3+', 'MIT and AGPLv3 with exceptions', 'AGPLv3 MIT'])
      expect([
        text,
        judgeLicence(readSystemLicence(text, 'rpm').join(' AND '), ['*'], ['AGPL-3.0-only']),
      ]).toEqual([text, 'refused']);
    expect(readSystemLicence('  ', 'apk')).toEqual([]);
  });

  it('is an SPDX expression or nothing, whatever the text', () => {
    const words = fc.constantFrom(
      'MIT',
      'GPLv2+',
      'and',
      'OR',
      'with',
      '(',
      ')',
      'BSD',
      ',',
      '||',
      'é',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words).map((list) => list.join(' ')),
        ),
        (text) => {
          for (const one of readSystemLicence(text, 'rpm'))
            expect(isSpdxExpression(one)).toBe(true);
        },
      ),
    );
  });
});
