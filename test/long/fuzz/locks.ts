import { deflateSync } from 'node:zlib';
import { packElf } from '../../support/elf.ts';
import { AUDITABLE, packWasm } from '../../support/rust-program.ts';
import type { Input } from './extractors.ts';
import type { ParserName } from './parsers.ts';
import type { Row } from './target.ts';

const HASH = 'ab'.repeat(32);
const COMMIT = 'c0'.repeat(20);
const json = (value: unknown): string => JSON.stringify(value, null, 2);

const CARGO_LOCK =
  'version = 4\n\n[[package]]\nname = "shop"\nversion = "0.1.0"\ndependencies = [\n "log",\n]\n\n' +
  '[[package]]\nname = "log"\nversion = "0.4.20"\nsource = "registry+https://r.example.com/i"\n' +
  `checksum = "${HASH}"\n`;
const GEMFILE_LOCK =
  `GIT\n  remote: https://g.example.com/x\n  revision: ${COMMIT}\n  specs:\n    x (1.0)\n      rack (>= 1)\n\n` +
  'GEM\n  remote: https://r.example.com/\n  specs:\n    rack (2.2.8-java)\n\nPLATFORMS\n  java\n\n' +
  `DEPENDENCIES\n  rack (~> 2)\n  x!\n\nCHECKSUMS\n  rack (2.2.8-java) sha256=${HASH}\n`;
const COMPOSER_LOCK = json({
  packages: [
    {
      ...{ name: 'a/b', version: 'v1.0', require: { 'c/d': '*' }, license: ['MIT'] },
      dist: { type: 'zip', url: 'https://r.example.com/a.zip', reference: COMMIT, shasum: '' },
    },
  ],
  'packages-dev': [{ name: 'c/d', version: 'dev-main', dist: { type: 'path', url: 'c' } }],
});

