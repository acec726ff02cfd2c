import { createHash } from 'node:crypto';
import type { BuiltCommit } from '../image/checkout.ts';
import { deterministicGzip } from '../image/layer.ts';
import { packTar, type TarItem } from '../image/tar.ts';

export interface DebianContent {
  readonly executable: Uint8Array;
  /** The notices of everything in the executable. */
  readonly licences: string;
  /** The completion of bash. */
  readonly completion: string;
  readonly homepage: string;
}

interface InstalledFile {
  readonly path: string;
  readonly content: Uint8Array;
  readonly mode?: number;
}

/** `1.0.0-rc.1` comes before `1.0.0` for dpkg when it is written `1.0.0~rc.1` (deb-version(7)). */
export const toDebianVersion = (version: string): string => version.replace('-', '~');

/**
 * Makes the Debian package of the executable (deb(5)): its times are that of the commit, so equal
 * commits give equal bytes (D9).
 */
export function packDebian(
  { version, epoch }: Pick<BuiltCommit, 'version' | 'epoch'>,
  content: DebianContent,
): Uint8Array {
  const files: readonly InstalledFile[] = [
    { path: 'usr/bin/waybill', content: content.executable, mode: 0o755 },
    {
      path: 'usr/share/bash-completion/completions/waybill',
      content: Buffer.from(content.completion),
    },
    { path: 'usr/share/doc/waybill/copyright', content: Buffer.from(formatCopyright(content)) },
    { path: 'usr/share/doc/waybill/licences.txt', content: Buffer.from(content.licences) },
  ];
  const sums = files.map(({ path, content: bytes }) => `${computeMd5(bytes)}  ${path}\n`).join('');
  const control = [
    { path: 'control', content: Buffer.from(formatControl(version, files, content.homepage)) },
    { path: 'md5sums', content: Buffer.from(sums) },
  ];
  return packAr(epoch, [
    ['debian-binary', Buffer.from('2.0\n')],
    ['control.tar.gz', packFiles(control, epoch)],
    ['data.tar.gz', packFiles(files, epoch)],
  ]);
}

/** dpkg compares these sums to find damage (deb-md5sums(5)); they prove nothing. */
function computeMd5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

/** deb-control(5). The executable needs the libraries of Node.js. */
function formatControl(version: string, files: readonly InstalledFile[], homepage: string): string {
  const bytes = files.reduce((sum, { content }) => sum + content.length, 0);
  return [
    'Package: waybill',
    `Version: ${toDebianVersion(version)}`,
    'Architecture: amd64',
    'Maintainer: Waybill <packages@waybill.dev>',
    `Installed-Size: ${Math.ceil(bytes / 1_024)}`,
    'Depends: libc6 (>= 2.28), libstdc++6',
    'Recommends: git',
    'Section: utils',
    'Priority: optional',
    `Homepage: ${homepage}`,
    'Description: signed waybill for every container release, and a gate for it',
    ' Signs and verifies releases in the forms of the Notary Project and sigstore,',
    ' makes and scans inventories, and lets only what is proven run in Kubernetes.',
    '',
  ].join('\n');
}

/** The machine-readable form 1.0; what is bundled has its notices in a file beside it. */
function formatCopyright({ homepage }: DebianContent): string {
  return [
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/',
    'Upstream-Name: waybill',
    `Source: ${homepage}`,
    'Comment: the parts of the program have their notices in licences.txt beside this file',
    '',
    'Files: *',
    'Copyright: the authors of Waybill',
    'License: Apache-2.0',
    ' On Debian systems, the text of the Apache License 2.0 is in',
    ' /usr/share/common-licenses/Apache-2.0.',
    '',
  ].join('\n');
}

function packFiles(files: readonly InstalledFile[], epoch: number): Uint8Array {
  const parents = new Set(files.flatMap(({ path }) => listParents(path)));
  const same = { uid: 0, gid: 0, mtime: epoch };
  const folders = ['', ...[...parents].sort()].map(
    (path): TarItem => ({ ...same, path: `./${path}`, flag: '5', mode: 0o755 }),
  );
  const items = files.map(
    ({ path, content, mode = 0o644 }): TarItem => ({ ...same, path: `./${path}`, content, mode }),
  );
  return deterministicGzip(packTar([...folders, ...items]));
}

function listParents(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, at) => `${parts.slice(0, at + 1).join('/')}/`);
}

/** The common form of ar(5): names of up to 16 characters, each member at an even place. */
function packAr(epoch: number, members: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const packed = members.flatMap(([name, bytes]) => {
    const header = [
      ...[name.padEnd(16), String(epoch).padEnd(12), '0'.padEnd(6), '0'.padEnd(6)],
      ...['100644'.padEnd(8), String(bytes.length).padEnd(10), '`\n'],
    ];
    return [Buffer.from(header.join('')), bytes, Buffer.alloc(bytes.length % 2, '\n')];
  });
  return Buffer.concat([Buffer.from('!<arch>\n'), ...packed]);
}
