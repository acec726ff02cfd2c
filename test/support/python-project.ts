import type { Inventory } from '../../src/capabilities/ecosystems/index.ts';
import { inventoryTree } from '../../src/capabilities/inventory/index.ts';
import { makeTree } from './images.ts';

export const HASH = `sha256:${'5c'.repeat(32)}`;
export const INDEX = 'https://user:secret@registry.example.com/simple';

/** The inventory of a source tree with these texts. */
export const inventoryTexts = (files: Readonly<Record<string, string>>): Promise<Inventory> =>
  inventoryTree(makeTree(files), '.');

/** `name@version`, with what each needs, and whether it is for development. */
export function describeComponents(inventory: Inventory): readonly string[] {
  return inventory.components.map(({ name, version, dependsOn, development }) => {
    const needs = dependsOn.map((purl) => purl.replace(/^pkg:pypi\/([^@]+)@.*$/, '$1')).join(' ');
    return `${name}@${version}${needs === '' ? '' : ` -> ${needs}`}${development ? ' dev' : ''}`;
  });
}

export const whySkipped = ({ skips }: Inventory): readonly string[] =>
  skips.map(({ location, cause }) => cause.message.replace(`${location}: `, `${location} | `));

const archive = (name: string, version: string): string =>
  `{ url = "https://files.example.com/${name}-${version}.tar.gz", hash = "${HASH}" }`;

/** A uv project that requires Flask, and pytest for development. */
export const UV_PROJECT: Readonly<Record<string, string>> = {
  'pyproject.toml':
    '[project]\nname = "Shop_Web"\nversion = "1.0"\ndependencies = [\n  "Flask>=2,<4",\n]\n\n' +
    '[dependency-groups]\ndev = ["pytest>=8", { include-group = "lint" }]\nlint = []\n',
  'uv.lock': `version = 1
revision = 3
requires-python = ">=3.12"

[[package]]
name = "flask"
version = "3.0.1"
source = { registry = "${INDEX}" }
dependencies = [
    { name = "werkzeug" },
]
sdist = ${archive('flask', '3.0.1')}

[[package]]
name = "pytest"
version = "8.1.0"
source = { registry = "${INDEX}" }
sdist = ${archive('pytest', '8.1.0')}
wheels = [
    ${archive('pytest', '8.1.0')},
]

[[package]]
name = "shop-web"
version = "1.0"
source = { editable = "." }
dependencies = [
    { name = "flask" },
]

[package.dev-dependencies]
dev = [
    { name = "pytest" },
]

[package.metadata]
requires-dist = [{ name = "flask", specifier = ">=2,<4" }]

[[package]]
name = "werkzeug"
version = "3.0.3"
source = { registry = "${INDEX}" }
sdist = ${archive('werkzeug', '3.0.3')}
`,
};

const poetryPackage = (name: string, more: string, version = '1.0.0'): string =>
  `[[package]]\nname = "${name}"\nversion = "${version}"\noptional = false\n${more}\n`;

/** The same of Poetry 2. */
export const POETRY_PROJECT: Readonly<Record<string, string>> = {
  'pyproject.toml':
    '[tool.poetry]\nname = "shop"\n\n[tool.poetry.dependencies]\npython = "^3.12"\nFlask = "^1.0"\n' +
    'lib = { git = "https://git.example.com/lib.git", rev = "main" }\n\n' +
    '[tool.poetry.group.dev.dependencies]\npytest = "~1.0"\n',
  'poetry.lock':
    poetryPackage(
      'flask',
      `groups = ["main"]\nfiles = [{file = "a.whl", hash = "${HASH}"}]\n[package.dependencies]\nWerkzeug = ">=1"\n`,
    ) +
    poetryPackage(
      'lib',
      `groups = ["main"]\nfiles = []\n[package.source]\ntype = "git"\nurl = "https://git.example.com/lib.git"\nreference = "main"\nresolved_reference = "${'a'.repeat(40)}"\n`,
    ) +
    poetryPackage('pytest', `groups = ["dev"]\nfiles = [{file = "a.whl", hash = "${HASH}"}]\n`) +
    poetryPackage('werkzeug', 'groups = ["main"]\nfiles = []\n') +
    '[metadata]\nlock-version = "2.1"\npython-versions = "^3.12"\ncontent-hash = "x"\n',
};
