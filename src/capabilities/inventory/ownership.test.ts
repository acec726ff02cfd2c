import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { file, link, whiteout } from '../../../test/support/images.ts';
import { packZip } from '../../../test/support/pack-zip.ts';
import { inventoryLayers, names, OS } from '../../../test/support/package-layers.ts';
import type { TarItem } from '../../../tools/image/tar.ts';
import type { Inventory } from '../ecosystems/component.ts';

const DEBIAN = 'Debian Team <team@tracker.debian.org>';

const status = (...packages: readonly string[]): TarItem =>
  file('var/lib/dpkg/status', packages.join('\n'));
const stanza = (name: string, more: string, state = 'install ok installed'): string =>
  `Package: ${name}\nStatus: ${state}\nArchitecture: amd64\nVersion: 1\n${more}\n`;
const by = (maintainer: string): string => `Maintainer: ${maintainer}\n`;
const list = (name: string, ...paths: readonly string[]): TarItem =>
  file(`var/lib/dpkg/info/${name}.list`, `/.\n${paths.map((path) => `/${path}\n`).join('')}`);
const md5 = (content: string | Uint8Array): string =>
  createHash('md5').update(content).digest('hex');
const sums = (name: string, files: Readonly<Record<string, string | Uint8Array>>): TarItem =>
  file(
    `var/lib/dpkg/info/${name}.md5sums`,
    Object.entries(files)
      .map(([path, content]) => `${md5(content)}  ${path}\n`)
      .join(''),
  );

const goProgram = (name: string): Buffer =>
  Buffer.from(`\x7fELF\x02\x01\x01\0\xff Go buildinf:${name}`, 'latin1');
const METADATA = 'Name: requests\nVersion: 2.19.0\n';
const EGG = 'usr/lib/python3/dist-packages/requests-2.19.0.egg-info/PKG-INFO';
const POM = {
  name: 'META-INF/maven/org.apache.commons/commons-text/pom.properties',
  text: 'groupId=org.apache.commons\nartifactId=commons-text\nversion=1.9\n',
};
const JAR = packZip([POM, { name: 'a/B.class', text: 'x' }]);

const reasons = ({ skips }: Inventory): readonly string[] =>
  skips.map(({ cause }) => cause.message);

describe('truth A5, C01: a package hides what it put there and what its advisories cover', () => {
  const docker = goProgram('docker');
  const debian = [OS, status(stanza('docker.io', by(DEBIAN))), list('docker.io', 'usr/bin/docker')];
  const program = file('usr/bin/docker', docker, 0o755);

  it('covers the Go program of an installed package of the distribution', async () => {
    expect(await inventoryLayers([[...debian, program]])).toMatchObject({
      outcome: 'complete',
      unexplained: { executables: 0 },
    });
  });

  it('names what a package of another maker brings along', async () => {
    const jar = 'opt/vendor/spring-web-5.3.17.jar';
    const all = {
      'opt/vendor/bin/tool': goProgram('tool'),
      'opt/vendor/lib/requests-2.19.0.dist-info/METADATA': METADATA,
      [jar]: packZip([{ name: 'a/B.class', text: 'x' }]),
    };
    const files = Object.entries(all).map(([path, content]) => file(path, content, 0o755));
    const owned = [list('vendor', ...Object.keys(all)), sums('vendor', all)];
    for (const more of [by('Vendor <deb@vendor.example>'), 'Origin: vendor\n', '']) {
      const inventory = await inventoryLayers([
        [OS, status(stanza('vendor', more)), ...owned, ...files],
      ]);
      const said = reasons(inventory).join('\n');
      for (const word of ['go-program', jar]) expect(said).toContain(word);
      expect(names(inventory)).toContain('requests');
      // They are parts of that package all the same.
      expect(inventory.unexplained).toMatchObject({ executables: 0 });
    }
  });

  it('covers nothing that a later layer replaced', async () => {
    const later = [file('usr/bin/docker', goProgram('other'), 0o755)];
    const inventory = await inventoryLayers([[...debian, program], later]);
    expect(reasons(inventory).join()).toContain('go-program');
    expect(inventory.unexplained).toMatchObject({ executables: 1 });
  });

  it('covers no file with another MD5, and one with the right MD5 from any layer', async () => {
    const known = sums('docker.io', { 'usr/bin/docker': docker });
    const replaced = file('usr/bin/docker', goProgram('other'), 0o755);
    expect((await inventoryLayers([[...debian, known, replaced]])).outcome).toBe('partial');
    expect((await inventoryLayers([[...debian, known], [program]])).outcome).toBe('complete');
  });

  it.each([
    ['is no longer installed', stanza('docker.io', by(DEBIAN), 'deinstall ok config-files')],
    ['was never there', stanza('other', by(DEBIAN))],
    ['is there in another architecture', ''],
  ])('covers nothing of a package that %s', async (_, packages) => {
    const owner = packages === '' ? 'docker.io:arm64' : 'docker.io';
    const database = status(packages || stanza('docker.io', by(DEBIAN)), stanza('x', by(DEBIAN)));
    const inventory = await inventoryLayers([
      [OS, database, list(owner, 'usr/bin/docker'), program],
    ]);
    expect(reasons(inventory).join()).toContain('go-program');
  });

  it('covers nothing of a package that a later layer removes', async () => {
    const later = [status(stanza('x', by(DEBIAN))), whiteout('var/lib/dpkg/info/docker.io.list')];
    const inventory = await inventoryLayers([[...debian, program], later]);
    expect(reasons(inventory).join()).toContain('go-program');
  });

  it('covers what is behind links as dpkg wrote it, in the name of an architecture', async () => {
    const layers = [
      [
        OS,
        status(stanza('libx', by(DEBIAN))),
        list('libx:amd64', 'lib/x.so', 'lib/y.egg-info'),
        link('lib', 'usr/lib'),
        file('usr/lib/x.so', goProgram('x')),
        link('usr/lib/y.egg-info', 'x.so'),
      ],
    ];
    expect(reasons(await inventoryLayers(layers))).toEqual([]);
  });

  it('covers what a package is named after where it does not say who made it', async () => {
    const owns = (name: string): Promise<Inventory> =>
      inventoryLayers([[OS, status(stanza(name, '')), list(name, EGG), file(EGG, METADATA)]]);
    expect(names(await owns('python3-requests'))).toEqual(['python3-requests']);
    expect(names(await owns('vendor-product'))).toEqual(['vendor-product', 'requests']);
  });
});

