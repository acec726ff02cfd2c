import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LayerFile, packLayer } from '../tools/image/layer.ts';
import { writeLayout } from '../tools/image/layout.ts';

export interface Recipe {
  /** A clone of the repository at the commit that is built. */
  readonly checkout: string;
  readonly service: string;
  /** List of the base's packages, in the repository. */
  readonly base: string;
  /** Time of the commit, in seconds since 1970. Every file of the image has this time. */
  readonly epoch: number;
  readonly layout: string;
  readonly tag: string;
}

/**
 * Builds an image of two layers. It has only what an inventory reads: the package database of
 * Debian, installed npm packages and jars. Nothing in it runs. Equal commits give equal digests.
 * Returns the digest.
 */
export async function buildImage({
  checkout,
  service,
  base,
  epoch,
  layout,
  tag,
}: Recipe): Promise<string> {
  const packages = readFileSync(join(checkout, base), 'utf8').trim().split('\n');
  const layers = [
    { ...packLayer(debianFiles(packages), { epoch }), createdBy: base },
    { ...packLayer(appFiles(checkout, service), { epoch }), createdBy: service },
  ];
  const config = {
    User: '65532',
    WorkingDir: '/app',
    Labels: { 'org.opencontainers.image.title': service },
  };
  return (await writeLayout(layout, { layers, config, epoch, tag })).manifest.descriptor.digest;
}

/** The files that dpkg writes: each installed package with its version and licence. */
function debianFiles(packages: readonly string[]): readonly LayerFile[] {
  const fields = packages.map((line) => line.split(' '));
  const status = fields.map(
    ([name, version]) =>
      `Package: ${name}\nStatus: install ok installed\nMaintainer: Shop ` +
      `<shop@example.com>\nArchitecture: amd64\nVersion: ${version}\nDescription: ${name}\n`,
  );
  return [
    {
      path: 'etc/os-release',
      content: 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    },
    { path: 'var/lib/dpkg/status', content: `${status.join('\n')}\n` },
    ...fields.map(([name, , licence]) => ({
      path: `usr/share/doc/${name}/copyright`,
      content:
        `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: ` +
        `*\nCopyright: its authors\nLicense: ${licence}\n`,
    })),
  ];
}

/** The service's files, and its npm packages as its lock file names them. */
function appFiles(checkout: string, service: string): readonly LayerFile[] {
  const folder = join(checkout, service);
  const paths = globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'Dockerfile')
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    );
  const own = paths.map((path) => ({
    path: `app/${path}`,
    content: readFileSync(join(folder, path)),
  }));
  return [
    ...own,
    ...(paths.includes('package-lock.json') ? installed(join(folder, 'package-lock.json')) : []),
  ];
}

interface PackageLock {
  readonly packages: Readonly<
    Record<string, { readonly version: string; readonly license: string }>
  >;
}

function installed(lock: string): readonly LayerFile[] {
  const { packages } = JSON.parse(readFileSync(lock, 'utf8')) as PackageLock;
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, { version, license }]) => ({
      path: `app/${path}/package.json`,
      content: `${JSON.stringify({ name: path.replace(/^.*node_modules\//, ''), version, license })}\n`,
    }));
}
