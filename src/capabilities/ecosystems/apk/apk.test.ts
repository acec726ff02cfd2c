import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Files, file, makeTree } from '../../../../test/support/images.ts';
import { inventoryLayers } from '../../../../test/support/package-layers.ts';
import { testData } from '../../../../test/support/test-data.ts';
import { inventoryTree } from '../../inventory/inventory-tree.ts';
import type { Inventory } from '../component.ts';
import { apkInstalled } from './installed.ts';

const q1 = (content: string): string => `Q1${createHash('sha1').update(content).digest('base64')}`;
const ALPINE = 'ID=alpine\nVERSION_ID=3.18.4\nPRETTY_NAME="Alpine Linux v3.18"\n';
const PROGRAM = '\x7fELF\x02\x01\x01\0\xff Go buildinf:tool';
const DATABASE = [
  `C:${q1('busybox')}\nP:busybox\nV:1.36.1-r2\nA:x86_64\nS:1\nL:GPL-2.0-only\no:busybox`,
  'm:Sören Tempel <soeren+alpine@soeren-tempel.net>\nD:so:libc.musl-x86_64.so.1 !gone',
  `p:cmd:sh=1.36.1-r2 /bin/sh\nF:bin\nR:busybox\na:0:0:755\nZ:${q1(PROGRAM)}\n`,
  'P:musl\nV:1.2.4-r1\nA:x86_64\nL:MIT\no:musl\nm:Timo <timo.teras@iki.fi>',
  'p:so:libc.musl-x86_64.so.1=1\nF:lib\nR:ld-musl-x86_64.so.1\n',
  'P:ssl_client\nV:1.36.1-r2\nA:x86_64\nL:GPL-2.0-only GPL2+ BSD custom\no:busybox\nD:busybox=1.36.1-r2\n',
].join('\n');

const rootfs = (files: Files): Promise<Inventory> =>
  inventoryTree(makeTree(files), '/', { target: 'root-file-system' });
const installed = (text: string, os = ALPINE): Promise<Inventory> =>
  rootfs({ 'etc/os-release': os, 'lib/apk/db/installed': text });

