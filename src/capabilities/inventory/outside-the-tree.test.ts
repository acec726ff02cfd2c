import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../test/support/images.ts';
import { readDeclaredDependencies } from './declared-dependencies.ts';
import { inventoryTree } from './inventory-tree.ts';

type Texts = Readonly<Record<string, string>>;

const json = JSON.stringify;

/** A project that takes `d` from a folder, and whose lock says so. */
const PACKAGES: Readonly<Record<string, (folder: string) => Texts>> = {
  'package-lock.json': (folder) => ({
    'package.json': json({ name: 'a', dependencies: { d: `file:${folder}` } }),
    'package-lock.json': json({
      lockfileVersion: 3,
      packages: {
        '': { name: 'a', dependencies: { d: `file:${folder}` } },
        [folder]: {},
        'node_modules/d': { resolved: folder, link: true },
      },
    }),
  }),
  'pnpm-lock.yaml': (folder) => ({
    'package.json': json({ dependencies: { d: `link:${folder}` } }),
    'pnpm-lock.yaml':
      "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      d:\n" +
      `        specifier: link:${folder}\n        version: link:${folder}\n`,
  }),
  'yarn.lock, with what Yarn 1 writes for a link': (folder) => ({
    'package.json': json({ dependencies: { d: `link:${folder}` } }),
    'yarn.lock': `# yarn lockfile v1\n\n\n"d@link:${folder}":\n  version "0.0.0"\n  uid ""\n`,
  }),
  'deno.json': (folder) => ({ 'deno.json': json({ imports: { d: `${folder}/mod.ts` } }) }),
  'uv.lock': (folder) => ({
    'pyproject.toml': '[project]\nname = "a"\nversion = "1"\ndependencies = ["d"]\n',
    'uv.lock':
      'version = 1\n[[package]]\nname = "a"\nversion = "1"\nsource = { virtual = "." }\n' +
      'dependencies = [{ name = "d" }]\n' +
      `[[package]]\nname = "d"\nversion = "1"\nsource = { directory = "${folder}" }\n`,
  }),
  'a ProjectReference of MSBuild': (folder) => ({
    'a.csproj': `<Project><ItemGroup><ProjectReference Include="${folder}\\d.csproj" /></ItemGroup></Project>`,
  }),
  'an Import of MSBuild': (folder) => ({
    'a.csproj': `<Project><Import Project="$(MSBuildThisFileDirectory)${folder}/d.props" /></Project>`,
  }),
  'an Import of a file that MSBuild takes by itself': (folder) => ({
    'Directory.Build.props': `<Project><Import Project="${folder}/d.props" /></Project>`,
    'a.csproj': '<Project />',
  }),
  includeBuild: (folder) => ({ 'settings.gradle.kts': `includeBuild("${folder}")\n` }),
  'a project of Gradle': (folder) => ({
    'settings.gradle': `project(':d').projectDir = new File(settingsDir, '${folder}')\n`,
  }),
  'a project of sbt': (folder) => ({
    'build.sbt': `lazy val d = project in file("${folder}")\n`,
  }),
};

/** Files of which the packages are in images: an inventory does not go by them. */
const IMAGES: Readonly<Record<string, (folder: string) => Texts>> = {
  'a build of Compose': (folder) => ({
    'compose.yaml': `services:\n  a:\n    build:\n      context: ${folder}\n`,
  }),
  'include of Compose': (folder) => ({
    'compose.yaml': `include:\n  - ${folder}/compose.yaml\nservices: {}\n`,
  }),
  'extends of Compose': (folder) => ({
    'compose.yaml': `services:\n  a:\n    extends: { file: ${folder}/c.yaml, service: x }\n`,
  }),
  'a resource of kustomize': (folder) => ({
    'kustomization.yaml': `resources:\n  - ${folder}/deployment.yaml\n`,
  }),
  'a chart of Helm': (folder) => ({
    'Chart.yaml': `apiVersion: v2\nname: a\nversion: 1.0.0\ndependencies:\n  - name: d\n    version: 1.0.0\n    repository: file://${folder}\n`,
  }),
  'the Compose file of a devcontainer': (folder) => ({
    'devcontainer.json': json({ dockerComposeFile: `${folder}/compose.yaml`, service: 'a' }),
  }),
  'the Dockerfile of a devcontainer': (folder) => ({
    'devcontainer.json': json({ build: { dockerfile: `${folder}/Dockerfile` } }),
  }),
};

/** What is in the folder, where it is in the tree. */
const INSIDE: Texts = {
  'd/package.json': '{}',
  'd/d.csproj': '<Project />',
  'd/d.props': '<Project />',
  'd/mod.ts': '',
};

const outcomes = async (texts: Texts): Promise<readonly string[]> => {
  const tree = makeTree(texts);
  const { outcome } = await inventoryTree(tree, '.');
  return [outcome, (await readDeclaredDependencies(tree)).outcome];
};

describe('truth A6, A18: what is taken from outside the tree makes both lists partial', () => {
  it.each(Object.entries(PACKAGES))('%s', async (_, write) => {
    expect(await outcomes(write('../d'))).toEqual(['partial', 'partial']);
    expect(await outcomes({ ...write('./d'), ...INSIDE })).toEqual(['complete', 'complete']);
  });

  it.each(Object.entries(IMAGES))('%s: what is declared', async (_, write) => {
    expect((await outcomes(write('../d')))[1]).toBe('partial');
    expect((await outcomes({ ...write('./d'), ...INSIDE }))[1]).toBe('complete');
  });

  it('so does a project or an import of MSBuild that is not there', async () => {
    const texts = PACKAGES['a ProjectReference of MSBuild']?.('d') ?? {};
    expect(await outcomes(texts)).toEqual(['partial', 'partial']);
    const maybe = '<Import Project="d.props" Condition="Exists(\'d.props\')" />';
    expect(await outcomes({ 'a.csproj': `<Project>${maybe}</Project>` })).toEqual([
      'complete',
      'complete',
    ]);
  });
});