describe('truth A20 C13: packages without dpkg own what their MD5 sums name', () => {
  const text = `Package: python3-requests\nArchitecture: all\nVersion: 2\n${by(DEBIAN)}`;
  const part = file('var/lib/dpkg/status.d/python3-requests', text);
  const sum = `${md5(METADATA)}  ${EGG}\n`;

  it.each(['var/lib/dpkg/status.d', 'var/lib/dpkg/info', 'usr/lib/dpkg/status.d'])(
    'in %s',
    async (folder) => {
      const owned = file(`${folder}/python3-requests.md5sums`, sum);
      const whole = await inventoryLayers([[OS, part, owned, file(EGG, METADATA)]]);
      expect(reasons(whole)).toEqual([]);
      expect(names(whole)).toEqual(['python3-requests']);
      const changed = await inventoryLayers([[OS, part, owned, file(EGG, `${METADATA}x`)]]);
      expect(names(changed)).toContain('requests');
    },
  );

  it('by the name of the file in status.d, which distroless cuts off at a dot', async () => {
    const cut = text.replace('python3-requests', 'python3.11-requests');
    const part = file('var/lib/dpkg/status.d/python3', cut);
    const owned = file('var/lib/dpkg/status.d/python3.md5sums', sum);
    const whole = await inventoryLayers([[OS, part, owned, file(EGG, METADATA)]]);
    expect(reasons(whole)).toEqual([]);
    expect(names(whole)).toEqual(['python3.11-requests']);
    const other = file('var/lib/dpkg/status.d/python4.md5sums', sum);
    const foreign = await inventoryLayers([[OS, part, other, file(EGG, METADATA)]]);
    expect(names(foreign)).toContain('requests');
  });
});

describe('truth A23: what the distribution built is not matched as its origin published it', () => {
  const layer = (maintainer: string): readonly TarItem[] => [
    OS,
    status(stanza('libcommons-text-java', by(maintainer))),
    list('libcommons-text-java', 'usr/share/java/commons-text.jar'),
    list(
      'libcommons-text-java',
      'usr/share/java/commons-text.jar',
      'usr/share/npm/node_modules/x/package.json',
    ),
    file('usr/share/java/commons-text.jar', JAR),
    file('usr/share/npm/node_modules/x/package.json', '{"name":"x","version":"1.0.0"}'),
  ];

  it('archives and npm packages alike, and only its own', async () => {
    expect(names(await inventoryLayers([layer(DEBIAN)]))).toEqual(['libcommons-text-java']);
    expect(names(await inventoryLayers([layer('Shop <shop@example.com>')]))).toEqual([
      'libcommons-text-java',
      'org.apache.commons:commons-text',
      'x',
    ]);
  });
});
