import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeImageFromLayers, toLayerContent } from '../../../test/support/images.ts';
import { testData } from '../../../test/support/test-data.ts';
import { sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { cargo } from '../ecosystems/cargo/index.ts';
import { dpkgStatus } from '../ecosystems/debian/status.ts';
import { selectExtractors } from '../ecosystems/lookup.ts';
import { npmLock } from '../ecosystems/npm/installed/npm-lock.ts';
import { php } from '../ecosystems/php/index.ts';
import { ruby } from '../ecosystems/ruby/index.ts';
import { inventoryImage } from './inventory-image.ts';

const layers = testData('vectors/layers');
const scalibr = testData('vectors/inventory/scalibr');
const syft = testData('vectors/inventory/syft');

describe.skipIf(layers === null)('image layers from other tools', () => {
  it.each([
    ['basic', 'complete'],
    ['empty', 'complete'],
    ['single-file', 'complete'],
    ['two-files', 'complete'],
    ['multiple-files', 'complete'],
    ['overwrite-file', 'complete'],
    ['symlink-basic', 'complete'],
    ['symlink-attack', 'complete'],
    ['symlink-cycle', 'complete'],
    ['symlink-dangling', 'complete'],
    ['symlink-depth-exceeded', 'complete'],
  ])(
    '%s.tar is read to its end, and no link in it leads out of the root',
    async (name, outcome) => {
      for (const { bytes, diffId } of readLayers(readFileSync(join(layers ?? '', `${name}.tar`)))) {
        const inventory = await inventoryImage(
          makeImageFromLayers([{ content: toLayerContent(bytes), diffId }]),
        );
        expect(inventory).toMatchObject({ ok: true, value: { outcome, components: [] } });
      }
    },
  );
});

/**
 * The vectors are archives of an image (`docker save`) with one tar per layer; an empty archive is
 * itself a layer.
 */
function readLayers(
  archive: Buffer,
): readonly { readonly bytes: Buffer; readonly diffId: ReturnType<typeof sha256> }[] {
  const found: Buffer[] = [archive];
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0; ) {
    const size = Number.parseInt(archive.toString('latin1', at + 124, at + 135), 8);
    const content = archive.subarray(at + 512, at + 512 + size);
    if (content.toString('latin1', 257, 262) === 'ustar') found.push(content);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return found.map((bytes) => ({ bytes, diffId: sha256(bytes) }));
}

function filesBelow(root: string | null): readonly string[] {
  if (root === null) return [];
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((path) =>
    join(root, path),
  );
  return paths.filter((path) => statSync(path).isFile());
}

describe.skipIf(scalibr === null || syft === null)(
  'package files from other tools, whole and broken',
  () => {
    it('make an extractor throw only Failure, damaged or not', () => {
      const paths = [...filesBelow(scalibr), ...filesBelow(syft)];
      const distinct = new Map(paths.map((path) => [sha256(readFileSync(path)), path]));
      for (const file of distinct.values()) {
        const bytes = readFileSync(file);
        const damaged = [bytes.subarray(0, bytes.length / 2), bytes.subarray(7)];
        for (const { name, wants, extract } of selectExtractors('source-tree'))
          for (const text of [bytes, ...(wants(file.slice(1)) ? damaged : [])])
            onlyFailure(() => extract({ path: wantedPath(name), bytes: text }));
      }
    });

    it.each([
      [
        'packagelockjson/testdata/nested-dependencies.v1.json',
        [
          'postcss@6.0.23',
          'postcss-calc@7.0.1',
          'postcss@7.0.16',
          'supports-color@6.1.0',
          'supports-color@5.5.0',
        ],
      ],
      [
        'packagelockjson/testdata/nested-dependencies.v2.json',
        [
          'postcss@6.0.23',
          'postcss-calc@7.0.1',
          'postcss@7.0.16',
          'supports-color@6.1.0',
          'supports-color@5.5.0',
        ],
      ],
      [
        'packagelockjson/testdata/alias.v1.json',
        ['@babel/code-frame@7.0.0', 'string-width@5.1.2', 'string-width@4.2.0'],
      ],
      [
        'packagelockjson/testdata/alias.v2.json',
        ['@babel/code-frame@7.0.0', 'string-width@5.1.2', 'string-width@4.2.0'],
      ],
      [
        'packagelockjson/testdata/bundled-dependencies.v3.json',
        ['ansi-regex@6.2.2', 'semver@7.7.2', 'strip-ansi@7.1.2'],
      ],
    ])('%s gives what it locks', (path, expected) => {
      const bytes = readFileSync(join(scalibr ?? '', 'language/javascript', path));
      const { drafts, skips } = npmLock.extract({ path: 'package-lock.json', bytes });
      // These files were cut from real locks: what their packages need is missing, and named.
      const others = skips.filter(({ cause }) => !cause.message.endsWith('is not in the lock'));
      expect([drafts.map(({ name, version }) => `${name}@${version}`).sort(), others]).toEqual([
        [...expected].sort(),
        [],
      ]);
    });

    it.each([
      ['scalibr/language/dotnet/packageslockjson/testdata/valid/packages.lock.json', 8, 0, 1],
      ['syft/dotnet/testdata/packages.lock.json', 9, 0, 5],
      ['scalibr/language/dotnet/depsjson/testdata/valid', 2, 0, 1],
      ['scalibr/language/dotnet/depsjson/testdata/nopackagename', 1, 1, 0],
      ['syft/dotnet/testdata/dir-example-1/TestLibrary.deps.json', 10, 0, 6],
      ['syft/dotnet/testdata/deps-with-referenceassembly/MyApp.deps.json', 1, 0, 1],
      ['scalibr/language/dotnet/packagesconfig/testdata/valid', 2, 0, 0],
      ['scalibr/language/dotnet/packagesconfig/testdata/nopackage', 1, 1, 0],
      ['scalibr/language/dotnet/packagesconfig/testdata/noversion', 1, 1, 0],
    ])('%s gives %d packages, %d flaws and %d direct ones', (path, packages, flaws, direct) => {
      const bytes = readFileSync(join(scalibr ?? '', '..', path));
      const name = /deps/.test(path) ? 'a.deps.json' : path.slice(path.lastIndexOf('/') + 1);
      const of = path.includes('packagesconfig') ? 'packages.config' : name;
      const extractor = selectExtractors('source-tree').find(({ wants }) => wants(of));
      const read = extractor?.extract({ path: of, bytes });
      const shown = [read?.drafts.length, read?.skips.length, read?.direct?.length ?? 0];
      expect(shown).toEqual([packages, flaws, direct]);
    });

    it.each([
      ['rust/cargolock', 'many-packages.lock', cargo, 6],
      ['rust/cargolock', 'duplicate.lock', cargo, 2],
      ['rust/cargolock', 'two-packages.lock', cargo, 2],
      // The crate without a source is the project itself.
      ['rust/cargolock', 'two-packages-with-local.lock', cargo, 1],
      ['rust/cargolock', 'package-with-build-string.lock', cargo, 1],
      ['rust/cargolock', 'package-with-comments.lock', cargo, 2],
      ['ruby/gemfilelock', 'rails.lock', ruby, 46],
      ['ruby/gemfilelock', 'rubocop.lock', ruby, 10],
      ['ruby/gemfilelock', 'has-git-gem.lock', ruby, 5],
      // One gem of this lock is the project.
      ['ruby/gemfilelock', 'has-local-gem.lock', ruby, 29],
      ['ruby/gemfilelock', 'source-section-at-end.lock', ruby, 1],
      ['php/composerlock', 'drupal-packages.json', php, 4],
      ['php/composerlock', 'duplicate-packages.json', php, 3],
      ['php/composerlock', 'two-packages-alt.json', php, 2],
      ['php/composerlock', 'one-package-dev.json', php, 1],
    ])('D10 B2: %s %s gives what it locks', (folder, name, { extractors }, count) => {
      const bytes = readFileSync(join(scalibr ?? '', 'language', folder, 'testdata', name));
      const [lock] = extractors ?? [];
      const read = lock?.extract({ path: name, bytes });
      expect(new Set(read?.drafts.map(({ key }) => key)).size).toBe(count);
      const others = read?.skips.filter(({ cause }) => !cause.message.endsWith('in the lock'));
      expect(others).toEqual([]);
    });

    it('the dpkg database of osv-scalibr gives its seven packages with their sources', () => {
      const bytes = readFileSync(join(scalibr ?? '', 'os/dpkg/testdata/dpkg/valid'));
      const { drafts, skips } = dpkgStatus.extract({ path: 'var/lib/dpkg/status', bytes });
      expect([drafts.length, skips]).toEqual([7, []]);
      expect(drafts.find(({ name }) => name === 'libacl1')?.source).toEqual({
        name: 'acl',
        version: '2.3.1-3',
      });
    });
  },
);

function onlyFailure(work: () => unknown): void {
  try {
    work();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Failure);
  }
}

/** A path at which an extractor reads the file. */
function wantedPath(name: string): string {
  if (name === 'dpkg') return 'var/lib/dpkg/status';
  if (name === 'python-lock') return 'uv.lock';
  if (name === 'python-manifest') return 'pyproject.toml';
  if (name === 'dpkg-copyright') return 'usr/share/doc/x/copyright';
  return name === 'node-modules' ? 'node_modules/x/package.json' : 'x';
}

describe('every extractor', () => {
  it('throws only Failure for any bytes', () => {
    const extractors = selectExtractors('source-tree');
    const json = fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text));
    const lock = fc
      .dictionary(
        fc.constantFrom('', 'node_modules/a', 'a', '__proto__', 'node_modules/@x/y'),
        fc.jsonValue({ maxDepth: 3 }),
      )
      .map((packages) =>
        Buffer.from(JSON.stringify({ lockfileVersion: 3, packages, dependencies: packages })),
      );
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), json, lock), (bytes) => {
        for (const extractor of extractors)
          onlyFailure(() => extractor.extract({ path: wantedPath(extractor.name), bytes }));
      }),
      { numRuns: 150 }, // test/long/fuzz has more
    );
  });
});
