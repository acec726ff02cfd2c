import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { file } from '../../../../test/support/images.ts';
import { readLockedTree } from '../../../../test/support/locked-tree.ts';
import { inventoryLayers } from '../../../../test/support/package-layers.ts';
import { inventoryTexts, whySkipped } from '../../../../test/support/python-project.ts';
import { Failure } from '../../../core/failure.ts';
import { condaEnvironment } from './conda-environment.ts';
import { condaLock } from './conda-locks.ts';
import { condaMeta } from './conda-meta.ts';

const CHANNEL = 'https://conda.example.com/forge';
const SHA = '5c'.repeat(32);
const META = JSON.stringify({
  name: 'numpy',
  version: '2.1.0',
  build: 'py313_0',
  url: `${CHANNEL}/linux-64/numpy-2.1.0-py313_0.conda`,
  sha256: SHA,
  license: 'BSD-3-Clause',
  depends: ['python >=3.13,<3.14.0a0', 'libgone'],
  files: ['lib/numpy.so', 'bin/f2py', '../../etc/shadow'],
});
const PYTHON = '{"name":"python","version":"3.13.0","files":["bin/python3.13"]}';
const ELF = Buffer.from('\x7fELF\x02\x01\x01\0 code', 'latin1');
const ENVIRONMENT =
  'name: a\nchannels: [forge]\ndependencies:\n  - forge::numpy=2.1\n  - pip:\n      - rich>=1\n';
const CONDA_LOCK = `version: 1
metadata: {}
package:
  - name: numpy
    version: 2.1.0
    manager: conda
    platform: linux-64
    dependencies: {python: '>=3.13'}
    url: ${CHANNEL}/linux-64/numpy-2.1.0-py313_0.conda
    hash: {md5: x, sha256: ${SHA}}
    category: main
  - name: rich
    version: 13.0.0
    manager: pip
    platform: linux-64
    dependencies: {}
    url: https://files.example.com/rich.whl
    hash: {sha256: ${SHA}}
    category: dev
`;
const PIXI_LOCK = `version: 6
environments: {}
packages:
- conda: ${CHANNEL}/noarch/six-1.16.0-py_0.tar.bz2
  sha256: ${SHA}
  license: MIT
- pypi: https://files.example.com/rich-13.0.0-py3-none-any.whl
  name: rich
  version: 13.0.0
  sha256: ${SHA}
- pypi: ./
  name: shop
  version: 0.1.0
`;
const EXPLICIT = `# platform: linux-64\n@EXPLICIT\n${CHANNEL}/noarch/six-1.16.0-py_0.tar.bz2#abc\n`;
const NUMPY = 'pkg:conda/numpy@2.1.0?build=py313_0&channel=forge&subdir=linux-64';
const SIX = 'pkg:conda/six@1.16.0?build=py_0&channel=forge&subdir=noarch';

