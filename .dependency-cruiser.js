// The import table of ARCHITECTURE.md. tools/check.ts runs it with a guard that every source file
// was seen; test/conformance/import-table.test.ts plants a breach of each rule and sees it caught.
// An allow list: a built-in that a later Node brings is refused until somebody says that it does no
// I/O.
const pureBuiltins = '^(node:)?(buffer|crypto|path|path/posix|stream|stream/promises|util|zlib)$';
const door = '^src/capabilities/[^/]+/index[.]ts$';
const gateDoor = '^src/gates/[^/]+/index[.]ts$';
const test = '[.](test|contract)[.]ts$'; // tests may read fixtures and enrol in contracts
const rule = (name, comment, from, to) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: [test] },
  to,
});
const innerPackages = [
  '@bufbuild/re2',
  '@peculiar/asn1-csr',
  '@peculiar/asn1-schema',
  '@peculiar/asn1-x509',
  'ae-cvss-calculator',
  'cborg',
  'diff',
  'dockerfile-ast',
  'semver',
  'spdx-expression-parse',
  'spdx-license-ids',
  'sax',
  'smol-toml',
  'yaml',
  'zod',
];
const allowed = `(^|/)node_modules/(${innerPackages.map((name) => name.replaceAll('/', '[/]')).join('|')}|@types/[^/]+)/`;

// The dialect, what every file of SQLite shares, and two caches that are such files by definition.
const sqlite = '(adapters/graph-sql/dialects|system)/sqlite/|adapters/(advisories|content-cache)/';

const inner = '^src/(core|formats|capabilities|gates|phases)/';
const npm = [
  'npm',
  'npm-dev',
  'npm-optional',
  'npm-peer',
  'npm-no-pkg',
  'npm-unknown',
  'npm-bundled',
];
// Which capability may use which other one, by its door; the others use none.
const EDGES = {
  attestation: ['signing'],
  inventory: ['ecosystems'],
  advisories: ['ecosystems'],
  scanning: ['ecosystems', 'inventory', 'advisories'],
  graph: ['evidence', 'ecosystems', 'inventory', 'advisories'],
};
const capabilityRules = Object.entries(EDGES).map(([name, doors]) =>
  rule(`edges-of-${name}`, 'see the import table', `^src/capabilities/${name}/`, {
    path: '^src/',
    pathNot: [
      '^src/(core|formats)/',
      `^src/capabilities/${name}/`,
      `^src/capabilities/(${doors.join('|')})/index[.]ts$`,
    ],
  }),
);

export default {
  forbidden: [
    rule('core-knows-only-core', 'core is the vocabulary of every room', '^src/core/', {
      path: '^src/(?!core/)',
    }),
    rule('core-uses-no-packages', 'core has no dependencies', '^src/core/', {
      dependencyTypes: npm,
    }),
    rule('formats-know-core', 'a format is a grammar and knows no room', '^src/formats/', {
      path: '^src/(?!core/|formats/)',
    }),
    rule('system-knows-core', 'what the machine offers knows no room', '^src/system/', {
      path: '^src/(?!core/|system/)',
    }),
    rule('inner-tiers-do-no-io', 'I/O belongs to adapters', inner, {
      dependencyTypes: ['core'],
      pathNot: [pureBuiltins],
    }),
    rule('inner-tiers-use-listed-packages', 'pure packages only; add one with a reason', inner, {
      dependencyTypes: npm,
      pathNot: [allowed],
    }),
    rule(
      'capability-edges-are-declared',
      'see the import table',
      `^src/capabilities/(?!(?:${Object.keys(EDGES).join('|')})/)([^/]+)/`,
      { path: '^src/', pathNot: ['^src/(core|formats)/', '^src/capabilities/$1/'] },
    ),
    ...capabilityRules,
    rule('gates-use-doors', 'a gate judges by what capabilities say', '^src/gates/', {
      path: '^src/',
      pathNot: ['^src/(core|formats|gates)/', door],
    }),
    rule('phases-use-doors', 'a phase orders capabilities and gates', '^src/phases/([^/]+)/', {
      path: '^src/',
      pathNot: ['^src/(core|formats)/', '^src/phases/$1/', door, gateDoor],
    }),
    rule('adapters-use-ports', 'an adapter fulfils ports', '^src/adapters/([^/]+)/', {
      path: '^src/',
      pathNot: ['^src/(core|formats|system)/', '^src/adapters/$1/', door],
    }),
    rule('entrypoints-use-doors', 'entrypoints parse and compose', '^src/entrypoints/', {
      path: '^src/(capabilities|gates|phases|adapters)/',
      pathNot: ['/index[.]ts$'],
    }),
    rule('only-the-cli-uses-the-cli', 'a server has no terminal', '^src/entrypoints/(?!cli/)', {
      path: '^src/entrypoints/cli/',
    }),
    {
      name: 'only-compose-builds-adapters',
      comment: 'one place knows which adapter stands behind a port',
      severity: 'error',
      from: { path: '^src/', pathNot: [test, '^src/adapters/', '^src/entrypoints/compose/'] },
      to: { path: '^src/adapters/' },
    },
    rule(
      'sqlite-is-below-its-dialect',
      'another database is another dialect',
      `^src/(?!${sqlite})`,
      {
        path: '^(node:)?sqlite$',
      },
    ),
    rule(
      'postgres-is-below-its-dialect',
      'another database is another dialect; a command that asks no server loads no driver of one',
      '^src/(?!adapters/graph-sql/dialects/postgres/)',
      { path: '(^|/)node_modules/pg/' },
    ),
    rule(
      'dialects-are-below-the-port',
      'schema, write and questions speak Kysely and the port',
      '^src/adapters/graph-sql/(schema|write|questions)/',
      { path: '^src/adapters/graph-sql/dialects/[^/]+/' },
    ),
    rule('no-test-code-in-production', 'tests stay tests', '^src/', { path: test }),
    rule('nothing-of-src-imports-tools', 'src stands alone', '^src/', {
      path: '^(test|tools|bench|web)/',
    }),
    rule('web-uses-generated-types', 'the page knows the API, not the code', '^web/', {
      path: '^src/',
    }),
    {
      name: 'everything-resolves',
      comment: 'what cannot be resolved cannot be judged',
      severity: 'error',
      from: { path: '^(src|web)/' },
      to: { couldNotResolve: true },
    },
    rule('no-cycles', 'a cycle hides an idea in two places', '^src/', { circular: true }),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
    exclude: { path: '^dist/' },
  },
};
