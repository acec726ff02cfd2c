import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { file, makeTree } from '../../../../../test/support/images.ts';
import { packZip } from '../../../../../test/support/pack-zip.ts';
import { inventoryLayers, OS, stanza } from '../../../../../test/support/package-layers.ts';
import { describeComponents, whySkipped } from '../../../../../test/support/python-project.ts';
import { inventoryTree } from '../../../inventory/index.ts';
import { readCoreMetadata } from './core-metadata.ts';

const SITE = 'usr/local/lib/python3.13/site-packages';
const metadata = (name: string, version: string, more = ''): string =>
  `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${more}\nName: of the description\n`;
const wheel = (name: string, version: string, more = ''): ReturnType<typeof file> =>
  file(`${SITE}/${name}-${version}.dist-info/METADATA`, metadata(name, version, more));
const ELF = Buffer.from('\x7fELF\x02\x01\x01\0 code', 'latin1');

describe('B2 D10: packages of Python in an image', () => {
  it('are found in wheels, eggs and archives, with what they need', async () => {
    const inventory = await inventoryLayers([
      [
        wheel('Flask', '3.0.1', 'Requires-Dist: werkzeug>=3\nRequires-Dist: rich; extra == "x"\n'),
        wheel('Werkzeug', '3.0.3', 'License-Expression: BSD-3-Clause\n'),
        file('usr/lib/python3/dist-packages/six.egg-info', metadata('six', '1.16.0')),
        file(`${SITE}/old.egg-info/PKG-INFO`, metadata('old', '0.1')),
        file('opt/app/tool.egg-info/PKG-INFO', metadata('tool', '2.0')),
        file(
          'usr/local/lib/python3.13/ensurepip/_bundled/pip-25.0-py3-none-any.whl',
          packZip([{ name: 'pip-25.0.dist-info/METADATA', text: metadata('pip', '25.0') }]),
        ),
      ],
    ]);
    expect(describeComponents(inventory)).toEqual([
      'Flask@3.0.1 -> werkzeug',
      'old@0.1',
      'pip@25.0',
      'six@1.16.0',
      'tool@2.0',
      'Werkzeug@3.0.3',
    ]);
    expect([inventory.outcome, whySkipped(inventory)]).toEqual(['complete', []]);
  });

  it('do not need what they require for another version of Python', async () => {
    const asks =
      'Requires-Dist: six; python_version < "3.9"\nRequires-Dist: typing; python_version >= "3.9"\n';
    const inventory = await inventoryLayers([
      [wheel('rich', '13.7', asks), wheel('six', '1.16'), wheel('typing', '4.9')],
    ]);
    expect(describeComponents(inventory)).toEqual([
      'rich@13.7 -> typing',
      'six@1.16',
      'typing@4.9',
    ]);
  });

  it('explain the machine code that their record lists, of the size that it lists', async () => {
    const code = (place: string) => file(`${SITE}/${place}`, ELF);
    const record = (size: string) =>
      file(
        `${SITE}/num-1.0.dist-info/RECORD`,
        `"num/core, x.so",sha256=x,${size}\nnum.libs/y.so,,\n../../../bin/num,,${ELF.length}\nnum-1.0.dist-info/RECORD,,\n`,
      );
    const files = [
      wheel('num', '1.0'),
      code('num/core, x.so'),
      code('num.libs/y.so'),
      file('usr/local/bin/num', ELF, 0o755),
    ];
    const whole = await inventoryLayers([[...files, record(String(ELF.length))]]);
    expect([whySkipped(whole), whole.unexplained?.executables]).toEqual([[], 0]);
    const changed = await inventoryLayers([[...files, record('1')]]);
    expect(whySkipped(changed)[0]).toMatch(/core, x.so \| this program or library belongs to no/);
    const alone = await inventoryLayers([[...files.slice(1), record(String(ELF.length))]]);
    expect(alone.outcome).toBe('partial');
  });

  it('of a Debian package are not reported beside it', async () => {
    const place = 'usr/lib/python3/dist-packages/six.egg-info';
    const debian = [
      OS,
      file(
        'var/lib/dpkg/status',
        `${stanza('python3-six').trimEnd()}\nMaintainer: Debian <a@debian.org>\n\n`,
      ),
      file('var/lib/dpkg/info/python3-six.list', `/.\n/${place}\n`),
    ];
    const six = file(place, metadata('six', '1.16.0'));
    const owned = await inventoryLayers([[...debian, six]]);
    expect(describeComponents(owned)).toEqual(['python3-six@1']);
    const later = await inventoryLayers([debian, [six]]);
    expect(describeComponents(later)).toEqual(['python3-six@1', 'six@1.16.0']);
  });

  it.each([
    [
      `${SITE}/a.dist-info/METADATA`,
      'Metadata-Version: 2.1\nName: a\n',
      /no usable name or version/,
    ],
    [`${SITE}/a.dist-info/METADATA`, '', /no usable name or version/],
    [`${SITE}/a.dist-info/METADATA`, metadata('a b', '1'), /no usable name or version/],
    ['app/a.whl', packZip([{ name: 'x.py', text: '' }]), /does not say which package/],
    ['app/a.whl', 'no archive', /app\/a.whl/],
  ])('%s that cannot be read is a gap', async (path, content, why) => {
    const inventory = await inventoryLayers([[file(path, content)]]);
    expect([inventory.components, inventory.outcome]).toEqual([[], 'partial']);
    expect(whySkipped(inventory)[0]).toMatch(why);
  });

  it('are the same in an image, an unpacked root, and in names of any case', async () => {
    const path = 'srv/app/X.DIST-INFO/METADATA';
    const tree = await inventoryTree(makeTree({ [path]: metadata('X_y', '1') }), '.', {
      target: 'root-file-system',
    });
    expect(tree.components.map(({ purl }) => purl)).toEqual(['pkg:pypi/x-y@1']);
    const project = makeTree({ 'src/a.egg-info/PKG-INFO': metadata('a', '1') });
    expect((await inventoryTree(project, '.')).components).toEqual([]);
  });
});

describe('D10: the licence of a package', () => {
  it.each([
    ['License-Expression: MIT OR Apache-2.0', ['MIT OR Apache-2.0']],
    ['License: BSD-3-Clause', ['BSD-3-Clause']],
    ['Classifier: License :: OSI Approved :: MIT License\nLicense: see file', ['MIT']],
    [
      'Classifier: License :: OSI Approved\nClassifier: License :: OSI Approved :: ISC License (ISCL)',
      ['ISC'],
    ],
    ['Classifier: License :: OSI Approved :: BSD License', []],
    ['Classifier: License :: OSI Approved :: BSD License\nLicense: BSD-3-Clause', ['BSD-3-Clause']],
    [
      'Classifier: License :: OSI Approved :: BSD License\nClassifier: License :: OSI Approved :: MIT License',
      [],
    ],
    ['License: Some long text\n  that goes on', []],
  ])('%j is %j', (headers, licenses) => {
    expect(readCoreMetadata(metadata('a', '1', `${headers}\n`))?.licenses).toEqual(licenses);
  });

  it('never throws, and reads no header behind the first empty line', () => {
    fc.assert(fc.property(fc.string(), (text) => void readCoreMetadata(text)));
    expect(readCoreMetadata('Version: 1\n\nName: a\n')).toBeNull();
  });
});
