import { describe, expect, it } from 'vitest';
import {
  type Files,
  findDependency,
  readProject,
} from '../../../../../test/support/npm-project.ts';
import { maven } from '../index.ts';

const HASH = 'a'.repeat(64);

/** A pom in our own words; `more` is within the project. */
function pom(needs: readonly string[], more = ''): string {
  const dependencies = needs.map((need) => {
    const [group, artifact, version, scope] = need.split(':');
    const written = version === undefined || version === '' ? '' : `<version>${version}</version>`;
    const used = scope === undefined ? '' : `<scope>${scope}</scope>`;
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId>${written}${used}</dependency>`;
  });
  return [
    '<project>',
    '<groupId>org.shop</groupId><artifactId>shop</artifactId><version>1</version>',
    more,
    `<dependencies>\n${dependencies.join('\n')}\n</dependencies>\n</project>`,
  ].join('\n');
}

const locked = (name: string, version: string, more: object = {}): object => {
  const [groupId = '', artifactId = ''] = name.split(':');
  const path = `${groupId.replaceAll('.', '/')}/${artifactId}/${version}/x.jar`;
  return {
    ...{ groupId, artifactId, version, checksumAlgorithm: 'SHA-256', checksum: HASH },
    ...{ scope: 'compile', resolved: `https://user:x@registry.example.com/maven/${path}` },
    ...{ included: true, id: `${name}:${version}`, children: [], ...more },
  };
};
const lock = (...dependencies: readonly object[]): object => ({
  ...{ groupId: 'org.shop', artifactId: 'shop', version: '1', lockFileVersion: 1, dependencies },
});
const OUTER =
  '<parent><groupId>org.y</groupId><artifactId>starter</artifactId><version>3.5.0</version></parent>';

describe('D8 D12 D20 B14: what poms require', () => {
  it.each([
    ['a:b:1', 'yes', /one released version/, '1'],
    ['a:b:1-SNAPSHOT', 'no', /built anew/, '1-SNAPSHOT'],
    ['a:b:[1,2)', 'no', /more than one version/, null],
    ['a:b:RELEASE', 'no', /more than one version/, null],
    ['a:b:${x}', 'unknown', /nothing in this tree sets/, null],
    ['a:b', 'unknown', /nothing gives its version/, null],
  ])('%s is pinned: %s', async (need, pinned, why, version) => {
    const declared = await readProject({ 'pom.xml': pom([need]) });
    expect(declared).toMatchObject({ outcome: 'partial', found: ['maven'], notLookedAt: [] });
    expect(declared.dependencies).toMatchObject([
      {
        ...{ name: 'a:b', version, pinned, why: expect.stringMatching(why), recorded: false },
        ...{ place: { file: 'pom.xml', line: 5 }, kind: 'direct', development: false },
        ...{ registry: null, registryFrom: 'default' },
      },
    ]);
  });

  it('name the parent and the BOM that are fetched, and who manages a version', async () => {
    const declared = await readProject({ 'pom.xml': pom(['a:b', 't:t:1:test'], OUTER) });
    expect(declared.dependencies).toMatchObject([
      { purl: 'pkg:maven/org.y/starter@3.5.0?type=pom', pinned: 'yes' },
      { name: 'a:b', pinned: 'unknown', why: expect.stringContaining('the parent org.y:starter') },
      { name: 't:t', development: true },
    ]);
  });

  it('D10 B10: a lock records hashes and the registry, without credentials', async () => {
    const files: Files = {
      'pom.xml': pom(['a.x:b:1']),
      'lockfile.json': lock(
        locked('a.x:b', '1', { children: [locked('c:d', '2'), locked('e:f', '1-SNAPSHOT')] }),
      ),
    };
    const declared = await readProject(files);
    expect(declared).toMatchObject({ outcome: 'complete', problems: [] });
    expect(declared.dependencies).toMatchObject([
      { name: 'c:d', kind: 'transitive', pinned: 'yes', recorded: true, place: { line: 27 } },
      { name: 'e:f', kind: 'transitive', pinned: 'yes' },
      {
        ...{ name: 'a.x:b', kind: 'direct', pinned: 'yes', recorded: true, requested: '1' },
        ...{ registry: 'registry.example.com/maven', registryFrom: 'lock' },
      },
    ]);
  });
});

describe('B10: registries of Java projects', () => {
  const central = (url: string, id = 'central'): string =>
    `<repositories><repository><id>${id}</id><url>${url}</url></repository></repositories>`;
  const mirror = (of: string): string =>
    `<settings><mirrors><mirror><mirrorOf>${of}</mirrorOf><url>https://u:p@m.example.com/all</url></mirror></mirrors></settings>`;
  const gradle = (text: string): Files => ({
    'build.gradle': `repositories { ${text} }\ndependencies { api 'a:b:1' }`,
  });
  const CENTRAL = central('https://r.example.com/m/');
  it.each<readonly [string, Files, string | null, string]>([
    ['nothing', { 'pom.xml': pom(['a:b:1']) }, null, 'default'],
    ['another central', { 'pom.xml': pom(['a:b:1'], CENTRAL) }, 'r.example.com/m', 'configured'],
    ['one more', { 'pom.xml': pom(['a:b:1'], central('https://x/', 'x')) }, null, 'configured'],
    [
      'a mirror of all',
      { 'pom.xml': pom(['a:b:1'], CENTRAL), '.mvn/settings.xml': mirror('*') },
      ...(['m.example.com/all', 'configured'] as const),
    ],
    [
      'a mirror of one',
      { 'pom.xml': pom(['a:b:1']), 'settings.xml': mirror('x') },
      ...([null, 'default'] as const),
    ],
    [
      'a file of another program',
      { 'pom.xml': pom(['a:b:1']), 'settings.xml': '<x>' },
      null,
      'default',
    ],
    [
      'one of Gradle',
      gradle("maven { url = uri('https://r.example.com/g') }"),
      'r.example.com/g',
      'configured',
    ],
    [
      'two of Gradle',
      gradle("mavenCentral()\nmaven { url 'https://r.example.com/g' }"),
      null,
      'configured',
    ],
    ['the usual one of Gradle', gradle('mavenCentral()'), null, 'default'],
  ])('%s', async (_, files, registry, registryFrom) => {
    const declared = await readProject(files);
    expect(findDependency(declared, 'a:b')).toMatchObject({ registry, registryFrom });
  });

  it('D11: are mentioned with their lines', () => {
    const read = (path: string, text: string) =>
      maven.mentions?.read(path, text).registries.map(({ value, place }) => `${place} ${value}`);
    expect(read('pom.xml', pom([], CENTRAL))).toEqual(['pom.xml:3 r.example.com/m']);
    expect(read('settings.xml', mirror('x'))).toEqual(['settings.xml:1 m.example.com/all']);
    const script = "repositories {\n maven { url 'https://r.example.com/g' }\n mavenCentral()\n}";
    expect(read('settings.gradle', script)).toEqual(['settings.gradle:2 r.example.com/g']);
  });
});

const CATALOGUE = '[versions]\nb = "1"\n[libraries]\nb = { module = "a:b", version.ref = "b" }\n';

describe('D8 D12 D20: what scripts of Gradle require', () => {
  it.each<readonly [string, Files, object]>([
    [
      'a text',
      { 'build.gradle': "dependencies {\n api 'a:b:1'\n}" },
      { pinned: 'yes', recorded: false, place: { file: 'build.gradle', line: 2 } },
    ],
    [
      'a dynamic version',
      { 'build.gradle': "dependencies { api 'a:b:1.+' }" },
      { pinned: 'no', version: null },
    ],
    [
      'the newest',
      { 'build.gradle': "dependencies { api 'a:b:latest.release' }" },
      { pinned: 'no' },
    ],
    [
      'a variable of elsewhere',
      { 'build.gradle': 'dependencies { api "a:b:$v" }' },
      { pinned: 'unknown' },
    ],
    ['no version', { 'build.gradle': "dependencies { api 'a:b' }" }, { pinned: 'unknown' }],
    [
      'a catalogue',
      {
        'build.gradle.kts': 'dependencies { api(libs.b) }',
        'gradle/libs.versions.toml': CATALOGUE,
      },
      { pinned: 'yes', place: { file: 'gradle/libs.versions.toml', line: 4 } },
    ],
    [
      'a lock of a snapshot',
      {
        'build.gradle': "dependencies { api 'a:b:1' }",
        'gradle.lockfile': 'a:b:1-SNAPSHOT=runtimeClasspath\n',
      },
      { version: '1-SNAPSHOT', pinned: 'no' },
    ],
    [
      'a lock',
      {
        'build.gradle': "dependencies { api 'a:b:1.+' }",
        'gradle.lockfile': 'a:b:1.7=runtimeClasspath\n',
      },
      { version: '1.7', requested: '1.+', pinned: 'yes', recorded: false },
    ],
  ])('%s', async (_, files, wanted) => {
    const declared = await readProject(files);
    expect(findDependency(declared, 'a:b')).toMatchObject(wanted);
    expect(declared.notLookedAt).toEqual([]);
  });

  it('D10: a hash that Gradle verifies is recorded, with and without a lock', async () => {
    const xml = `<verification-metadata><components><component group="a" name="b" version="1"><artifact name="b-1.jar"><sha256 value="${HASH}"/></artifact></component></components></verification-metadata>`;
    const files = {
      ...{ 'build.gradle': "dependencies { api 'a:b:1' }" },
      'gradle/verification-metadata.xml': xml,
    };
    expect((await readProject(files)).dependencies).toMatchObject([{ recorded: true }]);
    const both = { ...files, 'gradle.lockfile': 'a:b:1=api\nc:d:2=api\n' };
    expect((await readProject(both)).dependencies).toMatchObject([
      { name: 'a:b', kind: 'direct', recorded: true },
      { name: 'c:d', kind: 'transitive', recorded: false },
    ]);
  });

  it('B10: what a lock alone names would come from where its scripts take all else', async () => {
    const from = (host: string) => `repositories { maven { url = uri('https://${host}/g') } }\n`;
    const lock = { 'gradle.lockfile': 'a:b:1=api\nc:d:2=api\n' };
    const script = "dependencies { api 'a:b:1' }";
    const one = { ...lock, 'build.gradle': `${from('r.example.com')}${script}` };
    expect((await readProject(one)).dependencies).toMatchObject([
      { name: 'a:b', registry: 'r.example.com/g', registryFrom: 'configured' },
      { name: 'c:d', registry: 'r.example.com/g', registryFrom: 'configured' },
    ]);
    const several = { ...one, 'settings.gradle': from('s.example.com') };
    expect((await readProject(several)).dependencies).toMatchObject([
      { name: 'a:b', registry: null, registryFrom: 'configured' },
      { name: 'c:d', registry: null, registryFrom: 'configured' },
    ]);
  });

  it('the wrapper and core extensions are tools of the build', async () => {
    const url = 'distributionUrl=https\\://x.example.com/d/gradle-8.5-bin.zip\n';
    const hashed = `${url}distributionSha256Sum=${HASH}\n`;
    for (const [text, recorded] of [
      [url, false],
      [hashed, true],
    ] as const) {
      const files = { 'gradle/wrapper/gradle-wrapper.properties': text };
      expect((await readProject(files)).dependencies).toMatchObject([
        { name: 'gradle', version: '8.5', pinned: 'yes', recorded, registry: 'x.example.com' },
      ]);
    }
    const extensions =
      '<extensions><extension><groupId>a</groupId><artifactId>b</artifactId><version>1</version></extension></extensions>';
    expect((await readProject({ '.mvn/extensions.xml': extensions })).dependencies).toMatchObject([
      { name: 'a:b', version: '1', development: true },
    ]);
  });
});