/** What the readers of locks with manifests are given, by the name of the reader. */
export const LOCK_INPUTS: Readonly<Record<string, Input>> = {
  'cargo-lock': { path: 'Cargo.lock', form: 'text', samples: [CARGO_LOCK] },
  'cargo-manifest': {
    path: 'Cargo.toml',
    form: 'text',
    samples: ['[package]\nname = "shop"\n[dependencies]\nlog = { version = "0.4", path = "x" }\n'],
  },
  'cargo-vendored': { path: 'vendor/log/.cargo-checksum.json', form: 'json', samples: ['{}'] },
  'rust-program': {
    path: 'bin/shop',
    form: 'bytes',
    samples: [packWasm('.dep-v0', deflateSync(JSON.stringify(AUDITABLE)))],
  },
  'ruby-lock': { path: 'Gemfile.lock', form: 'text', samples: [GEMFILE_LOCK] },
  'ruby-manifest': {
    path: 'Gemfile',
    form: 'text',
    samples: ['group :test do\n  gem "rack", "~> 2", ">= 2.1", require: false\nend\ngemspec\n'],
  },
  'ruby-installed': {
    path: 'usr/lib/ruby/gems/3.2.0/specifications/rack-2.2.8.gemspec',
    form: 'text',
    samples: ['# stub: rack 2.2.8 ruby lib\n  s.name = "rack"\n  s.licenses = ["MIT".freeze]\n'],
  },
  'php-lock': { path: 'composer.lock', form: 'json', samples: [COMPOSER_LOCK] },
  'php-manifest': {
    path: 'composer.json',
    form: 'json',
    samples: [json({ require: { php: '>=8', 'a/b': '^1' }, 'require-dev': [] })],
  },
  'php-installed': {
    path: 'vendor/composer/installed.json',
    form: 'json',
    samples: [COMPOSER_LOCK, '[{"name":"a/b","version":"1.0"}]'],
  },
  'php-recipes': { path: 'symfony.lock', form: 'json', samples: ['{}'] },
  'dart-lock': {
    path: 'pubspec.lock',
    form: 'text',
    samples: [
      'packages:\n  http:\n    dependency: "direct main"\n    description:\n      name: http\n' +
        `      sha256: "${HASH}"\n      url: "https://r.example.com"\n    source: hosted\n    version: "1.0.0"\n`,
    ],
  },
  'dart-manifest': {
    path: 'pubspec.yaml',
    form: 'text',
    samples: ['name: shop\ndependencies:\n  http: ^1.0.0\n  own:\n    path: x\n'],
  },
  'swift-lock': {
    path: 'Package.resolved',
    form: 'json',
    samples: [
      json({
        pins: [
          { identity: 'x', location: 'https://g.example.com/a/x.git', state: { revision: COMMIT } },
        ],
        version: 3,
      }),
    ],
  },
  'swift-manifest': {
    path: 'Package.swift',
    form: 'text',
    samples: ['.package(url: "https://g.example.com/a", from: "1.0.0"), .package(path: "../x")'],
  },
  'elixir-lock': {
    path: 'mix.lock',
    form: 'text',
    samples: [
      `%{\n  "a": {:hex, :a, "1.0.0", "${HASH}", [:mix], [{:b, "~> 1.0", [hex: :b, repo: "hexpm"]}], "hexpm", "${HASH}"},\n` +
        `  "g": {:git, "https://g.example.com/g", "${COMMIT}", []},\n}\n`,
    ],
  },
  'elixir-manifest': {
    path: 'mix.exs',
    form: 'text',
    samples: ['lockfile: "../../mix.lock"\n{:a, "~> 1.0", only: [:dev, :test]},\n'],
  },
  'erlang-lock': {
    path: 'rebar.lock',
    form: 'text',
    samples: [
      `{"1.2.0",\n[{<<"a">>,{pkg,<<"a">>,<<"1.0">>},0}]}.\n[\n{pkg_hash_ext,[\n {<<"a">>, <<"${HASH}">>}]}\n].\n`,
    ],
  },
  'erlang-manifest': { path: 'rebar.config', form: 'text', samples: ['{deps, [a, b]}. % x\n'] },
  'haskell-lock': {
    path: 'cabal.project.freeze',
    form: 'text',
    samples: ['constraints: any.aeson ==2.1.2.1,\n             aeson +flag -other\n'],
  },
  'haskell-manifest': {
    path: 'shop.cabal',
    form: 'text',
    samples: ['library\n  build-depends: base, aeson\n'],
  },
  'r-lock': {
    path: 'renv.lock',
    form: 'json',
    samples: [
      json({
        R: { Repositories: [{ Name: 'CRAN', URL: 'https://r.example.com' }] },
        Packages: { cli: { Version: '3.6.2', Source: 'Repository', Requirements: ['R'] } },
      }),
    ],
  },
  'r-manifest': {
    path: 'DESCRIPTION',
    form: 'text',
    samples: ['Imports:\n    cli (>= 3),\n    stats\n'],
  },
  'r-installed': {
    path: 'usr/lib/R/site-library/cli/DESCRIPTION',
    form: 'text',
    samples: ['Package: cli\nVersion: 3.6.2\nLicense: MIT\n'],
  },
  'conan-lock': {
    path: 'conan.lock',
    form: 'json',
    samples: [
      json({ version: '0.5', requires: ['zlib/1.3@u/c#00ff%1.0'], build_requires: [] }),
      json({ graph_lock: { nodes: { 1: { ref: 'zlib/1.3', context: 'host' } } } }),
    ],
  },
  'conan-manifest': { path: 'conanfile.txt', form: 'text', samples: ['[requires]\nzlib/1.3\n'] },
  vcpkg: {
    path: 'opt/vcpkg/installed/vcpkg/status',
    form: 'text',
    samples: [
      'Package: fmt\nVersion: 11.0\nPort-Version: 1\nDepends: zlib[a]:x64-osx\n' +
        'Architecture: x64-linux\nStatus: install ok installed\n\n' +
        'Package: fmt\nFeature: a\nArchitecture: x64-linux\nStatus: install ok installed\n',
    ],
  },
  'vcpkg-files': {
    path: 'opt/vcpkg/installed/vcpkg/info/fmt_11.0_x64-linux.list',
    form: 'text',
    samples: ['x64-linux/\nx64-linux/lib/libfmt.a\n'],
  },
  'vcpkg-spdx': {
    path: 'opt/x64-linux/share/fmt/vcpkg.spdx.json',
    form: 'json',
    samples: [
      json({
        packages: [{ name: 'fmt', SPDXID: 'SPDXRef-port', versionInfo: '11.0#1' }],
        files: [{ SPDXID: 'SPDXRef-binary-file-0', fileName: './lib/libfmt.a' }],
      }),
    ],
  },
  'vcpkg-manifest': {
    path: 'vcpkg.json',
    form: 'json',
    samples: [
      json({
        'builtin-baseline': COMMIT,
        dependencies: ['zlib', { name: 'fmt', 'version>=': '10#1', host: true }],
        features: { x: { dependencies: [{ name: 'a', platform: 'osx' }] } },
        overrides: [{ name: 'fmt', 'version-semver': '11.0.0', 'port-version': 1 }],
      }),
    ],
  },
  'vcpkg-configuration': {
    path: 'vcpkg-configuration.json',
    form: 'json',
    samples: [
      json({
        'default-registry': { kind: 'builtin', baseline: COMMIT },
        registries: [{ kind: 'git', repository: 'git@g.example.com:a/b.git', packages: ['a*'] }],
        'overlay-ports': ['x'],
        requires: { a: '1' },
      }),
    ],
  },
  'vcpkg-lock': {
    path: 'vcpkg-lock.json',
    form: 'json',
    samples: [json({ 'https://g.example.com/x': { HEAD: COMMIT } })],
  },
  'nix-lock': {
    path: 'flake.lock',
    form: 'json',
    samples: [
      json({
        nodes: {
          nixpkgs: {
            locked: {
              ...{ type: 'github', owner: 'NixOS', repo: 'nixpkgs', rev: COMMIT },
              narHash: `sha256-${'A'.repeat(43)}=`,
            },
          },
          tool: { inputs: { nixpkgs: ['nixpkgs'] }, locked: { type: 'path', path: './tool' } },
          root: { inputs: { nixpkgs: 'nixpkgs', tool: 'tool' } },
        },
        root: 'root',
        version: 7,
      }),
    ],
  },
  'nix-store': {
    path: 'nix/store/0123456789abcdfghijklmnpqrsvwxyz-openssl-3.0.13-bin',
    form: 'bytes',
    samples: [''],
  },
  'redis-program': {
    path: 'bin/redis-server',
    form: 'bytes',
    samples: [
      packElf({
        sections: [
          { name: '.rodata', content: `\u00007.0.15\u00007.0.151790282056${'0'.repeat(9)}\0` },
        ],
        writable: 'x',
      }),
    ],
  },
  homebrew: {
    path: 'opt/homebrew/Cellar/x/1.0/INSTALL_RECEIPT.json',
    form: 'json',
    samples: [json({ source: { tap: 'a/b' }, runtime_dependencies: [{ full_name: 'a/b/c' }] })],
  },
  'homebrew-lock': {
    path: 'Brewfile.lock.json',
    form: 'json',
    samples: [
      json({
        entries: { brew: { jq: { version: '1.7' } }, cask: { 'a/b/c': { version: '1,2' } } },
      }),
    ],
  },
  'homebrew-manifest': {
    path: 'Brewfile',
    form: 'text',
    samples: [
      'tap "a/b", "https://g.example.com/x.git"\nbrew "a/b/c", args: []\ncask \'x\'\nmas "y"\n',
    ],
  },
};

