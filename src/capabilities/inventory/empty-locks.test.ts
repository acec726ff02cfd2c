import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../test/support/images.ts';
import { readDeclaredDependencies } from './declared-dependencies.ts';
import { inventoryTree } from './inventory-tree.ts';

type Texts = Readonly<Record<string, string>>;

const mix = (deps: string): Texts => ({
  'mix.exs': `defmodule A do\n  defp deps do\n    [${deps}]\n  end\nend\n`,
  'mix.lock': '%{\n}\n',
});
const swift = (dependencies: string): Texts => ({
  'Package.swift': `let package = Package(name: "a", dependencies: [${dependencies}])\n`,
  'Package.resolved': '{ "pins": [], "version": 2 }',
});
const pdm = (groups: string): Texts => ({
  'pyproject.toml': `[project]\nname = "a"\nversion = "1"\ndependencies = []\n${groups}`,
  'pdm.lock': '[metadata]\nlock_version = "4.5.0"\ngroups = ["default"]\n',
});
const uv = (needs: string): Texts => ({
  'pyproject.toml': '[project]\nname = "a"\nversion = "1"\ndependencies = ["b"]\n',
  'uv.lock':
    'version = 1\n[[package]]\nname = "a"\nversion = "1"\nsource = { virtual = "." }\n' +
    'dependencies = [{ name = "b" }]\n[[package]]\nname = "b"\nversion = "1"\n' +
    `source = { registry = "https://registry.example.com/simple" }\n${needs}`,
});

/** A lock that has nothing of what the manifest requires, and a manifest that requires nothing. */
const CASES: readonly (readonly [string, Texts, Texts])[] = [
  ['mix', mix('{:jason, "~> 1.0"}'), mix('{:b, path: "b"}')],
  [
    'rebar3',
    { 'rebar.config': '{deps, [{cowboy, "2.9.0"}]}.\n', 'rebar.lock': '[].\n' },
    { 'rebar.config': '{deps, []}.\n', 'rebar.lock': '[].\n' },
  ],
  ['Swift', swift('.package(url: "https://example.com/b.git", from: "1.0.0")'), swift('')],
  ['a group of pdm', pdm('[tool.pdm.dev-dependencies]\ntest = ["pytest"]\n'), pdm('')],
  ['a need in uv.lock', uv('dependencies = [{ name = "c" }]\n'), uv('')],
];

describe('truth A6: a lock without what is required is no complete list', () => {
  it.each(CASES)('%s', async (_, lacking, whole) => {
    const outcome = async (texts: Texts): Promise<string> =>
      (await inventoryTree(makeTree(texts), '.')).outcome;
    expect([await outcome(lacking), await outcome(whole)]).toEqual(['partial', 'complete']);
    const declared = await readDeclaredDependencies(makeTree(lacking));
    const isWhole =
      declared.outcome === 'complete' &&
      declared.dependencies.every(({ pinned }) => pinned === 'yes');
    expect(isWhole).toBe(false);
  });
});
