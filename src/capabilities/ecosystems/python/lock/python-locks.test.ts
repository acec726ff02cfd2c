import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describeComponents,
  HASH,
  inventoryTexts,
  POETRY_PROJECT,
  UV_PROJECT,
  whySkipped,
} from '../../../../../test/support/python-project.ts';
import { testData } from '../../../../../test/support/test-data.ts';
import { Failure } from '../../../../core/failure.ts';
import { pythonLock } from './lock-extractor.ts';

const vectors = testData('vectors/inventory/scalibr/language/python');
const syft = testData('vectors/inventory/syft/python/testdata');

const extract = (path: string, text: string | Uint8Array) =>
  pythonLock.extract({ path, bytes: Buffer.from(text) });

const COMMIT = 'a'.repeat(40);
const LOCKS: Readonly<Record<string, string>> = {
  'uv.lock': UV_PROJECT['uv.lock'] ?? '',
  'poetry.lock': POETRY_PROJECT['poetry.lock'] ?? '',
  'pdm.lock':
    '[metadata]\ngroups = ["default", "dev"]\nlock_version = "4.5.0"\ncontent_hash = "x"\n\n' +
    `[[package]]\nname = "Flask"\nversion = "3.0.1"\ngroups = ["default"]\ndependencies = ["Werkzeug>=3; python_version > '3'"]\nfiles = [{file = "a", hash = "${HASH}"}]\n\n` +
    '[[package]]\nname = "flask"\nversion = "3.0.1"\nextras = ["dotenv"]\ngroups = ["default"]\ndependencies = ["flask==3.0.1", "dotenv"]\n\n' +
    '[[package]]\nname = "dotenv"\nversion = "1"\ngroups = ["default"]\n\n' +
    '[[package]]\nname = "werkzeug"\nversion = "3.0.3"\ngroups = ["default"]\n\n' +
    `[[package]]\nname = "lib"\nversion = "2"\ngit = "https://git.example.com/lib.git"\nrevision = "${COMMIT}"\ngroups = ["dev"]\n`,
  'pylock.toml':
    'lock-version = "1.0"\ncreated-by = "uv"\n\n[[packages]]\nname = "flask"\nversion = "3.0.1"\n' +
    `index = "https://registry.example.com/simple"\ndependencies = [{name = "werkzeug"}]\nsdist = { url = "https://files.example.com/a.tar.gz", hashes = { sha256 = "${'5c'.repeat(32)}" } }\n\n` +
    '[[packages]]\nname = "werkzeug"\nversion = "3.0.3"\nwheels = []\n\n' +
    `[[packages]]\nname = "lib"\nvcs = { type = "git", url = "https://git.example.com/lib.git", commit-id = "${COMMIT}" }\n\n` +
    '[[packages]]\nname = "shop"\ndirectory = { path = ".", editable = true }\n',
  'Pipfile.lock': JSON.stringify(
    {
      _meta: {
        'pipfile-spec': 6,
        sources: [{ name: 'own', url: 'https://registry.example.com/simple' }],
      },
      default: {
        flask: { version: '==3.0.1', hashes: [HASH], index: 'own' },
        lib: { git: 'https://git.example.com/lib.git', ref: COMMIT },
        werkzeug: { version: '==3.0.3' },
      },
      develop: { pytest: { version: '==8.1.0' }, werkzeug: { version: '==3.0.3' } },
    },
    null,
    4,
  ),
};

const METADATA = '[metadata]\nlock-version = "2.0"\n';

it.each([
  ['pylock.dev.toml', 'lock-version = "1.0"\n', 'lock-version = "1.0"\npackages = []\n'],
  ['poetry.lock', METADATA, `package = []\n${METADATA}`],
  ['Pipfile.lock', '{"_meta":{"pipfile-spec":6}}', '{"_meta":{"pipfile-spec":6},"default":{}}'],
])('truth A9 C08: %s without a list of packages is not an empty one', (path, bare, empty) => {
  const skips = (text: string) => extract(path, text).skips.map(({ cause }) => cause.message);
  expect(skips(bare)).toEqual([`${path}: it has no list of packages, not even an empty one`]);
  expect(skips(empty)).toEqual([]);
});

describe('truth A18: a package in a folder outside the tree is not nothing', () => {
  const uv = (folder: string) =>
    `version = 1\n\n[[package]]\nname = "d"\nversion = "0.1.0"\nsource = { ${folder} }\n`;
  const poetry = (url: string) =>
    '[[package]]\nname = "d"\nversion = "0.1.0"\nfiles = []\n\n' +
    `[package.source]\ntype = "directory"\nurl = "${url}"\n\n[metadata]\nlock-version = "2.0"\n`;
  const whyNot = async (path: string, text: string) => {
    const { drafts, skips } = await extract(path, text);
    return [drafts.length, ...skips.map(({ cause }) => cause.message)];
  };
  const why = '"d" is in a folder outside this tree: its content is not known here';

  it.each([
    ['uv.lock', uv('directory = "../d"'), uv('directory = "d"')],
    ['uv.lock', uv('editable = "../d"'), uv('editable = "d"')],
    ['poetry.lock', poetry('../d'), poetry('d')],
  ])('%s', async (path, away, here) => {
    expect(await whyNot(path, away)).toEqual([1, `${path}: ${why}`]);
    expect(await whyNot(path, here)).toEqual([0]);
  });
});

