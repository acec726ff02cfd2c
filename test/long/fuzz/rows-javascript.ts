import type { ParserName } from './parsers.ts';
import type { Row } from './target.ts';

const INTEGRITY = `sha512-${Buffer.alloc(64, 7).toString('base64')}`;
const COMMIT = 'ab'.repeat(20);

export const PNPM_LOCKS = [
  `lockfileVersion: '9.0'\n\noverrides:\n  b>a@1: 1.0.0\n\nimporters:\n\n  .:\n    dependencies:\n      '@x/a':\n        specifier: ^1.0.0\n        version: 1.0.0(b@2.0.0)\n      l:\n        specifier: link:l\n        version: link:l\n\npackages:\n\n  '@x/a@1.0.0':\n    resolution: {integrity: ${INTEGRITY}}\n    engines: {node: '>=12'}\n\n  b@2.0.0:\n    resolution: {tarball: https://registry.example.com/b/-/b-2.0.0.tgz}\n    deprecated: |-\n      two\n      lines\n\nsnapshots:\n\n  '@x/a@1.0.0(b@2.0.0)':\n    dependencies:\n      b: 2.0.0\n\n  b@2.0.0: {}\n`,
  `lockfileVersion: 5.4\n\nspecifiers:\n  a: ^1.0.0\n\ndependencies:\n  a: 1.0.0_b@2.0.0\n\npackages:\n\n  /a/1.0.0_b@2.0.0:\n    resolution: {integrity: ${INTEGRITY}}\n    dependencies:\n      b: github.com/o/b/${COMMIT}\n    dev: false\n\n  github.com/o/b/${COMMIT}:\n    resolution: {commit: ${COMMIT}, repo: git@github.com:o/b.git, type: git}\n    name: b\n    version: 2.0.0\n`,
];
export const YARN_LOCKS = [
  `# yarn lockfile v1\n\n\n"@x/a@^1.0.0", "@x/a@~1":\n  version "1.0.0"\n  resolved "https://registry.example.com/@x/a/-/a-1.0.0.tgz#${COMMIT}"\n  integrity ${INTEGRITY}\n  dependencies:\n    b "npm:c@2"\n\n"b@npm:c@2":\n  version "2.0.0"\n`,
  `__metadata:\n  version: 8\n  cacheKey: 10c0\n\n"@x/a@npm:^1.0.0, @x/a@npm:~1":\n  version: 1.0.0\n  resolution: "@x/a@npm:1.0.0::__archiveUrl=https%3A%2F%2Fregistry.example.com%2Fa.tgz"\n  dependencies:\n    b: "patch:b@npm%3A2#./b.patch"\n  checksum: 10c0/aa\n  languageName: node\n  linkType: hard\n\n"b@patch:b@npm%3A2#./b.patch::locator=s%40workspace%3A.":\n  version: 2.0.0\n  resolution: "b@patch:b@npm%3A2.0.0#./b.patch::version=2.0.0&hash=a&locator=s%40workspace%3A."\n\n"s@workspace:.":\n  version: 0.0.0-use.local\n  resolution: "s@workspace:."\n  dependencies:\n    "@x/a": "npm:^1.0.0"\n`,
];
export const BUN_LOCKS = [
  `{\n  "lockfileVersion": 1,\n  "workspaces": {\n    "": { "name": "s", "dependencies": { "a": "^1" }, }, // root\n  },\n  "packages": {\n    "a": ["a@1.0.0", "", { "dependencies": { "b": "2" } }, "${INTEGRITY}"],\n    "a/b": ["b@github:o/b#6c1c75b", {}, "o-b-6c1c75b"],\n  },\n}\n`,
];
export const DENO_LOCKS = [
  {
    version: '5',
    specifiers: { 'npm:a@1': '1.0.0_b@2.0.0', 'jsr:@s/c@1': '1.0.0' },
    jsr: { '@s/c@1.0.0': { integrity: '00' } },
    npm: {
      'a@1.0.0_b@2.0.0': { integrity: INTEGRITY, dependencies: ['b'] },
      'b@2.0.0': { integrity: INTEGRITY },
    },
    remote: { 'https://deno.example.com/a.ts': '00' },
    workspace: { dependencies: ['npm:a@1'] },
  },
];
export const DENO_JSON = ['{ "imports": { "a": "npm:a@1/x", "c": "jsr:@s/c@1", }, } // end\n'];
export const YARNRC = [
  'npmRegistryServer: https://registry.example.com\nnpmScopes:\n  x:\n    npmRegistryServer: "https://x.example.com"\n',
];

const NPM = 'capabilities/ecosystems/npm';
const row = (
  reader: ParserName,
  takes: Row['takes'],
  samples: Row['samples'],
  more: Partial<Row> = {},
): Row => ({ reader, takes, form: 'text', samples, ...more });
const lock = (name: string, reader: ParserName, samples: Row['samples'], more: Partial<Row> = {}) =>
  row(reader, 'bytes', samples, { args: [name, '$'], ...more });

/** Locks and manifests of JavaScript, and the grammars that they are written in. */
export const JAVASCRIPT_ROWS: readonly Row[] = [
  lock('pnpm-lock.yaml', `${NPM}/pnpm/read-pnpm-lock.ts readPnpmLock`, PNPM_LOCKS),
  lock('yarn.lock', `${NPM}/yarn/read-yarn-lock.ts readYarnLock`, YARN_LOCKS, {
    reads: [`${NPM}/yarn/berry-lock.ts readBerryLock`],
  }),
  row(`${NPM}/yarn/classic-text.ts parseClassicText`, 'text', YARN_LOCKS.slice(0, 1)),
  row(`${NPM}/yarn/descriptor.ts parseDescriptor`, 'text', ['@x/a@npm:b@^1']),
  row(`${NPM}/yarn/descriptor.ts parseGitAddress`, 'text', [
    `https://git.example.com/a.git#commit=${COMMIT}`,
  ]),
  lock('bun.lock', `${NPM}/bun/read-bun-lock.ts readBunLock`, BUN_LOCKS),
  lock('deno.lock', `${NPM}/deno/read-deno-lock.ts readDenoLock`, DENO_LOCKS, { form: 'json' }),
  lock('deno.json', `${NPM}/deno/deno-manifest.ts readDenoRequirements`, DENO_JSON, {
    reads: [`${NPM}/deno/deno-manifest.ts readDenoManifest`],
  }),
  lock('.yarnrc.yml', `${NPM}/declared/registry-settings.ts readSettings`, YARNRC),
  row(`${NPM}/declared/registry-origin.ts parseGitHost`, 'text', [
    'git+ssh://git@git.example.com/a.git#abc',
  ]),
  row(`${NPM}/pnpm/dependency-path.ts parsePath`, 'text', ['@x/a@1.0.0(b@2.0.0)'], {
    args: ['at', '$'],
  }),
  row('formats/yaml/block.ts readYamlTexts', 'text', [...PNPM_LOCKS, ...YARNRC], {
    args: ['$', { bytesMax: 1 << 20 }],
    reads: ['formats/yaml/block.ts readBlockForm', 'formats/yaml/block.ts splitYamlDocuments'],
  }),
  row('formats/yaml/flow.ts readFlow', 'text', ["{a: [b, 'c d'], e: {}}"]),
];
