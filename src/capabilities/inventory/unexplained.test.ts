import { describe, expect, it } from 'vitest';
import { file, hardLink, link, makeTree, whiteout } from '../../../test/support/images.ts';
import { packZip } from '../../../test/support/pack-zip.ts';
import { dpkg, inventoryLayers, npm, OS, stanza } from '../../../test/support/package-layers.ts';
import { inventoryTree } from './inventory-tree.ts';
import { Snapshot } from './layers/snapshot.ts';

const ELF = Buffer.from('\x7fELF\x02\x01\x01\0 code', 'latin1');
const program = (path: string, mode = 0o755): ReturnType<typeof file> => file(path, ELF, mode);

describe('truth A3: what belongs to no component is counted, and code among it is a gap', () => {
  it('in an image of one program', async () => {
    const inventory = await inventoryLayers([[program('tool')]]);
    expect(inventory).toMatchObject({
      outcome: 'partial',
      components: [],
      unexplained: { files: 1, bytes: ELF.length, executables: 1 },
      skips: [{ location: 'tool', cause: { code: 'FACT_UNKNOWN' } }],
    });
  });

  it('in a Debian image with programs and libraries that no package installed', async () => {
    const inventory = await inventoryLayers([
      [
        OS,
        dpkg('a'),
        program('usr/local/bin/openssl'),
        program('usr/local/lib/libssl.so.3', 0o644),
      ],
    ]);
    expect(inventory.outcome).toBe('partial');
    expect(inventory.unexplained).toEqual({ files: 2, bytes: 2 * ELF.length, executables: 2 });
    expect(inventory.skips[0]?.cause.message).toContain('usr/local/lib/libssl.so.3');
  });

  it('but not where only scripts and data are there', async () => {
    const inventory = await inventoryLayers([
      [OS, dpkg('a'), file('entry.sh', '#!/bin/sh\n', 0o755), file('data', 'x'), file('empty')],
    ]);
    expect(inventory).toMatchObject({
      outcome: 'complete',
      unexplained: { files: 3, bytes: 11, executables: 0 },
    });
  });

  it('nor where the code is in the folder of an installed package', async () => {
    const addon = program('app/node_modules/sharp/build/sharp.node');
    expect(await inventoryLayers([[npm('sharp'), addon]])).toMatchObject({
      outcome: 'complete',
      unexplained: { files: 0, executables: 0 },
    });
    expect((await inventoryLayers([[npm('other'), addon]])).outcome).toBe('partial');
    const unread = file('app/node_modules/sharp/package.json', '{"type":"module"}');
    expect((await inventoryLayers([[unread, addon]])).outcome).toBe('partial');
  });

  it('by any name that a link gives it, once', async () => {
    const inventory = await inventoryLayers([[program('a'), hardLink('b', 'a'), link('c', 'a')]]);
    expect(inventory.unexplained).toEqual({ files: 2, bytes: ELF.length, executables: 2 });
  });

  it.each([
    ['tool.zip', 'tool', 1],
    ['application.jar', 'com/example/Main.class', 1],
    ['lib-1.0.jar', 'META-INF/maven/g/lib/pom.properties', 0],
  ])('an archive in which no component is found, such as %s', async (name, inside, files) => {
    const properties = Buffer.from('groupId=g\nartifactId=lib\nversion=1.0\n');
    const archive = packZip([{ name: inside, text: files === 1 ? ELF : properties }]);
    expect((await inventoryLayers([[file(`opt/${name}`, archive)]])).unexplained).toEqual({
      ...{ files, bytes: files * archive.length, executables: 0 },
    });
  });

  it('only as far as it is still there', async () => {
    const layers = [
      [file('a/x', '123'), file('b/y', '12'), file('c', '1'), program('d/p')],
      [whiteout('a'), file('b/.wh..wh..opq'), file('c', '12345'), file('d')],
    ];
    expect(await inventoryLayers(layers)).toMatchObject({
      outcome: 'complete',
      unexplained: { files: 2, bytes: 5, executables: 0 },
    });
  });

  it('in every form of machine code, but not in Java classes', async () => {
    const forms = [
      'MZ\x90\0aaaa',
      '\xca\xfe\xba\xbe\0\0\0\x02',
      '\0asm\x01\0\0\0',
      '\xcf\xfa\xed\xfe',
    ];
    for (const text of forms) {
      const inventory = await inventoryLayers([[file('x', Buffer.from(text, 'latin1'), 0o755)]]);
      expect(inventory.unexplained?.executables).toBe(1);
    }
    const code = Buffer.from('\xca\xfe\xba\xbe\0\0\0\x3d', 'latin1');
    expect((await inventoryLayers([[file('A.class', code, 0o755)]])).outcome).toBe('complete');
  });

  it.each(['app/tool.bin', 'app/photo.png', 'lib/modules/x.ko', 'a.txt', 'plugin.bpl'])(
    'in a small file without permission to execute, whatever it is called: %s',
    async (path) => {
      const counted = { outcome: 'partial', unexplained: { files: 1, executables: 1 } };
      expect(await inventoryLayers([[program(path, 0o644)]])).toMatchObject(counted);
      const tree = makeTree({ [path]: ELF });
      const target = 'root-file-system' as const;
      expect(await inventoryTree(tree, '/', { target })).toMatchObject(counted);
    },
  );

  it('in a root file system too, and not in a source tree, where it is unknown', async () => {
    const tree = makeTree({ tool: ELF, readme: 'x' }, ['tool']);
    const options = { target: 'root-file-system' } as const;
    expect(await inventoryTree(tree, '.', options)).toMatchObject({
      outcome: 'partial',
      unexplained: { files: 2, bytes: ELF.length + 1, executables: 1 },
    });
    expect((await inventoryTree(tree, '.')).unexplained).toBeUndefined();
  });

  it('is not named twice where packages of the system are not read anyway', async () => {
    const inventory = await inventoryLayers([
      [program('bin/sh'), file('var/db/xbps/pkgdb-0.38.plist', 'x')],
    ]);
    expect(inventory.skips.map(({ cause }) => cause.code)).toEqual(['UNSUPPORTED']);
    expect(inventory.unexplained?.executables).toBe(1);
  });
});

