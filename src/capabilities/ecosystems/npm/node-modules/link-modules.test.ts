import { describe, expect, it } from 'vitest';
import { file, link, makeImage } from '../../../../../test/support/images.ts';
import { orThrow } from '../../../../core/result.ts';
import { inventoryImage } from '../../../inventory/index.ts';
import { linkModules } from './link-modules.ts';
import { nodeModules } from './node-modules.ts';

type Manifest = Readonly<Record<string, string>>;

const pack = (folder: string, name: string, dependencies: Manifest = {}, more: object = {}) =>
  file(
    `${folder}/node_modules/${name}/package.json`,
    JSON.stringify({ name, version: '1.0.0', dependencies, ...more }),
  );

async function listEdges(layer: Parameters<typeof makeImage>[0][number]) {
  const { components } = orThrow(await inventoryImage(makeImage([layer])));
  return components.flatMap(({ purl, dependsOn }) =>
    dependsOn.map((to) => `${purl} ${to}`.replaceAll('pkg:npm/', '')),
  );
}

describe('D8 B2: what installed packages of npm need', () => {
  it('is the nearest package of that name, in their own folder first', async () => {
    const nested = file(
      'app/node_modules/a/node_modules/b/package.json',
      '{"name":"b","version":"2.0.0","dependencies":{"c":"*"}}',
    );
    const edges = await listEdges([
      pack('app', 'a', { b: '2' }),
      nested,
      pack('app', 'b', { '@s/d': '1', gone: '1' }),
      pack('app', 'c'),
      pack('app', '@s/d', { a: '1' }),
    ]);
    expect(edges).toEqual([
      '%40s/d@1.0.0 a@1.0.0',
      'a@1.0.0 b@2.0.0',
      'b@1.0.0 %40s/d@1.0.0',
      'b@2.0.0 c@1.0.0',
    ]);
  });

  it('is behind the links of a store, and not what another application has', async () => {
    const store = (name: string): string => `app/node_modules/.pnpm/${name}@1.0.0`;
    const edges = await listEdges([
      pack(store('a'), 'a', { b: '1' }),
      pack(store('b'), 'b'),
      link(`${store('a')}/node_modules/b`, '../../b@1.0.0/node_modules/b'),
      link('app/node_modules/a', '.pnpm/a@1.0.0/node_modules/a'),
      pack('other', 'e', { a: '1', b: '1' }),
    ]);
    expect(edges).toEqual(['a@1.0.0 b@1.0.0']);
  });

  it('is looked up in a bounded number of places, and a note says where it ends', () => {
    const files = ['a', 'b'].map((name) => {
      const path = `node_modules/${name}/package.json`;
      const text = `{"name":"${name}","version":"1.0.0","dependencies":{"a":"1","b":"1","gone":"1"}}`;
      return { path, extraction: nodeModules.extract({ path, bytes: Buffer.from(text) }) };
    });
    const list = (bytesMax: number) =>
      [...linkModules(files, () => null, bytesMax).values()].map(({ drafts, notes = [] }) => [
        drafts.flatMap(({ needs }) => needs.map((key) => key.slice(13, 14))).join(),
        notes.length,
      ]);
    // Each looks up three names in two folders: 135 letters.
    expect(list(270)).toEqual([
      ['b', 0],
      ['a', 0],
    ]);
    expect(list(269)).toEqual([
      ['b', 0],
      ['', 1],
    ]);
  });

  it('is optional and peer packages too, where they are there; no name leads out', async () => {
    const edges = await listEdges([
      pack('app', 'a', { '../../etc': '1', a: '1' }, { optionalDependencies: { o: '1', x: '1' } }),
      pack('app', 'p', {}, { peerDependencies: { a: '*', y: '1' } }),
      pack('app', 'o'),
    ]);
    expect(edges).toEqual(['a@1.0.0 o@1.0.0', 'p@1.0.0 a@1.0.0']);
  });
});
