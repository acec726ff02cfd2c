import { describe, expect, it } from 'vitest';
import { type Files, makeTree } from '../../../../test/support/images.ts';
import { findDependencyPaths } from '../../scanning/index.ts';
import { inventoryTree } from '../inventory-tree.ts';
import { completeRequirements } from './complete-requirements.ts';

const mod = (name: string, ...lines: readonly string[]): string =>
  `module ${name}\ngo 1.21\n${lines.map((line) => `require ${line}\n`).join('')}`;
const cache = (path: string, version: string): string => `cache/download/${path}/@v/${version}.mod`;
const APP = mod(
  'example.com/app',
  'example.com/Web v1.2.0',
  'example.com/text v1.0.0 // indirect',
  'example.com/old v2.0.0+incompatible // indirect',
  'example.com/deep v1.1.0 // indirect',
);
const CACHE = {
  [cache('example.com/!web', 'v1.2.0')]: mod(
    'example.com/Web',
    'example.com/text v0.9.0',
    'example.com/deep v1.1.0 // indirect',
    'example.com/old v2.0.0+incompatible // indirect',
    'example.com/tested v1.0.0',
  ),
  [cache('example.com/text', 'v1.0.0')]: mod('example.com/text', 'example.com/deep v1.0.0'),
  // Not the version that is used.
  [cache('example.com/deep', 'v1.0.0')]: mod('example.com/deep', 'example.com/Web v1.2.0'),
};

async function complete(tree: Files, folder: Files) {
  const inventory = await inventoryTree(makeTree(tree), '.');
  return completeRequirements(inventory, [{ name: 'mod', tree: makeTree(folder) }]);
}

async function listEdges(tree: Files, folder: Files): Promise<readonly string[]> {
  const { components } = await complete(tree, folder);
  const shorten = (purl: string): string => purl.replace('pkg:golang/example.com/', '');
  return components.flatMap(({ purl, dependsOn }) =>
    dependsOn.map((to) => `${shorten(purl)} > ${shorten(to)}`),
  );
}

describe('B3: the module cache of Go says which module needs which', () => {
  it('leads to each module by those that need it, in the versions that are used', async () => {
    expect(await listEdges({ 'go.mod': APP }, CACHE)).toEqual([
      'text@v1.0.0 > deep@v1.1.0',
      'web@v1.2.0 > old@v2.0.0%2Bincompatible',
      'web@v1.2.0 > text@v1.0.0',
    ]);
    const completed = await complete({ 'go.mod': APP }, CACHE);
    const deep = completed.components.find(({ name }) => name === 'example.com/deep');
    expect(deep && findDependencyPaths(completed)(deep.purl)?.length).toBe(3);
    expect(completed.notes).toContain('what needs what of 2 of 4 components is what mod states');
  });

  it('says nothing of what the cache lacks, or has in no readable form', async () => {
    expect(await listEdges({ 'go.mod': APP }, {})).toEqual([]);
    const broken = { [cache('example.com/!web', 'v1.2.0')]: Buffer.from([0xff, 0xfe]) };
    expect(await listEdges({ 'go.mod': APP }, broken)).toEqual([]);
    const link = { [cache('example.com/!web', 'v1.2.0')]: { link: '/etc/passwd' } };
    expect(await listEdges({ 'go.mod': APP }, link)).toEqual([]);
  });

  it('looks at no more versions of one module than a tree has', async () => {
    const { components, ...rest } = await inventoryTree(makeTree({ 'go.mod': APP }), '.');
    const text = components.find(({ name }) => name === 'example.com/text');
    const others = Array.from({ length: 200 }, (_, at) => ({
      ...{ ...text, purl: `pkg:golang/example.com/text@v2.0.${at}`, version: `v2.0.${at}` },
    })) as unknown as typeof components;
    const crowded = { ...rest, components: [...components, ...others] };
    const folder = { name: 'mod', tree: makeTree(CACHE) };
    const completed = await completeRequirements(crowded, [folder]);
    const web = completed.components.find(({ name }) => name === 'example.com/Web');
    expect(web?.dependsOn.filter((purl) => purl.includes('/text@'))).toHaveLength(100);
  });

  it('does not mix the versions of two projects in one tree', async () => {
    const one = mod('example.com/one', 'example.com/Web v1.2.0', 'example.com/text v1.0.0');
    const two = mod('example.com/two', 'example.com/text v1.5.0');
    expect(await listEdges({ 'one/go.mod': one, 'two/go.mod': two }, CACHE)).toEqual([
      'web@v1.2.0 > text@v1.0.0',
    ]);
  });
});