describe('truth A20 C14: software outside package managers and below other roots is named', () => {
  it.each([
    ['java-runtime', 'opt/java/openjdk/release'],
    ['java-runtime', 'usr/lib/jvm/java-21/lib/release'],
    ['node-runtime', 'usr/local/bin/node'],
    ['python-runtime', 'usr/local/bin/python3.12'],
    ['dotnet-runtime', 'usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.1/.version'],
    ['root file system', 'opt/rootfs/var/lib/dpkg/status'],
    ['root file system', 'opt/rootfs/var/lib/dpkg/status.d/base'],
    ['root file system', 'mnt/lib/apk/db/installed'],
    ['root file system', 'mnt/sysimage/var/lib/rpm/rpmdb.sqlite'],
    ['root file system', 'mnt/var/lib/rpmmanifest/container-manifest-1'],
    ['root file system', 'mnt/usr/lib/opkg/status'],
    ['root file system', 'mnt/var/db/pkg/app-shells/bash-5.2/CONTENTS'],
  ])('%s at %s', async (kind, path) => {
    const inventory = await inventoryLayers([[OS, dpkg('a'), file(path, 'x', 0o755)]]);
    expect(inventory.skips).toMatchObject([{ location: path, cause: { code: 'UNSUPPORTED' } }]);
    expect(inventory.skips[0]?.cause.message).toContain(kind);
  });

  it('but not what a package installed, a link to it, or this root behind links', async () => {
    const owned = file('var/lib/dpkg/info/a.list', '/usr/bin/node\n');
    const inside = file('app/node_modules/node/bin/node', 'x', 0o755);
    const clean = [
      [OS, dpkg('a'), owned, program('usr/bin/node'), link('usr/local/bin/node', '/usr/bin/node')],
      [OS, dpkg('a'), npm('node'), inside],
      [OS, link('var', 'x/var'), file('x/var/lib/dpkg/status', stanza('a'))],
    ];
    for (const layer of clean) expect((await inventoryLayers([layer])).skips).toEqual([]);
  });

  it('nor in a source tree, where such a folder is test data', async () => {
    const tree = makeTree({ 'test/tree/var/lib/dpkg/status': 'x', 'bin/node': 'x' });
    expect((await inventoryTree(tree, '.')).outcome).toBe('complete');
  });
});

describe('the memory for files that are only counted', () => {
  it('ends at its limit; then the number is unknown', () => {
    const filled = (count: number): Snapshot<string> => {
      const snapshot = new Snapshot<string>({ clamp: true, plainMax: 5 });
      for (let at = 0; at < count; at++) snapshot.putPlain(`a/${at}`, { size: 1, layer: 0 });
      return snapshot;
    };
    const sizes = [...(filled(5).plainFiles() ?? [])].flatMap(({ files }) => files);
    expect(sizes).toHaveLength(5);
    expect(filled(6).plainFiles()).toBeNull();
  });

  it('keeps size and layer of large files', () => {
    const snapshot = new Snapshot<string>({ clamp: true });
    const large = { size: 2 ** 36, layer: 999 };
    snapshot.putPlain('x', large);
    expect([...(snapshot.plainFiles() ?? [])]).toEqual([
      { path: '', files: [{ name: 'x', ...large }] },
    ]);
  });
});
