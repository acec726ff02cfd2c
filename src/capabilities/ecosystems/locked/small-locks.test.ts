import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readInstalled, readLockedTree } from '../../../../test/support/locked-tree.ts';
import { Failure } from '../../../core/failure.ts';
import { ECOSYSTEMS } from '../list.ts';

const COMMIT = '0123456789abcdef'.repeat(3).slice(0, 40);
const HASH = 'ab'.repeat(32);
const json = (value: unknown): string => JSON.stringify(value, null, 2);

interface Case {
  readonly title: string;
  readonly files: Record<string, string>;
  readonly components: readonly string[];
  readonly declared: readonly string[];
  /** The lock without its manifest's need, or the manifest alone, is partial. */
  readonly lacking: Record<string, string>;
  /** A lock with a package that has no name or version. */
  readonly broken: string;
}

const DART_LOCK = `packages:
  flutter:
    dependency: "direct main"
    description: flutter
    source: sdk
    version: "0.0.0"
  http:
    dependency: "direct main"
    description:
      name: http
      sha256: "${HASH}"
      url: "https://pub.example.com"
    source: hosted
    version: "1.2.0"
  lints:
    dependency: "direct dev"
    description:
      path: "."
      ref: main
      resolved-ref: "${COMMIT}"
      url: "https://git.example.com/lints.git"
    source: git
    version: "2.1.1"
  meta:
    dependency: transitive
    description:
      name: meta
      url: "https://pub.example.com"
    source: hosted
    version: "1.11.0+1"
  own:
    dependency: "direct main"
    description:
      path: "packages/own"
      relative: true
    source: path
    version: "0.0.1"
sdks:
  dart: ">=3.0.0 <4.0.0"
`;
const PUBSPEC = `name: shop
dependencies:
  flutter:
    sdk: flutter
  http: ^1.0.0
  own:
    path: packages/own
dev_dependencies:
  lints:
    git: https://git.example.com/lints.git
`;
const MIX_LOCK = `%{
  "cowboy": {:hex, :cowboy, "2.10.0", "${HASH}", [:make, :rebar3], [{:ranch, "1.8.0", [hex: :ranch, repo: "hexpm", optional: false]}], "hexpm", "${HASH}"},
  "local": {:hex, :local, "0.1.0", "${HASH}", [:mix], [], "hexpm:acme", "${HASH}"},
  "plug": {:git, "https://git.example.com/plug.git", "${COMMIT}", [branch: "main"]},
  "ranch": {:hex, :ranch, "1.8.0", "${HASH}", [:make, :rebar3], [], "hexpm", "${HASH}"},
}
`;
const MIX_EXS = `defmodule Shop.MixProject do
  defp deps do
    [
      # {:left, "~> 1.0"},
      {:cowboy, "~> 2.10"},
      {:credo, "~> 1.7", only: [:dev, :test], runtime: false},
      {:plug, git: "https://git.example.com/plug.git"}
    ]
  end
end
`;
const REBAR_LOCK = `{"1.2.0",
[{<<"cowlib">>,{pkg,<<"cowlib">>,<<"2.12.1">>},1},
 {<<"cowboy">>,{pkg,<<"cowboy">>,<<"2.10.0">>},0},
 {<<"eper">>,{git,"https://git.example.com/eper.git",{ref,"${COMMIT}"}},0}]}.
[
{pkg_hash,[
 {<<"cowboy">>, <<"${HASH.toUpperCase()}">>}]},
{pkg_hash_ext,[
 {<<"cowboy">>, <<"${HASH.toUpperCase()}">>}]}
].
`;
const pin = {
  identity: 'nio',
  kind: 'remoteSourceControl',
  location: 'https://github.com/acme/swift-nio.git',
};
const FREEZE = `active-repositories: hackage.example.com:merge
constraints: any.aeson ==2.1.2.1,
             aeson -cffi +ordered-keymap,
             any.base ==4.17.2.1
index-state: hackage.example.com 2024-01-01T00:00:00Z
`;
const RENV = {
  R: { Version: '4.3.1', Repositories: [{ Name: 'CRAN', URL: 'https://cran.example.com/x' }] },
  Packages: {
    cli: {
      Package: 'cli',
      Version: '3.6.2',
      Source: 'Repository',
      Repository: 'CRAN',
      Hash: 'x'.repeat(32),
    },
    glue: {
      ...{ Package: 'glue', Version: '1.7.0', Source: 'GitHub', RemoteHost: 'api.github.com' },
      ...{
        RemoteUsername: 'acme',
        RemoteRepo: 'glue',
        RemoteSha: COMMIT,
        Requirements: ['R', 'cli'],
      },
    },
  },
};

