import { describe, expect, it } from 'vitest';
import {
  inventoryTexts,
  POETRY_PROJECT,
  UV_PROJECT,
  whySkipped,
} from '../../../../../test/support/python-project.ts';

type Texts = Readonly<Record<string, string>>;
const edit = (files: Texts, path: string, from: string, to: string): Texts => ({
  ...files,
  [path]: (files[path] ?? '').replace(from, to),
});
const PIPENV: Texts = {
  Pipfile: '[packages]\nflask = "*"\n\n[dev-packages]\npytest = ">=8"\n',
  'Pipfile.lock': JSON.stringify({
    _meta: { 'pipfile-spec': 6 },
    default: { flask: { version: '==3.0' } },
    develop: { pytest: { version: '==8.1' } },
  }),
};

/** A project whose requirements setuptools reads from a file. */
const readFrom = (file: string): string =>
  '[project]\nname = "a"\ndynamic = ["dependencies"]\n' +
  `[tool.setuptools.dynamic]\ndependencies = { file = ["${file}"] }\n`;

describe('truth A6: a Python project is whole where a lock agrees with its manifest', () => {
  it.each<[string, Texts]>([
    ['uv', UV_PROJECT],
    ['Poetry', POETRY_PROJECT],
    ['Pipenv', PIPENV],
    ['a project that requires nothing', { 'pyproject.toml': '[project]\nname = "a"\n' }],
    [
      'a setup.py that only calls setup()',
      { 'setup.py': 'from setuptools import setup\n\nsetup()\n' },
    ],
    [
      'a member of a workspace that the lock names',
      {
        ...edit(UV_PROJECT, 'uv.lock', 'revision', 'revision'),
        'uv.lock': `${UV_PROJECT['uv.lock']}\n[[package]]\nname = "tools"\nversion = "1"\nsource = { editable = "packages/tools" }\n`,
        'packages/tools/pyproject.toml': '[project]\nname = "tools"\ndependencies = ["flask"]\n',
      },
    ],
    [
      'a virtual environment',
      {
        'pyproject.toml': '[project]\nname = "a"\ndependencies = ["Flask~=3.0"]\n',
        '.venv/lib/python3.12/site-packages/flask-3.0.1.dist-info/METADATA':
          'Metadata-Version: 2.1\nName: Flask\nVersion: 3.0.1\n',
      },
    ],
  ])('%s', async (_, files) => {
    expect(whySkipped(await inventoryTexts(files))).toEqual([]);
  });

  it.each<[string, Texts, RegExp]>([
    [
      'no lock',
      { 'pyproject.toml': UV_PROJECT['pyproject.toml'] ?? '' },
      /no lock that is read here/,
    ],
    ['another version', edit(UV_PROJECT, 'pyproject.toml', '>=2,<4', '>=4'), /does not allow/],
    [
      'something more',
      edit(UV_PROJECT, 'pyproject.toml', '"Flask', '"rich", "Flask'),
      /lacks "rich"/,
    ],
    [
      'a caret that excludes',
      edit(POETRY_PROJECT, 'pyproject.toml', '^1.0', '^2'),
      /does not allow/,
    ],
    [
      'a Pipfile with more',
      edit(PIPENV, 'Pipfile', '[packages]', '[packages]\nrich = "*"'),
      /lacks/,
    ],
    [
      'a project that the lock does not name',
      {
        ...UV_PROJECT,
        'other/pyproject.toml': '[project]\nname = "b"\ndependencies = ["flask"]\n',
      },
      /other\/pyproject.toml/,
    ],
    ['what setup.py says', { 'setup.py': 'setup(install_requires=["a"])\n' }, /not run here/],
    [
      'what a build backend says',
      { 'pyproject.toml': '[project]\nname = "a"\ndynamic = ["dependencies"]\n' },
      /build backend/,
    ],
    [
      'what a build backend reads from a file outside the tree',
      { 'pyproject.toml': readFrom('../requirements.txt'), 'requirements.txt': '' },
      /build backend/,
    ],
    [
      'what a build backend reads from a file of another name',
      { 'pyproject.toml': readFrom('deps.list'), 'deps.list': 'flask\n' },
      /build backend/,
    ],
    ['setup.cfg', { 'setup.cfg': '[options]\ninstall_requires =\n    flask>=2\n' }, /no lock/],
    [
      'a version that is installed and not allowed',
      {
        'pyproject.toml': '[project]\nname = "a"\ndependencies = ["Flask>=4"]\n',
        '.venv/lib/python3.12/site-packages/flask-3.0.1.dist-info/METADATA':
          'Metadata-Version: 2.1\nName: Flask\nVersion: 3.0.1\n',
      },
      /not installed as required/,
    ],
    [
      'no requirement',
      { 'pyproject.toml': '[project]\ndependencies = ["a b"]\n' },
      /no requirement/,
    ],
  ])('and partial over %s', async (_, files, why) => {
    const inventory = await inventoryTexts(files);
    expect(whySkipped(inventory).join('\n')).toMatch(why);
    expect(inventory.outcome).toBe('partial');
  });
});
