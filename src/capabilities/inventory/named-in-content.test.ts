import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../test/support/images.ts';
import { readDeclaredDependencies } from './declared-dependencies.ts';

const listKinds = async (path: string, text: string): Promise<readonly string[]> =>
  (await readDeclaredDependencies(makeTree({ [path]: text }))).notLookedAt.map(({ kind }) => kind);
const DIGEST = `@sha256:${'a'.repeat(64)}`;

describe('truth A9: an image that YAML names is a declared dependency', () => {
  it.each([
    ['a part of a pod', 'spec:\n  containers:\n    - name: web\n      image: nginx:1.27\n'],
    ['a list', 'steps:\n- image: "node"\n'],
    ['the parts of a name', 'image:\n  repository: nginx\n  tag: "1"\n'],
    ['a map in one line', 'containers: [{name: web, image: "nginx:1.27"}]\n'],
    ['such a map as JSON', 'spec: {"containers": [{ "image": "nginx"}]}\n'],
    ['the parts of a name in one line', 'spec: {image: {repository: nginx, tag: "1"}}\n'],
  ])('%s', async (_, text) => {
    expect(await listKinds('deploy/web.yaml', text)).toEqual(['container-image']);
  });

  it('but not one that a digest fixes, and no other key', async () => {
    expect(await listKinds('a.yml', `image: nginx${DIGEST}\n`)).toEqual([]);
    expect(await listKinds('a.yml', 'imagePolicy: x\nname: image\n# image: x\n')).toEqual([]);
    expect(await listKinds('a.txt', 'image: nginx\n')).toEqual([]);
    const flow = `spec: {a: 1, image: "nginx${DIGEST}"}\n`;
    expect(await listKinds('a.yml', `${flow}text: give a name, image: and a tag\n`)).toEqual([]);
    expect(await listKinds('a.yml', `a: {image: {name: x, digest: "sha256:1"}}\n`)).toEqual([]);
  });

  it('and a list of packages is read where it is that of winget', async () => {
    const exported = '{"Sources":[{"Packages":[{"PackageIdentifier":"Git.Git"}]}]}';
    expect(await listKinds('packages.json', exported)).toEqual([]);
    expect(await listKinds('packages.json', '{"packages":[]}')).toEqual(['package-list']);
  });
});

describe('truth A9: a script or a build that fetches packages is a declared dependency', () => {
  const header = (line: string): string =>
    `#!/usr/bin/env python3\n# /// script\n# requires-python = ">=3.11"\n# ${line}\n# ///\nimport x\n`;

  it.each([
    ['tools/run.py', header('dependencies = ["requests<3"]'), ['python']],
    ['tools/run.py', header('dependencies = [\n#   "rich",\n# ]'), ['python']],
    ['tools/run.py', header('dependencies = []'), []],
    ['tools/run.py', 'import requests\n# dependencies = ["x"]\n', []],
    ['CMakeLists.txt', 'FetchContent_Declare(json URL https://example.com/j.zip)', ['cpp']],
    ['cmake/deps.cmake', 'ExternalProject_Add (zlib)', ['cpp']],
    ['CMakeLists.txt', 'add_library(a a.c)\n', []],
    ['a.ipynb', '{"source":["%pip install requests"]}', ['python']],
    ['a.ipynb', '{"source":["import requests"]}', []],
    ['project.scala', '//> using dep org.x::y:1.0\n', ['scala']],
    ['a.sc', 'import $ivy.`org.x::y:1.0`\n', ['scala']],
    ['A.scala', 'import a.b\n// using dep\n', []],
  ])('%s: %j', async (path, text, kinds) => {
    expect(await listKinds(path, text)).toEqual(kinds);
  });
});

describe('truth A9: what YAML of any name requires beside images', () => {
  const DEPLOYMENT = `kind: Deployment\nspec:\n  containers:\n    - image: a${DIGEST}\n---\n`;
  it.each([
    ['a release of Flux', 'apiVersion: a\nkind: HelmRelease\nspec: {chart: {}}\n', 'helm'],
    ['one behind a workload', `${DEPLOYMENT}kind: HelmRelease\n`, 'helm'],
    ['a chart of k3s', 'kind: HelmChart\n', 'helm'],
    ['an application of Argo CD', 'kind: Application\nspec:\n  targetRevision: 6.*\n', 'helm'],
    [
      'a resource of Concourse',
      '- name: a\n  type: registry-image\n  source: {repository: golang}\n',
      'container-image',
    ],
    ['a project of XcodeGen', 'packages: {Yams: {from: 2.0.0}}\ntargets: {}\n', 'swift'],
    ['a manifest of Flatpak', 'id: org.a.B\nsdk: org.c.Sdk\nmodules: []\n', 'flatpak'],
    ['hooks from elsewhere', 'remotes:\n  - git_url: https://a.example/b\n', 'git-hooks'],
  ])('%s', async (_, text, kind) => {
    expect(await listKinds('deploy/x.yaml', text)).toEqual([kind]);
  });

  it('but not words alone', async () => {
    for (const text of ['kind: Application\n', 'targets: {}\n', 'id: a\n', 'remotes: [a]\n'])
      expect(await listKinds('deploy/x.yaml', text)).toEqual([]);
  });
});

describe('truth A9: a file that chooses a version and leaves it open', () => {
  it.each([
    ['.nvmrc', 'lts/*\n', ['tools']],
    ['.nvmrc', 'v22.11.0\n', []],
    ['.node-version', '22', ['tools']],
    ['.python-version', '3.12 # comment\n', ['tools']],
    ['.python-version', '# comment\n3.12.4\n', []],
    ['.bazeliskrc', 'USE_BAZEL_VERSION=7.1.0\n', []],
    ['.sdkmanrc', 'java=17.0.10-tem\ngradle=8\n', ['tools']],
    ['.fvmrc', '{\n  "flutter": "3.19.0"\n}\n', []],
    ['rust-toolchain', 'stable\n', ['tools']],
    ['rust-toolchain.toml', '[toolchain]\nchannel = "stable"\n', ['tools']],
    ['rust-toolchain.toml', '[toolchain]\nchannel = "1.75.0"\n', []],
    ['.ruby-version', '', ['tools']],
  ])('%s: %j', async (path, text, kinds) => {
    expect(await listKinds(path, text)).toEqual(kinds);
  });
});
