import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { file, makeTree } from '../../../../test/support/images.ts';
import { type MadeMember, packZip } from '../../../../test/support/pack-zip.ts';
import { inventoryLayers } from '../../../../test/support/package-layers.ts';
import { inventoryTree } from '../../inventory/inventory-tree.ts';
import type { Inventory } from '../component.ts';
import { chooseVersion, isNamedAfter, parseArchiveName } from './archive-name.ts';

const pom = (artifact: string, version: string): MadeMember => ({
  name: `META-INF/maven/org.example/${artifact}/pom.properties`,
  text: `version=${version}\ngroupId=org.example\nartifactId=${artifact}\n`,
});
const manifest = (text: string): MadeMember => ({ name: 'META-INF/MANIFEST.MF', text });
const code: MadeMember = { name: 'com/x/A.class', text: 'x' };
const LOG4J = packZip([pom('log4j-core', '2.14.1'), code]);
const FOUND = 'pkg:maven/org.example/log4j-core@2.14.1';

const inFile = (path: string, bytes: Uint8Array, mode = 0o644): Promise<Inventory> =>
  inventoryLayers([[file(path, bytes, mode)]]);
const shown = ({ components }: Inventory): readonly string[] => components.map(({ purl }) => purl);

describe('truth A8 C04: an archive is read whatever its suffix', () => {
  const nested = packZip([{ name: 'WEB-INF/lib/log4j-core-2.14.1.jar', text: LOG4J }]);

  it.each([
    ...'jar war ear par hpi jpi nar kar rar sar lpkg aar jmod mar esa zip JAR Zip'.split(' '),
    ...'wab eba cba nbm har car'.split(' '),
  ])('demo.%s', async (suffix) => {
    expect(shown(await inFile(`opt/demo.${suffix}`, nested))).toEqual([FOUND]);
    const packed = packZip([{ name: `lib/demo.${suffix}`, text: nested }]);
    expect(shown(await inFile('opt/outer.zip', packed))).toEqual([FOUND]);
  });

  it('a module of Java has four bytes before its zip archive', async () => {
    const bytes = Buffer.concat([Buffer.from('JM\x01\0', 'latin1'), packZip([code])]);
    const inventory = await inFile('opt/jdk/jmods/java.base.jmod', bytes);
    expect(inventory.skips.map(({ location }) => location)).toEqual([
      'opt/jdk/jmods/java.base.jmod',
    ]);
  });

  it('or where it was unpacked, by the coordinates that are there', async () => {
    const place = 'app/META-INF/maven/org.example/log4j-core/pom.properties';
    const { text } = pom('log4j-core', '2.14.1');
    expect(shown(await inFile(place, Buffer.from(text)))).toEqual([FOUND]);
    const broken = await inFile(place, Buffer.from('version=2.14.1\n'));
    expect(broken.skips.map(({ location }) => location)).toEqual([place]);
    expect(shown(await inFile('app/pom.properties', Buffer.from(text)))).toEqual([]);
  });

  it('or where it has none, in an image and in a folder', async () => {
    expect(shown(await inFile('app/app', LOG4J))).toEqual([FOUND]);
    expect(shown(await inFile('app/app.bin', LOG4J, 0o755))).toEqual([FOUND]);
    const tree = makeTree({ 'app/app': LOG4J, 'app/app.bin': LOG4J }, ['app/app.bin']);
    const inventory = await inventoryTree(tree, '/', { target: 'root-file-system' });
    expect(inventory.components).toMatchObject([{ locations: ['app/app', 'app/app.bin'] }]);
  });

  it.each([
    'log4j-core-2.14.1.jar.bak',
    'log4j-core-2.14.1.jar.disabled',
    'log4j-core-2.14.1.jar~',
    'log4j-core-2.14.1.jar.1',
    'demo.dar',
    'demo.xyz',
    'demo.war.2024-01-31',
    'log4j-core-2.14.1.jar.orig',
    'log4j-core-2.14.1.jar.txt',
    'demo.rej',
  ])('nor whatever somebody added to its name: %s', async (name) => {
    expect(shown(await inFile(`opt/${name}`, LOG4J))).toEqual([FOUND]);
    const tree = makeTree({ [`opt/${name}`]: LOG4J });
    for (const target of ['root-file-system', 'source-tree'] as const)
      expect(shown(await inventoryTree(tree, '/', { target }))).toEqual([FOUND]);
    const packed = packZip([{ name: `WEB-INF/lib/${name}`, text: LOG4J }]);
    if (/ar[.~]/.test(name)) expect(shown(await inFile('opt/demo.zip', packed))).toEqual([FOUND]);
  });

  it.each(['demo.txt', 'demo.png', 'demo.1', 'demo.py', 'go.sum', 'LICENSE.md', 'METADATA'])(
    'in an image and in a folder, whatever it is called: %s',
    async (name) => {
      expect(shown(await inFile(`opt/${name}`, LOG4J))).toEqual([FOUND]);
      const tree = makeTree({ [`opt/${name}`]: LOG4J });
      for (const target of ['root-file-system', 'source-tree'] as const)
        expect(shown(await inventoryTree(tree, '/', { target }))).toEqual([FOUND]);
    },
  );

  it('also behind the script that starts it, whatever it is called', async () => {
    const script = Buffer.from('#!/bin/sh\nexec java -jar "$0"\nexit 0\n');
    const padding = { name: 'data.bin', text: randomBytes(20_000) };
    const selfStarting = packZip(
      [{ name: 'BOOT-INF/lib/log4j-core-2.14.1.jar', text: LOG4J }, padding],
      { prefix: script },
    );
    for (const path of ['opt/shop/app', 'etc/init.d/shop.sh']) {
      expect(shown(await inFile(path, selfStarting, 0o755))).toEqual([FOUND]);
      const tree = makeTree({ [path]: selfStarting }, [path]);
      const inventory = await inventoryTree(tree, '.', { target: 'root-file-system' });
      expect(shown(inventory)).toEqual([FOUND]);
    }
    const plain = Buffer.concat([script, Buffer.alloc(20_000, 'echo ok\n')]);
    const inventory = await inFile('opt/shop/app', plain, 0o755);
    expect([inventory.outcome, inventory.skips]).toEqual(['complete', []]);
  });

  it('and an unnamed one with such a name is called by the name that it had', async () => {
    const bytes = packZip([manifest('Implementation-Version: 5.3.17\n'), code]);
    expect(await inFile('lib/spring-web-5.3.17.jar.bak', bytes)).toMatchObject({
      outcome: 'partial',
      components: [{ name: 'spring-web', version: '5.3.17' }],
    });
  });

  it('but a document, a model and a source archive are nothing of Java, in any form', async () => {
    for (const name of ['a.docx', 'model.npz', 'v1.2.3.zip', 'x.whl.part', 'thing']) {
      const bytes = packZip([{ name: 'word/document.xml', text: 'x'.repeat(100_000) }]);
      const whole = { outcome: 'complete', unexplained: { files: 1 } };
      expect(await inFile(`opt/${name}`, bytes)).toMatchObject(whole);
      const target = 'root-file-system' as const;
      const inventory = await inventoryTree(makeTree({ [name]: bytes }), '/', { target });
      expect(inventory).toMatchObject({ ...whole, components: [] });
    }
  });

  it('and of an archive without Java in a folder, only the directory is read', async () => {
    const bytes = packZip([{ name: 'x.go', text: randomBytes(3_000_000) }]);
    const tree = makeTree({ 'mod.zip': bytes, 'mod.bin': bytes });
    const read: string[] = [];
    const watched = {
      ...tree,
      read: (path: string, max: number) => {
        read.push(path);
        return tree.read(path, max);
      },
    };
    await inventoryTree(watched, '/', { target: 'root-file-system' });
    expect(read).toEqual([]);
    const java = makeTree({
      'mod.zip': packZip([{ name: 'x', text: randomBytes(3_000_000) }, pom('a', '1')]),
    });
    expect(shown(await inventoryTree(java, '/'))).toEqual(['pkg:maven/org.example/a@1']);
  });

  it('but other formats with such a suffix are no archives, and a cut one is named', async () => {
    expect((await inFile('x/song.kar', Buffer.from('MThd'))).outcome).toBe('complete');
    expect((await inFile('x/old.rar', Buffer.from('Rar!\x1a\x07'))).outcome).toBe('complete');
    expect((await inFile('x/lib.zip', nested.subarray(0, 90))).outcome).toBe('partial');
    expect((await inFile('x/app.hpi', Buffer.from('text'))).outcome).toBe('partial');
  });
});

