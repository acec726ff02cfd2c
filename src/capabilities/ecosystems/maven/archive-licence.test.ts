import { describe, expect, it } from 'vitest';
import { type MadeMember, packZip } from '../../../../test/support/pack-zip.ts';
import { recogniseText } from './archive-licence.ts';
import { javaArchive } from './java-archive.ts';

const MIT = `Copyright (c) 2026 Somebody

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;
const PLACE = 'META-INF/maven/g/a';
const properties = (group: string, version = '1'): MadeMember => ({
  name: `META-INF/maven/${group}/a/pom.properties`,
  text: `groupId=${group}\nartifactId=a\nversion=${version}\n`,
});
const licence = (text: string): MadeMember => ({ name: 'META-INF/LICENSE.txt', text });
const pom = (...licences: readonly string[]): MadeMember => ({
  name: `${PLACE}/pom.xml`,
  text: `<project><artifactId>a</artifactId><licenses>${licences.map((one) => `<license>${one}</license>`).join('')}</licenses></project>`,
});

describe('B15 B24: the licence of a Java archive', () => {
  it.each<readonly [string, readonly MadeMember[], readonly string[]]>([
    ['the pom in it', [properties('g'), pom('<name>MIT</name>')], ['MIT']],
    [
      'a choice in its pom',
      [
        properties('g'),
        pom('<name>MIT</name>', '<url>http://www.eclipse.org/legal/epl-2.0/</url>'),
      ],
      ['EPL-2.0 OR MIT'],
    ],
    ['an unknown choice', [properties('g'), pom('<name>MIT</name>', '<name>Own terms</name>')], []],
    [
      'a name and another address',
      [properties('g'), pom('<name>MIT</name><url>https://www.eclipse.org/legal/epl-2.0</url>')],
      [],
    ],
    [
      'the whole text of a licence',
      [properties('g'), licence(MIT.replaceAll(' ', '\r\n  '))],
      ['MIT'],
    ],
    [
      'a text with more terms',
      [properties('g'), licence(`${MIT}It must not be used for evil.`)],
      [],
    ],
    [
      'a text after other terms',
      [properties('g'), licence(`${'You must also pay us. '.repeat(30)}${MIT}`)],
      [],
    ],
    [
      'a text with other words',
      [properties('g'), licence(MIT.replace('without restriction', 'with'))],
      [],
    ],
    ['the poms of its publisher', [properties('org.springframework.kafka')], ['Apache-2.0']],
    ['the poms of its version', [properties('org.hibernate.orm', '6.1')], ['LGPL-2.1-or-later']],
    ['nothing', [properties('g')], []],
  ])('is that of %s', (_, members, licenses) => {
    const bytes = packZip(members);
    const { drafts } = javaArchive.extract({ path: 'lib/a.jar', bytes });
    expect(drafts.map((draft) => draft.licenses)).toEqual([licenses]);
  });

  it('is not Apache by its first and last words alone', () => {
    const [start, end] = [
      'Apache License Version 2.0, January 2004',
      'END OF TERMS AND CONDITIONS',
    ];
    expect(recogniseText(`${start} do what you want ${end}`)).toBeNull();
  });
});
