import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../../../test/support/images.ts';
import { Failure } from '../../../../core/failure.ts';
import { inventoryTree } from '../../../inventory/inventory-tree.ts';
import type { Inventory } from '../../component.ts';
import { javaSourceExtractors } from './extractors.ts';

type Files = Readonly<Record<string, string>>;
const inventory = (files: Files): Promise<Inventory> => inventoryTree(makeTree(files), 'tree', {});
const shown = ({ components }: Inventory): readonly string[] => components.map(({ purl }) => purl);
const said = ({ skips }: Inventory): readonly string[] => skips.map(({ cause }) => cause.message);

interface Need {
  readonly name: string;
  readonly version?: string;
  readonly more?: string;
}

function dependency({ name, version, more = '' }: Need): string {
  const [group, artifact] = name.split(':');
  const written = version === undefined ? '' : `<version>${version}</version>`;
  return `<dependency>\n<groupId>${group}</groupId><artifactId>${artifact}</artifactId>${written}${more}</dependency>\n`;
}

interface PomText {
  readonly name?: string;
  readonly version?: string | null;
  readonly parent?: string;
  readonly needs?: readonly Need[];
  readonly managed?: readonly Need[];
  readonly properties?: Files;
  readonly more?: string;
}

/** A pom in our own words. */
function pom(given: PomText): string {
  const { name = 'org.shop:shop', version = '1.0', parent, needs = [], managed = [] } = given;
  const [group, artifact] = name.split(':');
  const properties = Object.entries(given.properties ?? {})
    .map(([key, value]) => `<${key}>${value}</${key}>\n`)
    .join('');
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0">\n<modelVersion>4.0.0</modelVersion>\n',
    parent ?? '',
    `<groupId>${group}</groupId><artifactId>${artifact}</artifactId>`,
    version === null ? '' : `<version>${version}</version>\n`,
    `<properties>\n${properties}</properties>\n`,
    `<dependencyManagement><dependencies>\n${managed.map(dependency).join('')}`,
    `</dependencies></dependencyManagement>\n<dependencies>\n${needs.map(dependency).join('')}`,
    `</dependencies>\n${given.more ?? ''}</project>\n`,
  ].join('');
}

const writeParent = (name: string, version: string, place = ''): string => {
  const [group, artifact] = name.split(':');
  return `<parent><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>${place}</parent>\n`;
};
const IMPORT = '<type>pom</type><scope>import</scope>';

