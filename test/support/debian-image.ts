import { gzipSync } from 'node:zlib';
import {
  buildImageManifest,
  type Content,
  OCI_CONFIG,
  toContent,
} from '../../src/capabilities/registry/index.ts';
import { sha256 } from '../../src/core/digest.ts';
import { packTar, type TarItem } from '../../tools/image/tar.ts';
import { file } from './images.ts';

const OCI_LAYER_GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip';

export interface Package {
  readonly name: string;
  readonly version: string;
}

export interface BuiltImage {
  readonly manifest: Content;
  readonly blobs: readonly Content[];
}

/** A Debian 12 image of one layer, as small as a package database, with other files. */
export function debianImage(
  packages: readonly Package[],
  licence: string | null = 'MIT',
  architecture = 'amd64',
  others: readonly TarItem[] = [],
): BuiltImage {
  const status = packages.map(({ name, version }) =>
    [
      `Package: ${name}`,
      'Status: install ok installed',
      'Maintainer: Shop <shop@example.com>',
      `Architecture: ${architecture}`,
      `Version: ${version}`,
      'Description: x',
      '',
    ].join('\n'),
  );
  const items: TarItem[] = [
    file('etc/os-release', 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n'),
    file('var/lib/dpkg/status', `${status.join('\n')}\n`),
    ...(licence === null
      ? []
      : packages.map(({ name }) => file(`usr/share/doc/${name}/copyright`, copyright(licence)))),
    ...others,
  ];
  return buildOneLayerImage(items, architecture);
}

/** An image of one layer. */
export function buildOneLayerImage(items: readonly TarItem[], architecture = 'amd64'): BuiltImage {
  const tar = packTar(items);
  const layer = toContent(OCI_LAYER_GZIP, gzipSync(tar));
  const config = {
    architecture,
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [sha256(tar)] },
    config: {},
  };
  const configContent = toContent(OCI_CONFIG, Buffer.from(JSON.stringify(config)));
  const manifest = buildImageManifest({
    config: configContent.descriptor,
    layers: [layer.descriptor],
  });
  return { manifest, blobs: [configContent, layer] };
}

function copyright(licence: string): string {
  return (
    `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: ` +
    `*\nCopyright: Shop\nLicense: ${licence}\n`
  );
}