describe('truth A8 C05: an archive does not disappear behind what is in it', () => {
  const spring = [manifest('Implementation-Version: 5.3.17\n'), code];
  const at = 'app/lib/spring-web-5.3.17.jar';

  it.each([
    ['alone', []],
    ['with an archive in it', [{ name: 'META-INF/lib/inner.jar', text: packZip([code]) }]],
    ['with a text called x.jar', [{ name: 'x.jar', text: 'text' }]],
    ['with the coordinates of another artifact', [pom('shaded', '1.0')]],
    ['with those of an artifact that its name ends with', [pom('web', '1.0')]],
  ] as const)('%s', async (_, more) => {
    const inventory = await inFile(at, packZip([...spring, ...more]));
    expect(inventory.outcome).toBe('partial');
    expect(shown(inventory)).toContain('pkg:generic/spring-web@5.3.17');
    expect(inventory.skips.map(({ location }) => location)).toContain(at);
  });

  it('is complete with its own coordinates beside those of others', async () => {
    const own = packZip([pom('spring-web', '5.3.17'), pom('shaded', '1.0'), code]);
    expect(await inFile(at, own)).toMatchObject({ outcome: 'complete', components: [{}, {}] });
  });

  it('without classes, such as a starter; but not sources, documents and resources', async () => {
    const bare = packZip([manifest('Implementation-Version: 2.7.0\n')]);
    const starter = await inFile('app/spring-boot-starter-web-2.7.0.jar', bare);
    expect(shown(starter)).toEqual(['pkg:generic/spring-boot-starter-web@2.7.0']);
    expect(starter.outcome).toBe('partial');
    for (const name of ['x-1.0-sources.jar', 'x-1.0-javadoc.jar', 'resources.jar', 'x-1.0.zip'])
      expect(await inFile(`app/${name}`, bare)).toMatchObject({
        outcome: 'complete',
        components: [],
      });
  });

  it('with only the coordinates of what was packed into it', async () => {
    const fat = packZip([pom('log4j-core', '2.14.1'), pom('other', '1'), code]);
    const named = await inFile('app/shop-1.2.jar', fat);
    expect(shown(named)).toEqual(['pkg:generic/shop@1.2', FOUND, 'pkg:maven/org.example/other@1']);
    expect(named.outcome).toBe('partial');
    const nameless = await inFile('app/app.jar', fat);
    expect(nameless.skips.map(({ location }) => location)).toEqual(['app/app.jar']);
  });

  it('which an application is not: its classes are no package', async () => {
    for (const name of ['WEB-INF/classes/com/x/A.class', 'BOOT-INF/classes/com/x/A.class'])
      expect((await inFile('app/shop.jar', packZip([{ name, text: 'x' }]))).outcome).toBe(
        'complete',
      );
  });
});

