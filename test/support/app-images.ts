import { createHash } from 'node:crypto';
import type { TarItem } from '../../tools/image/tar.ts';
import { packElf } from './elf.ts';
import { file } from './images.ts';
import { packZip } from './pack-zip.ts';
import { packHeader, packNdb, packSqlite } from './rpm-database.ts';

const OS_RELEASE = file(
  'etc/os-release',
  'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
);

/** How a Debian package states its licences: several in DEP-5, or as prose. */
const COPYRIGHTS: Readonly<Record<string, string>> = {
  'base-files':
    'This is the Debian base-files package.\n\nIt is under the GPL, version 2 or later.\n',
  libc6: dep5('LGPL-2.1+', 'GPL-2+ with Texinfo exception', 'Spencer and ISC', 'Carnegie'),
  'libdb5.3': dep5('Sleepycat', 'BSD-3-clause', 'GPL-3+ with autoconf exception'),
  gawk: dep5('GPL-3+', 'GFDL-NIV-1.3+', 'FSFULLR', 'public-domain'),
  nodejs: dep5('Expat', 'Apache-2.0 or BSD-3-clause', 'BSD-3-clause and Unicode', 'Artistic-2'),
  'node-acorn': dep5('Expat'),
  'openjdk-17-jre-headless': 'OpenJDK is under the GPL, version 2, with the Classpath exception.\n',
};

function dep5(...licences: readonly string[]): string {
  const stanzas = licences.map((one, at) => `Files: f${at}/*\nCopyright: x\nLicense: ${one}\n`);
  const format = 'https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/';
  return `Format: ${format}\nUpstream-Name: x\n\n${stanzas.join('\n')}`;
}

function stanza(name: string): string {
  return (
    `Package: ${name}\nStatus: install ok installed\nMaintainer: Debian <d@example.com>\n` +
    `Architecture: amd64\nVersion: 1.0-1\nDescription: x\n`
  );
}

const writeCopyright = (name: string): TarItem =>
  file(`usr/share/doc/${name}/copyright`, COPYRIGHTS[name] ?? 'It is free software.\n');

/** A Debian base, with the database of dpkg. */
export function debianBase(...names: readonly string[]): readonly TarItem[] {
  const packages = ['base-files', 'libc6', 'libdb5.3', 'gawk', ...names];
  const status = file('var/lib/dpkg/status', packages.map((one) => `${stanza(one)}\n`).join(''));
  return [OS_RELEASE, status, ...packages.map(writeCopyright)];
}

/** The base of Ubuntu, with the database of dpkg. */
export function ubuntuBase(): readonly TarItem[] {
  const name = file(
    'etc/os-release',
    'ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04.3 LTS"\nVERSION_CODENAME=noble\n',
  );
  const [, ...rest] = debianBase();
  return [
    name,
    ...rest.map(({ path, content = '', ...more }) =>
      path === 'var/lib/dpkg/status'
        ? file(path, content.toString().replaceAll('Debian <d@', 'Ubuntu Developers <u@'))
        : { path, content, ...more },
    ),
  ];
}

/** The base of Red Hat for images, with the database that rpm keeps in SQLite. */
export function ubiBase(): readonly TarItem[] {
  const digest = createHash('sha256').update(PROGRAM).digest('hex');
  const vendor = 'Red Hat, Inc.';
  const bash = packHeader({
    ...{ name: 'bash', version: '5.1.8', release: '9.el9', vendor, licence: 'GPLv3+' },
    sourceRpm: 'bash-5.1.8-9.el9.src.rpm',
    files: [{ path: '/usr/bin/bash', digest }],
  });
  const zlib = packHeader({
    ...{ name: 'zlib', version: '1.2.11', release: '40.el9', vendor, licence: 'zlib and Boost' },
    sourceRpm: 'zlib-1.2.11-40.el9.src.rpm',
  });
  return [
    file(
      'etc/os-release',
      'ID="rhel"\nVERSION_ID="9.6"\nPRETTY_NAME="Red Hat Enterprise Linux 9.6"\n',
    ),
    file('usr/bin/bash', PROGRAM, 0o755),
    file('var/lib/rpm/rpmdb.sqlite', packSqlite([bash, zlib])),
  ];
}

/** A distroless base: one file for each package, and no program that reads them. */
export function distrolessBase(...names: readonly string[]): readonly TarItem[] {
  const packages = ['base-files', 'libc6', ...names];
  return [
    OS_RELEASE,
    ...packages.map((one) => file(`var/lib/dpkg/status.d/${one}`, stanza(one))),
    ...packages.map(writeCopyright),
  ];
}

