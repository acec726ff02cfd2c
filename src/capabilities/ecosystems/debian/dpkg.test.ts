import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Files, makeTree } from '../../../../test/support/images.ts';
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { inventoryTree } from '../../inventory/inventory-tree.ts';
import { readSbom } from '../../inventory/sbom/read-sbom.ts';
import { writeCycloneDx } from '../../inventory/sbom/write-cyclonedx.ts';
import { writeSpdx } from '../../inventory/sbom/write-spdx.ts';
import type { Inventory } from '../component.ts';
import { parseDebianExpression } from './copyright.ts';
import { dpkgStatus } from './status.ts';

const OS = {
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
};
const ACL = 'Package: acl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.3.1-3\n';

const rootfs = (files: Files): Promise<Inventory> =>
  inventoryTree(makeTree({ ...OS, ...files }), '/', { target: 'root-file-system' });
const status = (text: string): Promise<Inventory> => rootfs({ 'var/lib/dpkg/status': text });

describe('B2 B15: dpkg', () => {
  it('gives the binary package with its distribution, and its source package', async () => {
    const { components, os } = await status(
      'Package: libacl1\nStatus: install ok installed\nArchitecture: amd64\nMulti-Arch: ' +
        'same\nSource: acl (2.3.1-2)\nVersion: 2.3.1-3+b1\n\n' +
        'Package: g++\nStatus: install ok installed\nArchitecture: amd64\nSource: ' +
        'gcc-defaults\nVersion: 4:12.2.0-3\nDepends: libacl1 (>= 1) | x, nothing\n',
    );
    expect(os).toEqual({
      id: 'debian',
      versionId: '12',
      prettyName: 'Debian GNU/Linux 12 (bookworm)',
    });
    expect(components.map(({ purl, source }) => [purl, source])).toEqual([
      [
        'pkg:deb/debian/g%2B%2B@4:12.2.0-3?arch=amd64&distro=debian-12',
        { name: 'gcc-defaults', version: '4:12.2.0-3' },
      ],
      [
        'pkg:deb/debian/libacl1@2.3.1-3%2Bb1?arch=amd64&distro=debian-12',
        { name: 'acl', version: '2.3.1-2' },
      ],
    ]);
    expect(components[0]?.dependsOn).toEqual([components[1]?.purl]);
  });

  it.each([
    ['install ok installed', true],
    ['hold ok installed', true],
    ['deinstall ok installed', true],
    ['install ok unpacked', true],
    ['install reinstreq half-installed', true],
    ['install ok half-configured', true],
    ['install ok triggers-awaited', true],
    ['install ok triggers-pending', true],
    ['deinstall ok config-files', false],
    ['unknown ok not-installed', false],
  ])('counts a package whose files are there: %s', async (state, there) => {
    const inventory = await status(
      `${ACL.replace('install ok installed', state)}\n${ACL.replace('acl', 'other')}`,
    );
    const names = inventory.components.map(({ name }) => name);
    expect([inventory.outcome, names]).toEqual(['complete', there ? ['acl', 'other'] : ['other']]);
  });

  it('reads status.d of distroless images, where the file itself is the status', async () => {
    const text = ACL.replace(/Status.*\n/, '');
    const inventory = await rootfs({
      'var/lib/dpkg/status.d/acl': text,
      'var/lib/dpkg/status.d/acl.md5sums': '0  usr/bin/x',
    });
    expect(inventory).toMatchObject({
      outcome: 'complete',
      components: [{ name: 'acl' }],
      found: ['dpkg'],
    });
  });

  it('names the distribution of a derivative, and reports that none is named', async () => {
    const ubuntu = await rootfs({
      'etc/os-release': 'ID=ubuntu\nVERSION_ID="22.04"',
      'var/lib/dpkg/status': ACL,
    });
    expect(ubuntu.components[0]?.purl).toBe(
      'pkg:deb/ubuntu/acl@2.3.1-3?arch=amd64&distro=ubuntu-22.04',
    );
    const elsewhere = await rootfs({
      'etc/os-release': { link: '../usr/lib/os-release' },
      'usr/lib/os-release': 'ID=debian',
      'var/lib/dpkg/status': ACL,
    });
    expect(elsewhere).toMatchObject({ outcome: 'complete', os: { id: 'debian', versionId: null } });
    const nameless = await rootfs({ 'etc/os-release': '', 'var/lib/dpkg/status': ACL });
    expect(nameless).toMatchObject({
      outcome: 'partial',
      os: null,
      skips: [{ cause: { code: 'FACT_UNKNOWN' } }],
    });
  });

  it.each([
    ['a line that is not a field', `${ACL}broken\n`],
    ['a stanza without a name', 'Status: install ok installed\nVersion: 1\n'],
    ['an invalid name', ACL.replace('acl', '../acl')],
    ['no version', ACL.replace(/Version.*\n/, '')],
    ['a status that dpkg does not write', ACL.replace('install ok installed', 'installed')],
    ['no status', ACL.replace(/Status.*\n/, '')],
  ])('is partial with %s, and keeps the packages beside it', async (_, text) => {
    const inventory = await status(
      `${text}\n\nPackage: b\nStatus: install ok installed\nVersion: 1\n`,
    );
    expect(inventory).toMatchObject({
      outcome: 'partial',
      skips: [{ cause: { code: 'MALFORMED' } }],
    });
    expect(inventory.components.map(({ name }) => name)).toContain('b');
  });

  it('reports unknown packages for a distribution whose status file was emptied', async () => {
    const emptied = await status('');
    expect(emptied).toMatchObject({
      outcome: 'partial',
      components: [],
      skips: [{ cause: { code: 'FACT_UNKNOWN' } }],
    });
    expect(await status(ACL)).toMatchObject({ outcome: 'complete', found: ['dpkg'] });
  });

  it('X12: names a point release of Debian by the release, as its SBOM is read', async () => {
    const inventory = await rootfs({
      'etc/os-release': 'ID=debian\nVERSION_ID="12.5"',
      'var/lib/dpkg/status': ACL,
    });
    expect(inventory.components[0]?.purl).toBe(
      'pkg:deb/debian/acl@2.3.1-3?arch=amd64&distro=debian-12',
    );
    const made = { at: toInstant(0), tool: { name: 'waybill', version: '1' } };
    for (const write of [writeSpdx, writeCycloneDx])
      expect(orThrow(readSbom(write(inventory, made))).inventory.components).toEqual(
        inventory.components,
      );
  });

  it('refuses a database over the limit and reads one below it', async () => {
    const filler = (length: number): Uint8Array =>
      Buffer.concat([Buffer.from(`${ACL}X: `), Buffer.alloc(length - ACL.length - 3, 'x')]);
    expect(
      (await rootfs({ 'var/lib/dpkg/status': filler(LIMITS.fileBytesMax) })).components,
    ).toHaveLength(1);
    expect(await rootfs({ 'var/lib/dpkg/status': filler(LIMITS.fileBytesMax + 1) })).toMatchObject({
      outcome: 'partial',
      components: [],
      skips: [{ cause: { code: 'LIMIT_EXCEEDED' } }],
    });
  });

  it('throws only Failure for any text', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'Package: a',
        'Version: 1',
        'Status: install ok installed',
        '',
        ' x',
        'Depends: a | b,,|',
        'Source: (',
        'Provides: a',
      ),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.array(line, { maxLength: 40 }).map((lines) => Buffer.from(lines.join('\n'))),
        ),
        (bytes) => {
          try {
            for (const draft of dpkgStatus.extract({ path: 'var/lib/dpkg/status', bytes }).drafts)
              expect(draft.version).not.toBe('');
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(Failure);
          }
        },
      ),
    );
  });

  it('takes less than quadratic time when packages provide what others need', async () => {
    const many = Array.from(
      { length: 4_000 },
      (_, at) =>
        `Package: p${at}\nStatus: install ok installed\nVersion: 1\nProvides: v\nDepends: v\n`,
    );
    const inventory = await status(many.join('\n'));
    expect(inventory.components).toHaveLength(4_000);
    expect(inventory.components[0]?.dependsOn.length).toBeLessThanOrEqual(16);
  });
});

