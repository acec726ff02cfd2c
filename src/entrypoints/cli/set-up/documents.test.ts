import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../capabilities/policy/index.ts';
import { orThrow } from '../../../core/result.ts';
import { loadConfig } from '../../config/config.ts';
import { isName } from './cluster-context.ts';
import { formatConfigDocument, formatPolicyDocument } from './documents.ts';
import { listRegistryPlaces } from './registry-places.ts';
import type { LocatedImage } from './survey-result.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-documents-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hostile = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom(
    'a\n  - "evil.example.com"',
    "'\nmode: enforce",
    '"\n}',
    '# x',
    ': ',
    '\u2028mode: enforce',
    '\ud800',
    '$&',
    "$'",
    '*',
    '&a',
    '!!js',
    '\u0000',
    '\ufeff',
    '{{',
    'a\rb',
  ),
);
const image = fc.oneof(
  hostile,
  fc.constantFrom('registry.example.com/shop/trips:1', 'localhost/a', 'nginx', '[::1]:5000/a/b'),
);
const found = fc.record({ value: image, place: hostile });
const NOTHING = { ecosystems: [], ci: [], environments: [], unknown: [] };

describe('What init writes', () => {
  it('D17, I7: loads in every gate and only observes, for any content and file names', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(found, { maxLength: 8 }),
        fc.array(found, { maxLength: 4 }),
        hostile,
        hostile,
        async (runs, bases, context, place) => {
          const images: LocatedImage[] = [
            ...runs.map((one) => ({ ...one, use: 'runs' as const })),
            ...bases.map((one) => ({ ...one, use: 'base' as const })),
          ];
          const places = listRegistryPlaces({
            ...NOTHING,
            images,
            registries: runs,
            componentRegistries: bases,
          });
          const cluster = isName(context) ? { value: context, place } : null;
          const written = {
            policyFile: 'waybill-policy.yaml',
            cluster,
            images: places.images.slice(0, 2),
            components: [],
            found: { images: places.images, components: places.components },
          };
          const policy = orThrow(parsePolicy(formatPolicyDocument(written)));
          expect(new Set(Object.values(policy.modes))).toEqual(new Set(['observe']));
          expect(policy.parameters.values['allowedRegistries']).toEqual(
            written.images.map(({ value }) => value),
          );
          expect(policy.parameters.values['allowedComponentRegistries']).toEqual([]);
          const file = join(folder, 'waybill.yaml');
          writeFileSync(file, formatConfigDocument(written));
          expect(await loadConfig({ config: file }, {}, folder)).toMatchObject({
            cluster: cluster?.value ?? 'default',
            policy: join(folder, 'waybill-policy.yaml'),
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('shows where each value was found, and that a missing value is unknown', () => {
    const written = {
      policyFile: 'p.yaml',
      cluster: null,
      images: [{ value: 'registry.example.com', place: 'k8s/a.yaml:3' }],
      components: [],
      found: { images: [], components: [{ value: 'npm.example.com', place: '.npmrc:1' }] },
    };
    expect(formatPolicyDocument(written)).toContain(
      '    - "registry.example.com" # k8s/a.yaml:3\n',
    );
    expect(formatPolicyDocument(written)).toContain(
      '  #   - "npm.example.com" # .npmrc:1\n  allowedComponentRegistries: []',
    );
    const empty = { ...written, images: [], found: { images: [], components: [] } };
    expect(formatPolicyDocument(empty)).toContain(
      '  # Unknown: no file here names one.\n  allowedRegistries: []',
    );
    expect(formatConfigDocument(written)).toContain('is unknown here');
  });

  it.each([
    ['picture.png', []],
    ['static/picture.png', []],
    ['nginx', []],
    ['./local/image', []],
    ['registry.example.com/shop/trips:1', ['registry.example.com/shop']],
    ['localhost/shop/trips', ['localhost/shop']],
  ])('names a registry only where the file does: image: %s', (value, expected) => {
    const images = [{ value, place: 'page.yaml:1', use: 'runs' as const }];
    const found = listRegistryPlaces({
      ...NOTHING,
      images,
      registries: [],
      componentRegistries: [],
    });
    expect(found.images.map((one) => one.value)).toEqual(expected);
    expect(found.unknown.length).toBe(expected.length === 0 ? 1 : 0);
  });
});