describe('B2 D8: what a pom requires', () => {
  it('has the versions of its own properties, of its parents and of imported BOMs', async () => {
    const found = await inventory({
      'pom.xml': pom({
        name: 'org.shop:parent',
        properties: { 'a.version': '1.1', inner: '${a.version}' },
        managed: [
          { name: 'org.x:managed', version: '3' },
          { name: 'org.shop:bom', version: '${project.version}', more: IMPORT },
        ],
        needs: [{ name: 'org.x:inherited', version: '${inner}' }],
        more: '<packaging>pom</packaging><modules><module>web</module><module>bom</module></modules>',
      }),
      'bom/pom.xml': pom({
        name: 'org.shop:bom',
        managed: [
          { name: 'org.x:managed', version: '9' },
          { name: 'org.x:from-bom', version: '4', more: '<scope>test</scope>' },
        ],
      }),
      'web/pom.xml': pom({
        name: 'org.shop:web',
        version: null,
        parent: writeParent('org.shop:parent', '1.0'),
        properties: { 'a.version': '1.2' },
        needs: [
          { name: 'org.x:managed' },
          { name: 'org.x:from-bom' },
          { name: 'org.x:exact', version: '[5]' },
          {
            name: 'org.x:kind',
            version: '6',
            more: '<classifier>tests</classifier><type>war</type>',
          },
          { name: 'org.shop:bom', version: '1.0', more: '<type>pom</type>' },
        ],
      }),
    });
    expect(shown(found)).toEqual([
      'pkg:maven/org.x/exact@5',
      'pkg:maven/org.x/from-bom@4',
      'pkg:maven/org.x/inherited@1.1',
      'pkg:maven/org.x/inherited@1.2',
      'pkg:maven/org.x/kind@6?classifier=tests&type=war',
      'pkg:maven/org.x/managed@3',
    ]);
    const tests = found.components.filter(({ development }) => development);
    expect(tests.map(({ name }) => name)).toEqual(['org.x:from-bom']);
    expect(said(found)).toEqual([
      expect.stringMatching(/^pom\.xml: it declares 1 dependency, and Maven has no lock/),
      expect.stringMatching(/^web\/pom\.xml: it declares 5 dependencies, and Maven has no lock/),
    ]);
  });

  it.each<readonly [string, PomText, RegExp]>([
    [
      'a parent that is elsewhere',
      { parent: writeParent('org.y:starter', '3.5.0'), needs: [{ name: 'a:b' }] },
      /a:b is not known: its version comes from the parent org\.y:starter:3\.5\.0, not in this tree; its parent/,
    ],
    [
      'a BOM that is elsewhere',
      { managed: [{ name: 'org.y:bom', version: '2', more: IMPORT }], needs: [{ name: 'a:b' }] },
      /from the BOM org\.y:bom:2, not in this tree/,
    ],
    ['nothing', { needs: [{ name: 'a:b' }] }, /nothing gives its version/],
    ['a range', { needs: [{ name: 'a:b', version: '[1,2)' }] }, /allows more than one version/],
    [
      'an unknown property',
      { needs: [{ name: 'a:b', version: '${no.where}' }] },
      /nothing in this tree sets \$\{no\.where\}/,
    ],
    [
      'properties that are a circle',
      { properties: { x: '${y}', y: '${x}' }, needs: [{ name: 'a:b', version: '${x}' }] },
      /nothing in this tree sets/,
    ],
  ])('has no version where %s gives it, and says so', async (_, given, why) => {
    const found = await inventory({ 'pom.xml': pom(given) });
    expect(shown(found)).toEqual([]);
    expect(said(found)).toEqual([expect.stringMatching(why)]);
  });

  it.each<readonly [string, Files, RegExp]>([
    [
      'is its own parent',
      {
        'pom.xml': pom({
          parent: writeParent('org.shop:up', '1', '<relativePath>up</relativePath>'),
        }),
        'up/pom.xml': pom({
          name: 'org.shop:up',
          version: '1',
          parent: writeParent('org.shop:shop', '1.0'),
        }),
      },
      /a circle/,
    ],
    [
      'imports what imports it',
      {
        'pom.xml': pom({
          managed: [{ name: 'org.shop:bom', version: '1', more: IMPORT }],
          needs: [{ name: 'a:b' }],
        }),
        'bom/pom.xml': pom({
          name: 'org.shop:bom',
          version: '1',
          managed: [{ name: 'org.shop:shop', version: '1.0', more: IMPORT }],
        }),
      },
      /the BOM org\.shop:(?:shop|bom):1, not in this tree/,
    ],
    [
      'lacks a module',
      { 'pom.xml': pom({ more: '<modules><module>gone</module></modules>' }) },
      /module "gone" is not in this tree/,
    ],
    [
      'adds some in a profile',
      {
        'pom.xml': pom({
          more: `<profiles><profile><id>it</id><dependencies>${dependency({ name: 'a:b', version: '1' })}</dependencies></profile></profiles>`,
        }),
      },
      /the profile it adds a:b where it is active/,
    ],
  ])('is partial where it %s', async (_, files, why) => {
    const found = await inventory(files);
    expect(found.outcome).toBe('partial');
    expect(said(found)).toContainEqual(expect.stringMatching(why));
  });

  it('counts a profile that is active by default, and what the command line sets', async () => {
    const found = await inventory({
      'pom.xml': pom({
        version: '${revision}',
        needs: [{ name: 'a:own', version: '${revision}' }],
        more: `<profiles><profile><id>it</id><activation><activeByDefault>true</activeByDefault></activation><dependencies>${dependency({ name: 'a:b', version: '1' })}</dependencies></profile></profiles>`,
      }),
      '.mvn/maven.config': '-Drevision=7\n',
    });
    expect(shown(found)).toEqual(['pkg:maven/a/b@1', 'pkg:maven/a/own@7']);
  });

  it('counts another version of a project of the tree, which is fetched', async () => {
    const needs = [
      { name: 'org.shop:core', version: '1.0' },
      { name: 'org.shop:core', version: '0.9', more: '<classifier>old</classifier>' },
    ];
    const files = { 'pom.xml': pom({ needs }), 'core/pom.xml': pom({ name: 'org.shop:core' }) };
    expect(shown(await inventory(files))).toEqual(['pkg:maven/org.shop/core@0.9?classifier=old']);
  });

  it('is complete where it requires nothing', async () => {
    expect(await inventory({ 'pom.xml': pom({}) })).toMatchObject({
      outcome: 'complete',
      skips: [],
    });
  });
});

