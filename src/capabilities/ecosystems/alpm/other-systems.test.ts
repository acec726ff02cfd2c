import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Files, makeTree } from '../../../../test/support/images.ts';
import { sha256, takeHex } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { inventoryTree } from '../../inventory/inventory-tree.ts';
import type { Inventory } from '../component.ts';
import { chiselManifest } from '../debian/chisel.ts';
import type { Extractor } from '../extractor.ts';
import { opkgFiles, opkgStatus } from '../opkg/status.ts';
import { portageContents, portageLicence, portagePackage } from '../portage/installed.ts';
import { pacmanFiles, pacmanPackage } from './local-database.ts';

const rootfs = (files: Files): Promise<Inventory> =>
  inventoryTree(makeTree(files), '/', { target: 'root-file-system' });
const PROGRAM = '\x7fELF\x02\x01\x01\0 a program';
const SHA = takeHex(sha256(Buffer.from(PROGRAM)));
const MD5 = 'd41d8cd98f00b204e9800998ecf8427e';
const summarize = ({ outcome, components }: Inventory): unknown => [
  outcome,
  components.map(({ purl, licenses, source }) => [purl, licenses, source?.name ?? null]),
];

const BASH = 'var/lib/pacman/local/bash-5.2.026-2';
const ARCH: Files = {
  'etc/os-release': 'ID=arch\nPRETTY_NAME="Arch Linux"\n',
  [`${BASH}/desc`]:
    '%NAME%\nbash\n\n%VERSION%\n5.2.026-2\n\n%BASE%\nbash\n\n%ARCH%\nx86_64\n\n' +
    '%LICENSE%\nGPL-3.0-or-later\ncustom:x\n\n%PACKAGER%\nA <a@archlinux.org>\n',
  [`${BASH}/files`]: '%FILES%\nusr/\nusr/bin/\nusr/bin/bash\n\n%BACKUP%\netc/bash.bashrc\tx\n',
  [`${BASH}/mtree`]: gzipSync(
    `#mtree\n/set type=file uid=0\n./usr/bin/bash time=1.0 size=9 sha256digest=${SHA}\n`,
  ),
};
const GENTOO: Files = {
  'etc/os-release': 'ID=gentoo\nVERSION_ID=2.14\n',
  'var/db/pkg/x11-libs/gtk+-2.24.33-r2/PF': 'gtk+-2.24.33-r2\n',
  'var/db/pkg/x11-libs/gtk+-2.24.33-r2/LICENSE': 'LGPL-2+\n',
  'var/db/pkg/x11-libs/gtk+-2.24.33-r2/CONTENTS': `dir /usr\nobj /usr/lib/libgtk.so.0 ${MD5} 1\nsym /usr/lib/libgtk.so -> libgtk.so.0 1\n`,
};
const OPENWRT: Files = {
  'etc/os-release': 'ID="openwrt"\nVERSION_ID="23.05.3"\n',
  'usr/lib/opkg/status':
    'Package: libc\nVersion: 1.2.4-4\nStatus: install user installed\nArchitecture: x86_64\n\n' +
    'Package: busybox\nVersion: 1.36.1-1\nDepends: libc\nStatus: install user installed\n' +
    'Architecture: x86_64\n\nPackage: gone\nVersion: 1\nStatus: deinstall ok not-installed\n',
  'usr/lib/opkg/info/busybox.list': '/bin/busybox\n/bin/sh\t/bin/busybox\n',
  'bin/busybox': PROGRAM,
};
const WALL = [
  '{"jsonwall":"1.0","schema":"1.0","count":4}',
  `{"kind":"package","name":"openssl","version":"3.0.13-0ubuntu3","sha256":"${'a'.repeat(64)}","arch":"amd64"}`,
  '{"kind":"slice","name":"openssl_bins"}',
  `{"kind":"path","path":"/usr/bin/openssl","mode":"0755","slices":["openssl_bins"],"sha256":"${SHA}","size":9}`,
  '{"kind":"path","path":"/usr/","mode":"0755","slices":["openssl_bins"]}',
].join('\n');
const CHISEL: Files = {
  'etc/os-release': 'ID=ubuntu\nVERSION_ID="24.04"\n',
  'var/lib/chisel/manifest.wall': zstdCompressSync(Buffer.from(`${WALL}\n`)),
  'usr/bin/openssl': PROGRAM,
};

