import { gzipSync } from 'node:zlib';
import { packElf } from '../../support/elf.ts';
import { packNativeImage } from '../../support/native-image.ts';
import type { Input } from './extractors.ts';
import type { Row, Target } from './target.ts';

export const POM =
  '<project><parent><groupId>g</groupId><artifactId>up</artifactId><version>1</version></parent>' +
  '<artifactId>a</artifactId><properties><v>1</v></properties><dependencyManagement><dependencies>' +
  '<dependency><groupId>g</groupId><artifactId>bom</artifactId><version>${v}</version><type>pom</type>' +
  '<scope>import</scope></dependency></dependencies></dependencyManagement><dependencies><dependency>' +
  '<groupId>g</groupId><artifactId>b</artifactId><version>${v}</version></dependency></dependencies>' +
  '<repositories><repository><id>x</id><url>https://r.example.com/m</url></repository></repositories>' +
  '<profiles><profile><id>p</id></profile></profiles></project>';

const LOCKFILE = {
  ...{ groupId: 'g', artifactId: 'a', version: '1', lockFileVersion: 1 },
  dependencies: [
    {
      ...{ groupId: 'g', artifactId: 'b', version: '1', checksumAlgorithm: 'SHA-256' },
      ...{ checksum: 'a'.repeat(64), scope: 'test', included: true, children: [] },
      resolved: 'https://r.example.com/m/g/b/1/b-1.jar',
    },
  ],
};
const SBT_LOCK = {
  lockVersion: 1,
  dependencies: [
    { org: 'g', name: 'b', version: '1', artifacts: [{ hash: `sha1:${'a'.repeat(40)}` }] },
  ],
};
const NEBULA_LOCK = {
  compileClasspath: { 'g:b': { locked: '1' }, 'g:c': { locked: '2', transitive: ['g:b'] } },
};
const SCRIPT =
  "plugins { id 'java' }\next.v = '1'\ndependencies {\n  implementation \"g:b:$v\" // x\n" +
  "  testImplementation group: 'g', name: 'c', version: '2'\n  api(platform(libs.bom))\n}\n" +
  "repositories { mavenCentral(); maven { url 'https://r.example.com/g' } }\n";
const CATALOGUE =
  '[versions]\nv = "1"\n[libraries]\nb-c = { module = "g:b", version.ref = "v" }\nd = "g:d:2"\n' +
  'e = { group = "g", name = "e", version = { strictly = "3" } }\n[bundles]\nall = ["b-c", "d"]\n';
const IVY =
  '<ivy-module version="2.0"><info organisation="g" module="a"/><dependencies>' +
  '<dependency org="h" name="b" rev="1.0" conf="test->default" transitive="false"/>' +
  '<dependency name="c" rev="latest.release"/></dependencies></ivy-module>';
const VERIFICATION =
  '<verification-metadata><components><component group="g" name="b" version="1">' +
  `<artifact name="b-1.jar"><sha256 value="${'a'.repeat(64)}"/></artifact></component></components>` +
  '</verification-metadata>';