/** The readers that the extractors consist of. */
export const LOCK_READS: readonly (readonly [string, ParserName])[] = [
  ['extractor cargo-lock', 'capabilities/ecosystems/cargo/cargo-lock.ts readCargoLock'],
  ['extractor cargo-manifest', 'capabilities/ecosystems/cargo/cargo-manifest.ts readCargoManifest'],
  [
    'extractor rust-program',
    'capabilities/ecosystems/cargo/program/wasm-sections.ts readCustomSection',
  ],
  ['extractor ruby-lock', 'capabilities/ecosystems/ruby/gemfile-lock.ts readGemfileLock'],
  ['extractor ruby-lock', 'capabilities/ecosystems/ruby/bundler-lock.ts parseBundlerLock'],
  ['extractor ruby-manifest', 'capabilities/ecosystems/ruby/gemfile.ts readGemfile'],
  ['extractor php-lock', 'capabilities/ecosystems/php/composer-lock.ts readComposerLock'],
  [
    'extractor php-manifest',
    'capabilities/ecosystems/php/composer-manifest.ts readComposerManifest',
  ],
  ['extractor dart-lock', 'capabilities/ecosystems/dart/dart-format.ts readPubspecLock'],
  ['extractor dart-manifest', 'capabilities/ecosystems/dart/dart-format.ts readPubspec'],
  ['extractor swift-lock', 'capabilities/ecosystems/swift/swift-format.ts readPackageResolved'],
  ['extractor swift-manifest', 'capabilities/ecosystems/swift/swift-format.ts readPackageSwift'],
  ['extractor elixir-lock', 'capabilities/ecosystems/elixir/mix-format.ts readMixLock'],
  ['extractor elixir-lock', 'capabilities/ecosystems/elixir/terms.ts parseTerms'],
  ['extractor elixir-manifest', 'capabilities/ecosystems/elixir/mix-format.ts readMixManifest'],
  ['extractor erlang-lock', 'capabilities/ecosystems/erlang/rebar-format.ts readRebarLock'],
  ['extractor erlang-manifest', 'capabilities/ecosystems/erlang/rebar-format.ts readRebarConfig'],
  ['extractor haskell-lock', 'capabilities/ecosystems/haskell/cabal-format.ts readCabalFreeze'],
  [
    'extractor haskell-manifest',
    'capabilities/ecosystems/haskell/cabal-format.ts readCabalManifest',
  ],
  ['extractor r-lock', 'capabilities/ecosystems/r/renv-format.ts readRenvLock'],
  ['extractor r-manifest', 'capabilities/ecosystems/r/renv-format.ts readDescription'],
  ['extractor conan-lock', 'capabilities/ecosystems/conan/conan-format.ts readConanLock'],
  ['extractor conan-manifest', 'capabilities/ecosystems/conan/conan-format.ts readConanfile'],
  ['extractor nix-lock', 'capabilities/ecosystems/nix/flake-lock.ts readFlakeLock'],
  ['extractor nix-lock', 'capabilities/ecosystems/nix/source.ts readSource'],
  ['extractor nix-lock', 'capabilities/ecosystems/nix/source.ts readUrl'],
  ['extractor homebrew-lock', 'capabilities/ecosystems/homebrew/bundle-format.ts readBundleLock'],
  ['extractor homebrew-manifest', 'capabilities/ecosystems/homebrew/bundle-format.ts readBrewfile'],
  ['extractor vcpkg-manifest', 'capabilities/ecosystems/vcpkg/manifest.ts readPortManifest'],
  ['extractor vcpkg-manifest', 'capabilities/ecosystems/vcpkg/port.ts parsePortVersion'],
  [
    'extractor vcpkg-configuration',
    'capabilities/ecosystems/vcpkg/registries.ts readConfiguration',
  ],
  ['extractor vcpkg-configuration', 'capabilities/ecosystems/vcpkg/registries.ts readRegistries'],
];