describe('B2 B15: apk', () => {
  it('gives each package with its distribution, source, licences, hash and needs', async () => {
    const { components, outcome, found } = await installed(DATABASE);
    expect([outcome, found]).toEqual(['complete', ['apk']]);
    expect(
      components.map(({ purl, source, licenses, hashes, dependsOn }) => [
        purl,
        source?.name,
        licenses,
        hashes['sha1']?.length,
        dependsOn,
      ]),
    ).toEqual([
      [
        'pkg:apk/alpine/busybox@1.36.1-r2?arch=x86_64&distro=alpine-3.18.4',
        'busybox',
        ['GPL-2.0-only'],
        40,
        ['pkg:apk/alpine/musl@1.2.4-r1?arch=x86_64&distro=alpine-3.18.4'],
      ],
      [
        'pkg:apk/alpine/musl@1.2.4-r1?arch=x86_64&distro=alpine-3.18.4',
        'musl',
        ['MIT'],
        undefined,
        [],
      ],
      [
        'pkg:apk/alpine/ssl_client@1.36.1-r2?arch=x86_64&distro=alpine-3.18.4',
        'busybox',
        ['LicenseRef-apk-GPL-2.0-only-GPL2-or-later-BSD-custom'],
        undefined,
        ['pkg:apk/alpine/busybox@1.36.1-r2?arch=x86_64&distro=alpine-3.18.4'],
      ],
    ]);
  });

  it.each([
    ['wolfi', '20230201', 'pkg:apk/wolfi/musl@1?distro=wolfi-20230201'],
    ['chainguard', '20230214', 'pkg:apk/chainguard/musl@1?distro=chainguard-20230214'],
  ])('names %s as the distribution', async (id, version, purl) => {
    const os = `ID=${id}\nVERSION_ID="${version}"\n`;
    expect((await installed('P:musl\nV:1\n', os)).components[0]?.purl).toBe(purl);
  });

  it('S2C2F SCA-3: says until when the distribution is supported, where it says so', async () => {
    const { notes } = await installed('P:musl\nV:1\n', `${ALPINE}SUPPORT_END=2025-05-09\n`);
    expect(notes).toEqual(['its distribution says that it is supported until 2025-05-09']);
    expect((await installed('P:musl\nV:1\n')).notes).toBeUndefined();
  });

  it.each([
    ['a line that is no field', 'broken\n\n'],
    ['a package without a name', 'V:1-r0\n\n'],
    ['a package without a version', 'P:a\n\n'],
    ['a version that is none', 'P:a\nV:latest\n\n'],
    ['a name that is a path', 'P:../a\nV:1\n\n'],
  ])('is partial with %s, and keeps the packages beside it', async (_, text) => {
    const inventory = await installed(`${text}P:b\nV:1-r0`);
    expect(inventory).toMatchObject({
      outcome: 'partial',
      skips: [{ cause: { code: 'MALFORMED' } }],
      components: [{ name: 'b' }],
    });
  });

  it('lets a package own the files that are as it brought them, in image and tree', async () => {
    const layers = (content: string) => [
      [
        file('etc/os-release', ALPINE),
        file('bin/busybox', content, 0o755),
        file('lib/apk/db/installed', DATABASE),
      ],
    ];
    const tree = (content: string): Promise<Inventory> =>
      rootfs({
        'etc/os-release': ALPINE,
        'bin/busybox': content,
        'lib/apk/db/installed': DATABASE,
      });
    for (const [content, outcome] of [
      [PROGRAM, 'complete'],
      [`${PROGRAM}!`, 'partial'],
    ] as const) {
      const image = await inventoryLayers(layers(content));
      const root = await tree(content);
      expect([image.outcome, root.outcome]).toEqual([outcome, outcome]);
      expect(root.components.map(({ purl }) => purl)).toEqual(
        image.components.map(({ purl }) => purl),
      );
    }
  });

  it('gives a result for every text, and for each beginning of a database', () => {
    const read = (bytes: Uint8Array): unknown =>
      apkInstalled.extract({ path: 'lib/apk/db/installed', bytes });
    const whole = Buffer.from(DATABASE);
    for (let end = 0; end <= whole.length; end++) read(whole.subarray(0, end));
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void read(bytes)));
    fc.assert(
      fc.property(fc.string(), (text) => void read(Buffer.from(`P:${text}\nF:${text}\nR:x`))),
    );
  });
});

const vectors = testData('vectors/inventory');
describe.skipIf(vectors === null)('B2: apk databases of other tools', () => {
  it.each([
    ['scalibr/os/apk/testdata/installed', 15, 0],
    ['scalibr/os/apk/testdata/single', 1, 0],
    ['scalibr/os/apk/testdata/no-origin', 1, 0],
    ['scalibr/os/apk/testdata/different-arch', 1, 0],
    ['scalibr/os/apk/testdata/empty', 0, 0],
    ['scalibr/os/apk/testdata/invalid', 0, 2],
    ['syft/alpine/testdata/multiple-1/lib/apk/db/installed', 4, 0],
    ['syft/alpine/testdata/multiple-2/lib/apk/db/installed', 14, 0],
    ['syft/alpine/testdata/corrupt/lib/apk/db/installed', 1, 1],
  ])('%s has %i packages and %i flaws', (path, packages, flaws) => {
    const at = join(vectors ?? '', path);
    expect(existsSync(at)).toBe(true);
    const { drafts, skips } = apkInstalled.extract({
      path: 'lib/apk/db/installed',
      bytes: readFileSync(at),
    });
    expect([drafts.length, skips.length]).toEqual([packages, flaws]);
  });
});