describe('B2 B15: package databases of other systems', () => {
  it('pacman, with the files of a package by their digests', async () => {
    const owned = await rootfs({ ...ARCH, 'usr/bin/bash': PROGRAM });
    expect(summarize(owned)).toEqual([
      'complete',
      [
        [
          'pkg:alpm/arch/bash@5.2.026-2?arch=x86_64&distro=arch',
          ['GPL-3.0-or-later', 'LicenseRef-alpm-custom-x'],
          'bash',
        ],
      ],
    ]);
    expect((await rootfs({ ...ARCH, 'usr/bin/bash': `${PROGRAM}!` })).outcome).toBe('partial');
  });

  it('Portage, whose packages are named by category', async () => {
    expect(summarize(await rootfs({ ...GENTOO, 'usr/lib/libgtk.so.0': '' }))).toEqual([
      'complete',
      [['pkg:ebuild/x11-libs/gtk%2B@2.24.33-r2?distro=gentoo-2.14', ['LGPL-2.0-or-later'], null]],
    ]);
    const bad = await rootfs({ ...GENTOO, 'var/db/pkg/x11-libs/gtk/PF': 'gtk' });
    expect([bad.outcome, bad.components.length]).toEqual(['partial', 1]);
  });

  it('opkg, in the format of dpkg', async () => {
    const inventory = await rootfs(OPENWRT);
    expect(summarize(inventory)).toEqual([
      'complete',
      [
        ['pkg:opkg/openwrt/busybox@1.36.1-1?arch=x86_64&distro=openwrt-23.05.3', [], null],
        ['pkg:opkg/openwrt/libc@1.2.4-4?arch=x86_64&distro=openwrt-23.05.3', [], null],
      ],
    ]);
    expect(inventory.components[0]?.dependsOn).toEqual([inventory.components[1]?.purl]);
  });

  it('chisel, whose packages are those of Ubuntu, with their files', async () => {
    const inventory = await rootfs(CHISEL);
    expect(summarize(inventory)).toEqual([
      'complete',
      [['pkg:deb/ubuntu/openssl@3.0.13-0ubuntu3?arch=amd64&distro=ubuntu-24.04', [], null]],
    ]);
    expect(inventory.components[0]?.hashes).toEqual({ sha256: 'a'.repeat(64) });
    expect((await rootfs({ ...CHISEL, 'usr/bin/openssl': `${PROGRAM}!` })).outcome).toBe('partial');
    const cut = zstdCompressSync(Buffer.from(WALL)).subarray(0, 40);
    expect((await rootfs({ ...CHISEL, 'var/lib/chisel/manifest.wall': cut })).outcome).toBe(
      'partial',
    );
  });

  const READERS: readonly (readonly [Extractor, string, string | Uint8Array])[] = [
    [pacmanPackage, `${BASH}/desc`, '%NAME%\na\n\n%VERSION%\n1\n'],
    [pacmanFiles, `${BASH}/files`, '%FILES%\na\n'],
    [pacmanFiles, `${BASH}/mtree`, gzipSync('./a sha256digest=')],
    [portagePackage, 'var/db/pkg/a/b-1/PF', 'b-1'],
    [portageContents, 'var/db/pkg/a/b-1/CONTENTS', `obj /a ${MD5} 1\n`],
    [portageLicence, 'var/db/pkg/a/b-1/LICENSE', 'GPL-2'],
    [opkgStatus, 'usr/lib/opkg/status', 'Package: a\nVersion: 1\nStatus: a b installed\n'],
    [opkgFiles, 'usr/lib/opkg/info/a.list', '/a\n'],
    [chiselManifest, 'var/lib/chisel/manifest.wall', zstdCompressSync(Buffer.from(WALL))],
  ];

  it.each(READERS)(
    '%o gives a result or a Failure for any bytes',
    ({ wants, extract }, path, sample) => {
      expect(wants(path)).toBe(true);
      const read = (bytes: Uint8Array): void => {
        try {
          extract({ path, bytes });
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Failure);
        }
      };
      const whole = Buffer.from(sample);
      for (let end = 0; end <= whole.length; end++) read(whole.subarray(0, end));
      fc.assert(fc.property(fc.uint8Array(), read));
      fc.assert(
        fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
          const changed = Buffer.from(whole);
          changed[at] = byte;
          read(changed);
        }),
      );
    },
  );
});
