import { HASH, POETRY_PROJECT, UV_PROJECT } from '../../support/python-project.ts';
import type { Row } from './target.ts';

const HOME = 'capabilities/ecosystems/python';
const SHA = HASH.slice('sha256:'.length);

function rowForFile(
  reader: `${string}.ts ${string}`,
  file: string,
  ...samples: readonly string[]
): Row {
  return { reader: `${HOME}/${reader}`, takes: 'bytes', form: 'text', samples, args: [file, '$'] };
}

function rowForText(reader: `${string}.ts ${string}`, ...samples: readonly string[]): Row {
  return { reader: `${HOME}/${reader}`, takes: 'text', form: 'text', samples };
}

/** It says itself what it requires. */
export const PYTHON_SCRIPT = '# /// script\n# dependencies = ["a>=1", "b"]\n# ///\nimport a\n';

/** Readers of one kind of file of Python each. */
export const PYTHON_ROWS: readonly Row[] = [
  {
    ...rowForFile('lock/uv-lock.ts readUvLock', 'uv.lock', UV_PROJECT['uv.lock'] ?? ''),
    reads: [`${HOME}/values.ts readToml`, `${HOME}/values.ts readMember`],
  },
  rowForText('manifest/script-header.ts readScriptHeader', PYTHON_SCRIPT),
  rowForFile(
    'lock/poetry-lock.ts readPoetryLock',
    'poetry.lock',
    POETRY_PROJECT['poetry.lock'] ?? '',
  ),
  rowForFile(
    'lock/pdm-lock.ts readPdmLock',
    'pdm.lock',
    `[metadata]\nlock_version = "4.5.0"\n[[package]]\nname = "a"\nversion = "1"\ngroups = ["dev"]\ndependencies = ["b>=1"]\nfiles = [{file = "a", hash = "${HASH}"}]\n`,
  ),
  rowForFile(
    'lock/pylock.ts readPylock',
    'pylock.toml',
    `lock-version = "1.0"\n[[packages]]\nname = "a"\nversion = "1"\nwheels = [{url = "https://a.example/a.whl", hashes = {sha256 = "${SHA}"}}]\n`,
  ),
  rowForFile(
    'lock/pipfile-lock.ts readPipfileLock',
    'Pipfile.lock',
    `{"_meta":{"pipfile-spec":6,"sources":[{"name":"p","url":"https://a.example"}]},"default":{"a":{"version":"==1","hashes":["${HASH}"]}}}`,
  ),
  rowForFile(
    'manifest/pyproject.ts readPyproject',
    'pyproject.toml',
    UV_PROJECT['pyproject.toml'] ?? '',
    POETRY_PROJECT['pyproject.toml'] ?? '',
  ),
  {
    ...rowForFile(
      'manifest/setup-files.ts readSetupCfg',
      'setup.cfg',
      '[metadata]\nname = a\n[options]\ninstall_requires =\n    b>=1, c\n    d; x == "1"\n',
    ),
    reads: [`${HOME}/manifest/setup-files.ts readIni`],
  },
  rowForFile(
    'manifest/setup-files.ts readSetupPy',
    'setup.py',
    'from setuptools import setup\n\nsetup()\n',
  ),
  rowForFile(
    'manifest/setup-files.ts readPipfile',
    'Pipfile',
    '[[source]]\nurl = "https://a.example"\n[packages]\na = "~=1.0"\nb = {git = "https://a.example/b"}\n',
  ),
  {
    ...rowForFile(
      'requirements/requirements-file.ts readRequirements',
      'requirements.txt',
      `-i https://a.example/simple\na[x]==1.0 ; m > "1" \\\n  --hash=${HASH}\n-e ./b#egg=c\n`,
    ),
    reads: [
      `${HOME}/requirements/requirements-lines.ts decodeRequirements`,
      `${HOME}/requirements/requirements-lines.ts readLogicalLines`,
      `${HOME}/requirements/requirements-lines.ts splitOptions`,
      `${HOME}/requirements/address.ts readArchiveName`,
    ],
  },
  {
    ...rowForText('requirements/address.ts parseAddress', 'git+https://a.example/b@x#egg=c'),
    args: ['requirements.txt', '$'],
  },
  rowForText(
    'requirement.ts parseRequirement',
    'a[b,c] >= 1, < 2 ; m == "x"',
    'a @ https://x.example',
  ),
  rowForText(
    'installed/core-metadata.ts readCoreMetadata',
    'Name: a\nVersion: 1\nLicense: MIT\n\nx',
  ),
  {
    ...rowForText('installed/record.ts readRecord', 'a/b.py,sha256=x,3\n"c,d",,\n'),
    args: ['lib/python3/site-packages', '$'],
  },
  {
    ...rowForText('installed/record.ts readInstalledFiles', '../a/b.py\nPKG-INFO\n'),
    args: ['lib/python3/site-packages/a.egg-info', '$'],
  },
  {
    reader: `${HOME}/declared/pip-conf.ts parsePipConf`,
    takes: 'bytes',
    form: 'text',
    samples: [
      '[global]\nindex-url = https://a.example/simple\nextra-index-url =\n    https://b.example\n',
    ],
  },
];