/** The base of a distribution with packages of apk, and a program that one of them installed. */
export function apkBase(id: string, version: string, licence = 'GPL-2.0-only'): readonly TarItem[] {
  const sha1 = createHash('sha1').update(PROGRAM).digest('base64');
  const database =
    `P:busybox\nV:1.36.1-r2\nA:x86_64\nL:${licence}\no:busybox\nF:bin\nR:busybox\nZ:Q1${sha1}\n\n` +
    'P:musl\nV:1.2.4-r1\nA:x86_64\nL:MIT\no:musl\n\n';
  return [
    file('etc/os-release', `ID=${id}\nVERSION_ID="${version}"\n`),
    file('bin/busybox', PROGRAM, 0o755),
    file('lib/apk/db/installed', database),
  ];
}

/** A base of AlmaLinux, with the older names of licences that Fedora gave. */
export function almaBase(licence = 'GPLv3+'): readonly TarItem[] {
  const digest = createHash('sha256').update(PROGRAM).digest('hex');
  const [vendor, release] = ['AlmaLinux', '1.el9'];
  const headers = [
    packHeader({
      ...{ name: 'bash', version: '5.1.8', release, vendor, licence },
      sourceRpm: 'bash-5.1.8-1.el9.src.rpm',
      files: [{ path: '/usr/bin/bash', digest }],
    }),
    packHeader({
      ...{ name: 'glibc', version: '2.34', release, vendor },
      licence: 'LGPLv2+ and LGPLv2+ with exceptions and GPLv2+ and BSD and Public Domain',
    }),
  ];
  return [
    file('etc/os-release', 'ID="almalinux"\nVERSION_ID="9.3"\n'),
    file('usr/bin/bash', PROGRAM, 0o755),
    file('var/lib/rpm/Packages.db', packNdb(headers)),
  ];
}

const PROGRAM = packElf({ sections: [{ name: '.text', content: 'code' }], writable: 'data' });

function jar(group: string, artifact: string, version: string, licence: string): Buffer {
  const coordinates = `groupId=${group}\nartifactId=${artifact}\nversion=${version}\n`;
  return packZip([
    { name: 'META-INF/MANIFEST.MF', text: `Manifest-Version: 1.0\r\n${licence}\r\n` },
    { name: `META-INF/maven/${group}/${artifact}/pom.properties`, text: coordinates },
    { name: 'x/Y.class', text: 'class' },
  ]);
}

/** The one archive that Spring Boot builds: an application with its libraries in it. */
export function springBoot(): readonly TarItem[] {
  const apache = 'Bundle-License: https://www.apache.org/licenses/LICENSE-2.0.txt';
  const epl =
    'Bundle-License: https://www.eclipse.org/legal/epl-v20.html, https://www.gnu.org/\r\n ' +
    'software/classpath/license.html';
  const lib = (name: string, text: Buffer) => ({
    name: `BOOT-INF/lib/${name}`,
    text,
    stored: true,
  });
  const archive = packZip([
    {
      name: 'META-INF/MANIFEST.MF',
      text:
        'Manifest-Version: 1.0\r\nMain-Class: org.springframework.boot.loader.launch.JarLauncher\r\n' +
        'Start-Class: com.example.Shop\r\nSpring-Boot-Version: 3.3.1\r\n',
    },
    { name: 'BOOT-INF/classes/com/example/Shop.class', text: 'class' },
    lib(
      'jackson-core-2.17.1.jar',
      jar('com.fasterxml.jackson.core', 'jackson-core', '2.17.1', apache),
    ),
    lib(
      'jakarta.annotation-api-2.1.1.jar',
      jar('jakarta.annotation', 'jakarta.annotation-api', '2.1.1', epl),
    ),
  ]);
  return [file('app/shop.jar', archive)];
}

/** A Node.js application with its packages. */
export function nodeApplication(): readonly TarItem[] {
  const installed = (name: string, license: unknown): TarItem =>
    file(
      `app/node_modules/${name}/package.json`,
      JSON.stringify({ name, version: '1.0.0', license }),
    );
  return [
    file('app/package.json', '{"name":"shop","version":"1.0.0","private":true}'),
    file('app/server.js', 'console.log(1);\n'),
    installed('left', 'MIT'),
    installed('right', '(BSD-2-Clause OR MIT OR Apache-2.0)'),
    installed('@scope/old', { type: 'MIT' }),
  ];
}

/** Where Debian's Node.js has its own packages, which belong to Debian packages. */
export function debianNode(): readonly TarItem[] {
  const path = 'usr/share/nodejs/acorn/package.json';
  return [
    ...debianBase('nodejs', 'libnode108', 'node-acorn'),
    file(path, '{"name":"acorn","version":"8.8.1","license":"MIT"}'),
    file('var/lib/dpkg/info/node-acorn.list', `/.\n/usr\n/${path}\n`),
    file('usr/bin/node', 'not a program here'),
    file('var/lib/dpkg/info/nodejs.list', '/.\n/usr\n/usr/bin\n/usr/bin/node\n'),
  ];
}