describe('B2 D10 D11: packages of conda', () => {
  it('in an image are those that conda recorded, with the code that they brought', async () => {
    const inventory = await inventoryLayers([
      [
        file('opt/conda/conda-meta/numpy-2.1.0-py313_0.json', META),
        file('opt/conda/conda-meta/python-3.13.0.json', PYTHON),
        file('opt/conda/lib/numpy.so', ELF),
        file('opt/conda/bin/python3.13', ELF, 0o755),
      ],
    ]);
    expect(inventory.components.map(({ purl, dependsOn }) => [purl, dependsOn])).toEqual([
      [NUMPY, ['pkg:conda/python@3.13.0']],
      ['pkg:conda/python@3.13.0', []],
    ]);
    expect([whySkipped(inventory), inventory.unexplained?.executables]).toEqual([[], 0]);
    expect(inventory.components[0]).toMatchObject({
      licenses: ['BSD-3-Clause'],
      hashes: { sha256: SHA },
    });
    const away = await inventoryLayers([
      [file('opt/conda/conda-meta/a.json', META), file('etc/shadow', ELF, 0o755)],
    ]);
    expect(away.outcome).toBe('partial');
  });

  it.each([
    ['conda-lock.yml', CONDA_LOCK, [NUMPY, 'pkg:pypi/rich@13.0.0']],
    ['pixi.lock', PIXI_LOCK, [SIX, 'pkg:pypi/rich@13.0.0']],
    ['conda-linux-64.lock', EXPLICIT, [SIX]],
  ])('%s gives every package', async (path, text, purls) => {
    const inventory = await inventoryTexts({ [path]: text });
    expect(inventory.components.map(({ purl }) => purl)).toEqual(purls);
    expect(whySkipped(inventory)).toEqual([]);
  });

  it('that an environment requires are known where a lock has them', async () => {
    const alone = await inventoryTexts({ 'environment.yml': ENVIRONMENT });
    expect(whySkipped(alone)[0]).toMatch(/no lock that is read here/);
    const locked = { 'environment.yml': ENVIRONMENT, 'conda-lock.yml': CONDA_LOCK };
    expect(whySkipped(await inventoryTexts(locked))).toEqual([]);
    const more = { ...locked, 'environment.yml': ENVIRONMENT.replace('rich', 'scipy') };
    expect(whySkipped(await inventoryTexts(more))[0]).toMatch(/lacks "scipy"/);
    expect(whySkipped(await inventoryTexts({ 'environment.yml': 'a: 1\n' }))).toEqual([]);
  });

  describe('B9 B10: that an environment asks for', () => {
    const environment = (channels: string, ...specs: readonly string[]): string =>
      `name: a\n${channels}dependencies:\n${specs.map((one) => `  - ${one}\n`).join('')}`;
    const declare = async (files: Readonly<Record<string, string>>) =>
      (await readLockedTree(files)).declared.map((line) => line.replace('environment.yml:', ''));

    it('are pinned by a lock, or by a build', async () => {
      const specs = [
        'numpy=2.1',
        'six==1.16.0',
        'pip=24=py_0',
        'x 1.0',
        'y >=2',
        'pip: [rich==13, -r requirements.txt, --pre, -r other.md]',
      ];
      expect(await declare({ 'environment.yml': environment('', ...specs) })).toEqual([
        '3 numpy - direct no - default',
        '4 six 1.16.0 direct no - default',
        '5 pip 24 direct unknown - default',
        '6 x 1.0 direct no - default',
        '7 y - direct no - default',
        '8 -r other.md - direct no - default',
        '8 rich 13 direct unknown - default',
      ]);
      const locked = { 'environment.yml': ENVIRONMENT, 'conda-lock.yml': CONDA_LOCK };
      expect(await declare(locked)).toEqual([
        '4 numpy 2.1.0 direct yes conda.example.com/forge lock',
        '6 rich 13.0.0 direct yes files.example.com lock dev',
      ]);
      const lacking = { ...locked, 'environment.yml': environment('', 'scipy=1=b') };
      expect(await declare(lacking)).toContain('3 scipy 1 direct no - default');
      expect(await declare({ 'pixi.lock': PIXI_LOCK })).toEqual([
        'pixi.lock:1 rich 13.0.0 transitive yes files.example.com lock',
        'pixi.lock:1 six 1.16.0 transitive yes conda.example.com/forge lock',
      ]);
    });

    it('come from the one channel that is asked', async () => {
      const own = 'channels:\n  - https://conda.example.com/own\n';
      const ask = async (files: Readonly<Record<string, string>>) =>
        (await declare(files))[0]?.split(' ').slice(-2).join(' ');
      const file = (channels: string, spec = 'x=1') => ({
        'environment.yml': environment(channels, spec),
      });
      expect(await ask(file(own))).toBe('conda.example.com/own written');
      expect(await ask(file(`${own}  - nodefaults\n`))).toBe('conda.example.com/own written');
      expect(await ask(file(`${own}  - forge\n`))).toBe('- configured');
      expect(await ask(file('channels: [forge]\n'))).toBe('- default');
      expect(await ask(file('', 'https://conda.example.com/b::x=1'))).toBe(
        'conda.example.com/b written',
      );
      const rc = { '.condarc': 'channel_alias: https://conda.example.com/\nchannels: [forge]\n' };
      expect(await ask({ ...file(''), ...rc })).toBe('conda.example.com/forge configured');
      const pixi =
        '[workspace]\nchannels = ["https://conda.example.com/p"]\n[dependencies]\nx = "*"\n';
      expect(await ask({ 'pixi.toml': pixi })).toBe('conda.example.com/p written');
    });
  });

  it('throw only Failure for any bytes', () => {
    const read: readonly [(bytes: Buffer) => unknown, string][] = [
      [(bytes) => condaMeta.extract({ path: 'conda-meta/a.json', bytes }), META],
      [(bytes) => condaLock.extract({ path: 'conda-lock.yml', bytes }), CONDA_LOCK],
      [(bytes) => condaLock.extract({ path: 'pixi.lock', bytes }), PIXI_LOCK],
      [(bytes) => condaLock.extract({ path: 'conda-a.lock', bytes }), EXPLICIT],
      [(bytes) => condaEnvironment.extract({ path: 'environment.yml', bytes }), ENVIRONMENT],
    ];
    for (const [extract, text] of read)
      for (let end = 0; end < text.length; end += 5) onlyFailure(extract, text.slice(0, end));
    fc.assert(
      fc.property(fc.constantFrom(...read), fc.oneof(fc.string(), fc.json()), ([extract], text) =>
        onlyFailure(extract, text),
      ),
    );
  });
});

function onlyFailure(extract: (bytes: Buffer) => unknown, text: string): void {
  try {
    extract(Buffer.from(text));
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Failure);
  }
}
