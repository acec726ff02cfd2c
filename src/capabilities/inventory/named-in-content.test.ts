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
  ])('%s: %j', async (path, text, kinds) => {
    expect(await listKinds(path, text)).toEqual(kinds);
  });
});
