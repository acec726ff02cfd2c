// docs/adr/0006-what-a-release-is.md
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildComponentSet, type MemberComponent } from '../../src/capabilities/graph/index.ts';
import { inventoryImage } from '../../src/capabilities/inventory/index.ts';
import { sha256 } from '../../src/core/digest.ts';
import { toCanonicalPurl } from '../../src/core/purl.ts';
import { orThrow } from '../../src/core/result.ts';
import type { TarItem } from '../../tools/image/tar.ts';
import { file, makeImage } from '../support/images.ts';

const component = (name: string, changes: Partial<MemberComponent> = {}): MemberComponent => ({
  purl: orThrow(toCanonicalPurl(`pkg:npm/${name}@1.0.0`)),
  name,
  version: '1.0.0',
  source: null,
  locations: [`node_modules/${name}/package.json`],
  layer: null,
  development: false,
  ...changes,
});
const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,4}$/), { maxLength: 10 });

describe('foundation 6: a component set', () => {
  it('is the same in any order, and with repeated components', () => {
    fc.assert(
      fc.property(names, fc.nat(), (all, turn) => {
        const components = all.map((name) => component(name));
        const turned = [
          ...components.slice(turn % (all.length || 1)),
          ...components.slice(0, turn % (all.length || 1)),
        ];
        const { digest, members } = buildComponentSet(components);
        expect(buildComponentSet(turned).digest).toBe(digest);
        expect(buildComponentSet([...components, ...turned]).digest).toBe(digest);
        expect(members).toHaveLength(all.length);
      }),
    );
  });

  it('differs when one component differs or is in another layer', () => {
    fc.assert(
      fc.property(names, (all) => {
        const components = all.map((name) => component(name));
        const { digest } = buildComponentSet(components);
        expect(buildComponentSet([...components, component('addition')]).digest).not.toBe(digest);
        const [first] = components;
        if (first === undefined) return;
        expect(buildComponentSet(components.slice(1)).digest).not.toBe(digest);
        expect(
          buildComponentSet([{ ...first, layer: sha256('layer') }, ...components.slice(1)]).digest,
        ).not.toBe(digest);
      }),
    );
  });
});

describe('foundation 6: what an image consists of', () => {
  const OS = file('etc/os-release', 'ID=debian\nVERSION_ID="12"\n');
  const dpkg = (packages: readonly string[]): TarItem =>
    file(
      'var/lib/dpkg/status',
      packages
        .map(
          (name) =>
            `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n`,
        )
        .join(''),
    );

  it('is the package database after the last layer, never the union of the layers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(names, { minLength: 1, maxLength: 4 }), async (layers) => {
        const image = makeImage(
          layers.map((packages, at) => (at === 0 ? [OS, dpkg(packages)] : [dpkg(packages)])),
        );
        const { components } = orThrow(await inventoryImage(image));
        expect(components.map(({ name }) => name)).toEqual([...(layers.at(-1) ?? [])].sort());
      }),
      { numRuns: 25 },
    );
  });
});
