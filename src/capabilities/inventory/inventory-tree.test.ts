import { describe, expect, it } from 'vitest';
import { packElf } from '../../../test/support/elf.ts';
import { type Files, makeTree } from '../../../test/support/images.ts';
import { packZip } from '../../../test/support/pack-zip.ts';
import type { Inventory } from '../ecosystems/component.ts';
import { inventoryTree } from './inventory-tree.ts';
import type { FileTree } from './port.ts';

const makeLock = (name: string): string =>
  JSON.stringify({
    lockfileVersion: 3,
    packages: { [`node_modules/${name}`]: { version: '1.0.0' } },
  });
const manifest = (name: string): string => JSON.stringify({ name, version: '1.0.0' });

const source = (files: Files, executables: readonly string[] = []): Promise<Inventory> =>
  inventoryTree(makeTree(files, executables), '.');
const rootfs = (files: Files, executables: readonly string[] = []): Promise<Inventory> =>
  inventoryTree(makeTree(files, executables), '.', { target: 'root-file-system' });
const names = ({ components }: Inventory): readonly string[] => components.map(({ name }) => name);
const codes = ({ skips }: Inventory): readonly string[] => skips.map(({ cause }) => cause.code);

describe('B1 B15: the npm packages that count', () => {
  const files = {
    'package-lock.json': makeLock('locked'),
    'node_modules/there/package.json': manifest('there'),
  };

  it('are those of the lock in a source tree, even beside installed packages', async () => {
    expect(names(await source(files))).toEqual(['locked']);
  });

  it('are the installed ones in a source tree without a lock', async () => {
    const inventory = await source({
      'package.json': '{"dependencies":{"there":"1"}}',
      'node_modules/there/package.json': manifest('there'),
    });
    expect(inventory).toMatchObject({
      outcome: 'complete',
      components: [{ name: 'there' }],
      found: ['node-modules'],
    });
  });

  it('are the installed ones in a root file system, even with a lock', async () => {
    expect(names(await rootfs(files))).toEqual(['there']);
  });

  it('are those of npm-shrinkwrap.json where both locks are present', async () => {
    expect(
      names(
        await source({ 'package-lock.json': makeLock('a'), 'npm-shrinkwrap.json': makeLock('b') }),
      ),
    ).toEqual(['b']);
  });

  it('are unknown where declared dependencies are neither locked nor installed', async () => {
    const inventory = await source({ 'web/package.json': '{"devDependencies":{"x":"1"}}' });
    expect(inventory).toMatchObject({
      outcome: 'partial',
      skips: [{ location: 'web/package.json', cause: { code: 'FACT_UNKNOWN' } }],
    });
    expect((await source({ 'web/package.json': '{"name":"web"}' })).outcome).toBe('complete');
    expect(
      (
        await source({
          'package.json': '{"dependencies":{"x":"1"}}',
          'package-lock.json': makeLock('x'),
        })
      ).outcome,
    ).toBe('complete');
  });
});

describe('installed npm packages', () => {
  it("give name, version and licence, in today's form and in the legacy forms", async () => {
    const inventory = await rootfs({
      'app/node_modules/a/package.json':
        '{"name":"a","version":"1.0.0","license":"(MIT OR Apache-2.0)"}',
      'app/node_modules/@s/b/package.json':
        '{"name":"@s/b","version":"1.0.0","license":{"type":"ISC","url":"x"}}',
      'app/node_modules/a/node_modules/c/package.json':
        '{"name":"c","version":"1.0.0","licenses":[{"type":"MIT"},{"type":"BSD-2-Clause"}]}',
      'app/node_modules/d/package.json':
        '{"name":"d","version":"1.0.0","license":"do what you want"}',
      'app/node_modules/e/package.json': '{"type":"module"}',
      'app/node_modules/f/lib/package.json': manifest('inner'),
    });
    expect(inventory.outcome).toBe('complete');
    expect(inventory.components.map(({ name, licenses }) => [name, ...licenses])).toEqual([
      ['@s/b', 'ISC'],
      ['a', '(MIT OR Apache-2.0)'],
      ['c', 'BSD-2-Clause', 'MIT'],
      ['d'],
    ]);
  });

  it('that are damaged make the inventory partial', async () => {
    for (const text of [
      '{',
      '[]',
      '{"name":1,"version":"1"}',
      '{"name":"a","version":2}',
      '{"name":"a","name":"b","version":"1"}',
    ]) {
      expect((await rootfs({ 'node_modules/a/package.json': text })).outcome).toBe('partial');
    }
  });
});

