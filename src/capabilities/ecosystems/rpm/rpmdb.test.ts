import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  packBerkeley,
  packHeader,
  packNdb,
  packSqlite,
  type RpmFields,
} from '../../../../test/support/rpm-database.ts';
import { testData } from '../../../../test/support/test-data.ts';
import { Failure } from '../../../core/failure.ts';
import type { Extraction } from '../extractor.ts';
import { rpmManifest } from './container-manifest.ts';
import { rpmDatabase } from './rpmdb.ts';

const SHA = 'ab'.repeat(32);
const OPENSSL: RpmFields = {
  name: 'openssl-libs',
  version: '1.1.1k',
  release: '5.el8_5',
  epoch: 1,
  vendor: 'AlmaLinux',
  licence: 'OpenSSL and ASL 2.0',
  sourceRpm: 'openssl-1.1.1k-5.el8_5.src.rpm',
  provides: ['libssl.so.1.1()(64bit)', 'openssl-libs'],
  requires: ['/bin/sh', 'libc.so.6()(64bit)', 'rpmlib(FileDigests)'],
  files: [
    { path: '/usr/lib64/libssl.so.1.1.1k', digest: SHA },
    { path: '/usr/lib64/libssl.so.1.1', mode: 0o120777 },
    { path: '/etc/pki/tls', mode: 0o040755 },
    { path: '/etc/pki/tls/openssl.cnf', digest: SHA, flags: 1 },
    { path: '/var/cache/ssl', digest: SHA, flags: 64 },
  ],
};
const BASH: RpmFields = {
  name: 'bash',
  version: '4.4.20',
  release: '2.el8',
  sourceRpm: 'bash-4.4.20-2.el8.src.rpm',
  licence: 'GPLv3+',
  provides: ['/bin/sh'],
  files: [{ path: '/usr/bin/bash', digest: SHA }],
};
const NODE: RpmFields = {
  name: 'nodejs',
  version: '18.18.2',
  release: '2.module_el8.9.0+3731+490e3ce8',
  epoch: 1,
  module: 'nodejs:18:8090020231019152822:a75119d5',
};
const KEY: RpmFields = { name: 'gpg-pubkey', version: 'ced7258b', release: '6525146f' };
const HEADERS = [OPENSSL, BASH, NODE, KEY].map(packHeader);

const read = (path: string, bytes: Uint8Array): Extraction => rpmDatabase.extract({ path, bytes });
const FORMS: readonly (readonly [string, (headers: readonly Buffer[]) => Buffer])[] = [
  ['usr/lib/sysimage/rpm/rpmdb.sqlite', packSqlite],
  ['var/lib/rpm/Packages.db', packNdb],
  ['var/lib/rpm/Packages', (headers) => packBerkeley(headers, 'LE')],
  ['usr/share/rpm/Packages', (headers) => packBerkeley(headers, 'BE')],
];