const HASH = 'a'.repeat(64);
const node = (name: string, version: string, more: object = {}): object => {
  const [groupId, artifactId] = name.split(':');
  return {
    ...{ groupId, artifactId, version, checksumAlgorithm: 'SHA-256', checksum: HASH },
    ...{ scope: 'compile', selectedVersion: version, included: true },
    ...{ id: `${name}:${version}`, children: [], ...more },
  };
};
const lockfile = (dependencies: readonly object[]): string =>
  JSON.stringify(
    { groupId: 'org.shop', artifactId: 'shop', version: '1.0', lockFileVersion: 1, dependencies },
    null,
    2,
  );

describe('B2 D10: a lock of maven-lockfile', () => {
  const needs = [{ name: 'a:b', version: '1' }];
  const lost = node('c:d', '1', { included: false });

  it('makes the list of its project whole, with hashes and what needs what', async () => {
    const locked = node('a:b', '1', { children: [node('c:d', '2', { children: [] }), lost] });
    const found = await inventory({
      'pom.xml': pom({ needs, parent: writeParent('org.y:starter', '3.5.0') }),
      'lockfile.json': lockfile([locked, node('t:t', '1', { scope: 'test' })].slice(0, 1)),
    });
    expect(found).toMatchObject({ outcome: 'complete', direct: ['pkg:maven/a/b@1'] });
    expect(found.components).toMatchObject([
      { purl: 'pkg:maven/a/b@1', hashes: { sha256: HASH }, dependsOn: ['pkg:maven/c/d@2'] },
      { purl: 'pkg:maven/c/d@2' },
    ]);
  });

  it.each([
    ['lacks what the pom requires', lockfile([]), /requires a:b, which lockfile\.json does not/],
    ['has another version', lockfile([node('a:b', '2')]), /the two disagree/],
    ['is of another project', lockfile([node('a:b', '1')]).replace('"shop"', '"x"'), /no lock/],
    ['is of another tool', '{"packages":[]}', /a lock of a tool that this version does not read/],
    [
      'is of a newer form',
      lockfile([]).replace('"lockFileVersion": 1', '"lockFileVersion": 2'),
      /is not 1/,
    ],
    ['names no version', lockfile([node('a:b', '')]), /has no coordinates/],
  ])('is partial where it %s', async (_, lock, why) => {
    const found = await inventory({ 'pom.xml': pom({ needs }), 'lockfile.json': lock });
    expect(found.outcome).toBe('partial');
    expect(said(found)).toContainEqual(expect.stringMatching(why));
  });
});

const LOCK =
  '# This is a Gradle generated file\na:b:1=compileClasspath,runtimeClasspath\nt:t:2=testRuntimeClasspath\nempty=annotationProcessor\n';
const CATALOGUE =
  '[versions]\nb = "1"\n[libraries]\nmy-b = { module = "a:b", version.ref = "b" }\nt = "t:t:2"\n[bundles]\nall = ["my-b", "t"]\n';

