import { ECOSYSTEMS } from '../src/capabilities/ecosystems/index.ts';

const PEERS = ['Syft', 'Trivy', 'SCALIBR', 'cdxgen', 'sbom-tool'] as const;

/**
 * What others read, by their own documentation of 2026: syft (syft/pkg/cataloger), trivy
 * (docs/guide/coverage), osv-scalibr (docs/supported_inventory_types.md), cdxgen
 * (docs/PROJECT_TYPES.md), component-detection (docs/detectors), which sbom-tool runs. In the order
 * of PEERS: y yes, p in part (off by default, by running other tools, or some of the files), n not
 * named there. `own` is the name of our extractor.
 */
const ROWS: readonly (readonly [what: string, own: string, marks: string])[] = [
  ['packages of Debian and Ubuntu', 'dpkg', 'yyypp'],
  ['packages of Alpine and Wolfi', 'apk', 'yyypp'],
  ['rpm databases', 'rpm', 'yyypp'],
  ['packages of Arch Linux', 'pacman', 'ynynn'],
  ['packages of Gentoo', 'portage', 'ynynn'],
  ['`package-lock.json`', 'npm-lock', 'yyyyy'],
  ['`pnpm-lock.yaml`', 'pnpm-lock', 'yyyyy'],
  ['`yarn.lock`', 'yarn-lock', 'yyyyy'],
  ['`bun.lock`', 'bun-lock', 'nyynn'],
  ['`deno.lock`', 'deno-lock', 'nnnnn'],
  ['installed npm packages', 'node-modules', 'yyypn'],
  ['`go.mod`', 'go-mod', 'yyyyy'],
  ['Go programs', 'go-program', 'yyyyn'],
  ['locks of Python', 'python-lock', 'yyyyy'],
  ['installed Python packages', 'python-packages', 'yyypn'],
  ['conda', 'conda-meta', 'yyynp'],
  ['Java archives', 'java-archive', 'yyyyn'],
  ['`pom.xml`', 'maven-pom', 'yyypp'],
  ['locks of Gradle', 'gradle-lock', 'yyypy'],
  ['locks of NuGet', 'nuget-lock', 'yyyyy'],
  ['`*.deps.json`', 'nuget-deps', 'yyynn'],
  ['winget', 'winget-manifest', 'nnynn'],
  ['`Cargo.lock`', 'cargo-lock', 'yyyyp'],
  ['Rust programs (cargo-auditable)', 'rust-program', 'yyypn'],
  ['`Gemfile.lock`', 'ruby-lock', 'yyyyy'],
  ['`composer.lock`', 'php-lock', 'yyyyn'],
  ['`pubspec.lock`', 'dart-lock', 'yyyyn'],
  ['`Package.resolved`', 'swift-lock', 'yyyyp'],
  ['`mix.lock`', 'elixir-lock', 'yyyyn'],
  ['freeze files of Cabal', 'haskell-lock', 'ynnyn'],
  ['`renv.lock`', 'r-lock', 'pnynn'],
  ['`conan.lock`', 'conan-lock', 'yyyyp'],
  ['installed ports of vcpkg', 'vcpkg', 'nnynp'],
  ['formulae of Homebrew', 'homebrew', 'ynynn'],
  ['SBOMs in native images of GraalVM', 'native-image', 'ynnnn'],
  ['the store of Nix', 'nix-store', 'ynnnn'],
  ['`flake.lock`', 'nix-lock', 'nnnyn'],
  ['GitHub Actions', 'github-actions', 'ynnyn'],
  ['Compose', 'compose', 'nnnyp'],
];
const WORDS: Readonly<Record<string, string>> = { y: 'yes', p: 'part', n: '–' };

/** The lines of the section that compares. */
export function comparePeers(): readonly string[] {
  const names = new Set(ECOSYSTEMS.flatMap(({ extractors = [] }) => extractors.map((e) => e.name)));
  const rows = ROWS.map(([what, own, marks]) => {
    const cells = [names.has(own) ? 'yes' : '–', ...[...marks].map((mark) => WORDS[mark] ?? '?')];
    return `| ${what} | ${cells.join(' | ')} |`;
  });
  return [
    '## Beside others',
    '',
    'What their documentation of 2026 names. *Part* is off by default, done by running another',
    'tool, or done for some of the files. A dash means that it is not named there. cdxgen and',
    'sbom-tool read the packages of a system by Trivy and Syft.',
    '',
    `| | Waybill | ${PEERS.join(' | ')} |`,
    `|---|---${'|---'.repeat(PEERS.length)}|`,
    ...rows,
    '',
  ];
}
