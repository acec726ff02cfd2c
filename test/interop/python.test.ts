import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/capabilities/ecosystems/index.ts';
import { normaliseName } from '../../src/capabilities/ecosystems/python/requirement.ts';
import { isAllowed } from '../../src/capabilities/ecosystems/python/specifier.ts';
import { pythonScheme } from '../../src/capabilities/ecosystems/python/version-order.ts';
import { inventoryTree } from '../../src/capabilities/inventory/index.ts';
import { orThrow } from '../../src/core/result.ts';
import { openTree } from '../../src/entrypoints/compose/trees.ts';

const TOOLS = ['packaging==25.0', 'uv==0.9.8', 'pip-tools==7.5.1', 'flask==3.1.1'] as const;
const POETRY = 'poetry==2.1.4';
const PIPENV = 'pipenv==2025.0.4';
const home = resolve(import.meta.dirname, '../../.cache/peers');
const work = mkdtempSync(join(tmpdir(), 'waybill-python-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** A virtual environment with these packages; null where Python or a package cannot be had. */
function prepare(name: string, packages: readonly string[]): string | null {
  const folder = join(home, `${name}-${packages.join('-').replaceAll('==', '-')}`);
  const bin = join(folder, 'bin');
  if (existsSync(join(folder, 'ready'))) return bin;
  try {
    mkdirSync(home, { recursive: true });
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'ignore' });
    const install = ['install', '-q', '--disable-pip-version-check', ...packages];
    execFileSync(join(bin, 'pip'), install, { stdio: 'ignore', timeout: 300_000 });
    writeFileSync(join(folder, 'ready'), '');
    return bin;
  } catch {
    console.warn(`skipped: ${packages.join(', ')} cannot be installed with pip`);
    return null;
  }
}

const tools = prepare('python', TOOLS);
const poetry = prepare('python', [POETRY]);
const pipenv = prepare('python', [PIPENV]);