describe('B2 D8: locks of Gradle', () => {
  it.each<readonly [string, Files]>([
    [
      'beside its script',
      {
        'build.gradle': "dependencies {\n implementation 'a:b:1' // 'x:y:1'\n}\n",
        'gradle.lockfile': LOCK,
      },
    ],
    [
      'of Kotlin, with a catalogue',
      {
        'build.gradle.kts': 'dependencies { implementation(libs.my.b)\n}',
        'gradle/libs.versions.toml': CATALOGUE,
        'gradle.lockfile': LOCK,
      },
    ],
    [
      'of a project below',
      {
        'build.gradle': "subprojects {\n dependencies {\n implementation 'a:b:1'\n }\n}",
        'web/gradle.lockfile': LOCK,
      },
    ],
    [
      'of the older form',
      {
        'build.gradle': "dependencies {\n implementation 'a:b:1'\n}",
        'gradle/dependency-locks/compileClasspath.lockfile': 'a:b:1\n',
        'gradle/dependency-locks/testCompileClasspath.lockfile': 't:t:2\n',
      },
    ],
  ])('%s is read whole', async (_, files) => {
    const found = await inventory(files);
    expect(said(found)).toEqual([]);
    expect(found.components).toMatchObject([
      { purl: 'pkg:maven/a/b@1', development: false },
      { purl: 'pkg:maven/t/t@2', development: true },
    ]);
  });

  it('with verification metadata has the hash of the archive', async () => {
    const xml = `<verification-metadata><components><component group="a" name="b" version="1"><artifact name="b-1.jar"><sha256 value="${HASH}"/></artifact></component></components></verification-metadata>`;
    const found = await inventory({
      'gradle.lockfile': LOCK,
      'gradle/verification-metadata.xml': xml,
    });
    expect(found.components[0]).toMatchObject({ hashes: { sha256: HASH } });
  });

  it.each<readonly [string, Files, readonly string[], RegExp]>([
    [
      'no lock',
      {
        'build.gradle':
          "ext.v = '1'\ndependencies {\n implementation \"a:b:$v\"\n testImplementation group: 'c', name: 'd', version: '2'\n api 'e:f'\n}",
      },
      ['pkg:maven/a/b@1', 'pkg:maven/c/d@2'],
      /no gradle\.lockfile records.*version of e:f is not written/,
    ],
    [
      'a lock without it',
      { 'build.gradle': "dependencies { implementation 'x:y:1' }", 'gradle.lockfile': LOCK },
      ['pkg:maven/a/b@1', 'pkg:maven/t/t@2'],
      /requires x:y, which gradle\.lockfile does not have/,
    ],
    [
      'bundles and properties',
      {
        'build.gradle': 'dependencies { implementation libs.bundles.all\n api "p:q:${pq}" }',
        'gradle.properties': 'pq=3\n',
        'gradle/libs.versions.toml': CATALOGUE,
      },
      ['pkg:maven/a/b@1', 'pkg:maven/p/q@3', 'pkg:maven/t/t@2'],
      /is a program/,
    ],
    ['a malformed lock', { 'gradle.lockfile': 'a:b=x\n' }, [], /line 1 names no artifact/],
  ])('%s gives a partial list', async (_, files, purls, why) => {
    const found = await inventory(files);
    expect(shown(found)).toEqual(purls);
    expect(said(found)).toEqual([expect.stringMatching(why)]);
  });

  it('a script that requires nothing needs none', async () => {
    const files = {
      'build.gradle': "plugins {\n id 'x' version '1' apply false\n}\ngroup = 'g'\n",
      'settings.gradle': "rootProject.name = 'x'\ninclude 'web'\n",
      'gradle/wrapper/gradle-wrapper.properties':
        'distributionUrl=https\\://x.example.com/gradle-8.5-bin.zip\n',
    };
    expect(await inventory(files)).toMatchObject({ outcome: 'complete', skips: [] });
  });
});

describe('B2: a lock of Nebula', () => {
  const script = "dependencies {\n implementation 'a:b:1.+'\n}\noption('NullAway:Only')\n";
  const lock = (c: object): string =>
    JSON.stringify({
      compileClasspath: { 'a:b': { locked: '1.7', requested: '1.+' }, 'c:d': c },
      testCompileClasspath: {
        'a:b': { locked: '1.7' },
        't:t': { locked: '2' },
        own: { project: true },
      },
    });
  it('is whole where it has what is needed in turn', async () => {
    const whole = lock({ locked: '3', transitive: ['a:b'] });
    const found = await inventory({ 'build.gradle': script, 'dependencies.lock': whole });
    expect(found).toMatchObject({
      outcome: 'complete',
      direct: ['pkg:maven/a/b@1.7', 'pkg:maven/t/t@2'],
      components: [{ development: false }, { name: 'c:d' }, { name: 't:t', development: true }],
    });
  });

  it('is partial where it has not, and where an entry has no version', async () => {
    for (const [entry, why] of [
      [{ locked: '3' }, /only what is required directly/],
      [{ requested: '3' }, /"c:d" has no version/],
    ] as const)
      expect(said(await inventory({ 'dependencies.lock': lock(entry) }))).toEqual([
        expect.stringMatching(why),
      ]);
  });
});