describe.each(FORMS)('B2 B15: the database of rpm in %s', (path, pack) => {
  const whole = pack(HEADERS);

  it('gives every package with epoch, source, module, licence and needs, and no key', () => {
    expect(rpmDatabase.wants(path)).toBe(true);
    const { drafts, skips } = read(path, whole);
    expect(skips).toEqual([]);
    expect(
      drafts.map(({ name, version, parts, source, licenses, vendor, needs }) => [
        name,
        version,
        parts.version,
        parts.qualifiers,
        source,
        licenses,
        vendor,
        needs,
      ]),
    ).toEqual([
      [
        'openssl-libs',
        '1:1.1.1k-5.el8_5',
        '1.1.1k-5.el8_5',
        { arch: 'x86_64', epoch: '1' },
        { name: 'openssl', version: '1:1.1.1k-5.el8_5' },
        ['OpenSSL AND Apache-2.0'],
        'AlmaLinux',
        ['bash-4.4.20-2.el8.x86_64'],
      ],
      [
        'bash',
        '4.4.20-2.el8',
        '4.4.20-2.el8',
        { arch: 'x86_64' },
        { name: 'bash', version: '4.4.20-2.el8' },
        ['GPL-3.0-or-later'],
        undefined,
        [],
      ],
      [
        'nodejs',
        '1:18.18.2-2.module_el8.9.0+3731+490e3ce8',
        '18.18.2-2.module_el8.9.0+3731+490e3ce8',
        { arch: 'x86_64', epoch: '1', rpmmod: 'nodejs:18:8090020231019152822:a75119d5' },
        null,
        [],
        undefined,
        [],
      ],
    ]);
  });

  it('names the files that a package put there, with digests unless they may be changed', () => {
    const lists = (read(path, whole).owned ?? []).map(({ package: key, form, lines }) => [
      key,
      form,
      Buffer.from(lines).toString().split('\n'),
    ]);
    const key = 'openssl-libs-1:1.1.1k-5.el8_5.x86_64';
    expect(lists).toEqual([
      [key, 'sha256sums', [`${SHA}  usr/lib64/libssl.so.1.1.1k`]],
      [key, 'paths', ['usr/lib64/libssl.so.1.1', 'etc/pki/tls/openssl.cnf']],
      ['bash-4.4.20-2.el8.x86_64', 'sha256sums', [`${SHA}  usr/bin/bash`]],
    ]);
  });

  it('says what is wrong with a file that is cut short, and throws Failure only', () => {
    for (let end = 1; end < whole.length; end += end < 1024 ? 1 : 61)
      expect(read(path, whole.subarray(0, end)).skips.length, `${end}`).toBeGreaterThan(0);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        onlyFailure(() => read(path, changed));
      }),
      { numRuns: 300 },
    );
  });

  it('keeps the packages beside one that is damaged', () => {
    const damaged = Buffer.from(HEADERS[1] ?? '');
    damaged.writeUInt32BE(0xffff, 4);
    const { drafts, skips } = read(path, pack([HEADERS[0] ?? damaged, damaged]));
    expect([drafts.map(({ name }) => name), skips.map(({ cause }) => cause.code)]).toEqual([
      ['openssl-libs'],
      ['MALFORMED'],
    ]);
  });
});