const CASES: readonly Case[] = [
  {
    title: 'pubspec.lock',
    files: {
      'pubspec.lock': DART_LOCK,
      'pubspec.yaml': PUBSPEC,
      'packages/own/pubspec.yaml': 'name: own\n',
    },
    components: [
      ...['pkg:pub/flutter@0.0.0', 'pkg:pub/http@1.2.0', 'pkg:pub/lints@2.1.1'],
      'pkg:pub/meta@1.11.0%2B1',
    ],
    declared: [
      'pubspec.lock:24 meta 1.11.0+1 transitive unknown pub.example.com lock',
      'pubspec.yaml:3 flutter 0.0.0 direct unknown - default',
      'pubspec.yaml:5 http 1.2.0 direct yes pub.example.com lock',
      'pubspec.yaml:9 lints 2.1.1 direct yes git.example.com/lints lock dev',
    ],
    lacking: {
      'pubspec.lock': DART_LOCK,
      'pubspec.yaml': `${PUBSPEC.replace('  http', '  dio: any\n  http')}`,
    },
    broken: 'packages:\n  http:\n    source: hosted\n',
  },
  {
    title: 'mix.lock',
    files: { 'mix.lock': MIX_LOCK, 'mix.exs': MIX_EXS, 'deps/cowboy/mix.exs': MIX_EXS },
    components: [
      ...['pkg:hex/acme/local@0.1.0', 'pkg:hex/cowboy@2.10.0'],
      `pkg:hex/plug@${COMMIT}?vcs_url=git%2Bhttps:%2F%2Fgit.example.com%2Fplug.git%40${COMMIT}`,
      'pkg:hex/ranch@1.8.0',
    ],
    declared: [
      'mix.exs:5 cowboy 2.10.0 direct yes - default',
      'mix.lock:3 local 0.1.0 transitive yes hexpm/acme lock',
      `mix.lock:4 plug ${COMMIT} transitive yes git.example.com/plug lock`,
      'mix.lock:5 ranch 1.8.0 transitive yes - default',
    ],
    lacking: { 'mix.exs': MIX_EXS },
    broken: '%{\n  "x": {:hex, :x, 1},\n}\n'.replace('1}', '[]}'),
  },
  {
    title: 'rebar.lock',
    files: {
      'rebar.lock': REBAR_LOCK,
      'rebar.config': '{deps, [cowboy, {eper, {git, "x"}}]}.\n',
      'apps/a/rebar.config': '{deps, []}.',
    },
    components: [
      ...['pkg:hex/cowboy@2.10.0', 'pkg:hex/cowlib@2.12.1'],
      `pkg:hex/eper@${COMMIT}?vcs_url=git%2Bhttps:%2F%2Fgit.example.com%2Feper.git%40${COMMIT}`,
    ],
    declared: [
      'rebar.lock:2 cowlib 2.12.1 transitive unknown - default',
      'rebar.lock:3 cowboy 2.10.0 direct yes - default',
      `rebar.lock:4 eper ${COMMIT} direct yes - default`,
    ],
    lacking: { 'rebar.config': '{deps, [cowboy]}.' },
    broken: '{"1.2.0",[{<<"x">>,{hg,"x"},0}]}.\n[].\n',
  },
  ...[1, 2, 3].map((version): Case => {
    const state = { revision: COMMIT, version: '2.62.0' };
    const pins = [
      version === 1
        ? {
            package: 'nio',
            repositoryURL: 'git@github.com:acme/swift-nio.git',
            state: { ...state, branch: null },
          }
        : { ...pin, state },
      version === 1
        ? {
            package: 'main',
            repositoryURL: 'https://github.com/acme/main',
            state: { revision: COMMIT, version: null },
          }
        : {
            ...pin,
            identity: 'main',
            location: 'https://github.com/acme/main',
            state: { revision: COMMIT, branch: 'main' },
          },
    ];
    return {
      title: `Package.resolved of version ${version}`,
      files: {
        'Package.resolved': json(version === 1 ? { object: { pins }, version } : { pins, version }),
        'Package.swift':
          'let package = Package(dependencies: [\n  .package(\n    url: "https://github.com/acme/swift-nio.git", from: "2.0.0"),\n  .package(path: "Local")])\n',
      },
      components: [
        `pkg:swift/github.com/acme/main@${COMMIT}`,
        'pkg:swift/github.com/acme/swift-nio@2.62.0',
      ],
      declared: [
        `Package.resolved:${version === 1 ? 15 : 15} github.com/acme/main ${COMMIT} transitive yes github.com/acme/main lock`,
        'Package.swift:3 github.com/acme/swift-nio 2.62.0 direct yes github.com/acme/swift-nio lock',
      ],
      lacking: { 'Package.swift': '.package(url: "https://github.com/acme/x", from: "1.0.0")' },
      broken: json(version === 1 ? { object: { pins: [1] }, version } : { pins: [pin], version }),
    };
  }),
  {
    title: 'cabal.project.freeze',
    files: {
      'cabal.project.freeze': FREEZE,
      'cabal.project': 'packages: .\n',
      'shop/shop.cabal': 'library\n  build-depends: base, aeson\n',
    },
    components: ['pkg:hackage/aeson@2.1.2.1', 'pkg:hackage/base@4.17.2.1'],
    declared: [
      'cabal.project.freeze:2 aeson 2.1.2.1 transitive unknown - default',
      'cabal.project.freeze:4 base 4.17.2.1 transitive unknown - default',
    ],
    lacking: { 'shop.cabal': 'library\n  Build-Depends: base\n' },
    broken: 'constraints: any.aeson >=2\n',
  },
  {
    title: 'renv.lock',
    files: {
      'renv.lock': json(RENV),
      DESCRIPTION: 'Package: shop\nImports:\n    cli (>= 3),\n    stats\nSuggests: testthat\n',
    },
    components: ['pkg:cran/cli@3.6.2', 'pkg:cran/glue@1.7.0'],
    declared: [
      'DESCRIPTION:3 cli 3.6.2 direct unknown cran.example.com/x lock',
      'renv.lock:19 glue 1.7.0 transitive yes - default',
    ],
    lacking: { 'renv.lock': json(RENV), DESCRIPTION: 'Package: shop\nImports: rlang\n' },
    broken: json({ R: {}, Packages: { cli: { Package: 'cli' } } }),
  },
  {
    title: 'conan.lock of Conan 2',
    files: {
      'conan.lock': json({
        version: '0.5',
        requires: [
          'zlib/1.3#06023034579559bb64357db3a53f88a4%1693343904.0',
          'boost/1.84.0@acme/stable',
        ],
        build_requires: ['cmake/3.28.1#0f1b2c%1'],
      }),
      'conanfile.txt':
        '[requires]\nzlib/1.3\n# x\n[tool_requires]\ncmake/3.28.1\n[options]\nzlib*:shared=True\n',
    },
    components: [
      'pkg:conan/acme/boost@1.84.0?channel=stable',
      'pkg:conan/cmake@3.28.1',
      'pkg:conan/zlib@1.3',
    ],
    declared: [
      'conan.lock:5 boost 1.84.0 transitive unknown - default',
      'conanfile.txt:2 zlib 1.3 direct yes - default',
      'conanfile.txt:5 cmake 3.28.1 direct yes - default dev',
    ],
    lacking: { 'conanfile.py': 'class Shop(ConanFile):\n    requires = "zlib/1.3"\n' },
    broken: json({ version: '0.5', requires: ['zlib'] }),
  },
  {
    title: 'conan.lock of Conan 1',
    files: {
      'conan.lock': json({
        graph_lock: {
          nodes: {
            0: { path: 'conanfile.py', requires: ['1'], context: 'host' },
            1: { ref: 'zlib/1.2.13#0f1b2c', requires: [], context: 'host' },
            2: { ref: 'cmake/3.20.0', context: 'build' },
          },
        },
        version: '0.4',
      }),
    },
    components: ['pkg:conan/cmake@3.20.0', 'pkg:conan/zlib@1.2.13'],
    declared: [
      'conan.lock:12 zlib 1.2.13 transitive yes - default',
      'conan.lock:17 cmake 3.20.0 transitive unknown - default dev',
    ],
    lacking: { 'conanfile.txt': '[requires]\nzlib/1.3\n' },
    broken: json({ graph_lock: { nodes: { 1: { ref: 'zlib' } } } }),
  },
];

