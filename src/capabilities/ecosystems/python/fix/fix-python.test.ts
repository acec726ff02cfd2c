import { describe, expect, it } from 'vitest';
import { readProject } from '../../../../../test/support/npm-project.ts';
import { HASH, POETRY_PROJECT, UV_PROJECT } from '../../../../../test/support/python-project.ts';
import { applyEdits } from '../../../../formats/text/edits.ts';
import { readRequirements } from '../requirements/requirements-file.ts';
import { pythonFixes } from './fix-python.ts';

type Texts = Readonly<Record<string, string>>;
const EXACT_POETRY = (POETRY_PROJECT['pyproject.toml'] ?? '').replace('^1.0', '1.0');

/** The texts after the plan that makes `name` safe, its commands, and what it leaves open. */
async function planFor(files: Texts, name: string, safe: string | null) {
  const { dependencies } = await readProject(files);
  const fix = pythonFixes.plan({
    dependencies,
    files: new Map(
      Object.entries(files).map(([path, text]) => [path, { text, bytes: Buffer.from(text) }]),
    ),
    findRemedy: (one) => (one.name === name ? { findings: ['PYSEC-1'], safe } : null),
    findDigest: () => null,
    findVersion: () => null,
    isAsked: (one) => one.name === name,
  });
  const texts = [...fix.edits].map(([path, edits]) => applyEdits(files[path] ?? '', edits));
  return { texts, commands: fix.commands, open: fix.open.map(({ what }) => what), fix };
}

describe('D16: a vulnerable package of Python', () => {
  it.each<[string, Texts, string, string, string, readonly string[]]>([
    [
      'a version',
      { 'requirements.txt': 'a[x] == 1.0 ; m > "1"  # why\nb==1\n' },
      'a',
      '1.1',
      'a[x] == 1.1 ; m > "1"  # why\nb==1\n',
      [],
    ],
    [
      'a version with hashes, which are renewed by a command',
      {
        'requirements.txt': `a==1.0 \\\n    --hash=${HASH} \\\n    --hash=${HASH}\n    # via x\nb==1 --hash=${HASH}\n`,
      },
      'a',
      '1.1',
      `a==1.1\n    # via x\nb==1 --hash=${HASH}\n`,
      ['uv pip compile --generate-hashes requirements.txt --output-file requirements.txt'],
    ],
    [
      'a manifest that does not allow the safe version',
      UV_PROJECT,
      'flask',
      '4.1',
      (UV_PROJECT['pyproject.toml'] ?? '').replace('Flask>=2,<4', 'Flask>=4.1'),
      ['uv lock --upgrade-package flask==4.1'],
    ],
    [
      'a caret of Poetry',
      POETRY_PROJECT,
      'flask',
      '2.3',
      (POETRY_PROJECT['pyproject.toml'] ?? '').replace('^1.0', '^2.3'),
      ['poetry update --lock flask'],
    ],
    [
      'an exact version of Poetry, which could be the name of a package',
      { ...POETRY_PROJECT, 'pyproject.toml': EXACT_POETRY },
      'flask',
      '2.3',
      EXACT_POETRY.replace('"1.0"', '"2.3"'),
      ['poetry update --lock flask'],
    ],
  ])('is fixed in %s', async (_, files, name, safe, expected, commands) => {
    const plan = await planFor(files, name, safe);
    expect([plan.texts, plan.commands, plan.open]).toEqual([[expected], commands, []]);
    expect(plan.fix.fixed.size).toBeGreaterThan(0);
    expect(readRequirements('requirements.txt', Buffer.from(expected)).ok).toBe(true);
  });

  it.each<[string, Texts, string, string, readonly string[]]>([
    [
      'a transitive one',
      UV_PROJECT,
      'werkzeug',
      '3.0.6',
      ['uv lock --upgrade-package werkzeug==3.0.6'],
    ],
    [
      'one that the manifest allows',
      UV_PROJECT,
      'flask',
      '3.1',
      ['uv lock --upgrade-package flask==3.1'],
    ],
    [
      'one in a folder',
      {
        'a b/uv.lock': UV_PROJECT['uv.lock'] ?? '',
        'a b/pyproject.toml': UV_PROJECT['pyproject.toml'] ?? '',
      },
      'werkzeug',
      '3.0.6',
      ["uv lock --directory 'a b' --upgrade-package werkzeug==3.0.6"],
    ],
  ])('is fixed by a command alone: %s', async (_, files, name, safe, commands) => {
    const plan = await planFor(files, name, safe);
    expect([plan.texts, plan.commands, plan.open]).toEqual([[], commands, []]);
  });

  it('is left open, plainly, where nothing helps', async () => {
    const nothing = await planFor({ 'requirements.txt': 'a==1' }, 'a', null);
    expect(nothing.open).toEqual(['a: PYSEC-1: no known version is free of it']);
    const address = { 'requirements.txt': 'https://x.example/a-1.0-py3-none-any.whl' };
    expect((await planFor(address, 'a', '2')).open).toEqual([
      'a: PYSEC-1: its version is not fixed in this line; fix 2',
    ]);
    const unlocked = { 'pyproject.toml': '[project]\ndependencies = ["a==1"]\n' };
    expect((await planFor(unlocked, 'a', '2')).open).toEqual([
      'a: PYSEC-1: nothing locks it; lock 2',
    ]);
  });
});