describe('I3: databases that are not read make the inventory partial, by name', () => {
  it.each([
    ['xbps', 'var/db/xbps/pkgdb-0.38.plist'],
    ['slackware', 'var/lib/pkgtools/packages/bash-5.2-x86_64-1'],
    ['winget', 'Files/Microsoft.DesktopAppInstaller_8wekyb3d8bbwe/LocalState/installed.db'],
    ['php-pear', 'usr/share/php/.registry/pear.reg'],
    ['guix', 'gnu/store/0123456789abcdfghijklmnpqrsvwxyz-bash-5/bin/bash'],
    ['yarn-pnp', 'app/.pnp.cjs'],
  ])('%s in a root file system', async (kind, path) => {
    const inventory = await rootfs({ [path]: 'x' });
    expect(inventory).toMatchObject({
      outcome: 'partial',
      found: [],
      skips: [{ location: path, cause: { code: 'UNSUPPORTED' } }],
    });
    expect(inventory.skips[0]?.cause.message).toContain(`kind ${kind} `);
  });

  it.each([
    ['pnpm-lock', 'shrinkwrap.yaml'],
    ['pnpm-lock', 'a/pnpm-lock.main.yaml'],
    ['bun-lock', 'bun.lockb'],
    ['cpp', 'conaninfo.txt'],
    ['go-module', 'Gopkg.lock'],
    ['bazel', 'MODULE.bazel'],
    ['dotnet', 'src/Shop.nuspec'],
    ['swift', 'Podfile.lock'],
  ])(
    '%s in a source tree, but not in a root file system, where only what is installed counts',
    async (kind, path) => {
      const inventory = await source({ [path]: 'x' });
      expect(inventory.skips[0]?.cause.message).toContain(`kind ${kind} `);
      expect((await rootfs({ [path]: 'x' })).outcome).toBe('complete');
    },
  );

  it('behind links too', async () => {
    expect(
      codes(await rootfs({ 'var/lib/rpm': { link: '../../opt/db' }, 'opt/db/rpmdb.sqlite': 'x' })),
    ).toEqual(['MALFORMED']);
  });

  it('once for each kind, even if there are several', async () => {
    const files = Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [`lib/${name}/.spack/spec.json`, 'x']),
    );
    expect((await rootfs(files)).skips.map(({ cause }) => cause.message)).toEqual([
      expect.stringContaining('and 2 more'),
    ]);
  });

  it('but not where a Debian package brought them: its advisories cover them', async () => {
    const files = {
      'etc/os-release': 'ID=debian\nVERSION_ID=12',
      'var/lib/dpkg/status': 'Package: python3-six\nStatus: install ok installed\nVersion: 1\n',
      'var/lib/dpkg/info/python3-six.list': '/.\n/lib\n/lib/six.rockspec\n',
      lib: { link: 'usr/lib' },
      'usr/lib/six.rockspec': 'x',
    };
    expect((await rootfs(files)).outcome).toBe('complete');
    const other = { ...files, 'usr/lib/seven.rockspec': 'x' };
    expect((await rootfs(other)).outcome).toBe('partial');
  });
});

describe('a Java archive without coordinates', () => {
  it('leaves the inventory complete where a Debian package owns it, and only there', async () => {
    const jar = packZip([{ name: 'A.class', text: 'x' }]);
    const files = {
      'etc/os-release': 'ID=debian',
      'var/lib/dpkg/status': 'Package: libx-java\nStatus: install ok installed\nVersion: 1\n',
      'var/lib/dpkg/info/libx-java.list': '/usr/share/java/x-1.jar\n',
      'usr/share/java/x-1.jar': jar,
    };
    expect(await rootfs(files)).toMatchObject({
      outcome: 'complete',
      components: [{ name: 'libx-java' }],
    });
    expect(codes(await rootfs({ ...files, 'opt/x-1.jar': jar }))).toEqual(['FACT_UNKNOWN']);
  });
});

describe('programs that name what they were built from', () => {
  const elf = (sign: string, before = 10): Buffer =>
    Buffer.concat([
      Buffer.from('7f454c46', 'hex'),
      Buffer.alloc(before),
      Buffer.from(sign, 'latin1'),
      Buffer.alloc(99),
    ]);

  it.each([
    ['go-program', '\xff Go buildinf:', 10],
    ['go-program', '\xff Go buildinf:', 200_000],
    ['rust-program', '\0.dep-v0\0', 69_990],
  ])('%s make the inventory partial', async (kind, sign, before) => {
    const inventory = await rootfs({ 'bin/tool': elf(sign, before) }, ['bin/tool']);
    expect(inventory.skips.map(({ cause }) => cause.message)).toEqual([
      expect.stringContaining(kind),
    ]);
  });

  it('I3: as large as a Go program are found without permission to execute', async () => {
    const reasons = async (sign: string): Promise<string> =>
      (await rootfs({ 'lib/x.so': elf(sign, 70_000) })).skips.map(
        ({ cause }) => cause.message,
      )[0] ?? '';
    expect(await reasons('\xff Go buildinf:')).toContain('go-program');
    expect(await reasons('nothing')).not.toContain('go-program');
  });

  it('are found for any cut of the file into pieces', async () => {
    for (let before = 69_960; before < 70_020; before++) {
      expect((await rootfs({ t: elf('\xff Go buildinf:', before) }, ['t'])).outcome).toBe(
        'partial',
      );
    }
  });

  it('are not texts that quote the sign, but small files that are not executable', async () => {
    expect((await rootfs({ 'a.sh': '#!/bin/sh\n\xff Go buildinf:' }, ['a.sh'])).outcome).toBe(
      'complete',
    );
    expect((await rootfs({ 'a.bin': elf('\xff Go buildinf:') })).outcome).toBe('partial');
    expect(
      (await rootfs({ 'a.txt': Buffer.alloc(99_999, '\xff Go buildinf:', 'latin1') })).outcome,
    ).toBe('complete');
  });
});

