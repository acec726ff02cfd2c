import { describe, expect, it } from 'vitest';
import { packZip } from '../../../../test/support/pack-zip.ts';
import { parseBundleLicense } from './bundle-license.ts';
import { javaArchive } from './java-archive.ts';

describe('truth A10: the licence of a bundle', () => {
  it.each<[string, readonly string[]]>([
    ['https://www.apache.org/licenses/LICENSE-2.0.txt', ['Apache-2.0']],
    [
      'https://www.eclipse.org/legal/epl-2.0, https://www.gnu.org/software/classpath/license.html',
      ['EPL-2.0', 'GPL-2.0-only WITH Classpath-exception-2.0'],
    ],
    ['http://www.apache.org/licenses/LICENSE-2.0', ['Apache-2.0']],
    ['"Apache-2.0";link="https://www.apache.org/licenses/LICENSE-2.0.txt"', ['Apache-2.0']],
    ['Apache License, Version 2.0', []],
    ['"Apache License, Version 2.0";link="x"', ['Apache-2.0']],
    ['mit', ['MIT']],
    ['http://www.eclipse.org/legal/epl-v10.html, http://www.gnu.org/unknown', []],
    ['EPL-1.0,LGPL-2.1-only', ['EPL-1.0', 'LGPL-2.1-only']],
    ['<<EXTERNAL>>', []],
    ['', []],
    ['https://www.apache.org.evil.example/licenses/LICENSE-2.0', []],
  ])('%j is %j', (header, licenses) => {
    expect(parseBundleLicense(header)).toEqual(licenses);
  });

  const pom = (artifact: string) => ({
    name: `META-INF/maven/g/${artifact}/pom.properties`,
    text: `groupId=g\nartifactId=${artifact}\nversion=1`,
  });
  const manifest = {
    name: 'META-INF/MANIFEST.MF',
    text: 'Manifest-Version: 1.0\r\nBundle-License: http://www.apache.org/licenses/LICE\r\n NSE-2.0.txt\r\n\r\n',
  };

  it.each([
    [[manifest, pom('a')], [['Apache-2.0']]],
    [[pom('a')], [[]]],
    // The manifest is about the archive, and so about the artifact that it is called after.
    [
      [manifest, pom('a'), pom('b')],
      [['Apache-2.0'], []],
    ],
    [
      [manifest, pom('b'), pom('c')],
      [[], [], ['Apache-2.0']],
    ],
  ])('belongs to the one artifact of the archive, or its own one', (items, licenses) => {
    const { drafts } = javaArchive.extract({ path: 'a-1.jar', bytes: packZip(items) });
    expect(drafts.map((draft) => draft.licenses)).toEqual(licenses);
  });
});
