import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openFileTree } from '../../src/adapters/filesystem/index.ts';
import { openGit } from '../../src/adapters/git/index.ts';
import type { Component, Inventory } from '../../src/capabilities/ecosystems/index.ts';
import {
  inventoryImage,
  inventoryTree,
  readSbom,
  writeCycloneDx,
  writeSpdx,
} from '../../src/capabilities/inventory/index.ts';
import { toInstant } from '../../src/core/instant.ts';
import { orThrow } from '../../src/core/result.ts';
import type { TarItem } from '../../tools/image/tar.ts';
import { debianBase, nodeApplication, springBoot } from '../support/app-images.ts';
import { packElf } from '../support/elf.ts';
import { packGoProgram } from '../support/go-program.ts';
import { file, makeImage } from '../support/images.ts';
import { dotnetApplication, dotnetRuntime, ownNode, ownPython } from '../support/own-runtimes.ts';
import { AUDITABLE } from '../support/rust-program.ts';
import { makeSourceRepository } from '../support/source-repository.ts';

const GO = packGoProgram({
  modules: 'path\texample.com/a\ndep\tgolang.org/x/net\tv0.45.0\th1:A=\n',
});
const RUST = packElf({
  sections: [
    { name: '.dep-v0', content: deflateSync(JSON.stringify(AUDITABLE)).toString('latin1') },
  ],
  writable: 'x',
});
const GEM = 'Gem::Specification.new do |s|\n  s.name = "rack"\n  s.version = "3.2.1"\nend\n';
const toJson = (value: object): string => `${JSON.stringify(value)}\n`;

/** An image as no team builds it: each layer has packages of some ecosystems. */
const LAYERS: readonly (readonly TarItem[])[] = [
  [...debianBase('openjdk-17-jre-headless'), ...springBoot()],
  [...nodeApplication(), ...ownNode(), ...ownPython()],
  [...dotnetRuntime('10.0.0'), ...dotnetApplication('Dapper', '2.1.66')],
  [
    file('usr/local/bin/gateway', GO, 0o755),
    file('usr/local/bin/search', RUST, 0o755),
    file('usr/local/bundle/specifications/rack-3.2.1.gemspec', GEM),
    file(
      'srv/www/vendor/composer/installed.json',
      toJson({ packages: [{ name: 'psr/log', version: '3.0.2', license: ['MIT'] }], dev: false }),
    ),
    file(
      'opt/conda/conda-meta/zlib-1.3.1.json',
      toJson({ name: 'zlib', version: '1.3.1', depends: [], files: [] }),
    ),
    file('usr/lib/R/library/rlang/DESCRIPTION', 'Package: rlang\nVersion: 1.1.6\nBuilt: R 4.5\n'),
    file('srv/brew/Cellar/jq/1.8.1/INSTALL_RECEIPT.json', toJson({ source: { tap: 'a/b' } })),
  ],
];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-twelve-'));
  for (const { path, content = '', mode = 0o644 } of LAYERS.flat()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content, { mode });
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What has to be the same; the layer is known of an image alone. */
function tell({ components, outcome, skips, unexplained, os }: Inventory) {
  const plain = components.map(({ layer: _, ...rest }: Component) => rest);
  const places = skips.map(({ location }) => location);
  return { plain, outcome, places, unexplained, os };
}

/** A document is read by its package URLs, which write some names in lower case. */
function foldNames({ components, ...rest }: Inventory): Inventory {
  return {
    ...rest,
    components: components.map((one) => ({ ...one, name: one.name.toLowerCase() })),
  };
}

const readType = ({ purl }: Component): string => purl.slice(4, purl.indexOf('/'));

it('B15 I3: an image of twelve ecosystems, its root, git tree and SBOMs say the same', async () => {
  const image = orThrow(await inventoryImage(makeImage(LAYERS)));
  const types = new Set(image.components.map(readType));
  expect([...types].sort()).toEqual(
    [
      'brew',
      'cargo',
      'composer',
      'conda',
      'cran',
      'deb',
      'gem',
      'generic',
      'golang',
      'maven',
    ].concat('npm', 'nuget', 'pypi'),
  );
  const expected = tell(image);
  const options = { target: 'root-file-system' } as const;
  expect(tell(await inventoryTree(orThrow(openFileTree(folder)), 'x', options))).toEqual(expected);

  makeSourceRepository(mkdirInside('.bare'), 'https://git.example.com/a');
  const env = { PATH: process.env['PATH'], HOME: join(folder, '.bare') };
  const git = (...words: readonly string[]): string =>
    execFileSync(
      'git',
      ['--git-dir', join(folder, '.bare/.git'), '--work-tree', folder, ...words],
      {
        encoding: 'utf8',
        env,
      },
    ).trim();
  git('add', '--all', '--force', '--', '.', ':!.bare');
  git('-c', 'user.name=A', '-c', 'user.email=a@example.com', 'commit', '--quiet', '-m', 'root');
  const repository = orThrow(await openGit(join(folder, '.bare'), env));
  try {
    const tree = repository.openTree(git('rev-parse', 'HEAD'));
    expect(tell(await inventoryTree(tree, 'x', options))).toEqual(expected);
  } finally {
    repository.close();
  }

  for (const write of [writeSpdx, writeCycloneDx]) {
    const made = write(image, { at: toInstant(0), tool: { name: 'waybill', version: '1' } });
    const { inventory } = orThrow(readSbom(made));
    expect(tell(foldNames(inventory))).toEqual(tell(foldNames(image)));
    expect(inventory.components.map(({ layer }) => layer)).toEqual(
      image.components.map(({ layer }) => layer),
    );
  }
});

function mkdirInside(name: string): string {
  mkdirSync(join(folder, name));
  return join(folder, name);
}