function run(bin: string | null, command: string, words: readonly string[], cwd = work): string {
  const env = {
    ...process.env,
    PIPENV_IGNORE_VIRTUALENVS: '1',
    POETRY_CACHE_DIR: join(work, 'pc'),
  };
  const options = { cwd, env, encoding: 'utf8', timeout: 300_000 } as const;
  return execFileSync(join(bin ?? '', command), words, {
    ...options,
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

const list = ({ components }: Inventory): readonly string[] =>
  components
    .filter(({ purl }) => purl.startsWith('pkg:pypi/'))
    .map(({ name, version }) => `${normaliseName(name)} ${version}`)
    .sort();

async function inventory(folder: string): Promise<Inventory> {
  return inventoryTree(orThrow(await openTree(folder)), folder);
}

const REQUIRES = ['flask>=2,<4', 'requests[socks]~=2.31', "colorama; sys_platform == 'win32'"];
const PROJECT =
  '[project]\nname = "Shop_Web"\nversion = "1.0"\nrequires-python = ">=3.11,<4"\n' +
  `dependencies = ${JSON.stringify(REQUIRES)}\n\n` +
  '[project.optional-dependencies]\nimages = ["markdown>=3"]\nall = ["shop-web[images]"]\n';
const GROUPS =
  '\n[dependency-groups]\ndev = ["pytest>=8", {include-group = "lint"}]\nlint = ["pyflakes"]\n';

function writeProject(name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(work, name);
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

/** `name==version` of a requirements file that a tool exported. */
const readPins = (text: string): readonly string[] =>
  text
    .split('\n')
    .flatMap((line) => {
      const [, name = '', version] =
        /^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s;\\]+)/.exec(line) ?? [];
      return version === undefined ? [] : [`${normaliseName(name)} ${version}`];
    })
    .sort();

describe.skipIf(tools === null)('D15: versions as packaging orders them', () => {
  const part = fc.constantFrom('0', '1', '2', '10', '007', '1.0', '1.2.3', '2024.1');
  const version = fc
    .tuple(
      fc.constantFrom('', '', '', '1!', '0!', 'v'),
      part,
      fc.constantFrom('', '', 'a1', 'b', '.rc2', '-alpha.3', 'c1', '_pre', 'preview4'),
      fc.constantFrom('', '', '.post1', '-2', 'rev3', '.r'),
      fc.constantFrom('', '', '.dev0', 'dev4', '-dev_1'),
      fc.constantFrom('', '', '+local', '+1', '+1.ab.2', '+ubuntu-1'),
    )
    .map((pieces) => pieces.join(''));
  const operator = fc.constantFrom('==', '!=', '<=', '>=', '<', '>', '~=', '===');
  const clause = fc
    .tuple(operator, version, fc.boolean())
    .map(([sign, text, isPrefix]) =>
      isPrefix && (sign === '==' || sign === '!=') && /^[\d.]+$/.test(text)
        ? `${sign}${text}.*`
        : `${sign}${text}`,
    )
    // In other spellings packaging takes a part of the text for a part of the version.
    .filter((text) => !text.startsWith('~=') || /^~=[\d.]+\d(?:rc\d)?(?:\.post\d)?$/.test(text));

  it('in 4,000 pairs, and allows what it allows in 4,000 more', () => {
    const pairs = fc.sample(fc.tuple(version, version), { numRuns: 4_000, seed: 7 });
    const asked = fc.sample(fc.tuple(version, clause), { numRuns: 4_000, seed: 8 });
    const file = join(work, 'pairs.json');
    writeFileSync(file, JSON.stringify({ pairs, asked }));
    const script = `
import json, sys
from packaging.version import Version
from packaging.specifiers import SpecifierSet, InvalidSpecifier
given = json.load(open(sys.argv[1]))
def sign(a, b):
    a, b = Version(a), Version(b)
    return "<" if a < b else ">" if a > b else "="
def allows(v, s):
    try: return SpecifierSet(s).contains(v, prereleases=True)
    except InvalidSpecifier: return None
print(json.dumps({"pairs": [sign(*p) for p in given["pairs"]], "asked": [allows(*p) for p in given["asked"]]}))
`;
    const said = JSON.parse(run(tools, 'python', ['-c', script, file])) as {
      pairs: readonly string[];
      asked: readonly (boolean | null)[];
    };
    const wrong = pairs.filter(([one, other], at) => {
      const order = pythonScheme.compare(one, other) ?? Number.NaN;
      return said.pairs[at] !== (order === 0 ? '=' : order < 0 ? '<' : order > 0 ? '>' : '?');
    });
    const refused = asked.filter(([one, text], at) => {
      const answer = said.asked[at];
      return answer !== null && isAllowed(one, text) !== answer;
    });
    expect([wrong, refused]).toEqual([[], []]);
  });
});

describe.skipIf(tools === null)(
  'B2 D10: the packages that the tools of Python themselves list',
  () => {
    it('are those of a project that uv locked, whichever way it writes them', async () => {
      const folder = writeProject('uv', { 'pyproject.toml': PROJECT + GROUPS });
      run(tools, 'uv', ['lock', '-q'], folder);
      const all = ['export', '-q', '--all-extras', '--all-groups', '--no-emit-project'];
      const text = run(tools, 'uv', [...all, '--format', 'requirements-txt'], folder);
      const pylock = run(tools, 'uv', [...all, '--format', 'pylock.toml'], folder);
      const whole = await inventory(folder);
      expect([whole.outcome, list(whole)]).toEqual(['complete', readPins(text)]);
      const production = ['--no-default-groups', '--no-emit-project', '--all-extras', '-q'];
      const shipped = readPins(run(tools, 'uv', ['export', ...production], folder));
      const own = whole.components.filter(({ development }) => !development);
      expect(list({ ...whole, components: own })).toEqual(shipped);
      for (const files of [{ 'requirements.txt': text }, { 'pylock.toml': pylock }]) {
        const copy = await inventory(writeProject(`uv-${Object.keys(files)[0]}`, files));
        expect([copy.outcome, list(copy)]).toEqual(['complete', readPins(text)]);
      }
    }, 300_000);

    it('are those of a file that pip-compile wrote, with what requires them', async () => {
      const folder = writeProject('compiled', {
        'requirements.in': REQUIRES.slice(0, 2).join('\n'),
      });
      run(tools, 'pip-compile', ['-q', 'requirements.in'], folder);
      const found = await inventory(folder);
      const names = (purls: readonly string[] = []) => purls.map((purl) => purl.split(/[/@]/)[1]);
      expect(found.outcome).toBe('complete');
      expect(names(found.direct).sort()).toEqual(['flask', 'requests']);
      const flask = found.components.find(({ name }) => name === 'flask');
      expect(names(flask?.dependsOn)).toEqual(expect.arrayContaining(['jinja2', 'werkzeug']));
    }, 300_000);

    it('are those of an environment as pip inspects it, and what is packed in them', async () => {
      const said = JSON.parse(run(tools, 'pip', ['inspect'])) as {
        installed: readonly { metadata: { name: string; version: string } }[];
      };
      const expected = said.installed.map(
        ({ metadata }) => `${normaliseName(metadata.name)} ${metadata.version}`,
      );
      const found = await inventory(resolve(tools ?? '', '..'));
      const packed = found.components.filter(({ locations }) =>
        locations.every((place) => /_vendor\/|\.whl!/.test(place)),
      );
      const installed = found.components.filter((one) => !packed.includes(one));
      expect(list({ ...found, components: installed })).toEqual(expected.sort());
    }, 300_000);
  },
);

describe.skipIf(poetry === null)('B2 D10: a project that Poetry locked', () => {
  it('has the packages that Poetry shows', async () => {
    // Poetry asks an interface that not every mirror has; pip names the one that each has.
    const ask = 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)';
    const index = run(poetry, 'python', ['-c', ask]).trim();
    const source = `\n[[tool.poetry.source]]\nname = "x"\nurl = "${index}"\npriority = "primary"\n`;
    const folder = writeProject('poetry', {
      // Poetry refuses an extra that takes in another one.
      'pyproject.toml': `${PROJECT.replace(/^all = .*$/m, '')}\n[tool.poetry]\npackage-mode = false\n${source}`,
    });
    try {
      run(poetry, 'poetry', ['lock', '-q', '-n'], folder);
    } catch {
      console.warn('skipped: Poetry cannot resolve from the index of this machine');
      return;
    }
    const shown = run(poetry, 'poetry', ['show', '-a', '-n', '--no-ansi'], folder);
    const expected = shown
      .split('\n')
      .flatMap((line) => {
        const [, name = '', version] = /^(\S+)\s+(?:\(!\)\s+)?(\d\S*)/.exec(line) ?? [];
        return version === undefined ? [] : [`${normaliseName(name)} ${version}`];
      })
      .sort();
    const found = await inventory(folder);
    expect([found.outcome, list(found)]).toEqual(['complete', expected]);
  }, 300_000);
});

describe.skipIf(pipenv === null)('B2 D10: a project that Pipenv locked', () => {
  it('has the packages that Pipenv writes as requirements', async () => {
    const folder = writeProject('pipenv', {
      Pipfile: '[packages]\nflask = ">=2,<4"\n\n[dev-packages]\npytest = "*"\n',
    });
    run(pipenv, 'pipenv', ['lock', '-q'], folder);
    const pins = readPins(run(pipenv, 'pipenv', ['requirements', '--dev'], folder));
    const found = await inventory(folder);
    expect([found.outcome, list(found)]).toEqual(['complete', pins]);
  }, 300_000);
});
