import { describe, expect, it } from 'vitest';
import { findDependency, readProject } from '../../../../../test/support/npm-project.ts';
import { HASH, POETRY_PROJECT, UV_PROJECT } from '../../../../../test/support/python-project.ts';

type Texts = Readonly<Record<string, string>>;

/** `name version pinned registry from line kind`, in order. */
async function describeDeclared(files: Texts): Promise<readonly string[]> {
  const { dependencies } = await readProject(files);
  return dependencies.map((one) =>
    [
      one.name,
      one.version,
      one.pinned,
      one.registry,
      one.registryFrom,
      `${one.place.file}:${one.place.line}`,
      one.kind,
      ...(one.development ? ['dev'] : []),
    ].join(' '),
  );
}

const LOCKED = 'registry.example.com/simple lock';

describe('D12 D20 B10 B14: what a Python project declares', () => {
  it('is what its lock pins, with the registry that the lock names', async () => {
    expect(await describeDeclared(UV_PROJECT)).toEqual([
      `flask 3.0.1 yes ${LOCKED} pyproject.toml:5 direct`,
      `pytest 8.1.0 yes ${LOCKED} pyproject.toml:9 direct dev`,
      `werkzeug 3.0.3 yes ${LOCKED} uv.lock:39 transitive`,
    ]);
    expect(await describeDeclared(POETRY_PROJECT)).toEqual([
      'werkzeug 1.0.0 unknown  default poetry.lock:29 transitive',
      'flask 1.0.0 yes  default pyproject.toml:6 direct',
      'lib 1.0.0 yes git.example.com/lib lock pyproject.toml:7 direct',
      'pytest 1.0.0 yes  default pyproject.toml:10 direct dev',
    ]);
    expect((await readProject(UV_PROJECT)).outcome).toBe('complete');
  });

  it('is not pinned without a lock, or where the two disagree', async () => {
    const alone = await readProject({ 'pyproject.toml': UV_PROJECT['pyproject.toml'] ?? '' });
    expect([alone.outcome, findDependency(alone, 'flask').pinned]).toEqual(['partial', 'no']);
    const manifest = (UV_PROJECT['pyproject.toml'] ?? '').replace('>=2,<4', '>=4');
    const other = await readProject({ ...UV_PROJECT, 'pyproject.toml': manifest });
    expect(findDependency(other, 'flask')).toMatchObject({
      pinned: 'no',
      why: expect.stringContaining('the two disagree'),
    });
  });

  it.each<[string, Texts, string, string]>([
    ['a hash', { 'requirements.txt': `a==1 --hash=${HASH}` }, 'a', 'yes  default'],
    ['no hash', { 'requirements.txt': 'a==1' }, 'a', 'unknown  default'],
    ['no version', { 'requirements.txt': 'a>=1' }, 'a', 'no  default'],
    [
      'one index',
      { 'requirements.txt': `-i https://u:p@registry.example.com/simple/\na==1 --hash=${HASH}` },
      'a',
      'yes registry.example.com/simple written',
    ],
    [
      'one index beside another, which may be asked first',
      { 'requirements.txt': '-i https://a.example/\n--extra-index-url https://b.example\na==1' },
      'a',
      'unknown  configured',
    ],
    [
      'pip.conf',
      {
        'requirements.txt': 'a==1',
        'pip.conf': '[global]\nindex-url = https://a.example/simple\n',
      },
      'a',
      'unknown a.example/simple configured',
    ],
    [
      'a default index of uv',
      {
        'pyproject.toml':
          '[project]\ndependencies = ["a"]\n[[tool.uv.index]]\nurl = "https://a.example/simple"\ndefault = true\n',
      },
      'a',
      'no a.example/simple configured',
    ],
    [
      'a second index of Poetry',
      {
        'pyproject.toml':
          '[tool.poetry.dependencies]\na = "*"\n[[tool.poetry.source]]\nname = "x"\nurl = "https://a.example/simple"\npriority = "supplemental"\n',
      },
      'a',
      'no  configured',
    ],
    [
      'a repository by a branch',
      { 'requirements.txt': 'a @ git+https://git.example.com/a.git@main' },
      'a',
      'no git.example.com/a written',
    ],
    [
      'a wheel by its address',
      { 'requirements.txt': `https://a.example/x/a-1.0-py3-none-any.whl --hash=${HASH}` },
      'a',
      'yes a.example/x written',
    ],
    [
      'a wheel of this tree',
      { 'requirements.txt': './w/a-1.0-py3-none-any.whl' },
      'a',
      'yes  tree',
    ],
  ])('%s', async (_, files, name, expected) => {
    const { pinned, registry, registryFrom } = findDependency(await readProject(files), name);
    expect([pinned, registry, registryFrom].join(' ')).toBe(expected);
  });

  it('D8: an exact version without a lock is looked up, and is not pinned', async () => {
    const dependencies = '["a==1.0", "b>=1", "c==1.*", "d===1.0; os_name == \'posix\'"]';
    const files = { 'pyproject.toml': `[project]\nname = "x"\ndependencies = ${dependencies}\n` };
    const { dependencies: found } = await readProject(files);
    expect(found.map(({ name, version, pinned }) => [name, version, pinned])).toEqual([
      ['a', '1.0', 'no'],
      ['b', null, 'no'],
      ['c', null, 'no'],
      ['d', '1.0', 'no'],
    ]);
    expect(found[0]).toMatchObject({
      ...{ purl: 'pkg:pypi/a@1.0', recorded: false },
      why: 'no lock records its content and its own dependencies',
    });
  });

  it('names what it cannot know: a program, an inclusion, a line', async () => {
    const { problems, outcome } = await readProject({
      'setup.py': 'setup(install_requires=open("x").read())\n',
      'requirements.txt': `-r gone.txt\na==1 --hash=${HASH}\n`,
    });
    expect([outcome, problems.map(({ location }) => location).sort()]).toEqual([
      'partial',
      ['requirements.txt', 'setup.py'],
    ]);
  });
});