describe('B2 D10 D11: a lock of Python packages', () => {
  it.each<[string, readonly string[]]>([
    ['uv.lock', ['flask@3.0.1 -> werkzeug', 'pytest@8.1.0 dev', 'werkzeug@3.0.3']],
    ['poetry.lock', ['flask@1.0.0 -> werkzeug', 'lib@1.0.0', 'pytest@1.0.0 dev', 'werkzeug@1.0.0']],
    ['pdm.lock', ['dotenv@1', 'flask@3.0.1 -> dotenv werkzeug', 'lib@2 dev', 'werkzeug@3.0.3']],
    ['pylock.toml', ['flask@3.0.1 -> werkzeug', `lib@${COMMIT}`, 'werkzeug@3.0.3']],
    ['Pipfile.lock', ['flask@3.0.1', `lib@${COMMIT}`, 'pytest@8.1.0 dev', 'werkzeug@3.0.3']],
  ])('%s gives every package, with what it needs', async (path, expected) => {
    const inventory = await inventoryTexts({ [path]: LOCKS[path] ?? '' });
    expect(describeComponents(inventory)).toEqual(expected);
    expect([inventory.outcome, whySkipped(inventory)]).toEqual(['complete', []]);
  });

  it('names the origin without credentials, and a hash where there is one archive', async () => {
    const { components, direct } = await inventoryTexts({ 'uv.lock': LOCKS['uv.lock'] ?? '' });
    expect(components.map(({ origin, hashes }) => [origin, hashes])).toEqual([
      ['https://registry.example.com/simple', { sha256: HASH.slice(7) }],
      ['https://registry.example.com/simple', {}],
      ['https://registry.example.com/simple', { sha256: HASH.slice(7) }],
    ]);
    expect(direct).toEqual(['pkg:pypi/flask@3.0.1', 'pkg:pypi/pytest@8.1.0']);
  });

  it.each([
    ['uv.lock', 'version = 2\n'],
    ['poetry.lock', '[metadata]\nlock-version = "3.0"\n'],
    ['pdm.lock', '[metadata]\nlock_version = "5.0"\n'],
    ['pylock.toml', 'lock-version = "2.0"\n'],
    ['Pipfile.lock', '{"_meta":{"pipfile-spec":5}}'],
  ])('%s of a version that is not known is partial, never empty', async (path, text) => {
    const inventory = await inventoryTexts({ [path]: text });
    expect(inventory.skips.map(({ cause }) => cause.code)).toEqual(['UNSUPPORTED']);
  });

  it.each([
    ['poetry.lock', '[[package]]\nname = "a"\n[metadata]\nlock-version = "2.0"\n', /no version/],
    ['uv.lock', 'version = 1\n[[package]]\nname = "a"\nversion = "1"\n', /no source/],
    ['uv.lock', 'version = 1\n[[package]]\nname = "../a"\n', /no usable name/],
    [
      'pylock.toml',
      'lock-version = "1.0"\n[[packages]]\nname = "a"\nwheels = []\n',
      /not a version/,
    ],
    ['Pipfile.lock', '{"_meta":{"pipfile-spec":6},"default":{"a":"*"}}', /no version/],
    [
      'uv.lock',
      'version = 1\n[[package]]\nname = "a"\nsource = { editable = "../a" }\n',
      /not a version/,
    ],
  ])('%s with a package that is not fixed says so', (path, text, why) => {
    expect(extract(path, text).skips[0]?.cause.message).toMatch(why);
  });

  it('throws only Failure for any bytes, cut anywhere', () => {
    for (const [path, text] of Object.entries(LOCKS))
      for (let end = 0; end < text.length; end += 7) onlyFailure(path, text.slice(0, end));
    const hostile = fc.oneof(
      fc.string(),
      fc.json().map((json) => `{"_meta":{"pipfile-spec":6},"default":${json}}`),
      fc.json().map((json) => `version = 1\npackage = [${json.replaceAll(':', '=')}]`),
    );
    fc.assert(fc.property(fc.constantFrom(...Object.keys(LOCKS)), hostile, onlyFailure), {
      numRuns: 300,
    });
  });
});

function onlyFailure(path: string, text: string): void {
  try {
    extract(path, text);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Failure);
  }
}

describe.skipIf(vectors === null || syft === null)('truth A6: locks that others test with', () => {
  it.each([
    ['uvlock/testdata/grouped-packages.lock', 'uv.lock', 14],
    ['uvlock/testdata/source-git.lock', 'uv.lock', 1],
    ['poetrylock/testdata/multiple-packages.v2.lock', 'poetry.lock', 11],
    ['poetrylock/testdata/source-legacy.lock', 'poetry.lock', 1],
    ['pdmlock/testdata/two-packages.toml', 'pdm.lock', 2],
    ['pdmlock/testdata/git-dependency.toml', 'pdm.lock', 1],
    ['pipfilelock/testdata/multiple-packages.json', 'Pipfile.lock', 0],
    ['pylock/testdata/example.toml', 'pylock.toml', 3],
    ['pylock/testdata/commits.toml', 'pylock.toml', 0],
  ])('%s is read whole', (file, path, count) => {
    const { drafts, skips } = extract(path, readFileSync(join(vectors ?? '', file)));
    expect(skips).toEqual([]);
    if (count > 0) expect(drafts).toHaveLength(count);
  });

  it.each(['poetry/nested-extras/poetry.lock', 'uv/nested-extras/uv.lock', 'pdm-lock/pdm.lock'])(
    '%s of Syft is read whole',
    (file) => {
      const path = file.slice(file.lastIndexOf('/') + 1);
      const { drafts, skips } = extract(path, readFileSync(join(syft ?? '', file)));
      expect([drafts.length > 0, skips]).toEqual([true, []]);
    },
  );
});