/** Readers of files that those of extractors do not have as their only form. */
export const LOCK_ROWS: readonly Row[] = [
  {
    reader: 'capabilities/ecosystems/nix/pinned-sources.ts readPinnedSources',
    takes: 'bytes',
    form: 'json',
    samples: [
      {
        nixpkgs: { owner: 'NixOS', repo: 'nixpkgs', rev: COMMIT, sha256: `1${'a'.repeat(51)}` },
        other: { url: 'https://u:p@x.example.com/y.tar.gz', sha256: HASH, type: 'tarball' },
      },
    ],
    args: ['nix/sources.json', '$'],
  },
  {
    reader: 'capabilities/ecosystems/nix/store.ts parseStoreName',
    takes: 'text',
    form: 'text',
    samples: ['0123456789abcdfghijklmnpqrsvwxyz-openssl-3.0.13-bin'],
  },
  {
    reader: 'capabilities/ecosystems/cargo/cargo-config.ts readCargoConfig',
    takes: 'bytes',
    form: 'text',
    samples: [
      '[source.crates-io]\nreplace-with = "a"\n[source.a]\nregistry = "https://r.example.com"\n',
    ],
    args: ['.cargo/config.toml', '$'],
  },
  {
    reader: 'capabilities/ecosystems/php/composer-repositories.ts readComposerRepositories',
    takes: 'bytes',
    form: 'json',
    samples: [{ repositories: [{ type: 'composer', url: 'https://r.example.com' }] }],
    args: ['composer.json', '$'],
  },
  {
    reader: 'capabilities/ecosystems/ruby/bundle-config.ts readBundleConfig',
    takes: 'bytes',
    form: 'text',
    samples: ['---\nBUNDLE_MIRROR__ALL: "https://r.example.com"\n'],
    args: ['.bundle/config', '$'],
  },
  {
    reader: 'capabilities/ecosystems/ruby/gemfile.ts readGemspec',
    takes: 'bytes',
    form: 'text',
    samples: [
      '  spec.add_dependency "rack", ">= 2"\n  s.add_development_dependency(%q<x>.freeze, ["~> 1"])\n',
    ],
    args: ['x.gemspec', '$'],
  },
  {
    reader: 'capabilities/ecosystems/haskell/cabal-format.ts readStackLock',
    takes: 'bytes',
    form: 'text',
    samples: ['packages:\n- completed:\n    hackage: a-1.2@sha256:00,1\nsnapshots: []\n'],
    args: ['stack.yaml.lock', '$'],
  },
  {
    reader: 'capabilities/ecosystems/conan/conan-format.ts readConanScript',
    takes: 'bytes',
    form: 'text',
    samples: ['class A:\n    requires = "zlib/1.3"\n'],
    args: ['conanfile.py', '$'],
  },
];
