import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFileTree } from '../../src/adapters/filesystem/index.ts';
import {
  inventoryTree,
  readSbom,
  writeCycloneDx,
  writeSpdx,
} from '../../src/capabilities/inventory/index.ts';
import { identifyPackage } from '../../src/capabilities/inventory/sbom/package-identity.ts';
import { toInstant } from '../../src/core/instant.ts';
import { orThrow } from '../../src/core/result.ts';
import { packLayer } from '../../tools/image/layer.ts';
import { writeLayout } from '../../tools/image/layout.ts';
import { packZip } from '../support/pack-zip.ts';
import { peer } from '../support/peer.ts';

const scalibr = peer('scalibr-reader');
const grype = peer('grype-reader');

/** A small root file system: versions with an epoch, sources of another name, a scope. */
const installed = (name: string, version: string, source: string): string =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nSource: ${source}\n` +
  `Version: ${version}\nMaintainer: A <a@example.com>\n`;
const FILES: Readonly<Record<string, string>> = {
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n',
  'var/lib/dpkg/status': [
    installed('libssl3', '3.0.11-1~deb12u2', 'openssl'),
    installed('bsdutils', '1:2.38.1-5', 'util-linux (2.38.1-5)'),
    installed('g++', '4:12.2.0-3', 'gcc-defaults (1.203)'),
  ].join('\n'),
  'app/node_modules/left/package.json': '{"name":"left","version":"1.0.0"}',
  'app/node_modules/@scope/right/package.json': '{"name":"@scope/right","version":"2.0.0+b.1"}',
};

const folder = mkdtempSync(join(tmpdir(), 'waybill-readers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (path: string, text: string | Uint8Array): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};

beforeAll(async () => {
  for (const [path, text] of Object.entries(FILES)) write(`root/${path}`, text);
  const coordinates = 'groupId=org.apache.logging.log4j\nartifactId=log4j-core\nversion=2.14.1\n';
  const place = 'META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties';
  const jar = packZip([
    // Without a manifest, an archive is none for Syft.
    { name: 'META-INF/MANIFEST.MF', text: 'Manifest-Version: 1.0\n' },
    { name: place, text: coordinates },
    { name: 'org/apache/A.class', text: 'x' },
  ]);
  write('root/opt/log4j-core-2.14.1.jar', jar);
  const tree = orThrow(openFileTree(join(folder, 'root')));
  const inventory = await inventoryTree(tree, 'root', { target: 'root-file-system' });
  const layer = packLayer([
    ...Object.entries(FILES).map(([path, content]) => ({ path, content })),
    { path: 'opt/log4j-core-2.14.1.jar', content: jar },
  ]);
  await writeLayout(join(folder, 'image'), { layers: [layer], tag: '1' });
  const options = { at: toInstant(0), tool: { name: 'waybill', version: '0' } } as const;
  write('cyclonedx/ours.cdx.json', Buffer.from(writeCycloneDx(inventory, options)).toString());
  write('spdx/ours.spdx.json', Buffer.from(writeSpdx(inventory, options)).toString());
});

interface NamedPackage {
  readonly purl: string;
  readonly source: string;
}

/** The packages as one rule names them: their identity, and their source with its version. */
function identify(purls: readonly string[]): readonly NamedPackage[] {
  const listed = purls.map((text) => {
    const identity = identifyPackage(text);
    const { name, version } = identity?.source ?? { name: '', version: '' };
    return { purl: identity?.purl ?? `not a package URL: ${text}`, source: `${name} ${version}` };
  });
  return listed.sort((one, other) => (one.purl < other.purl ? -1 : 1));
}

describe.skipIf(scalibr === null)('truth A17, A22: SCALIBR', () => {
  const scan = (part: string): Buffer =>
    execFileSync(scalibr ?? '', [join(folder, part)], { stdio: ['ignore', 'pipe', 'ignore'] });
  const listPurls = (document: Buffer): readonly string[] => {
    const { components = [] } = JSON.parse(document.toString()) as {
      readonly components?: readonly { readonly purl?: string }[];
    };
    return components.flatMap(({ purl }) => purl ?? []);
  };

  it.each(['cyclonedx', 'spdx'])('finds in our %s what it finds itself', (form) => {
    const own = identify(listPurls(scan('root')));
    expect(own).toHaveLength(6);
    expect(identify(listPurls(scan(form)))).toEqual(own);
  });

  it('writes a document in which we find what we find ourselves', () => {
    const theirs = orThrow(readSbom(scan('root'))).inventory.components;
    const ours = orThrow(readSbom(readFileSync(join(folder, 'cyclonedx/ours.cdx.json'))));
    const plain = (all: typeof theirs) => all.map(({ purl, source }) => ({ purl, source }));
    expect(plain(theirs)).toEqual(plain(ours.inventory.components));
  });
});

describe.skipIf(grype === null)('truth A17, A22: Grype', () => {
  /** What it looks up of an image or of a document: that decides what it finds. */
  function listLookups(target: string): readonly string[] {
    const lines = execFileSync(grype ?? '', [target])
      .toString()
      .trim()
      .split('\n');
    const found = lines.map((line) => JSON.parse(line) as GrypePackage);
    return found
      .filter(({ type }) => ['deb', 'npm', 'java-archive'].includes(type))
      .map(({ names, version, type, distro, upstreams }) =>
        [type, ...names, version, distro, ...upstreams].join(' '),
      )
      .sort();
  }

  it.each([
    ['CycloneDX', 'cyclonedx/ours.cdx.json'],
    ['SPDX', 'spdx/ours.spdx.json'],
  ])('looks up of our %s what it looks up of the image', (_, document) => {
    const own = listLookups(`oci-dir:${join(folder, 'image')}`);
    expect(own).toHaveLength(6);
    expect(listLookups(`sbom:${join(folder, document)}`)).toEqual(own);
  });
});

interface GrypePackage {
  /** Those that it looks up in its database. */
  readonly names: readonly string[];
  readonly version: string;
  readonly type: string;
  readonly distro: string;
  readonly upstreams: readonly string[];
}
