import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { orThrow } from '../../../core/result.ts';
import { readSbom } from './read-sbom.ts';
import { listSbomGaps } from './sbom-gaps.ts';

const read = (name: string) =>
  orThrow(readSbom(readFileSync(new URL(`testdata/${name}`, import.meta.url))));
const NPM = ['pkg:npm/is-number@6.0.0', 'pkg:npm/is-odd@3.0.1', 'pkg:npm/left-pad@1.3.0'];
const SUBJECT =
  'it names no image digest; the image that it is attached to, or --subject, gives it';
const WHOLE = 'it does not say whether it lists everything';
const deb = (name: string) => `pkg:deb/debian/${name}`;

describe('I10: documents of real tools are read as intended, and their gaps are reported', () => {
  it.each([
    ['npm-11.19.1.cdx.json', 2, []],
    // npm's SPDX marks only the direct dependencies of the project as development, not the
    // dependencies of those.
    ['npm-11.19.1.spdx.json', 1, []],
    ['cdxgen-12.8.4.cdx.json', 2, []],
    ['cyclonedx-npm-6.0.1.cdx.json', 2, ['3 of 3 components without a hash']],
  ])(
    '%s: the same three components, licensed and linked; %i of them for development',
    (name, development, more) => {
      const reading = read(name);
      const { components, outcome } = reading.inventory;
      expect(components.map(({ purl }) => purl)).toEqual(NPM);
      expect(components.filter((one) => one.development)).toHaveLength(development);
      expect(components.map(({ licenses }) => licenses)).toEqual([['MIT'], ['MIT'], ['WTFPL']]);
      expect(components.every(({ hashes }) => hashes['sha512']?.length === 128)).toBe(
        more.length === 0,
      );
      expect(components[1]?.dependsOn).toEqual([NPM[0]]);
      expect([outcome, reading.claim]).toEqual(['partial', null]);
      expect(listSbomGaps(reading)).toEqual([SUBJECT, ...more, WHOLE]);
    },
  );

  it('Trivy: Debian packages with their release and their source packages', () => {
    const reading = read('trivy-0.68.2-rootfs.cdx.json');
    expect(
      reading.inventory.components.map(({ purl, source }) => [purl, source?.name, source?.version]),
    ).toEqual([
      [
        `${deb('libgcc-s1')}@12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12`,
        'gcc-12',
        '12.2.0-14+deb12u1',
      ],
      [
        `${deb('libssl3')}@3.0.19-1~deb12u2?arch=amd64&distro=debian-12`,
        'openssl',
        '3.0.19-1~deb12u2',
      ],
      [
        `${deb('libstdc%2B%2B6')}@12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12`,
        'gcc-12',
        '12.2.0-14+deb12u1',
      ],
      [`${deb('tzdata')}@2025b-0%2Bdeb12u2?arch=all&distro=debian-12`, 'tzdata', '2025b-0+deb12u2'],
    ]);
    expect(listSbomGaps(reading)).toEqual([
      SUBJECT,
      '4 of 4 components without a licence',
      '4 of 4 components without a hash',
      WHOLE,
    ]);
  });

  it('Trivy without a known system gives no package URLs: partial, and each one is counted', () => {
    const { inventory, ...rest } = read('trivy-0.68.2-no-release.cdx.json');
    expect([inventory.components, inventory.outcome]).toEqual([[], 'partial']);
    expect(listSbomGaps({ inventory, ...rest }).join('\n')).toMatch(
      /4 packages without a package URL: .*libssl3/,
    );
  });

  it('cyclonedx-py: a requirement without a version is not a component, and is counted', () => {
    const reading = read('cyclonedx-py-7.5.0.cdx.json');
    expect(reading.inventory.components.map(({ purl }) => purl)).toEqual([
      'pkg:pypi/requests@2.32.3',
    ]);
    expect(reading.inventory.outcome).toBe('partial');
    expect(listSbomGaps(reading)).toContain('1 package without a version: urllib3');
  });

  it('cyclonedx-npm: the hash of the download is that of the package', () => {
    const url = 'https://registry.example.com/a.tgz';
    const hashes = [{ alg: 'SHA-512', content: 'AB'.repeat(64) }];
    const component = {
      type: 'library',
      name: 'a',
      version: '1.0.0',
      purl: 'pkg:npm/a@1.0.0',
      externalReferences: [{ type: 'distribution', url, hashes }],
    };
    const of = (extra: object) => {
      const document = {
        bomFormat: 'CycloneDX',
        specVersion: '1.6',
        components: [{ ...component, ...extra }],
      };
      return orThrow(readSbom(Buffer.from(JSON.stringify(document)))).inventory.components[0];
    };
    expect(of({})).toMatchObject({ origin: url, hashes: { sha512: 'ab'.repeat(64) } });
    // The component's own statement comes first.
    expect(of({ hashes: [{ alg: 'SHA-1', content: 'cd' }] })?.hashes).toEqual({ sha1: 'cd' });
  });
});