/** What each reader of Java's source trees is given. */
export const JAVA_INPUTS: Readonly<Record<string, Input>> = {
  'java-machine': {
    path: 'opt/jdk/lib/server/libjvm.so',
    form: 'bytes',
    samples: [
      packElf({
        sections: [{ name: '.rodata', content: '\0Server VM (21+7) for linux-amd64 JRE (21+7)' }],
        writable: 'x',
      }),
    ],
  },
  'native-image': {
    path: 'app/shop',
    form: 'bytes',
    samples: [
      packNativeImage({
        packed: gzipSync('{"components":[{"group":"a","name":"b","version":"1","bom-ref":"r"}]}'),
      }),
    ],
  },
  'maven-pom': { path: 'pom.xml', form: 'text', samples: [POM] },
  'java-unpacked': {
    path: 'app/META-INF/maven/g/a/pom.properties',
    form: 'text',
    samples: ['groupId=g\nartifactId=a\nversion=1.0\n'],
  },
  'maven-config': { path: '.mvn/maven.config', form: 'text', samples: ['-Dv=1\n-P x\n'] },
  'maven-lockfile': { path: 'lockfile.json', form: 'json', samples: [LOCKFILE] },
  'gradle-lock': {
    path: 'gradle.lockfile',
    form: 'text',
    samples: ['# x\ng:b:1=compileClasspath,runtimeClasspath\nempty=x\n'],
  },
  'nebula-lock': { path: 'dependencies.lock', form: 'json', samples: [NEBULA_LOCK] },
  'sbt-lock': { path: 'build.sbt.lock', form: 'json', samples: [SBT_LOCK] },
  'gradle-script': { path: 'build.gradle', form: 'text', samples: [SCRIPT] },
  'sbt-script': {
    path: 'build.sbt',
    form: 'text',
    samples: ['scalaVersion := "3.3.1"\nlibraryDependencies += "g" %% "b" % "1" % Test\n'],
  },
  ivy: { path: 'ivy.xml', form: 'text', samples: [IVY] },
  'gradle-catalogue': {
    path: 'gradle/libs.versions.toml',
    form: 'text',
    samples: [CATALOGUE],
  },
  'gradle-properties': { path: 'gradle.properties', form: 'text', samples: ['v=1\n'] },
  'gradle-verification': {
    path: 'gradle/verification-metadata.xml',
    form: 'text',
    samples: [VERIFICATION],
  },
  'java-runtime': {
    path: 'opt/java/release',
    form: 'text',
    samples: ['IMPLEMENTOR="Debian"\nJAVA_VERSION="17.0.1"\n'],
  },
};

const reads = (
  extractor: string,
  reader: `${string}.ts ${string}`,
): readonly [string, Target['reads'][number]] => [
  `extractor ${extractor}`,
  `capabilities/ecosystems/maven/${reader}`,
];

export const JAVA_READS = [
  reads('maven-pom', 'pom/read-pom.ts readPom'),
  reads('maven-config', 'pom/pom-tree.ts readMavenConfig'),
  reads('maven-lockfile', 'lock/maven-lockfile.ts readMavenLockfile'),
  reads('gradle-lock', 'gradle/gradle-lock.ts readGradleLock'),
  reads('nebula-lock', 'gradle/nebula-lock.ts readNebulaLock'),
  reads('sbt-lock', 'sbt/sbt-lock.ts readSbtLock'),
  reads('gradle-script', 'gradle/build-script.ts readBuildScript'),
  reads('sbt-script', 'sbt/sbt-script.ts readSbtScript'),
  reads('ivy', 'ivy/ivy-file.ts readIvyFile'),
  reads('gradle-catalogue', 'gradle/catalogue.ts readCatalogue'),
  reads('gradle-verification', 'gradle/verification.ts readVerification'),
];

const SETTINGS =
  '<settings><mirrors><mirror><mirrorOf>*</mirrorOf><url>https://r.example.com/m</url></mirror>' +
  '</mirrors></settings>';
const EXTENSIONS =
  '<extensions><extension><groupId>g</groupId><artifactId>a</artifactId><version>1</version>' +
  '</extension></extensions>';
const WRAPPER =
  'distributionUrl=https\\://x.example.com/gradle-8.5-bin.zip\n' +
  `distributionSha256Sum=${'a'.repeat(64)}\n`;

/** Readers that only declarations use. */
export const JAVA_ROWS: readonly Row[] = [
  {
    reader: 'capabilities/ecosystems/maven/declared/registries.ts readMavenSettings',
    takes: 'bytes',
    form: 'text',
    samples: [SETTINGS],
  },
  {
    reader: 'capabilities/ecosystems/maven/declared/wrapper.ts readExtensions',
    takes: 'bytes',
    form: 'text',
    samples: [EXTENSIONS],
  },
  {
    reader: 'capabilities/ecosystems/maven/declared/wrapper.ts readWrapper',
    takes: 'bytes',
    form: 'text',
    samples: [WRAPPER],
    args: ['gradle/wrapper/gradle-wrapper.properties', '$'],
  },
];