describe('truth A8: the file name and the version of the manifest', () => {
  it.each([
    ['kotlin-stdlib-1.9.0.jar', '1.9.0-release-358', '1.9.0'],
    ['bcprov-jdk15on-1.64.jar', '1.64.0', '1.64'],
    ['guava-31.1-jre.jar', '31.1.0.jre', '31.1-jre'],
    ['shop-2.0.jar', 'b123', '2.0'],
    ['shop-2.0.jar', '20230701', '2.0'],
    ['shop-2.0.jar', '3.1', '3.1'],
    ['shop.jar', '3.1', '3.1'],
    ['shop.jar', '$' + '{version}', null],
  ])('%s with %s', (name, stated, version) => {
    const values = new Map([['implementation-version', stated]]);
    expect(chooseVersion(parseArchiveName(name), values)).toBe(version);
  });

  it.each([
    ['log4j-1.2-api-2.17.1.jar', 'log4j-1.2-api', '2.17.1'],
    ['netty-epoll-4.1.77.Final-linux-x86_64.jar', 'netty-epoll', '4.1.77.Final-linux-x86_64'],
    ['x-9.0.0.Final-redhat-00001.jar', 'x', '9.0.0.Final-redhat-00001'],
    ['x-1.0-20230101.123456-1.jar', 'x', '1.0-20230101.123456-1'],
    ['akka-actor_2.13-2.6.19.jar', 'akka-actor_2.13', '2.6.19'],
    ['org.example.bundle_3.2.1.jar', 'org.example.bundle', '3.2.1'],
    ['demo-app.jar', 'demo-app', null],
    ['app', 'app', null],
  ])('%s is %s in version %s', (name, stem, version) => {
    expect(parseArchiveName(`a/b.jar!/${name}`)).toMatchObject({ stem, version });
  });

  it.each([
    ['commons-lang3-3.12.0.jar', 'commons-lang3', '3.12.0', true],
    ['org.apache.commons.lang3_3.12.0.jar', 'commons-lang3', '3.12.0', true],
    ['log4j-1.2-api-2.17.1.jar', 'log4j-1.2-api', '2.17.1', true],
    ['log4j-core-2.14.1.jar', 'log4j', '1.2.17', false],
    ['spring-web-5.3.17.jar', 'web', '1.0', false],
    ['app.jar', 'shop', '1.0', false],
  ])('%s is the artifact %s %s: %s', (name, artifact, version, is) => {
    expect(isNamedAfter(parseArchiveName(name), { artifact, version })).toBe(is);
  });
});
