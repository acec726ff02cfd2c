import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicaliseDistro } from '../../../core/distro.ts';
import { identifyCommon, identifyPackage, identifyUncommon } from './package-identity.ts';

const apt = 'pkg:deb/debian/apt@2.6.1?arch=amd64&distro=debian-12';

describe('the identity of a package', () => {
  it.each([
    ['Waybill', apt],
    ['Syft', 'pkg:deb/debian/apt@2.6.1?arch=amd64&upstream=apt&distro=debian-12'],
    ['Trivy', 'pkg:deb/debian/apt@2.6.1?arch=amd64&distro=debian-12.11'],
    ['cdxgen', 'pkg:deb/debian/apt@2.6.1?arch=amd64&distro=debian-12&distro_name=bookworm'],
    ['cdxgen before 11', 'pkg:deb/debian/apt@2.6.1?arch=amd64&distro=bookworm'],
    ['upper case', 'pkg:DEB/Debian/apt@2.6.1?arch=amd64&distro=Debian-12'],
  ])('B2: the Debian package of %s is the same as in every other tool', (_tool, purl) => {
    expect(identifyPackage(purl)?.purl).toBe(apt);
  });

  it('Another architecture, release or version is another package', () => {
    for (const [from, to] of [
      ['amd64', 'arm64'],
      ['debian-12', 'debian-11'],
      ['2.6.1', '2.6.2'],
    ] as const)
      expect(identifyPackage(apt.replace(from, to))?.purl).not.toBe(apt);
  });

  it('Trivy keeps an epoch in a qualifier, the purl-spec in the version', () => {
    const trivy = identifyPackage(
      'pkg:deb/debian/bsdutils@2.38.1-5?arch=amd64&distro=debian-12.11&epoch=1',
    );
    expect(trivy?.purl).toBe('pkg:deb/debian/bsdutils@1:2.38.1-5?arch=amd64&distro=debian-12');
    expect(
      identifyPackage('pkg:deb/debian/bsdutils@1%3A2.38.1-5?epoch=1&arch=amd64&distro=debian-12'),
    ).toEqual(trivy);
    expect(identifyPackage('pkg:rpm/rhel/bind@9.1-2?epoch=32')?.version).toBe('32:9.1-2');
  });

  it.each([
    [
      'pkg:deb/debian/libssl3@3.0?arch=amd64&upstream=openssl%403.0.1',
      { name: 'openssl', version: '3.0.1' },
    ],
    ['pkg:deb/debian/libssl3@3.0?arch=amd64&upstream=openssl', { name: 'openssl', version: '3.0' }],
    [
      'pkg:alpine/libcrypto1.1@1.1.1q-r0?arch=x86_64&upstream=openssl',
      { name: 'openssl', version: '1.1.1q-r0' },
    ],
    ['pkg:rpm/rhel/bind-libs@9?upstream=bind-9.src.rpm', null],
    ['pkg:deb/debian/libssl3@3.0?arch=amd64', null],
  ])('The source package of %s', (purl, source) => {
    expect(identifyPackage(purl)?.source).toEqual(source);
  });

  it.each([
    ['pkg:npm/%40babel/core@7.0.0', '@babel/core', '7.0.0'],
    ['pkg:npm/@babel/core@7.0.0', '@babel/core', '7.0.0'],
    [
      'pkg:maven/org.apache.logging.log4j/log4j-core@2.12.3',
      'org.apache.logging.log4j:log4j-core',
      '2.12.3',
    ],
    ['pkg:maven/a/b@1?type=jar', 'a:b', '1'],
    ['pkg:golang/github.com/gin-gonic/gin@v1.9.0', 'github.com/gin-gonic/gin', 'v1.9.0'],
    [
      'pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12',
      'libstdc++6',
      '12.2.0-14+deb12u1',
    ],
    ['pkg:pypi/Ruamel_Yaml@0.17', 'ruamel-yaml', '0.17'],
  ])('%s is called %s', (purl, name, version) => {
    expect(identifyPackage(purl)).toMatchObject({ kind: 'package', name, version });
  });

  it('G4: log4j from a Maven plugin and a jar scanner is one package; a test jar is not', () => {
    const plain = identifyPackage('pkg:maven/a/b@1')?.purl;
    expect(identifyPackage('pkg:maven/a/b@1?type=jar')?.purl).toBe(plain);
    expect(identifyPackage('pkg:maven/a/b@1?type=test-jar')?.purl).not.toBe(plain);
  });

  it.each([
    ['pkg:deb/debian/openssl@3.0?arch=source', 'source'],
    ['pkg:rpm/rhel/openssl@3.0?arch=src', 'source'],
    ['pkg:oci/trips@sha256%3Aabc', 'image'],
    ['pkg:docker/dhi/python@3.14', 'image'],
    ['pkg:deb/debian/resource@1?arch=amd64', 'package'],
  ])('%s is a %s', (purl, kind) => {
    expect(identifyPackage(purl)?.kind).toBe(kind);
  });

  it.each(['', 'npm/a@1', 'pkg:', 'pkg:npm', 'pkg:golang/@?type=module', 'pkg:npm/%zz@1'])(
    '%j is not a package',
    (text) => {
      expect(identifyPackage(text)).toBeNull();
    },
  );

  it('A distribution is its os-release ID and release; Debian has no point release', () => {
    expect(canonicaliseDistro('debian', '12.5')).toBe('debian-12');
    expect(canonicaliseDistro('debian', 'sid')).toBe('sid');
    expect(canonicaliseDistro('ubuntu', 'jammy')).toBe('ubuntu-22.04');
    expect(canonicaliseDistro('alpine', '3.18.4')).toBe('alpine-3.18.4');
    expect(canonicaliseDistro('redhat', 'redhat-8.6')).toBe('redhat-8.6');
  });

  const piece = fc.stringMatching(/^[A-Za-z0-9@._~:%+-]{1,10}$/);
  const shaped = fc
    .tuple(
      fc.constantFrom('npm', 'maven', 'deb', 'golang'),
      fc.array(piece, { minLength: 1, maxLength: 3 }),
      piece,
      fc.constantFrom(
        '',
        '?arch=amd64&distro=debian-12',
        '?arch=source&distro=debian-12',
        '?arch=all&distro=debian-12.1',
        '?distro=debian-12&arch=all',
        '?arch=amd64&upstream=a%401%2B2&distro=debian-12',
      ),
    )
    .map(([type, path, version, query]) => `pkg:${type}/${path.join('/')}@${version}${query}`);

  it('The short way for common purls gives the same as the long way', () => {
    const common = fc.constantFrom(
      apt,
      'pkg:npm/%40a/b@1.0.0-rc.1',
      'pkg:npm/a@1.0.0%2Bbuild',
      'pkg:maven/A.b/C_d@1~x',
      'pkg:deb/debian/a@1?arch=source&distro=debian-12',
      'pkg:deb/debian/a@1?arch=amd64&upstream=b&distro=debian-12.5',
      'pkg:deb/debian/a@1%2B2?arch=amd64&upstream=b%2B%2B%401%3A2%2B3&distro=debian-12',
      'pkg:deb/debian/a@1?arch=amd64&upstream=b@2&distro=debian-12',
      'pkg:golang/github.com/a/b@v1.2.3',
      'pkg:golang/../a@v0',
      'pkg:golang/a@v0',
      'pkg:golang/a.b/c@1.2.3',
      'pkg:golang/a.b/c@v1.2.3-rc.1%2Bincompatible',
      'pkg:deb/debian/g%2B%2B@4:12.2?arch=all&distro=debian-13',
    );
    fc.assert(
      fc.property(fc.oneof(shaped, common), (text) => {
        const short = identifyCommon(text);
        if (short !== null) expect(short).toEqual(identifyUncommon(text));
      }),
      { numRuns: 5_000 },
    );
    const quick = [
      'pkg:npm/a@1',
      apt,
      'pkg:maven/a.b/c@1',
      'pkg:golang/a.b/c@v1',
      apt.replace('&', '&upstream=b&'),
    ];
    for (const text of quick) expect(identifyCommon(text)).not.toBeNull();
  });

  it('A canonical purl does not change', () => {
    fc.assert(
      fc.property(shaped, (text) => {
        const identity = identifyPackage(text);
        if (identity !== null) expect(identifyPackage(identity.purl)?.purl).toBe(identity.purl);
      }),
      { numRuns: 3_000 },
    );
  });
});
