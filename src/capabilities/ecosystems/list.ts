import { alpm } from './alpm/index.ts';
import { apk } from './apk/index.ts';
import { azurePipelines } from './azure-pipelines/index.ts';
import { cargo } from './cargo/index.ts';
import { compose } from './compose/index.ts';
import { conan } from './conan/index.ts';
import { conda } from './conda/index.ts';
import { dart } from './dart/index.ts';
import { debian } from './debian/index.ts';
import { devcontainer } from './devcontainer/index.ts';
import { dockerfile } from './dockerfile/index.ts';
import type { Ecosystem } from './ecosystem.ts';
import { elixir } from './elixir/index.ts';
import { erlang } from './erlang/index.ts';
import { githubActions } from './github-actions/index.ts';
import { gitlabCi } from './gitlab-ci/index.ts';
import { golang } from './golang/index.ts';
import { haskell } from './haskell/index.ts';
import { helm } from './helm/index.ts';
import { homebrew } from './homebrew/index.ts';
import { kubernetes } from './kubernetes/index.ts';
import { maven } from './maven/index.ts';
import { nix } from './nix/index.ts';
import { npm } from './npm/index.ts';
import { nuget } from './nuget/index.ts';
import { opkg } from './opkg/index.ts';
import { php } from './php/index.ts';
import { portage } from './portage/index.ts';
import { preCommit } from './pre-commit/index.ts';
import { programs } from './programs/index.ts';
import { python } from './python/index.ts';
import { r } from './r/index.ts';
import { rpm } from './rpm/index.ts';
import { ruby } from './ruby/index.ts';
import { swift } from './swift/index.ts';
import { terraform } from './terraform/index.ts';
import { vcpkg } from './vcpkg/index.ts';
import { windows } from './windows/index.ts';
import { winget } from './winget/index.ts';

/**
 * What is declared in files of pipelines and deployments. Values and templates of charts are
 * recognised before manifests.
 */
const MANIFESTS: readonly Ecosystem[] = [
  compose,
  helm,
  kubernetes,
  githubActions,
  gitlabCi,
  azurePipelines,
  devcontainer,
  preCommit,
  terraform,
];

/** The one list of ecosystems: to add one, write its folder and add a line here. */
export const ECOSYSTEMS: readonly Ecosystem[] = [
  debian,
  apk,
  rpm,
  alpm,
  portage,
  opkg,
  npm,
  maven,
  golang,
  programs,
  cargo,
  python,
  conda,
  ruby,
  php,
  nuget,
  winget,
  windows,
  dart,
  swift,
  elixir,
  erlang,
  haskell,
  r,
  conan,
  vcpkg,
  homebrew,
  nix,
  dockerfile,
  ...MANIFESTS,
];
