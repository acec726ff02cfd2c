import { describe, expect, it } from 'vitest';
import { inventoryTree } from '../../src/capabilities/inventory/index.ts';
import { makeTree } from '../support/images.ts';
import { REPOSITORIES } from './repositories.ts';

const HASH = '5c'.repeat(32);
const COMMIT = 'a'.repeat(40);

/** Manifests and locks in the shape of well-known repositories, beside those of the tour. */
const MORE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'mix (a web framework)': {
    'mix.exs':
      'defmodule Web.MixProject do\n  use Mix.Project\n\n  def project do\n    [app: :web, version: "1.8.0", deps: deps()]\n  end\n\n' +
      '  defp deps do\n    [\n      {:plug, "~> 1.14"},\n      {:docs, "~> 0.38", only: :docs},\n      {:installer, path: "installer", only: :test}\n    ]\n  end\nend\n',
    'mix.lock':
      `%{\n  "docs": {:hex, :docs, "0.38.1", "${HASH}", [:mix], [], "hexpm", "${HASH}"},\n` +
      `  "plug": {:hex, :plug, "1.18.1", "${HASH}", [:mix], [], "hexpm", "${HASH}"},\n}\n`,
    'installer/mix.exs':
      'defmodule Web.Installer.MixProject do\n  use Mix.Project\n\n  def project do\n    [app: :installer, version: "1.8.0"]\n  end\nend\n',
    'assets/package.json': '{"name":"web","private":true}\n',
  },
  'rebar3 (a build tool)': {
    'rebar.config':
      '%% -*- erlang -*-\n{deps, [{getopt, "1.0.3"}, {certifi, "2.15.0"}]}.\n{profiles, [{test, [{deps, [meck]}]}]}.\n{erl_opts, [debug_info]}.\n',
    'rebar.lock':
      '{"1.2.0",\n[{<<"certifi">>,{pkg,<<"certifi">>,<<"2.15.0">>},0},\n {<<"getopt">>,{pkg,<<"getopt">>,<<"1.0.3">>},0}]}.\n' +
      `[\n{pkg_hash_ext,[\n {<<"certifi">>, <<"${HASH}">>},\n {<<"getopt">>, <<"${HASH}">>}]}\n].\n`,
  },
  'pub (a gallery of widgets)': {
    'pubspec.yaml':
      'name: gallery\nversion: 2.10.2\npublish_to: none\nenvironment:\n  sdk: ^3.8.0\ndependencies:\n  intl: ^0.20.2\n',
    'pubspec.lock':
      'packages:\n  intl:\n    dependency: "direct main"\n    description:\n      name: intl\n' +
      `      sha256: "${HASH}"\n      url: "https://registry.example.com"\n    source: hosted\n    version: "0.20.2"\n` +
      'sdks:\n  dart: ">=3.8.0 <4.0.0"\n',
  },
  'Yarn (a bundler)': {
    'package.json': '{"name":"bundler","version":"5.0.0","dependencies":{"acorn":"^8.15.0"}}\n',
    'yarn.lock':
      '# yarn lockfile v1\n\n\nacorn@^8.15.0:\n  version "8.15.0"\n' +
      `  resolved "https://registry.example.com/acorn/-/acorn-8.15.0.tgz#${COMMIT}"\n` +
      `  integrity sha512-${Buffer.alloc(64, 7).toString('base64')}\n`,
  },
};

const ALL = [
  ...REPOSITORIES.map(({ name, files }) => [name, files] as const),
  ...Object.entries(MORE),
];

describe('B2 D10: files in the shape of well-known repositories are read whole', () => {
  it.each(ALL)('%s', async (_, files) => {
    const { outcome, skips, components } = await inventoryTree(makeTree(files), '.');
    const reasons = skips.map(({ cause }) => cause.message);
    // A chart and workflows alone require actions and images, of which the actions are components.
    expect([outcome, reasons, components.length > 0]).toEqual(['complete', [], true]);
  });
});