describe('truth A24: a program of a root file system is read only where it matters', () => {
  const code = Buffer.alloc(3_000_000, 1);
  const plain = packElf({ sections: [], writable: 'data', code });
  const go = packElf({
    sections: [{ name: '.go.buildinfo', content: '\xff Go buildinf: x' }],
    writable: 'data',
    code,
  });

  async function look(files: Record<string, Uint8Array | string>) {
    const tree = makeTree(files);
    const opened: string[] = [];
    const open = (path: string): AsyncIterable<Uint8Array> => {
      opened.push(path);
      return tree.open(path);
    };
    const read: FileTree['read'] = (path, bytesMax) => {
      if (path.startsWith('bin/')) opened.push(path);
      return tree.read(path, bytesMax);
    };
    const watched = { ...tree, open, read };
    const inventory = await inventoryTree(watched, '/', { target: 'root-file-system' });
    return { opened, messages: inventory.skips.map(({ cause }) => cause.message).join() };
  }

  it('never whole where its tables say what is in it', async () => {
    const { opened, messages } = await look({ 'bin/c': plain, 'bin/go': go });
    expect(opened).toEqual([]);
    expect(messages).toContain('bin/go: packages of kind go-program');
    expect(messages).toContain('bin/c: this program or library belongs to no known component');
  });

  it('whole where bytes follow that no table names, or a package states its MD5', async () => {
    const behind = Buffer.concat([plain, Buffer.from('\xff Go buildinf: x', 'latin1')]);
    const { opened, messages } = await look({ 'bin/packed': behind, 'bin/c': plain });
    expect(opened).toEqual(['bin/packed']);
    expect(messages).toContain('bin/packed: packages of kind go-program');
    const sums = `${'0'.repeat(32)}  bin/c\n`;
    const owned = { 'var/lib/dpkg/info/c.md5sums': sums, 'bin/c': plain };
    expect((await look(owned)).opened).toEqual(['bin/c']);
  });
});

describe('links of a source tree', () => {
  it('that leave it are not followed, and are reported in place of a database', async () => {
    const inventory = await source({ 'package-lock.json': { link: '../other/package-lock.json' } });
    expect(inventory).toMatchObject({
      outcome: 'partial',
      components: [],
      skips: [{ cause: { code: 'UNSAFE_PATH' } }],
    });
  });

  it('that stay inside are followed', async () => {
    expect(
      names(
        await source({
          'package-lock.json': { link: 'real/l.json' },
          'real/l.json': makeLock('a'),
        }),
      ),
    ).toEqual(['a']);
  });
});

describe('truth A24: links to a root file system are followed without another walk', () => {
  it('to databases of any kind, and each file is inspected once', async () => {
    const files = {
      'etc/os-release': 'ID=debian\nVERSION_ID=12',
      'var/lib/dpkg': { link: '../../opt/db' },
      'opt/db/status': 'Package: a\nStatus: install ok installed\nVersion: 1\n',
      'app/node_modules': { link: '/mods' },
      'mods/left-pad/package.json': manifest('left-pad'),
      'var/lib/pacman/local': { link: '/opt/arch' },
      'opt/arch/bash-5/desc': 'x',
    };
    const tree = makeTree(files);
    let walks = 0;
    const counted = {
      ...tree,
      entries: (...options: Parameters<typeof tree.entries>) => {
        walks++;
        return tree.entries(...options);
      },
    };
    const inventory = await inventoryTree(counted, '.', { target: 'root-file-system' });
    expect(names(inventory)).toEqual(['a', 'left-pad']);
    expect(codes(inventory)).toEqual(['MALFORMED']);
    expect(walks).toBe(1);
  });
});

it('truth A24: a large tree says how far it is, and a small one says nothing', async () => {
  const told: number[] = [];
  const walk = async (count: number): Promise<void> => {
    const files = Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, '']));
    const target = 'root-file-system';
    const onProgress = (done: number): void => void told.push(done);
    await inventoryTree(makeTree(files), '.', { target, onProgress });
  };
  await walk(9_000);
  expect(told).toEqual([]);
  await walk(10_000);
  expect(told).toEqual([10_000]);
});
