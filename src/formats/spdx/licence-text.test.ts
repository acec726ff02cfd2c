import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeLicence } from '../../../test/support/licence-texts.ts';
import { root } from '../../../tools/process.ts';
import { recogniseLicenceText } from './licence-text.ts';

const MIT = writeLicence('MIT').replace(/^.*\n\n/, '');
const APACHE = writeLicence('Apache-2.0');

describe('B24: the text of a licence is recognised', () => {
  const notice = 'Copyright (c) 2019-2026 Example Authors. All rights reserved.';
  it.each([
    ['alone', MIT, ['MIT']],
    ['with heading and notice', `# The MIT License (MIT)\n\n${notice}\n\n${MIT}`, ['MIT']],
    ['in capitals and short lines', MIT.toUpperCase().replaceAll(' ', '\r\n * '), ['MIT']],
    [
      'with a notice of portions',
      `Portions Copyright 2011 X\n© 2012 Y\n(c) 2013 Z\n${MIT}`,
      ['MIT'],
    ],
    ['beside another one', `MIT License\n${MIT}\nApache License\n${APACHE}`, ['Apache-2.0', 'MIT']],
    ...['ISC', '0BSD', 'MIT-0', 'BSD-2-Clause', 'BSD-3-Clause', 'Zlib', 'Unlicense', 'BSL-1.0'].map(
      (id) => [id, writeLicence(id), [id]] as const,
    ),
  ] as const)('%s', (_, text, expected) => {
    expect(recogniseLicenceText(text)).toEqual(expected);
  });

  it.each([
    ['nothing', ''],
    ['a heading alone', 'MIT License'],
    ['a sentence more', `${MIT}\nThe Software may not be sold.`],
    ['a sentence before', `Not for use in weapons.\n${MIT}`],
    ['a word less', MIT.replace(' without restriction', '')],
    ['another word', MIT.replace('without restriction', 'with restriction')],
    ['a condition in its notice', `Copyright 2026 X, not for commercial use\n${MIT}`],
    ['more in a variable part', MIT.replace('example authors', 'x '.repeat(9))],
    ['a notice that is a book', `Copyright 2026 ${'x '.repeat(40)}\n${MIT}`],
    ['more than a licence has', `${'\n'.repeat(512 * 1024)}${MIT}`],
    ['a name alone', 'Licensed under MIT'],
  ])('but not with %s', (_, text) => {
    expect(recogniseLicenceText(text)).toBeNull();
  });

  it('as the packages that are installed here state it, without an exception', () => {
    const here = globSync('node_modules/{*,@*/*}/{LICENSE,LICENSE.md,LICENSE.txt,license}', {
      cwd: root,
    });
    const read = here.flatMap((file) => {
      const stated: unknown = JSON.parse(
        readFileSync(join(root, dirname(file), 'package.json'), 'utf8'),
      ).license;
      const found = recogniseLicenceText(readFileSync(join(root, file), 'utf8'));
      return typeof stated === 'string' && /^[\w.-]+$/.test(stated)
        ? [{ file, stated, found }]
        : [];
    });
    const known = read.filter(({ found }) => found !== null);
    expect(known.length / read.length).toBeGreaterThan(0.85);
    const wrong = known.filter(({ found, stated }) => found?.includes(stated) !== true);
    expect(wrong).toEqual([]);
  });

  it.skipIf(!existsSync('/usr/share/common-licenses/GPL-3'))(
    'as Debian keeps the common ones (skipped where they are not installed)',
    () => {
      const names = { 'GPL-2': 'GPL-2.0-only', 'GPL-3': 'GPL-3.0-only', 'LGPL-3': 'LGPL-3.0-only' };
      const more = {
        'LGPL-2.1': 'LGPL-2.1-only',
        'Apache-2.0': 'Apache-2.0',
        'MPL-2.0': 'MPL-2.0',
      };
      for (const [name, id] of Object.entries({ ...names, ...more, 'CC0-1.0': 'CC0-1.0' }))
        expect([
          name,
          recogniseLicenceText(readFileSync(`/usr/share/common-licenses/${name}`, 'utf8')),
        ]).toEqual([name, [id]]);
    },
  );

  it('any text gives an answer, and a changed word none', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => void recogniseLicenceText(text)),
    );
    const words = MIT.split(' ');
    fc.assert(
      fc.property(fc.nat({ max: words.length - 1 }), (at) => {
        const cut = words.toSpliced(at, 1).join(' ');
        return cut.includes('example authors') ? recogniseLicenceText(cut) === null : true;
      }),
    );
  });
});