describe('B2: the database of rpm', () => {
  it('may be large: rows on many pages, values on overflow pages', () => {
    const many = Array.from({ length: 900 }, (_, at) =>
      packHeader({ name: `p${at}`, version: '1', release: '1', provides: ['x'.repeat(at * 7)] }),
    );
    const { drafts, skips } = read('var/lib/rpm/rpmdb.sqlite', packSqlite(many));
    expect([drafts.length, skips, new Set(drafts.map(({ name }) => name)).size]).toEqual([
      900,
      [],
      900,
    ]);
  });

  it.each([
    ['root/.rpmdb/rpmdb.sqlite', true],
    ['home/shop/.rpmdb/rpmdb.sqlite', true],
    ['usr/lib/sysimage/rpm/Packages.db', true],
    ['usr/lib/rpm/rpmdb.sqlite', true],
    ['opt/rpm/rpmdb.sqlite', false],
    ['var/lib/rpm/Name', false],
  ])('is at %s: %s', (path, isThere) => {
    expect(rpmDatabase.wants(path)).toBe(isThere);
  });

  it('is empty, or has changes beside it that it may lack', () => {
    expect(read('var/lib/rpm/rpmdb.sqlite', Buffer.alloc(0))).toMatchObject({
      drafts: [],
      skips: [],
    });
    const wal = 'var/lib/rpm/rpmdb.sqlite-wal';
    expect(rpmDatabase.wants(wal)).toBe(true);
    expect(read(wal, Buffer.alloc(0)).skips).toEqual([]);
    expect(read(wal, Buffer.alloc(32)).skips).toMatchObject([{ cause: { code: 'UNSUPPORTED' } }]);
  });

  it.each([
    ['no name', { ...BASH, name: '' }],
    ['a name of a path', { ...BASH, name: '../x' }],
    ['no version', { ...BASH, version: '', release: '' }],
    ['blanks in its version', { ...BASH, version: '1 2' }],
  ])('is partial with %s', (_, fields) => {
    const { drafts, skips } = read('var/lib/rpm/Packages.db', packNdb([packHeader(fields)]));
    expect([drafts, skips.length]).toEqual([[], 1]);
  });

  it.each([
    ['a text', 1014],
    ['a number', 1003],
  ])('is partial where %s of a header lies behind its data', (_, tag) => {
    const header = packHeader({ ...BASH, epoch: 2 });
    const at = Array.from({ length: header.readUInt32BE(0) }, (__, entry) => 8 + entry * 16).find(
      (entry) => header.readUInt32BE(entry) === tag,
    );
    header.writeUInt32BE(0xffffff, (at ?? 0) + 8);
    const { drafts, skips } = read('var/lib/rpm/Packages.db', packNdb([header]));
    expect([drafts, skips.length]).toEqual([[], 1]);
  });

  it('reads no page for two rows or two headers', () => {
    const large = [...'ab'].map((name) =>
      packHeader({ name, version: '1', release: '1', provides: ['x'.repeat(9_000)] }),
    );
    const berkeley = packBerkeley(large);
    const findItem = (entry: number): number => 512 + berkeley.readUInt16LE(512 + 26 + 2 * entry);
    berkeley.copy(berkeley, findItem(5) + 4, findItem(3) + 4, findItem(3) + 8);
    const sqlite = packSqlite(Array.from({ length: 60 }, () => large[0] ?? Buffer.alloc(0)));
    // Page 2 is the root of the table: two of its children become one.
    const root = sqlite.subarray(4096, 8192);
    root.copy(root, root.readUInt16BE(12), root.readUInt16BE(14), root.readUInt16BE(14) + 4);
    for (const [path, bytes] of [
      ['var/lib/rpm/Packages', berkeley],
      ['var/lib/rpm/rpmdb.sqlite', sqlite],
    ] as const)
      expect(read(path, bytes).skips[0]?.cause.message).toContain('is in it twice');
  });

  it('refuses two packages in one place of ndb', () => {
    const twice = packNdb(HEADERS.slice(0, 2));
    twice.copy(twice, 32 + 16 + 8, 32 + 8, 32 + 12);
    twice.writeUInt32LE(1, 32 + 16 + 4);
    const { drafts, skips } = read('var/lib/rpm/Packages.db', twice);
    expect([drafts.length, skips[0]?.cause.message]).toEqual([
      1,
      expect.stringContaining('share one place'),
    ]);
  });

  it('has a list in its place in images of Azure Linux without rpm', () => {
    const bytes = Buffer.from(
      'openssl-libs\t3.3.0-1.azl3\t1\t2\tMicrosoft Corporation\t(none)\t9\tx86_64\t0\topenssl-3.3.0-1.azl3.src.rpm\n' +
        'dbus\t1.15.8-3.azl3\t1\t2\tMicrosoft Corporation\t1\t9\tx86_64\t1\tdbus-1.15.8-3.azl3.src.rpm\nbroken\n',
    );
    const path = 'var/lib/rpmmanifest/container-manifest-2';
    const { drafts, skips } = rpmManifest.extract({ path, bytes });
    expect(drafts.map(({ version, source }) => [version, source?.name])).toEqual([
      ['3.3.0-1.azl3', 'openssl'],
      ['1:1.15.8-3.azl3', 'dbus'],
    ]);
    expect(skips).toHaveLength(1);
  });
});

const vectors = testData('vectors/inventory');
describe.skipIf(vectors === null)('B2: databases of Berkeley DB that rpm itself wrote', () => {
  it.each([
    ['syft/redhat/testdata/Packages', 'dive', '0.9.2-1', ['MIT']],
    ['scalibr/os/rpm/testdata/Packages_epoch', 'hello', '1:0.0.1-rls', ['LicenseRef-rpm-GPL']],
  ])('%s', (file, name, version, licenses) => {
    const bytes = readFileSync(join(vectors ?? '', file));
    const { drafts, skips } = read('var/lib/rpm/Packages', bytes);
    expect(skips).toEqual([]);
    expect(drafts).toMatchObject([{ name, version, licenses }]);
  });
});

function onlyFailure(work: () => unknown): void {
  try {
    work();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Failure);
  }
}
