// The import table of ARCHITECTURE.md. tools/check.ts runs it with a guard that every source file was seen;
// test/conformance/import-table.test.ts plants a breach of each rule and sees it caught.
// An allow list: a built-in that a later Node brings is refused until somebody says that it does no I/O.
const pureBuiltins = '^(node:)?(buffer|crypto|path|path/posix|stream|stream/promises|util|zlib)$';
const door = '^src/capabilities/[^/]+/index[.]ts$';
const test = '[.](test|contract)[.]ts$'; // tests may read fixtures and enrol in contracts
const rule = (name, comment, from, to) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: [test] },
  to,
});
const innerPackages = [
  '@bufbuild/cel',
  '@bufbuild/cel-spec',
  '@bufbuild/protobuf',
  '@peculiar/asn1-csr',
  '@peculiar/asn1-schema',
  '@peculiar/asn1-x509',
  'ae-cvss-calculator',
  'diff',
  'dockerfile-ast',
  'semver',
  'spdx-expression-parse',
  'yaml',
  'zod',
];
const allowed = `(^|/)node_modules/(${innerPackages.map((name) => name.replaceAll('/', '[/]')).join('|')}|@types/[^/]+)/`;

export default {
  forbidden: [
    rule('core-knows-only-core', 'core is the vocabulary of every room', '^src/core/', { path: '^src/(?!core/)' }),
    rule('core-uses-no-packages', 'core has no dependencies', '^src/core/', {
      dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown', 'npm-bundled'],
    }),
    rule('inner-tiers-do-no-io', 'I/O belongs to adapters', '^src/(core|capabilities|phases)/', {
      dependencyTypes: ['core'],
      pathNot: [pureBuiltins],
    }),
    rule(
      'inner-tiers-use-listed-packages',
      'pure packages only; add one here with a reason',
      '^src/(core|capabilities|phases)/',
      {
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown', 'npm-bundled'],
        pathNot: [allowed],
      },
    ),
    rule('capability-edges-are-declared', 'see the import table', '^src/capabilities/([^/]+)/', {
      path: '^src/',
      pathNot: ['^src/core/', '^src/capabilities/$1/', '^src/capabilities/(signing|inventory|evidence)/index[.]ts$'],
    }),
    rule('only-attestation-uses-signing', 'declared edge', '^src/capabilities/(?!attestation/|signing/)', {
      path: '^src/capabilities/signing/',
    }),
    rule('only-scanning-uses-inventory', 'declared edge', '^src/capabilities/(?!scanning/|inventory/)', {
      path: '^src/capabilities/inventory/',
    }),
    rule('only-graph-uses-evidence', 'declared edge', '^src/capabilities/(?!graph/|evidence/)', {
      path: '^src/capabilities/evidence/',
    }),
    rule('phases-use-doors', 'a phase orders capabilities', '^src/phases/([^/]+)/', {
      path: '^src/',
      pathNot: ['^src/core/', '^src/phases/$1/', door],
    }),
    rule('adapters-use-ports', 'an adapter fulfils ports and knows no other adapter', '^src/adapters/([^/]+)/', {
      path: '^src/',
      pathNot: ['^src/core/', '^src/adapters/$1/', door],
    }),
    rule('entrypoints-use-doors', 'entrypoints parse and compose', '^src/entrypoints/', {
      path: '^src/(capabilities|phases|adapters)/',
      pathNot: ['/index[.]ts$'],
    }),
    {
      name: 'only-compose-builds-adapters',
      comment: 'one place knows which adapter stands behind a port',
      severity: 'error',
      from: { path: '^src/', pathNot: [test, '^src/adapters/', '^src/entrypoints/compose[.]ts$'] },
      to: { path: '^src/adapters/' },
    },
    rule('no-test-code-in-production', 'tests stay tests', '^src/', { path: test }),
    rule('nothing-of-src-imports-tools', 'src stands alone', '^src/', { path: '^(test|tools|bench|web)/' }),
    rule('web-uses-generated-types', 'the page knows the API, not the code', '^web/', { path: '^src/' }),
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
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
    exclude: { path: '^dist/' },
  },
};
