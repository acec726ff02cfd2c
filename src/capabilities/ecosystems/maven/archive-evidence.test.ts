import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../../test/support/images.ts';
import { type MadeMember, packZip } from '../../../../test/support/pack-zip.ts';
import { inventoryTree } from '../../inventory/inventory-tree.ts';

const manifest = (lines: Readonly<Record<string, string>>): MadeMember => ({
  name: 'META-INF/MANIFEST.MF',
  text: `Manifest-Version: 1.0\r\n${Object.entries(lines)
    .map(([key, value]) => `${key}: ${value}\r\n`)
    .join('')}\r\n`,
});
const inFolder = (folder: string): MadeMember => ({ name: `${folder}X.class`, text: 'class' });

/** `complete pkg:…`: what is known of one archive at a path. */
async function read(path: string, members: readonly MadeMember[]): Promise<string> {
  const tree = makeTree({ [path]: packZip(members) });
  const { outcome, components } = await inventoryTree(tree, '/', { target: 'root-file-system' });
  return [outcome, ...components.map(({ purl }) => purl)].join(' ');
}

const SPRING = { 'Implementation-Title': 'spring-web', 'Implementation-Version': '6.1.1' };
const SPRING_CLASS = inFolder('org/springframework/web/');

describe('B2 B15: an archive without Maven coordinates is identified where that is certain', () => {
  it.each<readonly [string, string, readonly MadeMember[], string]>([
    [
      'name, manifest and classes of a publisher',
      'lib/spring-web-6.1.1.jar',
      [manifest(SPRING), SPRING_CLASS],
      'org.springframework/spring-web@6.1.1',
    ],
    [
      'a starter, which has no classes',
      'lib/spring-boot-starter-web-3.5.0.jar',
      [manifest({ 'Automatic-Module-Name': 'spring.boot.starter.web' })],
      'org.springframework.boot/spring-boot-starter-web@3.5.0',
    ],
    [
      'the group before a move',
      'lib/hibernate-core-5.6.1.Final.jar',
      [manifest({ 'Implementation-Title': 'hibernate-core' }), inFolder('org/hibernate/')],
      'org.hibernate/hibernate-core@5.6.1.Final',
    ],
    [
      'the group after it',
      'lib/hibernate-core-6.6.1.Final.jar',
      [manifest({ 'Implementation-Title': 'hibernate-core' }), inFolder('org/hibernate/')],
      'org.hibernate.orm/hibernate-core@6.6.1.Final',
    ],
    [
      'classes of one product alone',
      'lib/kafka-clients-3.9.1.jar',
      [manifest({}), inFolder('org/apache/kafka/clients/')],
      'org.apache.kafka/kafka-clients@3.9.1',
    ],
    [
      'the title that a plug-in of Gradle writes',
      'lib/meter-1.2.jar',
      [manifest({ 'Implementation-Title': 'io.meter#meter;1.2' }), inFolder('a/')],
      'io.meter/meter@1.2',
    ],
    [
      'the vendor that sbt writes',
      'lib/actor_2.13-2.1.jar',
      [
        manifest({
          'Implementation-Title': 'actor',
          'Implementation-Version': '2.1',
          'Implementation-Vendor': 'com.acme',
          'Implementation-Vendor-Id': 'com.acme',
        }),
        inFolder('a/'),
      ],
      'com.acme/actor_2.13@2.1',
    ],
    [
      'a local repository of Maven',
      'srv/.m2/repository/org/x/y/1.0/y-1.0.jar',
      [inFolder('a/')],
      'org.x/y@1.0',
    ],
    [
      'the store of Gradle',
      'srv/caches/modules-2/files-2.1/org.x/y/1.0/0123456789/y-1.0.jar',
      [inFolder('a/')],
      'org.x/y@1.0',
    ],
    [
      'a pom without pom.properties',
      'lib/beans-5.3.jar',
      [
        {
          name: 'META-INF/maven/org.b/beans/pom.xml',
          text: '<project><parent><groupId>org.b</groupId><artifactId>p</artifactId><version>5.3</version></parent><artifactId>beans</artifactId></project>',
        },
        inFolder('a/'),
      ],
      'org.b/beans@5.3',
    ],
  ])('by %s', async (_, path, members, purl) => {
    expect(await read(path, members)).toBe(`complete pkg:maven/${purl}`);
  });

  it.each<readonly [string, string, readonly MadeMember[]]>([
    [
      'the manifest of another artifact',
      'lib/spring-web-6.1.1.jar',
      [manifest({ 'Implementation-Title': 'spring-core' }), SPRING_CLASS],
    ],
    [
      'classes of somebody else',
      'lib/spring-web-6.1.1.jar',
      [manifest(SPRING), inFolder('com/acme/')],
    ],
    [
      'a name that the publisher does not use',
      'lib/spring-acme-6.1.1.jar',
      [manifest({ 'Implementation-Title': 'spring-acme' }), SPRING_CLASS],
    ],
    [
      'a title of another version',
      'lib/meter-1.3.jar',
      [manifest({ 'Implementation-Title': 'io.meter#meter;1.2' }), inFolder('a/')],
    ],
    [
      'a title of another name',
      'lib/other-1.2.jar',
      [manifest({ 'Implementation-Title': 'io.meter#meter;1.2' }), inFolder('a/')],
    ],
    [
      'a vendor that is a company',
      'lib/actor_2.13-2.1.jar',
      [
        manifest({
          'Implementation-Title': 'actor',
          'Implementation-Version': '2.1',
          'Implementation-Vendor': 'Acme',
          'Implementation-Vendor-Id': 'com.acme',
        }),
        inFolder('a/'),
      ],
    ],
    [
      'a version between two groups',
      'lib/hibernate-core-6.0.0.Alpha1.jar',
      [manifest({ 'Implementation-Title': 'hibernate-core' }), inFolder('org/hibernate/')],
    ],
    [
      'a folder that is only called repository',
      'srv/repository/org/x/y/1.0/y-1.0.jar',
      [inFolder('a/')],
    ],
    [
      'a repository with another file in it',
      'srv/.m2/repository/org/x/y/1.0/z-1.0.jar',
      [inFolder('a/')],
    ],
    [
      'a pom with a property',
      'lib/beans-5.3.jar',
      [
        {
          name: 'META-INF/maven/org.b/beans/pom.xml',
          text: '<project><groupId>g</groupId><artifactId>beans</artifactId><version>${v}</version></project>',
        },
        inFolder('a/'),
      ],
    ],
  ])('and stays unknown with %s', async (_, path, members) => {
    expect(await read(path, members)).toMatch(/^partial pkg:generic\//);
  });

  it('by its digest, where an SBOM of the application around it has that', async () => {
    const inner = packZip([inFolder('com/acme/')]);
    const listed = (content: string): string =>
      JSON.stringify({
        ...{ bomFormat: 'CycloneDX', specVersion: '1.6' },
        components: [
          { purl: 'pkg:maven/com.acme/tool@1.0', hashes: [{ alg: 'SHA-256', content }] },
        ],
      });
    const app = (content: string): readonly MadeMember[] => [
      { name: 'META-INF/sbom/application.cdx.json', text: listed(content) },
      { name: 'BOOT-INF/lib/tool-1.0.jar', text: inner, stored: true },
    ];
    const digest = createHash('sha256').update(inner).digest('hex');
    expect(await read('app.jar', app(digest))).toBe('complete pkg:maven/com.acme/tool@1.0');
    expect(await read('app.jar', app('0'.repeat(64)))).toBe('partial pkg:generic/tool@1.0');
  });
});