describe.each(CASES)('B2 D12 D20: $title', ({ files, components, declared, lacking, broken }) => {
  it('gives every package, with its pin and registry', async () => {
    const read = await readLockedTree(files);
    expect(read).toMatchObject({ reasons: [], problems: [], components });
    expect(read.declared).toEqual(declared);
    expect(read.outcomes).toEqual(['complete', 'complete']);
  });

  it('is partial where it lacks what is asked for, or cannot be read', async () => {
    expect((await readLockedTree(lacking)).outcomes).toEqual(['partial', 'partial']);
    const [lock = ''] = Object.keys(files);
    for (const text of [broken, '\0', (files[lock] ?? '').slice(0, -25)]) {
      const read = await readLockedTree({ [lock]: text });
      expect([
        read.outcomes[0] === 'partial' || read.components.length >= components.length,
        text,
      ]).toEqual([true, text]);
    }
    expect((await readLockedTree({ [lock]: broken })).outcomes).toEqual(['partial', 'partial']);
  });
});

describe('B2: the locks of other package managers', () => {
  it('of stack name no package of their snapshot, so the inventory is partial', async () => {
    const lock = `packages:\n- completed:\n    hackage: acme-1.2.3@sha256:${HASH},100\n    pantry-tree:\n      size: 1\n  original:\n    hackage: acme-1.2.3\n`;
    const snapshot =
      'snapshots:\n- completed:\n    url: https://stack.example.com/lts.yaml\n  original: lts-21\n';
    const read = await readLockedTree({
      'stack.yaml.lock': lock + snapshot,
      'stack.yaml': 'resolver: lts-21\n',
    });
    expect(read).toMatchObject({
      outcomes: ['partial', 'partial'],
      components: ['pkg:hackage/acme@1.2.3'],
    });
    expect(read.reasons.join()).toContain('snapshot');
    expect(
      (await readLockedTree({ 'stack.yaml.lock': `${lock}snapshots: []\n` })).outcomes[0],
    ).toBe('complete');
  });

  it('of an umbrella are for its applications, which say where it is', async () => {
    const app =
      'def project, do: [lockfile: "../../mix.lock"]\n{:cowboy, "~> 2.10"}\n{:core, in_umbrella: true}\n';
    const files = { 'mix.lock': MIX_LOCK, 'apps/web/mix.exs': app };
    expect((await readLockedTree(files)).reasons).toEqual([]);
    const other = { ...files, 'apps/web/mix.exs': app.replace('../../', '') };
    expect((await readLockedTree(other)).outcomes[0]).toBe('partial');
  });

  it('are not read where their terms are nested without end', async () => {
    const deep = '['.repeat(200_000);
    expect((await readLockedTree({ 'mix.lock': deep })).reasons.join()).toContain('no end');
  });

  it('of R are read where they are installed, too', async () => {
    const path = 'usr/local/lib/R/site-library/cli/DESCRIPTION';
    const whole = 'Package: cli\nTitle: Helpers\nVersion: 3.6.2\nLicense: MIT\n';
    expect(await readInstalled({ [path]: whole })).toMatchObject({
      ...{ outcome: 'complete', found: ['r-installed'], components: ['pkg:cran/cli@3.6.2'] },
      licenses: ['MIT'],
    });
    for (const text of ['', 'Package: cli\n', 'Package: cli\nVersion: x\n'])
      expect((await readInstalled({ [path]: text })).outcome).toBe('partial');
  });

  it('of a package manager that writes receipts are read where they are installed', async () => {
    const receipt = 'home/linuxbrew/.linuxbrew/Cellar/openssl@3/3.2.0_1/INSTALL_RECEIPT.json';
    const read = await readInstalled({ [receipt]: json({ source: { tap: 'homebrew/core' } }) });
    expect(read).toMatchObject({ outcome: 'complete', found: ['homebrew'] });
    expect(read.components).toEqual(['pkg:brew/openssl%403@3.2.0_1']);
    expect((await readInstalled({ [receipt]: '[' })).outcome).toBe('partial');
  });

  it('throw nothing but Failure, whatever the bytes, and whatever is cut off', () => {
    const names = new Set([
      'cargo',
      'ruby',
      'php',
      'dart',
      'swift',
      'elixir',
      'erlang',
      'haskell',
      'r',
      'conan',
    ]);
    const extractors = ECOSYSTEMS.filter(({ name }) => names.has(name)).flatMap(
      (one) => one.extractors ?? [],
    );
    const paths = [
      'Gemfile',
      'x.gemspec',
      'cabal.project.freeze',
      'stack.yaml.lock',
      'conanfile.py',
      'x',
    ];
    const texts = CASES.flatMap(({ files }) => Object.values(files));
    const read = (bytes: Uint8Array): void => {
      for (const extractor of extractors)
        for (const path of paths)
          try {
            extractor.extract({ path, bytes });
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(Failure);
          }
    };
    fc.assert(fc.property(fc.uint8Array(), read), { numRuns: 50 });
    const damaged = fc
      .tuple(
        fc.constantFrom(...texts),
        fc.nat(),
        fc.constantFrom('', '"', '{', ']', ',', '\n', ':'),
      )
      .map(([text, at, sign]) =>
        Buffer.from(text.slice(0, at % text.length) + sign + text.slice((at % text.length) + 1)),
      );
    fc.assert(fc.property(damaged, read), { numRuns: 150 });
  });
});