describe('licences of Debian packages', () => {
  it.each([
    ['Expat', 'MIT'],
    ['GPL-2+', 'GPL-2.0-or-later'],
    ['GPL-1+ or Artistic', 'GPL-1.0-or-later OR Artistic-1.0-Perl'],
    ['GPL-2 and Expat or BSD-3-clause', '(GPL-2.0-only AND MIT) OR BSD-3-Clause'],
    [
      'GPL-2+ or Artistic-2.0, and BSD-3-clause',
      '(GPL-2.0-or-later OR Artistic-2.0) AND BSD-3-Clause',
    ],
    ['public-domain', 'LicenseRef-debian-public-domain'],
    ['GPL-3+ with Bison exception', 'LicenseRef-debian-GPL-3-or-later-with-Bison-exception'],
    ['a, or b', null],
    ['(x)', null],
  ])('%s is %s', (text, expression) => {
    expect(parseDebianExpression(text)).toBe(expression);
  });

  it('come from the machine-readable copyright file, and are unknown otherwise', async () => {
    const b = ACL.replace('acl', 'b');
    const c = ACL.replace('acl', 'c');
    const { components } = await rootfs({
      'var/lib/dpkg/status': `${ACL}\n${b}\n${c}`,
      'usr/share/doc/acl/copyright':
        'Format: ' +
        'https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: ' +
        '*\nLicense: GPL-2+\n text\n\nFiles: x\nLicense: Expat\n',
      'usr/share/doc/b': { link: 'acl' },
      'usr/share/doc/c/copyright': 'This package is free software; License: GPL-2\n',
    });
    expect(components.map(({ licenses }) => licenses)).toEqual([
      ['GPL-2.0-or-later', 'MIT'],
      ['GPL-2.0-or-later', 'MIT'],
      [],
    ]);
  });
});

const own = '/var/lib/dpkg/status';
const hasDpkg = existsSync(own) && existsSync('/usr/bin/dpkg-query');
if (!hasDpkg) console.warn('skipped: this machine has no dpkg to compare with');

describe('this machine', () => {
  it.skipIf(!hasDpkg)('has exactly the packages that dpkg-query names', async () => {
    const fields = [
      'db:Status-Status',
      'Package',
      'Version',
      'Architecture',
      'source:Package',
      'source:Version',
    ];
    const format = `${fields.map((field) => `\${${field}}`).join(' ')}\n`;
    const theirs = execFileSync('dpkg-query', ['-W', '-f', format], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    const expected = theirs
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('config-files '));
    const { components, skips } = await status(readFileSync(own, 'utf8'));
    const ours = components.map(({ name, version, purl, source }) =>
      [name, version, /arch=([^&]+)/.exec(purl)?.[1], source?.name, source?.version].join(' '),
    );
    expect(skips).toEqual([]);
    expect(ours.sort()).toEqual(expected.map((line) => line.slice(line.indexOf(' ') + 1)).sort());
  });
});