const SBT_LOCK = {
  ...{ lockVersion: 1, timestamp: '2026-01-01T00:00:00Z', configurations: ['compile', 'test'] },
  dependencies: [
    {
      org: 'a',
      name: 'b',
      version: '1',
      artifacts: [{ name: 'b.jar', hash: `sha1:${'b'.repeat(40)}` }],
      configurations: ['compile', 'test'],
    },
    { org: 't', name: 't', version: '2', artifacts: [], configurations: ['test'] },
  ],
};

it('B2: a lock of sbt-dependency-lock is read, and a script without one is partial', async () => {
  const script =
    'scalaVersion := "2.13.12"\nval v = "1"\nlibraryDependencies ++= Seq("a" % "b" % v,\n "t" %% "t" % "2" % Test)\n';
  const plugins = 'addSbtPlugin("x" % "y" % "1")\n';
  const open = await inventory({ 'build.sbt': script, 'project/plugins.sbt': plugins });
  expect(shown(open)).toEqual(['pkg:maven/a/b@1', 'pkg:maven/t/t_2.13@2']);
  expect(said(open)).toEqual([expect.stringMatching(/no build\.sbt\.lock records/)]);
  const lock = JSON.stringify(SBT_LOCK);
  const found = await inventory({ 'build.sbt': script.replace('%%', '%'), 'build.sbt.lock': lock });
  expect(said(found)).toEqual([]);
  expect(found.components).toMatchObject([
    { purl: 'pkg:maven/a/b@1', development: false, hashes: { sha1: 'b'.repeat(40) } },
    { purl: 'pkg:maven/t/t@2', development: true },
  ]);
});

const SAMPLES: Files = {
  'pom.xml': pom({ needs: [{ name: 'a:b', version: '${x}' }], properties: { x: '1' } }),
  '.mvn/maven.config': '-Dx=1',
  'lockfile.json': lockfile([node('a:b', '1')]),
  'gradle.lockfile': LOCK,
  'build.sbt.lock': JSON.stringify(SBT_LOCK),
  'build.gradle': "dependencies { implementation 'a:b:1' }",
  'gradle/libs.versions.toml': CATALOGUE,
  'gradle.properties': 'x=1',
  'gradle/verification-metadata.xml': '<verification-metadata/>',
};

describe('B2: any bytes', () => {
  it('cut anywhere or changed, give an answer or a Failure', async () => {
    for (const [path, text] of Object.entries(SAMPLES)) {
      const extractor = javaSourceExtractors.find(({ wants }) => wants(path));
      const read = (bytes: Uint8Array): void => {
        try {
          extractor?.extract({ path, bytes });
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Failure);
          expect((thrown as Failure).code).not.toBe('INTERNAL');
        }
      };
      const whole = Buffer.from(text);
      for (let length = 0; length < whole.length; length++) read(whole.subarray(0, length));
      const change = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 });
      fc.assert(
        fc.property(change, (changes) => {
          const bytes = Buffer.from(whole);
          for (const [at, byte] of changes) bytes[at] = byte;
          read(bytes);
        }),
        { numRuns: 60 },
      );
    }
  });

  it('together give an answer, however properties and parents grow', async () => {
    const grow = Object.fromEntries(
      Array.from({ length: 14 }, (_, at) => [`p${at}`, `\${p${at + 1}}\${p${at + 1}}`]),
    );
    const properties = { ...grow, p14: 'x' };
    const needs = [{ name: 'a:b', version: '${p0}' }];
    const found = await inventory({ 'pom.xml': pom({ properties, needs }) });
    expect(said(found)).toEqual([expect.stringMatching(/nothing in this tree sets/)]);
  });
});
